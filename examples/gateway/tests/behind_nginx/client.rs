//! Sends requests over a connection that is kept.

use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONNECTION, HOST, HeaderMap};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::Failure;

/// Longer than any answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// A client of one port.
pub(crate) struct Client {
    port: u16,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Client {
    pub(crate) fn new(port: u16) -> Self {
        Self { port, sender: None }
    }

    /// Sends a GET, and connects first if that is needed. Never sends one twice.
    pub(crate) async fn get(
        &mut self,
        path: &str,
        headers: &[(&str, &[u8])],
    ) -> Result<Answer, Failure> {
        self.request(Method::GET, path, headers, Vec::new()).await
    }

    /// Sends a POST with a body.
    pub(crate) async fn post(
        &mut self,
        path: &str,
        headers: &[(&str, &[u8])],
        body: Vec<u8>,
    ) -> Result<Answer, Failure> {
        self.request(Method::POST, path, headers, body).await
    }

    async fn request(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &[u8])],
        body: Vec<u8>,
    ) -> Result<Answer, Failure> {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header(HOST, "gateway.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::from(body))?;
        match tokio::time::timeout(PATIENCE, self.send(request)).await {
            Ok(answer) => answer,
            Err(_) => {
                self.sender = None;
                Err(format!("no answer within {PATIENCE:?}").into())
            }
        }
    }

    /// Sends a GET with a token.
    pub(crate) async fn get_with(&mut self, path: &str, token: &str) -> Result<Answer, Failure> {
        let value = format!("Bearer {token}");
        self.get(path, &[("authorization", value.as_bytes())]).await
    }

    async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Answer, Failure> {
        let mut sender = match self.sender.take() {
            Some(sender) if !sender.is_closed() => sender,
            _ => {
                let stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
                stream.set_nodelay(true)?;
                let (sender, connection) = handshake(TokioIo::new(stream)).await?;
                tokio::spawn(connection);
                sender
            }
        };
        sender.ready().await?;
        let answer = sender.send_request(request).await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.into_body().collect().await?.to_bytes();
        // After an error it is dropped, too: nobody knows what comes next on that connection.
        let is_last = headers.get(CONNECTION).is_some_and(|value| value == "close");
        self.sender = (!is_last).then_some(sender);
        Ok(Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
    }
}
