//! How many entries the objects with lists have room for. Chosen when the library is built.

/// The keys of a key set: the environment variable of this name when the library is built, or 4.
pub(crate) const EJWT_KEY_SET_CAPACITY: usize = number(option_env!("EJWT_KEY_SET_CAPACITY"), 4);

/// The bytes of a key's name in a key set: the environment variable, or 64.
pub(crate) const EJWT_KEY_ID_CAPACITY: usize = number(option_env!("EJWT_KEY_ID_CAPACITY"), 64);

/// The tokens that a replay guard remembers: the environment variable, up to 2,729, or 32.
pub(crate) const EJWT_REPLAY_GUARD_CAPACITY: usize =
    number(option_env!("EJWT_REPLAY_GUARD_CAPACITY"), 32);

/// The names in a list of revocations: the environment variable, up to 2,047, or 16.
pub(crate) const EJWT_REVOCATIONS_CAPACITY: usize =
    number(option_env!("EJWT_REVOCATIONS_CAPACITY"), 16);

/// Reads a decimal number from 1 to 65,535. Anything else doesn't compile.
const fn number(text: Option<&str>, default: usize) -> usize {
    let Some(text) = text else { return default };
    match usize::from_str_radix(text, 10) {
        Ok(number) if number > 0 && number <= 0xffff => number,
        _ => panic!("a capacity is not a number from 1 to 65535"),
    }
}
