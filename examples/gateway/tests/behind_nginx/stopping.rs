//! SIGTERM: requests in flight are finished, and none takes longer than the bound.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::Failure;
use crate::client::Client;
use crate::programs::{Ports, gateway, start_gateway};
use crate::setup::Folder;
use crate::tokens::{Issuer, Kind};

pub(crate) async fn check() -> Result<(), Failure> {
    let issuer = Issuer::new()?;
    let folder = Folder::new("stop", &issuer)?;
    let token = issuer.token(Kind::Good, 0, "erika");
    for (name, is_finished, code) in [("finished", true, 0), ("never finished", false, 1)] {
        let ports = Ports::free()?;
        let mut command = gateway(&folder.0, ports, &["--grace", "2"]);
        let mut gateway = start_gateway("gateway", &folder.0, ports, &mut command)?;

        // Half of a request: it is in flight until the rest comes.
        let mut stream = TcpStream::connect(("127.0.0.1", ports.service))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        let head = format!(
            "POST /length HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nContent-Length: 10\r\n\r\n"
        );
        stream.write_all(format!("{head}12345").as_bytes())?;
        let mut admin = Client::new(ports.admin);
        wait_until_verified(&mut admin).await?;
        expect(admin.get("/readyz", &[]).await?.body, "ready\n")?;

        gateway.signal("TERM")?;
        tokio::time::sleep(Duration::from_millis(300)).await;
        expect(admin.get("/readyz", &[]).await?.body, "stopping\n")?;
        expect(admin.get("/healthz", &[]).await?.body, "alive\n")?;
        if TcpStream::connect(("127.0.0.1", ports.service)).is_ok() {
            return Err("a gateway that stops takes new connections".into());
        }
        if is_finished {
            stream.write_all(b"67890")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            if !answer.starts_with("HTTP/1.1 200") || !answer.ends_with("10\n") {
                return Err(format!("the request in flight got {answer:?}").into());
            }
        }
        let began = Instant::now();
        let status = gateway.wait()?;
        if status.code() != Some(code) || began.elapsed() > Duration::from_secs(3) {
            return Err(format!("{name}: {status} after {:?}", began.elapsed()).into());
        }
    }
    println!("    with a request that is finished: exit code 0; with one that is not: 1, in time");
    folder.remove()
}

async fn wait_until_verified(admin: &mut Client) -> Result<(), Failure> {
    for _ in 0..200 {
        let text = admin.get("/metrics", &[]).await?.body;
        if text.contains("gateway_requests_total{result=\"verified\"} 1") {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err("the token was not verified".into())
}

fn expect(got: String, expected: &str) -> Result<(), Failure> {
    if got == expected { Ok(()) } else { Err(format!("{got:?} instead of {expected:?}").into()) }
}
