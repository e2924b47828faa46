//! What Prometheus reads: counts, times, ages, and no name of anybody.

use std::time::Duration;

use embedded_jwt::Error;
use prometheus::{
    GaugeVec, Histogram, HistogramOpts, IntCounterVec, Opts, Registry, TextEncoder,
    exponential_buckets,
};

use crate::keys::Keys;
use crate::revoked::Revoked;
use crate::watched::Watched;

/// All metrics of a gateway.
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    verification: Histogram,
    guard: Histogram,
    key_age: GaugeVec,
    file_age: GaugeVec,
    file_unseen: GaugeVec,
    file_changes: GaugeVec,
    file_failing: GaugeVec,
    file_failures: GaugeVec,
    guard_tokens: GaugeVec,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let gauge = |name: &str, help: &str, label: &str| {
            GaugeVec::new(Opts::new(name, help), &[label]).expect("a name of letters")
        };
        let seconds = |name: &str, help: &str, first, count| {
            let buckets = exponential_buckets(first, 2.0, count).expect("some buckets");
            let options = HistogramOpts::new(name, help).buckets(buckets);
            Histogram::with_opts(options).expect("a name of letters")
        };
        let requests =
            Opts::new("gateway_requests_total", "Requests by result: verified, or why not");
        let metrics = Self {
            registry: Registry::new(),
            requests: IntCounterVec::new(requests, &["result"]).expect("a name of letters"),
            verification: seconds(
                "gateway_verification_seconds",
                "Time to verify a token, without waiting for a shared guard",
                1e-6,
                14,
            ),
            guard: seconds("gateway_guard_seconds", "Time to ask a shared guard", 1e-4, 14),
            key_age: gauge("gateway_key_age_seconds", "How long there has been a key", "kid"),
            file_age: gauge("gateway_file_age_seconds", "How long content is in use", "file"),
            file_unseen: gauge("gateway_file_unseen_seconds", "Since it was last read", "file"),
            file_changes: gauge("gateway_file_changes", "Changes that came into use", "file"),
            file_failing: gauge("gateway_file_failing", "1: the file can't be used now", "file"),
            file_failures: gauge("gateway_file_failures", "Changes that can't be used", "file"),
            guard_tokens: gauge("gateway_guard_tokens", "Tokens in the guard in memory", "what"),
        };
        metrics.register().expect("each name is there once");
        metrics
    }

    fn register(&self) -> prometheus::Result<()> {
        self.registry.register(Box::new(self.requests.clone()))?;
        self.registry.register(Box::new(self.verification.clone()))?;
        self.registry.register(Box::new(self.guard.clone()))?;
        for gauge in [
            &self.key_age,
            &self.file_age,
            &self.file_unseen,
            &self.file_changes,
            &self.file_failing,
            &self.file_failures,
            &self.guard_tokens,
        ] {
            self.registry.register(Box::new(gauge.clone()))?;
        }
        Ok(())
    }

    pub(crate) fn count(&self, result: &str) {
        self.requests.with_label_values(&[result]).inc();
    }

    pub(crate) fn verification_took(&self, time: Duration) {
        self.verification.observe(time.as_secs_f64());
    }

    #[cfg(feature = "redis")]
    pub(crate) fn guard_took(&self, time: Duration) {
        self.guard.observe(time.as_secs_f64());
    }

    pub(crate) fn text(
        &self,
        keys: &Watched<Keys>,
        revoked: Option<&Watched<Revoked>>,
        guard: Option<(usize, usize)>,
    ) -> String {
        // Keys that are gone have no age any more.
        self.key_age.reset();
        keys.with(|keys| {
            for (key_id, age) in keys.ages() {
                self.key_age.with_label_values(&[key_id]).set(age.as_secs_f64());
            }
        });
        self.file("keys", keys);
        if let Some(revoked) = revoked {
            self.file("revoked", revoked);
        }
        if let Some((tokens, capacity)) = guard {
            self.guard_tokens.with_label_values(&["remembered"]).set(tokens as f64);
            self.guard_tokens.with_label_values(&["capacity"]).set(capacity as f64);
        }
        TextEncoder::new().encode_to_string(&self.registry.gather()).unwrap_or_default()
    }

    fn file<T: Send + Sync + 'static>(&self, name: &str, file: &Watched<T>) {
        self.file_age.with_label_values(&[name]).set(file.age().as_secs_f64());
        self.file_unseen.with_label_values(&[name]).set(file.unseen().as_secs_f64());
        self.file_changes.with_label_values(&[name]).set(file.changes() as f64);
        self.file_failing.with_label_values(&[name]).set(file.is_failing().into());
        self.file_failures.with_label_values(&[name]).set(file.failures() as f64);
    }
}

/// An error's name, without the numbers that some have.
pub(crate) fn name(error: Error) -> String {
    let mut name = format!("{error:?}");
    name.truncate(name.find(' ').unwrap_or(name.len()));
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_errors_name_has_no_numbers() {
        assert_eq!(name(Error::Expired), "Expired");
        assert_eq!(name(Error::MissingClaim { index: 1 }), "MissingClaim");
    }
}
