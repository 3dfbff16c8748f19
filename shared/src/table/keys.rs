//! Public keys of orgs.

use crate::{
    id::Id,
    key::Key,
    org::Org,
    public_key::{ActiveKey, PublicKey},
    table::{Entity, Table, TableError},
};

impl Table {
    /// A public key of an org.
    pub async fn public_key(&self, org: Id<Org>, id: Id<PublicKey>) -> Result<Option<PublicKey>, TableError> {
        self.get(Key::public_key(org, id)).await
    }

    /// Which of an org's public keys is the active one.
    pub async fn active_key(&self, org: Id<Org>) -> Result<Option<ActiveKey>, TableError> {
        self.get(Key::active_key(org)).await
    }
}

impl Entity for PublicKey {
    const KIND: &'static str = "public_key";

    fn key(&self) -> Key {
        Key::public_key(self.org, self.id)
    }
}

impl Entity for ActiveKey {
    const KIND: &'static str = "active_key";

    fn key(&self) -> Key {
        Key::active_key(self.org)
    }
}
