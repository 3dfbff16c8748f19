//! What others make of a signature: the npm package of the specification, and Node's own Ed25519.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::endpoint::Taken;

/// Reads what was received, says what verifies it. The package knows `v1` alone, and today's time.
const VERIFY: &str = r#"
const { createPublicKey, verify } = require("node:crypto");
const { Webhook } = require("standardwebhooks");
const { secret, publicKeys, headers, text } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const [id, at] = [headers["webhook-id"], headers["webhook-timestamp"]];
Date.now = () => Number(at) * 1000;
const byPackage = () => {
    try { new Webhook(secret).verify(text, headers); return true; } catch { return false; }
};
const byKey = (key) => {
    const x = Buffer.from(key.slice("whpk_".length), "base64").toString("base64url");
    const jwk = createPublicKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", x } });
    return headers["webhook-signature"].split(" ").filter((one) => one.startsWith("v1a,")).some((one) =>
        verify(null, Buffer.from(`${id}.${at}.${text}`), jwk, Buffer.from(one.slice(4), "base64")));
};
console.log(JSON.stringify({ v1: secret ? byPackage() : null, v1a: publicKeys.map(byKey) }));
"#;

/// Whether Node finds a message signed by a secret (`v1`), and by each of the public keys (`v1a`).
///
/// `None` where the package is not installed, unless `PROCA_NODE_MODULES` says where it must be.
pub fn verified(message: &Taken, secret: Option<&str>, public_keys: &[&str]) -> Option<Value> {
    let Ok(modules) = std::env::var("PROCA_NODE_MODULES") else {
        eprintln!("not run: PROCA_NODE_MODULES does not say where npm put standardwebhooks");
        return None;
    };
    let asked = json!({
        "secret": secret, "publicKeys": public_keys, "headers": message.headers, "text": message.text,
    });
    let mut node = Command::new("node")
        .args(["-e", VERIFY])
        .env("NODE_PATH", modules)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("there is Node");
    node.stdin.take().unwrap().write_all(asked.to_string().as_bytes()).unwrap();
    let said = node.wait_with_output().unwrap();
    assert!(said.status.success(), "Node could not look at it");
    Some(serde_json::from_slice(&said.stdout).unwrap())
}
