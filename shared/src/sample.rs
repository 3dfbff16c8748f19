//! A made-up action, for checking and trying templates before anybody signs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    action::{Action, ActionStatus, CustomFields, Doer, Tracking},
    bundle::Bundle,
    campaign::Campaign,
    id::Id,
    link::LinkToken,
    locale::Locale,
    look_up::LookUp,
    mail::{Context, Links},
    org::Org,
    page::ActionPage,
    secret::Digest,
    stats::Stats,
    supporter::{Clear, EmailStatus, Supporter, SupporterStatus},
    violation::Rule,
};

/// The values that a template of this org could be given, made by the same code as those of a real mail.
///
/// There are no custom fields, and no answer to the consent question: a template must do without
/// them, since no supporter has to give them.
///
/// # Errors
/// Never, as long as the samples follow the rules of their types.
pub fn values(org: &Org, locale: Locale, now: Timestamp) -> Result<Value, Rule> {
    let id = Uuid::nil();
    let campaign =
        Campaign::new(Id::new(id), 1, "clean_rivers".parse()?, "Clean rivers".parse()?, org.id, now);
    let mut page =
        ActionPage::new(Id::new(id), 1, "www.example.org/rivers".parse()?, campaign.id, org.id, locale, now);
    page.live = true;
    let bundle = Bundle {
        page,
        campaign,
        org: org.clone(),
        lead: org.clone(),
        receivers: Vec::new(),
        receivers_version: 0,
    };
    let clear = Clear {
        email: "ada@example.org".parse()?,
        first_name: "Ada".parse()?,
        last_name: Some("Lovelace".parse()?),
        mailbox_ref: None,
    };
    let token = LinkToken::new(Id::new(id), Id::new(id), [0; 16]);
    let context = Context {
        bundle: &bundle,
        action: &action(&bundle, now)?,
        supporter: &supporter(&bundle, now)?,
        clear: &clear,
        stats: &stats(),
        links: &Links::sample("https://example.org", &token),
    };
    Ok(context.values())
}

fn action(bundle: &Bundle, now: Timestamp) -> Result<Action, Rule> {
    Ok(Action {
        id: Id::new(Uuid::nil()),
        action_type: "petition".parse()?,
        campaign: bundle.campaign.id,
        page: bundle.page.id,
        org: bundle.org.id,
        doer: Doer::Supporter(Id::new(Uuid::nil())),
        custom_fields: CustomFields::default(),
        transient: false,
        with_consent: true,
        status: ActionStatus::Delivered,
        testing: true,
        tracking: Tracking {
            source: "newsletter".parse()?,
            medium: "email".parse()?,
            campaign: "spring".parse()?,
            content: "footer".parse()?,
            location: Some("https://www.example.org/rivers".parse()?),
        },
        donation: None,
        moderation: None,
        counts: None,
        counted: None,
        due_at: None,
        deliveries: Vec::new(),
        created_at: now,
        version: 1,
    })
}

fn supporter(bundle: &Bundle, now: Timestamp) -> Result<Supporter, Rule> {
    let digest: Digest = format!("1-{}", "A".repeat(43)).parse()?;
    Ok(Supporter {
        id: Id::new(Uuid::nil()),
        campaign: bundle.campaign.id,
        page: bundle.page.id,
        org: bundle.org.id,
        dedupe_ref: digest.clone(),
        suppress_ref: digest.clone(),
        next_refs: None,
        org_ref: digest,
        contacts: Vec::new(),
        clear: None,
        area: None,
        status: SupporterStatus::Accepted,
        look_up: LookUp::NotAsked,
        email_status: EmailStatus::None,
        email_status_at: None,
        dupe_rank: None,
        created_at: now,
        version: 1,
    })
}

fn stats() -> Stats {
    Stats {
        supporters: 1234,
        extra_supporters: 0,
        by_org: BTreeMap::new(),
        by_area: BTreeMap::new(),
        by_type: BTreeMap::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::{Texts, built_in};

    fn values() -> Value {
        let now = Timestamp::UNIX_EPOCH;
        let org =
            Org::new(Id::new(Uuid::nil()), 1, "greens".parse().unwrap(), "The Greens".parse().unwrap(), now);
        super::values(&org, "de".parse().unwrap(), now).unwrap()
    }

    #[test]
    fn every_documented_variable_can_be_used() {
        let source = "{{ firstName }}{{ lastName }}{{ email }}{{ contactRef }}{{ actionType }}
            {{ customFields.comment|default('') }}{{ campaign.name }}{{ campaign.title }}
            {{ campaign.stats.supporters }}{{ org.name }}{{ org.title }}{{ actionPage.name }}
            {{ actionPage.locale }}{{ actionPage.url }}{{ tracking.source }}{{ tracking.medium }}
            {{ tracking.campaign }}{{ tracking.content }}{{ tracking.location }}{{ privacy.optIn }}
            {{ confirmLink }}{{ rejectLink }}{{ optInLink }}{{ unsubscribeLink }}";
        let texts = Texts { subject: source.to_owned(), html: source.to_owned(), text: source.to_owned() };
        assert!(texts.faults(&values()).is_empty(), "{:?}", texts.faults(&values()));
        let rendered = texts.render(&values()).unwrap();
        assert!(rendered.text.contains("https://www.example.org/rivers"), "{}", rendered.text);
        assert_eq!(rendered.text.matches("https://example.org/v1/links/").count(), 4);
    }

    #[test]
    fn the_built_in_mails_render_and_a_custom_field_needs_a_default() {
        for name in ["supporter_confirm", "supporter_confirm_reminder", "thank_you", "duplicate"] {
            for language in ["en", "de", "es", "fr", "it", "pl"] {
                let texts = built_in(name, &language.parse().unwrap(), None).unwrap();
                assert!(
                    texts.faults(&values()).is_empty(),
                    "{name} {language}: {:?}",
                    texts.faults(&values())
                );
                let rendered = texts.render(&values()).unwrap();
                for part in [&rendered.html, &rendered.text] {
                    let links = part.matches("https://example.org/v1/links/").count();
                    assert!(links >= 2, "{name} {language}: {part}");
                }
            }
        }
        let source = |text: &str| Texts { subject: "x".into(), html: "x".into(), text: text.into() };
        let faults = source("a\n{{ customFields.comment }}").faults(&values());
        assert_eq!(faults.iter().map(crate::template::TemplateError::part).collect::<Vec<_>>(), ["text"]);
        assert_eq!(faults[0].explain(), "the text part is broken in line 2: undefined value");
    }
}
