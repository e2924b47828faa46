//! Prints a test for what was found, which can be pasted into a file in the crate's folder `tests`.

use std::cell::RefCell;
use std::fmt::Debug;
use std::thread;

use embedded_jwt::{Error, Time};

use crate::json::Object;
use crate::judge::{KnownKey, KnownKeys};
use crate::keys::{KEY_ID, KEYS, Name};
use crate::refusal::Refusal;
use crate::rules::Rules;
use crate::sign::{Algorithm, encode};

thread_local! {
    /// The tests of all work so far, if they are collected.
    static COLLECTED: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Prints a test if the work that follows panics, which is made by this function only then.
#[must_use]
pub struct IfPanics<F: Fn() -> String>(pub F);

impl<F: Fn() -> String> Drop for IfPanics<F> {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("\nA test to paste:\n\n{}", self.0());
        }
        COLLECTED.with_borrow_mut(|collected| {
            if let Some(tests) = collected {
                tests.push(self.0());
            }
        });
    }
}

/// Returns the tests of all work, which doesn't panic.
pub fn collect(work: impl FnOnce()) -> Vec<String> {
    COLLECTED.set(Some(Vec::new()));
    work();
    COLLECTED.take().unwrap_or_default()
}

/// A test with these lines.
pub fn test(lines: &[String]) -> String {
    let lines = lines.concat();
    format!("#[test]\nfn found_by_fuzzing() {{\n    use embedded_jwt::*;\n\n{lines}}}\n")
}

/// A line of code, or several.
pub fn line(code: impl AsRef<str>) -> String {
    let code = code.as_ref().lines();
    code.map(|line| if line.is_empty() { "\n".into() } else { format!("    {line}\n") }).collect()
}

/// A literal for these bytes.
pub fn bytes(bytes: &[u8]) -> String {
    match bytes {
        [first, rest @ ..] if rest.len() > 30 && rest.iter().all(|byte| byte == first) => {
            format!("&[{first}; {}]", bytes.len())
        }
        _ => format!("b\"{}\"", bytes.escape_ascii()),
    }
}

/// A literal for this text.
pub fn text(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) if text.len() > 30 && characters.all(|character| character == first) => {
            format!("\"{}\".repeat({})", first.escape_debug(), text.chars().count())
        }
        _ => format!("{text:?}"),
    }
}

/// Declares the policy, which must not contradict itself.
pub fn policy(rules: &Rules) -> String {
    let Rules { issuer, issuers, subject, audience, audiences, typ, required, .. } = rules;
    let mut code = "let policy = Policy::builder()\n".to_owned();
    let mut call = |name: &str, argument: String| code += &format!("    .{name}({argument})\n");
    for (name, text) in
        [("issuer", issuer), ("subject", subject), ("audience", audience), ("typ", typ)]
    {
        if let Some(text) = text {
            call(name, format!("{text:?}"));
        }
    }
    for (name, list) in [("issuers", issuers), ("audiences", audiences)] {
        if let Some(list) = list {
            call(name, format!("&{list:?}"));
        }
    }
    if !required.is_empty() {
        call("required_claims", format!("&{required:?}"));
    }
    call("leeway", rules.leeway.to_string());
    call("maximum_depth", rules.depth.to_string());
    for (name, seconds) in [
        ("maximum_age", rules.maximum_age),
        ("maximum_lifetime", rules.maximum_lifetime),
        ("maximum_remaining_lifetime", rules.maximum_remaining_lifetime),
    ] {
        if let Some(seconds) = seconds {
            call(name, seconds.to_string());
        }
    }
    for (name, is_set) in [
        ("allow_missing_expiration", rules.allow_missing_expiration),
        ("allow_missing_jwt_id", rules.allow_missing_jwt_id),
        ("allow_any_audience", rules.allow_any_audience),
        ("refuse_issued_in_future", rules.refuse_issued_in_future),
        ("allow_mistyped_registered_claims", rules.allow_mistyped),
        ("allow_uncertain_time", rules.allow_uncertain_time),
    ] {
        if is_set {
            call(name, String::new());
        }
    }
    line(code + "    .build();\nlet policy = policy.unwrap();")
}

/// The time, as code.
pub fn time(time: Time) -> String {
    format!("Time::{time:?}")
}

/// The type of keys that can have these algorithms.
pub fn key_type(algorithms: &[Algorithm]) -> String {
    match algorithms {
        [one] => format!("Key<{one:?}>"),
        _ => "AnyKey".to_owned(),
    }
}

/// A key, as code.
pub fn key(algorithms: &[Algorithm], key: &KnownKey) -> String {
    let KnownKey { algorithm, secret, .. } = key;
    let secret = bytes(secret);
    match algorithms {
        [_] => format!("Key::<{algorithm:?}>::new({secret}).unwrap()"),
        _ => format!("AnyKey::new(AnyAlgorithm::{algorithm:?}, {secret}).unwrap()"),
    }
}

/// An entry of a key set, as code.
pub fn entry(algorithms: &[Algorithm], known: &KnownKey) -> String {
    let mut code = format!("KeyEntry::new({})", key(algorithms, known));
    if let Some(issuer) = known.scope.issuer {
        code += &format!(".issuer({issuer:?})");
    }
    if let Some(first) = known.scope.not_before {
        code += &format!(".not_before({first})");
    }
    if let Some(last) = known.scope.retired_after {
        code += &format!(".retired_after({last})");
    }
    code
}

/// Adds a key to a set, as code: with its name, or as a JSON Web Key without one.
pub fn add(algorithms: &[Algorithm], known: &KnownKey) -> String {
    if let Some(key_id) = &known.key_id {
        return format!("keys.add({key_id:?}, {})", entry(algorithms, known));
    }
    let (alg, k) = (known.algorithm.name(), encode(&known.secret));
    let jwk = format!(r#"{{"kty":"oct","alg":"{alg}","k":"{k}"}}"#);
    let default = if algorithms.len() == 1 { "" } else { ", None" };
    let issuer = known.scope.issuer;
    format!("keys.read_jwks(&mut {jwk:?}.to_owned().into_bytes(), {issuer:?}{default}).map(drop)")
}

/// What names keys, as code.
pub fn name(name: Name) -> String {
    let mut code = format!("KeyName::from({:?})", name.key_id);
    if let Some(algorithm) = name.algorithm {
        code += &format!(".algorithm(AnyAlgorithm::{algorithm:?})");
    }
    match name.issuer {
        None => {}
        Some(None) => code += ".without_issuer()",
        Some(Some(issuer)) => code += &format!(".issuer({issuer:?})"),
    }
    code
}

/// Declares an empty set.
pub fn empty_set(algorithms: &[Algorithm], allow_missing_key_id: bool) -> String {
    let allow = if allow_missing_key_id { ".allow_missing_key_id()" } else { "" };
    let key = key_type(algorithms);
    line(format!("let mut keys = KeySet::<{key}, {KEYS}, {KEY_ID}>::new(){allow};"))
}

/// Declares the key, or the set of keys.
pub fn keys(known: &KnownKeys) -> String {
    let KnownKeys { keys, algorithms, is_set, allow_missing_key_id } = known;
    if !is_set {
        return line(format!("let keys = {};", key(algorithms, &keys[0])));
    }
    let mut code = empty_set(algorithms, *allow_missing_key_id);
    for known in keys {
        code += &line(format!("{}.unwrap();", add(algorithms, known)));
    }
    if keys.is_empty() { code.replace("let mut keys", "let keys") } else { code }
}

/// Declares what may be answered: texts, or an error. There may be several errors if a JSON text
/// has several faults.
pub fn allowed<T>(expected: &Result<T, Refusal>, accepted: impl Fn(&T) -> String) -> String {
    let allowed = match expected {
        Ok(expected) => format!("Ok({})", accepted(expected)),
        Err(Refusal(errors)) => errors
            .iter()
            .map(|error| format!("Err(Error::{error:?})"))
            .collect::<Vec<_>>()
            .join(", "),
    };
    line(format!("let allowed = [{allowed}];"))
}

/// Two texts, as code.
pub fn texts(header: &Object, claims: &Object) -> String {
    format!("[{:?}.to_owned(), {:?}.to_owned()]", header.to_string(), claims.to_string())
}

/// The comparison of the answer with what is allowed.
pub fn compare() -> String {
    line("assert!(allowed.contains(&answer), \"{answer:?}\");")
}

/// An outcome without a value, as code.
pub fn outcome<T>(outcome: &Result<T, Error>, value: impl Debug) -> String {
    match outcome {
        Ok(_) => format!("Ok({value:?})"),
        Err(error) => format!("Err(Error::{error:?})"),
    }
}
