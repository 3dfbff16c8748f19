//! The local runner is killed at random moments; what it had accepted is processed exactly once.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use proca_tests::{
    runner::{Runner, free_port, request},
    world::raw_dynamodb,
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Kills of the runner in this story.
const KILLS: u64 = 20;

#[tokio::test(flavor = "multi_thread")]
async fn every_accepted_action_is_processed_exactly_once_over_many_kills() {
    let folder = TempDir::new().unwrap();
    let port = free_port().await;
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
        drop(runner);
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
    drop(runner);
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
