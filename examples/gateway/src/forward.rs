//! The endpoint that nginx asks by `auth_request`, and the headers that it hands on.
//!
//! A subject may be any text, with line feeds or with letters that are not ASCII. In a header, each
//! byte that is not visible ASCII, and `%` itself, becomes `%` and two hexadecimal digits. So no
//! subject can begin a header of its own, and no two subjects look alike. The usual ones stay as
//! they are. A list of scopes keeps its spaces, which nothing else can write.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use crate::bearer::authenticate;
use crate::gate::Gate;

const SUBJECT: HeaderName = HeaderName::from_static("x-auth-subject");
const SCOPE: HeaderName = HeaderName::from_static("x-auth-scope");

/// Answers 204 with the token's subject and scopes, or as the middleware does. `?scope=NAME`
/// requires a scope: nginx's configuration says which, in a request that clients can't send. Any
/// other query is a mistake in that configuration, and lets nobody in.
pub async fn auth(State(gate): State<Arc<Gate>>, uri: Uri, headers: HeaderMap) -> Response {
    let Ok(scope) = required_scope(uri.query()) else {
        tracing::error!("the query of /auth is not scope=NAME");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    match authenticate(&gate, &headers, scope).await {
        Ok(proof) => {
            let headers = [
                (SUBJECT, visible(proof.subject(), |byte| byte.is_ascii_graphic())),
                (SCOPE, visible(proof.scope(), |byte| byte.is_ascii_graphic() || byte == b' ')),
            ];
            (StatusCode::NO_CONTENT, headers).into_response()
        }
        Err(refusal) => refusal.answer(scope),
    }
}

/// The scope that a query requires. A misspelled or empty one must not be taken for none.
fn required_scope(query: Option<&str>) -> Result<Option<&str>, ()> {
    match query.map(|query| query.strip_prefix("scope=")) {
        None => Ok(None),
        Some(Some(scope)) if !scope.is_empty() => Ok(Some(scope)),
        Some(_) => Err(()),
    }
}

/// A text as a header's value.
fn visible(text: &str, stays: impl Fn(u8) -> bool) -> HeaderValue {
    let mut value = String::with_capacity(text.len());
    for byte in text.bytes() {
        if stays(byte) && byte != b'%' {
            value.push(byte.into());
        } else {
            value.push_str(&format!("%{byte:02X}"));
        }
    }
    // Visible ASCII and spaces are always a value; without it, nginx hands on nothing.
    HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_that_is_not_one_scope_lets_nobody_in() {
        for (query, expected) in [
            (None, Ok(None)),
            (Some("scope=admin"), Ok(Some("admin"))),
            (Some("scope=https://id.example/read"), Ok(Some("https://id.example/read"))),
            (Some(""), Err(())),
            (Some("scope"), Err(())),
            (Some("scope="), Err(())),
            (Some("scpoe=admin"), Err(())),
            (Some("x&scope=admin"), Err(())),
        ] {
            assert_eq!(required_scope(query), expected, "{query:?}");
        }
    }

    #[test]
    fn a_header_has_visible_ascii_alone_and_tells_all_subjects_apart() {
        for (text, expected) in [
            ("erika", "erika"),
            ("auth0|5f7c8ec7", "auth0|5f7c8ec7"),
            ("erika@example.com", "erika@example.com"),
            ("erika mustermann", "erika%20mustermann"),
            ("erika%20mustermann", "erika%2520mustermann"),
            (" erika", "%20erika"),
            ("erika\r\nX-Auth-Scope: admin", "erika%0D%0AX-Auth-Scope:%20admin"),
            ("Jürgen", "J%C3%BCrgen"),
            ("\0\t\u{7f}", "%00%09%7F"),
            ("a,b;c=\"d\"", "a,b;c=\"d\""),
        ] {
            let value = visible(text, |byte| byte.is_ascii_graphic());
            assert_eq!(value.as_bytes(), expected.as_bytes(), "{text:?}");
        }
        let scopes = visible("read write\r\nx", |byte| byte.is_ascii_graphic() || byte == b' ');
        assert_eq!(scopes, "read write%0D%0Ax");
    }
}
