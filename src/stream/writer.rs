//! Implements the writers of `embedded-io` for streaming verifiers.

use embedded_io::ErrorKind;

use super::{StreamingJwsVerifier, StreamingVerifier};
use crate::Error;
use crate::key::Keys;
use crate::key::mac::StreamingMac;

impl embedded_io::Error for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::BufferTooSmall { .. } => ErrorKind::OutOfMemory,
            Self::MacEngine | Self::RecordsUnavailable => ErrorKind::Other,
            _ => ErrorKind::InvalidData,
        }
    }
}

impl<K: Keys<Key: StreamingMac>> embedded_io::ErrorType for StreamingVerifier<'_, '_, K> {
    type Error = Error;
}

impl<K: Keys<Key: StreamingMac>> embedded_io::ErrorType for StreamingJwsVerifier<'_, '_, K> {
    type Error = Error;
}

/// Takes all of each piece, as [`push`](StreamingVerifier::push). Flushing does nothing: the token
/// ends with [`finish`](StreamingVerifier::finish).
impl<K: Keys<Key: StreamingMac>> embedded_io::Write for StreamingVerifier<'_, '_, K> {
    fn write(&mut self, piece: &[u8]) -> Result<usize, Error> {
        self.push(piece).map(|()| piece.len())
    }

    fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

/// As that of a [`StreamingVerifier`].
impl<K: Keys<Key: StreamingMac>> embedded_io::Write for StreamingJwsVerifier<'_, '_, K> {
    fn write(&mut self, piece: &[u8]) -> Result<usize, Error> {
        self.push(piece).map(|()| piece.len())
    }

    fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

/// As [`embedded_io::Write`]; it never waits.
#[cfg(feature = "embedded-io-async")]
impl<K: Keys<Key: StreamingMac>> embedded_io_async::Write for StreamingVerifier<'_, '_, K> {
    async fn write(&mut self, piece: &[u8]) -> Result<usize, Error> {
        self.push(piece).map(|()| piece.len())
    }

    async fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

/// As [`embedded_io::Write`]; it never waits.
#[cfg(feature = "embedded-io-async")]
impl<K: Keys<Key: StreamingMac>> embedded_io_async::Write for StreamingJwsVerifier<'_, '_, K> {
    async fn write(&mut self, piece: &[u8]) -> Result<usize, Error> {
        self.push(piece).map(|()| piece.len())
    }

    async fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }
}
