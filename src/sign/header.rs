//! The JOSE header of a token that is being made.

use core::fmt;

use super::names::is_any_twice;
use super::segment::Segment;
use super::writer::Writer;
use crate::Error;
use crate::header::{HeaderRules, read_header};
use crate::json::{MAX_DEPTH, Spans, cut};
use crate::key::mac::AnyAlgorithm;

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

    /// Writes the header as JSON.
    #[inline(never)]
    pub(super) fn write(
        &self,
        algorithm: AnyAlgorithm,
        is_claims_set: bool,
        writer: &mut Writer<'_>,
    ) -> Segment {
        writer.put_member(br#"{"alg":"#, Some(algorithm.name()));
        writer.put_member(br#","typ":"#, self.typ(is_claims_set));
        writer.put_member(br#","kid":"#, self.key_id);
        match self.parameters {
            Some(parameters) => (parameters.write)(writer, parameters.object),
            None => writer.put(b"}"),
        }
        writer.end_segment(0)
    }

    /// Checks the header that was written, and encodes it.
    pub(super) fn finish(
        &self,
        algorithm: AnyAlgorithm,
        is_claims_set: bool,
        written: Segment,
        token: &mut [u8],
    ) -> Result<(), Error> {
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
