//! Mail templates: what an org writes, checked when saved, rendered with fuel and without reach.

mod built_in;
mod depth;
mod growth;
mod plain;
mod time_limit;
mod words;

use std::fmt;

use jiff::Timestamp;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, machinery::parse, syntax::SyntaxConfig};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::{
    built_in::{CONFIRM, Notification, REMINDER, built_in, is_built_in},
    time_limit::has_runaway,
};
use self::{growth::Refused, time_limit::within_limit};
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
    /// Plain text part; where its source is empty, it is made of the HTML part.
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
    /// to mark text as safe or to look around. Of the values only what can be seen is used. Its fuel pays for
    /// all it holds in memory, and it takes three seconds at most.
    pub fn render(&self, values: &Value) -> Result<Self, TemplateError> {
        let (texts, values) = (self.clone(), values.clone());
        within_limit(move || texts.write(&values)).unwrap_or(Err(TemplateError::TooSlow))
    }

    fn write(&self, values: &Value) -> Result<Self, TemplateError> {
        let values = &visible(values);
        let subject = render("subject", &self.subject, false, values)?;
        let html = render_html(&self.html, values)?;
        let text =
            if self.text.is_empty() { derive(&html)? } else { render("text", &self.text, false, values)? };
        let subject: String =
            subject.chars().map(|c| if is_invisible(c) { ' ' } else { c }).take(200).collect();
        // What reads as an encoded word (RFC 2047) would be decoded by whoever reads the mail.
        let subject = subject.replace("=?", "= ?");
        Ok(Self { subject, html, text })
    }
}

impl Texts {
    /// What is wrong with each part, where it is rendered with these values.
    pub fn faults(&self, values: &Value) -> Vec<TemplateError> {
        let (texts, values) = (self.clone(), values.clone());
        within_limit(move || texts.wrong(&values)).unwrap_or_else(|| vec![TemplateError::TooSlow])
    }

    fn wrong(&self, values: &Value) -> Vec<TemplateError> {
        let html = render_html(&self.html, values);
        let text = match &html {
            Ok(html) if self.text.is_empty() => derive(html),
            Ok(_) | Err(_) => render("text", &self.text, false, values),
        };
        [render("subject", &self.subject, false, values), html, text]
            .into_iter()
            .filter_map(Result::err)
            .collect()
    }
}

/// The values without characters that control, reorder or hide text; lines and joined emoji stay.
fn visible(value: &Value) -> Value {
    let is_seen = |c: &char| !is_invisible(*c) || matches!(c, '\n' | '\t' | '\u{200c}' | '\u{200d}');
    match value {
        Value::String(text) => Value::String(text.chars().filter(is_seen).collect()),
        Value::Array(items) => Value::Array(items.iter().map(visible).collect()),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, member)| (name.clone(), visible(member))).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

fn render_html(source: &str, values: &Value) -> Result<String, TemplateError> {
    // The engine writes a slash as an entity, which is sound and makes links hard to read.
    render("html", source, true, values).map(|html| html.replace("&#x2f;", "/"))
}

/// The text part, made of the HTML part.
fn derive(html: &str) -> Result<String, TemplateError> {
    let text = plain::text_of(html).ok_or(TemplateError::NoText)?;
    if text.len() > OUTPUT_BYTES { Err(TemplateError::TooLong { part: "text" }) } else { Ok(text) }
}

fn render(part: &'static str, source: &str, in_html: bool, values: &Value) -> Result<String, TemplateError> {
    if source.len() > SOURCE_BYTES {
        return Err(TemplateError::TooLong { part });
    }
    let broken = |source| TemplateError::Broken { part, source };
    let refused = |Refused { line, why }| TemplateError::Refused { part, line, why };
    depth::check(source).map_err(refused)?;
    let parsed = parse(source, part, SyntaxConfig::default()).map_err(broken)?;
    growth::check(&parsed).map_err(refused)?;
    let mut jinja = Environment::new();
    jinja.set_undefined_behavior(UndefinedBehavior::Strict);
    jinja.set_auto_escape_callback(move |_| if in_html { AutoEscape::Html } else { AutoEscape::None });
    jinja.set_fuel(Some(FUEL));
    jinja.remove_filter("safe");
    jinja.remove_global("debug");
    jinja.add_template(part, source).map_err(broken)?;
    let output =
        jinja.get_template(part).and_then(|t| t.render(minijinja::value::Serde(values))).map_err(broken)?;
    if output.len() > OUTPUT_BYTES { Err(TemplateError::TooLong { part }) } else { Ok(output) }
}

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
    /// A part says something that mails have no use for, and that could fill the memory.
    Refused {
        /// Subject, html or text.
        part: &'static str,
        /// Where.
        line: u16,
        /// What is not allowed, and what is instead.
        why: String,
    },
    /// There is no text part, and none can be made of the HTML part.
    NoText,
    /// It is not written within three seconds, though it takes few steps.
    TooSlow,
}

impl TemplateError {
    /// The part that it is about: subject, html or text.
    pub const fn part(&self) -> &'static str {
        match self {
            Self::TooLong { part } | Self::Broken { part, .. } | Self::Refused { part, .. } => part,
            Self::NoText => "text",
            Self::TooSlow => "html",
        }
    }

    /// What is wrong, for the author of the template: with the engine's own words, which quote the source.
    pub fn explain(&self) -> String {
        match self {
            Self::TooLong { .. } | Self::Refused { .. } | Self::NoText | Self::TooSlow => self.to_string(),
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
            Self::TooSlow => f.write_str("the mail takes too long to write"),
            Self::Refused { part, line, why } => {
                write!(f, "the {part} part is broken in line {line}: {why}")
            }
            Self::NoText => f.write_str("no text part can be made of this html part: write one"),
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
            Self::TooLong { .. } | Self::Refused { .. } | Self::NoText | Self::TooSlow => None,
            Self::Broken { source, .. } => Some(source),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn texts(source: &str) -> Texts {
        Texts { subject: source.to_owned(), html: source.to_owned(), text: source.to_owned() }
    }

    #[test]
    fn values_are_escaped_in_html_and_nowhere_else() {
        let out = texts("Hi {{ name }}").render(&json!({"name": "<b>\r\nBcc"})).unwrap();
        assert_eq!(out.html, "Hi &lt;b&gt;\nBcc");
        assert_eq!(out.text, "Hi <b>\nBcc");
        assert_eq!(out.subject, "Hi <b> Bcc");
    }

    proptest! {
        #[test]
        fn no_value_makes_a_tag_a_line_of_the_header_or_an_encoded_word(value in "(\\PC|[<>\"'&=?{}%\r\n\0\u{202e}]){0,60}") {
            let source = Texts {
                subject: "S {{ v }}".to_owned(),
                html: "<p title=\"{{ v }}\" class='{{ v }}'>{{ v }}</p>".to_owned(),
                text: "T {{ v }}".to_owned(),
            };
            let out = source.render(&json!({"v": value})).unwrap();
            let structure: String = out.html.chars().filter(|c| "<>\"'".contains(*c)).collect();
            prop_assert_eq!(structure, "<\"\"''><>");
            prop_assert!(!out.subject.contains(is_invisible) && !out.subject.contains("=?"), "{:?}", out.subject);
            let seen: String = value.chars().filter(|c| !is_invisible(*c) || "\n\t\u{200c}\u{200d}".contains(*c)).collect();
            prop_assert_eq!(out.text, format!("T {seen}"));
        }
    }

    #[test]
    fn what_may_stand_for_more_than_it_costs_is_refused_and_says_what_to_write() {
        let values = json!({"a": [1], "n": 2, "name": "x"});
        let why = |source: &str| match texts(source).render(&values) {
            Err(TemplateError::Refused { line, why, .. }) => Some((line, why)),
            Ok(_) | Err(_) => None,
        };
        let sum = "a sum needs a number or a text on one side: write x|int or x|string";
        assert_eq!(why("{% if n %}\n{{ a + a }}{% endif %}"), Some((2, sum.to_owned())));
        assert_eq!(
            texts("{{ a + a }}").render(&values).unwrap_err().explain(),
            format!("the subject part is broken in line 1: {sum}")
        );
        for refused in [
            "{{ a * 2 }}",
            "{{ [a, a] }}",
            "{{ {'a': a} }}",
            "{{ (a, a) }}",
            "{{ a|zip(a) }}",
            "{{ a|safe }}",
            "{{ dict(a=a) }}",
            "{{ a.b() }}",
            "{% for x in a recursive %}{% endfor %}",
            "{% set b %}{{ a + a }}{% endset %}",
            "{% with b = a * a %}{% endwith %}",
            "{{ name if a + a else n }}",
            "{{ a[a * 2] }}",
            "{{ range(*a) }}",
        ] {
            assert!(why(refused).is_some(), "{refused}");
        }
        for (fine, written) in [
            ("{{ n + 1 }} {{ n|int * 100 // 3 }} {{ (n - 1) * -2 }}", "3 66 -2"),
            ("{{ name + '!' }} {{ name ~ n }} {{ a|join(', ') }}", "x! x2 1"),
            ("{% if name in ['x', 'y'] %}yes{% endif %}", "yes"),
            ("{% for i in range(2) %}{{ loop.index }}{% endfor %}", "12"),
            ("{{ name|default('-')|upper }} {{ a|length + n }}", "X 3"),
        ] {
            assert_eq!(texts(fine).render(&values).unwrap().text, written, "{fine}");
        }
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

    #[test]
    fn a_missing_text_part_says_what_the_html_part_says_and_where_its_links_lead() {
        let html = "<h1>Hi {{ name }}</h1><table><tr><td><p>Please <a href=\"{{ link }}\">confirm</a>.</p>\
            <ul><li>one</li></ul></td></tr></table><style>p { color: red }</style><!-- no -->";
        let texts = Texts { subject: "Hi".to_owned(), html: html.to_owned(), text: String::new() };
        let link = format!("https://api.example.org/v1/links/{}", "x".repeat(100));
        let values = json!({"name": "<b>Ada</b> & \"co\"", "link": link});
        let text = texts.render(&values).unwrap().text;
        assert_eq!(text, format!("# Hi <b>Ada</b> & \"co\"\n\nPlease [confirm][1].\n* one\n\n[1]: {link}\n"));
        assert!(texts.faults(&values).is_empty());
        let broken = Texts { html: "{{ nope }}".to_owned(), ..texts };
        assert_eq!(broken.faults(&values).iter().map(TemplateError::part).collect::<Vec<_>>(), ["html"]);
    }
}
