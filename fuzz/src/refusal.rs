//! The errors with which a refusal may be answered, and whether an answer agrees with them.

use embedded_jwt::Error;

/// The errors of which one has to be the answer. There is more than one only if a JSON text has
/// several faults: the parser reports the first that it meets, and the judge doesn't predict which
/// one that is.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal(pub Vec<Error>);

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self(vec![error])
    }
}

/// Panics unless the answer is the expected one; `words` describe the input in the message.
pub fn agree<T, U>(
    answer: &Result<T, Error>,
    expected: &Result<U, Refusal>,
    words: impl Fn() -> String,
) {
    let agreed = match (answer, expected) {
        (Ok(_), Ok(_)) => true,
        (Err(error), Err(Refusal(broken))) => broken.contains(error),
        _ => false,
    };
    let (answer, expected) = (answer.as_ref().map(drop), expected.as_ref().map(drop));
    assert!(agreed, "{answer:?}, but the judge says {expected:?}\n{}", words());
}
