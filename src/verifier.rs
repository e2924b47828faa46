//! The way of a token, from first byte to proof.

use core::fmt;

use crate::Error;
use crate::claims::{self, Claims, Dates};
use crate::compact::Compact;
use crate::header::Header;
use crate::json::{Object, Spans, cut, normalize};
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
    /// Puts a key and a policy together.
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
        let mut spans = [Spans::default(); 2];
        match self.prove(&compact, time, header, payload, &mut spans) {
            Ok([header_length, claims_length]) => Ok(Token {
                header: Header::new(cut(header, header_length), spans[0]),
                claims: Claims::new(cut(payload, claims_length), spans[1]),
            }),
            Err(error) => {
                header.fill(0);
                payload.fill(0);
                Err(error)
            }
        }
    }

    /// The whole story. Returns the lengths of header and claims set in normal form.
    fn prove(
        &self,
        compact: &Compact<'_>,
        time: Time,
        header: &mut [u8],
        payload: &mut [u8],
        [of_header, of_claims]: &mut [Spans; 2],
    ) -> Result<[usize; 2], Error> {
        let Self { mac, policy } = self;
        authenticate(mac, compact, header, payload)?;
        let header_length = check_header(
            header,
            policy.depth(),
            M::Algorithm::NAME,
            policy.expected_typ(),
            of_header,
        )?;

        let text =
            normalize(payload, policy.depth(), &claims::NAMES, Error::DuplicateClaim, of_claims)?;
        let claims = Object { text, spans: of_claims };
        claims::check_types(&claims)?;
        let dates = Dates::read(&claims)?;
        policy.check(&claims, &dates, time)?;
        Ok([header_length, text.len()])
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
