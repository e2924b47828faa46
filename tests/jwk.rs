//! JSON Web Keys and JWK Sets, beyond the rows of the checklist.

mod common;

use common::every_way::Verifier;
use common::{SECRET, encode, sign};
use embedded_jwt::Error::{self, *};
use embedded_jwt::{
    AnyAlgorithm, AnyKey, Hs256, Hs384, Hs512, Key, KeyEntry, KeySet, Mac, Policy, Time,
};

type Keys = KeySet<'static, AnyKey, 3, 8>;

const HS256: Option<AnyAlgorithm> = Some(AnyAlgorithm::Hs256);

/// A set with one key.
fn keys() -> Keys {
    let mut keys = Keys::new();
    let key = AnyKey::new(AnyAlgorithm::Hs256, &[7; 32]).unwrap();
    keys.add("first", KeyEntry::new(key)).unwrap();
    keys
}

fn names(keys: &Keys) -> Vec<Option<String>> {
    keys.key_ids().map(|name| name.map(str::to_owned)).collect()
}

/// `~` stands for the RFC's secret in Base64URL.
fn fill(template: &str) -> Vec<u8> {
    template.replace('~', &encode(&*SECRET)).into_bytes()
}

fn read(
    keys: &mut Keys,
    text: &str,
    algorithm: Option<AnyAlgorithm>,
) -> Result<usize, (Error, Option<u16>)> {
    let mut text = fill(text);
    let read = keys.read_jwks(&mut text, None, algorithm);
    assert!(text.iter().all(|&byte| byte == 0), "the text is wiped");
    read.map_err(|error| (error.error(), error.index()))
}

fn verify(keys: &Keys, header: &str, issuer: &str) -> Result<(), Error> {
    let claims = format!(r#"{{"exp":2000,"iss":"{issuer}"}}"#);
    let algorithm = ["HS256", "HS384", "HS512"].into_iter().find(|name| header.contains(name));
    let token = sign(algorithm.unwrap(), &SECRET, header.as_bytes(), claims.as_bytes());
    Verifier::new(keys, Policy::builder().build()?)
        .verify(&token, Time::Known(1000), &mut [0; 200])
        .map(drop)
}

#[test]
fn keys_from_a_jwk_set_verify_tokens() {
    let mut keys = keys();
    let text = r#"
        { "keys": [ {"kty":"oct","kid":"b","alg":"HS512","k":"~"},
                    {"kty":"EC","kid":"b","crv":"P-256","x":1},
                    {"use":"sig","key_ops":["verify","sign"],"k":"~","kid":"\u0022\\",
                     "kty":"o\u0063t","x5c":[[{}]]} ],
          "else": null }"#;
    assert_eq!(read(&mut keys, text, HS256), Ok(2));
    assert_eq!(names(&keys), [Some("first".into()), Some("b".into()), Some("\"\\".into())]);
    assert_eq!(verify(&keys, r#"{"alg":"HS512","kid":"b"}"#, ""), Ok(()));
    assert_eq!(verify(&keys, r#"{"alg":"HS256","kid":"b"}"#, ""), Err(AlgorithmMismatch));
    assert_eq!(verify(&keys, r#"{"alg":"HS256","kid":"\"\\"}"#, ""), Ok(()));
}

#[test]
fn single_jwk_is_read_like_a_set() {
    let mut keys = keys();
    assert_eq!(
        read(&mut keys, r#"{"kty":"oct","k":"~","kid":"alone","alg":"HS384"}"#, None),
        Ok(1)
    );
    assert_eq!(verify(&keys, r#"{"alg":"HS384","kid":"alone"}"#, ""), Ok(()));
    assert_eq!(read(&mut keys, r#"{"kty":"RSA","n":"~"}"#, None), Err((UnsupportedKeyType, None)));
    assert_eq!(
        read(&mut keys, r#"{"kty":"oct","k":"~","kid":"alone"}"#, HS256),
        Err((DuplicateKeyId, None))
    );
    assert_eq!(names(&keys), [Some("first".into()), Some("alone".into())]);
}

#[test]
fn key_without_kid_verifies_only_tokens_without_kid() {
    let mut keys = keys().allow_missing_key_id();
    let two =
        r#"{"keys":[{"kty":"oct","k":"~","alg":"HS256"},{"kty":"oct","k":"~","alg":"HS384"}]}"#;
    assert_eq!(read(&mut keys, two, None), Ok(2));
    assert_eq!(names(&keys), [Some("first".into()), None, None]);
    assert_eq!(verify(&keys, r#"{"alg":"HS384"}"#, ""), Ok(()));
    assert_eq!(verify(&keys, r#"{"alg":"HS256"}"#, ""), Ok(()));
    assert_eq!(verify(&keys, r#"{"alg":"HS256","kid":""}"#, ""), Err(UnknownKeyId));
}

#[test]
fn all_keys_of_a_set_are_bound_to_its_issuer() {
    let mut keys = keys();
    let mut text = fill(r#"{"keys":[{"kty":"oct","k":"~","kid":"k"}]}"#);
    assert_eq!(keys.read_jwks(&mut text, Some("https://id.example"), HS256), Ok(1));
    assert_eq!(verify(&keys, r#"{"alg":"HS256","kid":"k"}"#, "https://id.example"), Ok(()));
    assert_eq!(verify(&keys, r#"{"alg":"HS256","kid":"k"}"#, "x"), Err(KeyOfAnotherIssuer));
}

#[test]
fn refused_set_leaves_the_keys_unchanged() {
    const GOOD: &str = r#"{"kty":"oct","k":"~","kid":"good","alg":"HS256"}"#;
    let one_bad = [
        ("not an object", "1", InvalidJson),
        ("an array", "[]", InvalidJson),
        ("no members", "{}", MissingKeyType),
        ("kty is a number", r#"{"kty":1}"#, InvalidKeyType),
        ("no k", r#"{"kty":"oct","alg":"HS256"}"#, MissingKeyValue),
        ("k is null", r#"{"kty":"oct","alg":"HS256","k":null}"#, InvalidKeyValue),
        ("k is an array", r#"{"kty":"oct","alg":"HS256","k":["~"]}"#, InvalidKeyValue),
        ("k is short", r#"{"kty":"oct","alg":"HS256","k":"AAAA"}"#, KeyTooShort { needed: 32 }),
        ("k is empty", r#"{"kty":"oct","alg":"HS256","k":""}"#, KeyTooShort { needed: 32 }),
        ("k is padded", r#"{"kty":"oct","alg":"HS256","k":"~=="}"#, KeyNotBase64Url),
        ("k has a space", r#"{"kty":"oct","alg":"HS256","k":"~ "}"#, KeyNotBase64Url),
        ("k has unused bits set", r#"{"kty":"oct","alg":"HS256","k":"~B"}"#, KeyNotBase64Url),
        (
            "k has an impossible length",
            r#"{"kty":"oct","alg":"HS256","k":"~AAA"}"#,
            KeyNotBase64Url,
        ),
        ("k has an escaped line feed", r#"{"kty":"oct","alg":"HS256","k":"~\n"}"#, KeyNotBase64Url),
        ("k twice", r#"{"kty":"oct","alg":"HS256","k":"~","\u006b":"~"}"#, DuplicateJwkMember),
        ("no alg", r#"{"kty":"oct","k":"~"}"#, MissingAlgorithm),
        ("alg is a number", r#"{"kty":"oct","k":"~","alg":256}"#, InvalidAlgorithm),
        ("alg is none", r#"{"kty":"oct","k":"~","alg":"none"}"#, UnsupportedAlgorithm),
        ("use is a number", r#"{"kty":"oct","k":"~","alg":"HS256","use":1}"#, InvalidKeyUse),
        ("use is enc", r#"{"kty":"oct","k":"~","alg":"HS256","use":"enc"}"#, KeyNotForSignatures),
        (
            "key_ops is a string",
            r#"{"kty":"oct","k":"~","alg":"HS256","key_ops":"verify"}"#,
            InvalidKeyOperations,
        ),
        (
            "key_ops is an object",
            r#"{"kty":"oct","k":"~","alg":"HS256","key_ops":{"verify":1}}"#,
            InvalidKeyOperations,
        ),
        (
            "key_ops twice",
            r#"{"kty":"oct","k":"~","alg":"HS256","key_ops":["verify","v\u0065rify"]}"#,
            InvalidKeyOperations,
        ),
        (
            "key_ops has a number",
            r#"{"kty":"oct","k":"~","alg":"HS256","key_ops":["verify",1]}"#,
            InvalidKeyOperations,
        ),
        (
            "key_ops is empty",
            r#"{"kty":"oct","k":"~","alg":"HS256","key_ops":[]}"#,
            KeyNotForSignatures,
        ),
        (
            "key_ops is encrypt",
            r#"{"kty":"oct","k":"~","alg":"HS256","key_ops":["encrypt"]}"#,
            KeyNotForSignatures,
        ),
        (
            "key_ops contradict use",
            r#"{"kty":"oct","k":"~","alg":"HS256","use":"sig","key_ops":["verify","encrypt"]}"#,
            KeyNotForSignatures,
        ),
        ("kid is a number", r#"{"kty":"oct","k":"~","alg":"HS256","kid":1}"#, InvalidKeyId),
        ("kid is long", r#"{"kty":"oct","k":"~","alg":"HS256","kid":"nine-byte"}"#, KeyIdTooLong),
        ("kid again", r#"{"kty":"oct","k":"~","alg":"HS256","kid":"g\u006fod"}"#, DuplicateKeyId),
        (
            "kid of a key in the set",
            r#"{"kty":"oct","k":"~","alg":"HS256","kid":"first"}"#,
            DuplicateKeyId,
        ),
        (
            "a member twice",
            r#"{"kty":"oct","k":"~","alg":"HS256","alg":"HS256"}"#,
            DuplicateJwkMember,
        ),
        (
            "a member of an ignored key twice",
            r#"{"kty":"EC","kid":"x","kid":"y"}"#,
            DuplicateJwkMember,
        ),
    ];
    for (name, bad, error) in one_bad {
        for (text, index) in [
            (format!(r#"{{"keys":[{GOOD},{{"kty":"EC"}},{bad}]}}"#), 2),
            (format!(r#"{{"keys":[{GOOD},{bad},{GOOD}]}}"#), 1),
        ] {
            let mut keys = keys();
            assert_eq!(read(&mut keys, &text, None), Err((error, Some(index))), "{name}");
            assert_eq!(names(&keys), [Some("first".into())], "{name}");
        }
    }
    let whole = [
        ("empty", "", InvalidJson),
        ("cut", r#"{"keys":["#, InvalidJson),
        ("an array", "[]", InvalidJson),
        ("a trailing comma", r#"{"keys":[{"kty":"EC"},]}"#, InvalidJson),
        ("junk in an unknown member", r#"{"keys":[],"x":tru}"#, InvalidJson),
        ("keys twice", r#"{"keys":[],"keys":[]}"#, DuplicateJwkMember),
        ("keys is an object", r#"{"keys":{"kty":"oct"}}"#, InvalidKeys),
        ("keys is null", r#"{"keys":null}"#, InvalidKeys),
        ("no keys", r#"{"Keys":[]}"#, MissingKeyType),
        ("a byte-order mark", "\u{feff}{}", InvalidJson),
    ];
    for (name, text, error) in whole {
        let mut keys = keys();
        assert_eq!(read(&mut keys, text, HS256), Err((error, None)), "{name}");
        assert_eq!(names(&keys), [Some("first".into())], "{name}");
    }
    let mut keys = keys();
    let full: Vec<String> = (0..3)
        .map(|index| format!(r#"{{"kty":"oct","k":"~","alg":"HS256","kid":"{index}"}}"#))
        .collect();
    let full = format!(r#"{{"keys":[{}]}}"#, full.join(","));
    assert_eq!(read(&mut keys, &full, None), Err((KeySetFull, Some(2))));
    assert_eq!(names(&keys), [Some("first".into())]);
    assert_eq!(read(&mut keys, r#"{"keys":[]}"#, None), Ok(0));
    assert_eq!(read(&mut keys, r#"{"keys":[{"kty":"EC"},{"kty":"OCT"}]}"#, None), Ok(0));
    assert_eq!(read(&mut keys, &" ".repeat(65_536), None), Err((JwkTooLong, None)));
    assert_eq!(read(&mut keys, &" ".repeat(65_535), None), Err((InvalidJson, None)));
}

#[test]
fn error_gives_the_index_of_a_late_key_and_nesting_is_limited() {
    let others = r#"{"kty":"EC"},"#.repeat(400);
    let text = format!(r#"{{"keys":[{others}{{"kty":"oct"}}]}}"#);
    assert_eq!(read(&mut keys(), &text, HS256), Err((MissingKeyValue, Some(400))));
    for (levels, expected) in [(29, Ok(0)), (30, Err((NestingTooDeep, None)))] {
        let (open, close) = ("[".repeat(levels), "]".repeat(levels));
        let text = format!(r#"{{"keys":[{{"kty":"EC","x":{open}{close}}}]}}"#);
        assert_eq!(read(&mut keys(), &text, HS256), expected, "{levels} levels in a key");
    }
}

#[test]
fn more_than_32_key_ops_are_refused() {
    for (count, expected) in [(31, Ok(1)), (32, Err((InvalidKeyOperations, None)))] {
        let others: String = (0..count).map(|index| format!(r#","{index}""#)).collect();
        let text = format!(r#"{{"kty":"oct","k":"~","key_ops":["verify"{others}]}}"#);
        assert_eq!(read(&mut keys(), &text, HS256), expected, "{count}");
    }
}

#[test]
fn error_text_names_the_index_of_the_key() {
    let mut text = *br#"{"keys":[{"kty":"EC"},{"kty":"oct"}]}"#;
    let error = Keys::new().read_jwks(&mut text, None, HS256).unwrap_err();
    assert_eq!(error.to_string(), "key at index 1: k is missing");
    let error = Keys::new().read_jwks(&mut [], None, HS256).unwrap_err();
    assert_eq!(error.to_string(), "text is not one valid JSON object");
}

#[test]
fn jwk_gives_one_key() {
    let text = r#"{"kty":"oct","alg":"HS512","k":"~","kid":"not kept"}"#;
    let key = Key::<Hs512>::from_jwk(&mut fill(text)).unwrap();
    assert_eq!(key.mac(b"x"), Key::<Hs512>::new(&SECRET).unwrap().mac(b"x"));
    let key = AnyKey::from_jwk(&mut fill(text), HS256).unwrap();
    assert_eq!(key.algorithm(), AnyAlgorithm::Hs512, "the alg of the key has precedence");
    for (text, typed, any) in [
        (r#"{"kty":"oct","k":"~"}"#, None, Some(MissingAlgorithm)),
        (r#"{"kty":"oct","k":"~","alg":"HS512"}"#, Some(AlgorithmMismatch), None),
        (r#"{"kty":"oct","k":"~","alg":"HS256"}"#, None, None),
        (
            r#"{"kty":"oct","k":"~","alg":"A256KW"}"#,
            Some(UnsupportedAlgorithm),
            Some(UnsupportedAlgorithm),
        ),
        (
            r#"{"kty":"OCT","k":"~","alg":"HS256"}"#,
            Some(UnsupportedKeyType),
            Some(UnsupportedKeyType),
        ),
        (
            r#"{"kty":"oct","k":"AA","alg":"HS256"}"#,
            Some(KeyTooShort { needed: 32 }),
            Some(KeyTooShort { needed: 32 }),
        ),
        (
            r#"{"keys":[{"kty":"oct","k":"~","alg":"HS256"}]}"#,
            Some(MissingKeyType),
            Some(MissingKeyType),
        ),
    ] {
        let mut wiped = fill(text);
        assert_eq!(Key::<Hs256>::from_jwk(&mut wiped).err(), typed, "{text}");
        assert!(wiped.iter().all(|&byte| byte == 0), "{text}");
        let mut wiped = fill(text);
        assert_eq!(AnyKey::from_jwk(&mut wiped, None).err(), any, "{text}");
        assert!(wiped.iter().all(|&byte| byte == 0), "{text}");
    }
    let mut long = vec![b' '; 65_536];
    assert_eq!(Key::<Hs256>::from_jwk(&mut long).err(), Some(JwkTooLong));
    assert!(long.iter().all(|&byte| byte == 0));
}

#[test]
fn set_for_one_algorithm_refuses_keys_for_another() {
    for (alg, expected) in [
        (r#""alg":"HS384","#, Ok(1)),
        ("", Ok(1)),
        (r#""alg":"HS256","#, Err((AlgorithmMismatch, Some(0)))),
        (r#""alg":"RS384","#, Err((UnsupportedAlgorithm, Some(0)))),
    ] {
        let mut keys: KeySet<Key<Hs384>, 1> = KeySet::new();
        let mut text = fill(&format!(r#"{{"keys":[{{"kty":"oct",{alg}"k":"~","kid":"k"}}]}}"#));
        let read = keys.read_jwks(&mut text, None);
        assert_eq!(read.map_err(|error| (error.error(), error.index())), expected, "{alg}");
    }
}

/// RFC 7517 appendix A.3: the second is the key of RFC 7515 appendix A.1.
#[test]
fn symmetric_keys_of_rfc_7517_are_read() {
    let text = r#"{"keys":
       [
         {"kty":"oct",
          "alg":"A128KW",
          "k":"GawgguFyGrWKav7AX4VKUg"},

      {"kty":"oct",
       "k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
       "kid":"HMAC key used in JWS spec Appendix A.1 example"}
       ]
     }"#;
    let mut keys: KeySet<AnyKey, 2> = KeySet::new();
    let read = |keys: &mut KeySet<'static, AnyKey, 2>, text: &str| {
        let read = keys.read_jwks(&mut text.as_bytes().to_vec(), None, HS256);
        read.map_err(|error| (error.error(), error.index()))
    };
    // `oct` keys for key wrapping are refused.
    assert_eq!(read(&mut keys, text), Err((UnsupportedAlgorithm, Some(0))));
    let (_, signing) = text.split_once("},").unwrap();
    assert_eq!(read(&mut keys, &format!(r#"{{"keys":[{signing}"#)), Ok(1));
    let header = r#"{"alg":"HS256","kid":"HMAC key used in JWS spec Appendix A.1 example"}"#;
    let token = sign("HS256", &SECRET, header.as_bytes(), br#"{"exp":2000}"#);
    let verifier = Verifier::new(&keys, Policy::builder().build().unwrap());
    assert!(verifier.verify(&token, Time::Known(1000), &mut [0; 200]).is_ok());
}
