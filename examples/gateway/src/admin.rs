//! What operators ask, on a listener of its own that no proxy leads to.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;

use crate::gate::Gate;
use crate::shutdown::Stop;

/// `/healthz`: the process is alive. `/readyz`: it can verify tokens now, and will not stop soon.
/// `/metrics`: for Prometheus.
pub fn routes(gate: Arc<Gate>, stop: Stop) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .route(
            "/metrics",
            get(|State((gate, _)): State<(Arc<Gate>, Stop)>| async move { gate.metrics() }),
        )
        .with_state((gate, stop))
}

async fn ready(State((gate, stop)): State<(Arc<Gate>, Stop)>) -> (StatusCode, &'static str) {
    if stop.is_asked() {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
    } else if !gate.is_ready().await {
        (StatusCode::SERVICE_UNAVAILABLE, "replay guard does not answer\n")
    } else {
        (StatusCode::OK, "ready\n")
    }
}
