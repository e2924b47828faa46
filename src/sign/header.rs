//! The JOSE header of a token that is being made.

use core::fmt;

use super::names::is_any_twice;
use super::segment::Segment;
use super::writer::Writer;
use crate::base64url::decoded_length;
use crate::header::{HeaderRules, read_header};
use crate::json::{MAX_DEPTH, Spans, cut};
use crate::key::mac::AnyAlgorithm;
use crate::{Error, SMALL};

/// What the caller says about the header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header<'h> {
    pub(super) typ: Type<'h>,
    pub(super) key_id: Option<&'h str>,
    pub(super) parameters: Option<Parameters<'h>>,
}

/// What the header says of the token's type.
#[derive(Clone, Copy, Debug)]
pub(super) enum Type<'h> {
    /// `JWT` where the payload is a claims set.
    ByPayload,
    Absent,
    Named(&'h str),
}

/// A JSON object whose members go into the header, and what such a header needs: without them,
/// nothing in it can break a rule. A signer that never gets any doesn't link these functions, which
/// saves a Cortex-M4 500 bytes.
#[derive(Clone, Copy)]
pub(super) struct Parameters<'h> {
    object: &'h str,
    write: fn(&mut Writer<'_>, &str),
    check: fn(&mut [u8], AnyAlgorithm) -> Result<(), Error>,
}

impl<'h> Parameters<'h> {
    pub(super) const fn new(object: &'h str) -> Self {
        Self { object, write: |writer, object| writer.put_members_of(object), check }
    }
}

impl fmt::Debug for Parameters<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.object.fmt(f)
    }
}

impl<'h> Header<'h> {
    /// `typ` for a payload of this kind.
    fn typ(&self, is_claims_set: bool) -> Option<&'h str> {
        match self.typ {
            Type::ByPayload if is_claims_set => Some("JWT"),
            Type::ByPayload | Type::Absent => None,
            Type::Named(typ) => Some(typ),
        }
    }

    /// The header in Base64URL and the dot behind it, if it only says what most do. A computer need
    /// not make that, which saves it 600 instructions, a tenth of what it does besides the MAC.
    fn ready_made(
        &self,
        algorithm: AnyAlgorithm,
        is_claims_set: bool,
    ) -> Option<&'static [u8; 37]> {
        match self {
            Self { typ: Type::ByPayload, key_id: None, parameters: None }
                if is_claims_set && !SMALL =>
            {
                Some(match algorithm {
                    AnyAlgorithm::Hs256 => b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.",
                    AnyAlgorithm::Hs384 => b"eyJhbGciOiJIUzM4NCIsInR5cCI6IkpXVCJ9.",
                    AnyAlgorithm::Hs512 => b"eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.",
                })
            }
            _ => None,
        }
    }

    /// Writes the header as JSON, or encoded if it is ready-made.
    #[inline(never)]
    pub(super) fn write(
        &self,
        algorithm: AnyAlgorithm,
        is_claims_set: bool,
        writer: &mut Writer<'_>,
    ) -> Segment {
        if let Some(encoded) = self.ready_made(algorithm, is_claims_set) {
            writer.put(encoded);
            return Segment { start: 0, length: decoded_length(encoded.len() - 1) };
        }
        writer.put_member(br#"{"alg":"#, Some(algorithm.name()));
        writer.put_member(br#","typ":"#, self.typ(is_claims_set));
        writer.put_member(br#","kid":"#, self.key_id);
        match self.parameters {
            Some(parameters) => (parameters.write)(writer, parameters.object),
            None => writer.put(b"}"),
        }
        writer.end_segment(0)
    }

    /// Checks the header that was written, and encodes it, unless it is ready-made.
    pub(super) fn finish(
        &self,
        algorithm: AnyAlgorithm,
        is_claims_set: bool,
        written: Segment,
        token: &mut [u8],
    ) -> Result<(), Error> {
        if self.ready_made(algorithm, is_claims_set).is_some() {
            return Ok(());
        }
        if let Some(parameters) = self.parameters {
            (parameters.check)(written.text(token), algorithm)?;
            // The check leaves the normal form. What is signed is what was written.
            self.write(algorithm, is_claims_set, &mut Writer::new(token));
        }
        written.encode(token);
        Ok(())
    }
}

/// Checks a header as a verifier does, and that no name stands twice.
fn check(header: &mut [u8], algorithm: AnyAlgorithm) -> Result<(), Error> {
    let rules = HeaderRules { depth: MAX_DEPTH, typ: None };
    let length = read_header(header, algorithm, rules, &mut Spans::default())?;
    match is_any_twice(cut(header, length)) {
        true => Err(Error::DuplicateHeaderParameter),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ready_made_header_is_what_would_be_made() {
        let plain = Header { typ: Type::ByPayload, key_id: None, parameters: None };
        let named = Header { typ: Type::Named("JWT"), ..plain };
        for algorithm in AnyAlgorithm::ALL {
            let made = [plain, named].map(|header| {
                let mut place = [0; 37];
                let written = header.write(*algorithm, true, &mut Writer::new(&mut place));
                header.finish(*algorithm, true, written, &mut place).unwrap();
                (place, written.end())
            });
            assert_eq!(made[0], made[1], "{algorithm:?}");
        }
    }
}
