//! The commands that are the program's own: log in, profiles, completion.

use std::io::Write;

use clap::{ArgMatches, Command};
use clap_complete::Shell;
use serde_json::{Value, json};

use crate::{
    call::{Call, flagged, one},
    client::Client,
    command::id,
    environment::Environment,
    failure::{Failure, Usage},
    input,
    profile::{DEFAULT, Profile, Profiles},
    settings, show,
    token::Token,
};

/// Keeps an address and a token, once the API has taken the token or given it for an invite.
pub fn login(given: &ArgMatches, environment: &Environment, out: &mut dyn Write) -> Result<(), Failure> {
    let url = one::<String>(given, id::URL).ok_or(Usage::NoUrl)?;
    let url = settings::checked(url)?;
    // Read before anything is asked for: an invite is accepted only once.
    let profiles = Profiles::read(environment.config.as_ref())?;
    let name = one::<String>(given, id::PROFILE).or(environment.profile.as_ref());
    let org = one::<String>(given, id::ORG).or(environment.org.as_ref()).cloned();
    let login = Login { name: name.cloned(), url, org, profiles };
    if let Some(invite) = one::<String>(given, id::INVITE) {
        return login.accept(invite, environment, out);
    }
    let token = if flagged(given, id::TOKEN_STDIN) { piped_in()? } else { environment.token.clone() };
    login.take(token.ok_or(Usage::NoToken)?, environment, out)
}

/// A profile that is to be, and those that are there.
struct Login {
    name: Option<String>,
    url: String,
    org: Option<String>,
    profiles: Profiles,
}

impl Login {
    /// Keeps this token, once the API has taken it.
    fn take(mut self, token: Token, environment: &Environment, out: &mut dyn Write) -> Result<(), Failure> {
        let me = Client::new(self.url.clone(), Some(token.clone())).send(&Call::get("/v1/me"), None)?;
        let me = me.json().ok_or(Failure::NotTheApi(200))?;
        let only = || match me.get("orgs")?.as_array()?.as_slice() {
            [org] => text(org, "name"),
            _ => None,
        };
        let name = self.name.unwrap_or_else(|| DEFAULT.to_owned());
        let profile = Profile { url: self.url, token, org: self.org.or_else(only) };
        let kept = told(&name, &profile);
        self.profiles.profiles.insert(name.clone(), profile);
        self.profiles.choose_from_now_on(&name)?;
        self.profiles.write(environment.config.as_ref())?;
        show::answer(out, &me)?;
        Ok(writeln!(out, "\n{kept}")?)
    }

    /// Accepts an invite, and keeps the token that comes of it; shows it only where it cannot be kept.
    fn accept(mut self, invite: &str, environment: &Environment, out: &mut dyn Write) -> Result<(), Failure> {
        let call = Call::post("/v1/invites/accept", &json!({ "token": invite }));
        let sent = Client::new(self.url.clone(), None).send(&call, None);
        if matches!(&sent, Err(Failure::Refused(refusal)) if refusal.status == 404) {
            return Err(Failure::NoInvite);
        }
        let mut accepted = sent?.json().ok_or(Failure::NotTheApi(201))?;
        let (token, org) = (text(&accepted, "token"), text(&accepted, "orgName"));
        let (Some(token), Some(org)) = (token, org) else { return Err(Failure::NotTheApi(201)) };
        let name = self.name.unwrap_or_else(|| org.clone());
        let profile = Profile { url: self.url, token: Token::new(token), org: Some(org) };
        let kept = told(&name, &profile);
        let written = self.profiles.add(&name, profile);
        if let Err(error) = written.and_then(|()| self.profiles.write(environment.config.as_ref())) {
            show::answer(out, &accepted)?;
            return Err(error.into());
        }
        if let Some(members) = accepted.as_object_mut() {
            members.remove("token");
        }
        show::answer(out, &accepted)?;
        Ok(writeln!(out, "\n{kept}")?)
    }
}

fn told(name: &str, profile: &Profile) -> String {
    let about = match &profile.org {
        Some(org) => format!("commands are about {org}, where they do not say"),
        None => "commands need --org".to_owned(),
    };
    show::harmless(&format!("Kept as the profile {name}; {about}."))
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_str().map(str::to_owned)
}

fn piped_in() -> Result<Option<Token>, Failure> {
    let text = input::read("-").map_err(|_| Usage::NoToken)?;
    let text = text.trim();
    Ok((!text.is_empty()).then(|| Token::new(text.to_owned())))
}

/// Lists, uses or removes a profile.
pub fn profile(given: &ArgMatches, environment: &Environment, out: &mut dyn Write) -> Result<(), Failure> {
    let mut profiles = Profiles::read(environment.config.as_ref())?;
    let named = |given: &ArgMatches| one::<String>(given, id::NAME).cloned().unwrap_or_default();
    match given.subcommand() {
        Some(("use", given)) => {
            profiles.choose_from_now_on(&named(given))?;
            if let Some(org) = one::<String>(given, id::ORG) {
                profiles.set_org(&named(given), org)?;
            }
        }
        Some(("remove", given)) => profiles.remove(&named(given))?,
        Some(_) | None => return Ok(list(&profiles, out)?),
    }
    Ok(profiles.write(environment.config.as_ref())?)
}

fn list(profiles: &Profiles, out: &mut dyn Write) -> std::io::Result<()> {
    for (name, profile) in &profiles.profiles {
        let mark = if name == profiles.current() { '*' } else { ' ' };
        let org = profile.org.as_deref().unwrap_or_default();
        writeln!(out, "{}", format!("{mark} {name}  {}  {org}", profile.url).trim_end())?;
    }
    Ok(())
}

/// Prints what a shell needs to complete commands.
pub fn completion(given: &ArgMatches, mut command: Command, out: &mut dyn Write) -> Result<(), Failure> {
    let mut script = Vec::new();
    if let Some(shell) = one::<Shell>(given, id::SHELL) {
        clap_complete::generate(*shell, &mut command, "proca", &mut script);
    }
    Ok(out.write_all(&script)?)
}
