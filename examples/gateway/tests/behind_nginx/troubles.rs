//! What can go wrong with any setup while clients send tokens.

use std::fs;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::Failure;
use crate::load::Trouble;
use crate::programs::{children, kill};
use crate::setup::{Setup, metric};
use crate::tokens::key_id;

/// How long clients go on between two changes.
pub(crate) const BRIEFLY: Duration = Duration::from_millis(500);

/// The next key is delivered, comes into use, and the old one is removed. Nobody notices.
pub(crate) async fn rotate(setup: &Setup, old: usize, new: usize) -> Result<(), Failure> {
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
    // Those of the old key are refused for another reason now.
    world.take_accepted();
    tokio::time::sleep(BRIEFLY).await;
    Ok(())
}

/// Both files are broken in each way that they can be. Nobody notices.
pub(crate) async fn break_files(setup: &Setup, keys: &[usize]) -> Result<(), Failure> {
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
pub(crate) async fn revoke(setup: &Setup) -> Result<(), Failure> {
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
    // Hers are refused for another reason now.
    world.take_accepted();
    tokio::time::sleep(BRIEFLY).await;
    Ok(())
}

pub(crate) async fn kill_worker_of_nginx(setup: &Setup) -> Result<(), Failure> {
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
