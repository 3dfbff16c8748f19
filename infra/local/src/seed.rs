//! A first instance to look at: the instance's org, two orgs in a coalition, a campaign, two pages.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use proca::{
    campaign::{Campaign, CampaignStatus, Override},
    config::ConfigError,
    due::Settings,
    email::Email,
    id::Id,
    key::{Address, Named},
    message::PayloadVersion,
    org::Org,
    page::ActionPage,
    permission::Role,
    push::seal_secret,
    random::Random,
    secret::{Keyring, hmac},
    service::{Backend, Backends, Endpoint, Service, ServiceState, Setting, SigningKey},
    staff::{Enrolment, Staff},
    table::{Instance, Table, TableError},
    text::Line,
    violation::Rule,
};

use crate::{
    secrets::{Secrets, keep},
    system::System,
};

/// Names of the two orgs of the coalition: the lead first.
pub const ORGS: [&str; 2] = ["clean_water", "river_watch"];

/// Name of the campaign.
pub const CAMPAIGN: &str = "clean_rivers";

/// Names of the two pages, in the order of their orgs.
pub const PAGES: [&str; 2] = ["demo/clean-rivers", "demo/clean-rivers-river-watch"];

/// What the demonstration needs to know.
#[derive(Debug)]
pub struct Seed {
    random: Random,
    now: Timestamp,
    keys: Keyring,
    url: String,
    secrets: BTreeMap<String, String>,
}

/// Why there is no demonstration.
#[derive(Debug)]
pub enum SeedError {
    /// The table fails.
    Table(TableError),
    /// A value of the demonstration breaks a rule.
    Rule(Rule),
    /// A variable is missing.
    Config(ConfigError),
    /// The token cannot be kept.
    File(std::io::Error),
}

impl Seed {
    /// Prepares the demonstration for this system.
    pub fn new(system: &System, secrets: &Secrets) -> Result<Self, SeedError> {
        let env = system.env("PushAction");
        Ok(Self {
            random: env.random(),
            now: env.clock().now(),
            keys: env.sealing_keys()?,
            url: system.public_url().to_owned(),
            secrets: ORGS.map(|org| (org.to_owned(), signing_secret(secrets, org))).into(),
        })
    }

    /// Signing secrets of the orgs' webhooks, by the org's name.
    pub const fn signing_secrets(&self) -> &BTreeMap<String, String> {
        &self.secrets
    }

    /// Makes everything, where nothing is there yet; else only tells the webhooks their present address.
    pub async fn plant(&self, table: &Table) -> Result<(), SeedError> {
        if table.instance().await?.is_some() {
            return self.readdress(table).await;
        }
        let instance = self.instance(table).await?;
        let mut orgs = Vec::new();
        for (name, title) in ORGS.iter().zip(["Clean Water Alliance", "River Watch"]) {
            orgs.push(self.coalition_org(table, name, title).await?);
        }
        let [lead, partner] = orgs.as_slice() else { return Ok(()) };
        let campaign = self.campaign(table, lead).await?;
        for (name, org) in PAGES.iter().zip([lead, partner]) {
            self.page(table, name, &campaign, org).await?;
        }
        Ok(table.create_instance(&instance).await?)
    }

    /// A token of somebody who owns the instance and both orgs, the same at every start.
    ///
    /// It is kept in the data folder, for the owner's eyes only.
    pub async fn staff_token(&self, staff: &Staff, table: &Table, file: &Path) -> Result<String, SeedError> {
        if let Ok(text) = std::fs::read_to_string(file) {
            return Ok(text);
        }
        let (email, label) = ("staff@example.org".parse::<Email>()?, "this machine".parse::<Line>()?);
        for page in PAGES {
            let Some(bundle) = table.bundle(&Address::Name(page.to_owned())).await? else { continue };
            let staff_of = Some((bundle.org.id, Role::Owner));
            let (email, label) = (email.clone(), label.clone());
            staff.enrol(Enrolment { email, label, staff_of, instance_permissions: BTreeSet::new() }).await?;
        }
        let text = staff.make_instance_owner(email, label).await?.expose();
        keep(file, &text).map_err(SeedError::File)?;
        Ok(text)
    }

    async fn instance(&self, table: &Table) -> Result<Instance, SeedError> {
        let mut org = self.org(table, "instance", "Campaign Mail").await?;
        org.email_from = Some("noreply@mail.example.org".parse()?);
        let endpoint = Endpoint::Ses {
            configuration_set: None,
            tenant_name: None,
            verified_domains: vec!["mail.example.org".parse()?],
        };
        let service = self.service(org.id, self.random.id(self.now), endpoint);
        org.backends = Backends { email: Some(Backend::Own(service.id)), ..Backends::default() };
        table.create_org(&org).await?;
        table.create_service(&service).await?;
        Ok(Instance { org: org.id })
    }

    async fn coalition_org(&self, table: &Table, name: &str, title: &str) -> Result<Org, SeedError> {
        let mut org = self.org(table, name, title).await?;
        org.email_from = Some(format!("hello@{}.example.org", name.replace('_', "-")).parse()?);
        org.supporter_confirm = true;
        let id = self.random.id(self.now);
        let service = self.service(org.id, id, self.webhook(name, id)?);
        org.backends =
            Backends { email: Some(Backend::System), push: Some(Backend::Own(id)), ..Backends::default() };
        table.create_org(&org).await?;
        table.create_service(&service).await?;
        Ok(org)
    }

    async fn org(&self, table: &Table, name: &str, title: &str) -> Result<Org, SeedError> {
        let number = table.next_number(Named::Org).await?;
        Ok(Org::new(self.random.id(self.now), number, name.parse()?, title.parse()?, self.now))
    }

    async fn campaign(&self, table: &Table, lead: &Org) -> Result<Campaign, SeedError> {
        let number = table.next_number(Named::Campaign).await?;
        let title = "Clean rivers for everyone".parse()?;
        let mut campaign =
            Campaign::new(self.random.id(self.now), number, CAMPAIGN.parse()?, title, lead.id, self.now);
        campaign.status = CampaignStatus::Live;
        campaign.supporter_confirm = Override::Inherit;
        campaign.goal_steps = vec![10, 50, 100, 500, 1_000, 5_000, 10_000];
        table.create_campaign(&campaign).await?;
        Ok(campaign)
    }

    async fn page(&self, table: &Table, name: &str, campaign: &Campaign, org: &Org) -> Result<(), SeedError> {
        let number = table.next_number(Named::Page).await?;
        let id = self.random.id(self.now);
        let mut page =
            ActionPage::new(id, number, name.parse()?, campaign.id, org.id, "en".parse()?, self.now);
        page.live = true;
        page.thank_you_template = Some("thank_you".parse()?);
        page.duplicate_template = Some("duplicate".parse()?);
        page.allowed_origins = vec![self.url.parse()?];
        table.create_page(&page).await?;
        Ok(())
    }

    fn webhook(&self, org: &str, id: Id<Service>) -> Result<Endpoint, SeedError> {
        let secret = self.secrets.get(org).cloned().unwrap_or_default();
        let sealed = seal_secret(&self.keys, id, &secret, self.random.bytes());
        let address: Setting = format!("{}/received/{org}", self.url).parse()?;
        let keys = vec![SigningKey { secret: sealed.parse()?, public: None }];
        Ok(Endpoint::Webhook { address, keys, payload: PayloadVersion::default(), batching: None })
    }

    const fn service(&self, org: Id<Org>, id: Id<Service>, endpoint: Endpoint) -> Service {
        let state = ServiceState::Active;
        Service { id, org, endpoint, state, created_at: self.now, updated_at: self.now, version: 1 }
    }

    /// The port may be another one than last time.
    async fn readdress(&self, table: &Table) -> Result<(), SeedError> {
        for page in PAGES {
            let Some(bundle) = table.bundle(&Address::Name(page.to_owned())).await? else { continue };
            let Some(Backend::Own(id)) = bundle.org.backends.push else { continue };
            if let Some(service) = table.service(bundle.org.id, id).await? {
                let endpoint = self.webhook(bundle.org.name.as_str(), id)?;
                let moved = Service {
                    endpoint,
                    version: service.version + 1,
                    updated_at: self.now,
                    ..service.clone()
                };
                table.update(&moved, service.version).await?;
            }
            let (origins, read) = (vec![self.url.parse()?], bundle.page.version);
            if bundle.page.allowed_origins != origins {
                let page = ActionPage { allowed_origins: origins, version: read + 1, ..bundle.page };
                table.update(&page, read).await?;
                table.project(Settings::Page(page.campaign, page.id)).await?;
            }
        }
        Ok(())
    }
}

/// The same secret at every start of the same data folder.
fn signing_secret(secrets: &Secrets, org: &str) -> String {
    let key = hmac(secrets.value("webhooks").as_bytes(), &[org.as_bytes()]);
    format!("whsec_{}", STANDARD.encode(key))
}

impl From<TableError> for SeedError {
    fn from(error: TableError) -> Self {
        Self::Table(error)
    }
}

impl From<Rule> for SeedError {
    fn from(error: Rule) -> Self {
        Self::Rule(error)
    }
}

impl From<ConfigError> for SeedError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl std::fmt::Display for SeedError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the demonstration cannot be made")
    }
}

impl std::error::Error for SeedError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Table(source) => Some(source),
            Self::Rule(source) => Some(source),
            Self::Config(source) => Some(source),
            Self::File(source) => Some(source),
        }
    }
}
