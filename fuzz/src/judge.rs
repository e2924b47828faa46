//! The judge: a second implementation of all rules, as simple as possible, with a heap and other
//! crates. It predicts the answer of a verification: the first rule that is broken, in the order of
//! the variants of `Error`.

use embedded_jwt::{Error, MAX_DEPTH, MAX_LEEWAY, MAX_TOKEN_LENGTH, Segment, Time};

use crate::date::{Date, NANOSECONDS};
use crate::json::{Object, Value, read_object};
use crate::refusal::Refusal;
use crate::rules::Rules;
use crate::sign::{Algorithm, decode};

const HEADER_NAMES: [&str; 7] = ["alg", "b64", "crit", "cty", "kid", "typ", "zip"];
const CLAIM_NAMES: [&str; 7] = ["aud", "exp", "iat", "iss", "jti", "nbf", "sub"];

/// The contents of a valid token.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified {
    pub header: Object,
    pub claims: Object,
}

/// The contents of a valid JWS.
#[derive(Clone, Debug, PartialEq)]
pub struct VerifiedJws<'p> {
    pub header: Object,
    pub payload: &'p [u8],
}

/// The keys of a verifier: a single key, or a set from which a token's header picks one.
#[derive(Clone, Debug)]
pub struct KnownKeys {
    pub keys: Vec<KnownKey>,
    /// The algorithms that these keys can have.
    pub algorithms: Vec<Algorithm>,
    pub is_set: bool,
    pub allow_missing_key_id: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct KnownKey {
    pub key_id: Option<String>,
    pub algorithm: Algorithm,
    pub secret: Vec<u8>,
    pub scope: Scope,
}

/// The issuer and the time that a key is limited to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    pub issuer: Option<&'static str>,
    pub not_before: Option<u64>,
    pub retired_after: Option<u64>,
}

/// A token whose MAC and header are valid, and the limits of each key that has its MAC, in order.
pub struct Authentic {
    header: Object,
    payload: Vec<u8>,
    scopes: Vec<Scope>,
}

impl KnownKeys {
    /// A single key. If its algorithm is only known at run time, it could have any of `algorithms`.
    pub fn one(algorithm: Algorithm, secret: &[u8], algorithms: &[Algorithm]) -> Self {
        let (key_id, secret, scope) = (None, secret.to_vec(), Scope::default());
        Self {
            keys: vec![KnownKey { key_id, algorithm, secret, scope }],
            algorithms: algorithms.to_vec(),
            is_set: false,
            allow_missing_key_id: false,
        }
    }

    /// Judges a token's text, MAC and header, with a buffer of `room` bytes.
    pub fn judge_text(
        &self,
        token: &[u8],
        room: usize,
        depth: u8,
        typ: Option<&str>,
    ) -> Result<Authentic, Refusal> {
        let decoded = Decoded::read(&self.algorithms, token, room)?;
        // With a single key, the MAC is verified before the header is parsed.
        let only = self.keys.first().filter(|_| !self.is_set);
        if let Some(only) = only {
            decoded.check_mac(only)?;
        }
        let header = read_header(&decoded.header, depth)?;
        check_header_types(&header)?;
        let keys = only.map_or_else(|| self.pick(&header), |only| Ok(vec![only]))?;
        check_header(&header, keys[0].algorithm, typ)?;
        let signers = keys.iter().filter(|key| decoded.check_mac(key).is_ok());
        let scopes: Vec<_> = signers.map(|key| key.scope.clone()).collect();
        if scopes.is_empty() {
            decoded.check_mac(keys[0])?;
        }
        Ok(Authentic { header, payload: decoded.payload, scopes })
    }

    /// Returns the keys that a header names by `kid` and `alg`, at least one. If it has no `kid`,
    /// and the set allows that, these are all of its algorithm. The only key of such a set goes by
    /// every name if it has none.
    fn pick(&self, header: &Object) -> Result<Vec<&KnownKey>, Error> {
        let is_alone = self.keys.len() == 1 && self.keys[0].key_id.is_none();
        let mut keys: Vec<_> = self.keys.iter().collect();
        match header.text("kid") {
            None if !self.allow_missing_key_id => return Err(Error::MissingKeyId),
            Some(key_id) if !(self.allow_missing_key_id && is_alone) => {
                keys.retain(|key| key.key_id.as_deref() == Some(key_id));
                if keys.is_empty() {
                    return Err(Error::UnknownKeyId);
                }
            }
            _ => {}
        }
        keys.retain(|key| header.text("alg") == Some(key.algorithm.name()));
        if keys.is_empty() { Err(Error::AlgorithmMismatch) } else { Ok(keys) }
    }
}

/// The decoded segments of a well-formed token.
pub struct Decoded {
    /// The text that the MAC covers.
    signing_input: Vec<u8>,
    pub header: Vec<u8>,
    pub payload: Vec<u8>,
    signature: Vec<u8>,
}

impl Decoded {
    /// Splits and decodes a token, as for a buffer of `room` bytes.
    pub fn read(algorithms: &[Algorithm], token: &[u8], room: usize) -> Result<Self, Error> {
        let [header, payload, signature] = segments(token)?;
        let is_symbol = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
        if !signature.iter().all(is_symbol) {
            return Err(Error::InvalidBase64Url { segment: Segment::Signature });
        }
        if !is_signature(algorithms, signature) {
            return Err(Error::SignatureLength);
        }
        reserve(header.len() * 3 / 4 + payload.len() * 3 / 4, room)?;
        let signing_input = [header, payload].join(&b'.');
        let decode = |text: &[u8], segment| decode(text).ok_or(Error::InvalidBase64Url { segment });
        let header = decode(header, Segment::Header)?;
        let payload = decode(payload, Segment::Payload)?;
        let signature = decode(signature, Segment::Signature)?;
        Ok(Self { signing_input, header, payload, signature })
    }

    fn check_mac(&self, key: &KnownKey) -> Result<(), Error> {
        if self.signature.len() != key.algorithm.length() {
            return Err(Error::SignatureLength);
        }
        if self.signature != key.algorithm.mac(&key.secret, &self.signing_input) {
            // The payload may travel apart.
            return Err(match self.payload.is_empty() {
                true => Error::DetachedPayload,
                false => Error::SignatureMismatch,
            });
        }
        Ok(())
    }
}

impl Authentic {
    /// Judges the rest of `Verifier::verify`.
    pub fn judge(&self, rules: &Rules) -> Result<Verified, Refusal> {
        let twice = Error::DuplicateClaim;
        let claims = read_object(&self.payload, rules.depth, &CLAIM_NAMES, twice)
            .map_err(|refusal| self.compressed(refusal))?;
        let ruled = without_nulls(&claims, rules);
        check_types(&ruled, rules)?;
        check_claims(&ruled, rules, self.scope_for(ruled.text("iss")))?;
        Ok(Verified { header: self.header.clone(), claims })
    }

    /// If the header names a compression, that is why a payload is no JSON.
    fn compressed(&self, Refusal(broken): Refusal) -> Refusal {
        let is_compressed = self.header.get("zip").is_some();
        let told = |error| match error {
            Error::InvalidJson | Error::InvalidUtf8 if is_compressed => Error::CompressedPayload,
            _ => error,
        };
        Refusal(broken.into_iter().map(told).collect())
    }

    /// The limits that count for this issuer: those of the first key that is for it.
    fn scope_for(&self, issuer: Option<&str>) -> Option<&Scope> {
        self.scopes.iter().find(|scope| scope.issuer.is_none() || scope.issuer == issuer)
    }

    /// Judges the rest of `JwsVerifier::verify`. A payload that is no claims set has no issuer and
    /// no dates, so a key with limits can't verify it.
    pub fn judge_jws(&self) -> Result<VerifiedJws<'_>, Refusal> {
        let scope = self.scope_for(None).ok_or(Error::KeyOfAnotherIssuer)?;
        let Scope { not_before, retired_after, .. } = *scope;
        if not_before.is_some_and(|first| first > 0) || retired_after.is_some() {
            return Err(Error::TimeUnknown.into());
        }
        Ok(VerifiedJws { header: self.header.clone(), payload: &self.payload })
    }
}

/// Judges `unverified_header`, with a buffer of `room` bytes.
pub fn judge_unverified(token: &[u8], room: usize) -> Result<Object, Refusal> {
    let [header, _, _] = segments(token)?;
    reserve(header.len() * 3 / 4, room)?;
    let segment = Segment::Header;
    let header = decode(header).ok_or(Error::InvalidBase64Url { segment })?;
    let header = read_header(&header, MAX_DEPTH)?;
    check_header_types(&header)?;
    Ok(header)
}

/// Judges `unverified_claims`, with a buffer of `room` bytes.
pub fn judge_unverified_claims(token: &[u8], room: usize) -> Result<Object, Refusal> {
    let [_, payload, _] = segments(token)?;
    reserve(payload.len() * 3 / 4, room)?;
    let payload = decode(payload).ok_or(Error::InvalidBase64Url { segment: Segment::Payload })?;
    read_object(&payload, MAX_DEPTH, &CLAIM_NAMES, Error::DuplicateClaim)
}

/// Judges `PolicyBuilder::build`.
pub fn judge_policy(rules: &Rules) -> Result<(), Error> {
    let requires = |name: &str| rules.required.iter().any(|required| required == name);
    if (rules.issuer.is_some() && rules.issuers.is_some())
        || (rules.audience.is_some() && rules.audiences.is_some())
    {
        return Err(Error::RuleSetTwice);
    }
    if [&rules.issuers, &rules.audiences].into_iter().flatten().any(Vec::is_empty) {
        return Err(Error::EmptyList);
    }
    if rules.leeway > MAX_LEEWAY {
        return Err(Error::LeewayTooLong);
    }
    if !(1..=MAX_DEPTH).contains(&rules.depth) {
        return Err(Error::DepthOutOfRange);
    }
    let lifetimes = [rules.maximum_lifetime, rules.maximum_remaining_lifetime];
    let needs_expiration = lifetimes.iter().any(Option::is_some) || requires("exp");
    if rules.allow_missing_expiration && needs_expiration {
        return Err(Error::ContradictoryExpiration);
    }
    match (accepted(&rules.audience, &rules.audiences).is_some(), rules.allow_any_audience) {
        (true, true) => return Err(Error::ContradictoryAudience),
        (false, false) if requires("aud") => return Err(Error::ContradictoryAudience),
        _ => {}
    }
    if rules.allow_missing_jwt_id && requires("jti") {
        return Err(Error::ContradictoryJwtId);
    }
    Ok(())
}

/// Returns how many bytes of a buffer a token needs, if it is read that far.
pub fn needed(algorithms: &[Algorithm], token: &[u8]) -> Option<usize> {
    let [header, payload, signature] = segments(token).ok()?;
    let right_length = is_signature(algorithms, signature);
    right_length.then_some(header.len() * 3 / 4 + payload.len() * 3 / 4)
}

fn segments(token: &[u8]) -> Result<[&[u8]; 3], Error> {
    if token.len() > MAX_TOKEN_LENGTH {
        return Err(Error::TokenTooLong);
    }
    let segments: Vec<_> = token.split(|&byte| byte == b'.').collect();
    segments.try_into().map_err(|_| Error::NotCompactSerialization)
}

/// Whether a segment has the length of an encoded MAC of one of these algorithms.
fn is_signature(algorithms: &[Algorithm], segment: &[u8]) -> bool {
    algorithms.iter().any(|algorithm| segment.len() == (algorithm.length() * 4).div_ceil(3))
}

fn reserve(needed: usize, room: usize) -> Result<(), Error> {
    if needed > room {
        return Err(Error::BufferTooSmall { needed: needed.try_into().expect("up to 65,535") });
    }
    Ok(())
}

fn read_header(header: &[u8], depth: u8) -> Result<Object, Refusal> {
    read_object(header, depth, &HEADER_NAMES, Error::DuplicateHeaderParameter)
}

/// Checks the rules for a header that depend on neither key nor policy.
fn check_header_types(header: &Object) -> Result<(), Error> {
    if header.get("alg").is_none() {
        return Err(Error::MissingAlgorithm);
    }
    text_or_absent(header, "alg", Error::InvalidAlgorithm)?;
    text_or_absent(header, "kid", Error::InvalidKeyId)?;
    text_or_absent(header, "cty", Error::InvalidContentType)?;
    text_or_absent(header, "typ", Error::InvalidType)
}

fn check_header(header: &Object, algorithm: Algorithm, typ: Option<&str>) -> Result<(), Error> {
    check_header_types(header)?;
    if header.text("alg") != Some(algorithm.name()) {
        return Err(Error::AlgorithmMismatch);
    }
    if header.get("crit").is_some() {
        return Err(Error::CriticalExtension);
    }
    if header.get("b64").is_some() {
        return Err(Error::UnencodedPayload);
    }
    if header.text("cty").is_some_and(|named| same_media_type(named, "JWT")) {
        return Err(Error::NestedToken);
    }
    match (typ, header.text("typ")) {
        (Some(_), None) => Err(Error::MissingType),
        (Some(expected), Some(named)) if !same_media_type(named, expected) => {
            Err(Error::TypeMismatch)
        }
        _ => Ok(()),
    }
}

/// Compares media types (RFC 7515 section 4.1.9). A text with a quote, a backslash or a control
/// character is not a media type, and equals none.
fn same_media_type(one: &str, other: &str) -> bool {
    let short = |text: &str| {
        let text = text.to_ascii_lowercase();
        match text.strip_prefix("application/") {
            Some(name) if !name.contains('/') => name.to_owned(),
            _ => text,
        }
    };
    short(one) == short(other) && !one.contains(|c| c < ' ' || c == '"' || c == '\\')
}

pub fn text_or_absent(object: &Object, name: &str, otherwise: Error) -> Result<(), Error> {
    match object.get(name) {
        None | Some(Value::Text(_)) => Ok(()),
        Some(_) => Err(otherwise),
    }
}

/// Reads a registered claim that is a date, if it is present.
pub fn date(claims: &Object, name: &str, otherwise: Error) -> Result<Option<Date>, Error> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::Number(number)) => Ok(Some(Date::read(number))),
        Some(_) => Err(otherwise),
    }
}

/// The claims as the rules see them: if mistyped ones are allowed, `null` is absent.
pub fn without_nulls(claims: &Object, rules: &Rules) -> Object {
    let mut claims = claims.clone();
    claims.0.retain(|(name, value)| {
        let is_null = CLAIM_NAMES.contains(&name.as_str()) && *value == Value::Null;
        !(rules.allow_mistyped && is_null)
    });
    claims
}

fn check_types(claims: &Object, rules: &Rules) -> Result<(), Error> {
    text_or_absent(claims, "iss", Error::InvalidIssuer)?;
    if !rules.allow_mistyped {
        text_or_absent(claims, "sub", Error::InvalidSubject)?;
        text_or_absent(claims, "jti", Error::InvalidJwtId)?;
    }
    let is_audience = match claims.get("aud") {
        None | Some(Value::Text(_)) => true,
        Some(Value::Array(names)) => names.iter().all(|name| matches!(name, Value::Text(_))),
        Some(_) => false,
    };
    if !is_audience {
        return Err(Error::InvalidAudience);
    }
    date(claims, "exp", Error::InvalidExpiration)?;
    date(claims, "nbf", Error::InvalidNotBefore)?;
    date(claims, "iat", Error::InvalidIssuedAt)?;
    Ok(())
}

/// Returns the audiences, whether `aud` is a single string or an array.
pub fn audiences(claims: &Object) -> Option<Vec<&str>> {
    match claims.get("aud")? {
        Value::Text(name) => Some(vec![name]),
        Value::Array(names) => Some(
            names
                .iter()
                .map(|name| match name {
                    Value::Text(name) => name.as_str(),
                    other => panic!("not an audience: {other:?}"),
                })
                .collect(),
        ),
        other => panic!("not an audience: {other:?}"),
    }
}

/// What a rule accepts, whether it is given one text or several.
fn accepted(one: &Option<String>, several: &Option<Vec<String>>) -> Option<Vec<String>> {
    one.clone().map(|one| vec![one]).or_else(|| several.clone())
}

fn check_claims(claims: &Object, rules: &Rules, scope: Option<&Scope>) -> Result<(), Error> {
    for (index, name) in rules.required.iter().enumerate() {
        match claims.get(name) {
            Some(_) if claims.has_twice(name) => return Err(Error::DuplicateClaim),
            None | Some(Value::Null) => {
                return Err(Error::MissingClaim { index: index.try_into().expect("few") });
            }
            Some(_) => {}
        }
    }
    match (accepted(&rules.issuer, &rules.issuers), claims.text("iss")) {
        (Some(_), None) => return Err(Error::MissingIssuer),
        (Some(accepted), Some(issuer)) if !accepted.iter().any(|one| one == issuer) => {
            return Err(Error::IssuerMismatch);
        }
        _ => {}
    }
    if rules.subject.is_some() {
        text_or_absent(claims, "sub", Error::InvalidSubject)?;
    }
    match (&rules.subject, claims.text("sub")) {
        (Some(_), None) => return Err(Error::MissingSubject),
        (Some(expected), Some(sub)) if sub != expected => return Err(Error::SubjectMismatch),
        _ => {}
    }
    match (accepted(&rules.audience, &rules.audiences), audiences(claims)) {
        (None, Some(_)) if !rules.allow_any_audience => return Err(Error::UnexpectedAudience),
        (None, _) => {}
        (Some(_), None) => return Err(Error::MissingAudience),
        (Some(accepted), Some(names)) if accepted.iter().any(|one| names.contains(&&**one)) => {}
        (Some(_), Some(_)) => return Err(Error::AudienceMismatch),
    }
    check_dates(claims, rules, scope).map(drop)
}

/// Judges `Presented::is_issued_before`, for a token that the rules accept with one key.
pub fn is_issued_before(claims: &Object, rules: &Rules, before: i128) -> Result<bool, Error> {
    let date = date(claims, "iat", Error::InvalidIssuedAt)?.ok_or(Error::MissingIssuedAt)?;
    if date.is_before(before) {
        return Ok(true);
    }
    let mut now = check_dates(claims, rules, Some(&Scope::default()))?;
    let leeway = i128::from(rules.leeway);
    now.narrow(Error::IssuedInFuture, |now| !date.is_after(now + leeway))?;
    Ok(false)
}

/// Checks the rules about time, and then those of the key's scope, if a key is for the issuer. Each
/// rule narrows down the possible times for the next one.
fn check_dates(claims: &Object, rules: &Rules, scope: Option<&Scope>) -> Result<Now, Error> {
    let expiration = date(claims, "exp", Error::InvalidExpiration)?;
    let not_before = date(claims, "nbf", Error::InvalidNotBefore)?;
    let issued_at = date(claims, "iat", Error::InvalidIssuedAt)?;
    let leeway = i128::from(rules.leeway);
    let age = i128::from(rules.maximum_age.unwrap_or(0));
    let remaining = i128::from(rules.maximum_remaining_lifetime.unwrap_or(0));

    if let Some(maximum) = rules.maximum_lifetime {
        let expiration = expiration.ok_or(Error::MissingExpiration)?;
        let issued_at = issued_at.ok_or(Error::MissingIssuedAt)?;
        // Fractions of a nanosecond make the lifetime longer.
        if expiration.ceiling - issued_at.floor > i128::from(maximum) * NANOSECONDS {
            return Err(Error::LifetimeTooLong);
        }
        if expiration.seconds() < issued_at.seconds() {
            return Err(Error::LifetimeTooLong);
        }
    }

    let [starts, retires] =
        scope.map_or([None; 2], |scope| [scope.not_before, scope.retired_after]);
    let [starts, retires] = [starts, retires].map(|date| date.map(Date::of_seconds));
    let dates = [expiration, not_before, issued_at, starts, retires];
    let mut now = Now::new(
        rules,
        dates.into_iter().flatten(),
        &[-leeway, leeway, age + leeway, -leeway - remaining],
    );
    match expiration {
        // A token expires on `exp` (RFC 7519 section 4.1.4).
        Some(date) => {
            now.narrow(Error::Expired, |now| date.is_after(now - leeway))?;
            if rules.maximum_remaining_lifetime.is_some() {
                let latest = |now| now + remaining + leeway;
                now.narrow(Error::ExpiresTooLate, |now| !date.is_after(latest(now)))?;
            }
        }
        None if rules.allow_missing_expiration => {}
        None => return Err(Error::MissingExpiration),
    }
    if let Some(date) = not_before {
        now.narrow(Error::NotYetValid, |now| !date.is_after(now + leeway))?;
    }
    // Where `iat` is a measure, it must not be in the future.
    let is_measure = rules.maximum_age.is_some() || rules.maximum_lifetime.is_some();
    if let Some(date) = issued_at
        && (rules.refuse_issued_in_future || is_measure)
    {
        now.narrow(Error::IssuedInFuture, |now| !date.is_after(now + leeway))?;
    }
    if rules.maximum_age.is_some() {
        let date = issued_at.ok_or(Error::MissingIssuedAt)?;
        now.narrow(Error::TooOld, |now| !date.is_before(now - leeway - age))?;
    }

    if scope.is_none() {
        return Err(Error::KeyOfAnotherIssuer);
    }
    if let Some(date) = starts {
        now.narrow(Error::KeyNotYetValid, |now| !date.is_after(now + leeway))?;
    }
    if let Some(date) = retires {
        now.narrow(Error::KeyRetired, |now| !date.is_before(now - leeway))?;
    }
    Ok(now)
}

/// Later than any date that comes. A clock that shows more is taken for one that shows this.
const END_OF_TIME: i128 = (i64::MAX / 4) as i128;

/// The seconds that it may be now. Only those that matter are listed: the first, the last, and
/// those around each second where a rule changes its answer.
struct Now {
    seconds: Vec<i128>,
    allow_uncertain: bool,
}

impl Now {
    fn new(rules: &Rules, dates: impl Iterator<Item = Date>, offsets: &[i128]) -> Self {
        let allow_uncertain = rules.allow_uncertain_time;
        let first = match rules.time {
            Time::Known(now) => {
                return Self { seconds: vec![END_OF_TIME.min(now.into())], allow_uncertain };
            }
            Time::AtLeast(floor) => END_OF_TIME.min(floor.into()),
            Time::Unknown => 0,
        };
        let mut seconds = vec![first, END_OF_TIME];
        for date in dates {
            for offset in offsets {
                let near = date.seconds() + offset;
                seconds.extend(
                    (near - 1..=near + 1).filter(|second| (first..END_OF_TIME).contains(second)),
                );
            }
        }
        Self { seconds, allow_uncertain }
    }

    /// Keeps the seconds at which a rule holds. It is an error if none are left, or if some are
    /// dropped and the policy doesn't allow an uncertain time.
    fn narrow(&mut self, error: Error, holds: impl Fn(i128) -> bool) -> Result<(), Error> {
        let before = self.seconds.len();
        self.seconds.retain(|&second| holds(second));
        match self.seconds.len() {
            0 => Err(error),
            left if left < before && !self.allow_uncertain => Err(Error::TimeUnknown),
            _ => Ok(()),
        }
    }
}
