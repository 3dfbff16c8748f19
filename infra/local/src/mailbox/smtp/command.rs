//! The commands of a client, as lines.

use crate::mailbox::address;

/// One line of the client, outside of mail data.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Command {
    /// `HELO` or `EHLO`; only the latter is told of extensions.
    Hello { extended: bool },
    /// `MAIL FROM:<…>` and the size it announces.
    Mail { from: String, size: Option<usize> },
    /// `RCPT TO:<…>`
    Recipient(String),
    /// `DATA`
    Data,
    /// `AUTH PLAIN`; whether the credentials came with it.
    AuthPlain { given: bool },
    /// `AUTH LOGIN`; whether the user's name came with it.
    AuthLogin { given: bool },
    /// `RSET`
    Reset,
    /// `NOOP`
    Nothing,
    /// `VRFY`
    Verify,
    /// `QUIT`
    Quit,
    /// A known command with arguments it cannot have.
    Malformed,
    /// Anything else, `STARTTLS` included.
    Unknown,
}

impl Command {
    /// Reads a line without its end.
    pub(super) fn parse(line: &str) -> Self {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        match verb.to_ascii_uppercase().as_str() {
            "HELO" => Self::Hello { extended: false },
            "EHLO" => Self::Hello { extended: true },
            "MAIL" => mail(rest).unwrap_or(Self::Malformed),
            "RCPT" => recipient(rest).unwrap_or(Self::Malformed),
            "DATA" => Self::Data,
            "AUTH" => auth(rest),
            "RSET" => Self::Reset,
            "NOOP" => Self::Nothing,
            "VRFY" => Self::Verify,
            "QUIT" => Self::Quit,
            _ => Self::Unknown,
        }
    }
}

/// A bounce has the empty sender.
fn mail(rest: &str) -> Option<Command> {
    let (from, parameters) = path(rest, "FROM:")?;
    if !from.is_empty() {
        address::check(from).ok()?;
    }
    let size = parameters
        .split_ascii_whitespace()
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("SIZE"));
    let size = size.map(|(_, size)| size.parse()).transpose().ok()?;
    Some(Command::Mail { from: from.to_owned(), size })
}

fn recipient(rest: &str) -> Option<Command> {
    let (to, _) = path(rest, "TO:")?;
    address::check(to).ok().map(|to| Command::Recipient(to.to_owned()))
}

/// The address between angle brackets, and what follows them.
fn path<'a>(rest: &'a str, keyword: &str) -> Option<(&'a str, &'a str)> {
    let (head, tail) = rest.split_at_checked(keyword.len())?;
    if !head.eq_ignore_ascii_case(keyword) {
        return None;
    }
    tail.trim_start().strip_prefix('<')?.split_once('>')
}

fn auth(rest: &str) -> Command {
    let (mechanism, initial) = rest.split_once(' ').unwrap_or((rest, ""));
    let given = !initial.trim().is_empty();
    match mechanism.to_ascii_uppercase().as_str() {
        "PLAIN" => Command::AuthPlain { given },
        "LOGIN" => Command::AuthLogin { given },
        _ => Command::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_in_any_case_with_their_arguments() {
        let mail = |from: &str, size| Command::Mail { from: from.to_owned(), size };
        for (line, command) in [
            ("ehlo me", Command::Hello { extended: true }),
            ("MAIL FROM:<a@x.org>", mail("a@x.org", None)),
            ("mail from: <a@x.org> BODY=8BITMIME size=12", mail("a@x.org", Some(12))),
            ("MAIL FROM:<>", mail("", None)),
            ("RCPT TO:<b@x.org> NOTIFY=NEVER", Command::Recipient("b@x.org".to_owned())),
            ("AUTH plain AGEAYg==", Command::AuthPlain { given: true }),
            ("AUTH LOGIN", Command::AuthLogin { given: false }),
            ("noop anything", Command::Nothing),
            ("STARTTLS", Command::Unknown),
        ] {
            assert_eq!(Command::parse(line), command, "{line}");
        }
    }

    #[test]
    fn arguments_that_cannot_be_are_malformed() {
        for line in [
            "MAIL",
            "MAIL FROM:a@x.org",
            "MAIL TO:<a@x.org>",
            "MAIL FROM:<a@x.org> SIZE=big",
            "RCPT TO:<>",
            "RCPT TO:<bob>",
            "RCPT TO:<b b@x.org>",
            "AUTH CRAM-MD5",
            "MAIL FRé",
        ] {
            assert_eq!(Command::parse(line), Command::Malformed, "{line}");
        }
    }
}
