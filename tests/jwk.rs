//! JSON Web Keys and JWK Sets, beyond the rows of the checklist.

mod common;

use common::every_way::Verifier;
use common::{SECRET, encode, sign};
use embedded_jwt::Error::{self, *};
use embedded_jwt::{
    AnyAlgorithm, AnyKey, Hs256, Hs384, Hs512, JwkError, JwksReport, Key, KeyEntry, KeyName,
    KeySet, Mac, Policy, Tag, Time,
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

/// What became of the keys of a text: how many were added, repeated and passed over, and why the
/// first was passed over, with its index.
type Outcome = Result<([usize; 3], Fault), (Error, Fault)>;

/// The fault of a key, and its index.
type Fault = Option<(Error, Option<u16>)>;

const ONE_ADDED: Outcome = Ok(([1, 0, 0], None));

/// The text is refused, because of the key at this index if there is one.
const fn refused(error: Error, index: Option<u16>) -> Outcome {
    match index {
        Some(_) => Err((error, Some((error, index)))),
        None => Err((error, None)),
    }
}

/// No key is usable.
const fn unusable(fault: Fault) -> Outcome {
    Err((NoUsableKey, fault))
}

fn outcome(read: Result<JwksReport, JwkError>) -> Outcome {
    match read {
        Ok(report) => {
            let counts = [report.added(), report.repeated(), report.passed_over()];
            let first = report.first_passed_over().map(|first| {
                assert_eq!(first.passed_over(), None);
                (first.error(), first.index())
            });
            Ok((counts, first))
        }
        Err(error) if error.error() == NoUsableKey => {
            Err((NoUsableKey, error.passed_over().map(|fault| (fault, error.index()))))
        }
        Err(error) => {
            assert_eq!(error.passed_over(), None);
            Err(refused(error.error(), error.index()).unwrap_err())
        }
    }
}

fn read(keys: &mut Keys, text: &str, algorithm: Option<AnyAlgorithm>) -> Outcome {
    read_for(keys, text, None, algorithm)
}

fn read_for(
    keys: &mut Keys,
    text: &str,
    issuer: Option<&'static str>,
    algorithm: Option<AnyAlgorithm>,
) -> Outcome {
    let mut text = fill(text);
    let read = keys.read_jwks(&mut text, issuer, algorithm);
    assert!(text.iter().all(|&byte| byte == 0), "the text is wiped");
    outcome(read)
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
    let passed_over = Some((UnsupportedKeyType, Some(1)));
    assert_eq!(read(&mut keys, text, HS256), Ok(([2, 0, 1], passed_over)));
    assert_eq!(names(&keys), [Some("first".into()), Some("b".into()), Some("\"\\".into())]);
    assert_eq!(verify(&keys, r#"{"alg":"HS512","kid":"b"}"#, ""), Ok(()));
    assert_eq!(verify(&keys, r#"{"alg":"HS256","kid":"b"}"#, ""), Err(AlgorithmMismatch));
    assert_eq!(verify(&keys, r#"{"alg":"HS256","kid":"\"\\"}"#, ""), Ok(()));
}

#[test]
fn single_jwk_is_read_like_a_set_of_one() {
    let mut keys = keys();
    let alone = r#"{"kty":"oct","k":"~","kid":"alone","alg":"HS384"}"#;
    assert_eq!(read(&mut keys, alone, None), ONE_ADDED);
    assert_eq!(verify(&keys, r#"{"alg":"HS384","kid":"alone"}"#, ""), Ok(()));
    for (text, expected) in [
        (alone, Ok(([0, 1, 0], None))),
        (r#"{"kty":"oct","k":"~~","kid":"alone","alg":"HS384"}"#, refused(DuplicateKeyId, None)),
        (r#"{"kty":"oct","k":"~","kid":"first"}"#, refused(DuplicateKeyId, None)),
        (r#"{"kty":"oct","k":"~","k":"~"}"#, refused(DuplicateJwkMember, None)),
        (r#"{"kty":"RSA","n":"~"}"#, unusable(Some((UnsupportedKeyType, None)))),
        (r#"{"kty":"oct","use":"enc"}"#, unusable(Some((KeyNotForSignatures, None)))),
        (r#"{"error":"not found"}"#, unusable(Some((MissingKeyType, None)))),
    ] {
        assert_eq!(read(&mut keys, text, HS256), expected, "{text}");
        assert_eq!(names(&keys), [Some("first".into()), Some("alone".into())], "{text}");
    }
}

#[test]
fn key_without_kid_verifies_only_tokens_without_kid() {
    let mut keys = keys().allow_missing_key_id();
    let two =
        r#"{"keys":[{"kty":"oct","k":"~","alg":"HS256"},{"kty":"oct","k":"~","alg":"HS384"}]}"#;
    assert_eq!(read(&mut keys, two, None), Ok(([2, 0, 0], None)));
    assert_eq!(names(&keys), [Some("first".into()), None, None]);
    assert_eq!(verify(&keys, r#"{"alg":"HS384"}"#, ""), Ok(()));
    assert_eq!(verify(&keys, r#"{"alg":"HS256"}"#, ""), Ok(()));
    assert_eq!(verify(&keys, r#"{"alg":"HS256","kid":""}"#, ""), Err(UnknownKeyId));
}

#[test]
fn only_key_without_kid_verifies_tokens_with_any_kid_if_kid_may_be_missing() {
    const NAMELESS: &str = r#"{"keys":[{"kty":"oct","k":"~"}]}"#;
    const NAMED: &str = r#"{"keys":[{"kty":"oct","k":"~","kid":"a"}]}"#;
    const TWO: &str = r#"{"keys":[{"kty":"oct","k":"~"},{"kty":"oct","k":"~~"}]}"#;
    const OTHER_ALG: &str =
        r#"{"keys":[{"kty":"oct","k":"~"},{"kty":"oct","k":"~","alg":"HS384"}]}"#;
    const OTHERS: &str = r#"{"keys":[{"kty":"EC"},{"kty":"oct","k":"~"},{"kty":"oct","k":"~"}]}"#;
    const KID: &str = r#"{"alg":"HS256","kid":"a"}"#;
    for (name, text, header, strict, lenient) in [
        ("a kid", NAMELESS, KID, Err(UnknownKeyId), Ok(())),
        ("another kid", NAMELESS, r#"{"alg":"HS256","kid":""}"#, Err(UnknownKeyId), Ok(())),
        ("no kid", NAMELESS, r#"{"alg":"HS256"}"#, Err(MissingKeyId), Ok(())),
        (
            "alg",
            NAMELESS,
            r#"{"alg":"HS512","kid":"a"}"#,
            Err(UnknownKeyId),
            Err(AlgorithmMismatch),
        ),
        ("kid 1", NAMELESS, r#"{"alg":"HS256","kid":1}"#, Err(InvalidKeyId), Err(InvalidKeyId)),
        ("beside others", OTHERS, KID, Err(UnknownKeyId), Ok(())),
        ("two keys", TWO, KID, Err(UnknownKeyId), Err(UnknownKeyId)),
        ("two algorithms", OTHER_ALG, KID, Err(UnknownKeyId), Err(UnknownKeyId)),
        ("a named key", NAMED, KID, Ok(()), Ok(())),
        (
            "its other name",
            NAMED,
            r#"{"alg":"HS256","kid":"b"}"#,
            Err(UnknownKeyId),
            Err(UnknownKeyId),
        ),
    ] {
        let mut keys = Keys::new();
        assert!(read(&mut keys, text, HS256).is_ok(), "{name}");
        assert_eq!(verify(&keys, header, ""), strict, "{name}");
        assert_eq!(verify(&keys.allow_missing_key_id(), header, ""), lenient, "{name}, lenient");
    }
    // Its limits apply.
    let mut keys = Keys::new().allow_missing_key_id();
    assert_eq!(read_for(&mut keys, NAMELESS, Some("x"), HS256), ONE_ADDED);
    assert_eq!(verify(&keys, KID, "x"), Ok(()));
    assert_eq!(verify(&keys, KID, "y"), Err(KeyOfAnotherIssuer));
}

#[test]
fn all_keys_of_a_set_are_bound_to_its_issuer() {
    let mut keys = keys();
    let text = r#"{"keys":[{"kty":"oct","k":"~","kid":"k"}]}"#;
    assert_eq!(read_for(&mut keys, text, Some("https://id.example"), HS256), ONE_ADDED);
    assert_eq!(verify(&keys, r#"{"alg":"HS256","kid":"k"}"#, "https://id.example"), Ok(()));
    assert_eq!(verify(&keys, r#"{"alg":"HS256","kid":"k"}"#, "x"), Err(KeyOfAnotherIssuer));
}

/// Two JWK Sets name their keys alike. Their secrets differ, or are the same.
#[test]
fn sets_of_two_issuers_may_use_the_same_names() {
    for theirs in ["~~", "~"] {
        let secret = &common::decode(&String::from_utf8(fill(theirs)).unwrap());
        let mut keys = Keys::new();
        for (issuer, k) in [("ours", "~"), ("theirs", theirs)] {
            let text = format!(r#"{{"keys":[{{"kty":"oct","k":"{k}","kid":"1"}}]}}"#);
            assert_eq!(read_for(&mut keys, &text, Some(issuer), HS256), ONE_ADDED);
        }
        let verify = |secret: &[u8], issuer: &str| {
            let claims = format!(r#"{{"exp":2000,"iss":"{issuer}"}}"#);
            let header = br#"{"alg":"HS256","kid":"1"}"#;
            let token = sign("HS256", secret, header, claims.as_bytes());
            Verifier::new(&keys, Policy::builder().build()?)
                .verify(&token, Time::Known(1000), &mut [0; 200])
                .map(drop)
        };
        assert_eq!(verify(&SECRET, "ours"), Ok(()));
        assert_eq!(verify(secret, "theirs"), Ok(()));
        assert_eq!(verify(&SECRET, "x"), Err(KeyOfAnotherIssuer));
        let crossed = if theirs == "~" { Ok(()) } else { Err(KeyOfAnotherIssuer) };
        assert_eq!(verify(&SECRET, "theirs"), crossed);
        assert_eq!(verify(secret, "ours"), crossed);
        assert_eq!(verify(&[7; 32], "ours"), Err(SignatureMismatch));
    }
}

#[test]
fn one_kid_may_be_for_two_algorithms() {
    let mut keys = Keys::new();
    let text = r#"{"keys":[{"kty":"oct","k":"~","kid":"k","alg":"HS256"},
                           {"kty":"oct","k":"~","kid":"k","alg":"HS512"}]}"#;
    assert_eq!(read(&mut keys, text, None), Ok(([2, 0, 0], None)));
    for (alg, expected) in [("HS256", Ok(())), ("HS512", Ok(())), ("HS384", Err(AlgorithmMismatch))]
    {
        let header = format!(r#"{{"alg":"{alg}","kid":"k"}}"#);
        assert_eq!(verify(&keys, &header, ""), expected, "{alg}");
    }
    // A set of one algorithm takes the one key that it can use.
    let mut keys: KeySet<Key<Hs256>, 1> = KeySet::new();
    let read = outcome(keys.read_jwks(&mut fill(text), None));
    assert_eq!(read, Ok(([1, 0, 1], Some((AlgorithmMismatch, Some(1))))));
}

#[test]
fn key_that_cant_be_used_is_passed_over() {
    const GOOD: &str = r#"{"kty":"oct","k":"~","kid":"good","alg":"HS256"}"#;
    for (name, bad, error) in [
        ("no members", "{}", MissingKeyType),
        ("no kty", r#"{"k":"~","alg":"HS256"}"#, MissingKeyType),
        ("kty is a number", r#"{"kty":1}"#, InvalidKeyType),
        ("kty is null", r#"{"kty":null,"k":"~","alg":"HS256"}"#, InvalidKeyType),
        ("kty is RSA", r#"{"kty":"RSA","n":"~","e":"AQAB","alg":"RS256"}"#, UnsupportedKeyType),
        ("kty is EC", r#"{"kty":"EC","crv":"P-256","kid":1}"#, UnsupportedKeyType),
        ("kty is AKP", r#"{"kty":"AKP","alg":"ML-DSA-44","pub":"~"}"#, UnsupportedKeyType),
        ("kty is OCT", r#"{"kty":"OCT","k":"~","alg":"HS256"}"#, UnsupportedKeyType),
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
        ("no alg", r#"{"kty":"oct","k":"~"}"#, MissingAlgorithm),
        ("alg is a number", r#"{"kty":"oct","k":"~","alg":256}"#, InvalidAlgorithm),
        ("alg is none", r#"{"kty":"oct","k":"~","alg":"none"}"#, UnsupportedAlgorithm),
        ("alg is A256GCM", r#"{"kty":"oct","k":"~","alg":"A256GCM"}"#, UnsupportedAlgorithm),
        ("alg is dir", r#"{"kty":"oct","k":"~","alg":"dir"}"#, UnsupportedAlgorithm),
        ("alg is A128KW", r#"{"kty":"oct","k":"AAAA","alg":"A128KW"}"#, UnsupportedAlgorithm),
        ("use is a number", r#"{"kty":"oct","k":"~","alg":"HS256","use":1}"#, InvalidKeyUse),
        ("use is enc", r#"{"kty":"oct","k":"~","alg":"HS256","use":"enc"}"#, KeyNotForSignatures),
        ("use is enc, no alg", r#"{"kty":"oct","k":"~","use":"enc"}"#, KeyNotForSignatures),
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
            "one of key_ops twice",
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
            "key_ops is wrapKey",
            r#"{"kty":"oct","k":"~","key_ops":["wrapKey"]}"#,
            KeyNotForSignatures,
        ),
        (
            "key_ops contradict use",
            r#"{"kty":"oct","k":"~","alg":"HS256","use":"sig","key_ops":["verify","encrypt"]}"#,
            KeyNotForSignatures,
        ),
        ("kid is a number", r#"{"kty":"oct","k":"~","alg":"HS256","kid":1}"#, InvalidKeyId),
        ("kid is null", r#"{"kty":"oct","k":"~","alg":"HS256","kid":null}"#, InvalidKeyId),
        ("kid is long", r#"{"kty":"oct","k":"~","alg":"HS256","kid":"nine-byte"}"#, KeyIdTooLong),
        (
            "kid of a key in the set, and a fault",
            r#"{"kty":"oct","k":"~","alg":"HS256","kid":"first","use":"enc"}"#,
            KeyNotForSignatures,
        ),
        ("an unknown member twice", r#"{"kty":"EC","x":1,"x":2}"#, UnsupportedKeyType),
    ] {
        let fault = |index| Some((error, Some(index)));
        for (text, expected) in [
            (format!(r#"{{"keys":[{bad},{GOOD}]}}"#), Ok(([1, 0, 1], fault(0)))),
            (format!(r#"{{"keys":[{GOOD},{bad}]}}"#), Ok(([1, 0, 1], fault(1)))),
            (format!(r#"{{"keys":[{bad},{{"kty":"EC"}},{GOOD}]}}"#), Ok(([1, 0, 2], fault(0)))),
            (format!(r#"{{"keys":[{bad}]}}"#), unusable(fault(0))),
            (format!(r#"{{"keys":[{bad},{{"kty":"EC"}}]}}"#), unusable(fault(0))),
            (bad.to_owned(), unusable(Some((error, None)))),
        ] {
            let mut keys = keys();
            assert_eq!(read(&mut keys, &text, None), expected, "{name}");
            let good = expected.is_ok().then(|| Some("good".to_owned()));
            assert_eq!(
                names(&keys),
                Vec::from_iter([Some("first".into())].into_iter().chain(good))
            );
            let known = verify(&keys, r#"{"alg":"HS256","kid":"good"}"#, "");
            assert_eq!(known.is_ok(), expected.is_ok(), "{name}");
        }
    }
}

#[test]
fn refused_text_leaves_the_keys_unchanged() {
    const GOOD: &str = r#"{"kty":"oct","k":"~","kid":"good","alg":"HS256"}"#;
    let one_bad = [
        ("not an object", "1", InvalidJson),
        ("an array", "[]", InvalidJson),
        ("null", "null", InvalidJson),
        ("k twice", r#"{"kty":"oct","k":"~","\u006b":"~"}"#, DuplicateJwkMember),
        ("kid again", r#"{"kty":"oct","k":"~~","alg":"HS256","kid":"g\u006fod"}"#, DuplicateKeyId),
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
            "a member of a key of another type twice",
            r#"{"kty":"EC","kid":"x","kid":"y"}"#,
            DuplicateJwkMember,
        ),
        ("a member of a key of no use twice", r#"{"use":"enc","use":"sig"}"#, DuplicateJwkMember),
    ];
    for (name, bad, error) in one_bad {
        for (text, index) in [
            (format!(r#"{{"keys":[{GOOD},{{"kty":"EC"}},{bad}]}}"#), 2),
            (format!(r#"{{"keys":[{GOOD},{bad},{GOOD}]}}"#), 1),
        ] {
            let mut keys = keys();
            assert_eq!(read(&mut keys, &text, None), refused(error, Some(index)), "{name}");
            assert_eq!(names(&keys), [Some("first".into())], "{name}");
        }
    }
    let whole = [
        ("empty", "", InvalidJson),
        ("cut", r#"{"keys":["#, InvalidJson),
        ("an array", "[]", InvalidJson),
        ("a trailing comma", r#"{"keys":[{"kty":"EC"},]}"#, InvalidJson),
        ("junk in an unknown member", r#"{"keys":[],"x":tru}"#, InvalidJson),
        ("junk in a key of another type", r#"{"keys":[{"kty":"EC","x":tru}]}"#, InvalidJson),
        ("keys twice", r#"{"keys":[],"keys":[]}"#, DuplicateJwkMember),
        ("keys is an object", r#"{"keys":{"kty":"oct"}}"#, InvalidKeys),
        ("keys is null", r#"{"keys":null}"#, InvalidKeys),
        ("a byte-order mark", "\u{feff}{}", InvalidJson),
        ("65,535 spaces", &" ".repeat(65_535), InvalidJson),
        ("65,536 spaces", &" ".repeat(65_536), JwkTooLong),
    ];
    for (name, text, error) in whole {
        let mut keys = keys();
        assert_eq!(read(&mut keys, text, HS256), refused(error, None), "{name}");
        assert_eq!(names(&keys), [Some("first".into())], "{name}");
    }
    for (name, text, first) in [
        ("keys is empty", r#"{"keys":[]}"#, None),
        ("no keys", r#"{"Keys":[]}"#, Some((MissingKeyType, None))),
        (
            "of other types",
            r#"{"keys":[{"kty":"EC"},{"kty":"OCT"}]}"#,
            Some((UnsupportedKeyType, Some(0))),
        ),
    ] {
        let mut keys = keys();
        assert_eq!(read(&mut keys, text, HS256), unusable(first), "{name}");
        assert_eq!(names(&keys), [Some("first".into())], "{name}");
    }
}

/// The set has room for two more keys.
#[test]
fn more_usable_keys_than_room_are_refused() {
    let key = |kid: usize| format!(r#"{{"kty":"oct","k":"~","alg":"HS256","kid":"{kid}"}}"#);
    let other = r#"{"kty":"oct","k":"~","alg":"dir"}"#;
    for (name, list, expected) in [
        ("two", vec![key(0), key(1)], Ok(([2, 0, 0], None))),
        ("three", vec![key(0), key(1), key(2)], refused(KeySetFull, Some(2))),
        (
            "two beside others",
            vec![other.into(), key(0), other.into(), key(1), other.into()],
            Ok(([2, 0, 3], Some((UnsupportedAlgorithm, Some(0))))),
        ),
        ("two, one twice", vec![key(0), key(1), key(1), key(0)], Ok(([2, 2, 0], None))),
        (
            "a full set, and another key of the same name",
            vec![key(0), key(1), key(0).replace('~', "~~")],
            refused(DuplicateKeyId, Some(2)),
        ),
    ] {
        let mut keys = keys();
        let text = format!(r#"{{"keys":[{}]}}"#, list.join(","));
        assert_eq!(read(&mut keys, &text, None), expected, "{name}");
        assert_eq!(keys.len(), if expected.is_ok() { 3 } else { 1 }, "{name}");
    }
}

/// Keys are the same if name, algorithm, issuer and secret are. Named keys that differ only in
/// their secrets are refused; keys without a name are not.
#[test]
fn same_key_listed_twice_is_one_key() {
    const KEY: &str = r#"{"kty":"oct","k":"~","kid":"k","alg":"HS256"}"#;
    const NAMELESS: &str = r#"{"kty":"oct","k":"~","alg":"HS256"}"#;
    for (name, first, second, expected) in [
        ("the same", KEY, KEY, Ok(([1, 1, 0], None))),
        (
            "the same in other words",
            KEY,
            r#"{"alg":"HS256","use":"sig","x":1,"kid":"\u006b","k":"~","kty":"oct"}"#,
            Ok(([1, 1, 0], None)),
        ),
        ("alg left out", KEY, r#"{"kty":"oct","k":"~","kid":"k"}"#, Ok(([1, 1, 0], None))),
        // HMAC fills a short key up with zeros (RFC 2104 section 2).
        (
            "a zero byte behind the secret",
            r#"{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T","kid":"k"}"#,
            r#"{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_TAAAA","kid":"k"}"#,
            Ok(([1, 1, 0], None)),
        ),
        (
            "another secret",
            KEY,
            r#"{"kty":"oct","k":"~~","kid":"k","alg":"HS256"}"#,
            refused(DuplicateKeyId, Some(1)),
        ),
        (
            "another name",
            KEY,
            r#"{"kty":"oct","k":"~","kid":"K","alg":"HS256"}"#,
            Ok(([2, 0, 0], None)),
        ),
        ("no name", KEY, NAMELESS, Ok(([2, 0, 0], None))),
        (
            "another algorithm",
            KEY,
            r#"{"kty":"oct","k":"~","kid":"k","alg":"HS384"}"#,
            Ok(([2, 0, 0], None)),
        ),
        ("both without a name", NAMELESS, NAMELESS, Ok(([1, 1, 0], None))),
        (
            "both without a name, another secret",
            NAMELESS,
            r#"{"kty":"oct","k":"~~","alg":"HS256"}"#,
            Ok(([2, 0, 0], None)),
        ),
        (
            "both without a name, another algorithm",
            NAMELESS,
            r#"{"kty":"oct","k":"~","alg":"HS512"}"#,
            Ok(([2, 0, 0], None)),
        ),
    ] {
        let mut keys = keys();
        let text = format!(r#"{{"keys":[{first},{second}]}}"#);
        assert_eq!(read(&mut keys, &text, HS256), expected, "{name}");
        // It makes no difference if they are in two texts.
        let mut keys = self::keys();
        let [first, second] = [first, second].map(|key| read(&mut keys, key, HS256));
        assert_eq!(first, ONE_ADDED, "{name}");
        match (second, expected) {
            (Ok(([added, ..], _)), Ok(([both, ..], _))) => assert_eq!(added + 1, both, "{name}"),
            (Err((error, _)), Err((expected, _))) => assert_eq!(error, expected, "{name}"),
            other => panic!("{name}: {other:?}"),
        }
    }
    // The third key without a name is that of the first two which has its secret.
    let mut keys = keys();
    let other = NAMELESS.replace('~', "~~");
    let text = format!(r#"{{"keys":[{NAMELESS},{other},{other},{NAMELESS}]}}"#);
    assert_eq!(read(&mut keys, &text, None), Ok(([2, 2, 0], None)));
    // For another issuer, it is another key.
    let mut keys = Keys::new();
    assert_eq!(read_for(&mut keys, KEY, Some("a"), None), ONE_ADDED);
    assert_eq!(read_for(&mut keys, KEY, Some("b"), None), ONE_ADDED);
    assert_eq!(read_for(&mut keys, KEY, None, None), ONE_ADDED);
    for issuer in [Some("a"), Some("b"), None] {
        assert_eq!(read_for(&mut keys, KEY, issuer, None), Ok(([0, 1, 0], None)), "{issuer:?}");
    }
}

#[test]
fn key_that_is_read_again_keeps_its_times() {
    const KEY: &str = r#"{"kty":"oct","k":"~","kid":"k","alg":"HS256"}"#;
    let mut keys = keys();
    assert_eq!(read(&mut keys, KEY, None), ONE_ADDED);
    keys.retire(KeyName::new("k").without_issuer(), 999).unwrap();
    assert_eq!(read(&mut keys, KEY, None), Ok(([0, 1, 0], None)));
    assert_eq!(verify(&keys, r#"{"alg":"HS256","kid":"k"}"#, ""), Err(KeyRetired));
}

#[test]
fn report_gives_the_index_of_a_late_key_and_nesting_is_limited() {
    let others = r#"{"kty":"EC"},"#.repeat(400);
    let text = format!(r#"{{"keys":[{others}{{"kty":"oct","k":"~"}},{{"kty":1,"kty":2}}]}}"#);
    assert_eq!(read(&mut keys(), &text, HS256), refused(DuplicateJwkMember, Some(401)));
    let good = r#"{"kty":"oct","k":"~"},"#.repeat(400);
    let text = format!(r#"{{"keys":[{good}{{"kty":"oct"}}]}}"#);
    let passed_over = Some((MissingKeyValue, Some(400)));
    assert_eq!(read(&mut keys(), &text, HS256), Ok(([1, 399, 1], passed_over)));
    let deep = Some((UnsupportedKeyType, Some(0)));
    for (levels, expected) in [(29, unusable(deep)), (30, refused(NestingTooDeep, None))] {
        let (open, close) = ("[".repeat(levels), "]".repeat(levels));
        let text = format!(r#"{{"keys":[{{"kty":"EC","x":{open}{close}}}]}}"#);
        assert_eq!(read(&mut keys(), &text, HS256), expected, "{levels} levels in a key");
    }
}

#[test]
fn key_with_more_than_32_key_ops_is_passed_over() {
    for (count, expected) in [(31, ONE_ADDED), (32, unusable(Some((InvalidKeyOperations, None))))] {
        let others: String = (0..count).map(|index| format!(r#","{index}""#)).collect();
        let text = format!(r#"{{"kty":"oct","k":"~","key_ops":["verify"{others}]}}"#);
        assert_eq!(read(&mut keys(), &text, HS256), expected, "{count}");
    }
}

#[test]
fn error_text_names_the_key_and_its_fault() {
    for (text, expected) in [
        ("", "text is not one valid JSON object"),
        (r#"{"keys":[]}"#, "JWK Set has no usable key"),
        (
            r#"{"keys":[{"kty":"EC"},{"kty":"oct"}]}"#,
            "JWK Set has no usable key: key at index 0: kty is not oct",
        ),
        (r#"{"kty":"oct"}"#, "JWK Set has no usable key: k is missing"),
        (
            r#"{"keys":[{"kty":"EC"},{"kid":1,"kid":2}]}"#,
            "key at index 1: member of a JSON Web Key appears twice",
        ),
    ] {
        let error = Keys::new().read_jwks(&mut fill(text), None, HS256).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    let mut text = fill(r#"{"keys":[{"kty":"oct","k":"~"},{"kty":"oct","k":"~","use":"enc"}]}"#);
    let report = Keys::new().read_jwks(&mut text, None, HS256).unwrap();
    assert_eq!(
        report.first_passed_over().unwrap().to_string(),
        "key at index 1: use or key_ops says that the key is not for signatures"
    );
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
fn set_for_one_algorithm_passes_over_keys_for_another() {
    for (alg, fault) in [
        (r#""alg":"HS384","#, None),
        ("", None),
        (r#""alg":"HS256","#, Some(AlgorithmMismatch)),
        (r#""alg":"HS512","#, Some(AlgorithmMismatch)),
        (r#""alg":"RS384","#, Some(UnsupportedAlgorithm)),
    ] {
        let mut keys: KeySet<Key<Hs384>, 1> = KeySet::new();
        let mut text = fill(&format!(r#"{{"keys":[{{"kty":"oct",{alg}"k":"~","kid":"k"}}]}}"#));
        let expected = match fault {
            None => ONE_ADDED,
            Some(error) => unusable(Some((error, Some(0)))),
        };
        assert_eq!(outcome(keys.read_jwks(&mut text, None)), expected, "{alg}");
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
    let read = outcome(keys.read_jwks(&mut text.as_bytes().to_vec(), None, HS256));
    // The key for key wrapping is passed over.
    assert_eq!(read, Ok(([1, 0, 1], Some((UnsupportedAlgorithm, Some(0))))));
    let header = r#"{"alg":"HS256","kid":"HMAC key used in JWS spec Appendix A.1 example"}"#;
    let token = sign("HS256", &SECRET, header.as_bytes(), br#"{"exp":2000}"#);
    let verifier = Verifier::new(&keys, Policy::builder().build().unwrap());
    assert!(verifier.verify(&token, Time::Known(1000), &mut [0; 200]).is_ok());
}

/// A key of the user's own: here, one that takes HS256 alone and no secret of zeros.
struct OwnKey(Key<Hs256>);

impl Mac for OwnKey {
    type Algorithm = Hs256;

    fn mac(&self, message: &[u8]) -> Result<Tag<Self>, Error> {
        self.0.mac(message)
    }
}

#[test]
fn keys_of_a_type_of_the_users_own_are_read() {
    let make = |algorithm, secret: &[u8]| match algorithm {
        AnyAlgorithm::Hs256 if secret != [0; 64] => Key::new(secret).map(OwnKey),
        _ => Err(UnsupportedAlgorithm),
    };
    let zeros = encode([0; 64]);
    let refused = Some((UnsupportedAlgorithm, Some(1)));
    for (name, text, expected) in [
        ("one", r#"{"kty":"oct","k":"~","kid":"1"}"#.to_owned(), ONE_ADDED),
        (
            "one of three",
            format!(
                r#"{{"keys":[{{"kty":"oct","k":"~","kid":"1"}},{{"kty":"oct","k":"{zeros}","kid":"2"}},
                {{"kty":"oct","k":"~","kid":"3","alg":"HS512"}}]}}"#
            ),
            Ok(([1, 0, 2], refused)),
        ),
        (
            "none",
            format!(r#"{{"kty":"oct","k":"{zeros}"}}"#),
            unusable(Some((UnsupportedAlgorithm, None))),
        ),
    ] {
        let mut keys = KeySet::<OwnKey, 3, 8>::new();
        let read = keys.read_jwks_with(&mut fill(&text), None, HS256, make);
        assert_eq!(outcome(read), expected, "{name}");
        let token = sign("HS256", &SECRET, br#"{"alg":"HS256","kid":"1"}"#, br#"{"exp":2000}"#);
        let policy = Policy::builder().build().unwrap();
        let verifier = embedded_jwt::Verifier::new(&keys, policy);
        let verified = verifier.verify(&token, Time::Known(1000), &mut [0; 200]).map(drop);
        assert_eq!(verified.is_ok(), expected.is_ok(), "{name}: {verified:?}");
    }
}
