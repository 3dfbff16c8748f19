//! Mail templates: what an org writes, checked when saved, rendered with fuel and without reach.

use std::fmt;

use jiff::Timestamp;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{id::Id, locale::Locale, name::TemplateName, org::Org, text::is_invisible};

/// A mail's texts in one language; unique by org, name and locale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// The org it belongs to.
    pub org: Id<Org>,
    /// Its name.
    pub name: TemplateName,
    /// Its language.
    pub locale: Locale,
    /// Its texts.
    #[serde(flatten)]
    pub texts: Texts,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Counts its changes.
    pub version: u64,
}

/// The three parts of a mail, as Jinja source or as rendered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    /// Subject line.
    pub subject: String,
    /// HTML part; values are escaped in it.
    pub html: String,
    /// Plain text part.
    pub text: String,
}

/// Most bytes of a part's source.
pub const SOURCE_BYTES: usize = 64 * 1024;

/// Most bytes of a rendered part.
pub const OUTPUT_BYTES: usize = 256 * 1024;

/// Instructions that rendering a part may take.
const FUEL: u64 = 20_000;

impl Texts {
    /// Renders all parts with the same values.
    ///
    /// Every value a part names must be there; there is no loading of other templates, and no way
    /// to mark text as safe or to look around.
    pub fn render(&self, values: &Value) -> Result<Self, TemplateError> {
        let subject = render("subject", &self.subject, false, values)?;
        Ok(Self {
            subject: subject.chars().map(|c| if is_invisible(c) { ' ' } else { c }).take(200).collect(),
            // The engine writes a slash as an entity, which is sound and makes links hard to read.
            html: render("html", &self.html, true, values)?.replace("&#x2f;", "/"),
            text: render("text", &self.text, false, values)?,
        })
    }
}

impl Texts {
    /// What is wrong with each part, where it is rendered with these values.
    pub fn faults(&self, values: &Value) -> Vec<TemplateError> {
        [("subject", &self.subject, false), ("html", &self.html, true), ("text", &self.text, false)]
            .into_iter()
            .filter_map(|(part, source, in_html)| render(part, source, in_html, values).err())
            .collect()
    }
}

fn render(part: &'static str, source: &str, in_html: bool, values: &Value) -> Result<String, TemplateError> {
    if source.len() > SOURCE_BYTES {
        return Err(TemplateError::TooLong { part });
    }
    let mut jinja = Environment::new();
    jinja.set_undefined_behavior(UndefinedBehavior::Strict);
    jinja.set_auto_escape_callback(move |_| if in_html { AutoEscape::Html } else { AutoEscape::None });
    jinja.set_fuel(Some(FUEL));
    jinja.remove_filter("safe");
    jinja.remove_global("debug");
    let broken = |source| TemplateError::Broken { part, source };
    jinja.add_template(part, source).map_err(broken)?;
    let output =
        jinja.get_template(part).and_then(|t| t.render(minijinja::value::Serde(values))).map_err(broken)?;
    if output.len() > OUTPUT_BYTES { Err(TemplateError::TooLong { part }) } else { Ok(output) }
}

/// The instance's own texts, for when an org has none of this name. English.
pub fn built_in(name: &str) -> Option<Texts> {
    let texts = |subject: &str, html: &str, text: &str| {
        Some(Texts { subject: subject.trim().to_owned(), html: html.to_owned(), text: text.to_owned() })
    };
    match name {
        CONFIRM => texts(
            include_str!("../templates/supporter_confirm.subject"),
            include_str!("../templates/supporter_confirm.html"),
            include_str!("../templates/supporter_confirm.txt"),
        ),
        REMINDER => texts(
            include_str!("../templates/supporter_confirm_reminder.subject"),
            include_str!("../templates/supporter_confirm_reminder.html"),
            include_str!("../templates/supporter_confirm_reminder.txt"),
        ),
        "thank_you" => texts(
            include_str!("../templates/thank_you.subject"),
            include_str!("../templates/thank_you.html"),
            include_str!("../templates/thank_you.txt"),
        ),
        "duplicate" => texts(
            include_str!("../templates/duplicate.subject"),
            include_str!("../templates/duplicate.html"),
            include_str!("../templates/duplicate.txt"),
        ),
        _ => None,
    }
}

/// What the instance tells staff by mail, in its own words. English.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notification {
    /// They are invited to an org.
    Invite,
    /// A partner's page asks them to let it go live.
    LaunchRequested,
}

impl Notification {
    /// Its texts, as source.
    pub fn texts(self) -> Texts {
        let (subject, html, text) = match self {
            Self::Invite => (
                include_str!("../templates/invite.subject"),
                include_str!("../templates/invite.html"),
                include_str!("../templates/invite.txt"),
            ),
            Self::LaunchRequested => (
                include_str!("../templates/launch_requested.subject"),
                include_str!("../templates/launch_requested.html"),
                include_str!("../templates/launch_requested.txt"),
            ),
        };
        Texts { subject: subject.trim().to_owned(), html: html.to_owned(), text: text.to_owned() }
    }
}

/// The mail by which an org's staff try a mail service.
pub fn service_test() -> Texts {
    Texts {
        subject: include_str!("../templates/service_test.subject").trim().to_owned(),
        html: include_str!("../templates/service_test.html").to_owned(),
        text: include_str!("../templates/service_test.txt").to_owned(),
    }
}

/// Name of the built-in confirmation mail, which is there for every org.
pub const CONFIRM: &str = "supporter_confirm";

/// Name of the built-in reminder to confirm. An org with a template of this name reminds in its own words.
pub const REMINDER: &str = "supporter_confirm_reminder";

/// Why a template gives no mail.
#[derive(Debug)]
pub enum TemplateError {
    /// Source or output of a part is too long.
    TooLong {
        /// Subject, html or text.
        part: &'static str,
    },
    /// A part does not compile, names a value that is not there, or takes too many steps.
    Broken {
        /// Subject, html or text.
        part: &'static str,
        /// What is wrong, with the line.
        source: minijinja::Error,
    },
}

impl TemplateError {
    /// The part that it is about: subject, html or text.
    pub const fn part(&self) -> &'static str {
        match self {
            Self::TooLong { part } | Self::Broken { part, .. } => part,
        }
    }

    /// What is wrong, for the author of the template: with the engine's own words, which quote the source.
    pub fn explain(&self) -> String {
        match self {
            Self::TooLong { .. } => self.to_string(),
            Self::Broken { source, .. } => match source.detail() {
                Some(detail) => format!("{self}: {detail}"),
                None => self.to_string(),
            },
        }
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { part } => write!(f, "the {part} part is too long"),
            Self::Broken { part, source } => {
                let line = source.line().unwrap_or(0);
                write!(f, "the {part} part is broken in line {line}: {}", source.kind())
            }
        }
    }
}

impl std::error::Error for TemplateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::TooLong { .. } => None,
            Self::Broken { source, .. } => Some(source),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn texts(source: &str) -> Texts {
        Texts { subject: source.to_owned(), html: source.to_owned(), text: source.to_owned() }
    }

    #[test]
    fn values_are_escaped_in_html_and_nowhere_else() {
        let out = texts("Hi {{ name }}").render(&json!({"name": "<b>\r\nBcc"})).unwrap();
        assert_eq!(out.html, "Hi &lt;b&gt;\r\nBcc");
        assert_eq!(out.text, "Hi <b>\r\nBcc");
        assert_eq!(out.subject, "Hi <b>  Bcc");
    }

    #[test]
    fn what_is_missing_loops_or_reaches_out_is_an_error() {
        for source in [
            "{{ nope }}",
            "{{ name|safe }}",
            "{{ debug() }}",
            "{% include 'x' %}",
            "{% for i in range(99999) %}x{% endfor %}",
            "{{ name",
            &"x".repeat(SOURCE_BYTES + 1),
        ] {
            assert!(
                texts(source).render(&json!({"name": "x"})).is_err(),
                "{}",
                &source[..source.len().min(30)]
            );
        }
    }
}
