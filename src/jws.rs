//! JSON Web Signature: a header and a payload of any bytes (RFC 7515).

use core::fmt;

use subtle::{Choice, ConstantTimeEq};

use crate::Error;
use crate::compact::Compact;
use crate::header::{self, Header};
use crate::json::{MAX_DEPTH, Object, Spans, cut, normalize};
use crate::mac::{Algorithm, Mac};

/// Verifies JWS compact serializations whose payload is no claims set (RFC 7515 section 5.2).
///
/// All rules for the token's text, the MAC and the header are those of
/// [`Verifier`](crate::Verifier). The payload is not looked at: no expiry, no audience, nothing.
/// Whatever keeps an old or a foreign token out has to be in the payload, and checking it is up to
/// the caller. Size: the key's, and 8 bytes on a 32-bit target, 16 on a 64-bit one.
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
pub struct JwsVerifier<'p, M> {
    mac: M,
    typ: Option<&'p str>,
}

impl<'p, M: Mac> JwsVerifier<'p, M> {
    /// A verifier with this key, for tokens of any `typ`.
    pub const fn new(mac: M) -> Self {
        Self { mac, typ: None }
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
        let compact = Compact::parse(token, M::Algorithm::TAG_LENGTH)?;
        let (header, payload) = compact.reserve(buffer)?;
        let mut spans = Spans::default();
        match self.prove(&compact, header, payload, &mut spans) {
            Ok(length) => Ok(Jws { header: Header::new(cut(header, length), spans), payload }),
            Err(error) => {
                header.fill(0);
                payload.fill(0);
                Err(error)
            }
        }
    }

    fn prove(
        &self,
        compact: &Compact<'_>,
        header: &mut [u8],
        payload: &mut [u8],
        spans: &mut Spans,
    ) -> Result<usize, Error> {
        authenticate(&self.mac, compact, header, payload)?;
        check_header(header, MAX_DEPTH, M::Algorithm::NAME, self.typ, spans)
    }
}

/// Decodes all three segments, and compares the MAC.
///
/// The segments are decoded first, so that an ill-formed text is told from a wrong key whoever
/// sent it, and whether it comes at once or in pieces; a decoder of public text has nothing to
/// hide. Whether a MAC is right is told in constant time; its length is public.
pub(crate) fn authenticate<M: Mac>(
    mac: &M,
    compact: &Compact<'_>,
    header: &mut [u8],
    payload: &mut [u8],
) -> Result<(), Error> {
    let mut received = M::Algorithm::ZERO_TAG;
    compact.decode(header, payload, received.as_mut())?;
    let computed = mac.mac(compact.signing_input)?;
    if equal(computed.as_ref(), received.as_ref()) { Ok(()) } else { Err(Error::SignatureMismatch) }
}

/// Whether two MACs of one length are equal, in constant time. Four bytes a turn, for a MAC's
/// length is a multiple of four.
fn equal(one: &[u8], other: &[u8]) -> bool {
    let words = one.as_chunks().0.iter().zip(other.as_chunks().0);
    words
        .fold(Choice::from(1), |equal, (a, b)| {
            equal & u32::from_ne_bytes(*a).ct_eq(&u32::from_ne_bytes(*b))
        })
        .into()
}

/// Parses a header, and checks its rules. Returns the length of its normal form.
pub(crate) fn check_header(
    header: &mut [u8],
    depth: u8,
    algorithm: &str,
    typ: Option<&str>,
    spans: &mut Spans,
) -> Result<usize, Error> {
    let text = if header::recognize(header, algorithm, spans) {
        header
    } else {
        let twice = Error::DuplicateHeaderParameter;
        normalize(header, depth, &header::NAMES, twice, spans)?
    };
    header::check(&Object { text, spans }, algorithm, typ)?;
    Ok(text.len())
}

/// A verified JWS: the proof that its signature and header hold. Borrows the caller's buffer.
///
/// Size: 48 bytes on a 32-bit target, 64 on a 64-bit one.
#[derive(Clone, Copy)]
pub struct Jws<'b> {
    header: Header<'b>,
    payload: &'b [u8],
}

impl<'b> Jws<'b> {
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
