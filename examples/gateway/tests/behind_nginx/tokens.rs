//! Makes tokens, good ones and ones that are wrong in one way each, and keeps what must not leak.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use base64ct::{Base64UrlUnpadded, Encoding};
use embedded_jwt::{Hs256, Key, Signer};
use serde_json::{Value, json};

use crate::Failure;
use crate::programs::{AUDIENCE, ISSUER};

/// How long tokens are good, in seconds: longer than the test takes between two uses of one.
pub(crate) const LIFETIME: u64 = 120;

/// What is wrong with a token, if anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Good,
    /// As long as nginx lets through.
    Long,
    /// Longer than nginx lets through.
    TooLong,
    Expired,
    NotYetValid,
    LivesTooLong,
    Tampered,
    CutOff,
    Unsigned,
    /// By a key of another, with the name of ours.
    ForeignKey,
    UnknownKey,
    ForeignIssuer,
    ForeignAudience,
    NoSubject,
    NoId,
    /// Good until its subject is revoked.
    Mallory,
    /// Good until its key is removed.
    OldKey,
}

impl Kind {
    /// All that are refused, whatever happens.
    pub(crate) const BAD: [Self; 13] = [
        Self::TooLong,
        Self::Expired,
        Self::NotYetValid,
        Self::LivesTooLong,
        Self::Tampered,
        Self::CutOff,
        Self::Unsigned,
        Self::ForeignKey,
        Self::UnknownKey,
        Self::ForeignIssuer,
        Self::ForeignAudience,
        Self::NoSubject,
        Self::NoId,
    ];
}

/// The issuer: its keys, and all that it ever signed.
pub(crate) struct Issuer {
    secrets: Vec<[u8; 32]>,
    stranger: [u8; 32],
    next_id: AtomicU64,
    issued: Mutex<Vec<String>>,
}

/// The name of a key.
pub(crate) fn key_id(key: usize) -> String {
    format!("key-{key}")
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

impl Issuer {
    pub(crate) fn new() -> Result<Self, Failure> {
        let mut random = File::open("/dev/urandom")?;
        let mut secrets = vec![[0; 32]; 9];
        for secret in &mut secrets {
            random.read_exact(secret)?;
        }
        let stranger = secrets.pop().ok_or("no secret")?;
        Ok(Self { secrets, stranger, next_id: AtomicU64::new(0), issued: Mutex::default() })
    }

    /// A JWK Set of some keys.
    pub(crate) fn jwks(&self, keys: &[usize]) -> String {
        let key = |&key: &usize| {
            let secret = Base64UrlUnpadded::encode_string(&self.secrets[key]);
            json!({"kty": "oct", "alg": "HS256", "kid": key_id(key), "k": secret})
        };
        // Not for signatures: it is passed over.
        let other = json!({"kty": "oct", "alg": "A256GCM", "use": "enc", "kid": "e", "k": "AAAA"});
        let keys: Vec<_> = keys.iter().map(key).chain([other]).collect();
        json!({"keys": keys}).to_string()
    }

    /// A name that no other token has.
    fn id(&self) -> String {
        self.next_id.fetch_add(1, Ordering::Relaxed).to_string()
    }

    /// The claims of a good token.
    pub(crate) fn claims(&self, subject: &str) -> Value {
        let now = now();
        json!({"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "scope": "read write", "jti": self.id(),
            "iat": now, "exp": now + LIFETIME})
    }

    /// Signs any claims with one of the keys.
    pub(crate) fn sign(&self, key: usize, claims: &Value) -> String {
        self.sign_by(&self.secrets[key], &key_id(key), claims)
    }

    fn sign_by(&self, secret: &[u8], key_id: &str, claims: &Value) -> String {
        let key = Key::<Hs256>::new(secret).expect("32 bytes");
        let signer = Signer::new(key).key_id(key_id).allow_missing_expiration();
        let mut buffer = vec![0; 16_384];
        let token = signer.sign_json(&claims.to_string(), &mut buffer).expect("strict JSON");
        self.keep(String::from_utf8_lossy(token).into_owned())
    }

    fn keep(&self, token: String) -> String {
        self.issued.lock().expect("no panic").push(token.clone());
        token
    }

    /// A token of this kind. `key` is the one that is in use.
    pub(crate) fn token(&self, kind: Kind, key: usize, subject: &str) -> String {
        let mut claims = self.claims(subject);
        let now = now();
        let mut set = |name: &str, value: Value| claims[name] = value;
        match kind {
            Kind::Long => set("padding", "x".repeat(5_600).into()),
            Kind::TooLong => set("padding", "x".repeat(6_600).into()),
            Kind::Expired => {
                set("iat", (now - 100).into());
                set("exp", (now - 40).into());
            }
            Kind::NotYetValid => set("nbf", (now + 60).into()),
            Kind::LivesTooLong => set("exp", (now + 3_600).into()),
            Kind::ForeignIssuer => set("iss", "https://evil.example".into()),
            Kind::ForeignAudience => set("aud", "mail".into()),
            _ => {}
        }
        if let Some(claims) = claims.as_object_mut() {
            let removed = match kind {
                Kind::NoSubject => "sub",
                Kind::NoId => "jti",
                _ => "",
            };
            claims.remove(removed);
        }
        match kind {
            Kind::ForeignKey => self.sign_by(&self.stranger, &key_id(key), &claims),
            Kind::UnknownKey => self.sign_by(&self.stranger, "key-of-nobody", &claims),
            Kind::Tampered => {
                let signed = self.sign(key, &claims);
                claims["scope"] = "admin".into();
                let other = self.sign(key, &claims);
                let payload = other.split('.').nth(1).expect("three segments");
                let mut parts = signed.split('.');
                let (header, signature) = (parts.next(), parts.next_back());
                self.keep(
                    [header, Some(payload), signature].map(Option::unwrap_or_default).join("."),
                )
            }
            Kind::CutOff => {
                let mut token = self.sign(key, &claims);
                token.pop();
                token
            }
            Kind::Unsigned => {
                let encode =
                    |value: &Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
                let header = json!({"alg": "none", "kid": key_id(key)});
                self.keep(format!("{}.{}.", encode(&header), encode(&claims)))
            }
            _ => self.sign(key, &claims),
        }
    }

    /// The number of tokens that were made.
    pub(crate) fn count(&self) -> usize {
        self.issued.lock().expect("no panic").len()
    }

    /// Everything that a log must not have.
    pub(crate) fn secrets_and_tokens(&self) -> Leaks {
        let mut chunks = HashSet::new();
        let mut keep =
            |text: &str| chunks.extend(text.as_bytes().chunks_exact(CHUNK).map(to_chunk));
        for secret in self.secrets.iter().chain([&self.stranger]) {
            keep(&Base64UrlUnpadded::encode_string(secret));
            keep(&secret.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        }
        for token in self.issued.lock().expect("no panic").iter() {
            // Headers are alike, and are no secret.
            token.split('.').skip(1).for_each(&mut keep);
        }
        Leaks(chunks)
    }
}

/// A part of a token or a secret that is too long to be there by chance.
const CHUNK: usize = 16;

/// Chunks of all tokens and secrets.
pub(crate) struct Leaks(HashSet<[u8; CHUNK]>);

impl Leaks {
    /// Whether a text has a part of a token or of a secret: any 31 bytes of one hold a chunk.
    pub(crate) fn are_in(&self, text: &[u8]) -> bool {
        text.windows(CHUNK).any(|window| self.0.contains(&to_chunk(window)))
    }
}

fn to_chunk(text: &[u8]) -> [u8; CHUNK] {
    text.try_into().expect("as long as a chunk")
}
