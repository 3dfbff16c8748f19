//! Making what is organised: orgs, campaigns, pages, services, templates.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use serde::{Deserialize, Serialize};

use crate::{
    campaign::Campaign,
    due::Settings,
    id::{Id, Kind},
    key::{Key, Named},
    locale::Locale,
    name::TemplateName,
    org::Org,
    page::ActionPage,
    service::Service,
    table::{
        Entity, OrgPage, Table, TableError, from_item,
        transaction::{Outcome, Transaction},
    },
    template::Template,
};

/// Which org is the instance's, whose services others borrow as SYSTEM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// The org.
    pub org: Id<Org>,
}

/// What a name or number belongs to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Registration {
    #[serde(skip)]
    key: Option<Key>,
    id: String,
}

impl Registration {
    /// That the key stands for what has this id.
    #[expect(clippy::needless_pass_by_value, reason = "ids are copied anyway")]
    pub(crate) fn new(key: Key, id: impl ToString) -> Self {
        Self { key: Some(key), id: id.to_string() }
    }

    /// The id it stands for, if it is one of this kind.
    pub(crate) fn id<T: Kind>(&self) -> Option<Id<T>> {
        self.id.parse().ok()
    }
}

/// Whether something could be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registered {
    /// It was.
    Made,
    /// Its name is taken.
    NameTaken,
}

impl Table {
    /// The next number for an org, campaign or page.
    pub async fn next_number(&self, kind: Named) -> Result<u32, TableError> {
        let Key { pk, sk } = Key::numbers(kind);
        let update = self.client.update_item().table_name(&self.name).key("pk", AttributeValue::S(pk));
        let answer = update
            .key("sk", AttributeValue::S(sk))
            .update_expression("ADD last_number :one")
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
            .return_values(ReturnValue::UpdatedNew)
            .send()
            .await?;
        let last = answer.attributes.and_then(|a| a.get("last_number")?.as_n().ok()?.parse().ok());
        last.ok_or(TableError::Conflict)
    }

    /// The last number that was given.
    pub(super) async fn last_number(&self, kind: Named) -> Result<u32, TableError> {
        let last = self.get_item(Key::numbers(kind)).await?;
        Ok(last.and_then(|item| item.get("last_number")?.as_n().ok()?.parse().ok()).unwrap_or_default())
    }

    /// Makes an org.
    pub async fn create_org(&self, org: &Org) -> Result<Registered, TableError> {
        let mut transaction = self.transaction();
        register(&mut transaction, Named::Org, org.name.as_str(), org.number, &org.id.to_string())?;
        transaction.create(org)?;
        registered(transaction).await
    }

    /// Makes a campaign.
    pub async fn create_campaign(&self, campaign: &Campaign) -> Result<Registered, TableError> {
        let mut transaction = self.transaction();
        register(
            &mut transaction,
            Named::Campaign,
            campaign.name.as_str(),
            campaign.number,
            &campaign.id.to_string(),
        )?;
        transaction.create(campaign)?;
        let key = Key::org_campaign(campaign.lead, campaign.id);
        transaction.create(&Registration::new(key, campaign.id))?;
        registered(transaction).await
    }

    /// Makes a page; widgets find it at once.
    pub async fn create_page(&self, page: &ActionPage) -> Result<Registered, TableError> {
        let mut transaction = self.transaction();
        register(&mut transaction, Named::Page, page.name.as_str(), page.number, &page.id.to_string())?;
        transaction.create(page)?;
        transaction.create(&OrgPage::from(page))?;
        let made = registered(transaction).await?;
        self.project(Settings::Page(page.campaign, page.id)).await?;
        Ok(made)
    }

    /// Says which org is the instance's; it may be said once.
    pub async fn create_instance(&self, instance: &Instance) -> Result<(), TableError> {
        self.create_one(instance).await
    }

    /// Makes a service.
    pub async fn create_service(&self, service: &Service) -> Result<(), TableError> {
        self.create_one(service).await
    }

    /// Makes a template, which must compile and render.
    pub async fn create_template(&self, template: &Template) -> Result<(), TableError> {
        self.create_one(template).await
    }

    /// Writes a changed org, campaign, page or service over the version it was read in.
    ///
    /// # Errors
    /// [`TableError::Conflict`] if somebody else changed it since.
    pub async fn update<E: Entity>(&self, changed: &E, read_version: u64) -> Result<(), TableError> {
        let mut transaction = self.transaction();
        transaction.replace(changed, read_version)?;
        match transaction.commit().await? {
            Outcome::Applied => Ok(()),
            Outcome::Refused(_) => Err(TableError::Conflict),
        }
    }

    /// Which org is the instance's.
    pub async fn instance(&self) -> Result<Option<Instance>, TableError> {
        self.get(Key::instance()).await
    }

    /// An org.
    pub async fn org(&self, id: Id<Org>) -> Result<Option<Org>, TableError> {
        self.get(Key::org(id)).await
    }

    /// A service of an org.
    pub async fn service(&self, org: Id<Org>, id: Id<Service>) -> Result<Option<Service>, TableError> {
        self.get(Key::service(org, id)).await
    }

    /// An org's template of a name, in the language that serves best.
    pub async fn template(
        &self,
        org: Id<Org>,
        name: &TemplateName,
        locale: &Locale,
        default: Option<&Locale>,
    ) -> Result<Option<Template>, TableError> {
        let items = self.query(Key::templates(org, name)).await?;
        let templates = items.into_iter().map(from_item::<Template>).collect::<Result<Vec<_>, _>>()?;
        Ok(templates.into_iter().min_by_key(|template| locale.distance(&template.locale, default)))
    }

    /// The id that a name or number belongs to.
    pub(crate) async fn registered<T: Kind>(&self, key: Key) -> Result<Option<Id<T>>, TableError> {
        let registration: Option<Registration> = self.get(key).await?;
        Ok(registration.and_then(|r| r.id()))
    }

    pub(super) async fn create_one<E: Entity>(&self, entity: &E) -> Result<(), TableError> {
        let mut transaction = self.transaction();
        transaction.create(entity)?;
        match transaction.commit().await? {
            Outcome::Applied => Ok(()),
            Outcome::Refused(_) => Err(TableError::Conflict),
        }
    }
}

/// Takes the name and the number; the name is the first of the two writes.
pub(crate) fn register(
    transaction: &mut Transaction<'_>,
    kind: Named,
    name: &str,
    number: u32,
    id: &str,
) -> Result<(), TableError> {
    for key in [Key::name(kind, name), Key::number(kind, number)] {
        transaction.create(&Registration::new(key, id))?;
    }
    Ok(())
}

async fn registered(transaction: Transaction<'_>) -> Result<Registered, TableError> {
    match transaction.commit().await? {
        Outcome::Applied => Ok(Registered::Made),
        Outcome::Refused(refusals) if refusals.iter().any(|r| r.index == 0) => Ok(Registered::NameTaken),
        Outcome::Refused(_) => Err(TableError::Conflict),
    }
}

impl Entity for Instance {
    const KIND: &'static str = "instance";

    fn key(&self) -> Key {
        Key::instance()
    }
}

impl Entity for Registration {
    const KIND: &'static str = "registration";

    fn key(&self) -> Key {
        self.key.clone().unwrap_or_else(Key::instance)
    }
}
