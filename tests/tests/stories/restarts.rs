//! The local runner is killed at random moments; what it had accepted is processed exactly once.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use proca_tests::world::raw_dynamodb;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

struct Runner {
    process: Child,
    port: u16,
    dynamodb: u16,
}

impl Runner {
    async fn start(data: &Path, port: u16) -> Self {
        let mut command = Command::new(binary());
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

    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// The runner's binary, built where it is not yet.
fn binary() -> std::path::PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root).args(["build", "--quiet", "-p", "proca-local", "--message-format=json"]);
    let output = cargo.stderr(Stdio::inherit()).output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let executable = |line: &str| {
        serde_json::from_str::<Value>(line).ok()?["executable"].as_str().map(std::path::PathBuf::from)
    };
    lines.lines().find_map(executable).expect("a binary")
}

async fn request(port: u16, method: &str, path: &str, body: &str) -> Option<(u16, String)> {
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

/// Kills of the runner in this story.
const KILLS: u64 = 20;

#[tokio::test(flavor = "multi_thread")]
async fn every_accepted_action_is_processed_exactly_once_over_many_kills() {
    let folder = TempDir::new().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let mut accepted = 0;
    for kill in 0..KILLS {
        let runner = Runner::start(folder.path(), port).await;
        for n in 0..3 {
            let contact = json!({ "firstName": "Bruce", "email": format!("s{kill}.{n}@example.org") });
            let body = json!({ "actionType": "petition", "contact": contact, "privacy": { "optIn": true, "leadOptIn": true } });
            let answer = request(port, "POST", "/v1/pages/2/actions", &body.to_string()).await;
            assert_eq!(answer.as_ref().map(|(status, _)| *status), Some(201), "{answer:?}");
            accepted += 1;
        }
        tokio::time::sleep(Duration::from_millis(kill * 37 % 200)).await;
        runner.kill();
    }
    let runner = Runner::start(folder.path(), port).await;
    let begun = Instant::now();
    let table = loop {
        let table: Value = serde_json::from_str(
            &raw_dynamodb(runner.dynamodb, "Scan", r#"{"TableName":"proca-local"}"#).await,
        )
        .unwrap();
        let waiting = states(&table).into_iter().filter(|state| state == "pending").count();
        if count(&table, "supporter", "confirming") == accepted && waiting == 0 {
            break table;
        }
        assert!(begun.elapsed() < Duration::from_secs(170), "of {accepted}, {waiting} mails wait");
        tokio::time::sleep(Duration::from_millis(300)).await;
    };
    let rows = table["Items"].as_array().unwrap().iter().filter(|item| item["kind"]["S"] == "delivery");
    let supporters: Vec<_> = rows.map(|row| row["supporter"]["S"].as_str().unwrap().to_owned()).collect();
    assert_eq!(supporters.len(), accepted, "each was processed once");
    assert_eq!(supporters.iter().collect::<BTreeSet<_>>().len(), accepted, "and each for itself");
    // A kill between lease and answer leaves a mail's fate unknown for 15 minutes; all others have arrived.
    let done = states(&table).into_iter().filter(|state| state == "done").count();
    let mailed = mailed(runner.port).await.len();
    assert!(states(&table).iter().all(|state| state == "done" || state == "leased"));
    assert!(done <= mailed && mailed <= accepted, "{done} done, {mailed} mailed");
    println!("{accepted} actions over {KILLS} kills, all processed once; {done} mails known to have arrived");
    runner.kill();
}

/// Where each delivery stands.
fn states(table: &Value) -> Vec<String> {
    let items = table["Items"].as_array().unwrap().iter();
    items
        .filter(|i| i["kind"]["S"] == "delivery")
        .map(|i| i["state"]["S"].as_str().unwrap().to_owned())
        .collect()
}

/// How many items of a kind have a status.
fn count(table: &Value, kind: &str, status: &str) -> usize {
    let items = table["Items"].as_array().unwrap().iter();
    items.filter(|item| item["kind"]["S"] == kind && item["status"]["S"] == status).count()
}

/// Who has got a mail.
async fn mailed(port: u16) -> BTreeSet<String> {
    let page = request(port, "GET", "/mailbox", "").await.map(|(_, body)| body).unwrap_or_default();
    let cells = page.split("<td>").filter_map(|cell| cell.split_once("</td>")).map(|(cell, _)| cell);
    cells.filter(|cell| cell.starts_with('s') && cell.ends_with("@example.org")).map(str::to_owned).collect()
}
