//! Public keys of an org: added, made the one that contacts are sealed to, retired.

use lambda_http::Request;

use crate::{
    api::keys::KeyView,
    audit::Change,
    id::Id,
    key::Key,
    org::Org,
    permission::ManageServices,
    problem::Problem,
    public_key::{PrivateKey, PublicKey, SealingKey, X25519Key},
    staff::{Listed, OrgScope, listing::Order, scope::CHANGED},
    text::Line,
    web,
};

impl<P> OrgScope<'_, P> {
    /// The org's public keys, the oldest first.
    pub async fn keys(&self, request: &Request) -> Result<Listed<KeyView>, Problem> {
        let page = self.list::<PublicKey>(request, Key::public_keys(self.org.id), Order::OldestFirst).await?;
        let active = self.active_key();
        Ok(page.map(|key| KeyView::new(key, active)))
    }

    /// Which key contacts are sealed to, if one is.
    fn active_key(&self) -> Option<Id<PublicKey>> {
        self.org.sealing_key.as_ref().map(|key| key.id)
    }
}

impl OrgScope<'_, ManageServices> {
    /// Adds a public key.
    pub async fn add_key(&self, name: Line, public: X25519Key) -> Result<PublicKey, Problem> {
        self.create_key("key.add", name, public).await
    }

    /// Makes a pair of keys and keeps its public part alone.
    pub async fn generate_key(&self, name: Line) -> Result<(PublicKey, PrivateKey), Problem> {
        let private = PrivateKey::new(self.staff.random.bytes());
        Ok((self.create_key("key.generate", name, private.public()).await?, private))
    }

    /// Makes a key the active one instead of the one before.
    ///
    /// # Errors
    /// 409 where it is retired.
    pub async fn activate_key(&self, request: &Request) -> Result<KeyView, Problem> {
        let key = self.key(request).await?;
        if key.retired_at.is_some() {
            return Err(Problem::conflict("it is retired: add another key"));
        }
        if self.active_key() == Some(key.id) {
            return Ok(KeyView::new(key, self.active_key()));
        }
        let next = PublicKey { activated_at: Some(self.now()), ..key };
        let active = Some(SealingKey::from(&next));
        self.write_key("key.activate", next, active).await
    }

    /// Retires a key for good. Where it was the active one, none is from now on.
    ///
    /// # Errors
    /// 409 where it is the active one of an org of strict privacy, whose contacts would come clear.
    pub async fn retire_key(&self, request: &Request) -> Result<KeyView, Problem> {
        let key = self.key(request).await?;
        if key.retired_at.is_some() {
            return Ok(KeyView::new(key, self.active_key()));
        }
        if self.org.strict_privacy && self.active_key() == Some(key.id) {
            return Err(Problem::conflict("the org is of strict privacy: activate another key first"));
        }
        let active = self.org.sealing_key.clone().filter(|active| active.id != key.id);
        let next = PublicKey { retired_at: Some(self.now()), ..key };
        self.write_key("key.retire", next, active).await
    }

    /// The public key that the path names.
    async fn key(&self, request: &Request) -> Result<PublicKey, Problem> {
        let id = web::segment(request, "key")?.parse().map_err(|_| Problem::not_found())?;
        self.staff.table.public_key(self.org.id, id).await?.ok_or_else(Problem::not_found)
    }

    async fn create_key(
        &self,
        operation: &'static str,
        name: Line,
        public: X25519Key,
    ) -> Result<PublicKey, Problem> {
        let key = PublicKey {
            id: self.new_id(),
            org: self.org.id,
            name,
            public,
            activated_at: None,
            retired_at: None,
            created_at: self.now(),
            version: 1,
        };
        let written = self.write(Change::of(operation, key.id), |t| t.create(&key)).await?;
        written.or_conflict(CHANGED)?;
        Ok(key)
    }

    /// Writes the changed key, and the org where another key is its active one now.
    async fn write_key(
        &self,
        operation: &'static str,
        key: PublicKey,
        active: Option<SealingKey>,
    ) -> Result<KeyView, Problem> {
        let next = PublicKey { version: key.version + 1, ..key };
        let active_id = active.as_ref().map(|key| key.id);
        let org = (active != self.org.sealing_key).then(|| Org {
            sealing_key: active,
            version: self.org.version + 1,
            updated_at: self.now(),
            ..self.org.clone()
        });
        let written = self
            .write(Change::of(operation, next.id), |transaction| {
                transaction.replace(&next, next.version - 1)?;
                org.map_or(Ok(()), |org| transaction.replace(&org, self.org.version))
            })
            .await?;
        written.or_conflict(CHANGED)?;
        Ok(KeyView::new(next, active_id))
    }
}
