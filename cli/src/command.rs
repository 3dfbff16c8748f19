//! The commands, made from the operations of the API.
//!
//! A flag of the program itself (`--url`, `--json`, …) gives way to an operation's flag of the same
//! name; before the noun it is always the program's.

use std::collections::BTreeMap;

use clap::{
    Arg, ArgAction, Command,
    builder::{PossibleValuesParser, TypedValueParser, ValueParser},
    value_parser,
};
use clap_complete::Shell;
use serde_json::Value;

use crate::{
    document::{Document, Member, Operation},
    example, input, sealed,
    shape::Shape,
};

/// Ids of the program's own flags.
pub mod id {
    /// Address of the API.
    pub const URL: &str = "url";
    /// The profile that is used.
    pub const PROFILE: &str = "profile";
    /// The org that the command is about.
    pub const ORG: &str = "org";
    /// Whether the answer is printed as it is.
    pub const JSON: &str = "json";
    /// Whether all pages of a list are asked for.
    pub const ALL: &str = "all";
    /// The whole body, from a file.
    pub const BODY: &str = "body";
    /// The version that is changed.
    pub const IF_MATCH: &str = "if-match";
    /// The token of an invite.
    pub const INVITE: &str = "invite";
    /// Whether the token is piped in.
    pub const TOKEN_STDIN: &str = "token-stdin";
    /// The name of a profile.
    pub const NAME: &str = "name";
    /// The file of private keys.
    pub const PRIVATE_KEY: &str = "private-key";
    /// The file of what is sealed.
    pub const SEALED: &str = "sealed";
    /// The shell that completes.
    pub const SHELL: &str = "shell";
}

const ABOUT: &str = "Runs the campaigns of your organisation";

const LONG_ABOUT: &str = "\
Runs the campaigns of your organisation, over the API of Proca Serverless.

Every operation of the API is a command: a noun, and what is done with it. `proca campaign --help` tells \
what can be done with campaigns; `proca campaign create --help` tells what it takes, who may do it, and \
shows an example.";

const LOGIN: &str = "\
Keeps an address and a token as a profile, once the API has taken the token.

The token is piped in, or taken from PROCA_TOKEN: an argument could be seen by others. An invite is used up \
by being accepted, and may be one.";

const MORE: &str = "\
Begin:
  proca login --url https://api.example.org --token-stdin < token.txt
  proca login --url https://api.example.org --invite invite_…
  proca campaign list

Values:
  --title @file           text or JSON from a file; @- from what is piped in
  --title @@home          text that begins with an @
  --reply-enabled false   yes and no are true and false
  --field a --field b     lists are given one by one
  --no-field              empties what may be empty
  --body file.json        the whole body as JSON; - from what is piped in

Environment (stronger than the profile, weaker than flags):
  PROCA_URL, PROCA_TOKEN, PROCA_ORG, PROCA_PROFILE

A profile's token is sent to the profile's own address alone.

Exit codes:
  0  done
  2  the command line is wrong
  3  the token is missing or worth nothing
  4  you may not do this, or there is nothing there
  5  the state of things does not allow it, or what you sent breaks rules
  6  the server or the network failed";

/// The id of a member of the body.
pub fn in_body(member: &Member) -> String {
    format!("body.{}", member.name)
}

/// The id of the flag that empties a member.
pub fn emptying(member: &Member) -> String {
    format!("no.{}", member.name)
}

/// The id of a parameter in the query.
pub fn in_query(member: &Member) -> String {
    format!("query.{}", member.name)
}

/// The id of a parameter in the path.
pub fn in_path(member: &Member) -> String {
    if member.name == "org" { id::ORG.to_owned() } else { format!("path.{}", member.name) }
}

/// The whole command line.
pub fn build(document: &Document) -> Command {
    let mut nouns = BTreeMap::<&str, Vec<&Operation>>::new();
    for operation in &document.operations {
        nouns.entry(&operation.noun).or_default().push(operation);
    }
    Command::new("proca")
        .version(env!("CARGO_PKG_VERSION"))
        .about(ABOUT)
        .long_about(LONG_ABOUT)
        .after_long_help(MORE)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .args([url(), profile(), org(), json()])
        .subcommands([login(), profiles(), completion()])
        .subcommands(nouns.into_iter().map(|(noun, operations)| about(noun, &operations)))
}

fn about(noun: &str, operations: &[&Operation]) -> Command {
    let mut verbs: Vec<_> = operations.iter().map(|operation| operation.verb.as_str()).collect();
    verbs.extend((noun == sealed::NOUN).then_some(sealed::VERB));
    Command::new(noun.to_owned())
        .about(verbs.join(", "))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(operations.iter().map(|operation| command(operation)))
        .subcommands((noun == sealed::NOUN).then(sealed::command))
}

fn command(operation: &Operation) -> Command {
    let members = operation.body.as_ref().map(|body| body.members.as_slice()).unwrap_or_default();
    let mut args: Vec<_> =
        operation.in_path.iter().filter(|member| member.name != "org").map(positional).collect();
    args.extend(operation.in_query.iter().map(|member| flag(in_query(member), member)));
    let whole_body = operation.body.is_some() && !members.iter().any(|member| member.flag() == id::BODY);
    args.extend(members.iter().flat_map(|member| of_body(member, whole_body)));
    let taken: Vec<_> = args.iter().filter_map(Arg::get_long).map(str::to_owned).collect();
    let own = own(operation, members).into_iter();
    args.extend(own.filter(|arg| arg.get_long().is_none_or(|long| !taken.iter().any(|taken| taken == long))));
    Command::new(operation.verb.clone())
        .about(operation.summary.clone())
        .long_about(format!("{}.\n\n{}", operation.summary, operation.who))
        .after_long_help(afterwards(operation))
        .args(args)
}

/// The program's own flags, as far as the operation has a use for them.
fn own(operation: &Operation, members: &[Member]) -> Vec<Arg> {
    let mut own = vec![url(), profile(), json()];
    own.extend(operation.of_org().then(org));
    own.extend(operation.paged().then(all));
    own.extend(operation.if_match.then(if_match));
    own.extend(operation.body.is_some().then(|| body().conflicts_with_all(members.iter().map(in_body))));
    own
}

fn afterwards(operation: &Operation) -> String {
    let mut text = format!("Request:\n  {} {}\n\n", operation.method, operation.path);
    if operation.if_match {
        text.push_str(
            "Versions:\n  The change is made to the version that --if-match names, and to no other. ",
        );
        text.push_str(match operation.versioned_at {
            Some(_) => {
                "Without it,\n  the thing is read first, and its version then is the one that is changed.\n\n"
            }
            None => "\n\n",
        });
    }
    text.push_str("Example:\n  ");
    text.push_str(&example::of(operation));
    text
}

fn positional(member: &Member) -> Arg {
    Arg::new(in_path(member))
        .value_name(member.flag().to_uppercase())
        .required(true)
        .help(member.summary.clone())
}

fn flag(id: String, member: &Member) -> Arg {
    let several = matches!(member.shape, Shape::List(_));
    let negative = matches!(member.shape, Shape::Integer | Shape::Number);
    Arg::new(id)
        .long(member.flag())
        .value_name(member.shape.placeholder())
        .value_parser(parser(member.shape.clone()))
        .allow_negative_numbers(negative)
        .action(if several { ArgAction::Append } else { ArgAction::Set })
        .help(help(member))
}

/// The flag that sets a member, and the one that empties it.
fn of_body(member: &Member, whole_body: bool) -> Vec<Arg> {
    let set = flag(in_body(member), member);
    let set = match (member.required, whole_body) {
        (true, true) => set.required_unless_present(id::BODY),
        (required, _) => set.required(required),
    };
    let mut flags = vec![set];
    flags.extend(member.emptied().map(|_| {
        let arg = Arg::new(emptying(member)).long(format!("no-{}", member.flag())).action(ArgAction::SetTrue);
        let arg = if whole_body { arg.conflicts_with(id::BODY) } else { arg };
        arg.conflicts_with(in_body(member)).hide(true)
    }));
    flags
}

fn help(member: &Member) -> String {
    let mut help = member.summary.clone();
    if member.required {
        help.push_str(" Required.");
    }
    if matches!(member.shape, Shape::List(_)) {
        help.push_str(" Repeat it for more.");
    }
    if member.emptied().is_some() {
        help.push_str(" Empty it by --no-");
        help.push_str(&member.flag());
        help.push('.');
    }
    help.trim_start().to_owned()
}

fn parser(shape: Shape) -> ValueParser {
    match shape {
        Shape::Word(words) => ValueParser::new(PossibleValuesParser::new(words).map(Value::String)),
        Shape::List(inner) => parser(*inner),
        Shape::Text | Shape::Integer | Shape::Number | Shape::Boolean | Shape::Json => {
            ValueParser::new(move |given: &str| shape.read(given))
        }
    }
}

fn everywhere(id: &'static str) -> Arg {
    Arg::new(id).long(id).help_heading("Everywhere")
}

fn url() -> Arg {
    everywhere(id::URL).value_name("URL").help("Address of the API.")
}

fn profile() -> Arg {
    everywhere(id::PROFILE).value_name("NAME").help("The profile to use.")
}

fn org() -> Arg {
    everywhere(id::ORG)
        .value_name("ORG")
        .help("The org, by its name, number or id; the profile's, where not given.")
}

fn json() -> Arg {
    everywhere(id::JSON).action(ArgAction::SetTrue).help("Print the answer as it is.")
}

fn all() -> Arg {
    Arg::new(id::ALL).long(id::ALL).action(ArgAction::SetTrue).help("Go through all pages.")
}

fn if_match() -> Arg {
    let arg =
        Arg::new(id::IF_MATCH).long(id::IF_MATCH).value_name("VERSION").value_parser(value_parser!(u64));
    arg.help("The version that is changed; whichever is there, where not given.")
}

fn body() -> Arg {
    let arg =
        Arg::new(id::BODY).long(id::BODY).value_name("FILE").value_parser(|file: &str| input::read(file));
    arg.help("The whole body as JSON, from a file; - from what is piped in.")
}

fn login() -> Command {
    let token = Arg::new(id::TOKEN_STDIN).long(id::TOKEN_STDIN).action(ArgAction::SetTrue);
    let invite = Arg::new(id::INVITE)
        .long(id::INVITE)
        .value_name("TOKEN")
        .conflicts_with_all([id::TOKEN_STDIN, id::ORG]);
    Command::new("login")
        .about("Keeps an address and a token as a profile")
        .long_about(LOGIN)
        .arg(url().required(true))
        .arg(token.help("Read the token from what is piped in."))
        .arg(invite.help("Accept an invite by the token in its mail, and keep the token that comes of it."))
        .arg(
            default_org()
                .help("The org that commands are about, where they do not say; yours, if you have only one."),
        )
        .arg(
            Arg::new(id::PROFILE)
                .long(id::PROFILE)
                .value_name("NAME")
                .help("The profile's name; `default`, or the org's name by an invite, where not given."),
        )
}

fn default_org() -> Arg {
    Arg::new(id::ORG).long(id::ORG).value_name("ORG")
}

fn profiles() -> Command {
    let name = || Arg::new(id::NAME).value_name("NAME").required(true);
    Command::new("profile")
        .about("list, use, remove")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(Command::new("list").about("Lists the profiles; the one in use has a star"))
        .subcommand(
            Command::new("use").about("Uses a profile from now on, and an org by it").arg(name()).arg(
                default_org().help("The org that commands are about from now on, where they do not say."),
            ),
        )
        .subcommand(Command::new("remove").about("Removes a profile, and the token in it").arg(name()))
}

fn completion() -> Command {
    Command::new("completion")
        .about("Prints what a shell needs to complete commands")
        .after_long_help(
            "Example:\n  proca completion bash > ~/.local/share/bash-completion/completions/proca",
        )
        .arg(Arg::new(id::SHELL).value_name("SHELL").required(true).value_parser(value_parser!(Shell)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn the_built_in_description_makes_a_sound_command_line() {
        build(&Document::built_in().unwrap()).debug_assert();
    }

    #[test]
    fn required_members_are_asked_for_unless_the_whole_body_is_given() {
        let said = |line: &str| {
            let mut command = build(&sample::document());
            command.try_get_matches_from_mut(line.split(' ')).map(drop).map_err(|error| error.kind())
        };
        let file = tempfile::NamedTempFile::new().unwrap();
        let whole = format!("proca boat create --body {}", file.path().display());
        assert_eq!(said("proca boat create"), Err(clap::error::ErrorKind::MissingRequiredArgument));
        assert_eq!(said(&whole), Ok(()));
        assert_eq!(said(&format!("{whole} --name x")), Err(clap::error::ErrorKind::ArgumentConflict));
        assert_eq!(said("proca boat update x --made-of stone"), Err(clap::error::ErrorKind::InvalidValue));
        assert_eq!(
            said("proca boat update x --crew a --no-crew"),
            Err(clap::error::ErrorKind::ArgumentConflict)
        );
    }

    #[test]
    fn the_help_of_a_command_teaches() {
        let mut command = build(&sample::document());
        let update = command.find_subcommand_mut("boat").unwrap().find_subcommand_mut("update").unwrap();
        let help = update.render_long_help().to_string();
        for taught in [
            "Changes a boat.",
            "PATCH /v1/orgs/{org}/boats/{boat}",
            "proca boat update BOAT --no-old-name --sea-worthy true",
            "Empty it by --no-crew.",
            "[possible values: wood, steel]",
            "Without it,",
        ] {
            assert!(help.contains(taught), "{taught}: {help}");
        }
    }
}
