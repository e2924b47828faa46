//! Two gateways and their store: what it keeps, for how long, and what happens while it hangs.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::Failure;
use crate::client::Client;
use crate::load::Trouble;
use crate::programs::LEEWAY;
use crate::setup::{Setup, metric};
use crate::tokens::{LIFETIME, now};

/// What Redis answers to a command that it answers with a number.
fn ask_redis(setup: &Setup, command: &str) -> Result<u64, Failure> {
    let (_, port) = setup.redis.as_ref().ok_or("no Redis")?;
    let mut redis = TcpStream::connect(("127.0.0.1", *port))?;
    write!(redis, "{command}\r\n")?;
    let mut line = String::new();
    BufReader::new(redis).read_line(&mut line)?;
    Ok(line.trim_start_matches(':').trim().parse()?)
}

/// A store that has lost its memory is sure of tokens again from the next second after the leeway.
pub(crate) async fn check_beginning(setup: &Setup) -> Result<(), Failure> {
    ask_redis(setup, "EVAL \"redis.call('FLUSHALL') return 1\" 0")?;
    let earliest = now();
    let token = setup.world.good_token();
    let answer = Client::new(setup.ports[0].service).get_with("/whoami", &token).await?;
    let latest = now();
    let from = "EVAL \"return tonumber(redis.call('GET', '{embedded-jwt}:from'))\" 0";
    let from = ask_redis(setup, from)? - u64::from(LEEWAY) - 1;
    if answer.status != 503 || !(earliest..=latest).contains(&from) {
        return Err(format!("{} at {earliest} to {latest}, began at {from}", answer.status).into());
    }
    setup.settle().await
}

/// A token is remembered until it has expired, with the leeway and a minute for gateways' clocks.
pub(crate) async fn check_time_to_live(setup: &Setup) -> Result<(), Failure> {
    let began = now();
    let token = setup.world.good_token();
    let answer = Client::new(setup.ports[0].service).get_with("/whoami", &token).await?;
    let longest = "local longest = 0 for _, key in ipairs(redis.call('KEYS', '*')) do \
                   longest = math.max(longest, redis.call('PTTL', key)) end return longest";
    let seconds = ask_redis(setup, &format!("EVAL \"{longest}\" 0"))?.div_ceil(1_000);
    let passed = now() - began;
    let expected = LIFETIME + u64::from(LEEWAY) + 60;
    if answer.status != 200 || !(expected - passed..=expected).contains(&seconds) {
        return Err(format!("a token is kept for {seconds} s instead of {expected} s").into());
    }
    Ok(())
}

/// Each token goes to both gateways at the same time, past nginx.
pub(crate) async fn at_both_at_once(setup: &Setup) -> Result<(), Failure> {
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

/// Of many requests that come at once while Redis hangs, how many the gateway does not even ask
/// about.
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
pub(crate) async fn hang_redis(setup: &mut Setup) -> Result<(), Failure> {
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
