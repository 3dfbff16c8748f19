//! What the built-in mails to supporters say, in each language.
//!
//! A wording is Jinja source for both parts of a mail. Values are escaped in the HTML part, the words
//! themselves are not: they must be free of what HTML takes for its own.

mod de;
mod en;
mod es;
mod fr;
mod it;
mod pl;

use crate::locale::Locale;

/// Everything said in one language.
#[derive(Debug)]
pub(super) struct Words {
    /// The language, as in a locale.
    pub(super) language: &'static str,
    /// How every mail begins.
    pub(super) greeting: &'static str,
    /// The mail that asks to confirm.
    pub(super) confirm: Wording,
    /// The mail that asks once more.
    pub(super) reminder: Wording,
    /// The mail that thanks.
    pub(super) thank_you: Wording,
    /// The mail to those who signed again.
    pub(super) duplicate: Wording,
    /// By which to confirm.
    pub(super) confirm_button: Button,
    /// By which to come to the page again, and to pass it on.
    pub(super) share_button: Button,
    /// The question to those who did not sign.
    pub(super) not_you: &'static str,
    /// The link for those.
    pub(super) take_back: &'static str,
    /// The same where it stands alone.
    pub(super) not_me: &'static str,
    /// The link that ends all mail.
    pub(super) unsubscribe: &'static str,
    /// How long links work.
    pub(super) validity: &'static str,
    /// That there is no second reminder.
    pub(super) only_once: &'static str,
}

/// What tells one mail from another.
#[derive(Debug)]
pub(super) struct Wording {
    pub(super) subject: &'static str,
    pub(super) opening: &'static str,
}

/// A link that stands out.
#[derive(Debug)]
pub(super) struct Button {
    /// What it does.
    pub(super) label: &'static str,
    /// What to do with the address below it.
    pub(super) hint: &'static str,
}

/// All languages; the first serves who reads none of them.
pub(super) const ALL: [&Words; 6] = [&en::WORDS, &de::WORDS, &es::WORDS, &fr::WORDS, &it::WORDS, &pl::WORDS];

/// The words for a reader: in their language, else in the org's, else in English.
pub(super) fn of(locale: &Locale, default: Option<&Locale>) -> &'static Words {
    let spoken = |locale: &Locale| ALL.into_iter().find(|words| words.language == locale.language());
    spoken(locale).or_else(|| default.and_then(spoken)).unwrap_or(&en::WORDS)
}
