//! Public keys, as the API takes and shows them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::{
    api::{
        body::body,
        operation::{Needs, Operations},
    },
    id::Id,
    permission::Permission,
    public_key::{PrivateKey, PublicKey, X25519Key},
    staff::Listed,
    text::Line,
};

body! {
    /// A public key whose private part the org has already.
    pub struct NewKey {
        /// What the org's staff call it.
        required name "name": Line,
        /// The key.
        required public "public": X25519Key,
    }
}

body! {
    /// A pair of keys to be made. The private part is in the answer, and nowhere else.
    pub struct GenerateKey {
        /// What the org's staff call it.
        required name "name": Line,
    }
}

/// A public key of an org.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyView {
    id: Id<PublicKey>,
    name: Line,
    public: X25519Key,
    /// Whether contacts are sealed to it; at most one key of an org is active.
    active: bool,
    /// When it was last made the active one.
    activated_at: Option<Timestamp>,
    /// When it was retired, for good.
    retired_at: Option<Timestamp>,
    created_at: Timestamp,
}

/// A new public key with its private part, which is kept nowhere: who loses it can open nothing.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GeneratedKey {
    #[serde(flatten)]
    key: KeyView,
    /// The private key, as base64 of its 32 bytes. Keep it now.
    private: String,
}

impl KeyView {
    /// The key, of an org whose active key is this one.
    pub fn new(key: PublicKey, active: Option<Id<PublicKey>>) -> Self {
        Self {
            active: active == Some(key.id),
            id: key.id,
            name: key.name,
            public: key.public,
            activated_at: key.activated_at,
            retired_at: key.retired_at,
            created_at: key.created_at,
        }
    }
}

impl GeneratedKey {
    /// A key that was just made, and so is not active, with its private part.
    pub fn new(key: PublicKey, private: &PrivateKey) -> Self {
        Self { key: KeyView::new(key, None), private: private.expose() }
    }
}

pub(super) fn describe(api: &mut Operations) {
    let all = "/v1/orgs/{org}/keys";
    let manage = Needs::Permission(Permission::ManageServices);
    api.add(("GET", all), "key list", "Lists the org's public keys", Needs::Member)
        .paged()
        .answers::<Listed<KeyView>>(200);
    api.add(("POST", all), "key add", "Adds a public key, not active yet", manage)
        .body::<NewKey>(
            json!({ "name": "Office safe", "public": "E75P6uryBMf9M1j8nAByGIHRdCeBKCJ+xnTzf3/pe20=" }),
        )
        .answers::<KeyView>(201);
    api.add(
        ("POST", "/v1/orgs/{org}/keys/generate"),
        "key generate",
        "Makes a pair of keys, not active yet; the private part is shown once and not kept",
        manage,
    )
    .body::<GenerateKey>(json!({ "name": "Office safe" }))
    .answers::<GeneratedKey>(201);
    api.add(
        ("POST", "/v1/orgs/{org}/keys/{key}/activate"),
        "key activate",
        "Makes a key the one that new contacts are sealed to, from within a minute on; old ones stay as they are",
        manage,
    )
    .answers::<KeyView>(200);
    api.add(
        ("POST", "/v1/orgs/{org}/keys/{key}/retire"),
        "key retire",
        "Retires a key for good; it still opens what was sealed to it. After the active one, new contacts come clear, so it stays under strict privacy",
        manage,
    )
    .answers::<KeyView>(200);
}
