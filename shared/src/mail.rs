//! Mails: who sends them, what they say, which links those to supporters carry.

use serde_json::{Value, json};

use crate::{
    action::Action,
    bundle::Bundle,
    consent::OptIn,
    delivery::{Delivery, Purpose},
    email::Email,
    feedback::{MailTag, Tagged},
    link::{LinkPurpose, LinkToken},
    name::TemplateName,
    org::Org,
    service::Endpoint,
    stats::Stats,
    supporter::{Clear, Supporter},
    template::{CONFIRM, REMINDER, TemplateError, Texts},
};

/// A mail, ready for any mail service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Display name of the sender, free of control characters.
    pub from_name: String,
    /// Address of the sender.
    pub from: Email,
    /// Where answers go, if not to the sender.
    pub reply_to: Option<Email>,
    /// The supporter, or somebody of the staff.
    pub to: Email,
    /// What it says.
    pub texts: Texts,
    /// Where one click ends all mail (RFC 8058), on all mails to supporters but those that ask to confirm.
    pub unsubscribe_url: Option<String>,
    /// Names its row in the mail service's events, if it has one.
    pub tag: Option<MailTag>,
}

impl Mail {
    /// A mail to somebody of the staff, who cannot unsubscribe from their work.
    pub fn to_staff(sender: Sender, to: Email, texts: Texts, tag: Option<MailTag>) -> Self {
        let Sender { name, from, reply_to } = sender;
        Self { from_name: name, from, reply_to, to, texts, unsubscribe_url: None, tag }
    }
}

/// Who a mail comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    name: String,
    from: Email,
    reply_to: Option<Email>,
}

impl Sender {
    /// The org's own address where the service may send from its domain; else the instance's, on
    /// the org's behalf and with answers to the org. `None` where neither has an address.
    pub fn choose(org: &Org, instance: &Org, endpoint: &Endpoint) -> Option<Self> {
        let own = org.email_from.as_ref().filter(|from| endpoint.sends_from(from.domain()));
        if let Some(from) = own {
            return Some(Self { name: org.title.to_string(), from: from.clone(), reply_to: None });
        }
        let reply_to = org.email_from.clone().filter(|_| org.reply_enabled);
        let name = format!("{} via {}", org.title, instance.title);
        instance.email_from.clone().map(|from| Self { name, from, reply_to })
    }
}

/// The links of one mail, each with its token.
#[derive(Debug, Clone)]
pub struct Links {
    base_url: String,
    tokens: Vec<(LinkPurpose, LinkToken)>,
}

impl Links {
    /// The links that a mail of this purpose carries, under the API's public address.
    pub fn of(delivery: &Delivery, base_url: &str, mut token: impl FnMut() -> LinkToken) -> Self {
        let purposes: &[LinkPurpose] = match delivery.purpose {
            Purpose::Confirm | Purpose::Reminder => &[LinkPurpose::Confirm, LinkPurpose::Reject],
            Purpose::ThankYou | Purpose::Duplicate => {
                &[LinkPurpose::Reject, LinkPurpose::OptIn, LinkPurpose::Unsubscribe]
            }
            Purpose::Push | Purpose::Event | Purpose::LookUp => &[],
        };
        Self {
            base_url: base_url.to_owned(),
            tokens: purposes.iter().map(|purpose| (*purpose, token())).collect(),
        }
    }

    /// One link of each purpose with the same token, for a sample.
    pub fn sample(base_url: &str, token: &LinkToken) -> Self {
        let all = [LinkPurpose::Confirm, LinkPurpose::Reject, LinkPurpose::OptIn, LinkPurpose::Unsubscribe];
        Self { base_url: base_url.to_owned(), tokens: all.map(|purpose| (purpose, token.clone())).into() }
    }

    /// Each link's purpose and token, for keeping their digests.
    pub fn tokens(&self) -> impl Iterator<Item = (LinkPurpose, &LinkToken)> {
        self.tokens.iter().map(|(purpose, token)| (*purpose, token))
    }

    fn url(&self, purpose: LinkPurpose) -> Option<String> {
        let (_, token) = self.tokens.iter().find(|(p, _)| *p == purpose)?;
        Some(token.url(&self.base_url))
    }
}

/// Name of the template that a mail of this purpose uses.
pub fn template_name(purpose: Purpose, bundle: &Bundle) -> Option<TemplateName> {
    match purpose {
        Purpose::Confirm => bundle.confirm_template().cloned().or_else(|| CONFIRM.parse().ok()),
        Purpose::Reminder => REMINDER.parse().ok(),
        Purpose::ThankYou => bundle.page.thank_you_template.clone(),
        Purpose::Duplicate => bundle.page.duplicate_template.clone(),
        Purpose::Push | Purpose::Event | Purpose::LookUp => None,
    }
}

/// What a template may name.
#[derive(Debug)]
pub struct Context<'a> {
    /// The page and what belongs to it.
    pub bundle: &'a Bundle,
    /// The action the mail is about.
    pub action: &'a Action,
    /// Who did it.
    pub supporter: &'a Supporter,
    /// Their name and address.
    pub clear: &'a Clear,
    /// The campaign's counts.
    pub stats: &'a Stats,
    /// The mail's links.
    pub links: &'a Links,
}

impl Context<'_> {
    /// Writes the mail.
    pub fn write(&self, sender: Sender, texts: &Texts, delivery: &Delivery) -> Result<Mail, TemplateError> {
        let unsubscribe_url = self.links.url(LinkPurpose::Unsubscribe);
        Ok(Mail {
            from_name: sender.name,
            from: sender.from,
            reply_to: sender.reply_to,
            to: self.clear.email.clone(),
            texts: texts.render(&self.values())?,
            unsubscribe_url,
            tag: Some(MailTag { org: delivery.org, row: Tagged::Delivery(delivery.id) }),
        })
    }

    /// The values by the names that templates use. Custom fields have a key of their own, so that
    /// none can shadow one of ours.
    pub fn values(&self) -> Value {
        let (page, campaign, org) = (&self.bundle.page, &self.bundle.campaign, &self.bundle.org);
        let contact = self.supporter.contacts.iter().find(|c| c.org == org.id);
        let tracking = &self.action.tracking;
        let link = |purpose| self.links.url(purpose).unwrap_or_default();
        json!({
            "firstName": self.clear.first_name,
            "lastName": self.clear.last_name.as_ref().map_or("", |n| n.expose()),
            "email": self.clear.email,
            "contactRef": self.supporter.org_ref,
            "actionType": self.action.action_type,
            "customFields": self.action.custom_fields,
            "campaign": { "name": campaign.name, "title": campaign.title, "stats": self.stats },
            "org": { "name": org.name, "title": org.title },
            "actionPage": { "name": page.name, "locale": page.locale, "url": page_url(self.bundle, self.action) },
            "tracking": { "source": tracking.source, "medium": tracking.medium, "campaign": tracking.campaign,
                "content": tracking.content, "location": tracking.location },
            "privacy": { "optIn": contact.map_or(OptIn::NotAsked, |c| c.communication).as_bool() },
            "confirmLink": link(LinkPurpose::Confirm),
            "rejectLink": link(LinkPurpose::Reject),
            "optInLink": link(LinkPurpose::OptIn),
            "unsubscribeLink": link(LinkPurpose::Unsubscribe),
        })
    }
}

/// Where the widget ran, if that is one of the page's own places: a mail must not carry a stranger's address.
fn page_url<'a>(bundle: &Bundle, action: &'a Action) -> Option<&'a str> {
    let location = action.tracking.location.as_ref()?.as_str();
    let url = url::Url::parse(location).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
    let (page, origin) = (&bundle.page, url.origin().ascii_serialization());
    let home = page.name.as_str().split('/').next().filter(|host| host.contains('.'));
    let ours = page.allowed_origins.iter().any(|allowed| allowed.as_str() == origin)
        || (page.allowed_origins.is_empty() && home.is_some_and(|host| url.host_str() == Some(host)));
    ours.then_some(location)
}
