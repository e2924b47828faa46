//! Verification while the token arrives, without ever storing its text.

mod decoded;
pub(crate) mod detached;
pub(crate) mod encoded;
mod hashed;
pub(crate) mod incoming;
mod pieces;
mod segments;
#[cfg(feature = "embedded-io")]
mod writer;

use core::fmt;

use crate::Error;
use crate::check::Check;
use crate::json::Spans;
use crate::key::Keys;
use crate::key::mac::StreamingMac;
use crate::state::replay::Replay;
use crate::time::Time;
use crate::token::{Jws, Token};
use crate::verifier::{JwsVerifier, Verifier};
use hashed::Hashed;

impl<K: Keys<Key: StreamingMac>> Verifier<'_, K> {
    /// Verifies a token that arrives in pieces: over a serial line, by radio, in TLS records.
    ///
    /// The token is decoded into `buffer`. For a token of n bytes, three quarters of n are enough,
    /// and so are three quarters of n - 45 for HS256, n - 66 for HS384, n - 88 for HS512: as for
    /// [`verify`](Self::verify), except with a key set. Then a header that has escapes, or white
    /// space outside strings, needs its own length again. [`Error::BufferTooSmall`] says how many
    /// bytes are needed in all.
    pub fn stream<'v, 'b>(&'v self, buffer: &'b mut [u8]) -> StreamingVerifier<'v, 'b, K> {
        StreamingVerifier::new(self, buffer)
    }
}

/// Verifies a token while it arrives, piece by piece, with a [`Verifier`] and a buffer of the
/// caller. Made by [`Verifier::stream`].
///
/// Each piece is hashed, and decoded into the buffer, in blocks of 64 bytes. The token's text is
/// not kept: its decoded header and payload, three quarters of the text, are in the buffer, and the
/// rest is this state. At the end the MAC is compared, and header and claims set are checked just
/// as by
/// [`Verifier::verify`]. The answer does not depend on how the token was cut.
///
/// Nothing of the token can be read before it is verified. The memory is wiped if the token is
/// refused, and if the verifier is [reset](Self::reset) or dropped before the end. A token that
/// holds stays in the buffer until the next one is decoded over it.
///
/// A key set finds the key at the end, and encodes the token again to hash it, which takes longer
/// than hashing each piece.
///
/// ```
/// use embedded_jwt::{Error, Hs256, Key, Policy, Time, Verifier};
///
/// # let secret = b"32 random bytes go here, no text";
/// # let token = b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJzdWIiOiJlcmlrYSIsImF1ZCI6ImRvb3ItNyIsImV4cCI6MTkwMDAwMDAwMCwiZG9vciI6IjdiIiwidXNlcyI6M30.cII7kdxLIcgUiuKdsQxMVU1RJKOMddhksp11I1ytEhQ";
/// # let mut line = token.iter().chain(b"\n").chain(token).chain(b"\n").copied();
/// let policy = Policy::builder().issuer("https://id.example").audience("door-7").build()?;
/// let verifier = Verifier::new(Key::<Hs256>::new(secret)?, policy);
/// let mut buffer = [0; 192];
/// let mut streaming = verifier.stream(&mut buffer);
/// # let mut opened = 0;
/// # while let Some(byte) = line.next() {
/// // For each byte that a serial line receives:
/// match byte {
///     b'\n' => match streaming.finish(Time::Known(1_800_000_000)) {
///         Ok(token) => assert_eq!(token.claims().get("door"), Ok("7b")),
///         Err(error) => panic!("refused: {error}"),
///     },
///     // `finish` returns the error as well.
///     byte => _ = streaming.push(&[byte]),
/// }
/// # opened += u8::from(byte == b'\n');
/// # }
/// # assert_eq!(opened, 2);
/// # Ok::<(), Error>(())
/// ```
///
/// Size on a 32-bit target: 304 bytes for [`Hs256`](crate::Hs256), 464 for [`Hs384`](crate::Hs384),
/// 480 for [`Hs512`](crate::Hs512) and [`AnyKey`](crate::AnyKey); on a 64-bit target 336, 512 and
/// 528.
pub struct StreamingVerifier<'v, 'b, K: Keys<Key: StreamingMac>> {
    verifier: &'v Verifier<'v, K>,
    incoming: Hashed<'v, 'b, K>,
}

impl<'v, 'b, K: Keys<Key: StreamingMac>> StreamingVerifier<'v, 'b, K> {
    pub(crate) fn new(verifier: &'v Verifier<'v, K>, buffer: &'b mut [u8]) -> Self {
        Self { verifier, incoming: Hashed::new(verifier.keys(), buffer) }
    }

    /// Takes the next piece of the token, of any length. After [`finish`](Self::finish), the next
    /// piece begins another token.
    ///
    /// # Errors
    /// [`Error::TokenTooLong`] as soon as the token is, and what an engine returns as soon as it
    /// fails. The rest is not needed: the token is refused. All other errors are returned by
    /// [`finish`](Self::finish) only, since the rest of the token may break a rule that comes
    /// first; so `finish` returns the engine's error only if the text is well-formed.
    /// [`is_refused`](Self::is_refused) tells early whether any rule is broken.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.incoming.push(piece)
    }

    /// Whether the token will be refused, whatever follows: it is longer than the buffer or the
    /// limit, has a character outside the alphabet or a dot too many, or the engine has failed.
    /// This is checked after every 64 bytes. The sender may be cut off then;
    /// [`finish`](Self::finish) returns the error of what has come.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.incoming.is_refused()
    }

    /// Ends the token, and returns the proof that it holds. It stays in the buffer until
    /// another is decoded over it.
    ///
    /// # Errors
    /// Those of [`Verifier::verify`] for the whole token.
    pub fn finish(&mut self, time: Time) -> Result<Token<'_>, Error> {
        self.finish_with(time, &(), &mut ())
    }

    /// Ends the token, and asks whether the application accepts it and whether it was accepted
    /// before, as [`Verifier::verify_with`] does.
    ///
    /// # Errors
    /// Those of [`Verifier::verify_with`] for the whole token.
    pub fn finish_with(
        &mut self,
        time: Time,
        check: &(impl Check + ?Sized),
        replay: &mut (impl Replay + ?Sized),
    ) -> Result<Token<'_>, Error> {
        let mut spans = [Spans::default(); 2];
        let lengths = self.check(time, check, replay, &mut spans);
        let token = self.incoming.end(lengths.is_ok());
        Ok(Token::new(token, lengths?, spans))
    }

    /// As [`finish`](Self::finish), for the last token, which then borrows only the buffer.
    ///
    /// # Errors
    /// Those of [`Verifier::verify`] for the whole token.
    pub fn into_token(self, time: Time) -> Result<Token<'b>, Error> {
        self.into_token_with(time, &(), &mut ())
    }

    /// As [`finish_with`](Self::finish_with), for the last token, which then borrows only the
    /// buffer.
    ///
    /// # Errors
    /// Those of [`Verifier::verify_with`] for the whole token.
    pub fn into_token_with(
        mut self,
        time: Time,
        check: &(impl Check + ?Sized),
        replay: &mut (impl Replay + ?Sized),
    ) -> Result<Token<'b>, Error> {
        let mut spans = [Spans::default(); 2];
        let lengths = self.check(time, check, replay, &mut spans)?;
        Ok(Token::new(self.incoming.release(), lengths, spans))
    }

    /// Checks the whole token. Returns the lengths of header and claims set in normal form.
    fn check(
        &mut self,
        time: Time,
        check: &(impl Check + ?Sized),
        replay: &mut (impl Replay + ?Sized),
        [of_header, of_claims]: &mut [Spans; 2],
    ) -> Result<[usize; 2], Error> {
        let Self { verifier, incoming } = self;
        let (authentic, payload) = incoming.authenticate(verifier.header_rules(), of_header)?;
        verifier.check_claims(payload, &authentic, time, check, replay, [of_header, of_claims])
    }

    /// Gives up the token that has come so far, and wipes it. The next piece begins another token.
    pub fn reset(&mut self) {
        self.incoming.end(false);
    }
}

/// Wipes a token that is not finished.
impl<K: Keys<Key: StreamingMac>> Drop for StreamingVerifier<'_, '_, K> {
    fn drop(&mut self) {
        self.incoming.wipe();
    }
}

/// Shows nothing of the token.
impl<K: Keys<Key: StreamingMac>> fmt::Debug for StreamingVerifier<'_, '_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamingVerifier").finish_non_exhaustive()
    }
}

impl<K: Keys<Key: StreamingMac>> JwsVerifier<'_, K> {
    /// Verifies a token that arrives in pieces, as [`Verifier::stream`](crate::Verifier::stream).
    pub fn stream<'v, 'b>(&'v self, buffer: &'b mut [u8]) -> StreamingJwsVerifier<'v, 'b, K> {
        StreamingJwsVerifier::new(self, buffer)
    }
}

/// Verifies a JWS while it arrives, as [`StreamingVerifier`] does a token: any payload. Made by
/// [`JwsVerifier::stream`].
///
/// Size: that of a [`StreamingVerifier`].
pub struct StreamingJwsVerifier<'v, 'b, K: Keys<Key: StreamingMac>> {
    verifier: &'v JwsVerifier<'v, K>,
    incoming: Hashed<'v, 'b, K>,
}

impl<'v, 'b, K: Keys<Key: StreamingMac>> StreamingJwsVerifier<'v, 'b, K> {
    pub(crate) fn new(verifier: &'v JwsVerifier<'v, K>, buffer: &'b mut [u8]) -> Self {
        Self { verifier, incoming: Hashed::new(verifier.keys(), buffer) }
    }

    /// Takes the next piece, as [`StreamingVerifier::push`].
    ///
    /// # Errors
    /// [`Error::TokenTooLong`] as soon as the token is, and what an engine returns as soon as it
    /// fails.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.incoming.push(piece)
    }

    /// Whether the token will be refused, whatever follows, as [`StreamingVerifier::is_refused`].
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.incoming.is_refused()
    }

    /// Ends the token, and returns the proof that it holds. It stays in the buffer until
    /// another is decoded over it.
    ///
    /// # Errors
    /// Those of [`JwsVerifier::verify`] for the whole token.
    pub fn finish(&mut self) -> Result<Jws<'_>, Error> {
        let mut spans = Spans::default();
        let length = self.check(&mut spans);
        let token = self.incoming.end(length.is_ok());
        Ok(Jws::new(token, length?, spans))
    }

    /// As [`finish`](Self::finish), for the last token, which then borrows only the buffer.
    ///
    /// # Errors
    /// Those of [`JwsVerifier::verify`] for the whole token.
    pub fn into_jws(mut self) -> Result<Jws<'b>, Error> {
        let mut spans = Spans::default();
        let length = self.check(&mut spans)?;
        Ok(Jws::new(self.incoming.release(), length, spans))
    }

    fn check(&mut self, spans: &mut Spans) -> Result<usize, Error> {
        let (authentic, _) = self.incoming.authenticate(self.verifier.header_rules(), spans)?;
        self.verifier.check_limits(&authentic)
    }

    /// Gives up the token that has come so far, and wipes it.
    pub fn reset(&mut self) {
        self.incoming.end(false);
    }
}

/// Wipes a token that is not finished.
impl<K: Keys<Key: StreamingMac>> Drop for StreamingJwsVerifier<'_, '_, K> {
    fn drop(&mut self) {
        self.incoming.wipe();
    }
}

/// Shows nothing of the token.
impl<K: Keys<Key: StreamingMac>> fmt::Debug for StreamingJwsVerifier<'_, '_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamingJwsVerifier").finish_non_exhaustive()
    }
}
