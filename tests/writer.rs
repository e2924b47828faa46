//! A streaming verifier used as a writer.

#![cfg(feature = "embedded-io")]

mod common;

use common::{SECRET, sign};
use embedded_io::{Error as _, ErrorKind, Write};
use embedded_jwt::{Error, Hs256, JwsVerifier, Key, Policy, Time, Verifier};

const CLAIMS: &[u8] = br#"{"exp":2000}"#;

fn token() -> Vec<u8> {
    sign("HS256", &SECRET, br#"{"alg":"HS256"}"#, CLAIMS)
}

fn verifier() -> Verifier<'static, Key<Hs256>> {
    Verifier::new(Key::new(&SECRET).unwrap(), Policy::builder().build().unwrap())
}

/// Writes a text in pieces.
fn send(writer: &mut impl Write<Error = Error>, text: &[u8]) -> Result<(), Error> {
    text.chunks(9).try_for_each(|piece| writer.write_all(piece))?;
    writer.flush()
}

#[test]
fn token_can_be_written() {
    let verifier = verifier();
    let mut buffer = [0; 128];
    let mut streaming = verifier.stream(&mut buffer);
    assert_eq!(send(&mut streaming, &token()), Ok(()));
    assert!(streaming.finish(Time::Known(0)).is_ok());
    let three = 3;
    assert!(write!(streaming, "e{three}0.e{three}0").is_ok());
    assert_eq!(streaming.finish(Time::Known(0)).err(), Some(Error::NotCompactSerialization));

    let verifier = JwsVerifier::new(Key::<Hs256>::new(&SECRET).unwrap());
    let mut buffer = [0; 128];
    let mut streaming = verifier.stream(&mut buffer);
    assert_eq!(send(&mut streaming, &token()), Ok(()));
    assert_eq!(streaming.finish().unwrap().payload(), CLAIMS);
}

#[test]
fn writing_fails_when_the_token_is_too_long() {
    let verifier = verifier();
    let mut buffer = [0; 128];
    let mut streaming = verifier.stream(&mut buffer);
    let endless = vec![b'e'; 1_000_000];
    assert_eq!(send(&mut streaming, &endless), Err(Error::TokenTooLong));
    assert_eq!(streaming.write(b"e"), Err(Error::TokenTooLong));
}

#[test]
fn errors_have_kinds() {
    for (error, kind) in [
        (Error::TokenTooLong, ErrorKind::InvalidData),
        (Error::SignatureMismatch, ErrorKind::InvalidData),
        (Error::BufferTooSmall { needed: 1 }, ErrorKind::OutOfMemory),
        (Error::MacEngine, ErrorKind::Other),
    ] {
        assert_eq!(error.kind(), kind, "{error}");
    }
}

#[cfg(feature = "embedded-io-async")]
mod asynchronous {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    async fn send_async(
        writer: &mut impl embedded_io_async::Write<Error = Error>,
        text: &[u8],
    ) -> Result<(), Error> {
        for piece in text.chunks(9) {
            writer.write_all(piece).await?;
        }
        writer.flush().await
    }

    /// The result of a future that never waits.
    fn at_once<T>(work: impl Future<Output = T>) -> T {
        match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => result,
            Poll::Pending => panic!("it waits"),
        }
    }

    #[test]
    fn token_can_be_written_asynchronously_without_waiting() {
        let verifier = verifier();
        let mut buffer = [0; 128];
        let mut streaming = verifier.stream(&mut buffer);
        assert_eq!(at_once(send_async(&mut streaming, &token())), Ok(()));
        assert!(streaming.finish(Time::Known(0)).is_ok());
        let endless = vec![b'e'; 1_000_000];
        assert_eq!(at_once(send_async(&mut streaming, &endless)), Err(Error::TokenTooLong));

        let verifier = JwsVerifier::new(Key::<Hs256>::new(&SECRET).unwrap());
        let mut buffer = [0; 128];
        let mut streaming = verifier.stream(&mut buffer);
        assert_eq!(at_once(send_async(&mut streaming, &token())), Ok(()));
        assert_eq!(streaming.finish().unwrap().payload(), CLAIMS);
    }
}
