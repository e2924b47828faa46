//! MAC and header: who made a token, and what its header says.

use crate::claims::ISSUER;
use crate::compact::Compact;
use crate::header::{self, HeaderRules};
use crate::json::{JsonString, Object, Spans, cut};
use crate::key::entry::{KeyEntry, KeyLimits};
use crate::key::mac::Mac;
use crate::key::{Keys, no_work, verify};
use crate::time::Now;
use crate::{Error, SMALL};

/// What is known of a token whose MAC and header hold.
pub(crate) struct Authentic<'k, 't, K: Keys> {
    pub(crate) signature: &'t [u8],
    signer: Signer<'k, 't, K>,
}

/// The key whose MAC a token has.
struct Signer<'k, 't, K: Keys> {
    /// The length of the header's normal form.
    header_length: usize,
    entry: KeyEntry<'k, &'k K::Key>,
    /// The key's name in the header. Only a set needs it.
    key_id: Option<JsonString<'t>>,
}

impl<'k, 't, K: Keys> Authentic<'k, 't, K> {
    /// What is known once this key's MAC holds. A set's header has been parsed and checked before:
    /// `parsed_length` is the length of its normal form. Any other header is parsed and checked
    /// now.
    pub(crate) fn after_mac(
        entry: KeyEntry<'k, &'k K::Key>,
        signature: &'t [u8],
        header: &'t mut [u8],
        parsed_length: usize,
        rules: HeaderRules<'_>,
        spans: &mut Spans,
    ) -> Result<Self, Error> {
        let signer = if K::NAMED_BY_HEADER {
            let parsed = Object { text: cut(header, parsed_length), spans };
            let key_id = parsed.named_string(header::KEY_ID);
            Signer { header_length: parsed_length, entry, key_id }
        } else {
            let algorithm = K::algorithm(entry.key);
            let header_length = header::read_header(header, algorithm, rules, spans)?;
            Signer { header_length, entry, key_id: None }
        };
        Ok(Self { signature, signer })
    }

    /// The length of the header's normal form.
    pub(crate) const fn header_length(&self) -> usize {
        self.signer.header_length
    }

    /// Checks that a set's key is for the token's issuer, and good now. A single key has no limits.
    pub(crate) fn check_limits(
        &self,
        keys: &'k K,
        claims: &Object<'_, '_>,
        now: &mut Now,
    ) -> Result<(), Error> {
        if !K::NAMED_BY_HEADER {
            return Ok(());
        }
        self.limits(keys, claims.named_string(ISSUER))?.check_times(now)
    }

    /// The limits of the signer, or of the same key for another issuer: one secret may be in a set
    /// for several.
    fn limits(&self, keys: &'k K, issuer: Option<JsonString<'_>>) -> Result<KeyLimits<'k>, Error> {
        let Signer { entry: signer, key_id, .. } = self.signer;
        if signer.limits.is_for(issuer) {
            return Ok(signer.limits);
        }
        for other in keys.candidates(key_id)? {
            if other.limits.is_for(issuer) && K::is_same(other.key, signer.key)? {
                return Ok(other.limits);
            }
        }
        Err(Error::KeyOfAnotherIssuer)
    }
}

/// Decodes a whole token, each segment to its own place, and checks its MAC and header.
///
/// Malformed tokens must not reach an engine, and give the same error whether they arrive at once
/// or in pieces: so a segment that can't be decoded is refused before the MAC is compared.
pub(crate) fn authenticate<'k, 't, K: Keys<Key: Mac>>(
    keys: &'k K,
    compact: &Compact<'_>,
    header: &'t mut [u8],
    payload: &mut [u8],
    signature: &'t mut [u8],
    rules: HeaderRules<'_>,
    spans: &mut Spans,
) -> Result<Authentic<'k, 't, K>, Error> {
    let is_empty = payload.is_empty();
    if SMALL || K::NAMED_BY_HEADER {
        compact.decode(header, payload, signature)?;
        let signature = &*signature;
        let check_signature =
            |key: &K::Key, _: &[u8]| verify(key, compact.signing_input, no_work, signature);
        return check_mac_and_header(keys, signature, check_signature, header, rules, spans)
            .map_err(|error| detached_if(is_empty, error));
    }
    // A computer decodes the payload while it computes the MAC.
    let mut decoding = compact.decode_all_but_payload(header, payload, signature)?;
    let signature = &*signature;
    let check_signature = |key: &K::Key, _: &[u8]| {
        let meanwhile = || decoding.step();
        let outcome = verify(key, compact.signing_input, meanwhile, signature);
        // An engine may not have had all of it decoded. If it can't be, that comes first.
        decoding.finish().map_err(|error| compact.refusal(error))?;
        outcome
    };
    check_mac_and_header(keys, signature, check_signature, header, rules, spans)
        .map_err(|error| detached_if(is_empty, error))
}

/// If the payload is empty, a signature that does not match is probably that of a payload that
/// travels apart (RFC 7515 appendix F).
pub(crate) fn detached_if(payload_is_empty: bool, error: Error) -> Error {
    match error {
        Error::SignatureMismatch if payload_is_empty => Error::DetachedPayload,
        _ => error,
    }
}

/// Checks the MAC and the header of a decoded token. `check_signature` checks that the signature is
/// a key's, and is given the header as it stands then: with a set, in normal form.
pub(crate) fn check_mac_and_header<'k, 't, K: Keys>(
    keys: &'k K,
    signature: &'t [u8],
    check_signature: impl FnMut(&K::Key, &[u8]) -> Result<(), Error>,
    header: &'t mut [u8],
    rules: HeaderRules<'_>,
    spans: &mut Spans,
) -> Result<Authentic<'k, 't, K>, Error> {
    let signer = if K::NAMED_BY_HEADER {
        header_then_mac(keys, check_signature, header, rules, spans)?
    } else {
        mac_then_header(keys, check_signature, header, rules, spans)?
    };
    Ok(Authentic { signature, signer })
}

/// With one key, nothing is parsed before the MAC holds (RFC 7515 section 5.2 allows this order).
fn mac_then_header<'k, 't, K: Keys>(
    keys: &'k K,
    mut check_signature: impl FnMut(&K::Key, &[u8]) -> Result<(), Error>,
    header: &mut [u8],
    rules: HeaderRules<'_>,
    spans: &mut Spans,
) -> Result<Signer<'k, 't, K>, Error> {
    let entry = only_key(keys)?;
    check_signature(entry.key, header)?;
    let header_length = header::read_header(header, K::algorithm(entry.key), rules, spans)?;
    Ok(Signer { header_length, entry, key_id: None })
}

/// The one key of what is no set.
pub(crate) fn only_key<K: Keys>(keys: &K) -> Result<KeyEntry<'_, &K::Key>, Error> {
    keys.candidates(None)?.next().ok_or(Error::UnknownKeyId)
}

/// A set's key is named by the header, which is therefore parsed first. Each key of this name and
/// of the header's algorithm is tried: the same name may be for several issuers, and no claim is
/// read before the MAC holds. If the header names no key, and the set allows that, each key of its
/// algorithm is tried.
fn header_then_mac<'k, 't, K: Keys>(
    keys: &'k K,
    mut check_signature: impl FnMut(&K::Key, &[u8]) -> Result<(), Error>,
    header: &'t mut [u8],
    rules: HeaderRules<'_>,
    spans: &mut Spans,
) -> Result<Signer<'k, 't, K>, Error> {
    let text = header::parse(header, rules.depth, spans)?;
    let header = Object { text, spans };
    let key_id = header.named_string(header::KEY_ID);
    let mut refusal = Error::AlgorithmMismatch;
    for entry in keys.candidates(key_id)? {
        if !header::is_for(&header, K::algorithm(entry.key)) {
            continue;
        }
        header::check(&header, rules.typ)?;
        match check_signature(entry.key, text) {
            Ok(()) => return Ok(Signer { header_length: text.len(), entry, key_id }),
            Err(Error::SignatureMismatch) => refusal = Error::SignatureMismatch,
            Err(error) => return Err(error),
        }
    }
    Err(refusal)
}

/// A set's keys that may have signed a token with this header.
pub(crate) fn candidates<'k, K: Keys>(
    keys: &'k K,
    header: &Object<'_, '_>,
) -> Result<impl Iterator<Item = KeyEntry<'k, &'k K::Key>>, Error> {
    let named = keys.candidates(header.named_string(header::KEY_ID))?;
    Ok(named.filter(|entry| header::is_for(header, K::algorithm(entry.key))))
}
