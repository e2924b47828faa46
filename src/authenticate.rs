//! MAC and header: who made a token, and what its header says.

use crate::compact::Compact;
use crate::header::{self, HeaderRules};
use crate::json::{Object, Spans};
use crate::key::Keys;
use crate::key::entry::KeyLimits;
use crate::{Error, SMALL};

/// What is known of a token whose MAC and header hold.
pub(crate) struct Authentic<'k, 't> {
    /// The length of the header's normal form.
    pub(crate) header_length: usize,
    /// The issuer and the times that the key is limited to. Checked only for a set's keys: a single
    /// key has no limits.
    pub(crate) limits: KeyLimits<'k>,
    pub(crate) signature: &'t [u8],
}

/// Decodes a whole token, each segment to its own place, and checks its MAC and header.
///
/// Malformed tokens must not reach an engine, and give the same error whether they arrive at once
/// or in pieces: so a segment that can't be decoded is refused before the MAC is compared.
pub(crate) fn authenticate<'k, 't, K: Keys>(
    keys: &'k K,
    compact: &Compact<'_>,
    [header, payload]: [&mut [u8]; 2],
    signature: &'t mut [u8],
    rules: HeaderRules<'_>,
    spans: &mut Spans,
) -> Result<Authentic<'k, 't>, Error> {
    if SMALL || K::NAMED_BY_HEADER {
        compact.decode(header, payload, signature)?;
        let signature = &*signature;
        let check_signature =
            |key: &K::Key, _: &[u8]| K::verify(key, compact.signing_input, || Ok(false), signature);
        return check_mac_and_header(keys, signature, check_signature, header, rules, spans);
    }
    // A computer decodes the payload while it computes the MAC.
    let mut decoding = compact.decode_all_but_payload(header, payload, signature)?;
    let signature = &*signature;
    let check_signature = |key: &K::Key, _: &[u8]| {
        let meanwhile = || decoding.step();
        let outcome = K::verify(key, compact.signing_input, meanwhile, signature);
        // An engine may not have had all of it decoded. If it can't be, that comes first.
        decoding.finish().map_err(|error| compact.refusal(error))?;
        outcome
    };
    check_mac_and_header(keys, signature, check_signature, header, rules, spans)
}

/// Checks the MAC and the header of a decoded token. `check_signature` checks that the signature is
/// a key's, and is given the header as it stands then: with a set, in normal form.
pub(crate) fn check_mac_and_header<'k, 't, K: Keys>(
    keys: &'k K,
    signature: &'t [u8],
    check_signature: impl FnMut(&K::Key, &[u8]) -> Result<(), Error>,
    header: &mut [u8],
    rules: HeaderRules<'_>,
    spans: &mut Spans,
) -> Result<Authentic<'k, 't>, Error> {
    let (header_length, limits) = if K::NAMED_BY_HEADER {
        header_then_mac(keys, check_signature, header, rules, spans)?
    } else {
        mac_then_header(keys, check_signature, header, rules, spans)?
    };
    Ok(Authentic { header_length, limits, signature })
}

/// With one key, nothing is parsed before the MAC holds (RFC 7515 section 5.2 allows this order).
/// Returns the length of the header's normal form, and the limits of the key.
fn mac_then_header<'k, K: Keys>(
    keys: &'k K,
    mut check_signature: impl FnMut(&K::Key, &[u8]) -> Result<(), Error>,
    header: &mut [u8],
    rules: HeaderRules<'_>,
    spans: &mut Spans,
) -> Result<(usize, KeyLimits<'k>), Error> {
    let mut candidates = keys.candidates(None)?;
    let candidate = candidates.next().ok_or(Error::UnknownKeyId)?;
    check_signature(candidate.key, header)?;
    let header_length = header::read_header(header, K::algorithm(candidate.key), rules, spans)?;
    Ok((header_length, candidate.limits))
}

/// A set's key is named by the header, which is therefore parsed first. If it names none, and the
/// set allows that, each key of the header's algorithm is tried.
fn header_then_mac<'k, K: Keys>(
    keys: &'k K,
    mut check_signature: impl FnMut(&K::Key, &[u8]) -> Result<(), Error>,
    header: &mut [u8],
    rules: HeaderRules<'_>,
    spans: &mut Spans,
) -> Result<(usize, KeyLimits<'k>), Error> {
    let text = header::parse(header, rules.depth, spans)?;
    let header = Object { text, spans };
    let mut refusal = Error::AlgorithmMismatch;
    for candidate in keys.candidates(header.named_string(header::KEY_ID))? {
        if !header::is_for(&header, K::algorithm(candidate.key)) {
            continue;
        }
        header::check(&header, rules.typ)?;
        match check_signature(candidate.key, text) {
            Ok(()) => return Ok((text.len(), candidate.limits)),
            Err(Error::SignatureMismatch) => refusal = Error::SignatureMismatch,
            Err(error) => return Err(error),
        }
    }
    Err(refusal)
}
