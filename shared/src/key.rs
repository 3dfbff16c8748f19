//! Every key of the table, and every way it is read.
//!
//! | item           | pk                               | sk                      | gsi1pk                | gsi1sk     | read by |
//! |----------------|----------------------------------|-------------------------|-----------------------|------------|---------|
//! | Instance       | `INSTANCE`                       | `INSTANCE`              |                       |            | each use of SYSTEM |
//! | Counter        | `NUMBERS`                        | `{kind}`                |                       |            | making an org, campaign, page |
//! | Name           | `NAME#{kind}#{lower-case name}`  | `NAME`                  |                       |            | uniqueness; stats by campaign name |
//! | Number         | `NUMBER#{kind}#{n}`              | `NUMBER`                |                       |            | stats by campaign number |
//! | Org            | `ORG#{org}`                      | `ORG`                   | `DUE#SETTINGS#{shard}` | `{updated_at}` | mail, push, bundles; sweep until bundles have it |
//! | Service        | `ORG#{org}`                      | `SERVICE#{service}`     |                       |            | mail, push |
//! | Permit         | `PERMIT#{org}#{service}`         | `{slot}`                |                       |            | pushes to endpoints that are not known as quick, by its own condition |
//! | Template       | `ORG#{org}`                      | `TEMPLATE#{name}#{locale}` |                    |            | mail: all locales of a name in one query |
//! | Public key     | `ORG#{org}`                      | `KEY#{key}`             |                       |            | an org's keys |
//! | Org's campaign | `ORG#{org}`                      | `CAMPAIGN#{campaign}`   |                       |            | bundles after a change of the org |
//! | Org's page     | `ORG#{org}`                      | `PAGE#{page}`           |                       |            | an org's pages, and where they are; bundles after a change of the org |
//! | Launch request | `ORG#{lead}`                     | `LAUNCH#{page}`         |                       |            | the lead's open requests |
//! | Offer          | `ORG#{org}`                      | `OFFER#{campaign}`      | `DUE#SETTINGS#{shard}` | `{updated_at}` | an org's offers, bundles; sweep until bundles have it |
//! | External id    | `ORG#{org}`                      | `EXTERNAL#{number}`     |                       |            | uniqueness, by its own condition |
//! | Campaign       | `CAMPAIGN#{campaign}`            | `CAMPAIGN`              | `DUE#SETTINGS#{shard}` | `{updated_at}` | stats, with its pages in one query; sweep until bundles have it |
//! | Page           | `CAMPAIGN#{campaign}`            | `PAGE#{page}`           | `DUE#SETTINGS#{shard}` | `{updated_at}` | stats, bundles; sweep until bundles have it |
//! | Bundle         | `BUNDLE#{id, number or name}`    | `BUNDLE`                |                       |            | every intake: one read |
//! | Supporter      | `SUPPORTER#{day}#{shard}`        | `{supporter}`           |                       |            | processing: with its actions in one query; sweep by birth |
//! | Action         | `SUPPORTER#{day}#{shard}`        | `{supporter}#ACTION#{action}` | `DUE#ACTION#{shard}` | `{due_at}` | processing; sweep by its supporter's birth, later by the index |
//! | Waiting action | the same                         | the same                | `WAITING#{org}#{shard}` | `{action}` | moderators: the oldest of all shards first |
//! | Pending action | `PENDING#{digest}`               | `ACTION#{action}`       | `DUE#ACTION#{shard}`  | `{due_at}` | intake that names the widget's ref |
//! | Claim          | `PENDING#{digest}`               | `CLAIM`                 |                       |            | intake that names the widget's ref |
//! | Contact        | `CONTACT#{org}#{contact ref}`    | `SUPPORTER#{supporter}` |                       |            | push; all of a person in an org, latest first |
//! | Confirmed      | `CONTACT#{org}#{contact ref}`    | `CONFIRMED`             |                       |            | processing where confirmation is on |
//! | Signer fact    | `SIGNER#{campaign}#{dedupe ref}` | `SIGNER`                |                       |            | processing |
//! | Idempotency    | `IDEMPOTENCY#{digest}`           | `IDEMPOTENCY`           |                       |            | intake, by its own condition |
//! | Suppression    | `SUPPRESSION#{digest}`           | `{org}`                 |                       |            | mail |
//! | Budget         | `BUDGET#{mailbox ref}`           | `{day}`                 |                       |            | mails that ask to confirm, by its own condition |
//! | Delivery       | `DELIVERY#{org}#{day}#{shard}`   | `DELIVERY#{delivery}`   | `DUE#{lane}#{shard}`  | `{due_at}` | mail, push, links, feedback; sweep through its action, later by the index; the org's log by day |
//! | Watermark      | `SWEPT`                          | `{shard}`               |                       |            | sweep: which births it has seen for good |
//! | User           | `USER#{user}`                    | `USER`                  |                       |            | every request of staff |
//! | User by e-mail | `EMAIL#{digest}`                 | `EMAIL`                 |                       |            | invites, OIDC |
//! | Token          | `USER#{user}`                    | `TOKEN#{token}`         |                       |            | every request of staff; a user's tokens |
//! | User's org     | `USER#{user}`                    | `ORG#{org}`             |                       |            | a user's orgs |
//! | Staffer        | `ORG#{org}`                      | `STAFFER#{user}`        |                       |            | every request of staff; an org's staff |
//! | Owners         | `ORG#{org}`                      | `OWNERS`                |                       |            | changes of owners |
//! | Invite         | `ORG#{org}`                      | `INVITE#{invite}`       |                       |            | accepting by token; an org's invites |
//! | Notice         | `ORG#{org}`                      | `NOTICE#{notice}`       | `DUE#EMAIL#{shard}`   | `{due_at}` | mail to staff, accepting, links, feedback; sweep |
//! | Audit          | `AUDIT#{org}`                    | `{audit}`               |                       |            | an org's audit, newest first |
//! | Erasure        | `ERASURES`                       | `{erasure}`             |                       |            | operators, to erase again what a restored table has |
//! | Retention      | `RETENTION`                      | `PLACE`                 |                       |            | operators, to go on with a pass that erases what was kept for long enough |
//! | Stats          | `STATS#{campaign}`               | `{shard}`               |                       |            | stats, get-page, recount: all shards in one query |
//! | Frozen stats   | `STATS#{campaign}`               | `FROZEN`                |                       |            | the same: they are what everybody sees |
//! | Switches       | `SWITCHES`                       | `SWITCHES`              |                       |            | intake, mails and pushes, every ten seconds |
//! | Published      | `PUBLIC#{campaign}#{day}#{shard}` | `{action}`             |                       |            | what everyone may see of a campaign's actions, newest first |
//! | Recount        | `RECOUNT`                        | `RECOUNT`               |                       |            | recount: how far it has come |
//! | Recount's part | `RECOUNT#{part}`                 | `{campaign}`            |                       |            | recount: what one part of the reading found, of all campaigns |
//! | All            |                                  |                         |                       |            | recount: the whole table, once a night, in segments |
//!
//! Ids print with their kind, so `ORG#{org}` is `ORG#org_0190…`. All that grows with signatures is
//! spread: over supporters, persons, or shards (those of the index are in [`crate::due`]).

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    action::{Action, Doer},
    audit::Audit,
    campaign::Campaign,
    delivery::Delivery,
    erasure::Erasure,
    id::{Id, Kind},
    invite::Invite,
    locale::Locale,
    name::TemplateName,
    notice::Notice,
    org::Org,
    page::ActionPage,
    public_key::PublicKey,
    secret::Digest,
    service::Service,
    supporter::Supporter,
    token::ApiToken,
    user::User,
};

/// Partitions of one org's deliveries of one day.
///
/// A delivery makes four to five write units in its partition, which takes 1,000 a second: 16 carry
/// some 3,500 deliveries a second for one org. May grow, never shrink: a delivery's shard follows
/// from its id modulo this, so growing it needs the rows of open links moved.
pub const LOG_SHARDS: u8 = 16;

/// Partitions of the supporters born on one day.
///
/// A supporter and its action make eight write units in their partition, which takes 1,000 a second:
/// 32 carry 4,000 signatures a second. Growing it needs care: a supporter's place follows from its
/// id modulo this, so the rows of those that may still change must move.
pub const SUPPORTER_SHARDS: u8 = 32;

/// Rows that hold parts of one campaign's counts.
///
/// Counting writes once per stream batch, not per action; the shards keep parallel batches from
/// conflicting. May grow, never shrink.
pub const STATS_SHARDS: u8 = 8;

/// Partitions of what is public of one campaign's actions of one day.
///
/// Each makes two write units in its partition, which takes 1,000 a second: 8 carry 4,000 signatures a
/// second in one campaign. May grow, never shrink: readers look at shards 0 to this.
pub const PUBLIC_SHARDS: u8 = 8;

/// Where one item lives.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// Partition key.
    pub pk: String,
    /// Sort key.
    pub sk: String,
}

/// Which of the named and numbered things a name belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// Orgs.
    Org,
    /// Campaigns.
    Campaign,
    /// Pages.
    Page,
}

/// How a client addresses a page or a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Address {
    /// By its small number, as embedded widgets do.
    Number(u32),
    /// By its name, lower-cased.
    Name(String),
    /// By its id.
    Id(String),
}

impl Address {
    /// Reads the address from a path's segment, decoded.
    pub fn parse<T: Kind>(text: &str) -> Self {
        match (text.parse(), text.parse::<Id<T>>()) {
            (Ok(number), _) => Self::Number(number),
            (_, Ok(id)) => Self::Id(id.to_string()),
            _ => Self::Name(text.to_lowercase()),
        }
    }
}

impl Key {
    fn new(pk: String, sk: impl Into<String>) -> Self {
        Self { pk, sk: sk.into() }
    }

    /// Which org is the instance's.
    pub fn instance() -> Self {
        Self::new("INSTANCE".to_owned(), "INSTANCE")
    }

    /// The counter that numbers come from.
    pub fn numbers(kind: Named) -> Self {
        Self::new("NUMBERS".to_owned(), kind.word())
    }

    /// Who has a name.
    pub fn name(kind: Named, name: &str) -> Self {
        Self::new(format!("NAME#{}#{}", kind.word(), name.to_lowercase()), "NAME")
    }

    /// Who has a number.
    pub fn number(kind: Named, number: u32) -> Self {
        Self::new(format!("NUMBER#{}#{number}", kind.word()), "NUMBER")
    }

    /// An org.
    pub fn org(id: Id<Org>) -> Self {
        Self::new(org_pk(id), "ORG")
    }

    /// A service of an org.
    pub fn service(org: Id<Org>, id: Id<Service>) -> Self {
        Self::new(org_pk(org), format!("SERVICE#{id}"))
    }

    /// All services of an org; the sort key is their prefix.
    pub fn services(org: Id<Org>) -> Self {
        Self::new(org_pk(org), "SERVICE#")
    }

    /// Leave for one request to a service's endpoint.
    pub fn permit(org: Id<Org>, service: Id<Service>, slot: u8) -> Self {
        Self::new(format!("PERMIT#{org}#{service}"), slot.to_string())
    }

    /// A template of an org.
    pub fn template(org: Id<Org>, name: &TemplateName, locale: &Locale) -> Self {
        Self::new(org_pk(org), format!("TEMPLATE#{name}#{locale}"))
    }

    /// A template in all its languages; the sort key is their prefix.
    pub fn templates(org: Id<Org>, name: &TemplateName) -> Self {
        Self::new(org_pk(org), format!("TEMPLATE#{name}#"))
    }

    /// All templates of an org; the sort key is their prefix.
    pub fn all_templates(org: Id<Org>) -> Self {
        Self::new(org_pk(org), "TEMPLATE#")
    }

    /// A public key of an org.
    pub fn public_key(org: Id<Org>, id: Id<PublicKey>) -> Self {
        Self::new(org_pk(org), format!("KEY#{id}"))
    }

    /// All public keys of an org; the sort key is their prefix.
    pub fn public_keys(org: Id<Org>) -> Self {
        Self::new(org_pk(org), "KEY#")
    }

    /// That an org leads a campaign.
    pub fn org_campaign(org: Id<Org>, id: Id<Campaign>) -> Self {
        Self::new(org_pk(org), format!("CAMPAIGN#{id}"))
    }

    /// All campaigns an org leads; the sort key is their prefix.
    pub fn org_campaigns(org: Id<Org>) -> Self {
        Self::new(org_pk(org), "CAMPAIGN#")
    }

    /// That an org has a page.
    pub fn org_page(org: Id<Org>, id: Id<ActionPage>) -> Self {
        Self::new(org_pk(org), format!("PAGE#{id}"))
    }

    /// All pages of an org; the sort key is their prefix.
    pub fn org_pages(org: Id<Org>) -> Self {
        Self::new(org_pk(org), "PAGE#")
    }

    /// That a page waits for the lead to let it go live.
    pub fn launch_request(lead: Id<Org>, page: Id<ActionPage>) -> Self {
        Self::new(org_pk(lead), format!("LAUNCH#{page}"))
    }

    /// All launch requests that an org is to decide on; the sort key is their prefix.
    pub fn launch_requests(lead: Id<Org>) -> Self {
        Self::new(org_pk(lead), "LAUNCH#")
    }

    /// A campaign's contacts, offered to an org.
    pub fn offer(org: Id<Org>, campaign: Id<Campaign>) -> Self {
        Self::new(org_pk(org), format!("OFFER#{campaign}"))
    }

    /// All that is offered to an org; the sort key is their prefix.
    pub fn offers(org: Id<Org>) -> Self {
        Self::new(org_pk(org), "OFFER#")
    }

    /// Which campaign has the org's own number.
    pub fn external_id(org: Id<Org>, number: u64) -> Self {
        Self::new(org_pk(org), format!("EXTERNAL#{number}"))
    }

    /// A campaign; its partition holds its pages too.
    pub fn campaign(id: Id<Campaign>) -> Self {
        Self::new(campaign_pk(id), "CAMPAIGN")
    }

    /// A page.
    pub fn page(campaign: Id<Campaign>, id: Id<ActionPage>) -> Self {
        Self::new(campaign_pk(campaign), format!("PAGE#{id}"))
    }

    /// A page with all that intake needs.
    pub fn bundle(address: &Address) -> Self {
        let word = match address {
            Address::Number(number) => number.to_string(),
            Address::Name(text) | Address::Id(text) => text.clone(),
        };
        Self::new(format!("BUNDLE#{word}"), "BUNDLE")
    }

    /// A supporter; the sort keys of its actions begin with its own.
    pub fn supporter(id: Id<Supporter>) -> Self {
        Self::new(supporter_pk(id.created_at(), id.shard(SUPPORTER_SHARDS)), id.to_string())
    }

    /// The partition of the supporters born on the day of `at`, in the order of their birth.
    ///
    /// The sort key stands before everybody born from `at` on, and behind everybody before.
    pub fn born(at: Timestamp, shard: u8) -> Self {
        let millis = at.as_millisecond();
        Self::new(supporter_pk(at, shard), format!("{}_{millis:012x}", Supporter::PREFIX))
    }

    /// An action, by who did it.
    pub fn action(doer: &Doer, id: Id<Action>) -> Self {
        match doer {
            Doer::Supporter(supporter) => {
                let Self { pk, sk } = Self::supporter(*supporter);
                Self::new(pk, format!("{sk}#ACTION#{id}"))
            }
            Doer::Pending(digest) => Self::new(format!("PENDING#{digest}"), format!("ACTION#{id}")),
        }
    }

    /// All actions of a supporter; the sort key is their prefix.
    pub fn actions(supporter: Id<Supporter>) -> Self {
        let Self { pk, sk } = Self::supporter(supporter);
        Self::new(pk, format!("{sk}#ACTION#"))
    }

    /// What is known of a widget's ref; its partition holds the pending actions too.
    pub fn claim(pending: &Digest) -> Self {
        Self::new(format!("PENDING#{pending}"), "CLAIM")
    }

    /// One org's copy of a supporter's data.
    pub fn contact(org: Id<Org>, contact_ref: &Digest, supporter: Id<Supporter>) -> Self {
        Self::new(format!("CONTACT#{org}#{contact_ref}"), format!("SUPPORTER#{supporter}"))
    }

    /// All of an org's copies of a person's data; the sort key is their prefix.
    pub fn contacts(org: Id<Org>, contact_ref: &Digest) -> Self {
        Self::new(format!("CONTACT#{org}#{contact_ref}"), "SUPPORTER#")
    }

    /// That a person confirmed their address for an org.
    pub fn confirmed(org: Id<Org>, contact_ref: &Digest) -> Self {
        Self::new(format!("CONTACT#{org}#{contact_ref}"), "CONFIRMED")
    }

    /// A person's place in a campaign.
    pub fn signer(campaign: Id<Campaign>, dedupe_ref: &Digest) -> Self {
        Self::new(format!("SIGNER#{campaign}#{dedupe_ref}"), "SIGNER")
    }

    /// A submission that was taken in.
    pub fn idempotency(digest: &Digest) -> Self {
        Self::new(format!("IDEMPOTENCY#{digest}"), "IDEMPOTENCY")
    }

    /// That an address gets no mail from an org.
    pub fn suppression(suppress_ref: &Digest, org: Id<Org>) -> Self {
        Self::new(format!("SUPPRESSION#{suppress_ref}"), org.to_string())
    }

    /// What a mailbox was asked to confirm on the day of `at`.
    pub fn budget(mailbox_ref: &Digest, at: Timestamp) -> Self {
        Self::new(format!("BUDGET#{mailbox_ref}"), day(at).to_string())
    }

    /// A delivery; where it lives follows from its org and its id.
    pub fn delivery(org: Id<Org>, id: Id<Delivery>) -> Self {
        Self::log(org, id, id.shard(LOG_SHARDS))
    }

    /// The place of a delivery's id in the order of one shard of its day's log.
    pub fn log(org: Id<Org>, id: Id<Delivery>, shard: u8) -> Self {
        let day = day(id.created_at());
        Self::new(format!("DELIVERY#{org}#{day}#{shard:02}"), format!("DELIVERY#{id}"))
    }

    /// A user.
    pub fn user(id: Id<User>) -> Self {
        Self::new(user_pk(id), "USER")
    }

    /// Who has an e-mail address.
    pub fn user_email(email_ref: &Digest) -> Self {
        Self::new(format!("EMAIL#{email_ref}"), "EMAIL")
    }

    /// A token of a user.
    pub fn token(user: Id<User>, id: Id<ApiToken>) -> Self {
        Self::new(user_pk(user), format!("TOKEN#{id}"))
    }

    /// All tokens of a user; the sort key is their prefix.
    pub fn tokens(user: Id<User>) -> Self {
        Self::new(user_pk(user), "TOKEN#")
    }

    /// That a user is staff of an org.
    pub fn user_org(user: Id<User>, org: Id<Org>) -> Self {
        Self::new(user_pk(user), format!("ORG#{org}"))
    }

    /// All orgs that a user is staff of; the sort key is their prefix.
    pub fn user_orgs(user: Id<User>) -> Self {
        Self::new(user_pk(user), "ORG#")
    }

    /// What a user is in an org.
    pub fn staffer(org: Id<Org>, user: Id<User>) -> Self {
        Self::new(org_pk(org), format!("STAFFER#{user}"))
    }

    /// All staff of an org; the sort key is their prefix.
    pub fn staffers(org: Id<Org>) -> Self {
        Self::new(org_pk(org), "STAFFER#")
    }

    /// Who owns an org.
    pub fn owners(org: Id<Org>) -> Self {
        Self::new(org_pk(org), "OWNERS")
    }

    /// An invite to an org.
    pub fn invite(org: Id<Org>, id: Id<Invite>) -> Self {
        Self::new(org_pk(org), format!("INVITE#{id}"))
    }

    /// All invites to an org; the sort key is their prefix.
    pub fn invites(org: Id<Org>) -> Self {
        Self::new(org_pk(org), "INVITE#")
    }

    /// A mail to staff of an org. Staff do little, so an org's notices need no shards.
    pub fn notice(org: Id<Org>, id: Id<Notice>) -> Self {
        Self::new(org_pk(org), format!("NOTICE#{id}"))
    }

    /// One change that staff of an org made.
    pub fn audit(org: Id<Org>, id: Id<Audit>) -> Self {
        Self::new(format!("AUDIT#{org}"), id.to_string())
    }

    /// The audit of an org; the sort key is the prefix of its rows.
    pub fn audits(org: Id<Org>) -> Self {
        Self::new(format!("AUDIT#{org}"), format!("{}_", Audit::PREFIX))
    }

    /// That an org erased a person. Staff do little, so erasures need no shards.
    pub fn erasure(id: Id<Erasure>) -> Self {
        Self::new(Self::erasures().pk, id.to_string())
    }

    /// The log of erasures; the sort key is the prefix of its rows.
    pub fn erasures() -> Self {
        Self::new("ERASURES".to_owned(), format!("{}_", Erasure::PREFIX))
    }

    /// How far a pass is that erases what was kept for long enough.
    pub fn retention() -> Self {
        Self::new("RETENTION".to_owned(), "PLACE")
    }

    /// One part of a campaign's counts.
    pub fn stats(campaign: Id<Campaign>, shard: u8) -> Self {
        Self::new(format!("STATS#{campaign}"), format!("{shard:02}"))
    }

    /// The sort key of frozen counts, behind those of the counters.
    pub const FROZEN: &'static str = "FROZEN";

    /// What everybody sees of a campaign's counts, while they are frozen.
    pub fn frozen_stats(campaign: Id<Campaign>) -> Self {
        Self::new(format!("STATS#{campaign}"), Self::FROZEN)
    }

    /// What is stopped in the whole instance.
    pub fn switches() -> Self {
        Self::new("SWITCHES".to_owned(), "SWITCHES")
    }

    /// That something of an action is public; the place of its id in the order of one shard of its day.
    pub fn published(campaign: Id<Campaign>, action: Id<Action>, shard: u8) -> Self {
        let day = day(action.created_at());
        Self::new(format!("PUBLIC#{campaign}#{day}#{shard:02}"), action.to_string())
    }

    /// The last recount that was begun.
    pub fn recount() -> Self {
        Self::new("RECOUNT".to_owned(), "RECOUNT")
    }

    /// What one part of a recount's reading found of a campaign.
    pub fn recount_part(part: Uuid, campaign: Id<Campaign>) -> Self {
        Self::new(format!("RECOUNT#{}", part.simple()), campaign.to_string())
    }

    /// What one part of a recount's reading found; the sort key is the prefix of its rows.
    pub fn recount_parts(part: Uuid) -> Self {
        Self::new(format!("RECOUNT#{}", part.simple()), format!("{}_", Campaign::PREFIX))
    }

    /// How far the sweeper has looked at one shard's births for good.
    pub fn watermark(shard: u8) -> Self {
        Self::new("SWEPT".to_owned(), format!("{shard:02}"))
    }
}

impl Named {
    const fn word(self) -> &'static str {
        match self {
            Self::Org => "ORG",
            Self::Campaign => "CAMPAIGN",
            Self::Page => "PAGE",
        }
    }
}

fn org_pk(id: Id<Org>) -> String {
    format!("ORG#{id}")
}

fn user_pk(id: Id<User>) -> String {
    format!("USER#{id}")
}

fn supporter_pk(born_at: Timestamp, shard: u8) -> String {
    format!("SUPPORTER#{}#{shard:02}", day(born_at))
}

fn day(at: Timestamp) -> impl std::fmt::Display {
    at.strftime("%Y-%m-%d")
}

fn campaign_pk(id: Id<Campaign>) -> String {
    format!("CAMPAIGN#{id}")
}

#[cfg(test)]
mod tests;
