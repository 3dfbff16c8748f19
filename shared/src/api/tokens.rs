//! API tokens, as the API takes and shows them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::{
    api::{
        body::{body, ranged},
        operation::{Needs, Operations},
    },
    id::Id,
    org::Org,
    permission::Permissions,
    text::Line,
    token::{ApiToken, TokenText},
};

body! {
    /// A new token. It can do at most what the one used can.
    pub struct NewToken {
        /// What you call it.
        required label "label": Line,
        /// The only org it works in; where not given, that of the token used, or any of yours.
        optional org "org": Id<Org>,
        /// What it may do at most; where not given, all that the token used may.
        optional scopes "scopes": Permissions,
        /// Days for which it works; for ever where not given.
        optional days "days": TokenDays,
    }
}

ranged! {
    /// Days that a token works, from 1 to 3,650.
    pub struct TokenDays(u32) from 1 to 3650;
}

/// A token, without its secret.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenView {
    id: Id<ApiToken>,
    label: Line,
    org: Option<Id<Org>>,
    scopes: Option<Permissions>,
    valid_until: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    created_at: Timestamp,
}

impl From<ApiToken> for TokenView {
    fn from(token: ApiToken) -> Self {
        Self {
            id: token.id,
            label: token.label,
            org: token.org,
            scopes: token.scopes,
            valid_until: token.valid_until,
            last_used_at: token.last_used_at,
            created_at: token.created_at,
        }
    }
}

/// A new token, with its secret, which is shown this once.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MadeToken {
    #[serde(flatten)]
    view: TokenView,
    /// The token itself.
    token: String,
}

impl MadeToken {
    /// A token that was just made.
    pub fn new(token: ApiToken, text: &TokenText) -> Self {
        Self { view: token.into(), token: text.expose() }
    }
}

pub(super) fn describe(api: &mut Operations) {
    api.add(("GET", "/v1/tokens"), "token list", "Lists your tokens, without their secrets", Needs::User)
        .paged()
        .answers::<crate::staff::Listed<TokenView>>(200);
    let example = json!({ "label": "laptop", "scopes": ["moderate", "view_deliveries"], "days": 90 });
    api.add(
        ("POST", "/v1/tokens"),
        "token create",
        "Makes a token for yourself, shown this once",
        Needs::User,
    )
    .body::<NewToken>(example)
    .beyond_schema()
    .answers::<MadeToken>(201);
    let summary = "Revokes one of your tokens, at once";
    api.add(("DELETE", "/v1/tokens/{token}"), "token revoke", summary, Needs::User);
}
