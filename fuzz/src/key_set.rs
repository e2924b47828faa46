//! Key sets made by random changes, and tokens that one of their keys may have signed.

use arbitrary::{Arbitrary, Unstructured};
use embedded_jwt::{AnyKey, Error, Hs256, Hs384, Hs512, Key};

use crate::check::check_set;
use crate::generate::token;
use crate::judge::{KnownKey, KnownKeys, Scope, Verified};
use crate::keys::{Change, Name, Set, SetKey, check_names, key, seconds};
use crate::paste::{self, IfPanics};
use crate::random::rarely;
use crate::rules::{NAMES, Rules};
use crate::sign::Algorithm;

/// A key set, the changes that made it, and a token that one of its keys may have signed.
#[derive(Debug)]
pub struct MadeSet {
    /// The algorithm of all keys, if it is known at compile time.
    pub algorithm: Option<Algorithm>,
    pub changes: Vec<Change>,
    pub allow_missing_key_id: bool,
    pub rules: Rules,
    pub token: Vec<u8>,
    pub room: usize,
}

impl<'a> Arbitrary<'a> for MadeSet {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let algorithm = if rarely(u)? { Some(u.arbitrary()?) } else { None };
        let mut known = KnownKeys::no_keys::<AnyKey>();
        let mut changes = Vec::new();
        for index in 0..u.int_in_range(1..=6)? {
            // Some keys have the secret of another.
            let secret = u.int_in_range(0..=index)?;
            let change = change(u, algorithm, secret)?;
            let _ = known.judge_change(&change);
            changes.push(change);
        }
        let other = key(u, algorithm, u8::MAX)?;
        if known.keys.is_empty() || rarely(u)? {
            known.keys = vec![other];
        }
        let key = u.choose(&known.keys)?;
        let allow_missing_key_id: bool = u.arbitrary()?;
        let is_named = !allow_missing_key_id || u.arbitrary()?;

        let rules: Rules = u.arbitrary()?;
        let from = if rarely(u)? { u.choose(&known.keys)? } else { key };
        let issuer = rules.issuer.clone().or(from.scope.issuer.map(str::to_owned));
        let key_id = match &key.key_id {
            Some(key_id) => Some(key_id.as_str()).filter(|_| is_named),
            // If it is the only one, it may go by any name.
            None => {
                if u.arbitrary()? {
                    Some(*u.choose(&NAMES)?)
                } else {
                    None
                }
            }
        };
        let expected = Rules { issuer, ..rules.clone() };
        let token = token(u, &expected, key_id, key.algorithm, &key.secret)?;
        let room = if rarely(u)? { u.int_in_range(0..=token.len())? } else { token.len() };
        Ok(Self { algorithm, changes, allow_missing_key_id, rules, token, room })
    }
}

impl MadeSet {
    /// Makes the set and verifies the token. Panics if an answer differs from the judge's.
    pub fn check(&self) -> Result<Verified, Error> {
        match self.algorithm {
            None => self.check_with::<AnyKey>(),
            Some(Algorithm::Hs256) => self.check_with::<Key<Hs256>>(),
            Some(Algorithm::Hs384) => self.check_with::<Key<Hs384>>(),
            Some(Algorithm::Hs512) => self.check_with::<Key<Hs512>>(),
        }
    }

    fn check_with<K: SetKey>(&self) -> Result<Verified, Error> {
        let mut keys = Set::<K>::new();
        let mut known = KnownKeys::no_keys::<K>();
        if self.allow_missing_key_id {
            keys = keys.allow_missing_key_id();
            known.allow_missing_key_id = true;
        }
        {
            let _paste = IfPanics(|| self.as_test::<K>());
            for change in &self.changes {
                assert_eq!(change.apply(&mut keys), known.judge_change(change), "{self:?}");
                check_names(&keys, &known);
            }
        }
        check_set(&keys, &known, &self.rules, &self.token, self.room)
    }
}

impl MadeSet {
    /// A test of the changes.
    fn as_test<K: SetKey>(&self) -> String {
        let mut known = KnownKeys::no_keys::<K>();
        let algorithms = known.algorithms.clone();
        let mut lines = vec![paste::empty_set(&algorithms, self.allow_missing_key_id)];
        for change in &self.changes {
            let expected = paste::outcome(&known.judge_change(change), ());
            let code = match change {
                Change::Add(key) => paste::add(&algorithms, key),
                Change::Replace(name, key) => {
                    let entry = paste::entry(&algorithms, key);
                    format!("keys.replace({}, {entry})", paste::name(*name))
                }
                Change::Remove(name) => format!("keys.remove({})", paste::name(*name)),
                Change::Start(name, first) => {
                    format!("keys.start({}, {first})", paste::name(*name))
                }
                Change::Retire(name, last) => {
                    format!("keys.retire({}, {last})", paste::name(*name))
                }
            };
            // A key without a name is read from a JSON text, whose errors are of another type.
            let code = match change {
                Change::Add(KnownKey { key_id: None, .. }) => code + ".map_err(JwkError::error)",
                _ => code,
            };
            lines.push(paste::line(format!("assert_eq!({code}, {expected});")));
            let names: Vec<_> = known.key_ids().collect();
            lines.push(paste::line(match &names[..] {
                [] => "assert!(keys.is_empty());".to_owned(),
                names => format!("assert!(keys.key_ids().eq({names:?}));"),
            }));
        }
        paste::test(&lines)
    }
}

/// Makes up a change: a new key, most of the time.
fn change(
    u: &mut Unstructured<'_>,
    algorithm: Option<Algorithm>,
    secret: u8,
) -> arbitrary::Result<Change> {
    Ok(match u.int_in_range(0..=9)? {
        9 => Change::Replace(name(u)?, key(u, algorithm, secret)?),
        8 => Change::Remove(name(u)?),
        7 => Change::Start(name(u)?, seconds(u, 1700)?),
        6 => Change::Retire(name(u)?, seconds(u, 2300)?),
        5 => {
            let key = key(u, algorithm, secret)?;
            let scope = Scope { issuer: key.scope.issuer, ..Scope::default() };
            Change::Add(KnownKey { key_id: None, scope, ..key })
        }
        _ => Change::Add(key(u, algorithm, secret)?),
    })
}

/// Makes up what names keys: a `kid` alone, most of the time.
fn name(u: &mut Unstructured<'_>) -> arbitrary::Result<Name> {
    let key_id = u.choose(&NAMES)?;
    let algorithm = if u.int_in_range(0..=3)? == 3 { Some(u.arbitrary()?) } else { None };
    let issuer = match u.int_in_range(0..=7)? {
        6 => Some(None),
        7 => Some(Some(*u.choose(&NAMES)?)),
        _ => None,
    };
    Ok(Name { key_id, algorithm, issuer })
}
