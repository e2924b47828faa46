//! The keys that tokens are verified with: a JWK Set in a file.

use std::path::Path;
use std::time::{Duration, Instant};

use embedded_jwt::{AnyKey, KeySet};

use crate::watched::Watched;

/// The most keys that are in use at once. Two are enough to rotate.
const MOST: usize = 16;

/// What a verifier takes.
pub type Set = KeySet<'static, AnyKey, MOST>;

/// The keys of one JWK Set.
pub struct Keys {
    set: Set,
    /// Since when there has been a key of this name.
    since: Vec<(String, Instant)>,
}

impl Keys {
    /// Reads a JWK Set, and watches its file. Its keys verify the tokens of this issuer alone.
    ///
    /// # Errors
    /// Says what is wrong with which file.
    pub fn open(path: &Path, issuer: &'static str) -> Result<Watched<Self>, String> {
        Watched::open(path, move |text, old| Self::read(text, issuer, old))
    }

    fn read(text: &mut [u8], issuer: &'static str, old: Option<&Self>) -> Result<Self, String> {
        let mut set = Set::new();
        let report = set.read_jwks(text, Some(issuer), None).map_err(|error| error.to_string())?;
        if let Some(first) = report.first_passed_over() {
            let count = report.passed_over();
            tracing::warn!(count, %first, "keys of the JWK Set were passed over");
        }
        let now = Instant::now();
        let since = set.key_ids().map(|key_id| {
            let name = key_id.unwrap_or_default();
            let known = old.and_then(|old| old.since.iter().find(|(known, _)| known == name));
            (name.to_owned(), known.map_or(now, |(_, since)| *since))
        });
        let since = since.collect();
        Ok(Self { set, since })
    }

    /// The set, to verify with.
    pub fn set(&self) -> &Set {
        &self.set
    }

    /// Each key's name, and for how long there has been one of this name.
    pub fn ages(&self) -> impl Iterator<Item = (&str, Duration)> {
        self.since.iter().map(|(name, since)| (name.as_str(), since.elapsed()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two secrets of 32 bytes, and one that is too short.
    const GOOD: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const OTHER: &str = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA";
    const SHORT: &str = "AAAA";

    fn key(key_id: &str, secret: &str) -> String {
        format!(r#"{{"kty":"oct","alg":"HS256","kid":"{key_id}","k":"{secret}"}}"#)
    }

    fn set(keys: &[String]) -> String {
        format!(r#"{{"keys":[{}]}}"#, keys.join(","))
    }

    #[test]
    fn a_good_set_replaces_the_old_one_and_a_bad_one_does_not() {
        let folder = crate::scratch("keys");
        let path = folder.join("keys.json");
        let old = set(&[key("october", GOOD)]);
        let new = set(&[key("october", GOOD), key("november", GOOD)]);
        let too_many: Vec<_> = (0..=MOST).map(|n| key(&n.to_string(), GOOD)).collect();
        std::fs::write(&path, &old).unwrap();
        let keys = Keys::open(&path, "https://id.example").unwrap();
        let both = &["october", "november"][..];
        for (name, text, expected) in [
            ("second key", new.clone(), both),
            ("half written", new[..new.len() / 2].to_owned(), both),
            ("empty", String::new(), both),
            ("no JSON", "keys".to_owned(), both),
            ("no keys", set(&[]), both),
            ("short key alone", set(&[key("december", SHORT)]), both),
            ("same name, other secret", set(&[key("1", GOOD), key("1", OTHER)]), both),
            ("too many keys", set(&too_many), both),
            ("one key passed over", set(&[key("x", SHORT), key("november", GOOD)]), &["november"]),
            ("as at first", old, &["october"]),
        ] {
            std::fs::write(&path, text).unwrap();
            keys.refresh();
            let names = |keys: &Keys| keys.ages().map(|(name, _)| name.to_owned()).collect();
            let names: Vec<String> = keys.with(names);
            assert_eq!(names, expected, "{name}");
            assert_eq!(keys.with(|keys| keys.set().len()), expected.len(), "{name}");
        }
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_key_that_stays_keeps_its_age() {
        let read = |text: &str, old: Option<&Keys>| {
            Keys::read(&mut text.to_owned().into_bytes(), "i", old)
        };
        let old = read(&set(&[key("october", GOOD)]), None).unwrap();
        std::thread::sleep(Duration::from_millis(2));
        let new = read(&set(&[key("october", GOOD), key("november", GOOD)]), Some(&old)).unwrap();
        assert_eq!(new.since[0], old.since[0]);
        assert!(new.since[1].1 > old.since[0].1);
    }
}
