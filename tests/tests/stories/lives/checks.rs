//! What must hold at the end of every life.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use proca_tests::facts::firsts;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::life::{Life, Side};

impl Life {
    /// Lets everything come to rest, and looks at all that is left.
    pub(super) async fn end(mut self) -> Result<(), TestCaseError> {
        self.world.settle().await;
        self.world.pass(SignedDuration::from_mins(12)).await;
        self.world.skip(SignedDuration::from_hours(2)).await;
        self.states_only_move_on().await?;
        let items = self.items().await;
        self.nobody_has_what_it_may_not_have(&items).await?;
        self.mails_are_those_that_are_owed(&items)?;
        self.counts_equal_a_recount(&items).await
    }

    async fn nobody_has_what_it_may_not_have(&self, items: &[Value]) -> Result<(), TestCaseError> {
        for (side, org) in [(Side::Lead, self.world.lead), (Side::Partner, self.world.partner)] {
            let (_, _, export) = self.staff(side, "POST", "export", Some(json!({ "testing": true }))).await;
            let contacts: Vec<_> = items
                .iter()
                .filter(|item| item["kind"]["S"] == "contact" && item["org"]["S"] == org.to_string())
                .map(Value::to_string)
                .collect();
            let sent = self.sent(side);
            for signature in &self.signatures {
                let email = &signature.email;
                let has = |texts: &[String]| texts.iter().any(|text| text.contains(email));
                let erased = self.erased.iter().find(|(by, whose, _)| *by == side && whose == email);
                let may = signature.receivers.contains(&side);
                prop_assert!(may || !has(&sent), "{} was sent {email}", side.name());
                prop_assert!(may && erased.is_none() || !has(&contacts), "{} keeps {email}", side.name());
                let handed_out = export.contains(email);
                prop_assert!(may && erased.is_none() || !handed_out, "{} exports {email}", side.name());
                if let Some((_, _, before)) = erased {
                    let later = sent.get(*before..).unwrap_or_default();
                    prop_assert!(!has(later), "{} was sent {email}, which it had erased", side.name());
                }
            }
        }
        Ok(())
    }

    fn mails_are_those_that_are_owed(&self, items: &[Value]) -> Result<(), TestCaseError> {
        let mut thanks = BTreeMap::<String, usize>::new();
        for row in items.iter().filter(|item| item["purpose"]["S"] == "thank_you") {
            *thanks.entry(row["action"]["S"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        prop_assert!(thanks.values().all(|count| *count == 1), "an action is thanked for twice: {thanks:?}");
        for signature in &self.signatures {
            let mails = self.world.mails_to(&signature.email);
            let asking = mails.iter().filter(|mail| mail.subject.contains("confirm")).count();
            let thanking = mails.len() - asking;
            prop_assert!(asking <= usize::from(self.settings.confirm), "{}: {asking}", signature.email);
            prop_assert!(thanking <= usize::from(signature.thanked), "{}: {thanking}", signature.email);
        }
        Ok(())
    }

    async fn counts_equal_a_recount(&self, items: &[Value]) -> Result<(), TestCaseError> {
        let mut by_type = BTreeMap::<String, u64>::new();
        for item in items {
            if item["kind"]["S"] == "action"
                && let Some(tally) = item.get("counts").and_then(|counts| counts.get("M"))
            {
                *by_type.entry(tally["action_type"]["S"].as_str().unwrap().to_owned()).or_default() += 1;
            }
        }
        let people = firsts(items);
        prop_assert!(people.values().all(|count| *count == 1), "two are the first: {people:?}");
        let stats = self.world.stats().await;
        prop_assert_eq!(&stats["supporters"], &json!(people.len()), "people");
        prop_assert_eq!(&stats["byType"], &json!(by_type), "types");
        Ok(())
    }
}
