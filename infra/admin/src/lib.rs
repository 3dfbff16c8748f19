//! What only operators do, with their own rights to the table: found the instance, make its owners, erase what
//! was kept for long enough, erase again what a restored table has, and set counters right.

mod erasures;
mod retention;

use std::{error::Error, ffi::OsString};

use pico_args::Arguments;
use proca::{
    campaign::Campaign,
    config::Env,
    email::Email,
    key::Address,
    name::Name,
    problem::Chain,
    staff::{Foundation, Staff},
};

/// What `--help` says.
pub const HELP: &str = "\
Does what only operators of an installation do, with their own rights to its table.

  proca-admin found --name NAME --title TITLE --from ADDRESS
      Makes the instance's org, whose mail service others borrow as SYSTEM. Mails come from ADDRESS,
      whose domain must be verified in Amazon SES.

  proca-admin owner --email ADDRESS
      Makes somebody owner of the instance, and prints a token of theirs. It is shown this once.
      Anybody who has lost every token gets a new one in the same way.

  proca-admin retention [--erase]
      Counts the contacts of campaigns that were closed longer ago than their org keeps them; erases them
      with --erase. Reads the whole table. What was interrupted goes on where it stopped.

  proca-admin erasures
      Prints the log of erasures, a line of JSON for each. It names nobody. Keep it apart from the table.

  proca-admin erase-again --log FILE
      Erases again what a table has that was restored from before these erasures.

  proca-admin recount --campaign NAME [--repair]
      Reads the whole table, adds up what the campaign's actions have added to its counters, and prints by how
      much each counter is wrong. With --repair it sets them right. It does neither while actions of the
      campaign are being counted: say it again at a quieter time.

It reads, as the functions do, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, where there is one,
AWS_SESSION_TOKEN; TABLE_NAME, an output of the stack; and PEPPER, which is 1: and the value of the stack's
PepperSecret.
";

/// Why nothing was done, for the person at the terminal.
#[derive(Debug)]
pub struct Failure(pub String);

/// Does what the arguments say; what to print.
pub async fn run(arguments: Vec<OsString>, env: &Env) -> Result<String, Failure> {
    let mut arguments = Arguments::from_vec(arguments);
    if arguments.contains(["-h", "--help"]) {
        return Ok(HELP.to_owned());
    }
    let command = arguments.subcommand().map_err(|e| Failure(e.to_string()))?;
    match command.as_deref() {
        Some("found") => found(arguments, env).await,
        Some("owner") => owner(arguments, env).await,
        Some("retention") => {
            let erase = arguments.contains("--erase");
            rest(arguments)?;
            retention::run(env, erase).await
        }
        Some("erasures") => {
            rest(arguments)?;
            erasures::print(env).await
        }
        Some("erase-again") => {
            let log: String =
                arguments.value_from_str("--log").map_err(|e| Failure(format!("--log: {e}")))?;
            rest(arguments)?;
            erasures::again(env, &log).await
        }
        Some("recount") => recount(arguments, env).await,
        Some(_) | None => Err(Failure(format!("say what to do\n\n{HELP}"))),
    }
}

async fn found(mut arguments: Arguments, env: &Env) -> Result<String, Failure> {
    let foundation = Foundation {
        name: value(&mut arguments, "--name")?,
        title: value(&mut arguments, "--title")?,
        email_from: value(&mut arguments, "--from")?,
    };
    rest(arguments)?;
    let org = staff(env)?.found(foundation).await.map_err(|e| told(&e))?;
    Ok(format!("The instance's org is {org}. Make its first owner with: proca-admin owner --email ADDRESS\n"))
}

async fn owner(mut arguments: Arguments, env: &Env) -> Result<String, Failure> {
    let email: Email = value(&mut arguments, "--email")?;
    rest(arguments)?;
    let label = "made by an operator".parse().map_err(|e| told(&e))?;
    let token = staff(env)?.make_instance_owner(email, label).await.map_err(|e| told(&e))?;
    Ok(format!("{}\n", token.expose()))
}

async fn recount(mut arguments: Arguments, env: &Env) -> Result<String, Failure> {
    let name: Name = value(&mut arguments, "--campaign")?;
    let wanted = arguments.contains("--repair");
    rest(arguments)?;
    let (table, clock) = (env.table().map_err(|e| told(&e))?, env.clock());
    let address = Address::parse::<Campaign>(name.as_str());
    let campaign = table.campaign(&address).await.map_err(|e| told(&e))?;
    let campaign = campaign.ok_or_else(|| Failure(format!("there is no campaign {name}")))?;
    let repair = table.examine(campaign.id, || clock.now()).await.map_err(|e| told(&e))?;
    if repair.drift.is_empty() {
        return Ok("The counters are what the facts add up to.\n".to_owned());
    }
    let wrong =
        repair.drift.iter().map(|(counter, by)| format!("{} is wrong by {by:+}\n", counter.attribute()));
    let mut said: String = wrong.collect();
    if wanted {
        table.repair(&repair).await.map_err(|e| told(&e))?;
        said.push_str("All of it is set right.\n");
    } else {
        said.push_str("Nothing was changed; --repair sets it right.\n");
    }
    Ok(said)
}

fn staff(env: &Env) -> Result<Staff, Failure> {
    env.staff().map_err(|e| told(&e))
}

fn value<T: std::str::FromStr<Err = proca::violation::Rule>>(
    arguments: &mut Arguments,
    name: &'static str,
) -> Result<T, Failure> {
    arguments.value_from_str(name).map_err(|e| Failure(format!("{name}: {e}")))
}

fn rest(arguments: Arguments) -> Result<(), Failure> {
    match arguments.finish().first() {
        Some(unknown) => Err(Failure(format!("{} is not understood", unknown.display()))),
        None => Ok(()),
    }
}

fn told(error: &(dyn Error + 'static)) -> Failure {
    Failure(Chain(error).to_string())
}
