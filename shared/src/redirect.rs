//! Where a browser goes once a link of a mail has acted.

use url::Url;

use crate::page::ActionPage;

/// An address that a link may lead on to: under one of its page's own origins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect(Url);

/// Most bytes of an address.
const LONGEST: usize = 2048;

impl Redirect {
    /// The address, where the page may be followed there; a page that names no origins leads nowhere.
    ///
    /// A mail can be forwarded and its link be changed on the way: nobody may borrow our name for theirs.
    pub fn allowed(page: &ActionPage, address: &str) -> Option<Self> {
        let url = Url::parse(address).ok().filter(|_| address.len() <= LONGEST)?;
        let anonymous = url.username().is_empty() && url.password().is_none();
        let origin = url.origin().ascii_serialization();
        let ours = page.allowed_origins.iter().any(|allowed| allowed.as_str() == origin);
        (ours && anonymous).then_some(Self(url))
    }

    /// The address, in ASCII.
    pub fn url(&self) -> &str {
        self.0.as_str()
    }

    /// Its origin.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;
    use jiff::Timestamp;
    use uuid::Uuid;

    fn page(origins: &[&str]) -> ActionPage {
        let id = Uuid::nil();
        let name = "greens.org/petition".parse().unwrap();
        let locale = "en".parse().unwrap();
        let mut page =
            ActionPage::new(Id::new(id), 1, name, Id::new(id), Id::new(id), locale, Timestamp::MIN);
        page.allowed_origins = origins.iter().map(|origin| origin.parse().unwrap()).collect();
        page
    }

    #[test]
    fn only_the_page_s_own_origins_are_led_to() {
        let page = page(&["https://greens.org", "http://127.0.0.1:8080"]);
        for good in [
            "https://greens.org",
            "https://greens.org/thanks?a=b&c#d",
            "HTTPS://GREENS.ORG:443/x",
            "http://127.0.0.1:8080/",
        ] {
            assert!(Redirect::allowed(&page, good).is_some(), "{good}");
        }
        let long = format!("https://greens.org/{}", "a".repeat(LONGEST));
        for bad in [
            "",
            "/thanks",
            "//greens.org",
            "http://greens.org/",
            "https://greens.org:444/",
            "https://greens.org.evil.example/",
            "https://evil.example/https://greens.org",
            "https://evil.example\\@greens.org/",
            "https://greens.org@evil.example/",
            "https://user@greens.org/",
            "https://www.greens.org/",
            "javascript:alert(1)//https://greens.org",
            "data:text/html,https://greens.org",
            &long,
        ] {
            assert_eq!(Redirect::allowed(&page, bad), None, "{bad}");
        }
    }

    #[test]
    fn a_page_without_origins_leads_nowhere() {
        assert_eq!(Redirect::allowed(&page(&[]), "https://greens.org/"), None);
    }

    #[test]
    fn an_address_is_one_line_of_ascii() {
        let redirect =
            Redirect::allowed(&page(&["https://greens.org"]), "https://greens.org/ü\r\nx: y").unwrap();
        assert_eq!(redirect.url(), "https://greens.org/%C3%BCx:%20y");
        assert_eq!(redirect.origin(), "https://greens.org");
    }
}
