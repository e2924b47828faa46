//! Tokens that were taken back before they expire.

use core::fmt;

use heapless::Vec;

use super::fingerprint::{self, FINGERPRINT_LENGTH, Fingerprint};
use super::{list, saved};
use crate::Error;
use crate::claims::Claims;
use crate::policy::MAX_LEEWAY;
use crate::time::{Now, Time, to_i64};

/// What a verification asks once the policy is kept: whether the token was revoked.
///
/// [`Revocations`] is the one in fixed storage, and `()` asks nothing. A gateway with a list of its
/// own implements this trait to stand in for it.
pub trait Revocation {
    /// Whether a token with these claims, which are authentic, is still good.
    ///
    /// # Errors
    /// [`Error::Revoked`] for a token that was revoked, [`Error::MissingIssuedAt`] if that can't be
    /// told without `iat`, [`Error::RecordsUnavailable`] if there is no answer to be had. The token is
    /// refused.
    fn check(&self, claims: &Claims<'_>) -> Result<(), Error>;
}

/// No token is revoked.
impl Revocation for () {
    fn check(&self, _claims: &Claims<'_>) -> Result<(), Error> {
        Ok(())
    }
}

/// Up to `N` revoked token IDs and subjects, and a time before which nothing may have been issued.
///
/// A token is refused if its `jti` is revoked, whoever issued it, if its `sub` is, or if it was issued
/// (`iat`) before the time that is set for its subject or for all. A token without `iat` is refused where such a time is
/// set, for it can't be told.
///
/// Names are kept as fingerprints of 16 bytes: of any length, and not to be read back. Revoking never
/// weakens what was revoked before; only the `reinstate` calls do, and for a time there is none. Nothing but the application
/// decides what is revoked: no token adds to the list.
///
/// ```
/// use embedded_jwt::Revocations;
///
/// let mut revocations: Revocations<16> = Revocations::new();
/// revocations.revoke_jwt_id("f81d4fae-7dec-11d0", 1_900_000_000)?; // a token, until it expires
/// revocations.revoke_subject("erika", 1_800_000_000)?; // what she had before her badge was lost
/// revocations.revoke_issued_before(1_700_000_000); // what the old issuer signed
/// # Ok::<(), embedded_jwt::Error>(())
/// ```
///
/// Size: 32 bytes a name, and 16. A token costs two hashes and a comparison with each name; an empty
/// list costs next to nothing.
pub struct Revocations<const N: usize> {
    names: Vec<Revoked, N>,
    /// Of any subject.
    issued_before: i64,
}

#[derive(Clone, Copy)]
struct Revoked {
    fingerprint: Fingerprint,
    /// Tokens of this name that were issued before are refused; `i64::MAX` for all.
    issued_before: i64,
    /// When the tokens have expired, so that there is no need to remember the name.
    expiration: i64,
}

const RECORD: usize = FINGERPRINT_LENGTH + 2 * size_of::<i64>();
const JWT_ID: &str = "jti";
const SUBJECT: &str = "sub";

impl<const N: usize> Revocations<N> {
    const KIND: u8 = b'V';

    /// How long the saved form can get, in bytes: 18, and 32 for each of `N` names.
    pub const MAX_SAVED_LENGTH: usize = saved::length(N, RECORD);

    /// A list that revokes nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { names: Vec::new(), issued_before: i64::MIN }
    }

    /// Revokes the tokens with this `jti`, which expire at `expiration` at the latest, in seconds since
    /// 1970. `u64::MAX` is as good if that is not known, but [`forget_expired`](Self::forget_expired)
    /// then never makes room.
    ///
    /// # Errors
    /// [`Error::RevocationsFull`] if there are `N` names. The list is as it was.
    pub fn revoke_jwt_id(&mut self, jwt_id: &str, expiration: u64) -> Result<(), Error> {
        self.revoke(JWT_ID, jwt_id, i64::MAX, to_i64(expiration))
    }

    /// Revokes the tokens with this `sub` that were issued before a time, in seconds since 1970:
    /// `u64::MAX` for all of them, whenever they are issued. The name is kept until it is reinstated.
    ///
    /// # Errors
    /// [`Error::RevocationsFull`] if there are `N` names. The list is as it was.
    pub fn revoke_subject(&mut self, subject: &str, issued_before: u64) -> Result<(), Error> {
        self.revoke(SUBJECT, subject, to_i64(issued_before), i64::MAX)
    }

    /// Revokes all tokens that were issued before a time, in seconds since 1970.
    pub fn revoke_issued_before(&mut self, seconds: u64) {
        self.issued_before = self.issued_before.max(to_i64(seconds));
    }

    fn revoke(
        &mut self,
        kind: &str,
        name: &str,
        issued_before: i64,
        expiration: i64,
    ) -> Result<(), Error> {
        let fingerprint = fingerprint::of_name(kind, name.bytes());
        let revoked = Revoked { fingerprint, issued_before, expiration };
        match self.names.iter_mut().find(|known| known.fingerprint == fingerprint) {
            Some(known) => {
                known.issued_before = known.issued_before.max(issued_before);
                known.expiration = known.expiration.max(expiration);
                Ok(())
            }
            None => self.names.push(revoked).map_err(|_| Error::RevocationsFull),
        }
    }

    /// Takes the revocation of a `jti` back; whether there was one.
    pub fn reinstate_jwt_id(&mut self, jwt_id: &str) -> bool {
        self.reinstate(JWT_ID, jwt_id)
    }

    /// Takes the revocation of a `sub` back; whether there was one.
    pub fn reinstate_subject(&mut self, subject: &str) -> bool {
        self.reinstate(SUBJECT, subject)
    }

    fn reinstate(&mut self, kind: &str, name: &str) -> bool {
        let fingerprint = fingerprint::of_name(kind, name.bytes());
        let before = self.names.len();
        list::remove(&mut self.names, |known| known.fingerprint == fingerprint);
        self.names.len() < before
    }

    /// Makes room: forgets the names whose tokens have expired whatever the time is now, under any
    /// leeway. If the clock is set back afterwards, such a token is good again: call this with a time
    /// that can be relied on.
    pub fn forget_expired(&mut self, time: Time) {
        // Expirations are whole seconds, and may have been rounded down.
        let now = Now::new(time, MAX_LEEWAY + 1, false);
        list::remove(&mut self.names, |known| now.is_past(known.expiration));
    }

    /// The number of names.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether no name is revoked. There may be a time before which all is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The list, written to the start of `memory` in a plain form: `V`, the version 1, the time
    /// before which all is revoked (8 bytes), for each name its fingerprint (16), the time before
    /// which its tokens are revoked (8) and when they have expired (8), and the first 8 bytes of the
    /// SHA-256 of all before. Numbers have their most significant byte first.
    ///
    /// # Errors
    /// [`Error::BufferTooSmall`] says how many bytes are needed, up to 65,535.
    pub fn save<'m>(&self, memory: &'m mut [u8]) -> Result<&'m [u8], Error> {
        let length = saved::length(self.names.len(), RECORD);
        let records = self.names.iter().flat_map(|name| {
            let times = [name.issued_before, name.expiration].into_iter();
            name.fingerprint.into_iter().chain(times.flat_map(i64::to_be_bytes))
        });
        saved::write_to(Self::KIND, self.issued_before, records, length, memory)
    }

    /// Revokes what was saved, in the place of all that is revoked now.
    ///
    /// # Errors
    /// [`Error::InvalidSavedState`] for bytes that are incomplete, damaged or something else,
    /// [`Error::RevocationsFull`] for more than `N` names. The list is as it was.
    pub fn restore(&mut self, saved: &[u8]) -> Result<(), Error> {
        let (issued_before, records) = saved::read::<RECORD>(Self::KIND, saved)?;
        if records.len() > N {
            return Err(Error::RevocationsFull);
        }
        self.issued_before = issued_before;
        self.names = list::collect(records.iter().map(Revoked::from_record));
        Ok(())
    }
}

impl Revoked {
    fn from_record(record: &[u8; RECORD]) -> Self {
        let (fingerprint, times) = record.split_first_chunk().unwrap_or((&[0; _], &[]));
        let mut times = times.as_chunks().0.iter().copied().map(i64::from_be_bytes);
        let mut time = || times.next().unwrap_or(i64::MAX);
        Self { fingerprint: *fingerprint, issued_before: time(), expiration: time() }
    }
}

impl<const N: usize> Revocation for Revocations<N> {
    fn check(&self, claims: &Claims<'_>) -> Result<(), Error> {
        if !self.is_empty() {
            for (kind, name) in [(JWT_ID, claims.jwt_id()), (SUBJECT, claims.subject())] {
                let Some(name) = name else { continue };
                let fingerprint = fingerprint::of_name(kind, name.bytes());
                let mut names = self.names.iter();
                if let Some(known) = names.find(|known| known.fingerprint == fingerprint) {
                    issued_since(known.issued_before, claims)?;
                }
            }
        }
        issued_since(self.issued_before, claims)
    }
}

/// The token has to be from `earliest` or later. Its date is read only if that depends on it.
fn issued_since(earliest: i64, claims: &Claims<'_>) -> Result<(), Error> {
    match earliest {
        i64::MIN => Ok(()),
        i64::MAX => Err(Error::Revoked),
        _ => {
            let issued_at = claims.issued_at().ok_or(Error::MissingIssuedAt)?;
            if issued_at.seconds() < earliest { Err(Error::Revoked) } else { Ok(()) }
        }
    }
}

impl<const N: usize> Default for Revocations<N> {
    fn default() -> Self {
        Self::new()
    }
}

/// Shows how many names there are, and none of them.
impl<const N: usize> fmt::Debug for Revocations<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revocations").field("len", &self.len()).finish_non_exhaustive()
    }
}
