//! The local runner as a process of its own, which stories start and kill.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::binaries::binary;

/// A local runner. It is killed when it is dropped.
#[derive(Debug)]
pub struct Runner {
    process: Child,
    /// Where its API is.
    pub port: u16,
    /// Where its `DynamoDB` is.
    pub dynamodb: u16,
}

impl Runner {
    /// Starts one on a data folder, and waits until it answers.
    pub async fn start(data: &Path, port: u16) -> Self {
        let mut command = Command::new(binary("proca-local"));
        command.args(["--port", &port.to_string(), "--data"]).arg(data).env("RUST_LOG", "error");
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let told = lines.filter_map(|line| {
            line.split_once("DynamoDB http://127.0.0.1:")?.1.split(' ').next()?.parse().ok()
        });
        let dynamodb = told.take(1).next().expect("the runner tells where it is");
        let runner = Self { process, port, dynamodb };
        let begun = Instant::now();
        while request(port, "GET", "/v1/pages/1", "").await.is_none_or(|(status, _)| status != 200) {
            assert!(begun.elapsed() < Duration::from_secs(30), "the runner does not start");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        runner
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// A port of this machine that is free.
pub async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

/// Asks the API at a port, as a widget does; status and body, where it answers.
pub async fn request(port: u16, method: &str, path: &str, body: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await.ok()?;
    let mut answer = String::new();
    tokio::time::timeout(Duration::from_secs(10), stream.read_to_string(&mut answer)).await.ok()?.ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}
