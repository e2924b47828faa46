//! [`Stamp`]: when a token is good, and its name.

use super::writer::Writer;

/// The names of the claims of a stamp.
pub(super) const NAMES: [&[u8]; 4] = [b"iat", b"nbf", b"exp", b"jti"];

/// The claims that are new in every token: `iat`, `nbf`, `exp`, and perhaps `jti`
/// (RFC 7519 sections 4.1.4 to 4.1.7).
#[derive(Clone, Copy, Debug)]
pub struct Stamp<'j> {
    issued_at: u64,
    lifetime: u32,
    jwt_id: Option<&'j [u8]>,
}

impl<'j> Stamp<'j> {
    /// A token issued now, in seconds since 1970, that is good from now on for so many seconds. Without
    /// any, a verifier takes it only with a [leeway](crate::PolicyBuilder::leeway).
    #[must_use]
    pub const fn new(now: u64, lifetime: u32) -> Self {
        Self { issued_at: now, lifetime, jwt_id: None }
    }

    /// Names the token by these bytes, in Base64URL: random ones, at least 8, or a counter that
    /// never comes back. A replay guard recognizes the token by its `jti`.
    #[must_use]
    pub const fn jwt_id(mut self, bytes: &'j [u8]) -> Self {
        self.jwt_id = Some(bytes);
        self
    }

    /// Writes the beginning of an object, without its closing brace.
    pub(super) fn write(&self, writer: &mut Writer<'_>) {
        let expiration = self.issued_at.saturating_add(self.lifetime.into());
        writer.put_date(br#"{"iat":"#, self.issued_at);
        writer.put_date(br#","nbf":"#, self.issued_at);
        writer.put_date(br#","exp":"#, expiration);
        if let Some(bytes) = self.jwt_id {
            writer.put(br#","jti":""#);
            writer.put_base64url(bytes);
            writer.put(b"\"");
        }
    }
}
