//! JSON Web Signature: a header and a payload of any bytes (RFC 7515).

use core::fmt;

use zeroize::Zeroize;

use crate::compact::Compact;
use crate::fingerprint::{self, Fingerprint};
use crate::header::{self, Header};
use crate::json::{MAX_DEPTH, Object, Spans, cut, normalize};
use crate::key_set::{KeyEntry, KeyScope};
use crate::keys::{Keys, VerificationKey};
use crate::time::{Now, Time};
use crate::{Error, MEMORY_IS_SHORT};

/// Verifies JWS compact serializations whose payload is no claims set (RFC 7515 section 5.2).
///
/// All rules for the token's text, the MAC and the header are those of
/// [`Verifier`](crate::Verifier). The payload is not looked at: no expiry, no audience, nothing.
/// Whatever keeps an old or a foreign token out has to be in the payload, and checking it is up to
/// the caller. Size: the key's, and 8 bytes on a 32-bit target, 16 on a 64-bit one.
///
/// A payload of any kind has no issuer and no time to be judged by. So of a key set, a key that is
/// bound to an issuer refuses with [`Error::KeyOfAnotherIssuer`], and one that is good for a time only
/// with [`Error::TimeUnknown`].
///
/// ```
/// use embedded_jwt::{Hs256, JwsVerifier, Key};
///
/// // RFC 7797 section 4.1: the payload is `$.02`, with the key of RFC 7515 appendix A.1.
/// let secret = b"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
/// let key = Key::<Hs256>::from_base64url(secret, &mut [0; 64])?;
/// let verifier = JwsVerifier::new(key);
/// let token = b"eyJhbGciOiJIUzI1NiJ9.JC4wMg.5mvfOroL-g7HyqJoozehmsaqmvTYGEq5jTI1gVvoEoQ";
/// let mut buffer = [0; 64];
/// assert_eq!(verifier.verify(token, &mut buffer)?.payload(), b"$.02");
/// # Ok::<(), embedded_jwt::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct JwsVerifier<'p, K> {
    keys: K,
    typ: Option<&'p str>,
}

impl<'p, K: Keys> JwsVerifier<'p, K> {
    /// A verifier with this key or key set, for tokens of any `typ`.
    pub const fn new(keys: K) -> Self {
        Self { keys, typ: None }
    }

    /// The kind of token that is accepted, as [`PolicyBuilder::typ`](crate::PolicyBuilder::typ).
    #[must_use]
    pub const fn typ(mut self, typ: &'p str) -> Self {
        self.typ = Some(typ);
        self
    }

    /// Verifies a token, and gives the proof that it holds.
    ///
    /// `buffer` takes the decoded header and payload, as in
    /// [`Verifier::verify`](crate::Verifier::verify).
    ///
    /// # Errors
    /// The first rule that the token breaks, in the order in which [`Error`] lists them.
    pub fn verify<'b>(&self, token: &[u8], buffer: &'b mut [u8]) -> Result<Jws<'b>, Error> {
        let compact = Compact::parse(token, K::Key::TAG_LENGTHS)?;
        let (header, payload) = compact.reserve(buffer)?;
        let mut spans = Spans::default();
        let authentic =
            authenticate(&self.keys, &compact, header, payload, self.of_header(), &mut spans);
        match authentic.and_then(|authentic| self.check_key(&authentic)) {
            Ok(length) => Ok(Jws::new(header, length, spans, payload)),
            Err(error) => {
                header.zeroize();
                payload.zeroize();
                Err(error)
            }
        }
    }

    pub(crate) const fn keys(&self) -> &K {
        &self.keys
    }

    pub(crate) const fn of_header(&self) -> HeaderRules<'p> {
        HeaderRules { depth: MAX_DEPTH, typ: self.typ }
    }

    /// What a key of a set is limited to: a payload of any kind has no issuer and no time. Returns the
    /// length of the header's normal form.
    pub(crate) fn check_key(&self, authentic: &Authentic<'_>) -> Result<usize, Error> {
        if let (None, Some(scope)) = (self.keys.only(), authentic.scope) {
            let no_claims = Object { text: b"", spans: &Spans::default() };
            scope.check(&no_claims, &mut Now::new(Time::Unknown, 0, false))?;
        }
        Ok(authentic.header_length)
    }
}

/// What is asked of any header.
#[derive(Clone, Copy)]
pub(crate) struct HeaderRules<'p> {
    pub(crate) depth: u8,
    pub(crate) typ: Option<&'p str>,
}

/// What is known of a token whose MAC and header hold.
pub(crate) struct Authentic<'k> {
    /// Of the header's normal form.
    pub(crate) header_length: usize,
    /// What the key is limited to, if it is one of a set.
    pub(crate) scope: Option<&'k KeyScope<'k>>,
    /// Of the MAC.
    pub(crate) tag: Fingerprint,
}

/// The text, the MAC and the header of a token, which is decoded to just the places that were reserved
/// for it.
pub(crate) fn authenticate<'k, K: Keys>(
    keys: &'k K,
    compact: &Compact<'_>,
    header: &mut [u8],
    payload: &mut [u8],
    rules: HeaderRules<'_>,
    spans: &mut Spans,
) -> Result<Authentic<'k>, Error> {
    let mut room = K::Key::ZERO_TAG;
    let tag = compact.place_for_tag(room.as_mut(), K::Key::TAG_LENGTHS);
    if MEMORY_IS_SHORT {
        compact.decode(header, payload, tag)?;
        let is_mac_of = |key: &K::Key| key.verify(compact.signing_input, tag);
        return check_mac_and_header(keys, is_mac_of, tag, header, rules, spans);
    }
    // A computer decodes the payload while it computes the MAC. Whether it could be decoded still comes first.
    let mut decoding = compact.begin_decoding(header, payload, tag)?;
    let is_mac_of =
        |key: &K::Key| key.verify_while_decoding(compact.signing_input, tag, &mut decoding);
    let authentic = check_mac_and_header(keys, is_mac_of, tag, header, rules, spans);
    compact.end_decoding(&mut decoding)?;
    authentic
}

/// The MAC and the header; of a set, the header, the key that it names and the MAC. `is_mac_of` tells
/// whether `tag` is the MAC of the signing input by a key.
pub(crate) fn check_mac_and_header<'k, K: Keys>(
    keys: &'k K,
    mut is_mac_of: impl FnMut(&K::Key) -> Result<(), Error>,
    tag: &[u8],
    header: &mut [u8],
    rules: HeaderRules<'_>,
    spans: &mut Spans,
) -> Result<Authentic<'k>, Error> {
    let (header_length, scope) = if let Some(key) = keys.only() {
        is_mac_of(key)?;
        (check_header(header, rules, key.algorithm(), spans)?, None)
    } else {
        let (length, scope) = check_header_and_mac(keys, is_mac_of, header, rules, spans)?;
        (length, Some(scope))
    };
    Ok(Authentic { header_length, scope, tag: fingerprint::of_tag(tag) })
}

/// The header of a token whose MAC holds. Returns the length of its normal form.
fn check_header(
    header: &mut [u8],
    rules: HeaderRules<'_>,
    algorithm: &str,
    spans: &mut Spans,
) -> Result<usize, Error> {
    if header::recognize(header, algorithm, spans) {
        header::check_typ(&Object { text: header, spans }, rules.typ)?;
        return Ok(header.len());
    }
    let text = parse_header(header, rules.depth, spans)?;
    header::check(&Object { text, spans }, algorithm, rules.typ)?;
    Ok(text.len())
}

/// The header of a token whose MAC is not known to hold, the key that it names, and the MAC.
///
/// Without `kid`, and if the set allows that, any key of the header's algorithm will do.
fn check_header_and_mac<'k, K: Keys>(
    keys: &'k K,
    mut is_mac_of: impl FnMut(&K::Key) -> Result<(), Error>,
    header: &mut [u8],
    rules: HeaderRules<'_>,
    spans: &mut Spans,
) -> Result<(usize, &'k KeyScope<'k>), Error> {
    let text = parse_header(header, rules.depth, spans)?;
    let header = Object { text, spans };
    let mut try_key = |entry: &'k KeyEntry<'k, K::Key>| {
        header::check(&header, entry.key().algorithm(), rules.typ)?;
        is_mac_of(entry.key())?;
        Ok((text.len(), entry.scope()))
    };
    if let Some(key_id) = header.named_string(header::KEY_ID) {
        return try_key(keys.find(key_id).ok_or(Error::UnknownKeyId)?);
    }
    if !keys.allows_missing_key_id() {
        return Err(Error::MissingKeyId);
    }
    let mut outcome = Err(Error::AlgorithmMismatch);
    for entry in keys.entries() {
        match try_key(entry) {
            Err(Error::AlgorithmMismatch) => {}
            Err(Error::SignatureMismatch) => outcome = Err(Error::SignatureMismatch),
            tried => return tried,
        }
    }
    outcome
}

/// Parses a header, whose parameters have to have their types. Returns its normal form.
pub(crate) fn parse_header<'h>(
    header: &'h mut [u8],
    depth: u8,
    spans: &mut Spans,
) -> Result<&'h [u8], Error> {
    let twice = Error::DuplicateHeaderParameter;
    let text = normalize(header, depth, &header::NAMES, twice, spans)?;
    header::check_types(&Object { text, spans })?;
    Ok(text)
}

/// A verified JWS: the proof that its signature and header hold. Borrows the caller's buffer.
///
/// Size: 48 bytes on a 32-bit target, 96 on a 64-bit one.
#[derive(Clone, Copy)]
pub struct Jws<'b> {
    header: Header<'b>,
    payload: &'b [u8],
}

impl<'b> Jws<'b> {
    /// Of a header whose normal form has this length.
    pub(crate) fn new(header: &'b [u8], length: usize, spans: Spans, payload: &'b [u8]) -> Self {
        Self { header: Header::new(cut(header, length), spans), payload }
    }

    /// The JOSE header.
    #[must_use]
    pub const fn header(&self) -> &Header<'b> {
        &self.header
    }

    /// The payload, decoded from Base64URL and otherwise as it was signed.
    #[must_use]
    pub const fn payload(&self) -> &'b [u8] {
        self.payload
    }
}

/// Shows nothing of the token.
impl fmt::Debug for Jws<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jws").finish_non_exhaustive()
    }
}
