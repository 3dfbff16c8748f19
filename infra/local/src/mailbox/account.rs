//! What an SES account holds: identities, configuration sets and the suppression list.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt, iter,
    sync::Arc,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{address, fault::Fault};

/// Is given every event SES would publish for a configuration set.
///
/// It is called before the sender has its answer, as an event may overtake an answer in the real
/// service; it should hand the event on and not wait.
pub type Listener = Arc<dyn Fn(serde_json::Value) + Send + Sync>;

/// The state behind the API. Names and addresses are compared in lower case.
#[derive(Default)]
pub(super) struct Account {
    identities: BTreeSet<String>,
    /// Domains that are not verified yet, or not any more, by the status of their proofs.
    unverified: BTreeMap<String, &'static str>,
    configuration_sets: BTreeMap<String, Vec<Listener>>,
    suppressed: BTreeMap<String, Suppressed>,
    faults: VecDeque<Fault>,
}

impl Account {
    /// Adds a verified address or domain; false if it was there.
    pub(super) fn verify(&mut self, identity: &str) -> bool {
        self.unverified.remove(&identity.to_lowercase());
        self.identities.insert(identity.to_lowercase())
    }

    /// Adds a domain whose proofs are not found, in this status.
    pub(super) fn await_proof(&mut self, domain: &str, status: &'static str) {
        self.identities.remove(&domain.to_lowercase());
        self.unverified.insert(domain.to_lowercase(), status);
    }

    /// The status of the proofs of a domain that is not verified.
    pub(super) fn unverified(&self, domain: &str) -> Option<&'static str> {
        self.unverified.get(&domain.to_lowercase()).copied()
    }

    /// Removes an identity; false if there was none.
    pub(super) fn remove_identity(&mut self, identity: &str) -> bool {
        self.identities.remove(&identity.to_lowercase())
    }

    /// Whether this very address or domain is an identity.
    pub(super) fn has_identity(&self, identity: &str) -> bool {
        self.identities.contains(&identity.to_lowercase())
    }

    /// Whether mail may be sent from a bare address: it, its domain or a parent of that is verified.
    pub(super) fn may_send_from(&self, bare: &str) -> bool {
        let parents = iter::successors(Some(address::domain(bare)), |domain| {
            domain.split_once('.').map(|(_, parent)| parent)
        });
        iter::once(bare).chain(parents).any(|identity| self.has_identity(identity))
    }

    /// Adds a configuration set; false if it was there.
    pub(super) fn create_configuration_set(&mut self, name: &str) -> bool {
        if self.has_configuration_set(name) {
            return false;
        }
        self.configuration_sets.insert(name.to_owned(), Vec::new());
        true
    }

    /// Whether the configuration set exists.
    pub(super) fn has_configuration_set(&self, name: &str) -> bool {
        self.configuration_sets.contains_key(name)
    }

    /// Adds a listener to a configuration set, which it creates if need be.
    pub(super) fn listen(&mut self, configuration_set: &str, listener: Listener) {
        self.configuration_sets.entry(configuration_set.to_owned()).or_default().push(listener);
    }

    /// Who listens to a configuration set.
    pub(super) fn listeners(&self, configuration_set: &str) -> Vec<Listener> {
        self.configuration_sets.get(configuration_set).cloned().unwrap_or_default()
    }

    /// Puts a bare address on the suppression list, or changes why it is there.
    pub(super) fn suppress(&mut self, bare: &str, suppressed: Suppressed) {
        self.suppressed.insert(bare.to_lowercase(), suppressed);
    }

    /// Why a bare address is on the suppression list.
    pub(super) fn suppressed(&self, bare: &str) -> Option<Suppressed> {
        self.suppressed.get(&bare.to_lowercase()).copied()
    }

    /// Takes a bare address off the suppression list; false if it was not on it.
    pub(super) fn unsuppress(&mut self, bare: &str) -> bool {
        self.suppressed.remove(&bare.to_lowercase()).is_some()
    }

    /// Lets `count` further sends fail.
    pub(super) fn plan_faults(&mut self, count: usize, fault: Fault) {
        self.faults.extend(iter::repeat_n(fault, count));
    }

    /// Lets no further send fail.
    pub(super) fn forget_faults(&mut self) {
        self.faults.clear();
    }

    /// The fault planned for this send.
    pub(super) fn next_fault(&mut self) -> Option<Fault> {
        self.faults.pop_front()
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Account")
            .field("identities", &self.identities)
            .field("unverified", &self.unverified)
            .field("configuration_sets", &self.configuration_sets.keys())
            .field("suppressed", &self.suppressed)
            .field("faults", &self.faults)
            .finish()
    }
}

/// An entry of the suppression list.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Suppressed {
    pub(super) reason: Reason,
    pub(super) updated_at: Timestamp,
}

/// What put an address on the suppression list.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Reason {
    /// A mail bounced for good.
    Bounce,
    /// A recipient complained.
    Complaint,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_covers_its_address_or_its_domain_and_what_is_below() {
        let mut account = Account::default();
        assert!(account.verify("Example.com"));
        assert!(account.verify("Bob@example.org"));
        for (sender, allowed) in [
            ("noreply@EXAMPLE.com", true),
            ("noreply@mail.example.com", true),
            ("noreply@notexample.com", false),
            ("noreply@com", false),
            ("bob@EXAMPLE.org", true),
            ("eve@example.org", false),
        ] {
            assert_eq!(account.may_send_from(sender), allowed, "{sender}");
        }
    }

    #[test]
    fn faults_come_in_the_order_they_were_planned_and_end() {
        let mut account = Account::default();
        account.plan_faults(2, Fault::Throttle);
        account.plan_faults(1, Fault::Reject);
        let faults: Vec<_> = iter::from_fn(|| account.next_fault()).collect();
        assert_eq!(faults, [Fault::Throttle, Fault::Throttle, Fault::Reject]);
    }
}
