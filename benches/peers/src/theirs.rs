//! The cases of other libraries, with the same rules as far as each has them.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use chrono::DateTime;
use jsonwebtoken::crypto::{CryptoProvider, KeyUtils, aws_lc, rust_crypto};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Validation};
use jwt_compact::alg::{Hs256, Hs256Key};
use jwt_compact::{AlgorithmExt, TimeOptions, UntrustedToken};
use jwt_simple::claims::{Audiences, JWTClaims};
use jwt_simple::prelude::{Duration, HS256Key, MACLike as _, UnixTimeStamp, VerificationOptions};
use serde::{Deserialize, Serialize};

use crate::signing::{Signing, TYPICAL, Typical};
use crate::{AUDIENCE, Case, ISSUER, LEEWAY, NOW, hand_over, secret};

pub fn cases() -> [Case; 4] {
    SWITCH.install_default().expect("there was none before");
    [
        jsonwebtoken("jsonwebtoken (rust_crypto)", false),
        jsonwebtoken("jsonwebtoken (aws_lc_rs)", true),
        jwt_compact(),
        jwt_simple(),
    ]
}

/// The cases that make a token. Call [`cases`] before.
pub fn signing() -> [Signing; 4] {
    [
        jsonwebtoken_signing("jsonwebtoken (rust_crypto)", false),
        jsonwebtoken_signing("jsonwebtoken (aws_lc_rs)", true),
        jwt_compact_signing(),
        jwt_simple_signing(),
    ]
}

/// Whether `aws_lc_rs` is the provider to use.
static AWS_LC: AtomicBool = AtomicBool::new(false);

/// A process can't change its provider, so this one picks one of two. That is a load and a branch,
/// about 1 ns.
static SWITCH: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| (meant().signer_factory)(algorithm, key),
    verifier_factory: |algorithm, key| (meant().verifier_factory)(algorithm, key),
    key_utils: KeyUtils::new_unimplemented(),
};

fn meant() -> &'static CryptoProvider {
    if AWS_LC.load(Relaxed) { &aws_lc::DEFAULT_PROVIDER } else { &rust_crypto::DEFAULT_PROVIDER }
}

/// Reads the clock.
fn jsonwebtoken(name: &'static str, aws_lc: bool) -> Case {
    #[derive(Deserialize)]
    struct Wanted {
        sub: Option<String>,
        uses: Option<u32>,
    }

    let key = DecodingKey::from_secret(&secret());
    let mut rules = Validation::new(Algorithm::HS256);
    rules.set_required_spec_claims(&["exp", "iss", "aud"]);
    rules.set_issuer(&[ISSUER]);
    rules.set_audience(&[AUDIENCE]);
    rules.validate_nbf = true;
    rules.leeway = LEEWAY.into();
    Case::new(name, move |token, _| {
        AWS_LC.store(aws_lc, Relaxed);
        let claims = jsonwebtoken::decode::<Wanted>(token, &key, &rules).ok()?.claims;
        Some(hand_over(claims.sub.as_deref(), claims.uses))
    })
}

/// Has no rules for `iss` and `aud`, so they are compared here.
fn jwt_compact() -> Case {
    #[derive(Deserialize)]
    struct Wanted {
        iss: String,
        aud: String,
        sub: Option<String>,
        uses: Option<u32>,
    }

    let key = Hs256Key::new(secret());
    let now = DateTime::from_timestamp(NOW.cast_signed(), 0).expect("it is not far");
    let time = TimeOptions::new(chrono::Duration::seconds(LEEWAY.into()), move || now);
    Case::new("jwt-compact", move |token, _| {
        let token = UntrustedToken::new(token).ok()?;
        let token = Hs256.validator::<Wanted>(&key).validate(&token).ok()?;
        let claims = token.claims();
        claims.validate_expiration(&time).ok()?.validate_maturity(&time).ok()?;
        let claims = &claims.custom;
        (claims.iss == ISSUER && claims.aud == AUDIENCE)
            .then(|| hand_over(claims.sub.as_deref(), claims.uses))
    })
}

/// Takes its rules by value, so each verification needs a clone of them.
fn jwt_simple() -> Case {
    #[derive(Deserialize)]
    struct Wanted {
        uses: Option<u32>,
    }

    let key = HS256Key::from_bytes(&secret());
    let rules = VerificationOptions {
        allowed_issuers: Some(HashSet::from([ISSUER.into()])),
        allowed_audiences: Some(HashSet::from([AUDIENCE.into()])),
        time_tolerance: Some(Duration::from_secs(LEEWAY.into())),
        artificial_time: Some(UnixTimeStamp::from_secs(NOW)),
        ..VerificationOptions::default()
    };
    Case::new("jwt-simple", move |token, _| {
        let claims = key.verify_token::<Wanted>(token, Some(rules.clone())).ok()?;
        Some(hand_over(claims.subject.as_deref(), claims.custom.uses))
    })
}

fn jsonwebtoken_signing(name: &'static str, aws_lc: bool) -> Signing {
    let (header, key) = (jsonwebtoken::Header::default(), EncodingKey::from_secret(&secret()));
    Signing::new(name, move |_, hand_over| {
        AWS_LC.store(aws_lc, Relaxed);
        hand_over(jsonwebtoken::encode(&header, &TYPICAL, &key).ok()?.as_bytes());
        Some(())
    })
}

/// Has dates of its own.
fn jwt_compact_signing() -> Signing {
    #[derive(Serialize)]
    struct Custom {
        iss: &'static str,
        aud: &'static str,
        sub: &'static str,
        jti: &'static str,
        scope: &'static str,
        role: &'static str,
        uses: u32,
        name: &'static str,
        site: &'static str,
    }

    let Typical { iss, aud, sub, jti, scope, role, uses, name, site, .. } = TYPICAL;
    let mut claims =
        jwt_compact::Claims::new(Custom { iss, aud, sub, jti, scope, role, uses, name, site });
    let date = |seconds: u64| DateTime::from_timestamp(seconds.cast_signed(), 0);
    claims.expiration = date(TYPICAL.exp);
    claims.not_before = date(TYPICAL.nbf);
    claims.issued_at = date(TYPICAL.iat);
    let header = jwt_compact::Header::empty().with_token_type("JWT");
    let key = Hs256Key::new(secret());
    Signing::new("jwt-compact", move |_, hand_over| {
        hand_over(Hs256.token(&header, &claims, &key).ok()?.as_bytes());
        Some(())
    })
}

/// Takes its claims by value, so each token needs a clone of them.
fn jwt_simple_signing() -> Signing {
    #[derive(Clone, Serialize)]
    struct Custom {
        scope: &'static str,
        role: &'static str,
        uses: u32,
        name: &'static str,
        site: &'static str,
    }

    let Typical { scope, role, uses, name, site, .. } = TYPICAL;
    let claims = JWTClaims {
        issued_at: Some(UnixTimeStamp::from_secs(TYPICAL.iat)),
        expires_at: Some(UnixTimeStamp::from_secs(TYPICAL.exp)),
        invalid_before: Some(UnixTimeStamp::from_secs(TYPICAL.nbf)),
        issuer: Some(TYPICAL.iss.to_owned()),
        subject: Some(TYPICAL.sub.to_owned()),
        audiences: Some(Audiences::AsString(TYPICAL.aud.to_owned())),
        jwt_id: Some(TYPICAL.jti.to_owned()),
        nonce: None,
        custom: Custom { scope, role, uses, name, site },
    };
    let key = HS256Key::from_bytes(&secret());
    Signing::new("jwt-simple", move |_, hand_over| {
        hand_over(key.authenticate(claims.clone()).ok()?.as_bytes());
        Some(())
    })
}
