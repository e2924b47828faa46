//! What it costs: requests a second, times and memory, with and without verification. The clients
//! run on the same machine and take their share of it. Each takes FIGURE_MS milliseconds, or a
//! second.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::Failure;
use crate::client::Client;
use crate::setup::Setup;
use crate::tokens::Kind;

const CLIENTS: usize = 8;
/// More tokens than are used in a millisecond.
const TOKENS: usize = 50;

pub(crate) async fn print() -> Result<(), Failure> {
    let milliseconds = std::env::var("FIGURE_MS").map_or(Ok(1000), |text| text.parse())?;
    let time = Duration::from_millis(milliseconds as u64);
    println!(
        "    {CLIENTS} connections, clients on the same machine; Redis appends each token to a file"
    );
    println!("    {:<44} {:>10} {:>9} {:>9}", "", "requests/s", "p50", "p99");
    for (replay, guard) in
        [("none", ""), ("memory", ", once, by memory"), ("redis", ", once, by Redis")]
    {
        let setup = Setup::new(replay, 1).await?;
        let (gateway, nginx) = (setup.ports[0].service, setup.world.port);
        if replay == "none" {
            run(&setup, time, "open page", gateway, "/", Vec::new()).await?;
            run(&setup, time, "open page, nginx", nginx, "/", Vec::new()).await?;
        }
        for (through, port, path) in [
            ("", gateway, "/whoami"),
            (", nginx", nginx, "/whoami"),
            (", nginx asks", nginx, "/app/"),
        ] {
            let count = if replay == "none" { 1 } else { TOKENS * milliseconds };
            let tokens =
                (0..count).map(|_| setup.world.issuer.token(Kind::Good, 0, "erika")).collect();
            run(&setup, time, &format!("token{guard}{through}"), port, path, tokens).await?;
        }
        let memory = setup.gateways[0].peak_memory()?;
        println!("    {:<44} {memory:>10} KiB at most", format!("RSS of the gateway{guard}"));
        let Setup { folder, gateways, nginx, redis, .. } = setup;
        drop((gateways, nginx, redis));
        folder.remove()?;
    }
    Ok(())
}

/// Sends requests for some time, with the next token each, or the only one again and again.
async fn run(
    setup: &Setup,
    time: Duration,
    name: &str,
    port: u16,
    path: &'static str,
    tokens: Vec<String>,
) -> Result<(), Failure> {
    let (tokens, next) = (Arc::new(tokens), Arc::new(AtomicUsize::new(0)));
    let began = Instant::now();
    let tasks: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (tokens, next) = (Arc::clone(&tokens), Arc::clone(&next));
            tokio::spawn(async move {
                let (mut client, mut times) = (Client::new(port), Vec::new());
                while began.elapsed() < time {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let token = if tokens.len() == 1 { tokens.first() } else { tokens.get(at) };
                    let sent = Instant::now();
                    let answer = match token {
                        Some(token) => client.get_with(path, token).await?,
                        None if tokens.is_empty() => client.get(path, &[]).await?,
                        None => break,
                    };
                    times.push(sent.elapsed());
                    if answer.status != 200 {
                        return Err(Failure::from(format!("{path} got {}", answer.status)));
                    }
                }
                Ok(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    let seconds = began.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
    let rate = times.len() as f64 / seconds;
    println!("    {name:<44} {rate:>10.0} {:>9.0?} {:>9.0?}", at(50), at(99));
    setup.settle().await
}
