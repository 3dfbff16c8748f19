//! Newtypes over text: one rule each, checked wherever the value comes from.

/// Defines a text newtype with one rule, shown in logs as it is.
macro_rules! text_value {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        $crate::text::parsed!($name, $check);
    };
}

/// Defines a text newtype that holds personal data: never printed, given only to `expose()`.
macro_rules! personal_value {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The personal text itself; for mails, messages and the table only.
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }

        $crate::text::parsed!($name, $check);
    };
}

/// The conversions both kinds share: `TryFrom<String>` is the only way in.
macro_rules! parsed {
    ($name:ident, $check:expr) => {
        impl TryFrom<String> for $name {
            type Error = $crate::violation::Rule;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                let check: fn(String) -> Result<String, $crate::violation::Rule> = $check;
                check(text).map(Self)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::violation::Rule;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.to_owned().try_into()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}

pub(crate) use {parsed, personal_value, text_value};

use crate::violation::Rule;

text_value! {
    /// One line of text for people: a title or a subject. 1 to 200 characters.
    Line, |text| line(&text, 200, "must be one line of 1 to 200 characters")
}

text_value! {
    /// A short line that may be empty: a tracking value. At most 250 characters.
    #[derive(Default)]
    Tag, |text| {
        let text = text.trim().to_owned();
        let fits = text.chars().count() <= 250 && !text.chars().any(is_invisible);
        if fits { Ok(text) } else { Err(Rule("must be one line of at most 250 characters")) }
    }
}

/// Trims `text` and checks that it is one visible line of at most `max` characters.
pub(crate) fn line(text: &str, max: usize, rule: &'static str) -> Result<String, Rule> {
    let text = text.trim();
    let count = text.chars().count();
    if count == 0 || count > max || text.chars().any(is_invisible) {
        return Err(Rule(rule));
    }
    Ok(text.to_owned())
}

/// Control characters, and those that reorder or hide text (Unicode bidi and zero-width).
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Whether `text` has 1 to `max` characters of `[A-Za-z0-9_-]`.
pub(crate) fn is_word(text: &str, max: usize) -> bool {
    !text.is_empty()
        && text.len() <= max
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}
