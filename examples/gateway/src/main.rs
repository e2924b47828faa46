//! Puts the parts together, and starts them. Exit code 1: it can't start, or had to break off
//! requests at the end; 2: the command line is wrong.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::SystemTime;

use gateway::config::{Config, Replay};
use gateway::gate::Gate;
use gateway::keys::Keys;
use gateway::replay::Guard;
use gateway::replay::sharded::ShardedGuard;
use gateway::shutdown::Stop;
use gateway::{admin, revoked, service};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> ExitCode {
    let config = Config::read();
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_target(false)
        .with_max_level(config.log)
        .with_writer(std::io::stderr)
        .init();
    match run(config).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            tracing::error!(reason, "can't start");
            ExitCode::FAILURE
        }
    }
}

async fn run(config: Config) -> Result<(), String> {
    let keys = Arc::new(Keys::open(&config.keys, config.rules.issuer)?);
    let revoked = config.revoked.as_deref().map(revoked::open).transpose()?.map(Arc::new);
    let guard = guard(&config)?;
    let gate = Gate::new(config.rules, Arc::clone(&keys), revoked.clone(), guard);
    let gate = Arc::new(gate.map_err(|error| error.to_string())?);
    let service_listener = listen(&config.listen).await?;
    let admin_listener = listen(&config.admin).await?;
    let stop = Stop::on_signal(config.grace).map_err(|error| error.to_string())?;
    keys.watch(config.look_every);
    if let Some(revoked) = &revoked {
        revoked.watch(config.look_every);
    }

    // Health and metrics can be asked until the end.
    let admin = admin::routes(Arc::clone(&gate), stop.clone());
    tokio::spawn(axum::serve(admin_listener, admin).into_future());
    let served = axum::serve(service_listener, service::routes(gate));
    tracing::info!(listen = config.listen, admin = config.admin, "started");
    served.with_graceful_shutdown(stop.asked()).await.map_err(|error| error.to_string())?;
    tracing::info!("stopped");
    Ok(())
}

fn guard(config: &Config) -> Result<Guard, String> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.map_err(|_| "the clock is not set".to_owned())?.as_secs();
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    match config.replay {
        Replay::None => Ok(Guard::None),
        Replay::Memory => {
            let leeway = config.rules.leeway;
            Ok(Guard::Memory(ShardedGuard::new(config.replay_capacity, now, leeway)))
        }
        Replay::Redis => redis(config),
    }
}

#[cfg(feature = "redis")]
fn redis(config: &Config) -> Result<Guard, String> {
    use gateway::replay::redis::RedisGuard;

    let address = std::env::var("REDIS_URL").map_err(|error| format!("REDIS_URL: {error}"))?;
    let guard = RedisGuard::new(&address, config.replay_timeout, config.rules.leeway);
    guard.map(Guard::Redis).map_err(|error| format!("REDIS_URL: {error}"))
}

#[cfg(not(feature = "redis"))]
fn redis(_config: &Config) -> Result<Guard, String> {
    Err("--replay redis: this was built without the feature `redis`".to_owned())
}

async fn listen(address: &str) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| format!("can't listen on {address}: {error}"))
}
