//! A gateway that takes tokens: a service of its own, and the judge that nginx asks
//! (`auth_request`). The README shows what talks to what; `main.rs` puts the parts together.

pub mod admin;
pub mod bearer;
pub mod config;
pub mod forward;
pub mod gate;
pub mod keys;
pub mod metrics;
pub mod replay;
pub mod revoked;
pub mod service;
pub mod shutdown;
pub mod watched;

/// An empty folder for a test.
#[cfg(test)]
fn scratch(name: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("gateway-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
