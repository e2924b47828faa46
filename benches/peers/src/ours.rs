//! The cases of this crate, and the MAC alone, which is the least that a verification takes.

use std::hint::black_box;

use embedded_jwt::{Claims, Error, Hs256, Key, Policy, Signer, Time, Verifier};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::signing::{Signing, TYPICAL};
use crate::{AUDIENCE, Case, ISSUER, LEEWAY, NOW, Values, hand_over, secret};

pub const MAC: &str = "mac";

pub fn embedded_jwt(issuer: &'static str, audience: &'static str) -> Case {
    let verifier = verifier(issuer, audience);
    Case::new("embedded-jwt", move |token, buffer| {
        let token = verifier.verify(token.as_bytes(), Time::Known(NOW), buffer).ok()?;
        values(token.claims()).ok()
    })
}

fn values(claims: &Claims<'_>) -> Result<Values, Error> {
    let uses = match claims.get("uses") {
        Err(Error::MissingMember) => None,
        uses => Some(uses?),
    };
    let sub =
        claims.subject().map(|sub| sub.as_str().ok_or(Error::UnreadableValue { position: 0 }));
    Ok(hand_over(sub.transpose()?, uses))
}

/// The same, with the values in a struct, as the other libraries give them.
pub fn in_a_struct() -> Case {
    #[derive(serde::Deserialize)]
    struct Wanted<'t> {
        sub: Option<&'t str>,
        uses: Option<u32>,
    }

    let verifier = verifier(ISSUER, AUDIENCE);
    Case::new("struct", move |token, buffer| {
        let token = verifier.verify(token.as_bytes(), Time::Known(NOW), buffer).ok()?;
        let Wanted { sub, uses } = token.claims().read().ok()?;
        Some(hand_over(sub, uses))
    })
}

/// The same, with a token that arrives in pieces of 64 bytes.
pub fn in_pieces() -> Case {
    let verifier = verifier(ISSUER, AUDIENCE);
    Case::new("pieces", move |token, buffer| {
        let mut streaming = verifier.stream(buffer);
        for piece in token.as_bytes().chunks(64) {
            streaming.push(piece).ok()?;
        }
        values(streaming.finish(Time::Known(NOW)).ok()?.claims()).ok()
    })
}

fn verifier(issuer: &'static str, audience: &'static str) -> Verifier<'static, Key<Hs256>> {
    let key = Key::<Hs256>::new(&secret()).expect("it is long enough");
    let rules = Policy::builder().issuer(issuer).audience(audience).leeway(LEEWAY);
    Verifier::new(key, rules.build().expect("the rules agree"))
}

/// Makes a token of a struct.
pub fn signing() -> Signing {
    let signer = Signer::new(Key::<Hs256>::new(&secret()).expect("it is long enough"));
    Signing::new("embedded-jwt", move |buffer, hand_over| {
        hand_over(signer.sign(&TYPICAL, buffer).ok()?);
        Some(())
    })
}

/// HMAC-SHA-256 over the bytes that a token's MAC covers. It compares nothing and reads nothing.
pub fn mac() -> Case {
    let key = Hmac::<Sha256>::new_from_slice(&secret()).expect("any key will do");
    Case::new(MAC, move |token, _| {
        // The MAC doesn't cover itself, which is 43 symbols, nor the dot before it.
        let message = token.as_bytes().get(..token.len() - 44)?;
        let mac = key.clone().chain_update(message).finalize();
        black_box(mac.into_bytes());
        Some((0, 0))
    })
}
