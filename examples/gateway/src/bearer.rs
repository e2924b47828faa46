//! `Authorization: Bearer` for any tower service (RFC 6750): takes the token out of a request,
//! verifies it, and hands the [`Proof`] to the handler, or answers.
//!
//! | request | answer |
//! |---|---|
//! | no token | 401, and which scheme is wanted |
//! | header that is no token, or two of them | 400 `invalid_request` |
//! | token at fault | 401 `invalid_token` |
//! | token without what the handler needs | 403 `insufficient_scope` |
//! | device at fault, for now | 503 with `Retry-After`: the client keeps its token |
//! | gateway set up wrongly | 500 |
//!
//! The answer says no more. Which rule was broken is in the log and in the metrics, the token in
//! neither.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use embedded_jwt::{Error, ErrorClass};
use http_body_util::BodyExt;
use tower::{Layer, Service};

use crate::gate::{Gate, Proof};
use crate::metrics;

/// Why a request is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It has no bearer token.
    NoToken,
    /// It has something that is not one token.
    Malformed,
    /// Its token was refused.
    Token(Error),
}

/// The bearer token of a request (RFC 6750 section 2.1, RFC 9110 section 11.4).
///
/// # Errors
/// [`Refusal::NoToken`] without the header or with another scheme, [`Refusal::Malformed`] for
/// anything but one token.
pub fn token(headers: &HeaderMap) -> Result<&[u8], Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(Refusal::NoToken)?.as_bytes();
    if values.next().is_some() {
        return Err(Refusal::Malformed);
    }
    let end = value.iter().position(|&byte| byte == b' ').unwrap_or(value.len());
    let (scheme, rest) = value.split_at(end);
    if !scheme.eq_ignore_ascii_case(b"bearer") {
        let is_name = scheme.iter().all(|&byte| byte.is_ascii_graphic());
        return Err(if is_name { Refusal::NoToken } else { Refusal::Malformed });
    }
    let begin = rest.iter().position(|&byte| byte != b' ').unwrap_or(rest.len());
    let token = &rest[begin..];
    if is_token68(token) { Ok(token) } else { Err(Refusal::Malformed) }
}

/// `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`
fn is_token68(text: &[u8]) -> bool {
    let is_symbol = |&byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    let end = text.iter().position(|byte| !is_symbol(byte)).unwrap_or(text.len());
    end > 0 && text[end..].iter().all(|&byte| byte == b'=')
}

/// Verifies the token of a request. Logs why it was refused.
///
/// # Errors
/// A [`Refusal`], whose answer is [`Refusal::answer`].
pub async fn authenticate(
    gate: &Gate,
    headers: &HeaderMap,
    scope: Option<&str>,
) -> Result<Proof, Refusal> {
    let token = token(headers).inspect_err(|refusal| gate.count(&format!("{refusal:?}")))?;
    gate.admit(token, scope).await.map_err(|error| {
        let (name, code) = (metrics::name(error), error.code());
        match error.class() {
            ErrorClass::Token => tracing::info!(error = name, code, "token refused: {error}"),
            ErrorClass::Device => tracing::warn!(error = name, code, "token put off: {error}"),
            _ => tracing::error!(error = name, code, "token not verified: {error}"),
        }
        Refusal::Token(error)
    })
}

impl Refusal {
    /// The answer to a request. `scope` is what it needs.
    pub fn answer(self, scope: Option<&str>) -> Response {
        let scope = || scope.map(|scope| format!(", scope=\"{scope}\"")).unwrap_or_default();
        match self {
            Self::NoToken => challenge(StatusCode::UNAUTHORIZED, String::new()),
            Self::Malformed => {
                challenge(StatusCode::BAD_REQUEST, ", error=\"invalid_request\"".to_owned())
            }
            Self::Token(Error::RefusedByApplication) => challenge(
                StatusCode::FORBIDDEN,
                format!(", error=\"insufficient_scope\"{}", scope()),
            ),
            Self::Token(error) => match error.class() {
                ErrorClass::Token => {
                    challenge(StatusCode::UNAUTHORIZED, format!(", error=\"{}\"", error.to_peer()))
                }
                ErrorClass::Device => {
                    (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")]).into_response()
                }
                _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            },
        }
    }
}

/// An answer with a challenge (RFC 6750 section 3).
fn challenge(status: StatusCode, parameters: String) -> Response {
    let value = HeaderValue::try_from(format!("Bearer realm=\"gateway\"{parameters}"));
    match value {
        Ok(value) => (status, [(WWW_AUTHENTICATE, value)]).into_response(),
        // Only a scope that is no scope could do that, and it is of our own configuration.
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Lets only requests with a good token through to a service.
#[derive(Clone)]
pub struct BearerLayer {
    gate: Arc<Gate>,
    scope: Option<&'static str>,
}

impl BearerLayer {
    /// For tokens with any scopes.
    pub fn new(gate: Arc<Gate>) -> Self {
        Self { gate, scope: None }
    }

    /// For tokens with this scope among theirs.
    pub fn scope(self, scope: &'static str) -> Self {
        Self { scope: Some(scope), ..self }
    }
}

impl<S> Layer<S> for BearerLayer {
    type Service = Bearer<S>;

    fn layer(&self, inner: S) -> Bearer<S> {
        Bearer { layer: self.clone(), inner }
    }
}

/// A service behind a [`BearerLayer`].
#[derive(Clone)]
pub struct Bearer<S> {
    layer: BearerLayer,
    inner: S,
}

impl<S> Service<Request<Body>> for Bearer<S>
where
    S: Service<Request<Body>, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        // The service that is ready is this one, not its clone.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let BearerLayer { gate, scope } = self.layer.clone();
        Box::pin(async move {
            match authenticate(&gate, request.headers(), scope).await {
                Ok(proof) => {
                    // So that no handler logs it or passes it on.
                    request.headers_mut().remove(AUTHORIZATION);
                    request.extensions_mut().insert(proof);
                    inner.call(request).await
                }
                Err(refusal) => {
                    let _ = tokio::time::timeout(LONGEST_DRAIN, drain(request.into_body())).await;
                    Ok(refusal.answer(scope))
                }
            }
        })
    }
}

/// As much as nginx lets through, if it is not told otherwise.
const LARGEST_DRAIN: usize = 1024 * 1024;

const LONGEST_DRAIN: Duration = Duration::from_secs(1);

/// Reads the body of a request that is refused. If it were left unread, the connection would have
/// to be closed, and a proxy that is still sending would report that instead of the answer.
async fn drain(mut body: Body) {
    let mut read = 0;
    while let Some(Ok(frame)) = body.frame().await
        && read < LARGEST_DRAIN
    {
        read += frame.data_ref().map_or(0, |data| data.len());
    }
}

/// A handler that takes a [`Proof`] runs only behind a [`BearerLayer`].
impl<S: Sync> FromRequestParts<S> for Proof {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, StatusCode> {
        parts.extensions.get().cloned().ok_or_else(|| {
            tracing::error!("a handler that needs a proof has no BearerLayer before it");
            StatusCode::INTERNAL_SERVER_ERROR
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use axum::Router;
    use axum::routing::get;
    use embedded_jwt::{Hs256, Key, Signer};

    use super::*;
    use crate::gate::Rules;
    use crate::keys::Keys;
    use crate::replay::Guard;

    #[test]
    fn a_token_is_taken_from_one_header_of_the_right_form() {
        let (no_token, malformed) = (Err(Refusal::NoToken), Err(Refusal::Malformed));
        for (name, values, expected) in [
            ("no header", &[][..], no_token),
            ("usual", &[&b"Bearer a.b.c"[..]], Ok(&b"a.b.c"[..])),
            ("lower case", &[b"bearer a.b.c"], Ok(b"a.b.c")),
            ("upper case", &[b"BEARER a.b.c"], Ok(b"a.b.c")),
            ("more spaces", &[b"Bearer    a.b.c"], Ok(b"a.b.c")),
            ("all symbols", &[b"Bearer aZ09-._~+/=="], Ok(b"aZ09-._~+/==")),
            ("two headers", &[b"Bearer a.b.c", b"Bearer a.b.c"], malformed),
            ("another scheme and a token", &[b"Basic YTpi", b"Bearer a.b.c"], malformed),
            ("another scheme", &[b"Basic YTpi"], no_token),
            ("longer scheme", &[b"Bearers a.b.c"], no_token),
            ("token without a scheme", &[b"a.b.c"], no_token),
            ("colon", &[b"Bearer: a.b.c"], no_token),
            ("empty header", &[b""], no_token),
            ("scheme alone", &[b"Bearer"], malformed),
            ("space and no token", &[b"Bearer "], malformed),
            ("tab", &[b"Bearer\ta.b.c"], malformed),
            ("tab after the space", &[b"Bearer \ta.b.c"], malformed),
            ("space at the end", &[b"Bearer a.b.c "], malformed),
            ("two tokens", &[b"Bearer a.b.c a.b.c"], malformed),
            ("list", &[b"Bearer a.b.c,Bearer a.b.c"], malformed),
            ("parameter", &[b"Bearer token=\"a.b.c\""], malformed),
            ("quotes", &[b"Bearer \"a.b.c\""], malformed),
            ("padding alone", &[b"Bearer =="], malformed),
            ("padding inside", &[b"Bearer a=b"], malformed),
            ("no ASCII", &[b"Bearer \xc3\xa4"], malformed),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
            }
            assert_eq!(token(&headers), expected, "{name}");
        }
    }

    #[tokio::test]
    async fn a_handler_gets_the_proof_and_not_the_token() {
        let folder = crate::scratch("bearer");
        let path = folder.join("keys.json");
        let secret = "A".repeat(43);
        let key = format!(r#"{{"kty":"oct","alg":"HS256","kid":"k","k":"{secret}"}}"#);
        std::fs::write(&path, format!(r#"{{"keys":[{key}]}}"#)).unwrap();
        let keys = Arc::new(Keys::open(&path, "i").unwrap());
        let rules = Rules { issuer: "i", audience: "a", maximum_lifetime: 60, leeway: 0 };
        let gate = Arc::new(Gate::new(rules, keys, None, Guard::None).unwrap());

        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let exp = now + 60;
        let claims = format!(r#"{{"iss":"i","aud":"a","sub":"erika","iat":{now},"exp":{exp}}}"#);
        let signer = Signer::new(Key::<Hs256>::new(&[0; 32]).unwrap()).key_id("k");
        let mut buffer = [0; 512];
        let token = signer.sign_json(&claims, &mut buffer).unwrap();
        let value = HeaderValue::from_bytes(&[b"Bearer ", token].concat()).unwrap();

        let handler = |proof: Proof, headers: HeaderMap| async move {
            format!("{}, {}", proof.subject(), headers.contains_key(AUTHORIZATION))
        };
        let mut router = Router::new().route("/", get(handler)).route_layer(BearerLayer::new(gate));
        let request = Request::get("/").header(AUTHORIZATION, value).body(Body::empty()).unwrap();
        let answer = router.call(request).await.unwrap();
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "erika, false");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn a_handler_without_a_layer_before_it_does_not_run() {
        let (mut parts, ()) = Request::new(()).into_parts();
        let proof = Proof::from_request_parts(&mut parts, &()).await;
        assert_eq!(proof.err(), Some(StatusCode::INTERNAL_SERVER_ERROR));
    }

    #[test]
    fn each_refusal_has_its_status_and_its_challenge() {
        let bearer = |rest: &str| Some(format!("Bearer realm=\"gateway\"{rest}"));
        for (refusal, status, expected) in [
            (Refusal::NoToken, 401, bearer("")),
            (Refusal::Malformed, 400, bearer(", error=\"invalid_request\"")),
            (Refusal::Token(Error::Expired), 401, bearer(", error=\"invalid_token\"")),
            (Refusal::Token(Error::TokenTooLong), 401, bearer(", error=\"invalid_token\"")),
            (
                Refusal::Token(Error::RefusedByApplication),
                403,
                bearer(", error=\"insufficient_scope\", scope=\"admin\""),
            ),
            (Refusal::Token(Error::RecordsUnavailable), 503, None),
            (Refusal::Token(Error::ReplayGuardFull), 503, None),
            (Refusal::Token(Error::TimeUnknown), 503, None),
            (Refusal::Token(Error::BufferTooSmall { needed: 1 }), 500, None),
        ] {
            let answer = refusal.answer(Some("admin"));
            let header = |name| answer.headers().get(name).map(|value| value.to_str().unwrap());
            assert_eq!(answer.status(), status, "{refusal:?}");
            assert_eq!(header(WWW_AUTHENTICATE).map(str::to_owned), expected, "{refusal:?}");
            assert_eq!(header(RETRY_AFTER).is_some(), status == 503, "{refusal:?}");
        }
    }
}
