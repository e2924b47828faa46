//! An application that knows nothing of tokens: it answers with the path and the headers that it
//! got, and with the status that the path ends with, if it does.

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, Uri};
use tokio::net::TcpListener;

use crate::Failure;

/// Starts it on a free port.
pub(crate) async fn start() -> Result<u16, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let app = Router::new().fallback(|uri: Uri, headers: HeaderMap, _: Bytes| async move {
        let status = uri.path().rsplit('/').next().and_then(|status| status.parse().ok());
        let status = status.and_then(|status| StatusCode::from_u16(status).ok());
        let line = |(name, value): (_, &axum::http::HeaderValue)| {
            format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes()))
        };
        let lines: String = headers.iter().map(line).collect();
        (status.unwrap_or_default(), format!("path: {}\n{lines}", uri.path()))
    });
    tokio::spawn(axum::serve(listener, app).into_future());
    Ok(port)
}
