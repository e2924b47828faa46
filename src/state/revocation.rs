//! Revocations: refuses tokens that must no longer be accepted, though they have not expired.

use core::fmt;

use heapless::Vec;

use super::fingerprint;
use super::records::{self, Latest, Record};
use crate::Error;
use crate::check::{Check, Presented};
use crate::policy::MAX_LEEWAY;
use crate::time::{Now, Time, to_i64};

/// Up to `N` revoked token IDs and subjects, and a time before which all tokens are revoked.
///
/// A token is refused if its `jti` is revoked (whoever issued it), if its `sub` is revoked, or if
/// it was issued (`iat`) before the time set for its subject or for all tokens. Where such a time
/// is set, a token without `iat` is refused, and so is one whose `iat` is in the future, which
/// would slip by any such time. (If the policy allows an uncertain time, nobody may know what is in
/// the future: then only what certainly is.)
///
/// If the policy [allows mistyped
/// claims](crate::PolicyBuilder::allow_mistyped_registered_claims), a list with any name refuses a
/// `jti` or `sub` that is no string, since it can't tell which of the two its names are for.
///
/// Times are in whole seconds, and "before" excludes the second itself. To revoke what was issued
/// up to now, pass now + 1, and the leeway too if the issuer's clock may be ahead.
///
/// Each name takes 16 bytes, whatever its length, and can't be read back. Revoking never weakens an
/// earlier revocation. Only the `reinstate` methods remove one, and a time for all tokens can't be
/// moved back. Only the application revokes: no token adds to the list.
///
/// ```
/// use embedded_jwt::Revocations;
///
/// let mut revocations: Revocations<16> = Revocations::new();
/// revocations.revoke_jwt_id("f81d4fae-7dec-11d0", 1_900_000_000)?; // a token, until it expires
/// let now = 1_800_000_000;
/// revocations.revoke_subject("erika", now + 1)?; // what she had before her badge was lost
/// revocations.revoke_issued_before(1_700_000_000); // what the old issuer signed
/// # Ok::<(), embedded_jwt::Error>(())
/// ```
///
/// Size: 32 bytes for each name, and 16. A token costs two hashes and a comparison with each name;
/// with an empty list it costs almost nothing.
pub struct Revocations<const N: usize> {
    names: Vec<Revoked, N>,
    /// For tokens with any subject.
    issued_before: Latest,
}

/// A name and two times. Tokens with this name are refused if they were issued before the first;
/// `i64::MAX` refuses all of them. By the second, all of them have expired, and the name can be
/// removed.
type Revoked = Record<2>;

const JWT_ID: &str = "jti";
const SUBJECT: &str = "sub";

impl<const N: usize> Revocations<N> {
    const KIND: u8 = b'V';

    /// The most bytes that [`save`](Self::save) writes: 18, and 32 for each of `N` names.
    pub const MAX_SAVED_LENGTH: usize = records::saved_length::<2>(N);

    /// A list that revokes nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { names: Vec::new(), issued_before: Latest::NONE }
    }

    /// Revokes the tokens with this `jti`. `expiration` is the latest time at which one of them
    /// expires, in seconds since 1970. If you don't know it, pass `u64::MAX`;
    /// [`forget_expired`](Self::forget_expired) then never removes the name.
    ///
    /// # Errors
    /// [`Error::RevocationsFull`] if there are `N` names. The list stays unchanged.
    pub fn revoke_jwt_id(&mut self, jwt_id: &str, expiration: u64) -> Result<(), Error> {
        self.revoke(JWT_ID, jwt_id, i64::MAX, to_i64(expiration))
    }

    /// Revokes the tokens with this `sub` that were issued before a time, in seconds since 1970:
    /// now + 1 for all up to now.
    /// `u64::MAX` revokes all of them, future ones too. The name is kept until it is reinstated.
    ///
    /// # Errors
    /// [`Error::RevocationsFull`] if there are `N` names. The list stays unchanged.
    pub fn revoke_subject(&mut self, subject: &str, issued_before: u64) -> Result<(), Error> {
        self.revoke(SUBJECT, subject, to_i64(issued_before), i64::MAX)
    }

    /// Revokes all tokens that were issued before a time, in seconds since 1970: now + 1 for all up
    /// to now.
    pub fn revoke_issued_before(&mut self, seconds: u64) {
        self.issued_before.raise(to_i64(seconds));
    }

    fn revoke(
        &mut self,
        kind: &str,
        name: &str,
        issued_before: i64,
        expiration: i64,
    ) -> Result<(), Error> {
        let fingerprint = fingerprint::of_name(kind, name.bytes());
        let new = Record { fingerprint, times: [issued_before, expiration] };
        match self.names.iter_mut().find(|known| known.fingerprint == fingerprint) {
            Some(Record { times: [known_before, known_expiration], .. }) => {
                *known_before = issued_before.max(*known_before);
                *known_expiration = expiration.max(*known_expiration);
                Ok(())
            }
            None => self.names.push(new).map_err(|_| Error::RevocationsFull),
        }
    }

    /// Removes the revocation of a `jti`. Returns whether there was one.
    pub fn reinstate_jwt_id(&mut self, jwt_id: &str) -> bool {
        self.reinstate(JWT_ID, jwt_id)
    }

    /// Removes the revocation of a `sub`. Returns whether there was one.
    pub fn reinstate_subject(&mut self, subject: &str) -> bool {
        self.reinstate(SUBJECT, subject)
    }

    fn reinstate(&mut self, kind: &str, name: &str) -> bool {
        let fingerprint = fingerprint::of_name(kind, name.bytes());
        let before = self.names.len();
        records::remove(&mut self.names, |known| known.fingerprint == fingerprint);
        self.names.len() < before
    }

    /// Makes room: forgets the names whose tokens have certainly expired, under any leeway. If the
    /// clock is set back afterwards, such a token is accepted again, so call this with a time that
    /// you can rely on.
    pub fn forget_expired(&mut self, time: Time) {
        // An expiration is in whole seconds, and may have been rounded down: hence the extra one.
        let now = Now::new(time, MAX_LEEWAY + 1, false);
        records::remove(&mut self.names, |known| now.is_past(known.times[1]));
    }

    /// The number of revoked names.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether no name is revoked. Tokens from before some time may still be.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Writes the list to the start of `memory` and returns the written bytes: `V`, the version 1,
    /// the time before which all tokens are revoked (8 bytes), for each name its fingerprint (16),
    /// the time before which its tokens are revoked (8) and the time at which they have expired
    /// (8), and the first 8 bytes of the SHA-256 of everything before. Numbers have their most
    /// significant byte first.
    ///
    /// # Errors
    /// [`Error::BufferTooSmall`] says how many bytes are needed, up to 65,535.
    pub fn save<'m>(&self, memory: &'m mut [u8]) -> Result<&'m [u8], Error> {
        records::save(Self::KIND, self.issued_before.get(), &self.names, memory)
    }

    /// Replaces all revocations by those that were saved.
    ///
    /// # Errors
    /// [`Error::InvalidSavedState`] for bytes that are incomplete, damaged or something else,
    /// [`Error::RevocationsFull`] for more than `N` names. The list stays unchanged.
    pub fn restore(&mut self, saved: &[u8]) -> Result<(), Error> {
        let full = Error::RevocationsFull;
        let issued_before = records::restore(Self::KIND, saved, &mut self.names, full)?;
        self.issued_before = Latest::new(issued_before);
        Ok(())
    }
}

impl<const N: usize> Check for Revocations<N> {
    fn check(&self, token: &Presented<'_>) -> Result<(), Error> {
        if !self.is_empty() {
            for (kind, name) in [(JWT_ID, token.jwt_id()?), (SUBJECT, token.subject()?)] {
                let Some(name) = name else { continue };
                let fingerprint = fingerprint::of_name(kind, name.bytes());
                let mut names = self.names.iter();
                if let Some(known) = names.find(|known| known.fingerprint == fingerprint) {
                    issued_since(known.times[0], token)?;
                }
            }
        }
        issued_since(self.issued_before.get(), token)
    }
}

/// Refuses a token issued before `earliest`. Reads its `iat` only if the answer depends on it.
fn issued_since(earliest: i64, token: &Presented<'_>) -> Result<(), Error> {
    let is_revoked = match earliest {
        i64::MIN => false,
        i64::MAX => true,
        _ => token.is_issued_before(earliest)?,
    };
    if is_revoked { Err(Error::Revoked) } else { Ok(()) }
}

impl<const N: usize> Default for Revocations<N> {
    fn default() -> Self {
        Self::new()
    }
}

/// Shows how many names there are, and nothing else.
impl<const N: usize> fmt::Debug for Revocations<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revocations").field("len", &self.len()).finish_non_exhaustive()
    }
}
