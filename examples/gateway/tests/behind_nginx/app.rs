//! An application that knows nothing of tokens: it answers with the headers that it got.

use axum::Router;
use axum::http::HeaderMap;
use tokio::net::TcpListener;

use crate::Failure;

/// Starts it on a free port.
pub(crate) async fn start() -> Result<u16, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let app = Router::new().fallback(|headers: HeaderMap| async move {
        let line = |(name, value): (_, &axum::http::HeaderValue)| {
            format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes()))
        };
        headers.iter().map(line).collect::<String>()
    });
    tokio::spawn(axum::serve(listener, app).into_future());
    Ok(port)
}
