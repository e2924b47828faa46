//! nginx with gateways and an application behind it, in a folder of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::load::World;
use crate::programs::{self, Ports, Program, free_port};
use crate::tokens::Issuer;
use crate::{Failure, app};

/// How long anything may take to be noticed.
const PATIENCE: Duration = Duration::from_secs(15);

const NOTHING_REVOKED: &str = r#"{"jti":[],"sub":[],"issued_before":0}"#;

/// Where all folders of this run are: in memory if that can be, since a disk that is busy with
/// something else holds up whoever writes a log.
pub(crate) fn folders() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    let parent = if memory.is_dir() { memory } else { std::env::temp_dir() };
    parent.join(format!("gateway-test-{}", std::process::id()))
}

/// A folder that is removed at the end, unless the test fails: then it has the logs.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    /// With the first key of an issuer, and nothing revoked.
    pub(crate) fn new(name: &str, issuer: &Issuer) -> Result<Self, Failure> {
        let path = folders().join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path)?;
        // nginx's workers need not be root, but have to get to their folders.
        fs::write(path.join("keys.json"), issuer.jwks(&[0]))?;
        fs::write(path.join("revoked.json"), NOTHING_REVOKED)?;
        Ok(Self(path))
    }

    pub(crate) fn remove(self) -> Result<(), Failure> {
        fs::remove_dir_all(&self.0)?;
        // Only if it was the last one.
        let _ = fs::remove_dir(folders());
        Ok(())
    }
}

/// The programs of a scenario, and where they are.
pub(crate) struct Setup {
    pub(crate) gateways: Vec<Program>,
    pub(crate) ports: Vec<Ports>,
    pub(crate) redis: Option<(Program, u16)>,
    pub(crate) nginx: Program,
    pub(crate) world: Arc<World>,
    replay: &'static str,
    // Last, so that it is removed last.
    pub(crate) folder: Folder,
}

impl Setup {
    /// One gateway, with a guard in memory.
    pub(crate) async fn with_memory() -> Result<Self, Failure> {
        Self::new("memory", 1).await
    }

    /// Two gateways that share a Redis.
    pub(crate) async fn with_redis() -> Result<Self, Failure> {
        Self::new("redis", 2).await
    }

    /// One gateway or more.
    pub(crate) async fn new(replay: &'static str, gateways: usize) -> Result<Self, Failure> {
        let issuer = Issuer::new()?;
        let folder = Folder::new(replay, &issuer)?;
        let redis = match replay {
            "redis" => {
                let port = free_port()?;
                Some((programs::start_redis(&folder.0, port)?, port))
            }
            _ => None,
        };
        let ports = (0..gateways).map(|_| Ports::free()).collect::<Result<Vec<_>, _>>()?;
        let port = free_port()?;
        let nginx = programs::start_nginx(&folder.0, port, &ports, app::start().await?)?;
        let world = World::new(issuer, port);
        let mut setup = Self { gateways: Vec::new(), ports, redis, nginx, world, replay, folder };
        for gateway in 0..gateways {
            setup.start_gateway(gateway)?;
        }
        setup.settle().await?;
        Ok(setup)
    }

    /// Starts a gateway for the first time, or again.
    pub(crate) fn start_gateway(&mut self, gateway: usize) -> Result<(), Failure> {
        let mut command =
            programs::gateway(&self.folder.0, self.ports[gateway], &["--replay", self.replay]);
        if let Some((_, port)) = &self.redis {
            command.env("REDIS_URL", format!("redis://127.0.0.1:{port}"));
        }
        let name = format!("gateway-{gateway}");
        let started =
            programs::start_gateway(&name, &self.folder.0, self.ports[gateway], &mut command)?;
        match self.gateways.get_mut(gateway) {
            Some(place) => *place = started,
            None => self.gateways.push(started),
        }
        Ok(())
    }

    /// Waits until all gateways let fresh tokens in, and nginx knows.
    pub(crate) async fn settle(&self) -> Result<(), Failure> {
        let ports = self.ports.iter().map(|ports| ports.service);
        for (port, times) in ports.map(|port| (port, 1)).chain([(self.world.port, 10)]) {
            let (begin, mut client, mut in_a_row) = (Instant::now(), Client::new(port), 0);
            while in_a_row < times {
                let token = self.world.good_token();
                match client.get_with("/whoami", &token).await {
                    Ok(answer) if answer.status == 200 => in_a_row += 1,
                    _ => {
                        in_a_row = 0;
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                }
                if begin.elapsed() > PATIENCE {
                    return Err(format!("port {port} does not let good tokens in").into());
                }
            }
        }
        Ok(())
    }

    /// What a gateway answers on its admin port.
    pub(crate) async fn admin(&self, gateway: usize, path: &str) -> Result<String, Failure> {
        let answer = Client::new(self.ports[gateway].admin).get(path, &[]).await?;
        Ok(answer.body)
    }

    /// Waits until a line of all gateways' metrics is as wanted: its value, or that it is not
    /// there.
    pub(crate) async fn wait_for_metric(
        &self,
        name: &str,
        is_right: impl Fn(Option<f64>) -> bool,
    ) -> Result<(), Failure> {
        let begin = Instant::now();
        for gateway in 0..self.gateways.len() {
            while !is_right(metric(&self.admin(gateway, "/metrics").await?, name)) {
                if begin.elapsed() > PATIENCE {
                    return Err(
                        format!("metric {name} of gateway {gateway} does not change").into()
                    );
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Ok(())
    }

    /// Replaces a file as most programs do: a new one is renamed.
    pub(crate) fn replace(&self, file: &str, text: &str) -> Result<(), Failure> {
        replace(&self.folder.0, file, text)
    }

    /// Presents tokens again that were let in: each has to get this answer.
    pub(crate) async fn replay(&self, tokens: Vec<String>, expected: u16) -> Result<(), Failure> {
        if tokens.is_empty() {
            return Err("no token was let in lately".into());
        }
        let mut client = Client::new(self.world.port);
        for token in &tokens {
            let status = client.get_with("/whoami", token).await?.status.as_u16();
            if status != expected {
                self.world
                    .is_wrong(format!("a token that was used got {status} instead of {expected}"));
            }
        }
        Ok(())
    }

    /// Ends everything, and searches all logs and metrics for tokens and secrets.
    pub(crate) async fn finish(self, expected_in_logs: &[&str]) -> Result<(), Failure> {
        let token = self.world.good_token();
        let leaks = self.world.issuer.secrets_and_tokens();
        let (_, cut) = token.split_at(token.len() - 40);
        assert!(leaks.are_in(format!("{{\"token\":\"{cut}\"}}").as_bytes()), "a part is found");
        let mut texts = Vec::new();
        for gateway in 0..self.gateways.len() {
            let metrics = self.admin(gateway, "/metrics").await?;
            if metric(&metrics, "gateway_requests_total{result=\"verified\"}").is_none() {
                return Err(format!("gateway {gateway} had nothing to do").into());
            }
            texts.push((format!("metrics of gateway {gateway}"), metrics));
        }
        let Self { gateways, redis, nginx, world, folder, .. } = self;
        drop((gateways, redis, nginx));
        for folder in [folder.0.clone(), folder.0.join("nginx")] {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                if path.extension().is_some_and(|extension| extension == "log") {
                    texts.push((path.display().to_string(), fs::read_to_string(path)?));
                }
            }
        }
        let (mut bytes, mut all) = (0, String::new());
        for (name, text) in &texts {
            if leaks.are_in(text.as_bytes()) {
                return Err(format!("{name} has a part of a token or a secret").into());
            }
            bytes += text.len();
            all.push_str(text);
        }
        let missing: Vec<_> =
            expected_in_logs.iter().filter(|text| !all.contains(**text)).collect();
        if !missing.is_empty() {
            return Err(format!("no log or metric has {missing:?}").into());
        }
        let (count, tokens) = (texts.len(), world.issuer.count());
        println!(
            "    none of {tokens} tokens and no secret in {bytes} bytes of {count} logs and metrics"
        );
        folder.remove()
    }
}

/// Replaces a file by renaming another.
pub(crate) fn replace(folder: &Path, file: &str, text: &str) -> Result<(), Failure> {
    let new = folder.join("new");
    fs::write(&new, text)?;
    let file = folder.join(file);
    if file.is_dir() {
        fs::remove_dir(&file)?;
    }
    Ok(fs::rename(new, file)?)
}

/// The value of a line of metrics.
pub(crate) fn metric(text: &str, name: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
}
