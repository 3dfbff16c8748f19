//! The instance's own mails: one frame, one button, and the words of each language.

use crate::{
    locale::Locale,
    template::{
        Texts,
        words::{self, Button, Wording, Words},
    },
};

/// Name of the built-in confirmation mail, which is there for every org.
pub const CONFIRM: &str = "supporter_confirm";

/// Name of the built-in reminder to confirm. An org with a template of this name reminds in its own words.
pub const REMINDER: &str = "supporter_confirm_reminder";

const THANK_YOU: &str = "thank_you";

const DUPLICATE: &str = "duplicate";

/// Tables and inline styles, since Outlook and Gmail know little else; a style sheet for what knows more.
const FRAME: &str = include_str!("../../templates/frame.html");

const BUTTON: &str = include_str!("../../templates/button.html");

/// What the instance tells staff by mail, in its own words. English.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notification {
    /// They are invited to an org.
    Invite,
    /// A partner's page asks them to let it go live.
    LaunchRequested,
    /// A service of their org was stopped.
    ServiceStopped,
    /// They try one of their org's mail services.
    ServiceTest,
}

/// Whether there is a built-in mail to supporters of this name.
pub fn is_built_in(name: &str) -> bool {
    matches!(name, CONFIRM | REMINDER | THANK_YOU | DUPLICATE)
}

/// The instance's own texts, for when an org has none of this name: in the reader's language, else in the
/// org's, else in English.
pub fn built_in(name: &str, locale: &Locale, default: Option<&Locale>) -> Option<Texts> {
    let words = words::of(locale, default);
    match name {
        CONFIRM => Some(question(words, &words.confirm, words.validity)),
        REMINDER => {
            Some(question(words, &words.reminder, &format!("{} {}", words.validity, words.only_once)))
        }
        THANK_YOU => Some(answer(words, &words.thank_you)),
        DUPLICATE => Some(answer(words, &words.duplicate)),
        _ => None,
    }
}

impl Notification {
    /// Its texts, as source.
    pub fn texts(self) -> Texts {
        let (subject, content, footer, text) = match self {
            Self::Invite => (
                include_str!("../../templates/invite.subject"),
                include_str!("../../templates/invite.html").to_owned(),
                "The invite is for you alone and works until {{ validUntil }}. If you do not know \
                 {{ org.title }}, ignore this mail: nothing happens without you.",
                include_str!("../../templates/invite.txt"),
            ),
            Self::LaunchRequested => (
                include_str!("../../templates/launch_requested.subject"),
                include_str!("../../templates/launch_requested.html").replace(
                    "[[button]]",
                    &button(&Button { label: "Accept", hint: "Or open this address:" }, "acceptLink"),
                ),
                "Each link opens a page with one button; nothing happens before you press it. The links \
                 are for you alone and work until {{ validUntil }}. Colleagues who may decide have been \
                 asked too: the first decision counts.",
                include_str!("../../templates/launch_requested.txt"),
            ),
            Self::ServiceStopped => (
                include_str!("../../templates/service_stopped.subject"),
                include_str!("../../templates/service_stopped.html").to_owned(),
                "You get this mail since you may manage the services of {{ org.title }}. It comes once.",
                include_str!("../../templates/service_stopped.txt"),
            ),
            Self::ServiceTest => (
                include_str!("../../templates/service_test.subject"),
                include_str!("../../templates/service_test.html").to_owned(),
                "{{ org.title }}",
                include_str!("../../templates/service_test.txt"),
            ),
        };
        let subject = subject.trim();
        let html = framed("en", subject, &content, footer);
        Texts { subject: subject.to_owned(), html, text: text.to_owned() }
    }
}

/// A mail that asks to confirm.
fn question(words: &Words, Wording { subject, opening }: &Wording, footer: &str) -> Texts {
    let Words { greeting, not_you, take_back, .. } = words;
    let label = words.confirm_button.label;
    let content = [
        paragraph(greeting),
        paragraph(opening),
        button(&words.confirm_button, "confirmLink"),
        paragraph(&format!("{not_you} {}", anchor(take_back, "rejectLink"))),
    ];
    let text = format!(
        "{greeting}\n\n{opening}\n\n{label}:\n{{{{ confirmLink }}}}\n\n\
         {not_you} {take_back}:\n{{{{ rejectLink }}}}\n\n{{{{ org.title }}}}\n{footer}\n"
    );
    let footer = format!("{{{{ org.title }}}} · {footer}");
    let html = framed(words.language, subject, &content.concat(), &footer);
    Texts { subject: (*subject).to_owned(), html, text }
}

/// A mail that answers an action, and leads on to the page where its address is known.
fn answer(words: &Words, Wording { subject, opening }: &Wording) -> Texts {
    let Words { greeting, unsubscribe, not_me, .. } = words;
    let (label, share) = (words.share_button.label, button(&words.share_button, "actionPage.url"));
    let content =
        [paragraph(greeting), paragraph(opening), format!("{{% if actionPage.url %}}{share}{{% endif %}}")];
    let text = format!(
        "{greeting}\n\n{opening}\n{{% if actionPage.url %}}\n{label}:\n{{{{ actionPage.url }}}}\n{{% endif %}}\n\
         {{{{ org.title }}}}\n{unsubscribe}: {{{{ unsubscribeLink }}}}\n{not_me}: {{{{ rejectLink }}}}\n"
    );
    let links = [anchor(unsubscribe, "unsubscribeLink"), anchor(not_me, "rejectLink")].join(" · ");
    let html = framed(words.language, subject, &content.concat(), &format!("{{{{ org.title }}}} · {links}"));
    Texts { subject: (*subject).to_owned(), html, text }
}

fn framed(language: &str, title: &str, content: &str, footer: &str) -> String {
    FRAME
        .replace("[[language]]", language)
        .replace("[[title]]", title)
        .replace("[[content]]", content)
        .replace("[[footer]]", footer)
}

fn paragraph(content: &str) -> String {
    format!("<p style=\"margin:0 0 16px\">{content}</p>\n")
}

/// A link as a button, and once more as an address for whoever cannot press that.
fn button(Button { label, hint }: &Button, link: &str) -> String {
    BUTTON.replace("[[label]]", label).replace("[[hint]]", hint).replace("[[link]]", link)
}

fn anchor(label: &str, link: &str) -> String {
    format!("<a class=\"link\" href=\"{{{{ {link} }}}}\" style=\"color:#146c43\">{label}</a>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_every_mail_in_its_own_words_and_none_is_taken_for_html() {
        let mut subjects = std::collections::BTreeSet::new();
        for words in words::ALL {
            let locale = words.language.parse().unwrap();
            for name in [CONFIRM, REMINDER, THANK_YOU, DUPLICATE] {
                assert!(is_built_in(name));
                let texts = built_in(name, &locale, None).unwrap();
                assert!(texts.html.contains(&format!("<html lang=\"{}\"", words.language)), "{name}");
                assert!(!texts.html.contains("[["), "{name}: {}", texts.html);
                let words_alone = texts.text.replace("stats.supporters > 1", "");
                assert!(!words_alone.contains(['<', '>', '&', '"']), "{name}: {words_alone}");
                assert!(subjects.insert(texts.subject), "{name} has a subject of its own");
            }
        }
        assert!(!is_built_in("thanks") && built_in("thanks", &"en".parse().unwrap(), None).is_none());
    }

    #[test]
    fn the_reader_s_language_goes_before_the_org_s_and_that_before_english() {
        for (locale, default, language) in [
            ("de_AT", None, "de"),
            ("de", Some("fr"), "de"),
            ("hu", Some("fr_BE"), "fr"),
            ("hu", Some("cs"), "en"),
            ("hu", None, "en"),
        ] {
            let default = default.map(|default| default.parse().unwrap());
            let words = words::of(&locale.parse().unwrap(), default.as_ref());
            assert_eq!(words.language, language, "{locale} {default:?}");
        }
    }
}
