//! Prints a token that the demo's gateway takes: `cargo run --example token [SUBJECT]`.

use std::error::Error;
use std::fs::{self, File};
use std::io::Read;
use std::time::SystemTime;

use embedded_jwt::{AnyKey, Signer, Stamp};
use serde_json::{Value, json};

const KEYS: &str = "demo/keys.json";

fn main() -> Result<(), Box<dyn Error>> {
    let subject = std::env::args().nth(1).unwrap_or_else(|| "erika".to_owned());
    let text = fs::read_to_string(KEYS).map_err(|error| format!("{KEYS}: {error}"))?;
    let jwks: Value = serde_json::from_str(&text)?;
    let jwk = &jwks["keys"][0];
    let key = AnyKey::from_jwk(&mut jwk.to_string().into_bytes(), None)?;
    let key_id = jwk["kid"].as_str().ok_or("the key has no name")?;

    let mut id = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut id)?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
    let stamp = Stamp::new(now, 60).jwt_id(&id);
    let claims = json!({
        "iss": "https://id.example", "aud": "api", "sub": subject, "scope": "read"
    });
    let mut buffer = [0; 1_024];
    let signer = Signer::new(key).key_id(key_id);
    let token = signer.sign_json_with(&claims.to_string(), &stamp, &mut buffer)?;
    println!("{}", str::from_utf8(token)?);
    Ok(())
}
