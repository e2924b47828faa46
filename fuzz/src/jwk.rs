//! The judge for JSON Web Keys and JWK Sets (RFC 7517, RFC 7518 section 6.4), and a comparison of
//! the crate with it.

use std::collections::HashSet;

use embedded_jwt::{
    AnyKey, Error, Hs256, Hs384, Hs512, JwkError, JwksReport, Key, MAX_DEPTH, Time, Verifier,
};

use crate::check::check_set;
use crate::json::{Object, Value, quoted, read_object};
use crate::judge::{KnownKey, KnownKeys, Scope, text_or_absent};
use crate::keys::{Change, Set, SetKey, check_length, check_names};
use crate::paste::{self, IfPanics};
use crate::refusal::{Refusal, agree};
use crate::rules::Rules;
use crate::sign::{Algorithm, decode};

const NAMES: [&str; 6] = ["alg", "k", "key_ops", "kid", "kty", "use"];

const ISSUER: &str = "joe";

/// The algorithms that a key may have.
struct Allowed {
    algorithms: Vec<Algorithm>,
    /// The algorithm of a key without `alg`.
    default: Option<Algorithm>,
}

/// What the judge says of a text that is read into a set, and why and where the first key is passed
/// over.
#[derive(Debug, Default, PartialEq)]
struct Report {
    added: usize,
    repeated: usize,
    passed_over: usize,
    first: Option<(Error, Option<u16>)>,
}

/// Why a text is refused, and the index of the key with this fault. If no key can be used, why and
/// where the first was passed over.
#[derive(Debug)]
struct Refused {
    refusal: Refusal,
    passed_over: Option<Error>,
    index: Option<u16>,
}

impl Refused {
    fn at(index: Option<u16>, refusal: impl Into<Refusal>) -> Self {
        Self { refusal: refusal.into(), passed_over: None, index }
    }
}

impl Allowed {
    fn of<K: SetKey>(default: Option<Algorithm>) -> Self {
        let algorithms = K::algorithms();
        let default = if let [only] = algorithms[..] { Some(only) } else { default };
        Self { algorithms, default }
    }

    /// Judges `from_jwk`.
    fn judge_text(&self, text: &[u8]) -> Result<KnownKey, Refusal> {
        check_text_length(text)?;
        Ok(self.judge(&read_object(text, MAX_DEPTH, &NAMES, Error::DuplicateJwkMember)?)?)
    }

    /// Judges whether a key can be used.
    fn judge(&self, key: &Object) -> Result<KnownKey, Error> {
        match key.get("kty") {
            Some(Value::Text(kind)) if kind == "oct" => {}
            Some(Value::Text(_)) => return Err(Error::UnsupportedKeyType),
            Some(_) => return Err(Error::InvalidKeyType),
            None => return Err(Error::MissingKeyType),
        }
        text_or_absent(key, "kid", Error::InvalidKeyId)?;
        check_use(key)?;
        let algorithm = match key.get("alg") {
            Some(Value::Text(name)) => Algorithm::named(name).ok_or(Error::UnsupportedAlgorithm)?,
            Some(_) => return Err(Error::InvalidAlgorithm),
            None => self.default.ok_or(Error::MissingAlgorithm)?,
        };
        let secret = match key.get("k") {
            Some(Value::Text(symbols)) => {
                decode(symbols.as_bytes()).ok_or(Error::KeyNotBase64Url)?
            }
            Some(_) => return Err(Error::InvalidKeyValue),
            None => return Err(Error::MissingKeyValue),
        };
        if !self.algorithms.contains(&algorithm) {
            return Err(Error::AlgorithmMismatch);
        }
        if secret.len() < algorithm.length() {
            return Err(Error::KeyTooShort { needed: algorithm.length() as u8 });
        }
        let key_id = key.text("kid").map(str::to_owned);
        Ok(KnownKey { key_id, algorithm, secret, scope: Scope::default() })
    }

    /// The argument behind the text, as code, for keys whose algorithm is only known at run time.
    fn default_as_code(&self) -> String {
        match (self.algorithms.len(), self.default) {
            (1, _) => String::new(),
            (_, Some(algorithm)) => format!(", Some(AnyAlgorithm::{algorithm:?})"),
            (_, None) => ", None".to_owned(),
        }
    }

    /// A test that reads a text into a set with these keys.
    fn as_test(
        &self,
        text: &[u8],
        issuer: Option<&str>,
        before: &KnownKeys,
        judged: &Result<Report, Refused>,
    ) -> String {
        let default = self.default_as_code();
        let judged = judged.as_ref().map_err(|refused| refused.refusal.clone());
        paste::test(&[
            paste::keys(before).replace("let keys", "let mut keys"),
            paste::line(format!("let mut text = {}.to_vec();", paste::bytes(text))),
            paste::line(format!(
                "let answer = keys.read_jwks(&mut text, {issuer:?}{default})\n    \
                .map(|report| [report.added(), report.repeated(), report.passed_over()])\n    \
                .map_err(JwkError::error);"
            )),
            paste::allowed(&judged, |report| {
                format!("{:?}", [report.added, report.repeated, report.passed_over])
            }),
            paste::compare(),
            paste::line("assert!(text.iter().all(|&byte| byte == 0));"),
        ])
    }

    /// Judges `read_jwks`, and adds the keys to `known`, unless the text is refused.
    fn judge_set(
        &self,
        text: &[u8],
        issuer: Option<&'static str>,
        known: &mut KnownKeys,
    ) -> Result<Report, Refused> {
        check_text_length(text).map_err(|error| Refused::at(None, error))?;
        let set = read_object(text, MAX_DEPTH, &["keys"], Error::DuplicateJwkMember);
        let set = set.map_err(|refusal| Refused::at(None, refusal))?;
        let keys: Vec<_> = match set.get("keys") {
            // A set of one.
            None => vec![(None, Some(&set))],
            Some(Value::Array(keys)) => {
                (0..).zip(keys).map(|(index, key)| (Some(index), as_object(key))).collect()
            }
            Some(_) => return Err(Refused::at(None, Error::InvalidKeys)),
        };
        let mut with_new = known.clone();
        let report = self.judge_keys(&keys, issuer, &mut with_new)?;
        if report.added + report.repeated == 0 {
            let (passed_over, index) = report.first.unzip();
            let refusal = Error::NoUsableKey.into();
            return Err(Refused { refusal, passed_over, index: index.flatten() });
        }
        *known = with_new;
        Ok(report)
    }

    /// Judges keys one after the other, and adds those that can be used. `None` is no object.
    fn judge_keys(
        &self,
        keys: &[(Option<u16>, Option<&Object>)],
        issuer: Option<&'static str>,
        known: &mut KnownKeys,
    ) -> Result<Report, Refused> {
        let mut report = Report::default();
        for &(index, object) in keys {
            let object = object.ok_or_else(|| Refused::at(index, Error::InvalidJson))?;
            if NAMES.iter().any(|name| object.has_twice(name)) {
                return Err(Refused::at(index, Error::DuplicateJwkMember));
            }
            let key = self.judge(object).and_then(|key| check_length(&key).map(|()| key));
            match key {
                Ok(mut key) => {
                    key.scope.issuer = issuer;
                    let is_added =
                        known.judge_read(&key).map_err(|error| Refused::at(index, error))?;
                    report.added += usize::from(is_added);
                    report.repeated += usize::from(!is_added);
                }
                Err(error) => {
                    report.passed_over += 1;
                    report.first.get_or_insert((error, index));
                }
            }
        }
        Ok(report)
    }
}

fn as_object(value: &Value) -> Option<&Object> {
    if let Value::Object(object) = value { Some(object) } else { None }
}

fn check_text_length(text: &[u8]) -> Result<(), Error> {
    if text.len() > 65_535 { Err(Error::JwkTooLong) } else { Ok(()) }
}

/// Checks that the key is for signatures, if it says what it is for.
fn check_use(key: &Object) -> Result<(), Error> {
    text_or_absent(key, "use", Error::InvalidKeyUse)?;
    if key.text("use").is_some_and(|named| named != "sig") {
        return Err(Error::KeyNotForSignatures);
    }
    let operations = match key.get("key_ops") {
        Some(Value::Array(operations)) if operations.len() <= 32 => operations,
        Some(_) => return Err(Error::InvalidKeyOperations),
        None => return Ok(()),
    };
    let mut names = HashSet::new();
    for operation in operations {
        match operation {
            Value::Text(name) if names.insert(name.as_str()) => {}
            _ => return Err(Error::InvalidKeyOperations),
        }
    }
    let for_signatures = names.remove("sign") | names.remove("verify");
    // Other operations contradict `use`.
    if for_signatures && (names.is_empty() || key.get("use").is_none()) {
        Ok(())
    } else {
        Err(Error::KeyNotForSignatures)
    }
}

/// The number of ways that the API has to read a text as keys.
pub const JWK_PARTS: usize = 9;

/// Reads a text as a key or as a set, in one of the ways that the API has. Panics if an answer
/// differs from the judge's.
pub fn check_jwk(text: &[u8], part: usize) {
    match part {
        0 => check_one::<AnyKey>(text, None),
        1 => check_one::<AnyKey>(text, Some(Algorithm::Hs384)),
        2 => check_one::<Key<Hs256>>(text, None),
        3 => check_one::<Key<Hs384>>(text, None),
        4 => check_one::<Key<Hs512>>(text, None),
        5 => check_many::<AnyKey>(text, None, None, false),
        6 => check_many::<AnyKey>(text, Some(ISSUER), Some(Algorithm::Hs256), true),
        7 => check_many::<Key<Hs256>>(text, Some(ISSUER), None, false),
        _ => check_many::<Key<Hs512>>(text, None, None, true),
    }
}

/// Reads a text as a key, which must verify a token that the judge's key has signed.
fn check_one<K: SetKey>(text: &[u8], default: Option<Algorithm>) {
    let allowed = Allowed::of::<K>(default);
    let expected = allowed.judge_text(text);
    let _paste = IfPanics(|| {
        let key = paste::key_type(&allowed.algorithms);
        let default = allowed.default_as_code();
        let (_, default) = default.split_at(if default.is_empty() { 0 } else { 2 });
        paste::test(&[
            paste::line(format!("let mut text = {}.to_vec();", paste::bytes(text))),
            paste::line(format!("let answer = <{key}>::from_jwk(&mut text, {default}).map(drop);")),
            paste::allowed(&expected, |_| "()".to_owned()),
            paste::compare(),
            paste::line("assert!(text.iter().all(|&byte| byte == 0));"),
        ])
    });
    let mut wiped = text.to_vec();
    let key = K::from_jwk(&mut wiped, default);
    assert!(wiped.iter().all(|&byte| byte == 0), "bytes of the key left in the text");
    agree(&key, &expected, || text.escape_ascii().to_string());
    if let (Ok(key), Ok(known)) = (key, &expected) {
        let token = sign(known, None, ISSUER);
        let verified = Rules::mild().with_policy(|policy| {
            let mut buffer = vec![0; token.len()];
            Verifier::new(key, policy).verify(&token, Time::Unknown, &mut buffer).map(drop)
        });
        assert_eq!(verified, Ok(Ok(())), "{known:?}");
    }
}

/// Reads a text into a set that has a key already, and room for two more, or into an empty one.
fn check_many<K: SetKey>(
    text: &[u8],
    issuer: Option<&'static str>,
    default: Option<Algorithm>,
    is_empty: bool,
) {
    let mut keys = Set::<K>::new().allow_missing_key_id();
    let mut known = KnownKeys::no_keys::<K>();
    known.allow_missing_key_id = true;
    let there = KnownKey {
        key_id: Some("there".to_owned()),
        algorithm: known.algorithms[0],
        secret: vec![b'-'; 64],
        scope: Scope::default(),
    };
    if !is_empty {
        let change = Change::Add(there);
        assert_eq!(change.apply(&mut keys), known.judge_change(&change));
    }

    // The same text again gives no more keys. For another issuer, it gives the same keys once more.
    let allowed = Allowed::of::<K>(default);
    for issuer in [issuer, issuer, Some("jim")] {
        let before = known.clone();
        let judged = allowed.judge_set(text, issuer, &mut known);
        let mut wiped = text.to_vec();
        let read = K::read_jwks(&mut keys, &mut wiped, issuer, default);
        assert!(wiped.iter().all(|&byte| byte == 0), "bytes of the key left in the text");
        let _paste = IfPanics(|| allowed.as_test(text, issuer, &before, &judged));
        agree_on_set(read, &judged, text);
        check_names(&keys, &known);
    }
    for key in &known.keys {
        let issuer = key.scope.issuer.unwrap_or(ISSUER);
        let verify = |token: &[u8]| check_set(&keys, &known, &Rules::mild(), token, token.len());
        let verified = verify(&sign(key, key.key_id.as_deref(), issuer));
        assert!(verified.is_ok(), "{verified:?} {key:?}");
        let _ = verify(&sign(key, key.key_id.as_deref(), "another"));
        let _ = verify(&sign(key, Some("there"), issuer));
    }
}

/// Panics unless the answer is the judge's.
fn agree_on_set(read: Result<JwksReport, JwkError>, judged: &Result<Report, Refused>, text: &[u8]) {
    let words = || text.escape_ascii().to_string();
    let expected = judged.as_ref().map_err(|refused| refused.refusal.clone());
    agree(&read.map_err(JwkError::error), &expected, words);
    match (read, judged) {
        (Ok(read), Ok(judged)) => {
            let first = read.first_passed_over();
            let read = Report {
                added: read.added(),
                repeated: read.repeated(),
                passed_over: read.passed_over(),
                first: first.map(|first| (first.error(), first.index())),
            };
            assert_eq!(read, *judged, "{}", words());
        }
        (Err(error), Err(judged)) => {
            let answer = (error.passed_over(), error.index());
            assert_eq!(answer, (judged.passed_over, judged.index), "{}", words());
        }
        _ => unreachable!("they agree"),
    }
}

/// Signs a token with a key.
fn sign(key: &KnownKey, key_id: Option<&str>, issuer: &str) -> Vec<u8> {
    let key_id = key_id.map(quoted);
    let key_id = key_id.map_or(String::new(), |key_id| format!(r#","kid":{key_id}"#));
    let header = format!(r#"{{"alg":"{}"{key_id}}}"#, key.algorithm.name());
    let claims = format!(r#"{{"iss":"{issuer}"}}"#);
    key.algorithm.sign_with(&key.secret, header.as_bytes(), claims.as_bytes())
}
