//! The way of a token, from first byte to proof.

use core::fmt;

use zeroize::Zeroize;

use crate::Error;
use crate::claims::{self, Claims, Dates};
use crate::compact::Compact;
use crate::header::Header;
use crate::json::{Object, Spans, cut, normalize};
use crate::jws::{Authentic, HeaderRules, authenticate};
use crate::keys::{Keys, VerificationKey};
use crate::policy::Policy;
use crate::replay::{Presented, Replay};
use crate::revocation::Revocation;
use crate::time::Time;

/// Verifies JSON Web Tokens with one key, or with a set of keys, under one policy
/// (RFC 7519 section 7.2).
///
/// The order is: the token's text, the MAC, the header, the claims set, the policy, revocation,
/// replay. Nothing is parsed as JSON before the MAC holds, so a forger does not reach the parser.
/// With a key set, the header is: it names the key.
///
/// `K` is a [`Key`](crate::Key), an [`AnyKey`](crate::AnyKey), an engine of your own, a
/// [`KeySet`](crate::KeySet), or a reference to one of them: verifiers with several policies can
/// share a key. The size is that of the key and the policy.
#[derive(Clone, Copy, Debug)]
pub struct Verifier<'p, K> {
    keys: K,
    policy: Policy<'p>,
}

impl<'p, K: Keys> Verifier<'p, K> {
    /// Puts a key, or a key set, and a policy together.
    pub const fn new(keys: K, policy: Policy<'p>) -> Self {
        Self { keys, policy }
    }

    /// The key, or the key set, to change it: keys come and go in a set.
    pub const fn keys_mut(&mut self) -> &mut K {
        &mut self.keys
    }

    /// Verifies a token in compact serialization, and gives the proof that it holds.
    ///
    /// `buffer` is the only memory that a token gets: header and payload are decoded into it, and
    /// the [`Token`] borrows it. Three quarters of the token's length are always enough. On an
    /// error, what was written there is overwritten with zeros.
    ///
    /// # Errors
    /// The first rule that the token breaks, in the order in which [`Error`] lists them.
    /// [`Error::BufferTooSmall`] says how many bytes are needed.
    pub fn verify<'b>(
        &self,
        token: &[u8],
        time: Time,
        buffer: &'b mut [u8],
    ) -> Result<Token<'b>, Error> {
        self.verify_with(token, time, &(), &mut (), buffer)
    }

    /// The same, and asks what is remembered of other tokens: whether this one was revoked, and
    /// whether it was accepted before.
    ///
    /// `revocation` is a [`Revocations`](crate::Revocations), or `()` for none; `replay` is a
    /// [`ReplayGuard`](crate::ReplayGuard), or `()` for none. Both are asked last, and the replay
    /// guard after all else: only a token that is accepted is remembered.
    ///
    /// # Errors
    /// As [`verify`](Self::verify), and then those of the two: [`Error::Revoked`] and what [`Error`]
    /// lists behind it, and [`Error::MissingIssuedAt`] if something was revoked by time.
    pub fn verify_with<'b>(
        &self,
        token: &[u8],
        time: Time,
        revocation: &(impl Revocation + ?Sized),
        replay: &mut (impl Replay + ?Sized),
        buffer: &'b mut [u8],
    ) -> Result<Token<'b>, Error> {
        let compact = Compact::parse(token, K::Key::TAG_LENGTHS)?;
        let (header, payload) = compact.reserve(buffer)?;
        let [mut of_header, mut of_claims] = [Spans::default(); 2];
        let authentic =
            authenticate(&self.keys, &compact, header, payload, self.of_header(), &mut of_header);
        let outcome = authentic.and_then(|authentic| {
            self.check_claims(payload, &authentic, time, revocation, replay, &mut of_claims)
        });
        match outcome {
            Ok(lengths) => Ok(Token::new(header, payload, lengths, of_header, of_claims)),
            Err(error) => {
                header.zeroize();
                payload.zeroize();
                Err(error)
            }
        }
    }

    pub(crate) const fn keys(&self) -> &K {
        &self.keys
    }

    /// What the policy asks of a header.
    pub(crate) const fn of_header(&self) -> HeaderRules<'p> {
        self.policy.of_header()
    }

    /// The claims set of an authentic token, and what is known beside it. Returns the lengths of header
    /// and claims set in normal form.
    pub(crate) fn check_claims(
        &self,
        payload: &mut [u8],
        authentic: &Authentic<'_>,
        time: Time,
        revocation: &(impl Revocation + ?Sized),
        replay: &mut (impl Replay + ?Sized),
        spans: &mut Spans,
    ) -> Result<[usize; 2], Error> {
        let Self { keys, policy } = self;
        let text =
            normalize(payload, policy.depth(), &claims::NAMES, Error::DuplicateClaim, spans)?;
        let claims = Object { text, spans };
        claims::check_types(&claims)?;
        let mut dates = Dates::default();
        dates.read(&claims)?;

        // The policy, and what a key of a set is limited to. One key has no limits: said by its type,
        // so that nothing of this is linked for it.
        policy.check(&claims, &dates, time, |now| match (keys.only(), authentic.scope) {
            (None, Some(scope)) => scope.check(&claims, now),
            _ => Ok(()),
        })?;

        // What is remembered of other tokens.
        revocation.check(&Claims::new(text, *spans))?;
        let by_tag = policy.allows_missing_jwt_id();
        let now = policy.now(time);
        let tag = authentic.tag;
        replay.admit(&Presented { claims: &claims, dates: &dates, tag, by_tag, now })?;
        Ok([authentic.header_length, text.len()])
    }
}

/// A verified token: the proof that its signature, its header and its claims hold. Only
/// [`Verifier::verify`] makes one. Borrows the caller's buffer.
///
/// Size: 80 bytes on a 32-bit target, 160 on a 64-bit one.
#[derive(Clone, Copy)]
pub struct Token<'b> {
    header: Header<'b>,
    claims: Claims<'b>,
}

impl<'b> Token<'b> {
    /// Of header and claims set, whose normal forms have these lengths.
    pub(crate) fn new(
        header: &'b [u8],
        payload: &'b [u8],
        [header_length, claims_length]: [usize; 2],
        of_header: Spans,
        of_claims: Spans,
    ) -> Self {
        Self {
            header: Header::new(cut(header, header_length), of_header),
            claims: Claims::new(cut(payload, claims_length), of_claims),
        }
    }

    /// The JOSE header.
    #[must_use]
    pub const fn header(&self) -> &Header<'b> {
        &self.header
    }

    /// The claims set.
    #[must_use]
    pub const fn claims(&self) -> &Claims<'b> {
        &self.claims
    }
}

/// Shows nothing of the token.
impl fmt::Debug for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").finish_non_exhaustive()
    }
}
