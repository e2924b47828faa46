//! [`IncomingToken`], a token that arrives before its verifier is known.

use core::fmt;

use super::pieces::Pieces;
use crate::Error;
use crate::check::Check;
use crate::json::Spans;
use crate::key::Keys;
use crate::key::mac::StreamingMac;
use crate::state::replay::Replay;
use crate::time::Time;
use crate::token::{Jws, Token};
use crate::verifier::{JwsVerifier, Verifier};

/// A token that arrives in pieces, without a key: an interrupt takes the pieces, say, and a task
/// verifies the token with the keys that are good by then.
///
/// It borrows no [`Verifier`], so it can live in a `static` while keys are added and removed. Each
/// piece is only decoded, in blocks of 64 bytes, so taking one is short. The token is hashed at the
/// end, from its decoded form, which takes longer than a [`StreamingVerifier`] takes then; that one
/// hashes each piece, and needs the key from the beginning. The answers are the same.
///
/// Nothing of the token can be read before it is verified. The memory is wiped if the token is
/// refused, and if this is [reset](Self::reset) or dropped before the end. Moving it leaves a copy
/// of up to 64 bytes of the token and of its signature behind.
///
/// ```
/// use embedded_jwt::{Error, Hs256, IncomingToken, Key, KeyEntry, KeySet, Policy, Time, Verifier};
///
/// # let secret = b"32 random bytes go here, no text";
/// # let token = b"eyJhbGciOiJIUzI1NiIsImtpZCI6IjIwMjYtMTIifQ.eyJzdWIiOiJlcmlrYSIsImV4cCI6MTkwMDAwMDAwMH0.5Ghvy6C3w9L4mrWZ14OOmoZVkVaMVXf-f-qEPicxoL8";
/// let mut buffer = [0; 192];
/// let mut incoming = IncomingToken::new(&mut buffer);
/// let mut keys: KeySet<Key<Hs256>, 2> = KeySet::new();
/// for piece in token.chunks(16) {
///     incoming.push(piece)?;
/// }
/// // The key that the token needs is known only now.
/// keys.add("2026-12", KeyEntry::new(Key::new(secret)?))?;
/// let verifier = Verifier::new(&keys, Policy::builder().build()?);
/// let token = incoming.verify(&verifier, Time::Known(1_800_000_000))?;
/// assert_eq!(token.claims().get("sub"), Ok("erika"));
/// # Ok::<(), Error>(())
/// ```
///
/// The buffer needs what [`Verifier::stream`] says. Size: 168 bytes on a 32-bit target, 200
/// on a 64-bit one.
///
/// [`StreamingVerifier`]: crate::StreamingVerifier
pub struct IncomingToken<'b> {
    pieces: Pieces<'b, [u8; 64]>,
}

impl<'b> IncomingToken<'b> {
    /// No token yet, and the buffer that it is decoded into.
    pub const fn new(buffer: &'b mut [u8]) -> Self {
        Self { pieces: Pieces::new(buffer, [0; 64]) }
    }

    /// Takes the next piece of the token, of any length. After the token is verified, the next
    /// piece begins another token.
    ///
    /// # Errors
    /// [`Error::TokenTooLong`] as soon as the token is. The rest is not needed: the answer stays.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.pieces.push(piece, |_| ())
    }

    /// Whether the token will be refused, whatever follows, as
    /// [`StreamingVerifier::is_refused`](crate::StreamingVerifier::is_refused).
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.pieces.is_refused()
    }

    /// Ends the token, and returns the proof that it holds. It stays in the buffer until another is
    /// decoded over it.
    ///
    /// # Errors
    /// Those of [`Verifier::verify`] for the whole token.
    pub fn verify<K: Keys<Key: StreamingMac>>(
        &mut self,
        verifier: &Verifier<'_, K>,
        time: Time,
    ) -> Result<Token<'_>, Error> {
        self.verify_with(verifier, time, &(), &mut ())
    }

    /// Ends the token, and asks the application and the replay guard, as
    /// [`Verifier::verify_with`] does.
    ///
    /// # Errors
    /// Those of [`Verifier::verify_with`] for the whole token.
    pub fn verify_with<K: Keys<Key: StreamingMac>>(
        &mut self,
        verifier: &Verifier<'_, K>,
        time: Time,
        check: &(impl Check + ?Sized),
        replay: &mut (impl Replay + ?Sized),
    ) -> Result<Token<'_>, Error> {
        let mut spans = [Spans::default(); 2];
        let lengths = self.check(verifier, time, check, replay, &mut spans);
        let token = self.pieces.end(lengths.is_ok());
        Ok(Token::new(token, lengths?, spans))
    }

    /// Checks the whole token. Returns the lengths of header and claims set in normal form.
    fn check<K: Keys<Key: StreamingMac>>(
        &mut self,
        verifier: &Verifier<'_, K>,
        time: Time,
        check: &(impl Check + ?Sized),
        replay: &mut (impl Replay + ?Sized),
        [of_header, of_claims]: &mut [Spans; 2],
    ) -> Result<[usize; 2], Error> {
        let decoded = self.pieces.end_text(K::ALGORITHMS, |_| ())?;
        let rules = verifier.header_rules();
        let (authentic, payload) = decoded.authenticate(verifier.keys(), rules, of_header)?;
        verifier.check_claims(payload, &authentic, time, check, replay, [of_header, of_claims])
    }

    /// Ends a token whose payload is no claims set, and returns the proof that it holds.
    ///
    /// # Errors
    /// Those of [`JwsVerifier::verify`] for the whole token.
    pub fn verify_jws<K: Keys<Key: StreamingMac>>(
        &mut self,
        verifier: &JwsVerifier<'_, K>,
    ) -> Result<Jws<'_>, Error> {
        let mut spans = Spans::default();
        let length = self.check_jws(verifier, &mut spans);
        let token = self.pieces.end(length.is_ok());
        Ok(Jws::new(token, length?, spans))
    }

    fn check_jws<K: Keys<Key: StreamingMac>>(
        &mut self,
        verifier: &JwsVerifier<'_, K>,
        spans: &mut Spans,
    ) -> Result<usize, Error> {
        let decoded = self.pieces.end_text(K::ALGORITHMS, |_| ())?;
        let rules = verifier.header_rules();
        let (authentic, _) = decoded.authenticate(verifier.keys(), rules, spans)?;
        verifier.check_limits(&authentic)
    }

    /// Gives up the token that has come so far, and wipes it. The next piece begins another token.
    pub fn reset(&mut self) {
        self.pieces.end(false);
    }
}

/// Wipes a token that is not finished.
impl Drop for IncomingToken<'_> {
    fn drop(&mut self) {
        self.pieces.wipe();
    }
}

/// Shows nothing of the token.
impl fmt::Debug for IncomingToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IncomingToken").finish_non_exhaustive()
    }
}
