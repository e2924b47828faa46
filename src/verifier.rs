//! Verification of a whole token, from its first byte to the proof.

use zeroize::Zeroize;

use crate::authenticate::{Authentic, authenticate};
use crate::check::{Check, Presented};
use crate::claims::{self, Dates};
use crate::compact::Compact;
use crate::error::{Error, ErrorClass};
use crate::header::{self, HeaderRules};
use crate::json::{MAX_DEPTH, Object, Spans};
use crate::key::Keys;
use crate::key::mac::Mac;
use crate::pending::{PendingJws, PendingToken};
use crate::policy::Policy;
use crate::state::replay::Replay;
use crate::time::{Now, Time};
use crate::token::{Jws, Token};

/// Verifies JSON Web Tokens with one key, or with a set of keys, under one policy
/// (RFC 7519 section 7.2).
///
/// The order is: the token's text, the MAC, the header, the claims set, the policy, the
/// application's checks (revocations among them), the replay guard. No JSON is parsed before the
/// MAC holds, so a forger does not reach the parser. With a key set, only the header is parsed
/// first, since it names the key.
///
/// `K` is a [`Key`](crate::Key), an [`AnyKey`](crate::AnyKey), an engine of your own, a
/// [`KeySet`](crate::KeySet), or a reference to one of them, so that verifiers with different
/// policies can share a key; or a [`KeyHandle`](crate::KeyHandle) for a MAC that is awaited. The
/// size is that of the key and the policy.
#[derive(Clone, Copy, Debug)]
pub struct Verifier<'p, K> {
    keys: K,
    policy: Policy<'p>,
}

impl<'p, K: Keys> Verifier<'p, K> {
    /// A verifier with this key or key set, and this policy.
    pub const fn new(keys: K, policy: Policy<'p>) -> Self {
        Self { keys, policy }
    }

    /// The key or key set, to change it: to add and remove the keys of a set.
    pub const fn keys_mut(&mut self) -> &mut K {
        &mut self.keys
    }

    /// Begins to verify a token whose MAC is awaited, by a secure element on a bus or an engine
    /// that computes by DMA. The key is a [`KeyHandle`](crate::KeyHandle), as a rule.
    ///
    /// The token is there as a whole, since its text is what the engine needs. This crate knows no
    /// executor: [`PendingToken`] says what to compute and with which key, and
    /// [`finish`](PendingToken::finish) returns the proof. Needs as much of a buffer as
    /// [`verify`](Self::verify).
    ///
    /// # Errors
    /// Those of [`verify`](Self::verify) that come before the MAC is compared: the text's, and with
    /// a key set the header's.
    pub fn begin<'v, 't, 'b>(
        &'v self,
        token: &'t [u8],
        buffer: &'b mut [u8],
    ) -> Result<PendingToken<'v, 't, 'b, K>, Error> {
        PendingToken::new(self, token, buffer)
    }

    pub(crate) const fn keys(&self) -> &K {
        &self.keys
    }

    pub(crate) const fn header_rules(&self) -> HeaderRules<'p> {
        self.policy.header_rules()
    }

    /// Checks the claims set of an authentic token, and asks the application and the replay guard.
    /// Returns the lengths of header and claims set in normal form.
    #[inline]
    pub(crate) fn check_claims(
        &self,
        payload: &mut [u8],
        authentic: &Authentic<'_, '_, K>,
        time: Time,
        check: &(impl Check + ?Sized),
        replay: &mut (impl Replay + ?Sized),
        [of_header, spans]: [&mut Spans; 2],
    ) -> Result<[usize; 2], Error> {
        let policy = &self.policy;
        let allow_mistyped = policy.allows_mistyped_registered_claims();
        let mut dates = Dates::default();
        let text = match claims::parse(payload, policy.depth(), allow_mistyped, spans, &mut dates) {
            Err(Error::InvalidJson | Error::InvalidUtf8)
                if header::names_compression(of_header) =>
            {
                return Err(Error::CompressedPayload);
            }
            parsed => parsed?,
        };
        let claims = Object { text, spans };

        let mut now = policy.now(time);
        policy.check(&claims, &dates, &mut now)?;
        authentic.check_limits(&self.keys, &claims, &mut now)?;

        let signature = authentic.signature;
        let presented =
            Presented { claims: &claims, dates: &dates, signature, policy, time, valid: now };
        check.check(&presented).map_err(|error| match error.class() {
            // What the check could not read, the token does not have.
            ErrorClass::Reading => Error::RefusedByApplication,
            _ => error,
        })?;
        replay.admit(&presented)?;
        Ok([authentic.header_length(), text.len()])
    }
}

impl<K: Keys<Key: Mac>> Verifier<'_, K> {
    /// Verifies a token in compact serialization, and returns the proof that it holds.
    ///
    /// Header and payload are decoded into `buffer`, and the [`Token`] borrows it. Three quarters
    /// of the token's length are always enough. On an error, what was written there is overwritten
    /// with zeros.
    ///
    /// # Errors
    /// The first rule that the token breaks, in the order of the variants of [`Error`].
    /// [`Error::BufferTooSmall`] says how many bytes are needed.
    pub fn verify<'b>(
        &self,
        token: &[u8],
        time: Time,
        buffer: &'b mut [u8],
    ) -> Result<Token<'b>, Error> {
        self.verify_with(token, time, &(), &mut (), buffer)
    }

    /// Verifies a token, and asks whether the application accepts it and whether it was accepted
    /// before.
    ///
    /// `check` is a closure, a list of [`Revocations`](crate::Revocations) or another [`Check`], or
    /// `()` for none; `replay` is a [`ReplayGuard`](crate::ReplayGuard), or `()` for none. They are
    /// asked last, the replay guard after all else, so that it remembers only accepted tokens.
    ///
    /// # Errors
    /// Those of [`verify`](Self::verify), then what `check` returns ([`Error::Revoked`],
    /// [`Error::RefusedByApplication`]; with tokens revoked by time, [`Error::MissingIssuedAt`],
    /// [`Error::IssuedInFuture`] and [`Error::TimeUnknown`]; with revoked names and a policy that
    /// allows mistyped claims, [`Error::InvalidSubject`] and [`Error::InvalidJwtId`]), and those of
    /// the replay guard.
    pub fn verify_with<'b>(
        &self,
        token: &[u8],
        time: Time,
        check: &(impl Check + ?Sized),
        replay: &mut (impl Replay + ?Sized),
        buffer: &'b mut [u8],
    ) -> Result<Token<'b>, Error> {
        let compact = Compact::parse(token, K::ALGORITHMS)?;
        let (header, payload) = compact.reserve(buffer)?;
        let mut spans = [Spans::default(); 2];
        let lengths = self.check(&compact, [header, payload], time, check, replay, &mut spans);
        match lengths {
            Ok(lengths) => Ok(Token::new([header, payload], lengths, spans)),
            Err(error) => {
                header.zeroize();
                payload.zeroize();
                Err(error)
            }
        }
    }

    /// Decodes and checks a whole token. Returns the lengths of header and claims set in normal
    /// form.
    fn check(
        &self,
        compact: &Compact<'_>,
        [header, payload]: [&mut [u8]; 2],
        time: Time,
        check: &(impl Check + ?Sized),
        replay: &mut (impl Replay + ?Sized),
        [of_header, of_claims]: &mut [Spans; 2],
    ) -> Result<[usize; 2], Error> {
        let mut room = K::ZERO_SIGNATURE;
        let signature = compact.place_for_signature(room.as_mut(), K::ALGORITHMS);
        let rules = self.header_rules();
        let authentic =
            authenticate(&self.keys, compact, header, payload, signature, rules, of_header)?;
        self.check_claims(payload, &authentic, time, check, replay, [of_header, of_claims])
    }
}

/// Verifies JWS compact serializations whose payload is no claims set (RFC 7515 section 5.2).
///
/// The rules for the token's text, the MAC and the header are those of [`Verifier`]. The payload is
/// not looked at: no expiry, no audience, nothing. Put an expiry or a recipient into the payload if
/// you need one, and check it yourself. Size: the key's, and 8 bytes on a 32-bit target, 16 on a
/// 64-bit one.
///
/// A payload of any kind has no issuer and no dates. So a key set's key that is bound to an issuer
/// refuses with [`Error::KeyOfAnotherIssuer`], and one that is good for a limited time with
/// [`Error::TimeUnknown`], always: put no such key into its set.
///
/// ```
/// use embedded_jwt::{Hs256, JwsVerifier, Key};
///
/// // RFC 7797 section 4.1: the payload is `$.02`, with the key of RFC 7515 appendix A.1.
/// let secret = b"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
/// let key = Key::<Hs256>::from_base64url(secret, &mut [0; 64])?;
/// let verifier = JwsVerifier::new(key);
/// let token = b"eyJhbGciOiJIUzI1NiJ9.JC4wMg.5mvfOroL-g7HyqJoozehmsaqmvTYGEq5jTI1gVvoEoQ";
/// let mut buffer = [0; 64];
/// assert_eq!(verifier.verify(token, &mut buffer)?.payload(), b"$.02");
/// # Ok::<(), embedded_jwt::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct JwsVerifier<'p, K> {
    keys: K,
    typ: Option<&'p str>,
}

impl<'p, K: Keys> JwsVerifier<'p, K> {
    /// A verifier with this key or key set, for tokens of any `typ`.
    pub const fn new(keys: K) -> Self {
        Self { keys, typ: None }
    }

    /// The kind of token that is accepted, as [`PolicyBuilder::typ`](crate::PolicyBuilder::typ).
    #[must_use]
    pub const fn typ(mut self, typ: &'p str) -> Self {
        self.typ = Some(typ);
        self
    }

    /// Begins to verify a token whose MAC is awaited, as [`Verifier::begin`].
    ///
    /// # Errors
    /// Those of [`verify`](Self::verify) that come before the MAC is compared.
    pub fn begin<'v, 't, 'b>(
        &'v self,
        token: &'t [u8],
        buffer: &'b mut [u8],
    ) -> Result<PendingJws<'v, 't, 'b, K>, Error> {
        PendingJws::new(self, token, buffer)
    }

    pub(crate) const fn keys(&self) -> &K {
        &self.keys
    }

    pub(crate) const fn header_rules(&self) -> HeaderRules<'p> {
        HeaderRules { depth: MAX_DEPTH, typ: self.typ }
    }

    /// Checks what a set's key is limited to. Returns the length of the header's normal form.
    pub(crate) fn check_limits(&self, authentic: &Authentic<'_, '_, K>) -> Result<usize, Error> {
        let no_claims = Object { text: b"", spans: &Spans::default() };
        let mut now = Now::new(Time::Unknown, 0, false);
        authentic.check_limits(&self.keys, &no_claims, &mut now)?;
        Ok(authentic.header_length())
    }
}

impl<K: Keys<Key: Mac>> JwsVerifier<'_, K> {
    /// Verifies a token, and returns the proof that it holds.
    ///
    /// The header and the payload are decoded into `buffer`, as by [`Verifier::verify`].
    ///
    /// # Errors
    /// The first rule that the token breaks, in the order of the variants of [`Error`].
    pub fn verify<'b>(&self, token: &[u8], buffer: &'b mut [u8]) -> Result<Jws<'b>, Error> {
        let compact = Compact::parse(token, K::ALGORITHMS)?;
        let (header, payload) = compact.reserve(buffer)?;
        let mut spans = Spans::default();
        match self.check(&compact, [header, payload], &mut spans) {
            Ok(length) => Ok(Jws::new([header, payload], length, spans)),
            Err(error) => {
                header.zeroize();
                payload.zeroize();
                Err(error)
            }
        }
    }

    fn check(
        &self,
        compact: &Compact<'_>,
        [header, payload]: [&mut [u8]; 2],
        spans: &mut Spans,
    ) -> Result<usize, Error> {
        let mut room = K::ZERO_SIGNATURE;
        let signature = compact.place_for_signature(room.as_mut(), K::ALGORITHMS);
        let rules = self.header_rules();
        let authentic =
            authenticate(&self.keys, compact, header, payload, signature, rules, spans)?;
        self.check_limits(&authentic)
    }
}
