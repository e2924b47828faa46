//! Stops in order: no new connections, requests in flight are finished, and all within a bound.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Whether the gateway was asked to stop. Its clones know the same.
#[derive(Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Listens for SIGTERM and SIGINT. When one comes, the process ends after `bound` at the
    /// latest.
    ///
    /// # Errors
    /// If the signals can't be listened for.
    pub fn on_signal(bound: Duration) -> std::io::Result<Self> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let (sender, receiver) = watch::channel(false);
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("stopping: requests in flight are finished");
            let _ = sender.send(true);
            tokio::time::sleep(bound).await;
            tracing::warn!("stopped: some requests took too long");
            std::process::exit(1);
        });
        Ok(Self(receiver))
    }

    /// Whether it was asked.
    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is asked.
    pub async fn asked(mut self) {
        // The sender is never dropped before.
        let _ = self.0.wait_for(|is_asked| *is_asked).await;
    }
}
