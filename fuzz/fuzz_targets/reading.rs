//! Any claims, read into numbers, strings, lists, enums, structs and maps. The values must be those
//! that `serde_json` reads. Input: the claims.
#![no_main]

use embedded_jwt::{Hs256, Key, Policy, Time, Verifier};
use embedded_jwt_fuzz::reading::check_readings;
use embedded_jwt_fuzz::sign::{Algorithm, SECRET};

libfuzzer_sys::fuzz_target!(|claims: &[u8]| {
    let token = Algorithm::Hs256.sign(br#"{"alg":"HS256"}"#, claims);
    let key = Key::<Hs256>::new(&SECRET).unwrap();
    let policy = Policy::builder().allow_missing_expiration().allow_any_audience();
    let policy = policy.allow_uncertain_time().build().unwrap();
    let mut buffer = vec![0; token.len()];
    if let Ok(token) = Verifier::new(key, policy).verify(&token, Time::Unknown, &mut buffer) {
        check_readings(token.claims());
    }
});
