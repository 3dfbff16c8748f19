//! Public keys of orgs.

use crate::{
    id::Id,
    key::Key,
    org::Org,
    public_key::PublicKey,
    table::{Entity, Table, TableError},
};

impl Table {
    /// A public key of an org.
    pub async fn public_key(&self, org: Id<Org>, id: Id<PublicKey>) -> Result<Option<PublicKey>, TableError> {
        self.get(Key::public_key(org, id)).await
    }
}

impl Entity for PublicKey {
    const KIND: &'static str = "public_key";

    fn key(&self) -> Key {
        Key::public_key(self.org, self.id)
    }
}
