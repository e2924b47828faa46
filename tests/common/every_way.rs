//! A `Verifier` and a `JwsVerifier` like those of the crate, but they also verify each token in two
//! steps, and in pieces, cut in several ways, with the verifier there from the beginning and only
//! at the end. The outcome, the token and the buffer's contents must be equal.

use std::ops::{Deref, DerefMut};

use embedded_jwt::{
    Check, Error, IncomingToken, Jws, Keys, Mac, Policy, Presented, Replay, StreamingMac, Time,
    Token,
};

/// It dereferences to the crate's own, which verifies once.
pub(crate) struct Verifier<'p, K>(embedded_jwt::Verifier<'p, K>);

impl<'p, K: Keys<Key: StreamingMac>> Verifier<'p, K> {
    pub(crate) fn new(keys: K, policy: Policy<'p>) -> Self {
        Self(embedded_jwt::Verifier::new(keys, policy))
    }

    pub(crate) fn verify<'b>(
        &self,
        token: &[u8],
        time: Time,
        buffer: &'b mut [u8],
    ) -> Result<Token<'b>, Error> {
        self.verify_with(token, time, &(), &mut (), buffer)
    }

    pub(crate) fn verify_with<'b>(
        &self,
        token: &[u8],
        time: Time,
        check: &(impl Check + ?Sized),
        replay: &mut (impl Replay + ?Sized),
        buffer: &'b mut [u8],
    ) -> Result<Token<'b>, Error> {
        let mut whole = buffer.to_vec();
        let mut answer = Recorded::new(replay);
        let verified = self.0.verify_with(token, time, check, &mut answer, &mut whole);
        let expected = verified.map(|token| describe(&token));
        let mut answer = answer.again();

        let mut room = buffer.to_vec();
        let verified = self.0.begin(token, &mut room).and_then(|mut pending| {
            while let Some(key) = pending.key() {
                pending.computed_mac(&mut mac::<K>(key, pending.signing_input())?);
            }
            pending.finish_with(time, check, &mut answer)
        });
        assert_eq!(verified.map(|token| describe(&token)), expected, "in two steps");
        check_left(expected.is_ok(), &room, &whole, buffer);

        for pieces in cuts(token) {
            let mut room = buffer.to_vec();
            let mut streaming = self.0.stream(&mut room);
            // A token that is given up must have no effect on the next one.
            let _ = streaming.push(pieces.first().unwrap_or(&&b"."[..]));
            streaming.reset();
            for piece in &pieces {
                if let Err(error) = streaming.push(piece) {
                    assert_eq!(expected, Err(error), "before the end");
                }
            }
            assert!(expected.is_err() || !streaming.is_refused());
            let verified = streaming.finish_with(time, check, &mut answer);
            assert_eq!(verified.map(|token| describe(&token)), expected, "{pieces:?}");
            drop(streaming);
            check_left(expected.is_ok(), &room, &whole, buffer);

            let mut room = buffer.to_vec();
            let mut streaming = self.0.stream(&mut room);
            let _ = pieces.iter().try_for_each(|piece| streaming.push(piece));
            let verified = streaming.into_token_with(time, check, &mut answer);
            assert_eq!(verified.map(|token| describe(&token)), expected, "{pieces:?}");
            check_left(expected.is_ok(), &room, &whole, buffer);

            let mut room = buffer.to_vec();
            let mut incoming = IncomingToken::new(&mut room);
            let _ = incoming.push(pieces.first().unwrap_or(&&b"."[..]));
            incoming.reset();
            let _ = pieces.iter().try_for_each(|piece| incoming.push(piece));
            assert!(expected.is_err() || !incoming.is_refused());
            let verified = incoming.verify_with(&self.0, time, check, &mut answer);
            assert_eq!(verified.map(|token| describe(&token)), expected, "{pieces:?}");
            drop(incoming);
            check_left(expected.is_ok(), &room, &whole, buffer);
        }
        self.0.verify_with(token, time, check, &mut answer, buffer)
    }
}

impl<'p, K> Deref for Verifier<'p, K> {
    type Target = embedded_jwt::Verifier<'p, K>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<K> DerefMut for Verifier<'_, K> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

pub(crate) struct JwsVerifier<'p, K>(embedded_jwt::JwsVerifier<'p, K>);

impl<'p, K: Keys<Key: StreamingMac>> JwsVerifier<'p, K> {
    pub(crate) fn new(keys: K) -> Self {
        Self(embedded_jwt::JwsVerifier::new(keys))
    }

    pub(crate) fn typ(self, typ: &'p str) -> Self {
        Self(self.0.typ(typ))
    }

    pub(crate) fn verify<'b>(&self, token: &[u8], buffer: &'b mut [u8]) -> Result<Jws<'b>, Error> {
        let describe = |jws: Jws<'_>| (jws.header().as_json().to_owned(), jws.payload().to_vec());
        let mut whole = buffer.to_vec();
        let expected = self.0.verify(token, &mut whole).map(describe);

        let mut room = buffer.to_vec();
        let verified = self.0.begin(token, &mut room).and_then(|mut pending| {
            while let Some(key) = pending.key() {
                pending.computed_mac(&mut mac::<K>(key, pending.signing_input())?);
            }
            pending.finish()
        });
        assert_eq!(verified.map(describe), expected, "in two steps");
        check_left(expected.is_ok(), &room, &whole, buffer);

        for pieces in cuts(token) {
            let mut room = buffer.to_vec();
            let mut streaming = self.0.stream(&mut room);
            let _ = streaming.push(pieces.first().unwrap_or(&&b"."[..]));
            streaming.reset();
            for piece in &pieces {
                if let Err(error) = streaming.push(piece) {
                    assert_eq!(expected, Err(error), "before the end");
                }
            }
            assert!(expected.is_err() || !streaming.is_refused());
            assert_eq!(streaming.finish().map(describe), expected, "{pieces:?}");
            drop(streaming);
            check_left(expected.is_ok(), &room, &whole, buffer);

            let mut room = buffer.to_vec();
            let mut streaming = self.0.stream(&mut room);
            let _ = pieces.iter().try_for_each(|piece| streaming.push(piece));
            assert_eq!(streaming.into_jws().map(describe), expected, "{pieces:?}");
            check_left(expected.is_ok(), &room, &whole, buffer);

            let mut room = buffer.to_vec();
            let mut incoming = IncomingToken::new(&mut room);
            let _ = pieces.iter().try_for_each(|piece| incoming.push(piece));
            assert_eq!(incoming.verify_jws(&self.0).map(describe), expected, "{pieces:?}");
            drop(incoming);
            check_left(expected.is_ok(), &room, &whole, buffer);
        }
        self.0.verify(token, buffer)
    }
}

/// The MAC, as a verification in two steps takes it.
fn mac<K: Keys<Key: Mac>>(key: &K::Key, message: &[u8]) -> Result<K::Signature, Error> {
    let mut mac = K::ZERO_SIGNATURE;
    mac.as_mut().copy_from_slice(key.mac(message)?.as_ref());
    Ok(mac)
}

/// Pieces of 1, 2, 3, 7 and 64 bytes, the whole, and two random cuts that include empty pieces. Of
/// the longest tokens, only the random cuts have pieces of 1 to 3 bytes.
pub(crate) fn cuts(token: &[u8]) -> impl Iterator<Item = Vec<&[u8]>> {
    let whole = token.len().max(1);
    let even = [1, 2, 3, 7, 64, whole].into_iter().filter(move |length| whole / length < 20_000);
    let even = even.map(|length| token.chunks(length).collect());
    let mut chance = token.iter().fold(7519_u32, |sum, byte| sum.rotate_left(5) ^ u32::from(*byte));
    let random = [5, 100].map(|longest| {
        let (mut pieces, mut rest) = (Vec::new(), token);
        while !rest.is_empty() {
            chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let piece;
            (piece, rest) =
                rest.split_at((chance >> 16) as usize % (longest + 1).min(rest.len() + 1));
            pieces.push(piece);
        }
        pieces
    });
    even.chain(random)
}

/// The buffer has an accepted token in full, and nothing of a refused one.
fn check_left(holds: bool, room: &[u8], whole: &[u8], before: &[u8]) {
    if holds {
        assert_eq!(room, whole);
    } else if room != before {
        let wiped = |(left, before): (&u8, &u8)| *left == 0 || left == before;
        assert!(room.iter().zip(before).all(wiped), "left in the buffer");
    }
}

/// Everything that a token contains.
fn describe(token: &Token<'_>) -> String {
    let (header, claims) = (token.header(), token.claims());
    let audiences: Vec<_> = claims.audiences().collect();
    let dates = (claims.expiration(), claims.not_before(), claims.issued_at());
    let names = (claims.issuer(), claims.subject(), claims.jwt_id(), header.key_id(), header.typ());
    let texts = (header.as_json(), claims.as_json());
    format!("{texts:?} {names:?} {audiences:?} {dates:?} {:?}", header.content_type())
}

/// Asks a replay guard once, and repeats its answer for the same token.
struct Recorded<'r, R: ?Sized> {
    replay: Option<&'r mut R>,
    first: Option<(Asked, Result<(), Error>)>,
}

/// The fingerprint, the expiration, and whether three times are past.
type Asked = (Result<[u8; 16], Error>, i64, [bool; 3]);

impl<'r, R: Replay + ?Sized> Recorded<'r, R> {
    fn new(replay: &'r mut R) -> Self {
        Self { replay: Some(replay), first: None }
    }

    fn again(self) -> Self {
        Self { replay: None, ..self }
    }
}

impl<R: Replay + ?Sized> Replay for Recorded<'_, R> {
    fn admit(&mut self, token: &Presented<'_>) -> Result<(), Error> {
        let expiration = token.expiration();
        let past = [expiration - 1, expiration, i64::MAX].map(|time| token.is_past(time));
        let asked = (token.fingerprint(), expiration, past);
        if let Some(replay) = self.replay.as_mut() {
            let answer = replay.admit(token);
            self.first = Some((asked, answer));
            return answer;
        }
        let (first, answer) =
            self.first.expect("asked about a token that was not presented before");
        assert_eq!(asked, first);
        answer
    }
}
