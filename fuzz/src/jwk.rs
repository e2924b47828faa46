//! The judge for JSON Web Keys and JWK Sets (RFC 7517, RFC 7518 section 6.4), and a comparison of
//! the crate with it.

use std::collections::HashSet;

use embedded_jwt::{AnyKey, Error, Hs256, Hs384, Hs512, JwkError, Key, MAX_DEPTH, Time, Verifier};

use crate::check::check_set;
use crate::json::{Object, Value, quoted, read_object};
use crate::judge::{KnownKey, KnownKeys, Scope, text_or_absent};
use crate::keys::{Change, KEY_ID, Set, SetKey, check_names};
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

impl Allowed {
    fn of<K: SetKey>(default: Option<Algorithm>) -> Self {
        let algorithms = K::algorithms();
        let default = if let [only] = algorithms[..] { Some(only) } else { default };
        Self { algorithms, default }
    }

    /// Judges `from_jwk`.
    fn judge_text(&self, text: &[u8]) -> Result<KnownKey, Refusal> {
        check_length(text)?;
        self.judge(&read_object(text, MAX_DEPTH, &NAMES, Error::DuplicateJwkMember)?, usize::MAX)
    }

    /// Judges a key. Its name may have up to `longest` bytes.
    fn judge(&self, key: &Object, longest: usize) -> Result<KnownKey, Refusal> {
        if NAMES.iter().any(|name| key.has_twice(name)) {
            return Err(Error::DuplicateJwkMember.into());
        }
        match key.get("kty") {
            Some(Value::Text(kind)) if kind == "oct" => {}
            Some(Value::Text(_)) => return Err(Error::UnsupportedKeyType.into()),
            Some(_) => return Err(Error::InvalidKeyType.into()),
            None => return Err(Error::MissingKeyType.into()),
        }
        text_or_absent(key, "kid", Error::InvalidKeyId)?;
        check_use(key)?;
        let algorithm = match key.get("alg") {
            Some(Value::Text(name)) => Algorithm::named(name).ok_or(Error::UnsupportedAlgorithm)?,
            Some(_) => return Err(Error::InvalidAlgorithm.into()),
            None => self.default.ok_or(Error::MissingAlgorithm)?,
        };
        let key_id = key.text("kid").map(str::to_owned);
        if key_id.as_ref().is_some_and(|key_id| key_id.len() > longest) {
            return Err(Error::KeyIdTooLong.into());
        }
        let secret = match key.get("k") {
            Some(Value::Text(symbols)) => {
                decode(symbols.as_bytes()).ok_or(Error::KeyNotBase64Url)?
            }
            Some(_) => return Err(Error::InvalidKeyValue.into()),
            None => return Err(Error::MissingKeyValue.into()),
        };
        if !self.algorithms.contains(&algorithm) {
            return Err(Error::AlgorithmMismatch.into());
        }
        if secret.len() < algorithm.length() {
            return Err(Error::KeyTooShort { needed: algorithm.length() as u8 }.into());
        }
        Ok(KnownKey { key_id, algorithm, secret, scope: Scope::default() })
    }

    /// Judges `read_jwks`, and adds the keys to `known`. Some may have been added if a later one is
    /// refused; its index is returned too.
    fn judge_set(
        &self,
        text: &[u8],
        issuer: Option<&'static str>,
        known: &mut KnownKeys,
    ) -> Result<(), (Refusal, Option<u16>)> {
        let whole = |error: Error| (error.into(), None);
        check_length(text).map_err(whole)?;
        let set = read_object(text, MAX_DEPTH, &["keys"], Error::DuplicateJwkMember);
        let set = set.map_err(|refusal| (refusal, None))?;
        let mut add = |key: &Object| {
            let mut key = self.judge(key, KEY_ID)?;
            known.judge_new(key.key_id.as_deref())?;
            key.scope.issuer = issuer;
            known.keys.push(key);
            Ok(())
        };
        let keys = match set.get("keys") {
            None => return add(&set).map_err(|refusal| (refusal, None)),
            Some(Value::Array(keys)) => keys,
            Some(_) => return Err(whole(Error::InvalidKeys)),
        };
        for (index, key) in keys.iter().enumerate() {
            let added = match key {
                Value::Object(key) => add(key),
                _ => Err(Error::InvalidJson.into()),
            };
            match added {
                // A key of another type is ignored (RFC 7517 section 5).
                Err(refusal) if refusal == Error::UnsupportedKeyType.into() => {}
                added => added.map_err(|refusal| (refusal, Some(index as u16)))?,
            }
        }
        Ok(())
    }
}

fn check_length(text: &[u8]) -> Result<(), Error> {
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

/// Reads a text as a key and as a set, in every way that the API has. Panics if an answer differs
/// from the judge's.
pub fn check_jwk(text: &[u8]) {
    check_one::<AnyKey>(text, None);
    check_one::<AnyKey>(text, Some(Algorithm::Hs384));
    check_one::<Key<Hs256>>(text, None);
    check_one::<Key<Hs384>>(text, None);
    check_one::<Key<Hs512>>(text, None);
    check_many::<AnyKey>(text, None, None);
    check_many::<AnyKey>(text, Some(ISSUER), Some(Algorithm::Hs256));
    check_many::<Key<Hs256>>(text, Some(ISSUER), None);
    check_many::<Key<Hs512>>(text, None, None);
}

/// Reads a text as a key, which must verify a token that the judge's key has signed.
fn check_one<K: SetKey>(text: &[u8], default: Option<Algorithm>) {
    let expected = Allowed::of::<K>(default).judge_text(text);
    let mut wiped = text.to_vec();
    let key = K::from_jwk(&mut wiped, default);
    assert!(wiped.iter().all(|&byte| byte == 0), "bytes of the key left in the text");
    agree(&key, &expected, || text.escape_ascii().to_string());
    if let (Ok(key), Ok(known)) = (key, expected) {
        let token = sign(&known, ISSUER);
        let verified = Rules::mild().with_policy(|policy| {
            let mut buffer = vec![0; token.len()];
            Verifier::new(key, policy).verify(&token, Time::Unknown, &mut buffer).map(drop)
        });
        assert_eq!(verified, Ok(Ok(())), "{known:?}");
    }
}

/// Reads a text into a set that has a key already, and room for two more.
fn check_many<K: SetKey>(text: &[u8], issuer: Option<&'static str>, default: Option<Algorithm>) {
    let mut keys = Set::<K>::new().allow_missing_key_id();
    let mut known = KnownKeys::no_keys::<K>();
    known.allow_missing_key_id = true;
    let there = KnownKey {
        key_id: Some("there".to_owned()),
        algorithm: known.algorithms[0],
        secret: vec![b'-'; 64],
        scope: Scope::default(),
    };
    let change = Change::Add(there);
    assert_eq!(change.apply(&mut keys), known.judge_change(&change));

    let mut with_new = known.clone();
    let expected = Allowed::of::<K>(default).judge_set(text, issuer, &mut with_new);
    let mut wiped = text.to_vec();
    let read = K::read_jwks(&mut keys, &mut wiped, issuer, default);
    assert!(wiped.iter().all(|&byte| byte == 0), "bytes of the key left in the text");
    let index = read.err().and_then(JwkError::index);
    assert_eq!(index, expected.as_ref().err().and_then(|(_, index)| *index));
    let expected = expected.map_err(|(refusal, _)| refusal);
    agree(&read.map_err(JwkError::error), &expected, || text.escape_ascii().to_string());
    if let Ok(count) = read {
        assert_eq!(count, with_new.keys.len() - known.keys.len());
        known = with_new;
    }
    check_names(&keys, &known);
    for key in &known.keys {
        let token = sign(key, ISSUER);
        let verified = check_set(&keys, &known, &Rules::mild(), &token, token.len());
        assert!(verified.is_ok(), "{verified:?} {key:?}");
    }
    if let Some(key) = known.keys.last() {
        let token = sign(key, "another");
        let _ = check_set(&keys, &known, &Rules::mild(), &token, token.len());
    }
}

/// Signs a token with a key. The header names the key if it has a name.
fn sign(key: &KnownKey, issuer: &str) -> Vec<u8> {
    let key_id = key.key_id.as_deref().map(quoted);
    let key_id = key_id.map_or(String::new(), |key_id| format!(r#","kid":{key_id}"#));
    let header = format!(r#"{{"alg":"{}"{key_id}}}"#, key.algorithm.name());
    let claims = format!(r#"{{"iss":"{issuer}"}}"#);
    key.algorithm.sign_with(&key.secret, header.as_bytes(), claims.as_bytes())
}
