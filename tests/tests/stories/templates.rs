//! Templates, as their org's staff write and try them.

use proca::{campaign::Override, permission::Role};
use proca_tests::world::{Answered, LEAD_PAGE, World, links, signature};
use serde_json::{Value, json};

const ALL: &str = "/v1/orgs/lead/templates";

fn thanks(locale: &str) -> Value {
    json!({
        "name": "thanks", "locale": locale, "subject": "Thanks, {{ firstName }}",
        "html": "<p>For {{ campaign.title }}</p>", "text": "For {{ campaign.title }}",
    })
}

fn errors(answer: &Answered) -> Vec<(&str, &str)> {
    assert_eq!(answer.status, 422, "{}", answer.text);
    answer.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["pointer"].as_str().unwrap(), e["detail"].as_str().unwrap()))
        .collect()
}

#[tokio::test]
async fn a_translator_s_template_is_what_supporters_get() {
    let mut world = World::new().await;
    let token = world.token(world.lead, Role::Translator).await;
    let made = world.staff(&token, "POST", ALL, Some(thanks("en"))).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let again = world.staff(&token, "POST", ALL, Some(thanks("en"))).await;
    assert_eq!(again.status, 409, "{}", again.text);
    let patch = json!({ "subject": "Many thanks, {{ firstName }}" });
    let changed = world.staff_at(&token, "PATCH", &format!("{ALL}/thanks/en"), Some(patch), Some(1)).await;
    assert_eq!((changed.status, &changed.body["version"]), (200, &json!(2)), "{}", changed.text);
    world.staff(&token, "POST", ALL, Some(thanks("de"))).await;
    let list = world.staff(&token, "GET", ALL, None).await;
    let names: Vec<_> =
        list.body["items"].as_array().unwrap().iter().map(|t| (&t["locale"], &t["version"])).collect();
    assert_eq!(names, [(&json!("de"), &json!(1)), (&json!("en"), &json!(2))]);
    assert!(list.body["items"][0].get("html").is_none());

    world.change_org(world.lead, |org| org.supporter_confirm = false).await;
    world.change_page(LEAD_PAGE, |page| page.thank_you_template = Some("thanks".parse().unwrap())).await;
    world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    let mail = &world.mails_to("bruce@example.org")[0];
    assert_eq!(mail.subject, "Many thanks, Bruce");
}

#[tokio::test]
async fn what_does_not_render_is_not_kept_and_each_part_says_why() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let body = json!({
        "name": "thanks", "locale": "en", "subject": "{{ firstname }}",
        "html": "<p>\n{{ firstName|safe }}</p>", "text": "{% if %}",
    });
    let refused = world.staff(&token, "POST", ALL, Some(body)).await;
    assert_eq!(
        errors(&refused),
        [
            ("/subject", "the subject part is broken in line 1: undefined value"),
            ("/html", "the html part is broken in line 2: there is no filter safe"),
            ("/text", "the text part is broken in line 1: syntax error: unexpected end of block"),
        ]
    );
    world.staff(&token, "POST", ALL, Some(thanks("en"))).await;
    let patch = json!({ "text": "{{ customFields.comment }}" });
    let refused = world.staff_at(&token, "PATCH", &format!("{ALL}/thanks/en"), Some(patch), Some(1)).await;
    assert_eq!(errors(&refused).len(), 1);
    let got = world.staff(&token, "GET", &format!("{ALL}/thanks/en"), None).await;
    assert_eq!((&got.body["text"], &got.body["version"]), (&json!("For {{ campaign.title }}"), &json!(1)));
    let wrong = json!({ "name": "a b", "locale": "english", "subject": "", "html": 1, "more": 1 });
    let refused = world.staff(&token, "POST", ALL, Some(wrong)).await;
    let pointers: Vec<_> = errors(&refused).into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(pointers, ["/html", "/locale", "/more", "/name", "/subject"]);
}

#[tokio::test]
async fn texts_are_tried_with_sample_data() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Moderator).await;
    let body = json!({
        "subject": "Hi {{ firstName }}", "html": "<b>{{ org.title }}</b>", "locale": "de_AT",
        "text": "{{ actionPage.locale }} {{ unsubscribeLink }} {{ customFields.comment|default('-') }}",
    });
    let before = world.table_as_text().await;
    let tried = world.staff(&token, "POST", &format!("{ALL}/preview"), Some(body)).await;
    assert_eq!(tried.status, 200, "{}", tried.text);
    assert_eq!((&tried.body["subject"], &tried.body["html"]), (&json!("Hi Ada"), &json!("<b>The lead</b>")));
    let text = tried.body["text"].as_str().unwrap();
    assert!(text.starts_with("de_AT https://example.org/v1/links/") && text.ends_with(" -"), "{text}");
    let count = |text: &str| text.matches("\"kind\"").count();
    assert_eq!(count(&world.table_as_text().await), count(&before), "nothing is kept");
}

#[tokio::test]
async fn a_template_without_a_text_part_gets_its_text_from_its_html() {
    let mut world = World::new().await;
    let token = world.token(world.lead, Role::Translator).await;
    let html = "<p>Dear {{ firstName }}, <a href=\"{{ unsubscribeLink }}\">no more</a>: {{ customFields.comment|default('') }}</p>";
    let body = json!({ "name": "thanks", "locale": "en", "subject": "Thanks", "html": html });
    let made = world.staff(&token, "POST", ALL, Some(body)).await;
    assert_eq!((made.status, &made.body["text"]), (201, &json!("")), "{}", made.text);
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world.change_page(LEAD_PAGE, |page| page.thank_you_template = Some("thanks".parse().unwrap())).await;
    let mut body = signature("bruce@example.org", Some(true), None);
    body["customFields"]["comment"] = json!("<b>1 & 2</b>");
    assert_eq!(world.post(LEAD_PAGE, &body).await.status, 201);
    world.settle().await;
    let mail = &world.mails_to("bruce@example.org")[0];
    let text = mail.text.as_ref().unwrap();
    assert!(
        text.starts_with("Dear Bruce, [no more][1]: <b>1 & 2</b>\n\n[1]: https://api.example.org/v1/"),
        "{text}"
    );

    let path = format!("{ALL}/thanks/en");
    let patched = world.staff_at(&token, "PATCH", &path, Some(json!({ "text": "Thanks!" })), Some(1)).await;
    assert_eq!(patched.body["text"], "Thanks!", "{}", patched.text);
    let patched = world.staff_at(&token, "PATCH", &path, Some(json!({ "text": "" })), Some(2)).await;
    assert_eq!((patched.status, &patched.body["text"]), (200, &json!("")), "{}", patched.text);
    let body = json!({ "subject": "x", "html": "<h1>Hi {{ firstName }}</h1>" });
    let tried = world.staff(&token, "POST", &format!("{ALL}/preview"), Some(body)).await;
    assert_eq!(tried.body["text"], "# Hi Ada\n", "{}", tried.text);
}

#[tokio::test]
async fn the_instance_s_own_mails_come_in_the_page_s_language_or_the_org_s() {
    let mut world = World::new().await;
    for (page, org, signer, subject) in [
        ("de_AT", None, "a@example.org", "Bitte bestätigen: Petition X"),
        ("hu", Some("pl"), "b@example.org", "Prosimy o potwierdzenie: Petition X"),
        ("hu", None, "c@example.org", "Please confirm: Petition X"),
    ] {
        world.change_page(LEAD_PAGE, |changed| changed.locale = page.parse().unwrap()).await;
        world.change_org(world.lead, |changed| changed.locale = org.map(|org| org.parse().unwrap())).await;
        world.sign(LEAD_PAGE, signer, Some(true), None).await;
        world.settle().await;
        let mail = &world.mails_to(signer)[0];
        assert_eq!((mail.subject.as_str(), links(mail).len()), (subject, 2), "{page}");
    }
}

#[tokio::test]
async fn the_last_template_of_a_name_stays_while_something_uses_it() {
    let mut world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let name = || Some("thanks".parse().unwrap());
    for locale in ["en", "de"] {
        world.staff(&token, "POST", ALL, Some(thanks(locale))).await;
    }
    world.change_page(LEAD_PAGE, |page| page.thank_you_template = name()).await;
    let path = |locale: &str| format!("{ALL}/thanks/{locale}");
    assert_eq!(world.staff_at(&token, "DELETE", &path("de"), None, Some(1)).await.status, 204);
    let refused = world.staff_at(&token, "DELETE", &path("en"), None, Some(1)).await;
    let said = |user: &str| json!(format!("it is the last one of its name, and {user} uses it"));
    assert_eq!((refused.status, &refused.body["detail"]), (409, &said(&format!("the page {LEAD_PAGE}"))));
    world.change_page(LEAD_PAGE, |page| page.thank_you_template = None).await;
    world.change_campaign(|campaign| campaign.supporter_confirm_template = name()).await;
    let refused = world.staff_at(&token, "DELETE", &path("en"), None, Some(1)).await;
    assert_eq!((refused.status, &refused.body["detail"]), (409, &said("the campaign petition_x")));
    world.change_campaign(|campaign| campaign.supporter_confirm_template = None).await;
    assert_eq!(world.staff_at(&token, "DELETE", &path("en"), None, Some(1)).await.status, 204);
    assert_eq!(world.staff(&token, "GET", &path("en"), None).await.status, 404);
}

#[tokio::test]
async fn an_org_without_clear_addresses_has_no_templates_and_others_are_not_there() {
    let mut world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    world.change_org(world.lead, |org| org.strict_privacy = true).await;
    let refused = world.staff(&token, "POST", ALL, Some(thanks("en"))).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert!(refused.body["detail"].as_str().unwrap().contains("strict privacy"), "{}", refused.text);
    let moderator = world.token(world.lead, Role::Moderator).await;
    assert_eq!(world.staff(&moderator, "POST", ALL, Some(thanks("en"))).await.status, 403);
    let path = "/v1/orgs/lead/templates/a~b/english";
    assert_eq!(world.staff(&token, "GET", path, None).await.status, 404);
}

#[tokio::test]
async fn a_template_is_sent_to_whoever_asks_as_supporters_get_it() {
    let mut world = World::new().await;
    let token = world.token(world.lead, Role::Translator).await;
    world.staff(&token, "POST", ALL, Some(thanks("en"))).await;
    let me = world.staff(&token, "GET", "/v1/me", None).await;
    let me = me.body["email"].as_str().unwrap();
    let test = format!("{ALL}/thanks/en/test");
    let before = world.table_as_text().await;
    let sent = world.staff(&token, "POST", &test, None).await;
    assert_eq!((sent.status, &sent.body["delivered"]), (200, &json!(true)), "{}", sent.text);
    let mail = &world.mails_to(me)[0];
    assert_eq!((mail.subject.as_str(), world.mails().len()), ("Thanks, Ada", 1));
    let count = |text: &str| text.matches("\"kind\"").count();
    assert_eq!(count(&world.table_as_text().await), count(&before), "nothing is kept");

    let moderator = world.token(world.lead, Role::Moderator).await;
    assert_eq!(world.staff(&moderator, "POST", &test, None).await.status, 403);
    let absent = world.staff(&token, "POST", &format!("{ALL}/thanks/de/test"), None).await;
    assert_eq!(absent.status, 404, "{}", absent.text);
    world.change_org(world.lead, |org| org.backends.email = None).await;
    let refused = world.staff(&token, "POST", &test, None).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
}
