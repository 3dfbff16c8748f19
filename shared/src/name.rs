//! Names that people and widgets use to address things.

use crate::text::{is_word, text_value};
use crate::violation::Rule;

text_value! {
    /// Name of an org or a campaign: `[A-Za-z0-9_-]{1,64}`, unique regardless of case.
    Name, |text| {
        if is_word(&text, 64) { Ok(text) } else { Err(Rule("must be 1 to 64 of A-Z a-z 0-9 _ -")) }
    }
}

text_value! {
    /// Name of a page: `domain.tld/path` or `word/path`, at most 255 characters.
    PageName, |text| if is_page_name(&text) { Ok(text) } else { Err(Rule(PAGE_RULE)) }
}

text_value! {
    /// What kind of thing a supporter did, as the widget calls it: `[A-Za-z0-9_-]{1,64}`.
    ActionType, |text| {
        if is_word(&text, 64) { Ok(text) } else { Err(Rule("must be 1 to 64 of A-Z a-z 0-9 _ -")) }
    }
}

text_value! {
    /// Name of a mail template, unique in an org and locale: `[A-Za-z0-9_-]{1,64}`.
    TemplateName, |text| {
        if is_word(&text, 64) { Ok(text) } else { Err(Rule("must be 1 to 64 of A-Z a-z 0-9 _ -")) }
    }
}

text_value! {
    /// Selects custom fields as `type:field`, for one action type.
    FieldSelector, |text| {
        let parts = text.split_once(':');
        if parts.is_some_and(|(kind, field)| is_word(kind, 64) && is_word(field, 64)) {
            Ok(text)
        } else {
            Err(Rule("must be an action type, a colon and a field name"))
        }
    }
}

impl ActionType {
    /// What actions are counted as where a campaign has too many types.
    pub fn other() -> Self {
        Self("other".to_owned())
    }
}

const PAGE_RULE: &str = "must be domain.tld/path or word/path";

fn is_page_name(text: &str) -> bool {
    let Some((host, path)) = text.split_once('/') else { return false };
    let segment = |s: &str| {
        !s.is_empty()
            && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
            && s != "."
            && s != ".."
    };
    text.len() <= 255 && host.split('.').all(|label| is_word(label, 63)) && path.split('/').all(segment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_name_is_a_host_or_word_and_a_path() {
        for good in ["greens.org/petition_de", "demo/one", "a.b-c.org/x/y.z"] {
            assert!(good.parse::<PageName>().is_ok(), "{good}");
        }
        for bad in ["", "greens", "greens/", "/x", "a b/c", "a..b/c", "greens.org/../x", "https://x.org/y"] {
            assert!(bad.parse::<PageName>().is_err(), "{bad}");
        }
    }
}
