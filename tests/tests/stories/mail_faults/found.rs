//! What storms showed: what must hold after each, and that the hard cases did occur.

use std::collections::BTreeMap;

use proca::{
    delivery::{Lane, Purpose},
    outbound::Outbound,
};
use proca_tests::world::{World, raw_dynamodb};
use serde_json::{Value, json};

use super::storm::{SIGNERS, Storm, email, is_question};

/// What a row's log says of an attempt of which nobody knows whether it arrived.
const UNKNOWN: &str = "it is not known whether this attempt arrived";

/// How often it was seen that …
#[derive(Debug, Default)]
pub(super) struct Found {
    /// … somebody was asked to confirm by a second mail.
    second_questions: usize,
    /// … a report closed a row that was waiting for it.
    told_in_time: usize,
    /// … a report closed a row that had been given up.
    told_too_late: usize,
    /// … a thank-you was given up, since nobody knows whether it left.
    given_up: usize,
    /// … such a thank-you had arrived, so that another would have been the second.
    given_up_and_arrived: usize,
    /// … a mail waited for a service that was too busy or paused.
    waited: usize,
    /// … the mail service's report was heard.
    pub(super) reports: usize,
    /// … a link was pressed while the storm raged.
    pub(super) presses: usize,
    /// How rows stood when they were last looked at: state and attempt.
    stood: BTreeMap<String, (String, String)>,
}

impl Found {
    /// Looks at how mails stand; nobody works on one while this happens.
    pub(super) async fn look(&mut self, world: &World) {
        for item in items(world).await {
            let text = |name: &str, kind: &str| item[name][kind].as_str().unwrap_or_default().to_owned();
            if text("kind", "S") != "delivery" || text("purpose", "S") == "push" {
                continue;
            }
            let stands = (text("state", "S"), text("attempt", "N"));
            let stood = self.stood.insert(text("id", "S"), stands.clone()).unwrap_or_default();
            if stands.0 == "done" && stood.1 == stands.1 {
                self.told_in_time += usize::from(stood.0 == "leased");
                self.told_too_late += usize::from(stood.0 == "dead");
            }
        }
    }

    /// Holds what became of every mail against what arrived.
    pub(super) async fn judge(&mut self, storm: &Storm) {
        let (seed, world) = (storm.seed, &storm.world);
        let mails = world.mails();
        for row in world.deliveries().await.into_iter().filter(|row| row.purpose.lane() == Lane::Email) {
            let tag = format!("{}-{}", row.org, row.id);
            let arrived = mails.iter().filter(|mail| mail.tags["delivery"] == tag).count();
            let most = if row.purpose == Purpose::Confirm { 2 } else { 1 };
            assert!(arrived <= most, "seed {seed}: {arrived} mails of one row: {row:?}");
            let state = json!(row.state)["state"].as_str().unwrap().to_owned();
            let last = row.history.last().map(|attempt| attempt.error.clone()).unwrap_or_default();
            let is_unknown = row.history.iter().any(|attempt| attempt.error.as_deref() == Some(UNKNOWN));
            match state.as_str() {
                "done" => assert!(arrived > 0, "seed {seed}: done, and nothing arrived: {row:?}"),
                "dead" | "cancelled" => {
                    assert!(last.is_some(), "seed {seed}: nothing says why: {row:?}");
                    assert!(arrived == 0 || is_unknown, "seed {seed}: it arrived for certain: {row:?}");
                }
                _ => panic!("seed {seed}: it has no end: {row:?}"),
            }
            self.second_questions += usize::from(arrived == 2);
            self.waited += usize::from(row.uncounted() > 0);
            if row.purpose == Purpose::ThankYou && state == "dead" {
                assert!(is_unknown, "seed {seed}: a thank-you that could have been sent: {row:?}");
                self.given_up += 1;
                self.given_up_and_arrived += arrived;
            }
        }
        self.stood.clear();
        self.everybody_is_served(storm).await;
    }

    /// Whoever got a question has confirmed by now, and got one thank-you, or one whose fate nobody knows.
    async fn everybody_is_served(&self, Storm { seed, world, .. }: &Storm) {
        let mut confirmed = 0;
        for n in 0..SIGNERS {
            let mails = world.mails_to(&email(n));
            let questions = mails.iter().filter(|mail| is_question(&mail.subject)).count();
            let thanks = mails.len() - questions;
            assert!(questions <= 2 && thanks <= 1, "seed {seed}: s{n}: {questions} and {thanks}");
            confirmed += u64::from(questions > 0);
        }
        assert_eq!(world.supporters().await, confirmed, "seed {seed}");
        let rows = world.deliveries().await;
        let thanks = rows.iter().filter(|row| row.purpose == Purpose::ThankYou).count();
        assert_eq!(thanks as u64, confirmed, "seed {seed}: everybody who confirmed is owed one thank-you");
    }

    /// Whether the storms would have shown it if somebody had got too much or too little.
    pub(super) fn shows_something(&self) -> bool {
        let all = [
            self.second_questions,
            self.told_in_time,
            self.told_too_late,
            self.given_up,
            self.given_up_and_arrived,
            self.waited,
            self.presses,
        ];
        all.iter().all(|times| *times > 0)
    }
}

/// Every item of the table, past the wire and its faults.
async fn items(world: &World) -> Vec<Value> {
    let body = json!({ "TableName": proca_local::store::TABLE }).to_string();
    let text = raw_dynamodb(world.system.ports.dynamodb, "Scan", &body).await;
    let table: Value = serde_json::from_str(&text).unwrap();
    table["Items"].as_array().unwrap().clone()
}
