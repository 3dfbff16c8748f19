//! What the table holds, read past the code that keeps it, and counted by hand.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::world::{World, raw_dynamodb};

fn handed_on(action: &Value) -> bool {
    action["status"]["S"] == "delivered" || action["status"]["S"] == "repeat"
}

/// How many supporters of each person are the first of it, as items of the table say: accepted, of no rank above 0,
/// and handed on with their personal data. More than one would be wrong.
pub fn firsts(items: &[Value]) -> BTreeMap<String, u64> {
    let handed_on: BTreeSet<_> = items
        .iter()
        .filter(|item| item["kind"]["S"] == "action" && handed_on(item))
        .filter(|item| item["with_consent"]["BOOL"] == true && item["testing"]["BOOL"] == false)
        .map(|item| text(item, "supporter"))
        .collect();
    let mut people = BTreeMap::new();
    for item in items.iter().filter(|item| item["kind"]["S"] == "supporter") {
        let first = item["status"]["S"] == "accepted" && item["dupe_rank"]["N"].is_null();
        if first && handed_on.contains(text(item, "id")) {
            *people.entry(text(item, "dedupe_ref").to_owned()).or_default() += 1;
        }
    }
    people
}

impl World {
    /// Every item of one kind, as the table holds it.
    pub async fn items(&self, kind: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut from = Value::Null;
        loop {
            let mut request = json!({
                "TableName": proca_local::store::TABLE, "FilterExpression": "kind = :kind",
                "ExpressionAttributeValues": { ":kind": { "S": kind } },
            });
            if !from.is_null() {
                request["ExclusiveStartKey"] = from;
            }
            let answer = raw_dynamodb(self.system.ports.dynamodb, "Scan", &request.to_string()).await;
            let answer: Value = serde_json::from_str(&answer).unwrap();
            items.extend(answer["Items"].as_array().unwrap().iter().cloned());
            from = answer["LastEvaluatedKey"].clone();
            if from.is_null() {
                return items;
            }
        }
    }

    /// The counts of the campaign as they follow from the facts, in the form of the API's answer.
    ///
    /// A person counts by the supporter that has their first place; an action with the personal data by
    /// its supporter's having it, any other by being delivered or still waiting for its contact.
    pub async fn recount(&self) -> Value {
        let campaign = self.campaign.to_string();
        let of_campaign = |items: Vec<Value>| {
            items.into_iter().filter(|item| item["campaign"]["S"] == campaign.as_str()).collect()
        };
        let signers: Vec<Value> = of_campaign(self.items("signer").await);
        let supporters: Vec<Value> = of_campaign(self.items("supporter").await);
        let actions: Vec<Value> = of_campaign(self.items("action").await);
        let first: BTreeSet<&str> = signers
            .iter()
            .filter_map(|fact| fact["standing"]["L"][0]["M"]["supporter"]["S"].as_str())
            .collect();
        let (mut by_org, mut by_area, mut by_type) = <(Counts, Counts, Counts)>::default();
        for supporter in supporters.iter().filter(|s| first.contains(text(s, "id"))) {
            *by_org.entry(text(supporter, "org").to_owned()).or_default() += 1;
            if let Some(area) = supporter["area"]["S"].as_str() {
                *by_area.entry(area.to_owned()).or_default() += 1;
            }
        }
        for action in actions.iter().filter(|action| action["testing"]["BOOL"] == false) {
            let counts = match (action["supporter"]["S"].as_str(), text(action, "status")) {
                (_, "rejected") => false,
                (None, _) => true,
                (Some(supporter), _) if action["with_consent"]["BOOL"] == true => first.contains(supporter),
                (Some(_), status) => status == "delivered",
            };
            if counts {
                *by_type.entry(text(action, "action_type").to_owned()).or_default() += 1;
            }
        }
        json!({
            "supporters": first.len(), "extraSupporters": 0,
            "byOrg": by_org, "byArea": by_area, "byType": by_type,
        })
    }
}

type Counts = BTreeMap<String, u64>;

fn text<'a>(item: &'a Value, name: &str) -> &'a str {
    item[name]["S"].as_str().unwrap_or_default()
}
