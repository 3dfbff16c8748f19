//! A mail catcher: Amazon SES (API v2) and an SMTP server that deliver to one mailbox.
//!
//! Programs send as they would in production, only the endpoint differs. What SES would refuse is
//! refused with its error codes; what it would accept is kept, in memory and in a file of JSON
//! lines, and answered by the events SES would publish. [`Mailbox::router`] is the HTTP side,
//! [`Mailbox::serve_smtp`] the SMTP side, `GET /_aws/ses` shows all mails.
//!
//! Deliberately absent:
//!
//! - Delivery: nothing leaves the process. Fates are decided by the recipient's address: `bounce@`,
//!   `complaint@`, `ooto@` and `suppressionlist@` at any domain, and the suppression list.
//! - Proof of ownership: an identity is verified as soon as it is created, unless a test says that its
//!   proofs are awaited. No DKIM, SPF, MAIL FROM domain, sending policies or sandbox; a tenant is kept with its mails, and need not exist.
//! - Signatures, credentials and quotas: every caller is welcome, over HTTP and SMTP.
//! - Templates, bulk sending, contact lists, lists with pages; attachments of simple content are
//!   dropped, those of raw content are not shown.
//! - A configuration set for an identity's mails by default, and event destinations over the API:
//!   whoever wants events calls [`Mailbox::on_event`].
//! - Events for opens, clicks, delays and rejects; and for mails sent over SMTP.
//! - An address put on the suppression list by its own bounce or complaint.
//! - Persistence of anything but mails: identities, configuration sets and the suppression list
//!   start empty.
//! - TLS, and time-outs of idle SMTP connections.

mod account;
mod address;
mod caught;
mod event;
mod fate;
mod fault;
#[cfg(test)]
mod fixture;
mod mime;
mod ses;
mod smtp;
mod store;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use proca::random::Random;

use self::{
    account::Account,
    caught::Draft,
    fate::Fate,
    store::{AddError, Store},
};
pub use self::{
    account::Listener,
    caught::{CaughtMail, Via},
    fault::Fault,
    store::StoreError,
};
use proca::clock::Clock;

/// The region named in error messages and events.
const REGION: &str = "us-east-1";

/// All caught mails and the SES account they were sent from; clones share both.
#[derive(Clone, Debug)]
pub struct Mailbox(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: Clock,
    store: Mutex<Store>,
    account: Mutex<Account>,
}

impl Mailbox {
    /// Opens a mailbox, with the mails an earlier one left in the file `store`.
    ///
    /// The file is created if it is not there, its folder is not. Only one mailbox may have it.
    pub fn new(clock: Clock, store: Option<PathBuf>) -> Result<Self, StoreError> {
        let store = store.map(|path| Store::open(&path)).transpose()?.unwrap_or_default();
        Ok(Self(Arc::new(Inner { clock, store: Mutex::new(store), account: Mutex::new(Account::default()) })))
    }

    /// Every caught mail, newest last.
    pub fn mails(&self) -> Vec<CaughtMail> {
        self.store().mails().to_vec()
    }

    /// One mail by the id SES answered.
    pub fn mail(&self, id: &str) -> Option<CaughtMail> {
        self.store().mails().iter().find(|mail| mail.id == id).cloned()
    }

    /// Lets an address, or a domain and everything below it, send through SES.
    pub fn verify_identity(&self, identity: &str) {
        self.account().verify(identity);
    }

    /// Makes a domain an identity that SES cannot verify: its proofs are `PENDING` or `FAILED`.
    pub fn await_proof(&self, domain: &str, status: &'static str) {
        self.account().await_proof(domain, status);
    }

    /// Lets an address or domain not send any more.
    pub fn forget_identity(&self, identity: &str) {
        self.account().remove_identity(identity);
    }

    /// Creates an SES configuration set, unless it is there.
    pub fn create_configuration_set(&self, name: &str) {
        self.account().create_configuration_set(name);
    }

    /// Publishes the events of all mails sent with a configuration set to `listener` too.
    ///
    /// The configuration set is created if need be. Earlier mails are not told again.
    pub fn on_event(&self, configuration_set: &str, listener: Listener) {
        self.account().listen(configuration_set, listener);
    }

    /// Makes the next `count` sends fail, by SES or SMTP, behind those already planned.
    pub fn fail_next_sends(&self, count: usize, fault: Fault) {
        self.account().plan_faults(count, fault);
    }

    /// Makes no further send fail, whatever was planned.
    pub fn stop_failing(&self) {
        self.account().forget_faults();
    }

    /// Writes a mail down and publishes its events.
    fn catch(&self, draft: Draft, via: Via) -> Result<CaughtMail, AddError> {
        let now = self.0.clock.now();
        let mail = draft.caught(id(now), now, via);
        self.store().add(mail.clone())?;
        tracing::info!(mail.id, mail.via = ?via, "caught a mail");
        self.publish(&mail);
        Ok(mail)
    }

    /// The locks are let go before a listener is called, so it may use the mailbox.
    fn publish(&self, mail: &CaughtMail) {
        let Some(configuration_set) = &mail.configuration_set else {
            return;
        };
        let account = self.account();
        let listeners = account.listeners(configuration_set);
        let fates: Vec<_> = mail.to.iter().map(|to| (to.clone(), Fate::of(to, &account))).collect();
        drop(account);
        for event in event::events(mail, &fates, self.0.clock.now()) {
            for listener in &listeners {
                listener(event.clone());
            }
        }
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        self.0.account.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.0.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A new id in the form of SES: the time, something random, a counter that stays 0.
fn id(now: Timestamp) -> String {
    format!("0100{:012x}-{}-000000", now.as_millisecond(), Random::System.uuid())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::mailbox::fixture::{Outcome, mailbox};

    fn draft(to: &str) -> Draft {
        Draft {
            from: "noreply@example.com".to_owned(),
            to: vec![to.to_owned()],
            configuration_set: Some("proca".to_owned()),
            ..Draft::default()
        }
    }

    #[test]
    fn a_mail_is_found_by_its_id_and_the_newest_comes_last() -> Outcome {
        let mailbox = mailbox()?;
        let first = mailbox.catch(draft("a@x.org"), Via::Ses)?;
        let second = mailbox.clone().catch(draft("b@x.org"), Via::Smtp)?;
        assert_eq!(mailbox.mail(&first.id).as_ref(), Some(&first));
        assert_eq!(mailbox.mail("none"), None);
        assert_eq!(mailbox.mails(), [first, second]);
        Ok(())
    }

    #[test]
    fn events_go_to_the_listeners_of_their_configuration_set_who_may_look_into_the_mailbox() -> Outcome {
        let mailbox = mailbox()?;
        let (sender, events) = mpsc::channel();
        for set in ["proca", "other"] {
            let (sender, inside) = (sender.clone(), mailbox.clone());
            mailbox.on_event(
                set,
                Arc::new(move |event| {
                    let kind = event.get("eventType").cloned();
                    assert!(sender.send((set, kind, inside.mails().len())).is_ok());
                }),
            );
        }
        mailbox.catch(draft("bounce@x.org"), Via::Ses)?;
        mailbox.catch(Draft { configuration_set: None, ..draft("a@x.org") }, Via::Ses)?;
        let seen: Vec<_> = events.try_iter().collect();
        let expected = ["Send", "Bounce"].map(|kind| ("proca", Some(kind.into()), 1));
        assert_eq!(seen, expected);
        Ok(())
    }
}
