//! Templates, as the API takes and shows them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::{
    api::{
        body::{body, set},
        operation::{Needs, Operations},
        services::Trial,
    },
    locale::Locale,
    name::TemplateName,
    permission::Permission,
    staff::Listed,
    template::{SOURCE_BYTES, Template, Texts},
    text::text_value,
    violation::Rule,
};

text_value! {
    /// The source of one part of a template: at most 64 kB, not empty.
    Source, |text| {
        if (1..=SOURCE_BYTES).contains(&text.len()) { Ok(text) } else { Err(Rule("must be 1 to 65,536 bytes")) }
    }
}

text_value! {
    /// The source of a text part: at most 64 kB. Where it is empty, the text is made of the HTML part.
    TextSource, |text| {
        if text.len() <= SOURCE_BYTES { Ok(text) } else { Err(Rule("must be at most 65,536 bytes")) }
    }
}

body! {
    /// A new template. Each part must render with sample data; a custom field needs a default, since it may be missing.
    pub struct NewTemplate {
        /// Its name, by which pages, campaigns and the org use it.
        required name "name": TemplateName,
        /// Its language; a name has one template in each.
        required locale "locale": Locale,
        /// The subject line.
        required subject "subject": Source,
        /// The HTML part, in which values are escaped.
        required html "html": Source,
        /// The plain text part; made of the HTML part where it is absent or empty.
        optional text "text": TextSource,
    }
}

body! {
    /// Changes of a template; each part must render with sample data.
    pub struct TemplatePatch {
        /// The subject line.
        optional subject "subject": Source,
        /// The HTML part, in which values are escaped.
        optional html "html": Source,
        /// The plain text part; made of the HTML part where it is empty.
        optional text "text": TextSource,
    }
}

body! {
    /// Parts to be tried with sample data.
    pub struct PreviewTemplate {
        /// The subject line.
        required subject "subject": Source,
        /// The HTML part, in which values are escaped.
        required html "html": Source,
        /// The plain text part; made of the HTML part where it is absent or empty.
        optional text "text": TextSource,
        /// The language of the page that the sample comes from; the org's or English where absent.
        optional locale "locale": Locale,
    }
}

/// A template with its texts.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplateView {
    name: TemplateName,
    locale: Locale,
    subject: String,
    html: String,
    text: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: u64,
}

/// A template in a list, without its texts.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplateEntry {
    name: TemplateName,
    locale: Locale,
    updated_at: Timestamp,
    version: u64,
}

/// A mail's parts, rendered.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RenderedTemplate {
    subject: String,
    html: String,
    text: String,
}

impl From<Template> for TemplateView {
    fn from(template: Template) -> Self {
        let Texts { subject, html, text } = template.texts;
        Self {
            name: template.name,
            locale: template.locale,
            subject,
            html,
            text,
            created_at: template.created_at,
            updated_at: template.updated_at,
            version: template.version,
        }
    }
}

impl From<Template> for TemplateEntry {
    fn from(template: Template) -> Self {
        let Template { name, locale, updated_at, version, .. } = template;
        Self { name, locale, updated_at, version }
    }
}

impl From<Texts> for RenderedTemplate {
    fn from(Texts { subject, html, text }: Texts) -> Self {
        Self { subject, html, text }
    }
}

impl TemplatePatch {
    /// Changes the texts; the names of the parts that changed.
    pub fn apply(self, texts: &mut Texts) -> Vec<String> {
        [
            ("subject", set(&mut texts.subject, self.subject.map(Into::into))),
            ("html", set(&mut texts.html, self.html.map(Into::into))),
            ("text", set(&mut texts.text, self.text.map(Into::into))),
        ]
        .into_iter()
        .filter(|(_, changed)| *changed)
        .map(|(name, _)| name.to_owned())
        .collect()
    }
}

pub(super) fn describe(api: &mut Operations) {
    let all = "/v1/orgs/{org}/templates";
    let one = "/v1/orgs/{org}/templates/{template}/{locale}";
    let manage = Needs::Permission(Permission::ManageTemplates);
    let parts = json!({
        "subject": "Thank you, {{ firstName }}",
        "html": "<p>Dear {{ firstName }}, thank you for signing {{ campaign.title }}.</p>",
        "text": "Dear {{ firstName }}, thank you for signing {{ campaign.title }}.",
    });
    let mut example = parts.clone();
    if let Some(members) = example.as_object_mut() {
        members.extend([("name".to_owned(), json!("thanks")), ("locale".to_owned(), json!("en"))]);
    }
    api.add(("GET", all), "template list", "Lists the org's templates, without their texts", Needs::Member)
        .paged()
        .answers::<Listed<TemplateEntry>>(200);
    api.add(("POST", all), "template create", "Makes a template, which must render", manage)
        .body::<NewTemplate>(example)
        .beyond_schema()
        .answers::<TemplateView>(201);
    api.add(("GET", one), "template get", "Shows a template", Needs::Member).answers::<TemplateView>(200);
    api.add(("PATCH", one), "template update", "Changes a template's texts, which must render", manage)
        .if_match()
        .body::<TemplatePatch>(json!({ "subject": "Thank you for {{ campaign.title }}" }))
        .beyond_schema()
        .answers::<TemplateView>(200);
    api.add(
        ("DELETE", one),
        "template delete",
        "Removes a template; not the last one of a name that is used",
        manage,
    )
    .if_match();
    api.add(
        ("POST", "/v1/orgs/{org}/templates/preview"),
        "template preview",
        "Renders texts with sample data, and keeps nothing",
        Needs::Member,
    )
    .body::<PreviewTemplate>(parts)
    .beyond_schema()
    .answers::<RenderedTemplate>(200);
    api.add(
        ("POST", "/v1/orgs/{org}/templates/{template}/{locale}/test"),
        "template test",
        "Sends the template to you as a mail with sample data, by the org's own way or SYSTEM",
        manage,
    )
    .answers::<Trial>(200);
}
