//! Clients send tokens, and one trouble comes after the other.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::Failure;
use crate::load::Trouble;
use crate::programs::start_redis;
use crate::setup::Setup;
use crate::store::{at_both_at_once, check_beginning, check_time_to_live, hang_redis};
use crate::troubles::{BRIEFLY, break_files, kill_worker_of_nginx, revoke, rotate};

const CLIENTS: usize = 8;
/// Far more than they send before the test ends.
const MOST_STEPS: usize = 20_000;

/// What every scenario leaves in logs and metrics.
const ALWAYS_LOGGED: [&str; 10] = [
    "keys of the JWK Set were passed over",
    "\"error\":\"Expired\"",
    "\"error\":\"SignatureMismatch\"",
    "\"error\":\"Replayed\"",
    "\"error\":\"UnknownKeyId\"",
    "\"error\":\"Revoked\"",
    "file changed: new content is in use",
    "gateway_requests_total{result=\"Expired\"}",
    "gateway_requests_total{result=\"verified\"}",
    "gateway_verification_seconds_bucket",
];

pub(crate) async fn with_memory(mut setup: Setup) -> Result<(), Failure> {
    let load = setup.world.start(CLIENTS, MOST_STEPS);
    tokio::time::sleep(BRIEFLY).await;
    rotate(&setup, 0, 1).await?;
    break_files(&setup, &[1]).await?;
    revoke(&setup).await?;
    kill_worker_of_nginx(&setup).await?;

    println!("    the gateway is killed, and comes back without its memory");
    setup.world.begin(Trouble::Gateway);
    setup.gateways[0].kill()?;
    tokio::time::sleep(BRIEFLY).await;
    let used = setup.world.take_accepted();
    setup.start_gateway(0)?;
    // It can't know these: it puts them off, until they expire.
    setup.replay(used, 503).await?;
    setup.settle().await?;
    setup.world.end(Trouble::Gateway);
    tokio::time::sleep(BRIEFLY).await;

    println!("    the gateway is stopped, and started again");
    setup.world.begin(Trouble::Gateway);
    setup.gateways[0].signal("TERM")?;
    let status = setup.gateways[0].wait()?;
    if !status.success() {
        return Err(format!("a gateway that was asked to stop ended with {status}").into());
    }
    let used = setup.world.take_accepted();
    setup.start_gateway(0)?;
    setup.replay(used, 503).await?;
    setup.settle().await?;
    setup.world.end(Trouble::Gateway);
    tokio::time::sleep(BRIEFLY).await;

    load.finish().await?;
    let mut expected = ALWAYS_LOGGED.to_vec();
    expected.extend([
        "file can't be used: old content stays in use",
        "gateway_guard_tokens{what=\"remembered\"}",
        "gateway_file_age_seconds{file=\"revoked\"}",
        "\"error\":\"ReplayNotExcluded\"",
    ]);
    setup.finish(&expected).await
}

pub(crate) async fn with_redis(mut setup: Setup) -> Result<(), Failure> {
    check_beginning(&setup).await?;
    check_time_to_live(&setup).await?;
    at_both_at_once(&setup).await?;
    let load = setup.world.start(CLIENTS, MOST_STEPS);
    tokio::time::sleep(BRIEFLY).await;
    rotate(&setup, 0, 1).await?;
    revoke(&setup).await?;

    println!("    one of the gateways is killed, and comes back");
    setup.world.begin(Trouble::Gateway);
    setup.gateways[0].kill()?;
    tokio::time::sleep(BRIEFLY).await;
    setup.start_gateway(0)?;
    setup.settle().await?;
    setup.world.end(Trouble::Gateway);
    // The store has not forgotten: these are refused for good.
    setup.replay(setup.world.take_accepted(), 401).await?;

    hang_redis(&mut setup).await?;

    println!("    Redis is killed, and comes back with its memory");
    setup.world.begin(Trouble::Store);
    let (mut redis, port) = setup.redis.take().ok_or("no Redis")?;
    redis.kill()?;
    tokio::time::sleep(BRIEFLY).await;
    if setup.admin(0, "/readyz").await? != "replay guard does not answer\n" {
        return Err("a gateway without its store says that it is ready".into());
    }
    setup.redis = Some((start_redis(&setup.folder.0, port)?, port));
    setup.settle().await?;
    setup.world.end(Trouble::Store);
    setup.replay(setup.world.take_accepted(), 401).await?;
    tokio::time::sleep(BRIEFLY).await;

    println!("    Redis forgets everything");
    setup.world.begin(Trouble::Store);
    let used = setup.world.take_accepted();
    let mut redis = TcpStream::connect(("127.0.0.1", port))?;
    redis.write_all(b"FLUSHALL\r\n")?;
    redis.read_exact(&mut [0; 5])?;
    setup.replay(used, 503).await?;
    setup.settle().await?;
    setup.world.end(Trouble::Store);
    tokio::time::sleep(BRIEFLY).await;

    load.finish().await?;
    let mut expected = ALWAYS_LOGGED.to_vec();
    expected.extend([
        "\"error\":\"RecordsUnavailable\"",
        "\"error\":\"ReplayNotExcluded\"",
        "replay guard's store does not answer",
        "replay guard's store answers again",
        "gateway_guard_seconds_bucket",
    ]);
    setup.finish(&expected).await
}
