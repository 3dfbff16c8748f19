//! Orgs as the API takes and shows them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::{
    api::{
        body::{body, ranged, set},
        operation::{Needs, Operations},
    },
    config_value::PublicConfig,
    email::Email,
    id::Id,
    locale::Locale,
    name::{Name, TemplateName},
    org::Org,
    permission::{InstancePermission, Permission, Permissions, Role},
    service::{Backend, Backends},
    text::Line,
    user::User,
};

body! {
    /// A new org. Whoever makes it owns it; its mail goes through the instance's service until it has its own.
    pub struct NewOrg {
        /// Unique name, in any case of its letters.
        required name "name": Name,
        /// What people call it.
        required title "title": Line,
    }
}

body! {
    /// Changes of an org.
    #[derive(Default)]
    pub struct OrgPatch {
        /// What people call it.
        optional title "title": Line,
        /// Address that mails come from, if its domain is verified on the service used.
        edit email_from "emailFrom": Email,
        /// Whether answers to mails should reach the org.
        optional reply_enabled "replyEnabled": bool,
        /// Language of last resort for its templates.
        edit locale "locale": Locale,
        /// Whether supporters must confirm their address, unless the campaign says otherwise.
        optional supporter_confirm "supporterConfirm": bool,
        /// Template of the confirmation mail, where page and campaign name none.
        edit supporter_confirm_template "supporterConfirmTemplate": TemplateName,
        /// Whether who has not confirmed after two days is asked once more.
        optional supporter_confirm_reminder "supporterConfirmReminder": bool,
        /// Whether actions wait for a moderator, unless the campaign says otherwise.
        optional moderation "moderation": bool,
        /// Whether thanks go only to those who opted in.
        optional thank_you_only_opted_in "thankYouOnlyOptedIn": bool,
        /// Whether no clear personal data may be kept, not even to send mail; needs an active key.
        optional strict_privacy "strictPrivacy": bool,
        /// Months after a campaign's close at which its contacts go, at most 1,200.
        optional retention_months "retentionMonths": RetentionMonths,
        /// What the org tells widgets.
        optional config "config": PublicConfig,
    }
}

body! {
    /// The service an org uses for a purpose.
    pub struct SetBackend {
        /// The id of a service of the org, or `SYSTEM` for the instance's.
        required service "service": Backend,
    }
}

ranged! {
    /// Months, from 1 to 1,200.
    pub struct RetentionMonths(u16) from 1 to 1200;
}

/// An org, for its staff.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "they are settings, each on its own")]
pub struct OrgView {
    id: Id<Org>,
    number: u32,
    name: Name,
    title: Line,
    email_from: Option<Email>,
    reply_enabled: bool,
    locale: Option<Locale>,
    supporter_confirm: bool,
    supporter_confirm_template: Option<TemplateName>,
    supporter_confirm_reminder: bool,
    moderation: bool,
    thank_you_only_opted_in: bool,
    strict_privacy: bool,
    retention_months: u16,
    backends: BackendsView,
    config: PublicConfig,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: u64,
}

/// The services an org uses, by purpose.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackendsView {
    email: Option<Backend>,
    push: Option<Backend>,
    event: Option<Backend>,
    detail: Option<Backend>,
    storage: Option<Backend>,
}

/// Who calls, and where they may do what.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// The user.
    pub user: Id<User>,
    /// Their address.
    pub email: Email,
    /// What they may do in the whole instance.
    pub instance_permissions: Vec<InstancePermission>,
    /// The orgs they are staff of.
    pub orgs: Vec<Membership>,
}

/// An org that the caller is staff of.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Membership {
    /// The org.
    pub org: Id<Org>,
    /// Its name.
    pub name: Name,
    /// What people call it.
    pub title: Line,
    /// Their role, if they have one.
    pub role: Option<Role>,
    /// What they may do.
    pub permissions: Permissions,
}

impl From<Org> for OrgView {
    fn from(org: Org) -> Self {
        let Backends { email, push, event, detail, storage } = org.backends;
        Self {
            id: org.id,
            number: org.number,
            name: org.name,
            title: org.title,
            email_from: org.email_from,
            reply_enabled: org.reply_enabled,
            locale: org.locale,
            supporter_confirm: org.supporter_confirm,
            supporter_confirm_template: org.supporter_confirm_template,
            supporter_confirm_reminder: org.supporter_confirm_reminder,
            moderation: org.moderation,
            thank_you_only_opted_in: org.thank_you_only_opted_in,
            strict_privacy: org.strict_privacy,
            retention_months: org.retention_months,
            backends: BackendsView { email, push, event, detail, storage },
            config: org.config,
            created_at: org.created_at,
            updated_at: org.updated_at,
            version: org.version,
        }
    }
}

impl OrgPatch {
    /// Changes the org; the names of the fields that changed.
    pub fn apply(self, org: &mut Org) -> Vec<String> {
        let retention = self.retention_months.map(|months| months.0);
        [
            ("title", set(&mut org.title, self.title)),
            ("emailFrom", self.email_from.apply(&mut org.email_from)),
            ("replyEnabled", set(&mut org.reply_enabled, self.reply_enabled)),
            ("locale", self.locale.apply(&mut org.locale)),
            ("supporterConfirm", set(&mut org.supporter_confirm, self.supporter_confirm)),
            (
                "supporterConfirmTemplate",
                self.supporter_confirm_template.apply(&mut org.supporter_confirm_template),
            ),
            (
                "supporterConfirmReminder",
                set(&mut org.supporter_confirm_reminder, self.supporter_confirm_reminder),
            ),
            ("moderation", set(&mut org.moderation, self.moderation)),
            ("thankYouOnlyOptedIn", set(&mut org.thank_you_only_opted_in, self.thank_you_only_opted_in)),
            ("strictPrivacy", set(&mut org.strict_privacy, self.strict_privacy)),
            ("retentionMonths", set(&mut org.retention_months, retention)),
            ("config", set(&mut org.config, self.config)),
        ]
        .into_iter()
        .filter(|(_, changed)| *changed)
        .map(|(name, _)| name.to_owned())
        .collect()
    }
}

pub(super) fn describe(api: &mut Operations) {
    let org = "/v1/orgs/{org}";
    let backend = "/v1/orgs/{org}/backends/{purpose}";
    let manage = Needs::Permission(Permission::ManageOrg);
    let services = Needs::Permission(Permission::ManageServices);
    api.add(("GET", "/v1/me"), "me get", "Says who you are, and where you may do what", Needs::User)
        .answers::<Me>(200);
    let create = Needs::Instance(InstancePermission::ManageOrgs);
    api.add(("POST", "/v1/orgs"), "org create", "Makes an org, which you own", create)
        .body::<NewOrg>(json!({ "name": "river_watch_at", "title": "River Watch Austria" }))
        .answers::<OrgView>(201);
    api.add(("GET", org), "org get", "Shows an org", Needs::Member).answers::<OrgView>(200);
    api.add(("PATCH", org), "org update", "Changes an org's settings", manage)
        .if_match()
        .body::<OrgPatch>(json!({ "title": "River Watch", "replyEnabled": true }))
        .beyond_schema()
        .answers::<OrgView>(200);
    api.add(("DELETE", org), "org delete", "Removes an org that has no pages and no campaigns", manage)
        .if_match();
    api.add(("PUT", backend), "org set-backend", "Uses a service for a purpose", services)
        .body::<SetBackend>(json!({ "service": "SYSTEM" }))
        .beyond_schema()
        .answers::<OrgView>(200);
    api.add(("DELETE", backend), "org unset-backend", "Uses no service for a purpose any more", services)
        .answers::<OrgView>(200);
}
