//! Verification while the token arrives, without ever storing its text.

mod incoming;
mod segments;
#[cfg(feature = "embedded-io")]
mod writer;

use core::fmt;

use crate::Error;
use crate::json::Spans;
use crate::key::Keys;
use crate::key::mac::StreamingMac;
use crate::state::replay::Replay;
use crate::state::revocation::Revocation;
use crate::time::Time;
use crate::token::{Jws, Token};
use crate::verifier::{JwsVerifier, Verifier};
use incoming::Incoming;

impl<K: Keys<Key: StreamingMac>> Verifier<'_, K> {
    /// Verifies a token that arrives in pieces: over a serial line, by radio, in TLS records.
    ///
    /// `buffer` is what the token is decoded into, as for [`verify`](Self::verify), and has to be as large:
    /// for a token of n bytes, three quarters of n are always enough; of n - 45 for HS256, n - 66 for
    /// HS384, n - 88 for HS512. With a key set, what is behind the token may be overwritten with zeros.
    pub fn stream<'v, 'b>(&'v self, buffer: &'b mut [u8]) -> StreamingVerifier<'v, 'b, K> {
        StreamingVerifier::new(self, buffer)
    }
}

/// Verifies a token while it arrives, piece by piece, with a [`Verifier`] and a buffer of the caller.
/// Made by [`Verifier::stream`].
///
/// Each piece is hashed and decoded on its way into the buffer, in blocks of 64 bytes. The token's text is
/// kept nowhere: beside the decoded header and payload, three quarters of it, there is only this state.
/// At the end the MAC is compared, and then header and claims set are judged just as by
/// [`Verifier::verify`]: the answer is the same to every token, however it was cut.
///
/// Nothing of the token can be read before it is verified. What was kept is wiped when the token is
/// refused, and when the verifier is [reset](Self::reset) or dropped before the end. A token that holds is
/// left in the buffer, as by [`Verifier::verify`]: the next one is decoded over it.
///
/// With a key set, the key is picked as soon as the header is complete, and hashing begins with it. A
/// token that names no key, which a set may allow, is hashed at the end, once for each key; and so is,
/// whatever the set allows, one whose header holds white space or escapes and is longer than all that
/// the buffer has behind it: it is read in a copy, for which there is no room then.
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
///     // An error stays, and `finish` tells it as well.
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
    incoming: Incoming<'v, 'b, K>,
}

impl<'v, 'b, K: Keys<Key: StreamingMac>> StreamingVerifier<'v, 'b, K> {
    pub(crate) fn new(verifier: &'v Verifier<'v, K>, buffer: &'b mut [u8]) -> Self {
        Self { verifier, incoming: Incoming::new(verifier.keys(), buffer) }
    }

    /// Takes the next piece of the token, of any length. After [`finish`](Self::finish), the next
    /// piece is the first of another token.
    ///
    /// # Errors
    /// [`Error::TokenTooLong`] as soon as that is so. The rest need not come: the answer stays, and
    /// [`finish`](Self::finish) gives it as well. Every other rule is told by `finish` alone, since
    /// which one is broken first may depend on what is still to come;
    /// [`is_refused`](Self::is_refused) says whether one is.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.incoming.push(piece)
    }

    /// Whether the token will be refused, whatever comes: it is longer than the buffer or the limit, has
    /// a character outside the alphabet or a dot too many. It is noticed at the end of 64 bytes. A sender
    /// that is still at it may be cut off; [`finish`](Self::finish) judges what has come.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.incoming.is_refused()
    }

    /// Ends the token, and gives the proof that it holds. It is in the buffer until the next token
    /// begins; the key need not be built again for that one.
    ///
    /// # Errors
    /// Those of [`Verifier::verify`] for all that has come, as one token.
    pub fn finish(&mut self, time: Time) -> Result<Token<'_>, Error> {
        self.finish_with(time, &(), &mut ())
    }

    /// The same, and asks what is remembered of other tokens, as [`Verifier::verify_with`].
    ///
    /// # Errors
    /// Those of [`Verifier::verify_with`] for all that has come, as one token.
    pub fn finish_with(
        &mut self,
        time: Time,
        revocation: &(impl Revocation + ?Sized),
        replay: &mut (impl Replay + ?Sized),
    ) -> Result<Token<'_>, Error> {
        let mut spans = [Spans::default(); 2];
        let lengths = self.check(time, revocation, replay, &mut spans);
        let token = self.incoming.end(lengths.is_ok());
        Ok(Token::new(token, lengths?, spans))
    }

    /// As [`finish`](Self::finish), for the last token: what it borrows is the buffer alone.
    ///
    /// # Errors
    /// Those of [`Verifier::verify`] for all that has come, as one token.
    pub fn into_token(self, time: Time) -> Result<Token<'b>, Error> {
        self.into_token_with(time, &(), &mut ())
    }

    /// As [`finish_with`](Self::finish_with), for the last token: what it borrows is the buffer alone.
    ///
    /// # Errors
    /// Those of [`Verifier::verify_with`] for all that has come, as one token.
    pub fn into_token_with(
        mut self,
        time: Time,
        revocation: &(impl Revocation + ?Sized),
        replay: &mut (impl Replay + ?Sized),
    ) -> Result<Token<'b>, Error> {
        let mut spans = [Spans::default(); 2];
        let lengths = self.check(time, revocation, replay, &mut spans)?;
        Ok(Token::new(self.incoming.release(), lengths, spans))
    }

    /// Checks all of the token. Returns the lengths of header and claims set in normal form.
    fn check(
        &mut self,
        time: Time,
        revocation: &(impl Revocation + ?Sized),
        replay: &mut (impl Replay + ?Sized),
        [of_header, of_claims]: &mut [Spans; 2],
    ) -> Result<[usize; 2], Error> {
        let Self { verifier, incoming } = self;
        let (authentic, payload) = incoming.authenticate(verifier.header_rules(), of_header)?;
        verifier.check_claims(payload, &authentic, time, revocation, replay, of_claims)
    }

    /// Gives the token up that has come so far, and wipes what was kept of it. The next piece is the
    /// first of another.
    pub fn reset(&mut self) {
        self.incoming.end(false);
    }
}

/// Wipes what has come of a token that is not finished.
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
    incoming: Incoming<'v, 'b, K>,
}

impl<'v, 'b, K: Keys<Key: StreamingMac>> StreamingJwsVerifier<'v, 'b, K> {
    pub(crate) fn new(verifier: &'v JwsVerifier<'v, K>, buffer: &'b mut [u8]) -> Self {
        Self { verifier, incoming: Incoming::new(verifier.keys(), buffer) }
    }

    /// Takes the next piece, as [`StreamingVerifier::push`].
    ///
    /// # Errors
    /// [`Error::TokenTooLong`] as soon as that is so.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.incoming.push(piece)
    }

    /// Whether the token will be refused, whatever comes, as [`StreamingVerifier::is_refused`].
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.incoming.is_refused()
    }

    /// Ends the token, and gives the proof that it holds. It is in the buffer until the next token
    /// begins.
    ///
    /// # Errors
    /// Those of [`JwsVerifier::verify`] for all that has come, as one token.
    pub fn finish(&mut self) -> Result<Jws<'_>, Error> {
        let mut spans = Spans::default();
        let length = self.check(&mut spans);
        let token = self.incoming.end(length.is_ok());
        Ok(Jws::new(token, length?, spans))
    }

    /// As [`finish`](Self::finish), for the last token: what it borrows is the buffer alone.
    ///
    /// # Errors
    /// Those of [`JwsVerifier::verify`] for all that has come, as one token.
    pub fn into_jws(mut self) -> Result<Jws<'b>, Error> {
        let mut spans = Spans::default();
        let length = self.check(&mut spans)?;
        Ok(Jws::new(self.incoming.release(), length, spans))
    }

    fn check(&mut self, spans: &mut Spans) -> Result<usize, Error> {
        let (authentic, _) = self.incoming.authenticate(self.verifier.header_rules(), spans)?;
        self.verifier.check_limits(&authentic)
    }

    /// Gives the token up that has come so far, and wipes what was kept of it.
    pub fn reset(&mut self) {
        self.incoming.end(false);
    }
}

/// Wipes what has come of a token that is not finished.
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
