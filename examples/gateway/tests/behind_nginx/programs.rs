//! The programs that the test starts: gateways, nginx, Redis. Each has its own folder and ports,
//! and is ended with the test.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::Failure;

/// How long a program may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) const ISSUER: &str = "https://id.example";
pub(crate) const AUDIENCE: &str = "api";
pub(crate) const LEEWAY: u32 = 1;

/// A program that runs, and the file with what it prints.
pub(crate) struct Program {
    child: Child,
    name: String,
    pub(crate) log: PathBuf,
}

impl Program {
    /// Starts a program that appends to `FOLDER/NAME.log`.
    pub(crate) fn start(name: &str, folder: &Path, command: &mut Command) -> Result<Self, Failure> {
        let log = folder.join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&log)?;
        let command = command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let child = command.spawn().map_err(|error| match error.kind() {
            ErrorKind::NotFound => format!("{name} is not installed: ./test says how to get it"),
            _ => format!("{name} can't be started: {error}"),
        })?;
        Ok(Self { child, name: name.to_owned(), log })
    }

    /// Waits until it takes connections.
    pub(crate) fn wait_for(&mut self, port: u16) -> Result<(), Failure> {
        let begin = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("{} ended: {status}\n{}", self.name, self.said()).into());
            }
            if begin.elapsed() > PATIENCE {
                return Err(format!("{} does not listen\n{}", self.name, self.said()).into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// The end of what it printed.
    fn said(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(10)..].join("\n")
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal to it alone.
    pub(crate) fn signal(&self, signal: &str) -> Result<(), Failure> {
        kill(self.id(), signal)
    }

    /// Ends it as a crash would.
    pub(crate) fn kill(&mut self) -> Result<(), Failure> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Waits until it has ended by itself.
    pub(crate) fn wait(&mut self) -> Result<ExitStatus, Failure> {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if begin.elapsed() > PATIENCE {
                return Err(format!("{} does not stop", self.name).into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The most memory that it had so far, in KiB.
    pub(crate) fn peak_memory(&self) -> Result<u64, Failure> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        Ok(number.ok_or("/proc has no VmHWM")?.parse()?)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            // Politely, so that nginx ends its workers.
            let _ = self.signal("TERM");
            if self.wait().is_err() {
                let _ = self.kill();
            }
        }
    }
}

/// Sends a signal to one process.
pub(crate) fn kill(id: u32, signal: &str) -> Result<(), Failure> {
    let status = Command::new("kill").arg(format!("-{signal}")).arg(id.to_string()).status()?;
    if status.success() { Ok(()) } else { Err(format!("no process {id} to signal").into()) }
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> Result<u16, Failure> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Where a gateway listens.
#[derive(Clone, Copy)]
pub(crate) struct Ports {
    pub(crate) service: u16,
    pub(crate) admin: u16,
}

impl Ports {
    pub(crate) fn free() -> Result<Self, Failure> {
        Ok(Self { service: free_port()?, admin: free_port()? })
    }
}

/// The command of a gateway with the files of a folder.
pub(crate) fn gateway(folder: &Path, ports: Ports, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gateway"));
    command.args(["--issuer", ISSUER, "--audience", AUDIENCE, "--leeway", &LEEWAY.to_string()]);
    // Sooner than usual, so that the test waits less.
    command.args(["--look-every", "100"]);
    command.args(["--listen", &format!("127.0.0.1:{}", ports.service)]);
    command.args(["--admin", &format!("127.0.0.1:{}", ports.admin)]);
    command.arg("--keys").arg(folder.join("keys.json"));
    command.arg("--revoked").arg(folder.join("revoked.json"));
    command.args(more);
    command
}

/// Starts a gateway, and waits until it takes connections.
pub(crate) fn start_gateway(
    name: &str,
    folder: &Path,
    ports: Ports,
    command: &mut Command,
) -> Result<Program, Failure> {
    let mut gateway = Program::start(name, folder, command)?;
    gateway.wait_for(ports.service)?;
    gateway.wait_for(ports.admin)?;
    Ok(gateway)
}

/// Starts nginx with the configuration of this example and other ports.
pub(crate) fn start_nginx(
    folder: &Path,
    port: u16,
    gateways: &[Ports],
    app: u16,
) -> Result<Program, Failure> {
    let own = folder.join("nginx");
    fs::create_dir_all(&own)?;
    let servers: String = gateways
        .iter()
        .map(|ports| {
            format!("server 127.0.0.1:{} max_fails=1 fail_timeout=1s;\n        ", ports.service)
        })
        .collect();
    let mut text = include_str!("../../nginx.conf").to_owned();
    for (from, to) in [
        ("server 127.0.0.1:8080 max_fails=1 fail_timeout=1s;\n        ", servers),
        ("server 127.0.0.1:8081;", format!("server 127.0.0.1:{app};")),
        ("listen 127.0.0.1:8000;", format!("listen 127.0.0.1:{port};")),
    ] {
        assert_eq!(text.matches(from).count(), 1, "nginx.conf has {from:?} once");
        text = text.replace(from, &to);
    }
    let file = own.join("nginx.conf");
    fs::write(&file, text)?;
    let mut command = Command::new(std::env::var("NGINX_PROGRAM").as_deref().unwrap_or("nginx"));
    command.arg("-p").arg(&own).arg("-c").arg(&file).args(["-e", "error.log"]);
    let mut nginx = Program::start("nginx", folder, &mut command)?;
    nginx.wait_for(port)?;
    Ok(nginx)
}

/// Starts Redis in a folder of its own, where it finds what it knew before.
pub(crate) fn start_redis(folder: &Path, port: u16) -> Result<Program, Failure> {
    let own = folder.join("redis");
    fs::create_dir_all(&own)?;
    let mut command =
        Command::new(std::env::var("REDIS_PROGRAM").as_deref().unwrap_or("redis-server"));
    command.args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--dir"]).arg(&own);
    command.args(["--appendonly", "yes", "--appendfsync", "always", "--save", ""]);
    command.args(["--maxmemory-policy", "noeviction"]);
    let mut redis = Program::start("redis-server", folder, &mut command)?;
    redis.wait_for(port)?;
    Ok(redis)
}

/// The processes of which this one is the parent.
pub(crate) fn children(id: u32) -> Result<Vec<u32>, Failure> {
    let text = fs::read_to_string(format!("/proc/{id}/task/{id}/children"))?;
    text.split_whitespace().map(|id| Ok(id.parse()?)).collect()
}
