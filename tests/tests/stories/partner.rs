//! A partner's life, from an invite to a replay: by the command line alone, against the local runner.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use proca_local::mailbox::CaughtMail;
use proca_tests::{
    runner::{Runner, free_port, request},
    terminal::Terminal,
    world::in_path,
};
use serde_json::{Value, json};
use tempfile::TempDir;

const PAGE: &str = "otters.example.org/rivers";

/// Longest that anything which happens by itself may take here.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a look finds, once it finds it.
async fn soon<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "no {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The instance's owner and a partner, each at a terminal of their own, before one runner.
struct Coalition {
    data: TempDir,
    runner: Runner,
    owner: Terminal,
    partner: Terminal,
}

impl Coalition {
    /// A fresh runner, whose owner has logged in; the partner is not known to it yet.
    async fn start() -> Self {
        let data = TempDir::new().unwrap();
        let runner = Runner::start(data.path(), free_port().await).await;
        let (owner, partner) = (Terminal::new(), Terminal::new());
        let token = fs::read_to_string(data.path().join("staff-token")).unwrap();
        let line = format!("login --url http://127.0.0.1:{} --token-stdin", runner.port);
        let logged_in = owner.pipe(&line, &token).await;
        assert_eq!(logged_in.code, 0, "{logged_in:?}");
        Self { data, runner, owner, partner }
    }

    /// The owner makes the partner's org, invites the partner, who accepts as the mail says, and leaves.
    async fn invite(&self) {
        self.owner.ran("org create --name otters --title Otters").await;
        self.owner.ran("invite create --org otters --email robin@example.org --role owner").await;
        let mail = self.mail("robin@example.org", "You are invited").await;
        let text = mail.text.unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("proca ")).unwrap();
        let joined = self.partner.ran(line).await;
        assert!(joined.contains("otters") && !joined.contains("proca_"), "{joined}");
        let again = self.partner.run(line).await;
        assert_eq!((again.code, again.out.as_str()), (4, ""), "an invite is for once: {again:?}");
        let me = self.partner.json("me get").await;
        let orgs = me["orgs"].as_array().unwrap();
        let [org] = orgs.as_slice() else { panic!("{me}") };
        assert_eq!((&org["name"], &org["role"]), (&json!("otters"), &json!("owner")));

        let me = self.owner.json("me get").await;
        let leave = format!("staff remove {} --org otters", me["user"].as_str().unwrap());
        assert_eq!(self.owner.run(&leave).await.code, 2, "it must say in which version");
        self.owner.ran(&format!("{leave} --if-match 1")).await;
        assert_eq!(self.owner.run("org get --org otters").await.code, 4);
    }

    /// The partner makes a webhook and uses it, uses the instance's mail, and tests both.
    async fn set_backends(&self) {
        let address = format!("http://127.0.0.1:{}/received/otters", self.runner.port);
        let made = self.partner.json(&format!("service create --kind webhook --address {address}")).await;
        assert!(made["signingSecret"].as_str().unwrap().starts_with("whsec_"), "{made}");
        let webhook = made["id"].as_str().unwrap();
        self.partner.ran(&format!("org set-backend push --service {webhook}")).await;
        let tried = self.partner.json(&format!("service test {webhook}")).await;
        assert_eq!((&tried["delivered"], &tried["status"]), (&json!(true), &json!(204)), "{tried}");
        assert_eq!(self.partner.json(&format!("service get {webhook}")).await["state"], "active");
        assert_eq!(self.received().await[0]["body"]["eventType"], "service_test");

        self.partner.ran("org unset-backend email").await;
        assert_eq!(self.partner.run("service test SYSTEM").await.code, 5, "it is not borrowed");
        let org = self.partner.json("org set-backend email --service SYSTEM").await;
        assert_eq!(
            org["backends"],
            json!({ "email": "SYSTEM", "push": webhook, "event": null, "detail": null, "storage": null })
        );
        let tried = self.partner.json("service test SYSTEM").await;
        assert_eq!(tried["delivered"], true, "{tried}");
        let mail = self.mail("robin@example.org", "A test from Otters").await;
        assert_eq!(mail.from, r#""Otters via Campaign Mail" <noreply@mail.example.org>"#);
    }

    /// The partner asks for the launch of a copy of the lead's page, and the lead agrees; its number.
    async fn launch(&self) -> u64 {
        let page = self.partner.json(&format!("page copy --from demo/clean-rivers --name {PAGE}")).await;
        assert_eq!(
            (&page["live"], &page["thankYouTemplate"]),
            (&json!(false), &json!("thank_you")),
            "{page}"
        );
        assert_eq!(self.sign(&in_path(PAGE), "early@example.org").await, 409);

        let asked = self.partner.json(&format!("page launch {PAGE}")).await;
        assert_eq!(asked["live"], false, "the lead decides");
        let mail = self.mail("staff@example.org", "Otters").await;
        assert!(mail.text.unwrap().contains(PAGE));
        let requests = self.owner.json("launch-request list --org clean_water").await;
        let [request] = requests["items"].as_array().unwrap().as_slice() else { panic!("{requests}") };
        assert_eq!((&request["name"], &request["org"]["name"]), (&json!(PAGE), &json!("otters")));
        let id = page["id"].as_str().unwrap();
        assert_eq!(self.sign(id, "early@example.org").await, 409);
        assert_eq!(self.partner.run(&format!("launch-request accept {id} --org clean_water")).await.code, 4);
        assert_eq!(self.partner.json("delivery list").await["items"], json!([]));
        assert_eq!(self.received().await.len(), 1, "nothing but the test event");

        self.owner.ran(&format!("launch-request accept {PAGE} --org clean_water")).await;
        assert_eq!(self.partner.json(&format!("page get {PAGE}")).await["live"], true);
        page["number"].as_u64().unwrap()
    }

    /// What a widget is answered that posts a signature.
    async fn sign(&self, page: &str, email: &str) -> u16 {
        let contact = json!({ "firstName": "Ada", "email": email });
        let body = json!({ "actionType": "petition", "contact": contact, "privacy": { "optIn": true } });
        let path = format!("/v1/pages/{page}/actions");
        request(self.runner.port, "POST", &path, &body.to_string()).await.unwrap().0
    }

    /// A mail to an address, by how its subject begins.
    async fn mail(&self, to: &str, subject: &str) -> CaughtMail {
        let fits = |mail: &CaughtMail| mail.to == [to] && mail.subject.starts_with(subject);
        let file = self.data.path().join("mails.jsonl");
        let mails = || lines(&file).into_iter().filter_map(|mail| serde_json::from_value(mail).ok());
        let look = async || mails().find(fits);
        soon(&format!("mail {subject:?} to {to}"), look).await
    }

    /// What the partner's webhook has received.
    async fn received(&self) -> Vec<Value> {
        let mut all = lines(&self.data.path().join("webhooks.jsonl"));
        all.retain(|received| received["org"] == "otters");
        all
    }
}

/// The lines of a file, none where it is not there yet; one that is still being written waits.
fn lines(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_is_invited_launched_signed_at_and_replays_by_the_command_line_alone() {
    let coalition = Coalition::start().await;
    let partner = &coalition.partner;
    coalition.invite().await;
    coalition.set_backends().await;
    let number = coalition.launch().await;

    let sign = async || (coalition.sign(&number.to_string(), "ada@example.org").await == 201).then_some(());
    soon("signature that is taken", sign).await;
    let list = async || {
        let listed = partner.json("delivery list --purpose push --state done").await;
        listed["items"].as_array().unwrap().first().cloned()
    };
    let delivery = soon("delivery that is done", list).await;
    let received = coalition.received().await;
    let [_, first] = received.as_slice() else { panic!("{received:?}") };
    assert_eq!(
        (&first["body"]["stage"], &first["body"]["actionPageId"]),
        (&json!("deliver"), &json!(number))
    );
    assert_eq!(first["body"]["contact"]["email"], "ada@example.org");
    assert_eq!(first["verified"], Value::Null, "the runner does not know the partner's secret");
    let thanks = coalition.mail("ada@example.org", "Thank you").await;
    assert_eq!(thanks.from, r#""Otters via Campaign Mail" <noreply@mail.example.org>"#);

    let id = delivery["id"].as_str().unwrap();
    let shown = partner.json(&format!("delivery get {id}")).await;
    assert_eq!((&shown["messageId"], &shown["attempt"]), (&first["id"], &json!(1)), "{shown}");
    partner.ran(&format!("delivery replay {id}")).await;
    let second = soon("second receipt", async || coalition.received().await.get(2).cloned()).await;
    assert_eq!((&second["id"], &second["body"]), (&first["id"], &first["body"]));
    let page = request(coalition.runner.port, "GET", "/webhooks", "").await.unwrap().1;
    assert!(page.contains("signature not verified here"), "{page}");
}
