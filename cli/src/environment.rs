//! What the environment says; read here alone.

use std::path::PathBuf;

use crate::token::Token;

/// The variables that the command line knows.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `PROCA_URL`: address of the API.
    pub url: Option<String>,
    /// `PROCA_TOKEN`: the credential.
    pub token: Option<Token>,
    /// `PROCA_ORG`: the org that commands are about.
    pub org: Option<String>,
    /// `PROCA_PROFILE`: the profile that is used.
    pub profile: Option<String>,
    /// The file of profiles, under `XDG_CONFIG_HOME` or `~/.config`.
    pub config: Option<PathBuf>,
}

impl Environment {
    /// The environment of this process; an empty variable is none.
    pub fn of_process() -> Self {
        let home = || Some(PathBuf::from(variable("HOME")?).join(".config"));
        let config = variable("XDG_CONFIG_HOME").map(PathBuf::from).or_else(home);
        Self {
            url: variable("PROCA_URL"),
            token: variable("PROCA_TOKEN").map(Token::new),
            org: variable("PROCA_ORG"),
            profile: variable("PROCA_PROFILE"),
            config: config.map(|folder| folder.join("proca").join("config.toml")),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place of the command line that reads it")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
