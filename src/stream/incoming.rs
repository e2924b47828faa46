//! What has come of a token, block by block.

use zeroize::Zeroize;

use super::segments::Segments;
use crate::Error;
use crate::authenticate::Authentic;
use crate::compact::MAX_TOKEN_LENGTH;
use crate::header::HeaderRules;
use crate::json::{Spans, cut};
use crate::key::Keys;
use crate::key::mac::StreamingMac;

/// In how many bytes at once a token is taken: a block of SHA-256, so that most are hashed where they are.
const BLOCK: usize = 64;

/// A token up to here, in whole blocks; the bytes of the next block wait for more.
pub(super) struct Incoming<'v, 'b, K: Keys<Key: StreamingMac>> {
    segments: Segments<'v, 'b, K>,
    /// How many bytes have come.
    length: usize,
    block: [u8; BLOCK],
    /// How many bytes of the block have come.
    waiting: usize,
}

impl<'v, 'b, K: Keys<Key: StreamingMac>> Incoming<'v, 'b, K> {
    pub(super) fn new(keys: &'v K, buffer: &'b mut [u8]) -> Self {
        let segments = Segments::new(keys, buffer);
        Self { segments, length: 0, block: [0; BLOCK], waiting: 0 }
    }

    /// Takes the next piece.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.length = self.length.saturating_add(piece.len());
        if self.is_too_long() {
            return Err(Error::TokenTooLong);
        }
        let mut rest = piece;
        if self.waiting == 0 {
            rest = self.take_blocks(rest);
        }
        while let Some((&byte, behind)) = rest.split_first() {
            if let Some(place) = self.block.get_mut(self.waiting) {
                *place = byte;
            }
            self.waiting += 1;
            rest = behind;
            if self.waiting == BLOCK {
                self.take_waiting();
                rest = self.take_blocks(rest);
            }
        }
        Ok(())
    }

    /// Whether no text that begins like this is a token's, as far as it was looked at.
    pub(super) fn is_refused(&self) -> bool {
        self.segments.are_refused() || self.is_too_long()
    }

    /// The end of the token: its text, its MAC and its header.
    pub(super) fn authenticate(
        &mut self,
        rules: HeaderRules<'_>,
        spans: &mut Spans,
    ) -> Result<(Authentic<'v, '_>, &mut [u8]), Error> {
        if self.is_too_long() {
            return Err(Error::TokenTooLong);
        }
        self.take_waiting();
        self.segments.authenticate(rules, spans)
    }

    /// Ends a token, and wipes what was kept of it if it is not accepted. The next piece begins another.
    pub(super) fn end(&mut self, accepted: bool) -> [&[u8]; 2] {
        if !accepted {
            self.wipe();
        }
        (self.length, self.waiting) = (0, 0);
        self.segments.end()
    }

    /// Header and payload of a token that is accepted. Nothing is left here.
    pub(super) fn release(&mut self) -> [&'b [u8]; 2] {
        self.length = 0;
        self.segments.release()
    }

    /// Overwrites what was kept of a token that has begun, and what is left of the last one's text.
    pub(super) fn wipe(&mut self) {
        self.block.zeroize();
        self.segments.wipe();
    }

    const fn is_too_long(&self) -> bool {
        self.length > MAX_TOKEN_LENGTH
    }

    /// Takes whole blocks where they are. Returns what is behind them.
    fn take_blocks<'p>(&mut self, piece: &'p [u8]) -> &'p [u8] {
        let (blocks, rest) = piece.split_at(piece.len() / BLOCK * BLOCK);
        if !blocks.is_empty() {
            self.segments.take(blocks);
        }
        rest
    }

    fn take_waiting(&mut self) {
        self.segments.take(cut(&self.block, self.waiting));
        self.waiting = 0;
    }
}
