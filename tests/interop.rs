//! Tokens that other libraries signed, from `tests/vectors/interop`. Each file says whether its
//! tokens are accepted.

mod common;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use common::every_way::Verifier;
use embedded_jwt::{Algorithm, AnyKey, Error, Hs256, Hs384, Hs512, Key, KeySet, Policy, Time};
use serde_json::Value;

/// `NOW` in the scripts that made the tokens.
const NOW: Time = Time::Known(1_800_000_000);

const ACCEPTED: [(&str, &str); 3] = [
    ("jose.tsv", include_str!("vectors/interop/jose.tsv")),
    ("jsonwebtoken.tsv", include_str!("vectors/interop/jsonwebtoken.tsv")),
    ("pyjwt.tsv", include_str!("vectors/interop/pyjwt.tsv")),
];

const REFUSED: [(&str, &str); 3] = [
    ("jose-refused.tsv", include_str!("vectors/interop/jose-refused.tsv")),
    ("jsonwebtoken-refused.tsv", include_str!("vectors/interop/jsonwebtoken-refused.tsv")),
    ("pyjwt-refused.tsv", include_str!("vectors/interop/pyjwt-refused.tsv")),
];

/// The name of an error's variant, without its fields.
fn name_of(error: Error) -> String {
    let debug = format!("{error:?}");
    debug.split(' ').next().unwrap().to_owned()
}

#[test]
fn valid_tokens_of_other_libraries_are_accepted() {
    for (file, text) in ACCEPTED {
        for [name, algorithm, secret, token, claims] in rows(file, text) {
            let row = format!("{file}: {name}");
            let (header_read, claims_read) =
                verify(algorithm, secret, token).unwrap_or_else(|error| panic!("{row}: {error:?}"));

            assert_eq!(value(&claims_read), value(claims), "{row}");
            let header = decode(token.split('.').next().unwrap());
            assert_eq!(value(&header_read), value(str::from_utf8(&header).unwrap()), "{row}");
            for json in [claims_read, header_read] {
                // Control characters are always escaped, so the text is one line.
                assert!(json.bytes().all(|byte| byte >= b' '), "{row}: {json:?}");
            }
        }
    }
}

#[test]
fn invalid_tokens_of_other_libraries_are_refused() {
    for (file, text) in REFUSED {
        for [name, algorithm, secret, token, error] in rows(file, text) {
            let refusal = verify(algorithm, secret, token).map_err(name_of);
            assert_eq!(refusal, Err(error.to_owned()), "{file}: {name}");
        }
    }
}

#[test]
fn keys_of_another_library_verify_its_tokens() {
    let file = "jwcrypto.tsv";
    for [name, jwks, token, answer] in rows(file, include_str!("vectors/interop/jwcrypto.tsv")) {
        let verify = || -> Result<(), Error> {
            let mut keys: KeySet<AnyKey, 3> = KeySet::new();
            keys.read_jwks(&mut jwks.as_bytes().to_vec(), None, None)
                .map_err(|error| error.error())?;
            let verifier = Verifier::new(keys, Policy::builder().build()?);
            verifier.verify(token.as_bytes(), NOW, &mut [0; 300]).map(drop)
        };
        let expected = verify().map_or_else(name_of, |()| "ok".to_owned());
        assert_eq!(expected, answer, "{file}: {name}");
    }
}

/// The rows of a file, split into columns.
fn rows<'t, const COLUMNS: usize>(file: &str, text: &'t str) -> Vec<[&'t str; COLUMNS]> {
    let rows: Vec<_> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .map(|columns| columns.try_into().unwrap_or_else(|columns| panic!("{file}: {columns:?}")))
        .collect();
    assert!(!rows.is_empty(), "{file} has no rows");
    rows
}

/// The header and the claims set as JSON.
fn verify(algorithm: &str, secret: &str, token: &str) -> Result<(String, String), Error> {
    match algorithm {
        "HS256" => verify_with::<Hs256>(secret, token),
        "HS384" => verify_with::<Hs384>(secret, token),
        "HS512" => verify_with::<Hs512>(secret, token),
        _ => panic!("unknown algorithm {algorithm}"),
    }
}

fn verify_with<A: Algorithm>(secret: &str, token: &str) -> Result<(String, String), Error> {
    let key = Key::<A>::new(&decode(secret))?;
    let policy = Policy::builder().allow_any_audience().build()?;
    let mut buffer = vec![0; token.len()];
    let token = Verifier::new(key, policy).verify(token.as_bytes(), NOW, &mut buffer)?;
    Ok((token.header().as_json().to_owned(), token.claims().as_json().to_owned()))
}

fn decode(base64url: &str) -> Vec<u8> {
    BASE64_URL_SAFE_NO_PAD.decode(base64url).unwrap()
}

fn value(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}
