//! The way of a token, from first byte to proof.

use core::fmt;

use crate::Error;
use crate::claims::{self, Claims};
use crate::compact::Compact;
use crate::header::Header;
use crate::json::{Object, Outline, normalize};
use crate::jws::{authenticate, check_header};
use crate::mac::{Algorithm, Mac};
use crate::policy::Policy;
use crate::time::Time;

/// Verifies JSON Web Tokens with one key under one policy (RFC 7519 section 7.2).
///
/// The order is: the token's text, the MAC, the header, the claims set, the policy. Nothing is
/// parsed as JSON before the MAC holds, so a forger does not reach the parser.
///
/// `M` is a [`Key`](crate::Key), an engine of your own, or a reference to one of them: verifiers
/// with several policies can share a key. The size is that of the key and the policy.
#[derive(Clone, Copy, Debug)]
pub struct Verifier<'p, M> {
    mac: M,
    policy: Policy<'p>,
}

impl<'p, M: Mac> Verifier<'p, M> {
    /// A verifier.
    pub const fn new(mac: M, policy: Policy<'p>) -> Self {
        Self { mac, policy }
    }

    /// Verifies a token in compact serialization, and gives the proof that it holds.
    ///
    /// `buffer` is the only memory that a token gets: header and payload are decoded into it, and
    /// the [`Token`] borrows it. Three quarters of the token's length are always enough. On an
    /// error, what was written there is overwritten with zeros.
    ///
    /// # Errors
    /// The first rule that the token breaks, in the order in which [`Error`] lists them.
    /// [`Error::BufferTooSmall`] says how many bytes are needed.
    pub fn verify<'b>(
        &self,
        token: &[u8],
        time: Time,
        buffer: &'b mut [u8],
    ) -> Result<Token<'b>, Error> {
        let compact = Compact::parse(token, M::Algorithm::TAG_LENGTH)?;
        let (header, payload) = compact.reserve(buffer)?;
        match self.prove(&compact, time, header, payload) {
            Ok((of_header, of_payload)) => Ok(Token {
                header: Header::new(Object::new(header, of_header)),
                claims: Claims::new(Object::new(payload, of_payload)),
            }),
            Err(error) => {
                header.fill(0);
                payload.fill(0);
                Err(error)
            }
        }
    }

    /// The whole story.
    fn prove(
        &self,
        compact: &Compact<'_>,
        time: Time,
        header: &mut [u8],
        payload: &mut [u8],
    ) -> Result<(Outline, Outline), Error> {
        let depth = self.policy.depth();
        authenticate(&self.mac, compact, header, payload)?;
        let of_header =
            check_header(header, depth, M::Algorithm::NAME, self.policy.expected_typ())?;
        let of_payload = normalize(payload, depth, &claims::NAMES, Error::DuplicateClaim)?;
        let claims = Claims::new(Object::new(payload, of_payload));
        claims.check_types()?;
        self.policy.check(&claims, time)?;
        Ok((of_header, of_payload))
    }
}

/// A verified token: the proof that its signature, its header and its claims hold. Only
/// [`Verifier::verify`] makes one. Borrows the caller's buffer.
///
/// Size: 80 bytes on a 32-bit target, 96 on a 64-bit one.
#[derive(Clone, Copy)]
pub struct Token<'b> {
    header: Header<'b>,
    claims: Claims<'b>,
}

impl<'b> Token<'b> {
    /// The JOSE header.
    #[must_use]
    pub const fn header(&self) -> &Header<'b> {
        &self.header
    }

    /// The claims set.
    #[must_use]
    pub const fn claims(&self) -> &Claims<'b> {
        &self.claims
    }
}

/// Shows nothing of the token.
impl fmt::Debug for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").finish_non_exhaustive()
    }
}
