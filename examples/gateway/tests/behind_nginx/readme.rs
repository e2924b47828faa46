//! The README's two commands.

use std::process::Command;

use crate::Failure;
use crate::client::Client;
use crate::programs::Program;
use crate::setup::Folder;
use crate::tokens::Issuer;

/// Where `./run` has nginx.
const PORT: u16 = 8_000;

pub(crate) async fn check() -> Result<(), Failure> {
    let commands: Vec<_> = include_str!("../../README.md")
        .split("```sh\n")
        .skip(1)
        .filter_map(|text| text.split("```").next())
        .collect();
    let [start, ask, ..] = commands[..] else { return Err("README has fewer commands".into()) };
    let folder = Folder::new("readme", &Issuer::new()?)?;
    let mut bash = Command::new("bash");
    // Instead of the shell, so that the signal at the end gets there.
    let mut run = Program::start("run", &folder.0, bash.args(["-c", &format!("exec {start}")]))?;
    run.wait_for(PORT)?;
    // nginx may be there before the gateway.
    for _ in 0..100 {
        if Client::new(PORT).get("/", &[]).await?.status == 200 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let output = Command::new("bash").args(["-c", ask]).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    if said != "erika\n" {
        let said = format!("{said}{}", String::from_utf8_lossy(&output.stderr));
        return Err(format!("{ask} says {said:?}").into());
    }
    run.signal("TERM")?;
    run.wait()?;
    println!("    {} and {} work", start.trim(), ask.split(' ').next().unwrap_or_default());
    folder.remove()
}
