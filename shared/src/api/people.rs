//! Staff and invites, as the API takes and shows them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::{
    api::{
        body::{RequestBody, body, ranged, required, value},
        operation::{Needs, Operations},
    },
    email::Email,
    id::Id,
    invite::{GivenToken, Invite, InviteMessage},
    json::Fields,
    name::Name,
    org::Org,
    permission::{Grant, Permission, Permissions, Role},
    text::Line,
    token::TokenText,
    user::{Staffer, User},
};

/// A new invite. It gives a role, or permissions one by one.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct NewInvite {
    /// Who is invited. The mail goes there, and nobody else gets its token.
    pub email: Email,
    /// What they will be.
    #[schemars(flatten)]
    pub grant: Grant,
    /// What you say to them in the mail.
    pub message: Option<InviteMessage>,
    /// How often it can be accepted, always by the same person; each time gives a token. 1 where not given.
    pub uses: Option<Uses>,
    /// Days for which it can be accepted; 14 where not given.
    pub days: Option<InviteDays>,
}

impl RequestBody for NewInvite {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let (email, grant) = (required(fields, "email"), grant(fields));
        let (message, uses, days) = (value(fields, "message"), value(fields, "uses"), value(fields, "days"));
        Some(Self { email: email?, grant: grant?, message, uses, days })
    }
}

/// What a staffer shall be: a role, or permissions one by one.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct StafferPatch {
    /// What they will be.
    #[schemars(flatten)]
    pub grant: Grant,
}

impl RequestBody for StafferPatch {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        grant(fields).map(|grant| Self { grant })
    }
}

/// Reads what is given: a role or permissions, and not both.
fn grant(fields: &mut Fields<'_>) -> Option<Grant> {
    let absent = (fields.is_absent("role"), fields.is_absent("permissions"));
    let (role, permissions) = (value(fields, "role"), value(fields, "permissions"));
    match absent {
        (true, true) => fields.wrong("role", "is required where there are no permissions"),
        (false, false) => fields.wrong("permissions", "cannot be given beside a role"),
        (false, true) => role.map(Grant::Role),
        (true, false) => permissions.map(Grant::Permissions),
    }
}

body! {
    /// The token of an invite.
    pub struct AcceptInvite {
        /// The token, as it stands in the mail.
        required token "token": GivenToken,
    }
}

ranged! {
    /// Uses of an invite, from 1 to 50.
    pub struct Uses(u32) from 1 to 50;
}

ranged! {
    /// Days that an invite can be accepted, from 1 to 60.
    pub struct InviteDays(u32) from 1 to 60;
}

/// Somebody of an org's staff.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StafferView {
    user: Id<User>,
    email: Email,
    role: Option<Role>,
    permissions: Permissions,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: u64,
}

impl StafferView {
    /// A staffer, with the address of the user.
    pub fn new(staffer: Staffer, user: &User) -> Self {
        Self {
            user: staffer.user,
            email: user.email.clone(),
            role: staffer.role,
            permissions: staffer.permissions,
            created_at: staffer.created_at,
            updated_at: staffer.updated_at,
            version: staffer.version,
        }
    }
}

/// An invite that can still be accepted. Its token is in the mail alone.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InviteView {
    id: Id<Invite>,
    email: Email,
    role: Option<Role>,
    permissions: Permissions,
    message: Option<InviteMessage>,
    invited_by: Id<User>,
    uses_left: u32,
    valid_until: Timestamp,
    created_at: Timestamp,
}

impl From<Invite> for InviteView {
    fn from(invite: Invite) -> Self {
        Self {
            id: invite.id,
            email: invite.email,
            role: invite.role,
            permissions: invite.permissions,
            message: invite.message,
            invited_by: invite.invited_by,
            uses_left: invite.uses_left,
            valid_until: invite.valid_until,
            created_at: invite.created_at,
        }
    }
}

/// What came of an invite: who you are where, and a token, which is shown this once.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Accepted {
    org: Id<Org>,
    org_name: Name,
    org_title: Line,
    user: Id<User>,
    role: Option<Role>,
    permissions: Permissions,
    /// A token that works in this org alone.
    token: String,
}

impl Accepted {
    /// What came of an invite to this org.
    pub fn new(org: &Org, staffer: Staffer, token: &TokenText) -> Self {
        let Staffer { user, role, permissions, .. } = staffer;
        let (org_name, org_title) = (org.name.clone(), org.title.clone());
        Self { org: org.id, org_name, org_title, user, role, permissions, token: token.expose() }
    }
}

pub(super) fn describe(api: &mut Operations) {
    let (all, one) = ("/v1/orgs/{org}/staff", "/v1/orgs/{org}/staff/{user}");
    let manage = Needs::Permission(Permission::ManageStaff);
    api.add(("GET", all), "staff list", "Lists the staff of an org", manage)
        .paged()
        .answers::<crate::staff::Listed<StafferView>>(200);
    api.add(
        ("PATCH", one),
        "staff update",
        "Gives somebody of the staff another role or permissions",
        manage,
    )
    .if_match()
    .body::<StafferPatch>(json!({ "role": "moderator" }))
    .answers::<StafferView>(200);
    let summary = "Removes somebody from the staff; yourself without any permission";
    api.add(("DELETE", one), "staff remove", summary, manage).if_match();
    let summary = "Accepts an invite by the token in its mail, and gives you a token of the API";
    api.add(("POST", "/v1/invites/accept"), "staff accept", summary, Needs::Nothing)
        .body::<AcceptInvite>(json!({ "token": "invite_AZ8…" }))
        .answers::<Accepted>(201);
    describe_invites(api, manage);
}

fn describe_invites(api: &mut Operations, manage: Needs) {
    let (all, one) = ("/v1/orgs/{org}/invites", "/v1/orgs/{org}/invites/{invite}");
    api.add(("GET", all), "invite list", "Lists the invites that can still be accepted", manage)
        .paged()
        .answers::<crate::staff::Listed<InviteView>>(200);
    let example =
        json!({ "email": "robin@example.org", "role": "campaigner", "message": "Join us!", "days": 7 });
    api.add(("POST", all), "invite create", "Invites somebody to the staff by mail", manage)
        .body::<NewInvite>(example)
        .answers::<InviteView>(201);
    api.add(("DELETE", one), "invite revoke", "Revokes an invite: its token is worth nothing then", manage);
}

#[cfg(test)]
mod tests {
    use crate::api::document::document;
    use serde_json::json;

    #[test]
    fn the_schemas_take_a_role_or_permissions_and_nothing_unknown() {
        let document = document();
        for name in ["NewInvite", "StafferPatch"] {
            let schema = &document["components"]["schemas"][name];
            assert_eq!(schema["additionalProperties"], json!(false), "{schema:#}");
            assert_eq!(schema["oneOf"][0]["required"], json!(["role"]), "{schema:#}");
            assert_eq!(schema["oneOf"][1]["required"], json!(["permissions"]), "{schema:#}");
            assert!(schema["properties"]["role"].is_object(), "{schema:#}");
        }
    }
}
