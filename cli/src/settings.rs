//! Where a command goes and as whom: flags, then the environment, then the profile.

use clap::ArgMatches;
use ureq::http::Uri;

use crate::{
    call::one,
    command::id,
    environment::Environment,
    failure::{Failure, Usage},
    profile::Profiles,
    token::Token,
};

/// Where a command goes and as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Address of the API, without a slash at its end.
    pub url: String,
    /// The credential, where one is known for this address.
    pub token: Option<Token>,
    /// The org that commands are about, where they do not say.
    pub org: Option<String>,
}

impl Settings {
    /// What holds for a command, by the flags of the whole line, outermost first.
    ///
    /// The profile's token is for the profile's address; another address gets it only from the environment.
    pub fn new(
        line: &[&ArgMatches],
        environment: &Environment,
        profiles: &Profiles,
    ) -> Result<Self, Failure> {
        let flag = |id| line.iter().rev().find_map(|given| one::<String>(given, id)).map(String::as_str);
        let profile = profiles.choose(flag(id::PROFILE).or(environment.profile.as_deref()))?;
        let kept = profile.map(|profile| profile.url.as_str());
        let url = flag(id::URL).or(environment.url.as_deref()).or(kept).ok_or(Usage::NoUrl)?;
        let url = checked(url)?;
        let here = profile.filter(|profile| profile.url == url);
        let org =
            flag(id::ORG).or(environment.org.as_deref()).or(here.and_then(|profile| profile.org.as_deref()));
        Ok(Self {
            token: environment.token.clone().or_else(|| here.map(|profile| profile.token.clone())),
            org: org.map(str::to_owned),
            url,
        })
    }
}

/// The address in one spelling.
///
/// # Errors
/// Where a token sent to it could be read on the way.
pub fn checked(url: &str) -> Result<String, Usage> {
    let url = url.trim_end_matches('/');
    let uri: Option<Uri> = url.parse().ok();
    let fits = uri.is_some_and(|uri| match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(_)) => true,
        (Some("http"), Some(host)) => matches!(host, "localhost" | "127.0.0.1" | "[::1]"),
        (Some(_) | None, _) => false,
    });
    fits.then(|| url.to_owned()).ok_or_else(|| Usage::InsecureUrl(url.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{command::build, profile::Profile, sample};

    fn settings(line: &str, environment: &Environment) -> Result<Settings, Failure> {
        let profile = Profile {
            url: "https://api.example".to_owned(),
            token: Token::new("kept".to_owned()),
            org: Some("fleet".to_owned()),
        };
        let profiles =
            Profiles { current: None, profiles: BTreeMap::from([("default".to_owned(), profile)]) };
        let root = build(&sample::document()).try_get_matches_from(line.split(' ')).unwrap();
        let (_, noun) = root.subcommand().unwrap();
        let (_, verb) = noun.subcommand().unwrap();
        Settings::new(&[&root, noun, verb], environment, &profiles)
    }

    #[test]
    fn flags_are_stronger_than_the_environment_and_that_than_the_profile() {
        let kept = settings("proca boat list", &Environment::default()).unwrap();
        assert_eq!((kept.url.as_str(), kept.org.as_deref()), ("https://api.example", Some("fleet")));
        let environment = Environment { org: Some("other".to_owned()), ..Environment::default() };
        assert_eq!(settings("proca boat list", &environment).unwrap().org.as_deref(), Some("other"));
        assert_eq!(
            settings("proca boat list --org mine", &environment).unwrap().org.as_deref(),
            Some("mine")
        );
    }

    #[test]
    fn a_kept_token_goes_to_its_own_address_alone() {
        let token = |line| settings(line, &Environment::default()).unwrap().token.is_some();
        assert!(token("proca boat list --url https://api.example/"));
        assert!(!token("proca boat list --url https://evil.example"));
    }

    #[test]
    fn addresses_are_https_or_of_this_machine() {
        for (url, fits) in [
            ("https://api.example/", true),
            ("http://127.0.0.1:9000", true),
            ("http://localhost:9000/", true),
            ("http://api.example", false),
            ("http://127.0.0.1.evil.example", false),
            ("ftp://api.example", false),
            ("api.example", false),
        ] {
            assert_eq!(checked(url).is_ok(), fits, "{url}");
        }
    }
}
