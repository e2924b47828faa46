//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, ArgMatches, Command, value_parser};

use crate::gate::Rules;

/// What the gateway is told when it starts.
pub struct Config {
    pub listen: String,
    pub admin: String,
    pub keys: PathBuf,
    pub revoked: Option<PathBuf>,
    pub rules: Rules,
    pub replay: Replay,
    pub replay_capacity: usize,
    pub replay_timeout: Duration,
    pub look_every: Duration,
    pub grace: Duration,
    pub log: tracing::Level,
}

/// Which replay guard to have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    None,
    Memory,
    Redis,
}

impl Config {
    /// Reads the command line. Prints what is wrong with it, or help, and exits.
    pub fn read() -> Self {
        Self::from(command().get_matches())
    }

    fn from(mut matches: ArgMatches) -> Self {
        // Each of these is required or has a default, which is what clap checks.
        let mut text = |name| matches.remove_one::<String>(name).unwrap_or_default();
        // Policies borrow their texts, and this one lasts as long as the process.
        let (issuer, audience) = (text("issuer").leak(), text("audience").leak());
        let (listen, admin) = (text("listen"), text("admin"));
        let replay = match text("replay").as_str() {
            "memory" => Replay::Memory,
            "redis" => Replay::Redis,
            _ => Replay::None,
        };
        let log = text("log").parse().unwrap_or(tracing::Level::INFO);
        let mut number = |name| matches.remove_one::<u32>(name).unwrap_or_default();
        let (maximum_lifetime, leeway) = (number("maximum-lifetime"), number("leeway"));
        Self {
            listen,
            admin,
            rules: Rules { issuer, audience, maximum_lifetime, leeway },
            replay,
            replay_capacity: usize::try_from(number("replay-capacity")).unwrap_or(usize::MAX),
            replay_timeout: Duration::from_millis(number("replay-timeout").into()),
            look_every: Duration::from_millis(number("look-every").into()),
            grace: Duration::from_secs(number("grace").into()),
            log,
            keys: matches.remove_one("keys").unwrap_or_default(),
            revoked: matches.remove_one("revoked"),
        }
    }
}

fn command() -> Command {
    let text = |name: &'static str, help: &'static str| Arg::new(name).long(name).help(help);
    let number = |name, default, help| {
        text(name, help).value_name("N").default_value(default).value_parser(value_parser!(u32))
    };
    // Zero would keep a core busy, or let nobody in.
    let positive = |name, default, help| {
        number(name, default, help).value_parser(value_parser!(u32).range(1..))
    };
    let file =
        |name, help| text(name, help).value_name("FILE").value_parser(value_parser!(PathBuf));
    Command::new("gateway")
        .about("A service that lets requests with a good token in, alone or behind nginx")
        .after_help("With --replay redis, the store's address is taken from REDIS_URL.")
        .args([
            text("issuer", "Whose tokens are let in: their iss").value_name("URL").required(true),
            text("audience", "For whom they must be: their aud").value_name("NAME").required(true),
            file("keys", "The issuer's JWK Set; read again when it changes").required(true),
            file("revoked", "What is taken back, as JSON; read again when it changes"),
            text("listen", "Where the service listens").default_value("127.0.0.1:8080"),
            text("admin", "Where health and metrics are").default_value("127.0.0.1:9090"),
            text("replay", "Lets each token in once: at this gateway, or at all of a Redis")
                .value_parser(["none", "memory", "redis"])
                .default_value("none"),
            positive("replay-capacity", "1000000", "How many tokens the guard in memory remembers"),
            positive("replay-timeout", "250", "How long to wait for Redis, in milliseconds"),
            number("maximum-lifetime", "300", "The longest exp - iat, in seconds"),
            number("leeway", "1", "By how much clocks may differ, in seconds"),
            positive("look-every", "1000", "How often files are looked at, in milliseconds"),
            number("grace", "10", "How long requests in flight may take at the end, in seconds"),
            text("log", "What is logged at least")
                .value_parser(["error", "warn", "info", "debug"])
                .default_value("info"),
        ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_consistent_and_defaults_are_read() {
        command().debug_assert();
        let line = ["gateway", "--issuer", "i", "--audience", "a", "--keys", "k"];
        let config = Config::from(command().get_matches_from(line));
        assert_eq!((config.rules.issuer, config.rules.audience), ("i", "a"));
        assert_eq!((config.rules.maximum_lifetime, config.rules.leeway), (300, 1));
        assert_eq!(config.replay_timeout, Duration::from_millis(250));
        assert_eq!(config.look_every, Duration::from_secs(1));
        assert!(config.replay == Replay::None && config.revoked.is_none());
    }
}
