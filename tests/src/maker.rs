//! Makes what is in a world: an instance, a lead, a partner, a campaign and two pages.

use jiff::Timestamp;
use proca::{
    campaign::{Campaign, CampaignStatus},
    id::Id,
    key::Named,
    message::PayloadVersion,
    org::Org,
    page::ActionPage,
    push::seal_secret,
    random::Random,
    service::{Backend, Backends, Endpoint as Speaks, Service, ServiceState, SigningKey},
    table::{Instance, Table},
};
use proca_local::system::System;

/// Makes what is in a world.
pub(crate) struct Maker<'a> {
    pub(crate) system: &'a System,
    pub(crate) table: &'a Table,
    pub(crate) random: &'a Random,
    pub(crate) now: Timestamp,
}

impl Maker<'_> {
    pub(crate) async fn instance(&self) -> Id<Org> {
        let mut org = self.new_org("instance", "Campaign Mail").await;
        org.email_from = Some("noreply@mail.example.org".parse().unwrap());
        let endpoint = Speaks::Ses {
            configuration_set: None,
            tenant_name: None,
            verified_domains: vec!["mail.example.org".parse().unwrap()],
        };
        let service = self.service(org.id, self.random.id(self.now), endpoint);
        org.backends.email = Some(Backend::Own(service.id));
        self.system.mailbox.verify_identity("mail.example.org");
        self.table.create_service(&service).await.unwrap();
        self.table.create_org(&org).await.unwrap();
        self.table.create_instance(&Instance { org: org.id }).await.unwrap();
        org.id
    }

    pub(crate) async fn org(&self, name: &str, hook: &str, secret: &str) -> Id<Org> {
        let mut org = self.new_org(name, &format!("The {name}")).await;
        org.email_from = Some(format!("hello@{name}.example.org").parse().unwrap());
        org.supporter_confirm = true;
        let id = self.webhook(org.id, hook, secret).await;
        org.backends =
            Backends { email: Some(Backend::System), push: Some(Backend::Own(id)), ..Backends::default() };
        self.table.create_org(&org).await.unwrap();
        org.id
    }

    /// An active webhook of an org, that is signed for with this secret.
    pub(crate) async fn webhook(&self, org: Id<Org>, hook: &str, secret: &str) -> Id<Service> {
        let id = self.random.id(self.now);
        let keys = self.system.env("PushAction").sealing_keys().unwrap();
        let sealed = seal_secret(&keys, id, secret, self.random.bytes());
        let endpoint = Speaks::Webhook {
            address: hook.parse().unwrap(),
            keys: vec![SigningKey { secret: sealed.parse().unwrap(), public: None }],
            payload: PayloadVersion::default(),
            batching: None,
        };
        self.table.create_service(&self.service(org, id, endpoint)).await.unwrap();
        id
    }

    pub(crate) async fn campaign(&self, lead: Id<Org>) -> Id<Campaign> {
        let number = self.table.next_number(Named::Campaign).await.unwrap();
        let (id, title) = (self.random.id(self.now), "Petition X".parse().unwrap());
        let mut campaign = Campaign::new(id, number, "petition_x".parse().unwrap(), title, lead, self.now);
        campaign.status = CampaignStatus::Live;
        campaign.goal_steps = vec![10, 100];
        self.table.create_campaign(&campaign).await.unwrap();
        id
    }

    pub(crate) async fn page(&self, name: &str, campaign: Id<Campaign>, org: Id<Org>) {
        let number = self.table.next_number(Named::Page).await.unwrap();
        let id = self.random.id(self.now);
        let mut page = ActionPage::new(
            id,
            number,
            name.parse().unwrap(),
            campaign,
            org,
            "en".parse().unwrap(),
            self.now,
        );
        page.live = true;
        page.thank_you_template = Some("thank_you".parse().unwrap());
        self.table.create_page(&page).await.unwrap();
    }

    async fn new_org(&self, name: &str, title: &str) -> Org {
        let number = self.table.next_number(Named::Org).await.unwrap();
        Org::new(self.random.id(self.now), number, name.parse().unwrap(), title.parse().unwrap(), self.now)
    }

    fn service(&self, org: Id<Org>, id: Id<Service>, endpoint: Speaks) -> Service {
        Service {
            id,
            org,
            endpoint,
            state: ServiceState::Active,
            created_at: self.now,
            updated_at: self.now,
            version: 1,
        }
    }
}
