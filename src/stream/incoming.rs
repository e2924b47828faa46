//! What has come of a token, block by block.

use zeroize::Zeroize;

use super::segments::Segments;
use crate::Error;
use crate::compact::MAX_TOKEN_LENGTH;
use crate::json::{Spans, cut};
use crate::jws::{Authentic, HeaderRules};
use crate::keys::{Keys, StreamingKey};

/// In how many bytes at once a token is taken: a block of SHA-256, so that most are hashed where they are.
const BLOCK: usize = 64;

/// A token up to here, in whole blocks; the bytes of the next block wait for more.
pub(super) struct Incoming<'v, 'b, K: Keys<Key: StreamingKey>> {
    segments: Segments<'v, 'b, K>,
    /// How many more bytes a token may have.
    room: usize,
    is_too_long: bool,
    block: [u8; BLOCK],
    /// How many bytes of the block have come.
    waiting: usize,
}

impl<'v, 'b, K: Keys<Key: StreamingKey>> Incoming<'v, 'b, K> {
    pub(super) fn new(keys: &'v K, depth: u8, buffer: &'b mut [u8]) -> Self {
        let segments = Segments::new(keys, depth, buffer);
        Self { segments, room: MAX_TOKEN_LENGTH, is_too_long: false, block: [0; BLOCK], waiting: 0 }
    }

    /// Takes the next piece.
    pub(super) fn push(&mut self, mut piece: &[u8]) -> Result<(), Error> {
        let Some(room) = self.room.checked_sub(piece.len()) else {
            (self.is_too_long, self.room) = (true, 0);
            return Err(Error::TokenTooLong);
        };
        self.room = room;
        while let Some((&byte, rest)) = piece.split_first() {
            if self.waiting == 0 && piece.len() >= BLOCK {
                let (blocks, rest) = piece.split_at(piece.len() / BLOCK * BLOCK);
                self.segments.take(blocks);
                piece = rest;
                continue;
            }
            if let Some(place) = self.block.get_mut(self.waiting) {
                *place = byte;
            }
            self.waiting += 1;
            if self.waiting == BLOCK {
                self.take_waiting();
            }
            piece = rest;
        }
        Ok(())
    }

    /// Whether no text that begins like this is a token's, as far as it was looked at.
    pub(super) fn is_refused(&self) -> bool {
        self.segments.are_refused() || self.is_too_long
    }

    /// The end of the token: its text, its MAC and its header.
    pub(super) fn authenticate(
        &mut self,
        rules: HeaderRules<'_>,
        spans: &mut Spans,
    ) -> Result<Authentic<'v>, Error> {
        if self.is_too_long {
            return Err(Error::TokenTooLong);
        }
        self.take_waiting();
        self.segments.authenticate(rules, spans)
    }

    /// Header and payload, decoded.
    pub(super) fn decoded(&mut self) -> (&mut [u8], &mut [u8]) {
        self.segments.decoded()
    }

    /// Ends a token, and wipes what was kept of it if it is not accepted. The next piece begins another.
    pub(super) fn end(&mut self, accepted: bool) -> (&mut [u8], &mut [u8]) {
        if !accepted {
            self.wipe();
        }
        (self.room, self.is_too_long, self.waiting) = (MAX_TOKEN_LENGTH, false, 0);
        self.segments.end()
    }

    /// Header and payload of a token that is accepted. Nothing is left here.
    pub(super) fn release(&mut self) -> (&'b mut [u8], &'b mut [u8]) {
        self.room = MAX_TOKEN_LENGTH;
        self.segments.release()
    }

    /// Overwrites what was kept of a token that was not accepted.
    pub(super) fn wipe(&mut self) {
        if self.room < MAX_TOKEN_LENGTH {
            self.block.zeroize();
            self.segments.wipe();
        }
    }

    fn take_waiting(&mut self) {
        self.segments.take(cut(&self.block, self.waiting));
        self.waiting = 0;
    }
}
