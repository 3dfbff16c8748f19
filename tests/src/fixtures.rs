//! Something of each kind in the lead org, so that every operation has something to work on.

use std::collections::BTreeMap;

use proca::{api::operation::Operation, campaign::Override, permission::Role};
use serde_json::{Value, json};

use crate::world::{Answered, LEAD_PAGE, World, in_path};

/// What path parameters stand for, by their names.
#[derive(Debug)]
pub struct Fixtures(BTreeMap<&'static str, String>);

impl Fixtures {
    /// Makes everything, through the API.
    pub async fn make(world: &mut World) -> Self {
        world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
        world.sign(LEAD_PAGE, "fixture@example.org", Some(true), None).await;
        world.settle().await;
        let pushed = world.lead_hook.taken();
        let contact_ref = text(&pushed[0].body["contact"]["contactRef"]);
        let owner = world.token(world.lead, Role::Owner).await;
        let second = world.token(world.lead, Role::Moderator).await;
        let partner = world.token(world.partner, Role::Owner).await;
        let id_of = |answer: Answered| text(&answer.body["id"]);
        let get = |path: &'static str| first(world, &owner, path);
        let post = |path: &'static str, body: Value| made(world, &owner, path, body);
        post("/v1/orgs/lead/campaigns", json!({ "name": "clean_water", "title": "Clean water" })).await;
        post(
            "/v1/orgs/lead/pages",
            json!({ "name": "example.org/clean-water", "campaign": "clean_water", "locale": "de" }),
        )
        .await;
        let asking = json!({ "name": "partner.example.org/asks", "campaign": "petition_x", "locale": "en" });
        let asks = id_of(made(world, &partner, "/v1/orgs/partner/pages", asking).await);
        world.staff(&partner, "POST", &format!("/v1/orgs/partner/pages/{asks}/launch"), None).await;
        let offers = json!({ "name": "offered", "title": "Offered" });
        made(world, &partner, "/v1/orgs/partner/campaigns", offers).await;
        let receiver = "/v1/orgs/partner/campaigns/offered/receivers/lead";
        assert_eq!(world.staff_at(&partner, "PUT", receiver, None, Some(1)).await.status, 200);
        let template = json!({ "name": "hello", "locale": "en", "subject": "Hello", "html": "<p>Hello</p>", "text": "Hello" });
        post("/v1/orgs/lead/templates", template).await;
        let key = post("/v1/orgs/lead/keys/generate", json!({ "name": "fixture" })).await;
        let invite =
            post("/v1/orgs/lead/invites", json!({ "email": "kim@example.org", "role": "moderator" })).await;
        let me = world.staff(&second, "GET", "/v1/me", None).await;
        Self(BTreeMap::from([
            ("org", "lead".to_owned()),
            ("campaign", "petition_x".to_owned()),
            ("receiver", "partner".to_owned()),
            ("page", in_path(LEAD_PAGE)),
            ("asking page", asks),
            ("purpose", "email".to_owned()),
            ("locale", "en".to_owned()),
            ("template", "hello".to_owned()),
            ("user", text(&me.body["user"])),
            ("invite", id_of(invite)),
            ("service", get("/v1/orgs/lead/services").await),
            ("key", id_of(key)),
            ("contactRef", contact_ref),
            ("delivery", get("/v1/orgs/lead/deliveries?purpose=push").await),
        ]))
    }

    /// Does an operation with its example, on what is there.
    pub async fn call(&self, world: &World, token: &str, operation: &Operation) -> Answered {
        let own_token = if operation.path.contains("{token}") {
            first(world, token, "/v1/tokens").await
        } else {
            String::new()
        };
        let asking = operation.path.contains("launch-requests");
        let offered = operation.path.contains("/offers/");
        let path = operation.path.split('/').map(|part| {
            let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
            match name {
                None => part,
                Some("token") => own_token.as_str(),
                Some("campaign") if offered => "offered",
                Some("page") if asking => &self.0["asking page"],
                Some(name) => self.0.get(name).map_or("unknown", String::as_str),
            }
        });
        let path = path.collect::<Vec<_>>().join("/");
        let body = operation.body.as_ref().map(|(_, example)| example.clone());
        // The campaign has been changed once, to let signatures through without confirmation.
        let version = operation.if_match.then_some(match operation.path {
            "/v1/switches" => 0,
            path if path.contains("{campaign}") => 2,
            _ => 1,
        });
        world.staff_at(token, operation.method, &path, body, version).await
    }
}

/// Makes something, which must work.
async fn made(world: &World, token: &str, path: &str, body: Value) -> Answered {
    let answer = world.staff(token, "POST", path, Some(body)).await;
    assert_eq!(answer.status, 201, "{path}: {}", answer.text);
    answer
}

/// The id of the first item of a list; a word that is no id where there is none.
async fn first(world: &World, token: &str, path: &str) -> String {
    let listed = world.staff(token, "GET", path, None).await;
    listed.body["items"][0]["id"].as_str().unwrap_or("unknown").to_owned()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
