//! Whatever supporters and orgs are called and write, in a mail it is text.

use proca::{
    campaign::Override,
    service::{Backend, Endpoint as Speaks},
};
use proca_local::mailbox::{CaughtMail, Via};
use proca_tests::world::{LEAD_PAGE, World, signature};
use serde_json::{Value, json};

/// What somebody might type to have another mail sent than is meant.
const CORPUS: [&str; 22] = [
    "\r\nBcc: eve@example.com",
    "x\nTo: eve@example.com\n\n<p>another mail</p>",
    "Bcc: eve@example.com",
    "=?utf-8?B?PHNjcmlwdD4=?=",
    "=?utf-8?Q?=0D=0ABcc:_eve=40example.com?=",
    "\" <eve@example.com>, \"",
    "eve@example.com, ",
    "\u{202e}gpj.exe\u{2066}",
    "<script>alert(1)</script>",
    "\" onmouseover=\"alert(1)",
    "' onload='alert(1)",
    "</td></tr></table></body></html>",
    "<!-- ",
    "{{ 7*7 }}",
    "{{ email }}{% raw %}",
    "{% include 'supporter_confirm' %}",
    "{# gone #}",
    "nul\0and\u{8}bell\u{7}",
    ".\r\n.\r\nQUIT\r\n",
    "\r\n------=_Part_0--\r\n",
    "&lt;b&gt;&#60;",
    "javascript:alert(1)//https://example.org",
];

/// The org's title, of one line as all titles.
const TITLE: &str = r#"G <b>" & =?utf-8?B?PGI+?= <eve@example.com>, {{ 7*7 }}"#;

async fn world(via: Via) -> World {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world.change_org(world.lead, |org| org.title = TITLE.parse().unwrap()).await;
    if via == Via::Smtp {
        let smtp = Speaks::Smtp {
            address: format!("127.0.0.1:{}", world.system.ports.smtp).parse().unwrap(),
            user: None,
            secret: None,
            verified_domains: vec!["mail.example.org".parse().unwrap()],
        };
        let service = world.service(world.instance, smtp).await;
        world.change_org(world.instance, |org| org.backends.email = Some(Backend::Own(service.id))).await;
    }
    let token = world.token(world.lead, proca::permission::Role::Owner).await;
    let template = json!({
        "name": "thanks", "locale": "en",
        "subject": "S {{ customFields.comment|default('') }}|{{ lastName }}|{{ org.title }}",
        "html": "<p title=\"{{ customFields.comment|default('') }}\" class='{{ lastName }}'>{{ customFields.comment|default('') }} \
            {{ lastName }} {{ org.title }}</p><a href=\"https://example.org/?q={{ customFields.comment|default('') }}\">x</a>",
        "text": "T {{ customFields.comment|default('') }}|{{ lastName }} E",
    });
    let made = world.staff(&token, "POST", "/v1/orgs/lead/templates", Some(template)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    world.change_page(LEAD_PAGE, |page| page.thank_you_template = Some("thanks".parse().unwrap())).await;
    world
}

/// Signs in these words; whether they were taken.
async fn sign(world: &mut World, email: &str, last_name: &str, comment: &str) -> Option<CaughtMail> {
    let mut body: Value = signature(email, Some(true), None);
    body["contact"]["lastName"] = json!(last_name);
    body["customFields"]["comment"] = json!(comment);
    let answer = world.post(LEAD_PAGE, &body).await;
    if answer.status == 422 {
        return None;
    }
    assert_eq!(answer.status, 201, "{}", answer.text);
    world.settle().await;
    let mails = world.mails_to(email);
    assert_eq!(mails.len(), 1, "{comment:?}: one mail, to whoever signed");
    mails.into_iter().next()
}

/// The characters that make HTML of text.
fn structure(html: &str) -> String {
    html.chars().filter(|c| "<>\"'".contains(*c)).collect()
}

fn header_names(mail: &CaughtMail) -> Vec<&str> {
    mail.headers.iter().map(|(name, _)| name.as_str()).collect()
}

/// What is to be read of these words: all that can be seen, in lines.
fn seen(words: &str) -> String {
    let hidden = |c: char| {
        (c.is_control() && c != '\n')
            || ('\u{202a}'..='\u{202e}').contains(&c)
            || ('\u{2066}'..='\u{2069}').contains(&c)
    };
    words.chars().filter(|c| !hidden(*c)).collect()
}

#[tokio::test]
async fn hostile_words_are_inert_in_every_part_of_a_mail_whoever_sends_it() {
    for via in [Via::Ses, Via::Smtp] {
        let mut world = world(via).await;
        let calm = sign(&mut world, "calm@example.org", "Wayne", "calm").await.unwrap();
        assert_eq!(calm.via, via);
        assert!(calm.from.trim_end_matches('>').ends_with("<noreply@mail.example.org"), "{}", calm.from);
        let mut comments = 0;
        let long = "<b>\" ".repeat(200);
        for (n, words) in CORPUS.into_iter().chain([long.as_str()]).enumerate() {
            let named = sign(&mut world, &format!("n{n}@example.org"), words, "calm").await;
            let written = sign(&mut world, &format!("c{n}@example.org"), "Wayne", words).await;
            comments += usize::from(written.is_some());
            if let Some(written) = &written {
                let text = written.text.as_ref().unwrap().replace("\r\n", "\n");
                assert_eq!(text.trim_end(), format!("T {}|Wayne E", seen(words)), "{via:?} {words:?}");
            }
            for mail in named.iter().chain(&written) {
                let at = format!("{via:?} {words:?}: {mail:?}");
                assert_eq!(mail.to.len(), 1, "{at}");
                assert_eq!((&mail.from, &mail.reply_to), (&calm.from, &calm.reply_to), "{at}");
                assert_eq!(header_names(mail), header_names(&calm), "{at}");
                assert!(mail.subject.starts_with("S ") && !mail.subject.contains("=?"), "{at}");
                assert!(seen(&mail.subject) == mail.subject && !mail.subject.contains('\n'), "{at}");
                assert_eq!(
                    structure(mail.html.as_ref().unwrap()),
                    structure(calm.html.as_ref().unwrap()),
                    "{at}"
                );
            }
        }
        assert_eq!(comments, CORPUS.len() + 1, "comments are anything");
    }
}
