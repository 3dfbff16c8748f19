//! Taking an action in: everything that one transaction must write, decided at once.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    action::{Action, ActionStatus, CustomFields, Doer, Donation, Tracking},
    bundle::{Bundle, Recipient},
    consent::{Privacy, receivers},
    contact::{ConsentRecord, Contact, Payload},
    id::Id,
    look_up::LookUp,
    message::personal_part,
    name::ActionType,
    person::Details,
    random::Random,
    refs::{ContactRef, Refs},
    sealed::SealedBox,
    secret::Digest,
    stats::Tally,
    supporter::{Clear, ContactAt, EmailStatus, Supporter, SupporterStatus},
};

/// What a widget sends, each value checked.
#[derive(Debug, Clone)]
pub struct Submission {
    /// What was done.
    pub action_type: ActionType,
    /// What the page asked beyond the contact.
    pub custom_fields: CustomFields,
    /// Where the supporter came from.
    pub tracking: Tracking,
    /// What was given.
    pub donation: Option<Donation>,
    /// Whether it is a trial.
    pub testing: bool,
}

/// Who did it, as far as it is known when the action comes in.
#[derive(Debug, Clone)]
pub enum From {
    /// Somebody who gives their data now; with earlier actions under a widget's ref.
    Contact {
        /// The data.
        details: Box<Details>,
        /// The answers to the consent questions.
        privacy: Privacy,
        /// Earlier actions, if the widget names its ref.
        earlier: Option<Earlier>,
    },
    /// A supporter known by a token.
    Supporter(Id<Supporter>),
    /// Somebody whose data may still come, with what has come under the same ref.
    Pending {
        /// What is known of the ref.
        earlier: Earlier,
        /// The ref, to be answered as it came.
        widget_ref: ContactRef,
    },
}

/// What was found under a widget's ref.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// Where it was found.
    pub pending_ref: Digest,
    /// How many actions had come under it; the version of what is known of it.
    pub taken: u64,
    /// Actions that wait for their contact.
    pub actions: Vec<Action>,
}

/// Most actions that may wait under one widget's ref.
const MOST_PENDING: u64 = 20;

impl Earlier {
    /// Whether no more actions may wait.
    pub const fn is_full(&self) -> bool {
        self.taken >= MOST_PENDING
    }
}

/// Makes the same submission the same, however often it comes.
#[derive(Debug, Clone)]
pub struct Idempotency {
    /// What must be unique.
    pub key: Digest,
    /// What must be the same under that key.
    pub body: Digest,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Everything that one transaction writes for one action.
#[derive(Debug, Clone)]
pub struct Intake {
    /// The new supporter, if contact data came.
    pub supporter: Option<Supporter>,
    /// One contact for each receiving org.
    pub contacts: Vec<Contact>,
    /// The action.
    pub action: Action,
    /// What was known of the widget's ref; its actions now have a supporter, if one came.
    pub earlier: Option<Earlier>,
    /// What makes it happen only once.
    pub idempotency: Idempotency,
    /// The answer.
    pub receipt: Receipt,
}

/// The answer to a widget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// Opaque; good for adding further actions of the same supporter.
    pub contact_ref: String,
    /// The action that was taken in.
    pub action_id: Id<Action>,
}

/// Why a page takes no actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The page is not live.
    PageNotLive,
    /// The campaign is a draft, has not begun or is over.
    CampaignNotOpen,
    /// Supporters must confirm, and the page's org keeps no address to ask at.
    CannotConfirm,
    /// An org that may get no clear data has no key to seal them to.
    CannotSeal,
}

/// How long an explicit `Idempotency-Key` is remembered.
const KEY_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// How long the same body counts as the same click.
const CLICK_LIFE: SignedDuration = SignedDuration::from_secs(60);

impl Idempotency {
    /// By the client's key, for 24 hours; without one, by the whole body, for 60 seconds.
    ///
    /// The body names page, person and type; another body without a key is another action, so that
    /// a corrected form or a second share within the minute is not refused.
    pub fn new(refs: &Refs, bundle: &Bundle, key: Option<&str>, body: &str, now: Timestamp) -> Self {
        let page = bundle.page.id;
        let body = refs.fingerprint(&format!("body {page}"), body);
        match key {
            Some(key) => {
                Self { key: refs.fingerprint(&format!("key {page}"), key), body, expires_at: now + KEY_LIFE }
            }
            None => Self { key: body.clone(), body, expires_at: now + CLICK_LIFE },
        }
    }
}

impl Intake {
    /// Decides what is written for one submission.
    pub fn new(
        bundle: &Bundle,
        submission: Submission,
        from: From,
        idempotency: Idempotency,
        (refs, random, now): (&Refs, &Random, Timestamp),
    ) -> Result<Self, Refusal> {
        check_open(bundle, now)?;
        let (org, scope) = (bundle.org.id, bundle.scope());
        let action_id = random.id(now);
        let (doer, supporter, contacts, earlier, contact_ref) = match from {
            From::Contact { details, privacy, earlier } => {
                let (supporter, contacts) = people(bundle, &details, &privacy, (refs, random, now));
                let token = refs.token(scope, supporter.id, random);
                (Doer::Supporter(supporter.id), Some(supporter), contacts, earlier, token)
            }
            From::Supporter(id) => {
                (Doer::Supporter(id), None, Vec::new(), None, refs.token(scope, id, random))
            }
            From::Pending { earlier, widget_ref } => (
                Doer::Pending(earlier.pending_ref.clone()),
                None,
                Vec::new(),
                Some(earlier),
                widget_ref.into(),
            ),
        };
        let transient = bundle.campaign.has_transient(&submission.action_type, &submission.custom_fields);
        let mut action = Action {
            id: action_id,
            action_type: submission.action_type,
            campaign: bundle.campaign.id,
            page: bundle.page.id,
            org,
            with_consent: supporter.is_some(),
            doer,
            custom_fields: submission.custom_fields,
            transient,
            status: ActionStatus::New,
            testing: submission.testing,
            tracking: submission.tracking,
            donation: submission.donation,
            counts: None,
            counted: None,
            due_at: Some(now),
            moderation: None,
            deliveries: Vec::new(),
            created_at: now,
            version: 1,
        };
        if action.supporter().is_none() {
            action.counts = by_type(&action);
            action.due_at = action.is_uncounted().then_some(now);
        }
        let receipt = Receipt { contact_ref, action_id };
        Ok(Self { supporter, contacts, action, earlier, idempotency, receipt })
    }

    /// The earlier actions as they stand once the supporter is known: to be processed.
    pub fn linked(&self) -> Vec<Action> {
        let (Some(earlier), Some(supporter)) = (&self.earlier, &self.supporter) else { return Vec::new() };
        let link = |action: &Action| Action {
            doer: Doer::Supporter(supporter.id),
            due_at: Some(self.action.created_at),
            ..action.clone()
        };
        earlier.actions.iter().map(link).collect()
    }
}

/// What an action adds by its type alone.
pub(crate) fn by_type(action: &Action) -> Option<Tally> {
    (!action.testing).then(|| Tally { action_type: action.action_type.clone(), signer: None })
}

fn check_open(bundle: &Bundle, now: Timestamp) -> Result<(), Refusal> {
    match (bundle.page.live, bundle.campaign.is_open(now)) {
        (true, true) => check_privacy(bundle),
        (_, false) => Err(Refusal::CampaignNotOpen),
        (false, true) => Err(Refusal::PageNotLive),
    }
}

/// Nobody is let in unconfirmed, and nothing kept clear, because of an org's strict privacy.
fn check_privacy(bundle: &Bundle) -> Result<(), Refusal> {
    if bundle.org.strict_privacy && bundle.asks_confirmation() {
        return Err(Refusal::CannotConfirm);
    }
    let refused = bundle.recipients().any(|recipient| recipient.can_take_nothing());
    if refused { Err(Refusal::CannotSeal) } else { Ok(()) }
}

/// The new supporter, and one contact for each org that may have the data.
fn people(
    bundle: &Bundle,
    details: &Details,
    privacy: &Privacy,
    (refs, random, now): (&Refs, &Random, Timestamp),
) -> (Supporter, Vec<Contact>) {
    let id = random.id(now);
    let email = &details.email;
    let consent = ConsentRecord {
        text: bundle.page.consent_text.clone(),
        given_at: now,
        page: bundle.page.name.clone(),
    };
    let contacts: Vec<Contact> = receivers(bundle, privacy)
        .into_iter()
        .map(|receiver| Contact {
            org: receiver.org,
            contact_ref: refs.contact(receiver.org, email),
            supporter: id,
            payload: payload(bundle.recipient(receiver.org), details, random),
            communication: receiver.communication,
            delivery: receiver.delivery,
            consent: consent.clone(),
            created_at: now,
        })
        .collect();
    let at = |c: &Contact| ContactAt {
        org: c.org,
        contact_ref: c.contact_ref.clone(),
        communication: c.communication,
        sealed: c.payload.readable().is_none(),
    };
    let contacts_at: Vec<_> = contacts.iter().map(at).collect();
    let status = first_status(bundle, &contacts_at);
    let mut supporter = Supporter {
        id,
        campaign: bundle.campaign.id,
        page: bundle.page.id,
        org: bundle.org.id,
        dedupe_ref: refs.dedupe(bundle.campaign.id, email),
        suppress_ref: refs.suppress(email),
        next_refs: refs.next(bundle.campaign.id, email),
        org_ref: refs.contact(bundle.org.id, email),
        contacts: contacts_at,
        area: details.country.clone(),
        clear: None,
        status,
        look_up: LookUp::NotAsked,
        email_status: EmailStatus::None,
        email_status_at: None,
        dupe_rank: None,
        created_at: now,
        version: 1,
    };
    if supporter.needs_copy() && !bundle.org.strict_privacy {
        supporter.clear = Some(Clear { mailbox_ref: Some(refs.mailbox(email)), ..details.clone().into() });
    }
    (supporter, contacts)
}

/// Of whom nothing must be asked first is accepted as they come, so that processing need not write it.
fn first_status(bundle: &Bundle, contacts: &[ContactAt]) -> SupporterStatus {
    if bundle.asks_confirmation() || bundle.looks_up(contacts) {
        SupporterStatus::New
    } else {
        SupporterStatus::Accepted
    }
}

/// An org's own copy of the data: sealed, where the org has a key to seal it to.
fn payload(recipient: Option<Recipient>, details: &Details, random: &Random) -> Payload {
    match recipient.and_then(|recipient| recipient.sealing_key) {
        None => Payload::Clear(details.clone()),
        Some(key) => {
            let plain = personal_part(details).to_string();
            let sealed = SealedBox::new(plain.as_bytes(), &key.public, random);
            Payload::Sealed { key, sealed }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PageNotLive => "this page is not live",
            Self::CampaignNotOpen => "this campaign takes no actions now",
            Self::CannotConfirm => {
                "supporters must confirm here, and the page's org keeps no address to ask at (strict privacy)"
            }
            Self::CannotSeal => "an org of strict privacy has no key to seal contacts to",
        })
    }
}

impl std::error::Error for Refusal {}
