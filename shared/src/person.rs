//! What a supporter may say of themselves, each value with its rule.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use crate::email::Email;
use crate::text::{is_invisible, line, personal_value, text_value};
use crate::violation::Rule;

personal_value! {
    /// A first or last name: 1 to 64 letters, marks, spaces and `' ’ . , -`.
    ///
    /// Digits, web addresses, control and bidirectional characters are refused, so that a name is
    /// of no use to a spammer in a mail's greeting.
    PersonName, |text| parse_name(&text)
}

personal_value! {
    /// A telephone number: 1 to 20 of `+`, digits, spaces, brackets and `-`.
    Phone, |text| {
        let text = text.trim().to_owned();
        let fits = (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit() || b"+ ()-".contains(&b));
        if fits { Ok(text) } else { Err(Rule("must be 1 to 20 of + 0-9 space ( ) -")) }
    }
}

personal_value! {
    /// A postcode, upper-cased: 1 to 10 of `A-Z`, digits, space and `-`.
    Postcode, |text| {
        let text = text.trim().to_uppercase();
        let fits = (1..=10).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b" -".contains(&b));
        if fits { Ok(text) } else { Err(Rule("must be 1 to 10 of A-Z 0-9 space -")) }
    }
}

personal_value! {
    /// A line of a postal address: 1 to 100 visible characters.
    AddressLine, |text| line(&text, 100, "must be one line of 1 to 100 characters")
}

text_value! {
    /// A country by its ISO 3166-1 alpha-2 code, upper-cased. Kept as a supporter's area.
    Country, |text| {
        let text = text.trim().to_uppercase();
        if Country::codes().any(|code| code == text) { Ok(text) } else { Err(Rule("must be an ISO 3166-1 alpha-2 country code")) }
    }
}

/// Personal data as given once, by the contact schema `basic`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// What the person is called.
    pub first_name: PersonName,
    /// Family name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<PersonName>,
    /// Where mail goes, and what tells one person from another.
    pub email: Email,
    /// Telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// Country, the supporter's area.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// Postcode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postcode: Option<Postcode>,
    /// State, province or region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<AddressLine>,
    /// City, town or village.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locality: Option<AddressLine>,
    /// Street.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street: Option<AddressLine>,
    /// House number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street_number: Option<AddressLine>,
}

impl Country {
    /// Every code there is.
    pub fn codes() -> impl Iterator<Item = &'static str> {
        COUNTRIES.split(' ')
    }
}

/// Splits a full name on its first space: the first name, and the rest if there is any.
pub fn split_name(name: &str) -> (&str, Option<&str>) {
    name.trim().split_once(' ').map_or((name.trim(), None), |(first, last)| (first, Some(last.trim())))
}

const NAME_RULE: Rule = Rule("must be 1 to 64 letters, spaces and ' ’ . , - and no web address");

fn parse_name(text: &str) -> Result<String, Rule> {
    let text = text.trim();
    let allowed = |c: char| {
        !is_invisible(c)
            && (matches!(
                c.general_category_group(),
                GeneralCategoryGroup::Letter | GeneralCategoryGroup::Mark
            ) || " '’.,-".contains(c))
    };
    let fits = (1..=64).contains(&text.chars().count()) && text.chars().all(allowed);
    let letters = text.chars().any(char::is_alphabetic);
    if fits && letters && !has_web_address(text) { Ok(text.to_owned()) } else { Err(NAME_RULE) }
}

/// A dot with letters on both sides, as in `evil.example` — but not in an initial, `J.R.`.
fn has_web_address(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.contains("www.")
        || lower.split([' ', ',']).any(|word| {
            let labels: Vec<_> = word.trim_end_matches('.').split('.').collect();
            labels.len() > 1 && labels.iter().all(|l| l.chars().count() >= 2)
        })
}

/// ISO 3166-1 alpha-2, as of 2024, and the user-assigned `XK` that the EU uses.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS \
BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM \
FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP \
KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV \
MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD \
SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC \
VE VG VI VN VU WF WS XK YE YT ZA ZM ZW";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_people_pass_and_spam_does_not() {
        for good in
            ["Bruce", "O’Neil", "Jean-Luc", "J.R.R. Tolkien", "Łukasz", "नरेन्द्र", "St. John", "D'Arcy, Jr."]
        {
            assert!(good.parse::<PersonName>().is_ok(), "{good}");
        }
        let long = "a".repeat(65);
        for bad in [
            "",
            " ",
            "R2D2",
            "evil.example",
            "www.x",
            "http://x.org",
            "a\u{202e}b",
            "a\nb",
            "-",
            "<b>",
            &long,
        ] {
            assert!(bad.parse::<PersonName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_full_name_splits_on_its_first_space() {
        assert_eq!(split_name("Ludwig van Beethoven"), ("Ludwig", Some("van Beethoven")));
        assert_eq!(split_name(" Cher "), ("Cher", None));
    }

    #[test]
    fn codes_are_upper_cased_and_known() {
        assert_eq!("de".parse::<Country>().unwrap().as_str(), "DE");
        assert!("ZZ".parse::<Country>().is_err());
        assert_eq!("sw1a 1aa".parse::<Postcode>().unwrap().expose(), "SW1A 1AA");
        assert!("12345678901".parse::<Postcode>().is_err());
        assert!("+49 (0)30-123".parse::<Phone>().is_ok());
        assert!("call me".parse::<Phone>().is_err());
    }
}
