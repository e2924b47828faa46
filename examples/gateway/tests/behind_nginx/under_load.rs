//! What goes wrong while clients send tokens, one trouble after the other.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::Failure;
use crate::client::Client;
use crate::load::Trouble;
use crate::programs::{LEEWAY, children, kill, start_redis};
use crate::setup::{Setup, metric};
use crate::tokens::{LIFETIME, key_id};

const CLIENTS: usize = 8;
/// Far more than they send before the test ends.
const MOST_STEPS: usize = 20_000;

const BRIEFLY: Duration = Duration::from_millis(500);

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

/// The next key is delivered, comes into use, and the old one is removed. Nobody notices.
async fn rotate(setup: &Setup, old: usize, new: usize) -> Result<(), Failure> {
    println!("    keys rotate");
    let world = &setup.world;
    let age = |key| format!("gateway_key_age_seconds{{kid=\"{}\"}}", key_id(key));
    setup.replace("keys.json", &world.issuer.jwks(&[old, new]))?;
    setup.wait_for_metric(&age(new), |age| age.is_some()).await?;
    world.key.store(new, Ordering::SeqCst);
    tokio::time::sleep(BRIEFLY).await;
    world.begin(Trouble::Key);
    world.old_key_is_good.store(false, Ordering::SeqCst);
    setup.replace("keys.json", &world.issuer.jwks(&[new]))?;
    setup.wait_for_metric(&age(old), |age| age.is_none()).await?;
    world.end(Trouble::Key);
    tokio::time::sleep(BRIEFLY).await;
    Ok(())
}

/// Both files are broken in each way that they can be. Nobody notices.
async fn break_files(setup: &Setup, keys: &[usize]) -> Result<(), Failure> {
    println!("    files break: half written, empty, not JSON, unreadable");
    let failing = |file| format!("gateway_file_failing{{file=\"{file}\"}}");
    for (file, good) in [
        ("keys", setup.world.issuer.jwks(keys)),
        ("revoked", fs::read_to_string(setup.folder.0.join("revoked.json"))?),
    ] {
        let (name, folder) = (format!("{file}.json"), &setup.folder.0);
        let path = folder.join(&name);
        for (how, text) in
            [("half written", &good[..good.len() / 2]), ("empty", ""), ("not JSON", "<html>")]
        {
            // In place, as a program that is killed in the middle leaves it.
            fs::write(&path, text)?;
            let failed = setup.wait_for_metric(&failing(file), |value| value == Some(1.0)).await;
            failed.map_err(|failure| format!("{name}, {how}: {failure}"))?;
            // Between two of them it is well again: each must be noticed by itself.
            setup.replace(&name, &good)?;
            setup.wait_for_metric(&failing(file), |value| value == Some(0.0)).await?;
        }
        fs::remove_file(&path)?;
        fs::create_dir(&path)?;
        setup.wait_for_metric(&failing(file), |value| value == Some(1.0)).await?;
        setup.replace(&name, &good)?;
        setup.wait_for_metric(&failing(file), |value| value == Some(0.0)).await?;
    }
    Ok(())
}

/// Mallory's tokens are taken back, those to come too.
async fn revoke(setup: &Setup) -> Result<(), Failure> {
    println!("    a subject is revoked");
    let world = &setup.world;
    let list =
        r#"{"jti":[],"sub":[{"name":"mallory","issued_before":4102444800}],"issued_before":0}"#;
    world.begin(Trouble::Revocation);
    world.mallory_is_good.store(false, Ordering::SeqCst);
    let changes = "gateway_file_changes{file=\"revoked\"}";
    // All gateways have seen the same changes so far.
    let before = metric(&setup.admin(0, "/metrics").await?, changes).ok_or("no metric of it")?;
    setup.replace("revoked.json", list)?;
    setup.wait_for_metric(changes, |changes| changes > Some(before)).await?;
    world.end(Trouble::Revocation);
    tokio::time::sleep(BRIEFLY).await;
    Ok(())
}

async fn kill_worker_of_nginx(setup: &Setup) -> Result<(), Failure> {
    println!("    a worker of nginx is killed");
    let workers = children(setup.nginx.id())?;
    let worker = *workers.first().ok_or("nginx has no workers")?;
    setup.world.begin(Trouble::Nginx);
    kill(worker, "KILL")?;
    tokio::time::sleep(BRIEFLY).await;
    setup.settle().await?;
    setup.world.end(Trouble::Nginx);
    Ok(())
}

/// A token is remembered until it has expired, with the leeway and a minute for gateways' clocks.
async fn check_time_to_live(setup: &Setup) -> Result<(), Failure> {
    let token = setup.world.good_token();
    let answer = Client::new(setup.ports[0].service).get_with("/whoami", &token).await?;
    let (_, port) = setup.redis.as_ref().ok_or("no Redis")?;
    let mut redis = TcpStream::connect(("127.0.0.1", *port))?;
    let longest = "local longest = 0 for _, key in ipairs(redis.call('KEYS', '*')) do \
                   longest = math.max(longest, redis.call('TTL', key)) end return longest";
    write!(redis, "EVAL \"{longest}\" 0\r\n")?;
    let mut line = String::new();
    BufReader::new(redis).read_line(&mut line)?;
    let seconds: u64 = line.trim_start_matches(':').trim().parse()?;
    let expected = LIFETIME + u64::from(LEEWAY) + 60;
    if answer.status != 200 || !(expected - 2..=expected).contains(&seconds) {
        return Err(format!("a token is kept for {seconds} s instead of {expected} s").into());
    }
    Ok(())
}

/// Each token goes to both gateways at the same time, past nginx.
async fn at_both_at_once(setup: &Setup) -> Result<(), Failure> {
    let [mut a, mut b] = [0, 1].map(|gateway| Client::new(setup.ports[gateway].service));
    let mut first = [0; 2];
    for _ in 0..300 {
        let token = setup.world.good_token();
        let got = tokio::join!(a.get_with("/whoami", &token), b.get_with("/whoami", &token));
        match (got.0?.status.as_u16(), got.1?.status.as_u16()) {
            (200, 401) => first[0] += 1,
            (401, 200) => first[1] += 1,
            other => return Err(format!("at both gateways at once: {other:?}").into()),
        }
    }
    println!("    300 tokens at both at once: {} and {} let in", first[0], first[1]);
    Ok(())
}

/// More than may wait for the store at once.
const CROWD: usize = 300;

/// Of many requests that come at once while Redis hangs, how many the gateway does not even ask about.
async fn put_off_at_once(setup: &Setup) -> Result<f64, Failure> {
    // No question that is asked is answered so fast now.
    let fast = "gateway_guard_seconds_bucket{le=\"0.0128\"}";
    let count = async || {
        let metrics = setup.admin(0, "/metrics").await?;
        metric(&metrics, fast).ok_or_else(|| Failure::from(format!("no metric {fast}")))
    };
    let mut clients = Vec::new();
    for _ in 0..CROWD {
        // Connects, since that takes longer than the rest.
        let mut client = Client::new(setup.ports[0].service);
        client.get("/", &[]).await?;
        clients.push((client, setup.world.good_token()));
    }
    let before = count().await?;
    let ask = |(mut client, token): (Client, String)| async move {
        Ok::<_, Failure>(client.get_with("/whoami", &token).await?.status)
    };
    for task in clients.into_iter().map(|client| tokio::spawn(ask(client))).collect::<Vec<_>>() {
        let status = task.await??;
        if status != 503 {
            return Err(format!("while Redis hangs: {status}").into());
        }
    }
    Ok(count().await? - before)
}

/// Redis takes requests and answers none, which is worse than if it were gone.
async fn hang_redis(setup: &mut Setup) -> Result<(), Failure> {
    println!("    Redis hangs");
    let (redis, _) = setup.redis.as_ref().ok_or("no Redis")?;
    setup.world.begin(Trouble::Store);
    redis.signal("STOP")?;
    let mut client = Client::new(setup.ports[0].service);
    let (mut open_times, mut asked_times) = (Vec::new(), Vec::new());
    let end = Instant::now() + Duration::from_secs(2);
    while Instant::now() < end {
        let began = Instant::now();
        let open = client.get("/", &[]).await?;
        open_times.push(began.elapsed());
        let began = Instant::now();
        let asked = client.get_with("/whoami", &setup.world.good_token()).await?;
        asked_times.push(began.elapsed());
        if (open.status.as_u16(), asked.status.as_u16()) != (200, 503) {
            return Err(format!("while Redis hangs: {} and {}", open.status, asked.status).into());
        }
    }
    let put_off = put_off_at_once(setup).await?;
    // Half of them, since a busy machine may hold up some.
    let [open, asked] = [open_times, asked_times].map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    });
    println!("    an open page takes {open:.0?}, a token is put off in {asked:.0?}");
    println!("    of {CROWD} tokens at once, {put_off} are put off without waiting");
    // Twice the timeout is the bound.
    if open > Duration::from_millis(100) || asked > Duration::from_millis(500) {
        return Err("workers wait for the store".into());
    }
    if put_off == 0.0 {
        return Err("the number of those that wait is not bounded".into());
    }
    redis.signal("CONT")?;
    setup.settle().await?;
    setup.world.end(Trouble::Store);
    setup.replay(setup.world.take_accepted(), 401).await?;
    Ok(())
}
