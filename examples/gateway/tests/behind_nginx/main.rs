//! Proves the gateway: starts it behind a real nginx and with a real Redis, on the loopback
//! address, drives it while things break, and checks every answer. `./test` runs it.

mod app;
mod at_the_start;
mod client;
mod figures;
mod judge;
mod load;
mod one_by_one;
mod programs;
mod readme;
mod setup;
mod stopping;
mod store;
mod tokens;
mod troubles;
mod under_load;

use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Several times as long as it takes.
const PATIENCE: Duration = Duration::from_secs(300);

/// Why the test failed, for people.
type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    judge::test_the_judge();
    let finished = match tokio::time::timeout(PATIENCE, run()).await {
        Ok(finished) => finished,
        Err(_) => Err(format!("not finished within {PATIENCE:?}").into()),
    };
    match finished {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            println!("FAILED: {failure}");
            println!("the logs are in {}", setup::folders().display());
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let begin = Instant::now();
    let section = |name: &str| println!("[{:5.1} s] {name}", begin.elapsed().as_secs_f32());
    section("What it says if it can't start");
    at_the_start::check().await?;
    section("The README's commands");
    readme::check().await?;
    section("It stops in order");
    stopping::check().await?;
    section("One gateway, guard in memory: each kind of request once");
    let setup = setup::Setup::with_memory().await?;
    one_by_one::check(&setup).await?;
    section("The same under load, with troubles");
    under_load::with_memory(setup).await?;
    section("Two gateways, one Redis, under load, with troubles");
    under_load::with_redis(setup::Setup::with_redis().await?).await?;
    section("Figures");
    figures::print().await?;
    section("Everything is as it should be");
    Ok(())
}
