//! Further orgs that receive a campaign's contacts: named by the lead, and each agrees for itself.

use jiff::SignedDuration;
use proca::{
    campaign::Override,
    id::Id,
    org::Org,
    permission::{InstancePermission, Role},
    webhook::SigningSecret,
};
use proca_tests::{
    endpoint::Endpoint,
    world::{Answered, LEAD_PAGE, PARTNER_PAGE, World, signature},
};
use serde_json::{Value, json};

const THIRD: &str = "/v1/orgs/lead/campaigns/petition_x/receivers/third";

struct Three {
    world: World,
    lead: String,
    third: String,
    hook: Endpoint,
}

/// A world with a third org, whose hook hears what it is given.
async fn three() -> Three {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    let lead = world.token(world.lead, Role::Owner).await;
    let third = world.enrol("kim@example.org", None, &[InstancePermission::ManageOrgs]).await;
    let made =
        world.staff(&third, "POST", "/v1/orgs", Some(json!({ "name": "Third", "title": "The third" }))).await;
    let org: Id<Org> = made.body["id"].as_str().unwrap().parse().unwrap();
    let secret = SigningSecret::new([3; 32]).expose();
    let hook = Endpoint::start(&secret).await;
    world.listen(org, &hook.url, &secret).await;
    Three { world, lead, third, hook }
}

impl Three {
    async fn version(&self) -> u64 {
        self.world.bundle(LEAD_PAGE).await.campaign.version
    }

    async fn name_third(&mut self) -> Answered {
        let answer = self.world.staff_at(&self.lead, "PUT", THIRD, None, Some(self.version().await)).await;
        self.settle().await;
        answer
    }

    async fn answer(&mut self, answer: &str) -> u16 {
        let path = format!("/v1/orgs/third/offers/petition_x/{answer}");
        let status = self.world.staff(&self.third, "POST", &path, None).await.status;
        self.settle().await;
        status
    }

    /// Bundles are made again, and warm functions read them.
    async fn settle(&mut self) {
        self.world.pass(SignedDuration::from_mins(1)).await;
    }

    async fn sign(&mut self, page: &str, email: &str, receivers: Value) {
        let mut body = signature(email, Some(true), Some(false));
        body["privacy"]["receivers"] = receivers;
        let answer = self.world.post(page, &body).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        self.world.settle().await;
    }

    fn heard(&self) -> Vec<String> {
        let taken = self.hook.taken();
        taken.iter().map(|message| message.body["contact"]["email"].as_str().unwrap().to_owned()).collect()
    }

    async fn asked(&self) -> Value {
        self.world.call("GET", "/v1/pages/lead.example.org~petition", &[], "").await.body["receivers"].clone()
    }
}

#[tokio::test]
async fn a_further_org_receives_who_says_yes_to_it_once_lead_and_org_both_want_it() {
    let mut three = three().await;
    three.sign(LEAD_PAGE, "too-early@example.org", json!({ "third": true })).await;
    assert_eq!(three.name_third().await.status, 200);
    three.sign(LEAD_PAGE, "not-agreed@example.org", json!({ "third": true })).await;
    assert_eq!(three.asked().await, json!([]), "nobody is asked for an org that did not agree");
    let offers = three.world.staff(&three.third, "GET", "/v1/orgs/third/offers", None).await;
    assert_eq!(offers.body["items"][0]["name"], "petition_x");
    assert_eq!(three.answer("accept").await, 204);
    assert_eq!(three.asked().await[0]["name"], "Third");
    three.sign(LEAD_PAGE, "yes@example.org", json!({ "THIRD": true })).await;
    three.sign(LEAD_PAGE, "no@example.org", json!({ "third": false })).await;
    three.sign(PARTNER_PAGE, "not-asked@example.org", json!({ "third": null, "elsewhere": true })).await;
    three.sign(PARTNER_PAGE, "partner@example.org", json!({ "third": true })).await;
    assert_eq!(three.heard(), ["yes@example.org", "partner@example.org"]);
    let message = three.hook.taken().remove(0);
    assert_eq!(message.body["privacy"]["optIn"], true);
    assert_eq!(message.body["receiver"]["name"], "Third");
    let listed =
        three.world.staff(&three.lead, "GET", "/v1/orgs/lead/campaigns/petition_x/receivers", None).await;
    assert_eq!(listed.body["items"][0]["name"], "Third");
    assert!(listed.body["items"][0]["agreedAt"].is_string(), "{}", listed.text);
    let export = three.world.staff(&three.third, "POST", "/v1/orgs/third/export", Some(json!({}))).await;
    assert_eq!(export.text.lines().count(), 2, "{}", export.text);
    assert!(!export.text.contains("no@example.org") && !export.text.contains("not-asked"));
}

#[tokio::test]
async fn either_side_ends_it_and_what_was_given_stays() {
    let mut three = three().await;
    three.name_third().await;
    three.answer("accept").await;
    three.sign(LEAD_PAGE, "first@example.org", json!({ "third": true })).await;
    assert_eq!(three.answer("decline").await, 204);
    three.sign(LEAD_PAGE, "declined@example.org", json!({ "third": true })).await;
    assert_eq!(three.answer("accept").await, 204);
    three.sign(LEAD_PAGE, "second@example.org", json!({ "third": true })).await;
    let version = three.version().await;
    assert_eq!(three.world.staff_at(&three.lead, "DELETE", THIRD, None, Some(version)).await.status, 200);
    three.settle().await;
    three.sign(LEAD_PAGE, "removed@example.org", json!({ "third": true })).await;
    assert_eq!(three.heard(), ["first@example.org", "second@example.org"]);
    assert_eq!(three.answer("accept").await, 404, "nothing is offered any more");
    three.name_third().await;
    three.sign(LEAD_PAGE, "asked-anew@example.org", json!({ "third": true })).await;
    assert_eq!(three.heard().len(), 2, "who is named anew agrees anew");
    let gone = three.world.staff_at(&three.third, "DELETE", "/v1/orgs/third", None, Some(2)).await;
    assert_eq!(gone.status, 204, "{}", gone.text);
}

#[tokio::test]
async fn an_offer_that_is_none_is_refused() {
    let mut three = three().await;
    let version = three.version().await;
    for (path, status) in [
        ("/v1/orgs/lead/campaigns/petition_x/receivers/lead", 409),
        ("/v1/orgs/lead/campaigns/petition_x/receivers/nobody", 404),
        ("/v1/orgs/lead/campaigns/nothing/receivers/third", 404),
    ] {
        assert_eq!(
            three.world.staff_at(&three.lead, "PUT", path, None, Some(version)).await.status,
            status,
            "{path}"
        );
    }
    assert_eq!(three.world.staff_at(&three.lead, "PUT", THIRD, None, Some(7)).await.status, 409);
    assert_eq!(three.answer("accept").await, 404);
    let wrong = json!({ "actionType": "petition", "contact": { "firstName": "Ada", "email": "a@example.org" },
        "privacy": { "receivers": { "third": "yes" } } });
    let answer = three.world.post(LEAD_PAGE, &wrong).await;
    assert_eq!((answer.status, &answer.body["errors"][0]["pointer"]), (422, &json!("/privacy/receivers")));
    three.name_third().await;
    three.answer("accept").await;
    let gone = three.world.staff_at(&three.third, "DELETE", "/v1/orgs/third", None, Some(2)).await;
    assert_eq!(gone.status, 409, "it may have contacts: {}", gone.text);
}

#[tokio::test]
async fn a_partner_named_beside_its_own_page_is_asked_once() {
    let mut three = three().await;
    let path = "/v1/orgs/lead/campaigns/petition_x/receivers/partner";
    let version = three.version().await;
    assert_eq!(three.world.staff_at(&three.lead, "PUT", path, None, Some(version)).await.status, 200);
    let partner = three.world.token(three.world.partner, Role::Owner).await;
    let accept = "/v1/orgs/partner/offers/petition_x/accept";
    assert_eq!(three.world.staff(&partner, "POST", accept, None).await.status, 204);
    three.settle().await;
    three.sign(PARTNER_PAGE, "own@example.org", json!({ "partner": true })).await;
    three.sign(LEAD_PAGE, "further@example.org", json!({ "partner": true })).await;
    three.sign(LEAD_PAGE, "no@example.org", json!({})).await;
    let heard: Vec<_> =
        three.world.partner_hook.taken().iter().map(|m| m.body["contact"]["email"].clone()).collect();
    assert_eq!(heard, ["own@example.org", "further@example.org"]);
}

#[tokio::test]
async fn pages_of_such_a_campaign_are_changed_and_launched_like_others() {
    let mut three = three().await;
    three.name_third().await;
    three.answer("accept").await;
    let page = json!({ "name": "lead.example.org/second", "campaign": "petition_x", "locale": "en" });
    let made = three.world.staff(&three.lead, "POST", "/v1/orgs/lead/pages", Some(page)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let second = "/v1/orgs/lead/pages/lead.example.org~second";
    let launched = three.world.staff(&three.lead, "POST", &format!("{second}/launch"), None).await;
    assert_eq!((launched.status, &launched.body["live"]), (200, &json!(true)), "{}", launched.text);
    let body = Some(json!({ "extraSupporters": 5 }));
    let changed = three.world.staff_at(&three.lead, "PATCH", second, body, Some(2)).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let seen = three.world.call("GET", "/v1/pages/lead.example.org~second", &[], "").await;
    assert_eq!(seen.body["receivers"][0]["name"], "Third", "{}", seen.text);
    three.sign("lead.example.org/second", "ada@example.org", json!({ "Third": true })).await;
    assert_eq!(three.heard(), ["ada@example.org"]);
}
