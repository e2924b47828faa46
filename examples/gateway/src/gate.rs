//! The decision about a token: keys, policy, revocations and replay guard in one place.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use embedded_jwt::{
    Check, Claims, Error, Policy, PolicyBuilder, Presented, Replay, Time, Verifier,
};

use crate::keys::Keys;
use crate::metrics::{self, Metrics};
use crate::replay::Guard;
use crate::revoked::Revoked;
use crate::watched::Watched;

/// The longest token that is looked at, in bytes. A proxy lets no longer header through, either.
pub const LONGEST_TOKEN: usize = 8 * 1024;

/// The longest subject, and the longest list of scopes, in bytes. Both are handed on in headers,
/// where each byte may take three, and a proxy has 4 KiB for all headers of an answer.
const LONGEST_NAME: usize = 512;

/// What a verified token says. Only [`Gate::admit`] makes one.
#[derive(Clone)]
pub struct Proof {
    subject: Arc<str>,
    scope: Arc<str>,
}

impl Proof {
    /// Whose token it is: any text but an empty one.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// What the token is good for: names with spaces between them (RFC 8693 section 4.2).
    pub fn scope(&self) -> &str {
        &self.scope
    }

    fn has_scope(&self, name: &str) -> bool {
        self.scope.split(' ').any(|own| own == name)
    }

    /// # Errors
    /// Those of reading a claim, and [`Error::RefusedByApplication`] for a subject that is empty
    /// or longer than what is handed on.
    fn read(claims: &Claims<'_>) -> Result<Self, Error> {
        let subject: String = claims.get("sub")?;
        let scope: String = match claims.get("scope") {
            Err(Error::MissingMember) => String::new(),
            read => read?,
        };
        if subject.is_empty() || subject.len() > LONGEST_NAME || scope.len() > LONGEST_NAME {
            return Err(Error::RefusedByApplication);
        }
        Ok(Self { subject: subject.into(), scope: scope.into() })
    }
}

/// Asks, before a token counts as used, whether it has what a handler will need.
struct IsOfUse<'a> {
    scope: Option<&'a str>,
}

impl Check for IsOfUse<'_> {
    fn check(&self, token: &Presented<'_>) -> Result<(), Error> {
        let proof = Proof::read(&token.claims())?;
        let is_allowed = self.scope.is_none_or(|scope| proof.has_scope(scope));
        if is_allowed { Ok(()) } else { Err(Error::RefusedByApplication) }
    }
}

/// What tokens have to be, for [`Gate::new`].
#[derive(Clone, Copy)]
pub struct Rules {
    pub issuer: &'static str,
    pub audience: &'static str,
    pub maximum_lifetime: u32,
    pub leeway: u32,
}

impl Rules {
    fn policy(self, guard: &Guard) -> Result<Policy<'static>, Error> {
        let policy: PolicyBuilder<'static> = Policy::builder()
            .issuer(self.issuer)
            .audience(self.audience)
            .maximum_lifetime(self.maximum_lifetime)
            .leeway(self.leeway);
        match guard {
            Guard::None => policy.required_claims(&["sub"]).build(),
            _ => policy.required_claims(&["sub", "jti"]).build(),
        }
    }
}

/// Everything that decides whether a token is let in. All threads share one.
pub struct Gate {
    policy: Policy<'static>,
    keys: Arc<Watched<Keys>>,
    revoked: Option<Arc<Watched<Revoked>>>,
    guard: Guard,
    metrics: Metrics,
}

impl Gate {
    /// # Errors
    /// Those of [`PolicyBuilder::build`].
    pub fn new(
        rules: Rules,
        keys: Arc<Watched<Keys>>,
        revoked: Option<Arc<Watched<Revoked>>>,
        guard: Guard,
    ) -> Result<Self, Error> {
        let policy = rules.policy(&guard)?;
        Ok(Self { policy, keys, revoked, guard, metrics: Metrics::new() })
    }

    /// Verifies a token, and uses it up if there is a guard. `scope` has to be one of its scopes.
    ///
    /// # Errors
    /// The first rule that it breaks. [`Error::RefusedByApplication`] if the scope is not among its
    /// own, or if its subject or its scopes can't be handed on.
    pub async fn admit(&self, token: &[u8], scope: Option<&str>) -> Result<Proof, Error> {
        let admitted = self.decide(token, scope).await;
        match &admitted {
            Ok(_) => self.metrics.count("verified"),
            Err(error) => self.metrics.count(&metrics::name(*error)),
        }
        admitted
    }

    /// Counts a request that has no token to admit.
    pub(crate) fn count(&self, why: &str) {
        self.metrics.count(why);
    }

    async fn decide(&self, token: &[u8], scope: Option<&str>) -> Result<Proof, Error> {
        // A clock that was set before 1970 was never set.
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now = now.map_err(|_| Error::TimeUnknown)?.as_secs();
        match &self.guard {
            Guard::None => self.verify(token, scope, now, &mut ()),
            Guard::Memory(guard) => self.verify(token, scope, now, &mut &*guard),
            #[cfg(feature = "redis")]
            Guard::Redis(guard) => {
                let mut noted = crate::replay::redis::Noted::default();
                let proof = self.verify(token, scope, now, &mut noted)?;
                let asked = Instant::now();
                let answer = guard.ask(noted, i64::try_from(now).unwrap_or(i64::MAX)).await;
                self.metrics.guard_took(asked.elapsed());
                answer.map(|()| proof)
            }
        }
    }

    /// Takes microseconds, and waits for nothing.
    fn verify(
        &self,
        token: &[u8],
        scope: Option<&str>,
        now: u64,
        replay: &mut impl Replay,
    ) -> Result<Proof, Error> {
        if token.len() > LONGEST_TOKEN {
            return Err(Error::TokenTooLong);
        }
        let began = Instant::now();
        let mut buffer = [0; LONGEST_TOKEN / 4 * 3];
        let is_of_use = IsOfUse { scope };
        let verified = self.keys.with(|keys| {
            let verifier = Verifier::new(keys.set(), self.policy);
            let mut verify = |check: &dyn Check| {
                let now = Time::Known(now);
                let token = verifier.verify_with(token, now, check, replay, &mut buffer)?;
                Proof::read(token.claims())
            };
            match &self.revoked {
                Some(revoked) => revoked.with(|revoked| verify(&(revoked, &is_of_use))),
                None => verify(&is_of_use),
            }
        });
        self.metrics.verification_took(began.elapsed());
        verified
    }

    /// Whether tokens can be verified now.
    pub async fn is_ready(&self) -> bool {
        self.guard.is_ready().await
    }

    /// All metrics as Prometheus reads them.
    pub fn metrics(&self) -> String {
        let revoked = self.revoked.as_deref();
        self.metrics.text(&self.keys, revoked, self.guard.fill())
    }
}
