//! The server's side of one SMTP conversation, without the network.

use super::command::Command;

/// 1 MB, the most a mail may have.
pub(super) const MAX_LENGTH: usize = 1 << 20;

const MAX_RECIPIENTS: usize = 100;

const TOO_BIG: &str = "552 5.3.4 Message too big";
const EXTENSIONS: &str = "250-localhost\r\n250-PIPELINING\r\n250-SIZE 1048576\r\n250-8BITMIME\r\n\
    250-ENHANCEDSTATUSCODES\r\n250 AUTH PLAIN LOGIN";

/// Where a conversation stands.
#[derive(Debug, Default)]
pub(super) struct Session {
    is_greeted: bool,
    envelope: Option<Envelope>,
    stage: Stage,
}

/// A mail and where it goes, which its headers need not say.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Envelope {
    /// Empty for a bounce.
    pub(super) from: String,
    /// Bare addresses.
    pub(super) to: Vec<String>,
    /// The message, with CRLF line ends.
    pub(super) data: Vec<u8>,
}

/// What the next line is.
#[derive(Debug, Default)]
enum Stage {
    #[default]
    Command,
    /// A password or something as good.
    Credentials,
    /// A user's name, with the password to come.
    User,
    /// A line of mail.
    Data,
}

/// What to do about a line.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Answer {
    /// Nothing: more is to come.
    Silence,
    /// Reply and go on; without the last line end.
    Say(&'static str),
    /// Reply and hang up.
    Close(&'static str),
    /// Take the mail in and reply with the result.
    Deliver(Envelope),
}

impl Session {
    /// Takes one line of the client, with its end.
    pub(super) fn line(&mut self, line: &[u8]) -> Answer {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match self.stage {
            Stage::Command => self.command(Command::parse(&String::from_utf8_lossy(line))),
            Stage::User | Stage::Credentials if line == b"*" => {
                self.stage = Stage::Command;
                Answer::Say("501 5.7.0 Authentication cancelled")
            }
            Stage::User => self.ask(Stage::Credentials, "334 UGFzc3dvcmQ6"),
            Stage::Credentials => self.ask(Stage::Command, "235 2.7.0 Authentication successful"),
            Stage::Data => self.data(line),
        }
    }

    fn command(&mut self, command: Command) -> Answer {
        match command {
            Command::Hello { extended } => {
                self.is_greeted = true;
                self.envelope = None;
                Answer::Say(if extended { EXTENSIONS } else { "250 localhost" })
            }
            Command::Mail { from, size } => self.mail(from, size),
            Command::Recipient(to) => self.recipient(to),
            Command::Data => match &self.envelope {
                Some(envelope) if !envelope.to.is_empty() => {
                    self.ask(Stage::Data, "354 End data with <CR><LF>.<CR><LF>")
                }
                Some(_) | None => Answer::Say("503 5.5.1 RCPT first"),
            },
            Command::AuthPlain { given: false } => self.ask(Stage::Credentials, "334 "),
            Command::AuthLogin { given: false } => self.ask(Stage::User, "334 VXNlcm5hbWU6"),
            Command::AuthLogin { given: true } => self.ask(Stage::Credentials, "334 UGFzc3dvcmQ6"),
            Command::AuthPlain { given: true } => Answer::Say("235 2.7.0 Authentication successful"),
            Command::Reset => {
                self.envelope = None;
                Answer::Say("250 2.0.0 Ok")
            }
            Command::Nothing => Answer::Say("250 2.0.0 Ok"),
            Command::Verify => Answer::Say("252 2.5.0 Send it and see"),
            Command::Quit => Answer::Close("221 2.0.0 Bye"),
            Command::Malformed => Answer::Say("501 5.5.4 Syntax error in arguments"),
            Command::Unknown => Answer::Say("502 5.5.1 Command not implemented"),
        }
    }

    fn mail(&mut self, from: String, size: Option<usize>) -> Answer {
        if !self.is_greeted {
            return Answer::Say("503 5.5.1 EHLO first");
        }
        if self.envelope.is_some() {
            return Answer::Say("503 5.5.1 One mail at a time");
        }
        if size > Some(MAX_LENGTH) {
            return Answer::Say(TOO_BIG);
        }
        self.envelope = Some(Envelope { from, ..Envelope::default() });
        Answer::Say("250 2.1.0 Ok")
    }

    fn recipient(&mut self, to: String) -> Answer {
        let Some(envelope) = &mut self.envelope else {
            return Answer::Say("503 5.5.1 MAIL first");
        };
        if envelope.to.len() == MAX_RECIPIENTS {
            return Answer::Say("452 4.5.3 Too many recipients");
        }
        envelope.to.push(to);
        Answer::Say("250 2.1.5 Ok")
    }

    /// A single dot ends the mail; another dot before any line that starts with one is taken off.
    fn data(&mut self, line: &[u8]) -> Answer {
        if line == b"." {
            self.stage = Stage::Command;
            let envelope = self.envelope.take().unwrap_or_default();
            if envelope.data.len() > MAX_LENGTH {
                return Answer::Say(TOO_BIG);
            }
            return Answer::Deliver(envelope);
        }
        // What is too big already need not be kept; the end has to come all the same.
        if let Some(envelope) = &mut self.envelope
            && envelope.data.len() <= MAX_LENGTH
        {
            envelope.data.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
            envelope.data.extend_from_slice(b"\r\n");
        }
        Answer::Silence
    }

    fn ask(&mut self, stage: Stage, reply: &'static str) -> Answer {
        self.stage = stage;
        Answer::Say(reply)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The code of the answer to each line; `-` for silence, `mail` for a mail.
    fn codes(session: &mut Session, lines: &[&str]) -> Vec<String> {
        let mut codes = Vec::new();
        for line in lines {
            codes.push(match session.line(format!("{line}\r\n").as_bytes()) {
                Answer::Silence => "-".to_owned(),
                Answer::Say(reply) | Answer::Close(reply) => reply.chars().take(3).collect(),
                Answer::Deliver(_) => "mail".to_owned(),
            });
        }
        codes
    }

    #[test]
    fn a_mail_comes_with_its_envelope_and_without_its_extra_dots() {
        let mut session = Session::default();
        let lines = ["EHLO me", "MAIL FROM:<a@x.org>", "RCPT TO:<b@x.org>", "DATA", "..", "QUIT"];
        assert_eq!(codes(&mut session, &lines), ["250", "250", "250", "354", "-", "-"]);
        let expected = Envelope {
            from: "a@x.org".to_owned(),
            to: vec!["b@x.org".to_owned()],
            data: b".\r\nQUIT\r\n".to_vec(),
        };
        assert_eq!(session.line(b".\r\n"), Answer::Deliver(expected));
        assert_eq!(codes(&mut session, &["MAIL FROM:<a@x.org>", "QUIT"]), ["250", "221"]);
    }

    #[test]
    fn commands_out_of_order_are_refused_and_rset_starts_again() {
        let lines = [
            "MAIL FROM:<a@x.org>",
            "HELO me",
            "RCPT TO:<b@x.org>",
            "MAIL FROM:<a@x.org>",
            "MAIL FROM:<a@x.org>",
            "DATA",
            "RSET",
            "RCPT TO:<b@x.org>",
            "STARTTLS",
        ];
        let expected = ["503", "250", "503", "250", "503", "503", "250", "503", "502"];
        assert_eq!(codes(&mut Session::default(), &lines), expected);
    }

    #[test]
    fn any_credentials_will_do() {
        let lines = [
            "AUTH PLAIN AGEAYg==",
            "AUTH PLAIN",
            "AGEAYg==",
            "AUTH LOGIN",
            "YQ==",
            "Yg==",
            "AUTH LOGIN YQ==",
            "*",
        ];
        let expected = ["235", "334", "235", "334", "334", "235", "334", "501"];
        assert_eq!(codes(&mut Session::default(), &lines), expected);
    }

    #[test]
    fn a_mail_over_a_megabyte_is_refused_announced_or_not() {
        let mut session = Session::default();
        let announced = ["EHLO me", "MAIL FROM:<a@x.org> SIZE=1048577", "MAIL FROM:<a@x.org>"];
        assert_eq!(codes(&mut session, &announced), ["250", "552", "250"]);
        assert_eq!(codes(&mut session, &["RCPT TO:<b@x.org>", "DATA"]), ["250", "354"]);
        let line = "x".repeat(MAX_LENGTH / 2);
        assert_eq!(codes(&mut session, &[&line, &line, &line, "."]), ["-", "-", "-", "552"]);
        assert_eq!(codes(&mut session, &["MAIL FROM:<a@x.org>"]), ["250"]);
    }
}
