//! Tokens that are made here, from `tests/vectors/interop`, as jsonwebtoken verifies them.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, Validation, decode};
use serde_json::Value;

const ROWS: &str = include_str!("../../tests/vectors/interop/embedded-jwt.tsv");

#[test]
fn jsonwebtoken_reads_tokens_that_are_made_here() {
    let rows: Vec<_> = ROWS.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(!rows.is_empty());
    for row in rows {
        let columns: Vec<_> = row.split('\t').collect();
        let [name, algorithm, secret, token, claims] = columns[..] else { panic!("{row}") };
        // A payload that travels apart is put back first.
        let token = token.replace("..", &format!(".{}.", BASE64_URL_SAFE_NO_PAD.encode(claims)));
        let key = DecodingKey::from_secret(&BASE64_URL_SAFE_NO_PAD.decode(secret).unwrap());
        let mut validation = Validation::new(algorithm.parse().unwrap());
        // The dates are the test's matter: here they would be compared with today's.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let read = decode::<Value>(&token, &key, &validation).map(|token| token.claims);
        assert_eq!(read, Ok(serde_json::from_str(claims).unwrap()), "{name}");
    }
}
