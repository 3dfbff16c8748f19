//! Languages of pages and templates.

use crate::text::text_value;
use crate::violation::Rule;

text_value! {
    /// A language, `de`, or a language in a country, `de_AT`.
    Locale, |text| {
        let text = text.replace('-', "_");
        let (language, country) = text.split_once('_').map_or((text.as_str(), None), |(l, c)| (l, Some(c)));
        let language_fits = (2..=3).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_lowercase());
        let country_fits = country.is_none_or(|c| c.len() == 2 && c.bytes().all(|b| b.is_ascii_uppercase()));
        if language_fits && country_fits { Ok(text) } else { Err(Rule("must be a locale such as de or de_AT")) }
    }
}

impl Locale {
    /// The language alone, with its dash form for HTML's `lang`.
    pub fn language(&self) -> &str {
        self.as_str().split('_').next().unwrap_or_default()
    }

    /// How well a text in `other` serves a reader of `self`: lower is better.
    ///
    /// The order of fall-back is `de_AT`, `de`, the org's default, any.
    pub fn distance(&self, other: &Self, default: Option<&Self>) -> u8 {
        if self == other {
            0
        } else if other.as_str() == self.language() {
            1
        } else if Some(other) == default {
            2
        } else {
            3
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_language_serves_better_than_the_default() {
        let at = |s: &str| s.parse::<Locale>().unwrap();
        let (reader, default) = (at("de-AT"), at("en"));
        let order: Vec<_> =
            ["de_AT", "de", "en", "fr"].map(|o| reader.distance(&at(o), Some(&default))).into();
        assert_eq!(order, [0, 1, 2, 3]);
    }
}
