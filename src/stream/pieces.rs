//! Collects the bytes of a token into blocks, and limits its length.

use zeroize::Zeroize;

use super::decoded::Decoded;
use super::segments::Segments;
use crate::compact::MAX_TOKEN_LENGTH;
use crate::json::cut;
use crate::{AnyAlgorithm, Error};

/// The number of bytes that are taken at once: a block of SHA-256, so that most are hashed in
/// place.
const BLOCK: usize = 64;

/// A token as far as it has come: whole blocks in the segments, and the rest waiting. `S` is room
/// for the longest signature.
///
/// What takes text calls `hash` with each part of the signing input, until the token is refused.
pub(super) struct Pieces<'b, S> {
    segments: Segments<'b, S>,
    /// The number of bytes that have come.
    length: usize,
    block: [u8; BLOCK],
    /// The number of bytes that wait in the block.
    waiting: usize,
}

impl<'b, S: AsRef<[u8]> + AsMut<[u8]>> Pieces<'b, S> {
    pub(super) const fn new(buffer: &'b mut [u8], zero_signature: S) -> Self {
        let segments = Segments::new(buffer, zero_signature);
        Self { segments, length: 0, block: [0; BLOCK], waiting: 0 }
    }

    /// Takes the next piece.
    pub(super) fn push(&mut self, piece: &[u8], mut hash: impl FnMut(&[u8])) -> Result<(), Error> {
        self.length = self.length.saturating_add(piece.len());
        if self.is_too_long() {
            return Err(Error::TokenTooLong);
        }
        let mut rest = piece;
        if self.waiting == 0 {
            rest = self.take_blocks(rest, &mut hash);
        }
        while let Some((&byte, behind)) = rest.split_first() {
            if let Some(place) = self.block.get_mut(self.waiting) {
                *place = byte;
            }
            self.waiting += 1;
            rest = behind;
            if self.waiting == BLOCK {
                self.take_waiting(&mut hash);
                rest = self.take_blocks(rest, &mut hash);
            }
        }
        Ok(())
    }

    /// Whether the token will be refused, whatever follows.
    pub(super) fn is_refused(&self) -> bool {
        self.segments.are_refused() || self.is_too_long()
    }

    /// Ends the text of a token, and returns its segments.
    pub(super) fn end_text(
        &mut self,
        algorithms: &[AnyAlgorithm],
        mut hash: impl FnMut(&[u8]),
    ) -> Result<Decoded<'_>, Error> {
        if self.is_too_long() {
            return Err(Error::TokenTooLong);
        }
        self.take_waiting(&mut hash);
        self.segments.end_text(algorithms)
    }

    /// Ends a token, and wipes it unless it is accepted. The next piece begins another.
    pub(super) fn end(&mut self, accepted: bool) -> [&[u8]; 2] {
        if !accepted {
            self.wipe();
        }
        (self.length, self.waiting) = (0, 0);
        self.segments.end()
    }

    /// Header and payload of a token that is accepted. Nothing else is kept.
    pub(super) fn release(&mut self) -> [&'b [u8]; 2] {
        self.length = 0;
        self.segments.release()
    }

    /// Overwrites all that was kept of the token.
    pub(super) fn wipe(&mut self) {
        self.block.zeroize();
        self.segments.wipe();
    }

    const fn is_too_long(&self) -> bool {
        self.length > MAX_TOKEN_LENGTH
    }

    /// Takes whole blocks where they are. Returns the rest.
    fn take_blocks<'p>(&mut self, piece: &'p [u8], hash: &mut impl FnMut(&[u8])) -> &'p [u8] {
        let (blocks, rest) = piece.split_at(piece.len() / BLOCK * BLOCK);
        if !blocks.is_empty() {
            self.segments.take(blocks, hash);
        }
        rest
    }

    fn take_waiting(&mut self, hash: &mut impl FnMut(&[u8])) {
        self.segments.take(cut(&self.block, self.waiting), hash);
        self.waiting = 0;
    }
}
