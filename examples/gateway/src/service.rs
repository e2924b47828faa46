//! The service itself: put your own routes here.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::routing::{get, post};

use crate::bearer::BearerLayer;
use crate::forward;
use crate::gate::{Gate, Proof};

/// Routes for everybody, for those with a token, and for those whose token has a scope; and the one
/// that nginx asks.
pub fn routes(gate: Arc<Gate>) -> Router {
    let bearer = BearerLayer::new(Arc::clone(&gate));
    let with_token = Router::new()
        .route("/whoami", get(|proof: Proof| async move { format!("{}\n", proof.subject()) }))
        .route("/length", post(|_: Proof, body: Bytes| async move { format!("{}\n", body.len()) }))
        .route_layer(bearer.clone());
    let with_scope = Router::new()
        .route("/admin", get(|_: Proof| async { "admin\n" }))
        .route_layer(bearer.scope("admin"));
    Router::new()
        .route("/", get(|| async { "hello\n" }))
        .merge(with_token)
        .merge(with_scope)
        .route("/auth", get(forward::auth).with_state(gate))
}
