//! Reads secrets from JSON Web Keys (`oct`) and JWK Sets (RFC 7517, RFC 7518 section 6.4).

use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use zeroize::Zeroize;

use super::any::AnyKey;
use super::entry::KeyEntry;
use super::hmac::Key;
use super::mac::{Algorithm, AnyAlgorithm};
use super::set::KeySet;
use crate::Error;
use crate::json::{
    JsonString, MAX_DEPTH, Names, Object, Slot, Spans, elements, normalize, value_end,
};

/// The members of a JSON Web Key that the rules need.
const NAMES: Names = Names::new(&["alg", "k", "key_ops", "kid", "kty", "use"]);

const ALGORITHM: Slot = NAMES.slot("alg");
const KEY_ID_SLOT: Slot = NAMES.slot("kid");
const KEY_OPERATIONS: Slot = NAMES.slot("key_ops");
const KEY_TYPE: Slot = NAMES.slot("kty");
const KEY_VALUE: Slot = NAMES.slot("k");
const USE: Slot = NAMES.slot("use");

/// The only member of a JWK Set that the rules need.
const SET_NAMES: Names = Names::new(&["keys"]);

const KEYS: Slot = SET_NAMES.slot("keys");

const MAX_LENGTH: usize = 65_535;

/// The most operations in `key_ops`. RFC 7517 section 4.3 defines eight.
const MAX_OPERATIONS: usize = 32;

/// Why a JSON Web Key or a JWK Set was refused, and which key broke the rule. Size: 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct JwkError {
    error: Error,
    index: Option<u16>,
}

impl JwkError {
    /// The broken rule.
    #[must_use]
    pub const fn error(self) -> Error {
        self.error
    }

    /// The index in `keys` of the key that breaks the rule, from 0, counting skipped keys. `None`
    /// if the text as a whole breaks it, or a key outside a set.
    #[must_use]
    pub const fn index(self) -> Option<u16> {
        self.index
    }
}

impl From<Error> for JwkError {
    fn from(error: Error) -> Self {
        Self { error, index: None }
    }
}

impl fmt::Display for JwkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(index) = self.index {
            write!(f, "key at index {index}: ")?;
        }
        self.error.fmt(f)
    }
}

impl core::error::Error for JwkError {}

impl<A: Algorithm> Key<A> {
    /// Reads a JSON Web Key, by the rules of [`KeySet::read_jwks`]. Its `kid` is not kept.
    ///
    /// `text` is overwritten with zeros.
    ///
    /// # Errors
    /// The first broken rule.
    pub fn from_jwk(text: &mut [u8]) -> Result<Self, Error> {
        read_one(text, Some(A::VALUE), make_key)
    }
}

impl AnyKey {
    /// Reads a JSON Web Key, by the rules of [`KeySet::read_jwks`]. Its `kid` is not kept.
    ///
    /// A key without `alg` gets `algorithm`, or is refused if that is `None`. `text` is overwritten
    /// with zeros.
    ///
    /// # Errors
    /// The first broken rule.
    pub fn from_jwk(text: &mut [u8], algorithm: Option<AnyAlgorithm>) -> Result<Self, Error> {
        read_one(text, algorithm, Self::new)
    }
}

impl<'i, A: Algorithm, const KEYS: usize, const KEY_ID: usize> KeySet<'i, Key<A>, KEYS, KEY_ID> {
    /// Adds the keys of a JWK Set, or a single JSON Web Key (RFC 7517 sections 4 and 5). Returns
    /// the number of keys added.
    ///
    /// - The text is strict JSON of up to 65,535 bytes. It is **overwritten with zeros**, whether
    ///   it is accepted or not. `k` is decoded in constant time, in place.
    /// - A member named below appears at most once in a key.
    /// - A key whose `kty` isn't `oct` is skipped in a set, and refused on its own.
    /// - `alg` is `A`, or missing.
    /// - `use` is `sig`, or missing. `key_ops` has `verify` or `sign`, or is missing; with `use`,
    ///   it has nothing else.
    /// - `k` is canonical Base64URL of at least 32, 48 or 64 bytes for HS256, HS384 and HS512.
    /// - `kid` may be missing. Such a key is tried only for tokens without `kid`, and can't be
    ///   removed or replaced alone. Two keys with the same `kid` are refused, and so is a `kid`
    ///   that the set already has.
    ///
    /// If `issuer` is given, all keys are bound to it, as by [`KeyEntry::issuer`].
    ///
    /// To replace all keys by a newer JWK Set, read it into a new `KeySet`, and then replace the
    /// old `KeySet`. If the new keys are refused, you still have the old ones.
    ///
    /// # Errors
    /// The first broken rule, and which key breaks it; [`Error::KeySetFull`] and
    /// [`Error::KeyIdTooLong`] if there is no room. No key of a refused text stays.
    pub fn read_jwks(
        &mut self,
        text: &mut [u8],
        issuer: Option<&'i str>,
    ) -> Result<usize, JwkError> {
        read_into(self, text, issuer, Some(A::VALUE), make_key)
    }
}

impl<'i, const KEYS: usize, const KEY_ID: usize> KeySet<'i, AnyKey, KEYS, KEY_ID> {
    /// The same for keys of any algorithm: `alg` is HS256, HS384 or HS512. A key without `alg` gets
    /// `algorithm`, or is refused if that is `None`.
    ///
    /// # Errors
    /// The first broken rule, and which key breaks it; [`Error::KeySetFull`] and
    /// [`Error::KeyIdTooLong`] if there is no room. No key of a refused text stays.
    pub fn read_jwks(
        &mut self,
        text: &mut [u8],
        issuer: Option<&'i str>,
        algorithm: Option<AnyAlgorithm>,
    ) -> Result<usize, JwkError> {
        read_into(self, text, issuer, algorithm, AnyKey::new)
    }
}

fn make_key<A: Algorithm>(algorithm: AnyAlgorithm, secret: &[u8]) -> Result<Key<A>, Error> {
    if algorithm == A::VALUE { Key::new(secret) } else { Err(Error::AlgorithmMismatch) }
}

fn read_one<K>(
    text: &mut [u8],
    algorithm: Option<AnyAlgorithm>,
    make: impl Fn(AnyAlgorithm, &[u8]) -> Result<K, Error>,
) -> Result<K, Error> {
    let mut spans = Spans::default();
    let key = check_length(text)
        .and_then(|()| check(text, algorithm, &mut spans))
        .and_then(|algorithm| make(algorithm, secret(text, &spans)?));
    text.zeroize();
    key
}

fn read_into<'i, K, const KEYS: usize, const KEY_ID: usize>(
    set: &mut KeySet<'i, K, KEYS, KEY_ID>,
    text: &mut [u8],
    issuer: Option<&'i str>,
    algorithm: Option<AnyAlgorithm>,
    make: impl Fn(AnyAlgorithm, &[u8]) -> Result<K, Error>,
) -> Result<usize, JwkError> {
    let before = set.len();
    let read = for_each_key(text, |text| {
        let mut spans = Spans::default();
        let algorithm = check(text, algorithm, &mut spans)?;
        let mut memory = [0; KEY_ID];
        let key_id = match (Object { text, spans: &spans }).named_string(KEY_ID_SLOT) {
            Some(name) => Some(name.copy_to(&mut memory).map_err(|_| Error::KeyIdTooLong)?),
            None => None,
        };
        let entry = KeyEntry::new(make(algorithm, secret(text, &spans)?)?);
        let entry = match issuer {
            Some(issuer) => entry.issuer(issuer),
            None => entry,
        };
        set.add_named(key_id, entry)
    });
    text.zeroize();
    match read {
        Ok(()) => Ok(set.len() - before),
        Err(error) => {
            set.truncate(before);
            Err(error)
        }
    }
}

/// Calls `add` with each key of a set, or with the whole text if it is a single key.
fn for_each_key(
    text: &mut [u8],
    mut add: impl FnMut(&mut [u8]) -> Result<(), Error>,
) -> Result<(), JwkError> {
    check_length(text)?;
    let mut spans = Spans::default();
    let twice = Error::DuplicateJwkMember;
    let length = normalize(text, MAX_DEPTH, &SET_NAMES, twice, &mut spans)?.len();
    let text = text.get_mut(..length).unwrap_or_default();
    let mut rest = match KEYS.read(&spans) {
        (0, 0) => return Ok(add(text)?),
        (from, to) => match text.get_mut(usize::from(from)..usize::from(to)) {
            Some([b'[', keys @ .., b']']) => keys,
            _ => return Err(Error::InvalidKeys.into()),
        },
    };
    let mut index = 0;
    while !rest.is_empty() {
        let length = value_end(rest, 0);
        let Some((key, behind)) = core::mem::take(&mut rest).split_at_mut_checked(length) else {
            break;
        };
        match add(key) {
            // The key is for something else: skip it.
            Ok(()) | Err(Error::UnsupportedKeyType) => {}
            Err(error) => return Err(JwkError { error, index: Some(index) }),
        }
        rest = behind.get_mut(1..).unwrap_or_default();
        index += 1;
    }
    Ok(())
}

fn check_length(text: &[u8]) -> Result<(), Error> {
    if text.len() > MAX_LENGTH { Err(Error::JwkTooLong) } else { Ok(()) }
}

/// Checks every rule for a key, except those for its value. Notes where its members are, and
/// returns its algorithm.
fn check(
    text: &mut [u8],
    algorithm: Option<AnyAlgorithm>,
    spans: &mut Spans,
) -> Result<AnyAlgorithm, Error> {
    let text = normalize(text, MAX_DEPTH, &NAMES, Error::DuplicateJwkMember, spans)?;
    let key = Object { text, spans };
    key.named(KEY_TYPE).ok_or(Error::MissingKeyType)?;
    let key_type = key.named_string(KEY_TYPE).ok_or(Error::InvalidKeyType)?;
    if key_type != "oct" {
        return Err(Error::UnsupportedKeyType);
    }
    key.is_string_if_present(KEY_ID_SLOT, Error::InvalidKeyId)?;
    check_use(&key)?;
    match key.named(ALGORITHM) {
        None => algorithm.ok_or(Error::MissingAlgorithm),
        Some(name) => {
            AnyAlgorithm::from_json(JsonString::parse(name).ok_or(Error::InvalidAlgorithm)?)
        }
    }
}

/// Refuses a key that says it is not for signatures (RFC 7517 sections 4.2 and 4.3).
fn check_use(key: &Object<'_, '_>) -> Result<(), Error> {
    key.is_string_if_present(USE, Error::InvalidKeyUse)?;
    let named_use = key.named_string(USE);
    if named_use.is_some_and(|named| named != "sig") {
        return Err(Error::KeyNotForSignatures);
    }
    let Some(operations) = key.named(KEY_OPERATIONS) else { return Ok(()) };
    if !operations.starts_with(b"[") || elements(operations).count() > MAX_OPERATIONS {
        return Err(Error::InvalidKeyOperations);
    }
    let [mut for_signatures, mut for_others] = [false; 2];
    for (index, operation) in elements(operations).enumerate() {
        // In normal form, equal strings have equal text.
        let twice = elements(operations).take(index).any(|before| before == operation);
        match JsonString::parse(operation) {
            Some(operation) if !twice => {
                let for_signature = operation == "verify" || operation == "sign";
                for_signatures |= for_signature;
                for_others |= !for_signature;
            }
            _ => return Err(Error::InvalidKeyOperations),
        }
    }
    if for_signatures && !(for_others && named_use.is_some()) {
        Ok(())
    } else {
        Err(Error::KeyNotForSignatures)
    }
}

/// Decodes the secret of a checked key, in place.
fn secret<'t>(text: &'t mut [u8], spans: &Spans) -> Result<&'t [u8], Error> {
    let (from, to) = KEY_VALUE.read(spans);
    match text.get_mut(usize::from(from)..usize::from(to)) {
        None | Some([]) => Err(Error::MissingKeyValue),
        Some([b'"', symbols @ .., b'"']) => decode(symbols),
        Some(_) => Err(Error::InvalidKeyValue),
    }
}

/// Decodes canonical Base64URL in place and in constant time.
fn decode(symbols: &mut [u8]) -> Result<&[u8], Error> {
    // Decoding in place ignores leftover bits. So first decode the last two or three symbols to
    // another place.
    let (_, tail) = symbols.as_chunks::<4>();
    let mut elsewhere = [0; 2];
    let canonical = Base64UrlUnpadded::decode(tail, &mut elsewhere).is_ok();
    elsewhere.zeroize();
    if !canonical {
        return Err(Error::KeyNotBase64Url);
    }
    Base64UrlUnpadded::decode_in_place(symbols).map_err(|_| Error::KeyNotBase64Url)
}
