//! Verification in two steps, for a MAC that has to be awaited.

use core::fmt;
use core::mem;

use zeroize::Zeroize;

use crate::Error;
use crate::authenticate::{Authentic, candidates, detached_if, only_key};
use crate::check::Check;
use crate::compact::Compact;
use crate::header::{self, HeaderRules};
use crate::json::{Object, Spans, cut};
use crate::key::entry::KeyEntry;
use crate::key::{Keys, are_equal};
use crate::state::replay::Replay;
use crate::time::Time;
use crate::token::{Jws, Token};
use crate::verifier::{JwsVerifier, Verifier};

/// A token that is decoded, and whose MAC is awaited. Made by [`Verifier::begin`].
///
/// [`key`](Self::key) says with which key to compute the MAC, and
/// [`signing_input`](Self::signing_input) of what. Your engine computes it, however long that
/// takes: this crate waits for nothing and knows no executor. [`computed_mac`](Self::computed_mac)
/// takes the result. If several keys may have signed the token, since it has no `kid` or two
/// issuers use one name, `key` gives them one after the other until a MAC matches. Then
/// [`finish`](Self::finish) checks the rest, just as [`Verifier::verify`] does.
///
/// Nothing of the token can be read in between, and the token's own signature is not shown: a MAC
/// is what was computed, never what came. If this is dropped before the end, the buffer is wiped.
///
/// ```
/// use embedded_jwt::{Error, Hs256, KeyHandle, Policy, Time, Verifier};
///
/// # use embedded_jwt::{Key, Mac};
/// # struct BusError;
/// # struct Element(Key<Hs256>);
/// # impl Element {
/// #     async fn hmac(&self, _slot: u8, message: &[u8]) -> Result<[u8; 32], BusError> {
/// #         self.0.mac(message).map_err(|_| BusError)
/// #     }
/// # }
/// enum Failure {
///     Bus(BusError),
///     Token(Error),
/// }
///
/// async fn open(
///     token: &[u8],
///     verifier: &Verifier<'_, KeyHandle<Hs256, u8>>,
///     element: &Element,
///     now: Time,
/// ) -> Result<(), Failure> {
///     let mut buffer = [0; 256];
///     let mut pending = verifier.begin(token, &mut buffer).map_err(Failure::Token)?;
///     while let Some(key) = pending.key() {
///         let slot = *key.get();
///         let mac = element.hmac(slot, pending.signing_input()).await;
///         pending.computed_mac(&mut mac.map_err(Failure::Bus)?);
///     }
///     let token = pending.finish(now).map_err(Failure::Token)?;
///     assert_eq!(token.claims().get("door"), Ok("7b"));
///     Ok(())
/// }
/// # let token = b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJzdWIiOiJlcmlrYSIsImF1ZCI6ImRvb3ItNyIsImV4cCI6MTkwMDAwMDAwMCwiZG9vciI6IjdiIiwidXNlcyI6M30.cII7kdxLIcgUiuKdsQxMVU1RJKOMddhksp11I1ytEhQ";
/// # let policy = Policy::builder().audience("door-7").build()?;
/// # let verifier = Verifier::new(KeyHandle::new(3), policy);
/// # let element = Element(Key::new(b"32 random bytes go here, no text")?);
/// # let opening = core::pin::pin!(open(token, &verifier, &element, Time::Known(1_800_000_000)));
/// # let mut context = core::task::Context::from_waker(core::task::Waker::noop());
/// # assert!(matches!(opening.poll(&mut context), core::task::Poll::Ready(Ok(()))));
/// # Ok::<(), Error>(())
/// ```
///
/// Size on a 32-bit target: 160 bytes for [`Hs256`](crate::Hs256), 176 for [`Hs384`](crate::Hs384),
/// 192 for [`Hs512`](crate::Hs512), with one key or a set; on a 64-bit target 256, 272 and 288.
pub struct PendingToken<'v, 't, 'b, K: Keys> {
    verifier: &'v Verifier<'v, K>,
    pending: Pending<'v, 't, 'b, K>,
}

impl<'v, 't, 'b, K: Keys> PendingToken<'v, 't, 'b, K> {
    pub(crate) fn new(
        verifier: &'v Verifier<'v, K>,
        token: &'t [u8],
        buffer: &'b mut [u8],
    ) -> Result<Self, Error> {
        let pending = Pending::new(verifier.keys(), verifier.header_rules(), token, buffer)?;
        Ok(Self { verifier, pending })
    }

    /// The key whose MAC is awaited. `None` once a MAC has matched, or none did and no key is left:
    /// then [`finish`](Self::finish).
    #[must_use]
    pub fn key(&self) -> Option<&'v K::Key> {
        self.pending.key()
    }

    /// What to compute the MAC of: header and payload as they came (RFC 7515 section 5.2).
    #[must_use]
    pub const fn signing_input(&self) -> &'t [u8] {
        self.pending.signing_input
    }

    /// Takes the MAC of [`signing_input`](Self::signing_input) that was computed with the key that
    /// [`key`](Self::key) gives, and compares it with the signature in constant time. If it does
    /// not match, `key` gives the next key, if any.
    ///
    /// Wipes `mac`: with the right MAC, a refused forgery would be accepted. Other copies of it, in
    /// a driver's buffer for instance, are yours to wipe.
    pub fn computed_mac(&mut self, mac: &mut K::Signature) {
        self.pending.computed_mac(mac.as_mut());
    }

    /// Checks header and claims set, and returns the proof that the token holds.
    ///
    /// # Errors
    /// Those of [`Verifier::verify`] from [`SignatureMismatch`](Error::SignatureMismatch) on.
    /// [`Error::MacEngine`] if no MAC was given.
    pub fn finish(self, time: Time) -> Result<Token<'b>, Error> {
        self.finish_with(time, &(), &mut ())
    }

    /// As [`finish`](Self::finish), and asks the application and the replay guard, as
    /// [`Verifier::verify_with`] does.
    ///
    /// # Errors
    /// Those of [`finish`](Self::finish), then those of [`Verifier::verify_with`].
    pub fn finish_with(
        mut self,
        time: Time,
        check: &(impl Check + ?Sized),
        replay: &mut (impl Replay + ?Sized),
    ) -> Result<Token<'b>, Error> {
        let mut of_claims = Spans::default();
        let (authentic, payload, of_header) = self.pending.authenticate()?;
        let spans = [of_header, &mut of_claims];
        let lengths =
            self.verifier.check_claims(payload, &authentic, time, check, replay, spans)?;
        let spans = [self.pending.of_header, of_claims];
        Ok(Token::new(self.pending.release(), lengths, spans))
    }
}

/// Shows nothing of the token.
impl<K: Keys> fmt::Debug for PendingToken<'_, '_, '_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingToken").finish_non_exhaustive()
    }
}

/// A JWS that is decoded, and whose MAC is awaited, as a [`PendingToken`]. Made by
/// [`JwsVerifier::begin`]. Size: that of a [`PendingToken`].
pub struct PendingJws<'v, 't, 'b, K: Keys> {
    verifier: &'v JwsVerifier<'v, K>,
    pending: Pending<'v, 't, 'b, K>,
}

impl<'v, 't, 'b, K: Keys> PendingJws<'v, 't, 'b, K> {
    pub(crate) fn new(
        verifier: &'v JwsVerifier<'v, K>,
        token: &'t [u8],
        buffer: &'b mut [u8],
    ) -> Result<Self, Error> {
        let pending = Pending::new(verifier.keys(), verifier.header_rules(), token, buffer)?;
        Ok(Self { verifier, pending })
    }

    /// The key whose MAC is awaited, as [`PendingToken::key`].
    #[must_use]
    pub fn key(&self) -> Option<&'v K::Key> {
        self.pending.key()
    }

    /// What to compute the MAC of (RFC 7515 section 5.2).
    #[must_use]
    pub const fn signing_input(&self) -> &'t [u8] {
        self.pending.signing_input
    }

    /// Takes the MAC that was computed, and wipes it, as [`PendingToken::computed_mac`].
    pub fn computed_mac(&mut self, mac: &mut K::Signature) {
        self.pending.computed_mac(mac.as_mut());
    }

    /// Checks the header, and returns the proof that the JWS holds.
    ///
    /// # Errors
    /// Those of [`JwsVerifier::verify`] from [`SignatureMismatch`](Error::SignatureMismatch) on.
    /// [`Error::MacEngine`] if no MAC was given.
    pub fn finish(mut self) -> Result<Jws<'b>, Error> {
        let (authentic, _, _) = self.pending.authenticate()?;
        let length = self.verifier.check_limits(&authentic)?;
        let spans = self.pending.of_header;
        Ok(Jws::new(self.pending.release(), length, spans))
    }
}

/// Shows nothing of the token.
impl<K: Keys> fmt::Debug for PendingJws<'_, '_, '_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingJws").finish_non_exhaustive()
    }
}

/// A decoded token of either kind.
struct Pending<'k, 't, 'b, K: Keys> {
    keys: &'k K,
    rules: HeaderRules<'k>,
    signing_input: &'t [u8],
    header: &'b mut [u8],
    payload: &'b mut [u8],
    signature: K::Signature,
    signature_length: usize,
    /// The length of the header's normal form. Only a set's header is parsed before the MAC holds.
    header_length: usize,
    of_header: Spans,
    state: State<'k, K::Key>,
}

/// How far a token has come.
enum State<'k, K> {
    /// The MAC of this key is awaited, the one at this index of those that may have signed.
    Awaits(KeyEntry<'k, &'k K>, usize),
    /// The MAC of this key holds.
    Holds(KeyEntry<'k, &'k K>),
    /// None does, or the header is refused.
    Refused(Error),
}

impl<'k, 't, 'b, K: Keys> Pending<'k, 't, 'b, K> {
    fn new(
        keys: &'k K,
        rules: HeaderRules<'k>,
        token: &'t [u8],
        buffer: &'b mut [u8],
    ) -> Result<Self, Error> {
        let compact = Compact::parse(token, K::ALGORITHMS)?;
        let (header, payload) = compact.reserve(buffer)?;
        let mut pending = Self {
            keys,
            rules,
            signing_input: compact.signing_input,
            header,
            payload,
            signature: K::ZERO_SIGNATURE,
            signature_length: 0,
            header_length: 0,
            of_header: Spans::default(),
            state: State::Refused(Error::AlgorithmMismatch),
        };
        pending.decode(&compact)?;
        pending.ask_key(0);
        match pending.state {
            State::Refused(error) => Err(error),
            _ => Ok(pending),
        }
    }

    /// Decodes the token, and parses the header if that names the key.
    fn decode(&mut self, compact: &Compact<'_>) -> Result<(), Error> {
        let Self { header, payload, of_header, .. } = self;
        let signature = compact.place_for_signature(self.signature.as_mut(), K::ALGORITHMS);
        self.signature_length = signature.len();
        compact.decode(header, payload, signature)?;
        if K::NAMED_BY_HEADER {
            self.header_length = header::parse(header, self.rules.depth, of_header)?.len();
        }
        Ok(())
    }

    /// Asks for the MAC of the key at an index of those that may have signed. If there is none, the
    /// token stays refused.
    fn ask_key(&mut self, index: usize) {
        match self.key_at(index) {
            Ok(Some(entry)) => self.state = State::Awaits(entry, index),
            Ok(None) => {}
            Err(error) => self.state = State::Refused(error),
        }
    }

    fn key_at(&self, index: usize) -> Result<Option<KeyEntry<'k, &'k K::Key>>, Error> {
        let entry = if K::NAMED_BY_HEADER {
            let header = self.header();
            let Some(entry) = candidates(self.keys, &header)?.nth(index) else {
                return Ok(None);
            };
            header::check(&header, self.rules.typ)?;
            entry
        } else if index == 0 {
            only_key(self.keys)?
        } else {
            return Ok(None);
        };
        if self.signature_length != K::algorithm(entry.key).tag_length() {
            return Err(Error::SignatureLength);
        }
        Ok(Some(entry))
    }

    /// The header in normal form.
    fn header(&self) -> Object<'_, '_> {
        Object { text: cut(self.header, self.header_length), spans: &self.of_header }
    }

    fn key(&self) -> Option<&'k K::Key> {
        match self.state {
            State::Awaits(entry, _) => Some(entry.key),
            _ => None,
        }
    }

    fn computed_mac(&mut self, mac: &mut [u8]) {
        let are_equal = are_equal(cut(self.signature.as_ref(), self.signature_length), mac);
        mac.zeroize();
        let State::Awaits(entry, index) = self.state else { return };
        if are_equal {
            self.state = State::Holds(entry);
        } else {
            self.state = State::Refused(Error::SignatureMismatch);
            self.ask_key(index + 1);
        }
    }

    /// Checks the header, if the MAC holds. Returns the payload as well, and where members are in
    /// the header.
    fn authenticate(&mut self) -> Result<(Authentic<'k, '_, K>, &mut [u8], &mut Spans), Error> {
        let entry = match self.state {
            State::Holds(entry) => entry,
            State::Awaits(_, 0) => return Err(Error::MacEngine),
            // The first key's MAC does not match, and the others were not asked.
            State::Awaits(..) => return Err(Error::SignatureMismatch),
            State::Refused(error) => return Err(detached_if(self.payload.is_empty(), error)),
        };
        let Self { header, of_header, header_length, rules, payload, .. } = self;
        let signature = cut(self.signature.as_ref(), self.signature_length);
        let authentic =
            Authentic::after_mac(entry, signature, header, *header_length, *rules, of_header)?;
        Ok((authentic, payload, of_header))
    }

    /// Header and payload of a token that is accepted.
    fn release(&mut self) -> [&'b [u8]; 2] {
        let (header, payload) = (mem::take(&mut self.header), mem::take(&mut self.payload));
        [header, payload]
    }
}

/// Wipes a token that is not accepted.
impl<K: Keys> Drop for Pending<'_, '_, '_, K> {
    fn drop(&mut self) {
        self.header.zeroize();
        self.payload.zeroize();
        self.signature.as_mut().zeroize();
    }
}
