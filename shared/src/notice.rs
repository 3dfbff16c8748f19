//! Notices: mails to staff, each a row written together with what it tells of.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    attempt::Attempt,
    campaign::Campaign,
    delivery::DeliveryState,
    email::Email,
    feedback::{MailTag, Tagged},
    id::{Id, Kind},
    invite::{Invite, InviteToken},
    launch::Decision,
    link::{LINK_LIFE, Link, LinkToken, Linked},
    mail::{Mail, Sender},
    org::Org,
    outbound::{EMAIL_LEASE, Outbound, Progress},
    page::ActionPage,
    schedule::IN_ALL,
    service::Service,
    template::{Notification, TemplateError},
    user::User,
};

/// One mail to somebody of an org's staff, or who may become that, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Identity.
    pub id: Id<Self>,
    /// The org whose e-mail backend is used.
    pub org: Id<Org>,
    /// What it tells of, and so to whom. The address is read when the mail is written.
    pub occasion: Occasion,
    /// Where it stands.
    #[serde(flatten)]
    pub state: DeliveryState,
    /// How many attempts have been begun.
    pub attempt: u32,
    /// How many of them the schedule does not count.
    #[serde(default)]
    pub uncounted: u32,
    /// How the last attempts ended, the newest last; at most 10.
    pub history: Vec<Attempt>,
    /// Digests of the secrets that its mails carried: one that was sent twice has two that work.
    pub digests: Vec<String>,
    /// The links that its mails carried; two mails have two of each purpose.
    #[serde(default)]
    pub links: Vec<Link<Decision>>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What a notice tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// Somebody is invited to the org's staff.
    Invite {
        /// The invite, which has the address.
        invite: Id<Invite>,
    },
    /// A partner asks the org, as the lead, to let a page go live. The notice is made when it asks.
    LaunchRequested {
        /// The page's campaign.
        campaign: Id<Campaign>,
        /// The page.
        page: Id<ActionPage>,
        /// Who of the staff is asked.
        user: Id<User>,
    },
    /// A service was stopped, since it takes nothing any more.
    ServiceStopped {
        /// The service.
        service: Id<Service>,
        /// Who of the staff is told.
        user: Id<User>,
    },
}

impl Notice {
    /// A notice that is due at once.
    pub fn new(id: Id<Self>, org: Id<Org>, occasion: Occasion, now: Timestamp) -> Self {
        let state = DeliveryState::Pending { due_at: now };
        Self {
            id,
            org,
            occasion,
            state,
            attempt: 0,
            uncounted: 0,
            history: Vec::new(),
            digests: Vec::new(),
            links: Vec::new(),
            created_at: now,
        }
    }
}

impl Outbound for Notice {
    fn name(&self) -> String {
        self.id.to_string()
    }

    fn state(&self) -> DeliveryState {
        self.state
    }

    fn attempt(&self) -> u32 {
        self.attempt
    }

    fn progress(&mut self) -> Progress<'_> {
        Progress::new(&mut self.state, &mut self.attempt, &mut self.uncounted, &mut self.history)
    }

    fn begun_at(&self) -> Timestamp {
        self.created_at
    }

    fn uncounted(&self) -> u32 {
        self.uncounted
    }

    fn lease_length(&self) -> SignedDuration {
        EMAIL_LEASE
    }

    fn forget_mail(&mut self, before: &Self) {
        self.digests.clone_from(&before.digests);
        self.links.clone_from(&before.links);
    }

    /// An invite is sent once more, since without it nobody can come in; so is a question, since it
    /// would wait for an answer, and what says that something has stopped.
    fn may_risk_a_second(&self, unknown: usize) -> bool {
        match self.occasion {
            Occasion::Invite { .. } | Occasion::LaunchRequested { .. } | Occasion::ServiceStopped { .. } => {
                unknown <= 1
            }
        }
    }
}

impl Linked for Notice {
    const PREFIX: &'static str = "staff_";
    type Purpose = Decision;
}

/// The tokens of one mail about a launch.
#[derive(Debug)]
pub struct LaunchLinks {
    accept: LinkToken<Notice>,
    reject: LinkToken<Notice>,
}

impl LaunchLinks {
    /// New ones, for a mail of this notice.
    pub fn new(notice: &Notice, random: [[u8; 16]; 2]) -> Self {
        let [accept, reject] = random.map(|random| LinkToken::new(notice.org, notice.id, random));
        Self { accept, reject }
    }

    /// What is stored of them.
    pub fn stored(&self, now: Timestamp) -> [Link<Decision>; 2] {
        [self.accept.link(Decision::Accept, now), self.reject.link(Decision::Reject, now)]
    }
}

/// What the mail about a launch is made of.
#[derive(Debug)]
pub struct LaunchQuestion<'a> {
    /// The page that asks to go live.
    pub page: &'a ActionPage,
    /// The partner it belongs to.
    pub partner: &'a Org,
    /// The campaign it serves.
    pub campaign: &'a Campaign,
    /// By which the reader accepts, and rejects.
    pub links: &'a LaunchLinks,
}

impl LaunchQuestion<'_> {
    /// Writes the mail to this address.
    pub fn write(
        &self,
        notice: &Notice,
        (sender, to): (Sender, Email),
        base_url: &str,
        now: Timestamp,
    ) -> Result<Mail, TemplateError> {
        let values = json!({
            "page": { "name": self.page.name },
            "partner": { "name": self.partner.name, "title": self.partner.title },
            "campaign": { "name": self.campaign.name, "title": self.campaign.title },
            "acceptLink": self.links.accept.url(base_url),
            "rejectLink": self.links.reject.url(base_url),
            "validUntil": (now + LINK_LIFE).strftime("%-d %B %Y").to_string(),
        });
        let texts = Notification::LaunchRequested.texts().render(&values)?;
        Ok(Mail::to_staff(sender, to, texts, Some(tag(notice))))
    }
}

/// Writes the mail that says why a service of the org was stopped.
pub fn stopped(
    notice: &Notice,
    (org, service): (&Org, &Service),
    reason: &str,
    (sender, to): (Sender, Email),
) -> Result<Mail, TemplateError> {
    let values = json!({
        "org": { "name": org.name, "title": org.title },
        "service": { "id": service.id, "kind": service.endpoint.kind(), "host": service.endpoint.host() },
        "reason": reason,
        // Older than any message that its end has cost.
        "since": (notice.created_at - 2 * IN_ALL).strftime("%Y-%m-%dT00:00:00Z").to_string(),
    });
    let texts = Notification::ServiceStopped.texts().render(&values)?;
    Ok(Mail::to_staff(sender, to, texts, Some(tag(notice))))
}

/// Names the notice in the mail service's events.
const fn tag(notice: &Notice) -> MailTag {
    MailTag { org: notice.org, row: Tagged::Notice(notice.id) }
}

/// Writes the mail of an invite, with a token that no other place has.
pub fn invitation(
    notice: &Notice,
    (org, invite): (&Org, &Invite),
    token: &InviteToken,
    base_url: &str,
    sender: Sender,
) -> Result<Mail, TemplateError> {
    let values = json!({
        "org": { "name": org.name, "title": org.title },
        "message": invite.message,
        "token": token.expose(),
        "apiUrl": base_url,
        "validUntil": invite.valid_until.strftime("%-d %B %Y").to_string(),
    });
    let texts = Notification::Invite.texts().render(&values)?;
    Ok(Mail::to_staff(sender, invite.email.clone(), texts, Some(tag(notice))))
}

impl Kind for Notice {
    const PREFIX: &'static str = "ntc";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbound::Lease;
    use uuid::Uuid;

    #[test]
    fn an_invite_of_unknown_fate_is_mailed_once_more_and_no_more() {
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        let occasion = Occasion::Invite { invite: Id::new(Uuid::nil()) };
        let mut row = Notice::new(Id::new(Uuid::nil()), Id::new(Uuid::nil()), occasion, now);
        for attempt in [1, 2] {
            let at = now + SignedDuration::from_hours(i64::from(attempt));
            let Lease::Taken(taken) = row.lease(Uuid::nil(), at) else { panic!("attempt {attempt}") };
            row = taken;
            assert_eq!(row.attempt, attempt);
        }
        assert!(matches!(row.lease(Uuid::nil(), now + SignedDuration::from_hours(3)), Lease::GivenUp(_)));
    }
}
