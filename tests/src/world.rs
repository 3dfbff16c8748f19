//! One system with a coalition in it, and the words that stories are told with.

use std::{
    io::Write,
    sync::{Arc, Mutex},
    time::Duration,
};

use jiff::SignedDuration;
use proca::{
    bundle::Bundle,
    campaign::Campaign,
    clock::Clock,
    config::https_client,
    delivery::{Delivery, DeliveryState},
    id::Id,
    key::{Address, Key},
    message::PayloadVersion,
    metric::{Meter, Metric},
    org::Org,
    page::ActionPage,
    permission::{InstancePermission, Role},
    random::Random,
    service::{Backend, Endpoint as Speaks, QueueAccess, Service, ServiceState},
    staff::Enrolment,
    table::Table,
    webhook::SigningSecret,
};
use proca_local::{
    gateway::Call,
    mailbox::CaughtMail,
    sqs::QueueSettings,
    store::Cursor,
    system::{Options, System},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{endpoint::Endpoint, maker::Maker, wire::Wire};

/// A system with an instance, a lead, a partner, a campaign and two pages.
pub struct World {
    /// The system.
    pub system: Arc<System>,
    /// Its table.
    pub table: Table,
    /// The wire between its functions and stand-ins.
    pub wire: Wire,
    /// The clock of everything.
    pub clock: Clock,
    /// The lead's receiver.
    pub lead_hook: Endpoint,
    /// The partner's receiver.
    pub partner_hook: Endpoint,
    /// The instance's org.
    pub instance: Id<Org>,
    /// The lead.
    pub lead: Id<Org>,
    /// The partner.
    pub partner: Id<Org>,
    /// The campaign.
    pub campaign: Id<Campaign>,
    cursor: Cursor,
    random: Random,
    metrics: Arc<Mutex<Vec<Value>>>,
    _folder: TempDir,
}

impl Drop for World {
    /// Whatever a story tells, functions do in it what the template lets them.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.wire.denied().is_empty(), "the template does not allow: {:?}", self.wire.denied());
            self.note_rights();
        }
    }
}

/// The name of the lead's page.
pub const LEAD_PAGE: &str = "lead.example.org/petition";

/// The name of the partner's page.
pub const PARTNER_PAGE: &str = "partner.example.org/petition";

/// An answer of the API.
#[derive(Debug, Clone)]
pub struct Answered {
    /// Status.
    pub status: u16,
    /// Headers by name.
    pub headers: std::collections::BTreeMap<String, String>,
    /// Body, read as JSON where it is JSON.
    pub body: Value,
    /// Body as text.
    pub text: String,
}

impl World {
    /// Notes what functions did in the file that `PROCA_RIGHTS` names, if it names one: what no story needs may
    /// be too much.
    fn note_rights(&self) {
        let Some(file) = std::env::var_os("PROCA_RIGHTS") else { return };
        let mut lines: String = self.wire.used().into_iter().collect::<Vec<_>>().join("\n");
        lines.push('\n');
        let file = std::fs::OpenOptions::new().create(true).append(true).open(file);
        file.and_then(|mut file| file.write_all(lines.as_bytes())).expect("rights are noted");
    }

    /// A new world: confirmation on, both pages live, at 10:00 on 2026-07-01.
    pub async fn new() -> Self {
        Self::seeded(1).await
    }

    /// A new world whose ids and chances follow from the seed.
    pub async fn seeded(seed: u64) -> Self {
        Self::with(seed, None, []).await
    }

    /// A new world, deployed with these values of the template's parameters.
    pub async fn deployed_with<const N: usize>(parameters: [(&str, &str); N]) -> Self {
        Self::with(1, None, parameters).await
    }

    /// The same, in the midst of a change of pepper: all functions have two keys.
    pub async fn between_peppers<const N: usize>(parameters: [(&str, &str); N]) -> Self {
        let secret = "0123456789abcdef0123456789abcdef,2:fedcba9876543210fedcba9876543210";
        Self::with(1, Some(secret), parameters).await
    }

    async fn with<const N: usize>(seed: u64, secret: Option<&str>, parameters: [(&str, &str); N]) -> Self {
        let clock = Clock::standing_at("2026-07-01T10:00:00Z".parse().unwrap());
        let (wire, folder, random) =
            (Wire::over(https_client()), TempDir::new().unwrap(), Random::seeded(seed));
        if let Some(secret) = secret {
            std::fs::write(folder.path().join("secret"), secret).unwrap();
        }
        let metrics: Arc<Mutex<Vec<Value>>> = Arc::default();
        let system = System::start(Options {
            data: folder.path().to_owned(),
            public_url: "https://api.example.org".to_owned(),
            parameters: parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            clock: clock.clone(),
            random: random.clone(),
            meter: Meter::Kept(Arc::clone(&metrics)),
            http: wire.client(),
        })
        .await
        .unwrap();
        wire.hold_to_rights(&system.plan);
        let table = system.table().unwrap();
        let (cursor, now) = (system.store.oldest().unwrap(), clock.now());
        let secrets = [1, 2].map(|n| SigningSecret::new([n; 32]).expose());
        let (lead_hook, partner_hook) =
            (Endpoint::start(&secrets[0]).await, Endpoint::start(&secrets[1]).await);
        let made = Maker { system: &system, table: &table, random: &random, now };
        let instance = made.instance().await;
        let lead = made.org("lead", &lead_hook.url, &secrets[0]).await;
        let partner = made.org("partner", &partner_hook.url, &secrets[1]).await;
        let campaign = made.campaign(lead).await;
        made.page(LEAD_PAGE, campaign, lead).await;
        made.page(PARTNER_PAGE, campaign, partner).await;
        let mut world = Self {
            system,
            table,
            wire,
            clock,
            lead_hook,
            partner_hook,
            instance,
            lead,
            partner,
            campaign,
            cursor,
            random,
            metrics,
            _folder: folder,
        };
        world.settle().await;
        world.wire.reset();
        world
    }

    /// The values of a metric that were told so far.
    pub fn told(&self, metric: Metric) -> Vec<u64> {
        let lines = self.metrics.lock().unwrap();
        lines.iter().filter_map(|line| line[metric.name()].as_u64()).collect()
    }

    /// Sends a request to the API.
    pub async fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answered {
        let mut call =
            Call { method: method.parse().unwrap(), uri: path.parse().unwrap(), ..Call::default() };
        for (name, value) in headers {
            call.headers.append(axum::http::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        call.body = body.as_bytes().to_vec();
        let response = self.system.call(call).await;
        let headers = response.headers().iter().map(|(n, v)| (n.to_string(), v.to_str().unwrap().to_owned()));
        let text = String::from_utf8_lossy(response.body()).into_owned();
        let body = serde_json::from_str(&text).unwrap_or_default();
        Answered { status: response.status().as_u16(), headers: headers.collect(), body, text }
    }

    /// Posts an action to a page, as its widget would.
    pub async fn post(&self, page: &str, body: &Value) -> Answered {
        let path = format!("/v1/pages/{}/actions", in_path(page));
        self.call("POST", &path, &[("content-type", "application/json")], &body.to_string()).await
    }

    /// Signs on a page with these answers to the consent questions.
    pub async fn sign(
        &self,
        page: &str,
        email: &str,
        opt_in: Option<bool>,
        lead_opt_in: Option<bool>,
    ) -> Answered {
        let answer = self.post(page, &signature(email, opt_in, lead_opt_in)).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer
    }

    /// Lets everything move that can move at this moment.
    pub async fn settle(&mut self) {
        for _ in 0..100 {
            if self.step().await == 0 {
                return;
            }
        }
        panic!("the system does not come to rest");
    }

    /// Lets the relay see every change, and nothing else move.
    pub async fn step_relay(&mut self) {
        while let Ok(1..) = self.system.relay(&mut self.cursor).await {}
    }

    /// Loses every change that the relay has not seen yet, as an outage of the stream would.
    pub fn lose_changes(&mut self) {
        self.take_changes();
    }

    /// Takes every change that the relay has not seen yet from its sight, in their order.
    pub fn take_changes(&mut self) -> Vec<Value> {
        let mut taken = Vec::new();
        while let Ok((changes, next)) = self.system.store.changes(&self.cursor, 1000) {
            self.cursor = next;
            if changes.is_empty() {
                break;
            }
            taken.extend(changes);
        }
        taken
    }

    /// Lets everything move once; how much moved.
    pub async fn step(&mut self) -> usize {
        let mut moved = 0;
        while let Ok(seen @ 1..) = self.system.relay(&mut self.cursor).await {
            moved += seen;
        }
        moved + self.step_queues().await
    }

    /// Lets the messages of every queue move once, and no change of the table; how many moved.
    pub async fn step_queues(&self) -> usize {
        let mut moved = 0;
        for mapping in self.system.mappings() {
            while let Ok(received @ 1..) = self.system.drain(&mapping, 0).await {
                moved += received;
            }
        }
        moved
    }

    /// Lets the messages of one queue move once.
    pub async fn step_queue(&self, queue: &str) {
        for mapping in self.system.mappings().into_iter().filter(|mapping| mapping.queue == queue) {
            while let Ok(1..) = self.system.drain(&mapping, 0).await {}
        }
    }

    /// Lets time pass, minute by minute with the sweeper, and everything move in between.
    pub async fn pass(&mut self, time: SignedDuration) {
        let end = self.clock.now() + time;
        while self.clock.now() < end {
            let left = end.duration_since(self.clock.now());
            self.clock.advance(left.min(SignedDuration::from_mins(1)));
            self.system.tick().await.ok();
            self.settle().await;
        }
    }

    /// Lets a long time pass, in steps of half an hour, or of a fiftieth where that is more.
    pub async fn skip(&mut self, time: SignedDuration) {
        let (end, step) = (self.clock.now() + time, SignedDuration::from_mins(30).max(time / 50));
        while self.clock.now() < end {
            let left = end.duration_since(self.clock.now());
            self.clock.advance(left.min(step));
            self.system.tick().await.ok();
            self.settle().await;
        }
    }

    /// Everything the mail catcher has, the newest last.
    pub fn mails(&self) -> Vec<CaughtMail> {
        self.system.mailbox.mails()
    }

    /// The mails to one address.
    pub fn mails_to(&self, email: &str) -> Vec<CaughtMail> {
        self.mails().into_iter().filter(|mail| mail.to.iter().any(|to| to == email)).collect()
    }

    /// The campaign's counts, as the API tells them.
    pub async fn stats(&self) -> Value {
        let answer = self.call("GET", "/v1/campaigns/petition_x/stats", &[], "").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.body
    }

    /// Distinct accepted persons.
    pub async fn supporters(&self) -> u64 {
        self.stats().await["supporters"].as_u64().unwrap()
    }

    /// Presses the button behind a link.
    pub async fn press(&self, link: &str) -> Answered {
        self.call("POST", path_of(link), &[("content-type", "application/x-www-form-urlencoded")], "").await
    }

    /// A page with its campaign and orgs.
    pub async fn bundle(&self, page: &str) -> Bundle {
        self.table.bundle(&Address::Name(page.to_owned())).await.unwrap().unwrap()
    }

    /// Changes an org.
    pub async fn change_org(&mut self, id: Id<Org>, change: impl FnOnce(&mut Org)) {
        let mut org = self.table.org(id).await.unwrap().unwrap();
        let read = org.version;
        change(&mut org);
        org.version += 1;
        self.table.update(&org, read).await.unwrap();
        self.after_change().await;
    }

    /// Changes the campaign.
    pub async fn change_campaign(&mut self, change: impl FnOnce(&mut Campaign)) {
        let mut campaign =
            self.table.campaign(&Address::Id(self.campaign.to_string())).await.unwrap().unwrap();
        let read = campaign.version;
        change(&mut campaign);
        campaign.version += 1;
        self.table.update(&campaign, read).await.unwrap();
        self.after_change().await;
    }

    /// Changes a page.
    pub async fn change_page(&mut self, name: &str, change: impl FnOnce(&mut ActionPage)) {
        let mut page = self.bundle(name).await.page;
        let read = page.version;
        change(&mut page);
        page.version += 1;
        self.table.update(&page, read).await.unwrap();
        self.after_change().await;
    }

    /// Makes a webhook of an org, that is signed for with this secret, its push backend.
    pub async fn listen(&mut self, org: Id<Org>, hook: &str, secret: &str) {
        let (system, table, random, now) = (&self.system, &self.table, &self.random, self.clock.now());
        let service = Maker { system, table, random, now }.webhook(org, hook, secret).await;
        self.change_org(org, |org| org.backends.push = Some(Backend::Own(service))).await;
    }

    /// Uses an org's push backend again, as its staff do who have mended and tested it.
    pub async fn mend(&self, org: Id<Org>) {
        let org = self.table.org(org).await.unwrap().unwrap();
        let Some(Backend::Own(id)) = org.backends.push else { panic!("it has no service of its own") };
        let stopped = self.table.service(org.id, id).await.unwrap().unwrap();
        let mended = Service { state: ServiceState::Active, version: stopped.version + 1, ..stopped };
        self.table.update(&mended, stopped.version).await.unwrap();
    }

    /// Makes a queue in our own account, and an org's service that stands for it.
    pub async fn queue(&self, org: Id<Org>, name: &str) -> Service {
        let url = self.system.sqs.create_queue(QueueSettings::new(name)).unwrap();
        let (address, access) = (url.parse().unwrap(), QueueAccess::Own);
        let endpoint = Speaks::Sqs { address, access, payload: PayloadVersion::default() };
        self.service(org, endpoint).await
    }

    /// Makes a service of an org.
    pub async fn service(&self, org: Id<Org>, endpoint: Speaks) -> Service {
        let (id, now) = (self.random.id(self.clock.now()), self.clock.now());
        let service = Service {
            id,
            org,
            endpoint,
            state: ServiceState::Active,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        self.table.create_service(&service).await.unwrap();
        service
    }

    /// Every item of the table, as text.
    pub async fn table_as_text(&self) -> String {
        let port = self.system.ports.dynamodb;
        let body = json!({ "TableName": proca_local::store::TABLE }).to_string();
        raw_dynamodb(port, "Scan", &body).await
    }

    /// The rows of deliveries, by what the table holds.
    pub async fn deliveries(&self) -> Vec<Delivery> {
        let text: Value = serde_json::from_str(&self.table_as_text().await).unwrap();
        let items = text["Items"].as_array().unwrap().iter();
        let rows = items.filter(|item| item["kind"]["S"] == "delivery");
        let id = |item: &Value, name: &str| item[name]["S"].as_str().unwrap().to_owned();
        let keys: Vec<_> = rows.map(|item| (id(item, "org"), id(item, "id"))).collect();
        let mut deliveries = Vec::new();
        for (org, delivery) in keys {
            deliveries
                .extend(self.table.delivery(org.parse().unwrap(), delivery.parse().unwrap()).await.unwrap());
        }
        deliveries.sort_by_key(|delivery| delivery.id);
        deliveries
    }

    /// A new delivery like this one, due now.
    pub fn another(&self, like: &Delivery, random: &Random) -> Delivery {
        let now = self.clock.now();
        Delivery {
            id: random.id(now),
            state: DeliveryState::Pending { due_at: now },
            attempt: 0,
            uncounted: 0,
            history: Vec::new(),
            created_at: now,
            ..like.clone()
        }
    }

    /// Writes deliveries into the table, past everything that makes them.
    pub async fn plant(&self, rows: &[Delivery]) {
        for some in rows.chunks(25) {
            let puts: Vec<_> =
                some.iter().map(|row| json!({ "PutRequest": { "Item": item_of(row) } })).collect();
            let body = json!({ "RequestItems": { proca_local::store::TABLE: puts } }).to_string();
            let answer = raw_dynamodb(self.system.ports.dynamodb, "BatchWriteItem", &body).await;
            assert!(answer.contains(r#""UnprocessedItems":{}"#), "{answer}");
        }
    }

    /// A token of a new user who has this role in an org.
    pub async fn token(&self, org: Id<Org>, role: Role) -> String {
        let email = format!("staff-{}@example.org", self.random.uuid().simple());
        self.enrol(&email, Some((org, role)), &[]).await
    }

    /// A token of a user who may do everything in the instance, and owns its org.
    pub async fn instance_owner(&self) -> String {
        let all = [InstancePermission::ManageOrgs, InstancePermission::ManageUsers];
        self.enrol("owner@example.org", Some((self.instance, Role::Owner)), &all).await
    }

    /// A token of the user with this address, who is also given what is said here.
    pub async fn enrol(
        &self,
        email: &str,
        staff_of: Option<(Id<Org>, Role)>,
        instance_permissions: &[InstancePermission],
    ) -> String {
        let staff = self.system.env("WriteOrgs").staff().unwrap();
        let enrolment = Enrolment {
            email: email.parse().unwrap(),
            instance_permissions: instance_permissions.iter().copied().collect(),
            staff_of,
            label: "test".parse().unwrap(),
        };
        staff.enrol(enrolment).await.unwrap().expose()
    }

    /// Sends a request of staff, with a token and a JSON body where there is one.
    pub async fn staff(&self, token: &str, method: &str, path: &str, body: Option<Value>) -> Answered {
        self.staff_at(token, method, path, body, None).await
    }

    /// The same, for a change of something in this version.
    pub async fn staff_at(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: Option<Value>,
        version: Option<u64>,
    ) -> Answered {
        let (bearer, version) = (format!("Bearer {token}"), version.map(|version| format!("\"{version}\"")));
        let mut headers = vec![("authorization", bearer.as_str())];
        headers.extend(version.as_deref().map(|version| ("if-match", version)));
        headers.extend(body.as_ref().map(|_| ("content-type", "application/json")));
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        self.call(method, path, &headers, &body).await
    }

    /// Lets the relay see the change, and warm functions forget what they knew.
    async fn after_change(&mut self) {
        self.settle().await;
        self.clock.advance(SignedDuration::from_secs(31));
    }
}

/// A page's name as it stands in a path.
pub fn in_path(page: &str) -> String {
    page.replace('/', "~")
}

/// The body of a signature.
pub fn signature(email: &str, opt_in: Option<bool>, lead_opt_in: Option<bool>) -> Value {
    json!({
        "actionType": "petition",
        "contact": { "firstName": "Bruce", "lastName": "Wayne", "email": email, "country": "de", "postcode": "10115" },
        "privacy": { "optIn": opt_in, "leadOptIn": lead_opt_in },
        "customFields": { "comment": "hi" },
        "tracking": { "source": "newsletter", "location": "https://partner.example.org/petition" },
    })
}

/// A delivery as the table keeps it.
fn item_of(row: &Delivery) -> Value {
    let Key { pk, sk } = Key::delivery(row.org, row.id);
    let mut item = json!(row);
    (item["pk"], item["sk"], item["kind"]) = (json!(pk), json!(sk), json!("delivery"));
    attribute(&item)["M"].clone()
}

/// A value in the words of `DynamoDB`; what is not there is left out.
fn attribute(value: &Value) -> Value {
    match value {
        Value::Null => json!({ "NULL": true }),
        Value::Bool(value) => json!({ "BOOL": value }),
        Value::Number(value) => json!({ "N": value.to_string() }),
        Value::String(value) => json!({ "S": value }),
        Value::Array(values) => json!({ "L": values.iter().map(attribute).collect::<Vec<_>>() }),
        Value::Object(members) => {
            let there = members.iter().filter(|(_, value)| !value.is_null());
            let members: serde_json::Map<_, _> =
                there.map(|(name, value)| (name.clone(), attribute(value))).collect();
            json!({ "M": members })
        }
    }
}

/// The links in a mail's text part, in order.
pub fn links(mail: &CaughtMail) -> Vec<String> {
    let text = mail.text.clone().unwrap_or_default();
    text.split_whitespace().filter(|word| word.contains("/v1/links/")).map(str::to_owned).collect()
}

/// The path of a link.
pub fn path_of(link: &str) -> &str {
    &link[link.find("/v1/").expect("a link of the API")..]
}

/// Asks a `DynamoDB` on this machine directly, past the SDK; the answer's body.
pub async fn raw_dynamodb(port: u16, operation: &str, body: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let request = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/x-amz-json-1.0\r\nx-amz-target: DynamoDB_20120810.{operation}\r\nauthorization: AWS4-HMAC-SHA256 Credential=local/20260701/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0\r\nx-amz-date: 20260701T100000Z\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    tokio::time::timeout(Duration::from_secs(10), stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}
