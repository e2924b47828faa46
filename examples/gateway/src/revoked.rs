//! What is taken back before it expires: a file of names, read like the keys.
//!
//! ```json
//! {
//!     "jti": [{ "id": "f81d4fae-7dec", "exp": 1900000000 }],
//!     "sub": [{ "name": "erika", "issued_before": 1800000000 }],
//!     "issued_before": 0
//! }
//! ```
//!
//! All three must be there, so that a file that was emptied by mistake takes nothing back.

use std::path::Path;

use embedded_jwt::{Error, Revocations};
use serde::Deserialize;

use crate::watched::Watched;

/// The most names. Each token is compared with each: for more, implement `Check` for a set.
const MOST: usize = 1_024;

/// The names and times of the file.
pub type Revoked = Revocations<MOST>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    jti: Vec<Token>,
    sub: Vec<Subject>,
    issued_before: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    id: String,
    exp: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Subject {
    name: String,
    issued_before: u64,
}

/// Reads the file, and watches it.
///
/// # Errors
/// Says what is wrong with which file.
pub fn open(path: &Path) -> Result<Watched<Revoked>, String> {
    Watched::open(path, |text, _old| read(text))
}

fn read(text: &[u8]) -> Result<Revoked, String> {
    let list: List = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    fill(&list).map_err(|error| format!("{error}: {MOST} names are the most"))
}

fn fill(list: &List) -> Result<Revoked, Error> {
    let mut revoked = Revoked::new();
    for Token { id, exp } in &list.jti {
        revoked.revoke_jwt_id(id, *exp)?;
    }
    for Subject { name, issued_before } in &list.sub {
        revoked.revoke_subject(name, *issued_before)?;
    }
    revoked.revoke_issued_before(list.issued_before);
    Ok(revoked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_list_is_read() {
        let names = |count: usize| {
            let names: Vec<_> = (0..count).map(|n| format!(r#"{{"id":"{n}","exp":1}}"#)).collect();
            format!(r#"{{"jti":[{}],"sub":[],"issued_before":0}}"#, names.join(","))
        };
        for (name, text, expected) in [
            ("nothing revoked", r#"{"jti":[],"sub":[],"issued_before":0}"#.to_owned(), Some(0)),
            (
                "a subject",
                r#"{"jti":[],"sub":[{"name":"a","issued_before":9}],"issued_before":0}"#.to_owned(),
                Some(1),
            ),
            ("as many as there is room for", names(MOST), Some(MOST)),
            ("one more", names(MOST + 1), None),
            ("empty object", "{}".to_owned(), None),
            ("empty file", String::new(), None),
            ("half written", names(2)[..40].to_owned(), None),
            ("misspelled", r#"{"jti":[],"subs":[],"issued_before":0}"#.to_owned(), None),
            (
                "subject without time",
                r#"{"jti":[],"sub":[{"name":"a"}],"issued_before":0}"#.to_owned(),
                None,
            ),
        ] {
            assert_eq!(read(text.as_bytes()).ok().map(|read| read.len()), expected, "{name}");
        }
    }
}
