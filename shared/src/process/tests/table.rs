//! The table in the documentation, read.

use super::{ACTIONS, Pair, SUPPORTERS};
use crate::{action::ActionStatus, look_up::LookUp, process::Follow, supporter::SupporterStatus};

const DOCUMENT: &str = include_str!("../../../../docs/processing.md");

/// One row of the table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    actions: Vec<ActionStatus>,
    supporters: Vec<Option<SupporterStatus>>,
    consent: bool,
    look_up: Option<LookUp>,
    confirm: bool,
    moderation: bool,
    pub(super) becomes: Option<(ActionStatus, SupporterStatus)>,
    pub(super) follow: Follow,
}

impl Row {
    pub(super) fn matches(&self, pair: Pair) -> bool {
        self.actions.contains(&pair.action)
            && self.supporters.contains(&pair.supporter)
            && (pair.consent || !self.consent)
            && self.look_up.is_none_or(|look_up| pair.rules.look_up == look_up)
            && (pair.rules.confirm || !self.confirm)
            && (pair.rules.moderation || !self.moderation)
    }

    fn read(line: &str) -> Self {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [actions, supporters, condition, becomes, follows] = cells[..] else {
            panic!("not five cells: {line}")
        };
        let (actions, consent) = match actions.strip_suffix(", with consent") {
            Some(actions) => (actions, true),
            None => (actions, false),
        };
        assert!(["", "not asked", "asked", "confirm", "moderation"].contains(&condition), "{line}");
        Self {
            actions: if actions == "any" { ACTIONS.into() } else { words(actions) },
            supporters: match supporters {
                "any" => SUPPORTERS.into(),
                "none" => vec![None],
                listed => words(listed).into_iter().map(Some).collect(),
            },
            consent,
            look_up: match condition {
                "not asked" => Some(LookUp::NotAsked),
                "asked" => Some(LookUp::Asked),
                _ => None,
            },
            confirm: condition == "confirm",
            moderation: condition == "moderation",
            becomes: (becomes != "–").then(|| {
                let (action, supporter) = becomes.split_once(", ").expect(line);
                (word(action), word(supporter))
            }),
            follow: match follows {
                "look-up" => Follow::LookUp,
                "confirmation mail" => Follow::Confirm,
                "deliver" => Follow::Deliver,
                _ => Follow::Nothing,
            },
        }
    }
}

/// The rows, in their order.
pub(super) fn rows() -> Vec<Row> {
    let lines = DOCUMENT.lines().filter(|line| line.starts_with('|'));
    let rows: Vec<_> = lines.skip(2).map(Row::read).collect();
    assert!(rows.len() > 10, "the table is there");
    rows
}

fn words<T: serde::de::DeserializeOwned>(list: &str) -> Vec<T> {
    list.split(", ").map(word).collect()
}

/// A status by the word that the table of the store has too.
fn word<T: serde::de::DeserializeOwned>(word: &str) -> T {
    serde_json::from_value(word.into()).expect(word)
}
