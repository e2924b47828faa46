//! Reads secrets from JSON Web Keys (`oct`) and JWK Sets (RFC 7517, RFC 7518 section 6.4).

use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use zeroize::Zeroize;

use super::Keys;
use super::any::AnyKey;
use super::entry::KeyEntry;
use super::hmac::Key;
use super::mac::{Algorithm, AnyAlgorithm};
use super::set::KeySet;
use crate::Error;
use crate::json::{
    JsonString, MAX_DEPTH, Names, Object, Slot, Spans, elements, normalize, value_end,
};

/// The members of a JSON Web Key that the rules need.
const NAMES: Names = Names::new(&["alg", "k", "key_ops", "kid", "kty", "use"]);

const ALGORITHM: Slot = NAMES.slot("alg");
const KEY_ID_SLOT: Slot = NAMES.slot("kid");
const KEY_OPERATIONS: Slot = NAMES.slot("key_ops");
const KEY_TYPE: Slot = NAMES.slot("kty");
const KEY_VALUE: Slot = NAMES.slot("k");
const USE: Slot = NAMES.slot("use");

/// The only member of a JWK Set that the rules need.
const SET_NAMES: Names = Names::new(&["keys"]);

const KEYS: Slot = SET_NAMES.slot("keys");

const MAX_LENGTH: usize = 65_535;

/// The most operations in `key_ops`. RFC 7517 section 4.3 defines eight.
const MAX_OPERATIONS: usize = 32;

/// Why a JSON Web Key or a JWK Set was refused, and which key broke the rule. Size: 12 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct JwkError {
    error: Error,
    /// Why the first key was passed over, if the set has no usable key.
    passed_over: Option<Error>,
    index: Option<u16>,
}

impl JwkError {
    /// The broken rule.
    #[must_use]
    pub const fn error(self) -> Error {
        self.error
    }

    /// If no key is usable ([`Error::NoUsableKey`]), why the first one was passed over. `None` if
    /// there is no key at all.
    #[must_use]
    pub const fn passed_over(self) -> Option<Error> {
        self.passed_over
    }

    /// The index in `keys` of the key that breaks the rule, or of the first that was passed over,
    /// from 0. `None` if the text as a whole breaks it, or a key outside a set.
    #[must_use]
    pub const fn index(self) -> Option<u16> {
        self.index
    }
}

impl From<Error> for JwkError {
    fn from(error: Error) -> Self {
        Self { error, passed_over: None, index: None }
    }
}

/// Shows the broken rule, and for a set without a usable key also why the first was passed over.
impl fmt::Display for JwkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.passed_over.is_some() {
            write!(f, "{}: ", self.error)?;
        }
        if let Some(index) = self.index {
            write!(f, "key at index {index}: ")?;
        }
        self.passed_over.unwrap_or(self.error).fmt(f)
    }
}

impl core::error::Error for JwkError {}

/// What became of the keys of a JWK Set: each was added, was in the key set already, or was passed
/// over. Size: 18 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct JwksReport {
    added: u16,
    repeated: u16,
    passed_over: u16,
    first_passed_over: Option<JwkError>,
}

impl JwksReport {
    /// The number of keys that were added to the key set.
    #[must_use]
    pub fn added(self) -> usize {
        self.added.into()
    }

    /// The number of usable keys that the key set had already, or that stood before in the text:
    /// of the same name, algorithm, issuer and secret.
    #[must_use]
    pub fn repeated(self) -> usize {
        self.repeated.into()
    }

    /// The number of keys that can't be used here.
    #[must_use]
    pub fn passed_over(self) -> usize {
        self.passed_over.into()
    }

    /// Why the first key was passed over, and its index.
    #[must_use]
    pub const fn first_passed_over(self) -> Option<JwkError> {
        self.first_passed_over
    }

    /// Counts a key: whether it was added, or why it was passed over.
    fn count(&mut self, read: Result<bool, Error>, index: Option<u16>) {
        match read {
            Ok(true) => self.added += 1,
            Ok(false) => self.repeated += 1,
            Err(error) => {
                self.passed_over += 1;
                let passed_over = JwkError { index, ..error.into() };
                self.first_passed_over.get_or_insert(passed_over);
            }
        }
    }

    /// Requires a key that was not passed over.
    fn check(self) -> Result<Self, JwkError> {
        if self.added > 0 || self.repeated > 0 {
            return Ok(self);
        }
        let first = self.first_passed_over;
        Err(JwkError {
            error: Error::NoUsableKey,
            passed_over: first.map(JwkError::error),
            index: first.and_then(JwkError::index),
        })
    }
}

impl<A: Algorithm> Key<A> {
    /// Reads a JSON Web Key, by the rules of [`KeySet::read_jwks`]. A key that can't be used is
    /// refused. Its `kid` is not kept.
    ///
    /// `text` is overwritten with zeros.
    ///
    /// # Errors
    /// The first broken rule.
    pub fn from_jwk(text: &mut [u8]) -> Result<Self, Error> {
        read_one(text, Some(A::VALUE), make_key)
    }
}

impl AnyKey {
    /// Reads a JSON Web Key, by the rules of [`KeySet::read_jwks`]. A key that can't be used is
    /// refused. Its `kid` is not kept.
    ///
    /// A key without `alg` gets `algorithm`, or is refused if that is `None`. `text` is overwritten
    /// with zeros.
    ///
    /// # Errors
    /// The first broken rule.
    pub fn from_jwk(text: &mut [u8], algorithm: Option<AnyAlgorithm>) -> Result<Self, Error> {
        read_one(text, algorithm, Self::new)
    }
}

impl<'i, A: Algorithm, const KEYS: usize, const KEY_ID: usize> KeySet<'i, Key<A>, KEYS, KEY_ID> {
    /// Adds the keys of a JWK Set that can be used here, and tells which those are (RFC 7517
    /// section 5). A single JSON Web Key (section 4) counts as a set of one.
    ///
    /// The text is strict JSON of up to 65,535 bytes. It is **overwritten with zeros**, whether it
    /// is accepted or not. `k` is decoded in constant time, in place, but the JSON parser, which
    /// looks each byte up in a table, reads it first.
    ///
    /// A key is passed over, and [reported](JwksReport), unless
    ///
    /// - `kty` is `oct`;
    /// - `alg` is `A`, or missing;
    /// - `use` is `sig`, or missing;
    /// - `key_ops` is missing, or has up to 32 different operations, among them `verify` or `sign`.
    ///   If the key has `use` as well, `key_ops` has nothing but these two;
    /// - `k` is canonical Base64URL of at least 32, 48 or 64 bytes for HS256, HS384 and HS512;
    /// - `kid` is a string of up to `KEY_ID` bytes, or missing. A key without `kid` is tried only
    ///   for tokens without `kid`, unless it is the only key
    ///   ([`allow_missing_key_id`](Self::allow_missing_key_id)). It can't be removed or replaced.
    ///
    /// The whole text is refused if one of these members appears twice in a key, if two usable keys
    /// differ only in `k`, or if there are more usable keys than room. Keys without `kid` may
    /// differ only in `k`. All this includes the keys that the set has already.
    ///
    /// A key that the set has already is one key, and keeps its times. That it has the same secret
    /// is found out in constant time.
    ///
    /// If `issuer` is given, all keys are bound to it, as by [`KeyEntry::issuer`].
    ///
    /// To replace all keys by a newer JWK Set, read it into a new `KeySet`, and then replace the
    /// old `KeySet`. If the new keys are refused, you still have the old ones.
    ///
    /// # Errors
    /// - [`Error::NoUsableKey`] if all keys are passed over, or there is none.
    /// - [`Error::DuplicateJwkMember`], [`Error::DuplicateKeyId`] and [`Error::KeySetFull`] as
    ///   above.
    /// - [`Error::InvalidKeys`] if `keys` is not an array, [`Error::JwkTooLong`], and the errors of
    ///   a text that is no strict JSON.
    ///
    /// No key of a refused text stays.
    pub fn read_jwks(
        &mut self,
        text: &mut [u8],
        issuer: Option<&'i str>,
    ) -> Result<JwksReport, JwkError> {
        read_into(self, text, issuer, Some(A::VALUE), make_key)
    }
}

impl<'i, const KEYS: usize, const KEY_ID: usize> KeySet<'i, AnyKey, KEYS, KEY_ID> {
    /// As `read_jwks` of a set of [`Key`]s, for keys of any algorithm: `alg` is HS256, HS384 or
    /// HS512. A key without `alg` gets `algorithm`, or is passed over if that is `None`.
    ///
    /// # Errors
    /// [`Error::NoUsableKey`], [`Error::DuplicateJwkMember`], [`Error::DuplicateKeyId`],
    /// [`Error::KeySetFull`], [`Error::InvalidKeys`], [`Error::JwkTooLong`], and the errors of a
    /// text that is no strict JSON. No key of a refused text stays.
    pub fn read_jwks(
        &mut self,
        text: &mut [u8],
        issuer: Option<&'i str>,
        algorithm: Option<AnyAlgorithm>,
    ) -> Result<JwksReport, JwkError> {
        read_into(self, text, issuer, algorithm, AnyKey::new)
    }
}

impl<'i, K: Keys<Key = K>, const KEYS: usize, const KEY_ID: usize> KeySet<'i, K, KEYS, KEY_ID> {
    /// As `read_jwks` of a set of [`Key`]s, for keys of a type of your own: `make` makes a key of
    /// its algorithm and of its secret's bytes. A key that it refuses is passed over, and reported.
    /// A key without `alg` gets `algorithm`, or is passed over if that is `None`.
    ///
    /// # Errors
    /// Those of `read_jwks` of a set of [`Key`]s. No key of a refused text stays.
    pub fn read_jwks_with(
        &mut self,
        text: &mut [u8],
        issuer: Option<&'i str>,
        algorithm: Option<AnyAlgorithm>,
        make: impl Fn(AnyAlgorithm, &[u8]) -> Result<K, Error>,
    ) -> Result<JwksReport, JwkError> {
        read_into(self, text, issuer, algorithm, make)
    }
}

fn make_key<A: Algorithm>(algorithm: AnyAlgorithm, secret: &[u8]) -> Result<Key<A>, Error> {
    if algorithm == A::VALUE { Key::new(secret) } else { Err(Error::AlgorithmMismatch) }
}

fn read_one<K>(
    text: &mut [u8],
    algorithm: Option<AnyAlgorithm>,
    make: impl Fn(AnyAlgorithm, &[u8]) -> Result<K, Error>,
) -> Result<K, Error> {
    let mut spans = Spans::default();
    let key = check_length(text)
        .and_then(|()| parse(text, &mut spans))
        .and_then(|text| make_usable(text, &spans, algorithm, make));
    text.zeroize();
    key
}

fn read_into<'i, K: Keys<Key = K>, const KEYS: usize, const KEY_ID: usize>(
    set: &mut KeySet<'i, K, KEYS, KEY_ID>,
    text: &mut [u8],
    issuer: Option<&'i str>,
    algorithm: Option<AnyAlgorithm>,
    make: impl Fn(AnyAlgorithm, &[u8]) -> Result<K, Error>,
) -> Result<JwksReport, JwkError> {
    let before = set.len();
    let read = for_each_key(text, |text| {
        let mut spans = Spans::default();
        let text = parse(text, &mut spans)?;
        let mut memory = [0; KEY_ID];
        let key_id = match (Object { text, spans: &spans }).named_string(KEY_ID_SLOT) {
            Some(name) => name.copy_to(&mut memory).map(Some).map_err(|_| Error::KeyIdTooLong),
            None => Ok(None),
        };
        let key = make_usable(text, &spans, algorithm, &make);
        match key.and_then(|key| Ok((key_id?, KeyEntry::new(key)))) {
            Ok((key_id, mut entry)) => {
                entry.limits.issuer = issuer;
                set.add_read(key_id, entry).map(Ok)
            }
            Err(error) => Ok(Err(error)),
        }
    });
    text.zeroize();
    if read.is_err() {
        set.truncate(before);
    }
    read
}

/// Calls `read` with each key of a set, or with the whole text if it is a single key. `read`
/// returns an error for the whole text, and within that why the key is passed over, or whether it
/// was added.
fn for_each_key(
    text: &mut [u8],
    mut read: impl FnMut(&mut [u8]) -> Result<Result<bool, Error>, Error>,
) -> Result<JwksReport, JwkError> {
    check_length(text)?;
    let mut spans = Spans::default();
    let twice = Error::DuplicateJwkMember;
    let length = normalize(text, MAX_DEPTH, &SET_NAMES, twice, &mut spans)?.len();
    let text = text.get_mut(..length).unwrap_or_default();
    let mut report = JwksReport::default();
    let mut rest = match KEYS.read(&spans) {
        (0, 0) => {
            report.count(read(text)?, None);
            return report.check();
        }
        (from, to) => match text.get_mut(usize::from(from)..usize::from(to)) {
            Some([b'[', keys @ .., b']']) => keys,
            _ => return Err(Error::InvalidKeys.into()),
        },
    };
    let mut index = 0;
    while !rest.is_empty() {
        let length = value_end(rest, 0);
        let Some((key, behind)) = core::mem::take(&mut rest).split_at_mut_checked(length) else {
            break;
        };
        let refused = |error: Error| JwkError { index: Some(index), ..error.into() };
        report.count(read(key).map_err(refused)?, Some(index));
        rest = behind.get_mut(1..).unwrap_or_default();
        index += 1;
    }
    report.check()
}

fn check_length(text: &[u8]) -> Result<(), Error> {
    if text.len() > MAX_LENGTH { Err(Error::JwkTooLong) } else { Ok(()) }
}

/// Parses a key, and notes where its members are. What it refuses is a fault of the whole text.
fn parse<'t>(text: &'t mut [u8], spans: &mut Spans) -> Result<&'t mut [u8], Error> {
    let length = normalize(text, MAX_DEPTH, &NAMES, Error::DuplicateJwkMember, spans)?.len();
    Ok(text.get_mut(..length).unwrap_or_default())
}

/// Checks every rule for a parsed key, and makes it. Decodes its secret in place.
fn make_usable<K>(
    text: &mut [u8],
    spans: &Spans,
    algorithm: Option<AnyAlgorithm>,
    make: impl Fn(AnyAlgorithm, &[u8]) -> Result<K, Error>,
) -> Result<K, Error> {
    let algorithm = check(&Object { text, spans }, algorithm)?;
    make(algorithm, secret(text, spans)?)
}

/// Checks every rule for a key, except those for its value. Returns its algorithm.
fn check(key: &Object<'_, '_>, algorithm: Option<AnyAlgorithm>) -> Result<AnyAlgorithm, Error> {
    key.named(KEY_TYPE).ok_or(Error::MissingKeyType)?;
    let key_type = key.named_string(KEY_TYPE).ok_or(Error::InvalidKeyType)?;
    if key_type != "oct" {
        return Err(Error::UnsupportedKeyType);
    }
    key.is_string_if_present(KEY_ID_SLOT, Error::InvalidKeyId)?;
    check_use(key)?;
    match key.named(ALGORITHM) {
        None => algorithm.ok_or(Error::MissingAlgorithm),
        Some(name) => {
            AnyAlgorithm::from_json(JsonString::parse(name).ok_or(Error::InvalidAlgorithm)?)
        }
    }
}

/// Refuses a key that says it is not for signatures (RFC 7517 sections 4.2 and 4.3).
fn check_use(key: &Object<'_, '_>) -> Result<(), Error> {
    key.is_string_if_present(USE, Error::InvalidKeyUse)?;
    let named_use = key.named_string(USE);
    if named_use.is_some_and(|named| named != "sig") {
        return Err(Error::KeyNotForSignatures);
    }
    let Some(operations) = key.named(KEY_OPERATIONS) else { return Ok(()) };
    if !operations.starts_with(b"[") || elements(operations).count() > MAX_OPERATIONS {
        return Err(Error::InvalidKeyOperations);
    }
    let [mut for_signatures, mut for_others] = [false; 2];
    for (index, operation) in elements(operations).enumerate() {
        // In normal form, equal strings have equal text.
        let twice = elements(operations).take(index).any(|before| before == operation);
        match JsonString::parse(operation) {
            Some(operation) if !twice => {
                let for_signature = operation == "verify" || operation == "sign";
                for_signatures |= for_signature;
                for_others |= !for_signature;
            }
            _ => return Err(Error::InvalidKeyOperations),
        }
    }
    if for_signatures && !(for_others && named_use.is_some()) {
        Ok(())
    } else {
        Err(Error::KeyNotForSignatures)
    }
}

/// Decodes the secret of a checked key, in place.
fn secret<'t>(text: &'t mut [u8], spans: &Spans) -> Result<&'t [u8], Error> {
    let (from, to) = KEY_VALUE.read(spans);
    match text.get_mut(usize::from(from)..usize::from(to)) {
        None | Some([]) => Err(Error::MissingKeyValue),
        Some([b'"', symbols @ .., b'"']) => decode(symbols),
        Some(_) => Err(Error::InvalidKeyValue),
    }
}

/// Decodes canonical Base64URL in place and in constant time.
fn decode(symbols: &mut [u8]) -> Result<&[u8], Error> {
    // Decoding in place ignores leftover bits. So first decode the last two or three symbols to
    // another place.
    let (_, tail) = symbols.as_chunks::<4>();
    let mut elsewhere = [0; 2];
    let canonical = Base64UrlUnpadded::decode(tail, &mut elsewhere).is_ok();
    elsewhere.zeroize();
    if !canonical {
        return Err(Error::KeyNotBase64Url);
    }
    Base64UrlUnpadded::decode_in_place(symbols).map_err(|_| Error::KeyNotBase64Url)
}
