//! Services of an org: made, changed, paused, given new secrets, removed.

use lambda_http::Request;

use crate::{
    api::{
        service_address::check_address,
        service_bodies::{NewService, Sealed, ServicePatch, add_key, new_batching},
        services::ServiceView,
    },
    audit::Change,
    id::Id,
    key::Key,
    permission::ManageServices,
    problem::Problem,
    push::seal_secret,
    random::Random,
    secret::Keyring,
    service::{Endpoint, QueueAccess, Service, ServiceState, Setting, SignatureScheme, SigningKey},
    staff::{
        Listed, OrgScope,
        listing::Order,
        scope::{CHANGED, check_version},
    },
    violation::{Rule, Violation},
    web,
    webhook::{Reach, SigningSecret},
};

/// Keeps the secrets of services, and knows how far their addresses may reach.
#[derive(Debug)]
pub struct Vault {
    keys: Keyring,
    reach: Reach,
}

impl Vault {
    /// A vault under these keys.
    pub const fn new(keys: Keyring, reach: Reach) -> Self {
        Self { keys, reach }
    }

    /// A secret as it is kept: good for this service alone.
    fn seal(&self, service: Id<Service>, secret: &str, random: &Random) -> Result<Setting, Problem> {
        let sealed = seal_secret(&self.keys, service, secret, random.bytes());
        sealed.try_into().map_err(|rule: Rule| Problem::internal(&rule, false))
    }

    /// A new signing key as it is kept, and its secret.
    fn mint(
        &self,
        service: Id<Service>,
        scheme: SignatureScheme,
        random: &Random,
    ) -> Result<(SigningKey, SigningSecret), Problem> {
        let secret = match scheme {
            SignatureScheme::V1 => SigningSecret::new(random.bytes()),
            SignatureScheme::V1a => SigningSecret::private(random.bytes()),
        };
        let public = secret.public_key().map(TryInto::try_into).transpose();
        let public = public.map_err(|rule: Rule| Problem::internal(&rule, false))?;
        Ok((SigningKey { secret: self.seal(service, &secret.expose(), random)?, public }, secret))
    }

    fn check_address(&self, endpoint: &Endpoint) -> Result<(), Problem> {
        check_address(endpoint, self.reach)
            .map_err(|rule| Problem::invalid(vec![Violation::new("/address", rule)]))
    }
}

impl<P> OrgScope<'_, P> {
    /// The org's services, the oldest first.
    pub async fn services(&self, request: &Request) -> Result<Listed<ServiceView>, Problem> {
        let page = self.list::<Service>(request, Key::services(self.org.id), Order::OldestFirst).await?;
        Ok(page.map(ServiceView::from))
    }

    /// The service that the path names.
    ///
    /// # Errors
    /// 404 where the org has none of this id.
    pub async fn service(&self, request: &Request) -> Result<Service, Problem> {
        let id = web::segment(request, "service")?.parse().map_err(|_| Problem::not_found())?;
        self.staff.table.service(self.org.id, id).await?.ok_or_else(Problem::not_found)
    }
}

impl OrgScope<'_, ManageServices> {
    /// Makes a service. A webhook gets a signing key, and is paused until it has been tested.
    ///
    /// # Errors
    /// 422 where its address reaches too far, or it would use SES and the caller does not manage the instance.
    pub async fn create_service(
        &self,
        body: NewService,
        vault: &Vault,
    ) -> Result<(Service, Option<SigningSecret>), Problem> {
        let (id, now) = (self.new_id(), self.now());
        let (endpoint, signing) = self.endpoint(id, body, vault).await?;
        vault.check_address(&endpoint)?;
        let state = ServiceState::Active;
        let mut service =
            Service { id, org: self.org.id, endpoint, state, created_at: now, updated_at: now, version: 1 };
        if service.must_answer_a_test() {
            service.state = ServiceState::untested();
        }
        let written = self.write(Change::of("service.create", id), |t| t.create(&service)).await?;
        written.or_conflict(CHANGED)?;
        Ok((service, signing))
    }

    /// The endpoint of a new service, its secrets sealed; a webhook's new signing secret beside it.
    async fn endpoint(
        &self,
        id: Id<Service>,
        body: NewService,
        vault: &Vault,
    ) -> Result<(Endpoint, Option<SigningSecret>), Problem> {
        let seal = |secret: &str| vault.seal(id, secret, &self.staff.random);
        Ok(match body {
            NewService::Webhook { address, signature, payload, batch_size, batch_seconds } => {
                let (key, secret) = vault.mint(id, signature.unwrap_or_default(), &self.staff.random)?;
                let (keys, payload) = (vec![key], payload.unwrap_or_default());
                let (address, batching) = (address.into(), new_batching(batch_size, batch_seconds));
                (Endpoint::Webhook { address, keys, payload, batching }, Some(secret))
            }
            NewService::Sqs { address, role, access_key_id, secret, payload } => {
                let access = match (role, access_key_id.zip(secret)) {
                    (_, Some((id, secret))) => QueueAccess::Key { id, secret: seal(secret.expose())? },
                    (Some(role), None) => QueueAccess::Role { role },
                    (None, None) => QueueAccess::Own,
                };
                let payload = payload.unwrap_or_default();
                (Endpoint::Sqs { address: address.into(), access, payload }, None)
            }
            NewService::Smtp { address, user, secret, verified_domains } => {
                let secret = Some(seal(secret.expose())?);
                let verified_domains = verified_domains.map(Into::into).unwrap_or_default();
                (Endpoint::Smtp { address: address.into(), user: Some(user), secret, verified_domains }, None)
            }
            NewService::Ses { configuration_set, tenant_name, verified_domains } => {
                self.check_sender(Some("/verifiedDomains")).await?;
                let verified_domains = verified_domains.into();
                (Endpoint::Ses { configuration_set, tenant_name, verified_domains }, None)
            }
        })
    }

    /// Changes a service. A webhook with another address is paused until it has been tested; one with
    /// another scheme of signatures gets a new key beside the last one.
    ///
    /// # Errors
    /// 422 with all fields that are wrong for its kind.
    pub async fn update_service(
        &self,
        request: &Request,
        patch: ServicePatch,
        vault: &Vault,
    ) -> Result<(Service, Option<SigningSecret>), Problem> {
        let before = self.service(request).await?;
        check_version(request, before.version)?;
        let is_ses = matches!(before.endpoint, Endpoint::Ses { .. });
        self.check_sender(patch.said_of_ses().filter(|_| is_ses)).await?;
        let seal = |secret: &str| vault.seal(before.id, secret, &self.staff.random);
        let secret = patch.secret.as_ref().map(|secret| seal(secret.expose())).transpose()?;
        let minted = match (patch.signature, newest_scheme(&before.endpoint)) {
            (Some(new), Some(old)) if new != old => Some(vault.mint(before.id, new, &self.staff.random)?),
            (Some(_) | None, _) => None,
        };
        let (key, signing) = minted.unzip();
        let sealed = Sealed { secret, key };
        let mut service = before.clone();
        let fields = patch.apply(&mut service.endpoint, sealed).map_err(Problem::invalid)?;
        vault.check_address(&service.endpoint)?;
        if service.must_answer_a_test() && fields.iter().any(|field| field == "address") {
            service.state = ServiceState::untested();
        }
        Ok((self.write_service(&before, service, "service.update", fields).await?, signing))
    }

    /// Lets a service not be used for now.
    pub async fn pause_service(
        &self,
        request: &Request,
        reason: Option<Setting>,
    ) -> Result<Service, Problem> {
        let before = self.service(request).await?;
        check_version(request, before.version)?;
        let state = ServiceState::paused(reason);
        self.set_state(&before, state, "service.pause").await
    }

    /// Lets a service be used again.
    ///
    /// # Errors
    /// 409 for a webhook, which only a test event that it takes makes active.
    pub async fn resume_service(&self, request: &Request) -> Result<Service, Problem> {
        let before = self.service(request).await?;
        check_version(request, before.version)?;
        if before.must_answer_a_test() && !before.is_active() {
            return Err(Problem::conflict("a webhook becomes active by taking a test event: test it"));
        }
        self.set_state(&before, ServiceState::Active, "service.resume").await
    }

    /// Gives a webhook a new signing key of the same scheme. It and the last one both sign; older ones go.
    ///
    /// # Errors
    /// 409 for what is no webhook.
    pub async fn rotate_secret(
        &self,
        request: &Request,
        vault: &Vault,
    ) -> Result<(Service, SigningSecret), Problem> {
        let before = self.service(request).await?;
        check_version(request, before.version)?;
        let mut service = before.clone();
        let Endpoint::Webhook { keys, .. } = &mut service.endpoint else {
            return Err(Problem::conflict("only a webhook has a signing secret"));
        };
        let scheme = keys.first().map(SigningKey::scheme).unwrap_or_default();
        let (key, secret) = vault.mint(before.id, scheme, &self.staff.random)?;
        add_key(keys, key);
        let fields = vec!["secrets".to_owned()];
        Ok((self.write_service(&before, service, "service.rotate-secret", fields).await?, secret))
    }

    /// Removes a service.
    ///
    /// # Errors
    /// 409 while it is used as a backend; the answer says for what.
    pub async fn delete_service(&self, request: &Request) -> Result<(), Problem> {
        let service = self.service(request).await?;
        check_version(request, service.version)?;
        let uses: Vec<_> = self.org.backends.purposes_of(service.id);
        if !uses.is_empty() {
            let uses = uses.iter().map(|use_| format!("backends.{use_}")).collect::<Vec<_>>().join(", ");
            let borrowed = if self.is_instance().await? { ", which others may borrow as SYSTEM" } else { "" };
            return Err(Problem::conflict(format!("it is used as {uses}{borrowed}")));
        }
        let written = self
            .write(Change::of("service.delete", service.id), |transaction| {
                transaction.delete(Key::service(self.org.id, service.id), service.version)?;
                // Nobody makes it a backend meanwhile.
                transaction.must_be(Key::org(self.org.id), self.org.version)
            })
            .await?;
        written.or_conflict(CHANGED)
    }

    pub(super) async fn set_state(
        &self,
        before: &Service,
        state: ServiceState,
        operation: &'static str,
    ) -> Result<Service, Problem> {
        let fields = (before.state != state).then(|| "state".to_owned()).into_iter().collect();
        self.write_service(before, Service { state, ..before.clone() }, operation, fields).await
    }

    /// Writes the changed service, unless nothing changed.
    async fn write_service(
        &self,
        before: &Service,
        service: Service,
        operation: &'static str,
        fields: Vec<String>,
    ) -> Result<Service, Problem> {
        if fields.is_empty() {
            return Ok(service);
        }
        let next = Service { version: before.version + 1, updated_at: self.now(), ..service };
        let change = Change::of(operation, next.id).fields(fields);
        let written = self.write(change, |transaction| transaction.replace(&next, before.version)).await?;
        written.or_conflict(CHANGED).map(|()| next)
    }

    /// Refuses to let an org say how it uses SES: the account is the instance's. Who manages its orgs may
    /// say it for any of them.
    async fn check_sender(&self, said_at: Option<&'static str>) -> Result<(), Problem> {
        let Some(pointer) = said_at else { return Ok(()) };
        if self.manages_orgs || self.is_instance().await? {
            return Ok(());
        }
        let detail = "is for those who manage the instance to say: use SYSTEM, or an SMTP server of yours";
        Err(Problem::invalid(vec![Violation::new(pointer, detail)]))
    }

    async fn is_instance(&self) -> Result<bool, Problem> {
        Ok(self.staff.table.instance().await?.is_some_and(|instance| instance.org == self.org.id))
    }
}

fn newest_scheme(endpoint: &Endpoint) -> Option<SignatureScheme> {
    match endpoint {
        Endpoint::Webhook { keys, .. } => keys.first().map(SigningKey::scheme),
        Endpoint::Ses { .. } | Endpoint::Smtp { .. } | Endpoint::Sqs { .. } => None,
    }
}
