//! The proof that a token holds: only verification makes one.

use core::fmt;

use crate::claims::Claims;
use crate::header::Header;
use crate::json::{Spans, cut};

/// A verified token: the proof that its signature, its header and its claims hold. Only
/// [`Verifier::verify`](crate::Verifier::verify) and its like make one. Borrows the caller's
/// buffer.
///
/// Size: 80 bytes on a 32-bit target, 160 on a 64-bit one.
#[derive(Clone, Copy)]
pub struct Token<'b> {
    header: Header<'b>,
    claims: Claims<'b>,
}

impl<'b> Token<'b> {
    /// Takes the decoded header and payload, and the lengths of their normal forms.
    pub(crate) fn new(
        [header, payload]: [&'b [u8]; 2],
        [header_length, claims_length]: [usize; 2],
        [of_header, of_claims]: [Spans; 2],
    ) -> Self {
        Self {
            header: Header::new(cut(header, header_length), of_header),
            claims: Claims::new(cut(payload, claims_length), of_claims),
        }
    }

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

/// A verified JWS: the proof that its signature and its header hold. Borrows the caller's buffer.
///
/// Size: 48 bytes on a 32-bit target, 96 on a 64-bit one.
#[derive(Clone, Copy)]
pub struct Jws<'b> {
    header: Header<'b>,
    payload: &'b [u8],
}

impl<'b> Jws<'b> {
    /// Takes the decoded header and payload, and the length of the header's normal form.
    pub(crate) fn new([header, payload]: [&'b [u8]; 2], length: usize, spans: Spans) -> Self {
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
