//! One round of processing a supporter: every step of its actions, as one transaction writes them.

use jiff::Timestamp;

use crate::{
    action::{Action, ActionStatus, DeliveryAt},
    bundle::Bundle,
    consent::OptIn,
    delivery::{ActionAt, Delivery, DeliveryState, Purpose, Subject},
    id::Id,
    intake::by_type,
    look_up::LookUp,
    org::Org,
    process::{Follow, Rules, step},
    published::Published,
    random::Random,
    signer::{Heir, SignerFact, first_of_a_person},
    supporter::{Clear, Supporter},
};

/// What processing reads: a supporter with all it hangs together with.
#[derive(Debug, Clone)]
pub struct Case {
    /// The supporter.
    pub supporter: Supporter,
    /// Its actions.
    pub actions: Vec<Action>,
    /// The person's place in the campaign.
    pub signer: SignerFact,
    /// Who has the first place if this supporter leaves it; read only where it may.
    pub heir: Option<Heir>,
    /// Whether the person confirmed for this org within the last 12 months.
    pub recently_confirmed: bool,
}

/// What processing writes, in one transaction.
#[derive(Debug, Clone)]
pub struct Transition {
    /// The supporter after it.
    pub supporter: Supporter,
    /// Whether it is another than before.
    pub changes_supporter: bool,
    /// The actions that changed.
    pub actions: Vec<Action>,
    /// The person's place, if it changed.
    pub signer: Option<SignerFact>,
    /// Who has the first place now, if the supporter left it.
    pub heir: Option<Heir>,
    /// What must now be sent.
    pub deliveries: Vec<Delivery>,
    /// Of which actions everyone may now see something.
    pub published: Vec<Published>,
}

/// Most items that the actions of one round may write: with the supporter, the rows of its person and what
/// a verdict or a look-up adds, its transaction stays below 100.
const ROUND: usize = 84;

impl Transition {
    /// Takes every step there is to take; `None` if there is none.
    ///
    /// Actions that come with the contact go first: they decide what becomes of the supporter.
    pub fn of(case: Case, bundle: &Bundle, random: &Random, now: Timestamp) -> Option<Self> {
        let rules = Rules {
            look_up: if bundle.looks_up(&case.supporter.contacts) {
                case.supporter.look_up
            } else {
                LookUp::Over
            },
            confirm: bundle.asks_confirmation() && !case.recently_confirmed,
            moderation: bundle.is_moderated(),
        };
        // What waited for a look-up beside those that its end made due goes with them.
        let looked_up = case.supporter.look_up == LookUp::Over;
        let open = |a: &&Action| a.due_at.is_some() || (looked_up && a.status == ActionStatus::New);
        let mut waiting: Vec<_> = case.actions.iter().filter(open).cloned().collect();
        waiting.sort_by_key(|action| (!action.with_consent, action.id));
        let before = case.supporter.clone();
        let mut round = Round {
            rules,
            bundle,
            random,
            now,
            signer_changed: false,
            signer: case.signer,
            out: Self::new(case.supporter, Vec::new()),
        };
        // Each writes itself, what is public of it, a mail and its reminder, and a push for each receiver.
        let most = ROUND / (4 + round.out.supporter.contacts.len());
        for action in waiting {
            if round.out.actions.len() < most {
                round.take(action);
            }
        }
        let Round { mut out, signer, signer_changed, .. } = round;
        out.signer = signer_changed.then_some(signer);
        let mut out = out.forgetful(&case.actions);
        out.changes_supporter = out.supporter != before;
        (!out.actions.is_empty()).then(|| out.versioned())
    }

    /// The change of a supporter, and of some of its actions.
    pub const fn new(supporter: Supporter, actions: Vec<Action>) -> Self {
        Self {
            supporter,
            changes_supporter: true,
            actions,
            signer: None,
            heir: None,
            deliveries: Vec::new(),
            published: Vec::new(),
        }
    }

    /// Forgets name and address where no mail that needs them can follow any more; of the actions that
    /// were `known`, not all have changed.
    pub(crate) fn forgetful(mut self, known: &[Action]) -> Self {
        let changed = |action: &Action| self.actions.iter().find(|changed| changed.id == action.id);
        let answered = !known.iter().any(|action| changed(action).unwrap_or(action).may_be_answered());
        if answered || !self.supporter.needs_copy() {
            self.supporter.clear = None;
        }
        self
    }

    /// Counts the change in everything that changed.
    pub(crate) fn versioned(mut self) -> Self {
        self.supporter.version += u64::from(self.changes_supporter);
        for action in &mut self.actions {
            action.version += 1;
        }
        if let Some(signer) = &mut self.signer {
            signer.version += 1;
        }
        self
    }
}

/// The state of one round while its steps are taken.
struct Round<'a> {
    rules: Rules,
    bundle: &'a Bundle,
    random: &'a Random,
    now: Timestamp,
    signer: SignerFact,
    signer_changed: bool,
    out: Transition,
}

impl Round<'_> {
    fn take(&mut self, mut action: Action) {
        let before = action.clone();
        if let Some(step) =
            step(action.status, action.with_consent, Some(self.out.supporter.status), self.rules)
        {
            action.status = step.action;
            self.out.supporter.status = step.supporter;
            match step.follow {
                Follow::Nothing => {}
                Follow::LookUp => self.look_up(&mut action),
                Follow::Confirm => self.ask(&mut action),
                Follow::Deliver => {
                    self.deliver(&mut action);
                    self.publish(&action);
                }
            }
            if action.status == ActionStatus::Rejected {
                action.counts = None;
            }
        }
        if action.status != before.status {
            self.settle(&mut action, before.due_at.unwrap_or(self.now));
        } else if !action.sheds() {
            action.due_at = action.due_at.filter(|_| action.is_uncounted());
        }
        if action != before {
            self.out.actions.push(action);
        }
    }

    /// Sets what is to be done next of an action that has taken a step. Of one whose fields go and of which
    /// nothing is to be sent, they go at once.
    fn settle(&self, action: &mut Action, due_at: Timestamp) {
        let campaign = &self.bundle.campaign;
        action.transient = campaign.has_transient(&action.action_type, &action.custom_fields);
        let of_action = |row: &&Delivery| action.deliveries.iter().any(|at| at.id == row.id);
        let sends = self.out.deliveries.iter().filter(of_action).any(|row| row.state.due_at().is_some());
        if action.sheds() && !sends {
            *action = action.clone().shed(campaign);
        }
        action.rest(if action.is_uncounted() { due_at } else { self.now });
    }

    /// Asks to confirm, and once more where the org wants that.
    fn ask(&mut self, action: &mut Action) {
        let org = &self.bundle.org;
        self.send(action, org.id, Purpose::Confirm);
        if org.supporter_confirm_reminder {
            self.send(action, org.id, Purpose::Reminder);
        }
    }

    /// Asks the org's backend; this action and any others wait for its answer.
    fn look_up(&mut self, action: &mut Action) {
        self.out.supporter.look_up = LookUp::Asked;
        self.rules.look_up = LookUp::Asked;
        self.send(action, self.bundle.org.id, Purpose::LookUp);
    }

    /// Ranks the person, counts the action, and lets everybody know who may.
    fn deliver(&mut self, action: &mut Action) {
        let repeat = action.with_consent && !action.testing && self.rank();
        if repeat {
            action.status = ActionStatus::Repeat;
        }
        let first = self.out.supporter.rank() == 0;
        action.counts = match (action.with_consent, first) {
            (true, false) => None,
            (true, true) => first_of_a_person(&self.out.supporter, action),
            (false, _) => by_type(action),
        };
        for at in self.out.supporter.contacts.clone() {
            let backend = self.bundle.recipient(at.org).and_then(|org| org.backends.push);
            self.hand(action, (at.org, Purpose::Push), DeliveryState::begin(backend, self.now));
        }
        if let Some(purpose) = self.supporter_mail(action, repeat) {
            self.send(action, self.bundle.org.id, purpose);
        }
    }

    /// Notes that something of the action is public, if something is.
    fn publish(&mut self, action: &Action) {
        if self.bundle.campaign.public_part(action).is_empty() {
            return;
        }
        self.out.published.push(Published {
            campaign: action.campaign,
            action: action.id,
            supporter: self.out.supporter.id,
            area: self.out.supporter.area.clone(),
        });
    }

    /// Gives the supporter its rank among those of the same person; true if it repeats itself.
    fn rank(&mut self) -> bool {
        let (id, page) = (self.out.supporter.id, self.out.supporter.page);
        let (signer, place) = self.signer.clone().enter(id, page);
        self.signer = signer;
        self.signer_changed = true;
        self.out.supporter.dupe_rank = Some(place.rank).filter(|rank| *rank > 0);
        place.repeat
    }

    /// The mail that the page's org owes the supporter now, if it owes one and may know the address.
    fn supporter_mail(&self, action: &Action, repeat: bool) -> Option<Purpose> {
        let (page, org) = (&self.bundle.page, &self.bundle.org);
        let contact = self.out.supporter.contacts.iter().find(|c| c.org == org.id)?;
        if !action.with_consent || org.strict_privacy {
            return None;
        }
        if repeat {
            return page.duplicate_template.as_ref().map(|_| Purpose::Duplicate);
        }
        let opted_in = contact.communication == OptIn::Yes;
        let wanted = page.thank_you_template.is_some() && (opted_in || !org.thank_you_only_opted_in);
        wanted.then_some(Purpose::ThankYou)
    }

    fn send(&mut self, action: &mut Action, org: Id<Org>, purpose: Purpose) {
        let state = DeliveryState::Pending { due_at: self.now + purpose.delay() };
        self.hand(action, (org, purpose), state);
    }

    fn hand(&mut self, action: &mut Action, (org, purpose): (Id<Org>, Purpose), state: DeliveryState) {
        let id = self.random.id(self.now);
        let copied = purpose.is_answer() && self.out.supporter.is_answered_from_copy();
        let clear = self.out.supporter.clear.clone().filter(|_| copied);
        action.name(DeliveryAt { org, id });
        self.out.deliveries.push(Delivery {
            id,
            org,
            purpose,
            campaign: action.campaign,
            subject: Subject::Action(ActionAt {
                action: action.id,
                supporter: self.out.supporter.id,
                page: action.page,
            }),
            event: None,
            state,
            attempt: 0,
            history: Vec::new(),
            links: Vec::new(),
            clear: clear.map(|clear| Clear { mailbox_ref: None, ..clear }),
            uncounted: 0,
            transient_bounces: 0,
            begun_at: None,
            created_at: self.now,
        });
    }
}
