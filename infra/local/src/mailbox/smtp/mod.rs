//! The SMTP side: takes mail for anyone, from anyone.
//!
//! It speaks as much of RFC 5321 as a sending client needs, with `AUTH PLAIN` and `LOGIN` that
//! accept whatever they are given, and no TLS. A mail may have 1 MB.

mod command;
mod session;

use std::{error::Error, io, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use self::session::{Answer, Envelope, MAX_LENGTH, Session};
use super::{Fault, Mailbox, Via, caught::Draft, mime::Message};

/// A line that cannot be part of a mail that may be sent. Also bounds what a client can make us hold.
const MAX_LINE: u64 = MAX_LENGTH as u64 + 2;

/// How long to wait before accepting again when the system has no more to give.
const BREATHER: Duration = Duration::from_millis(100);

impl Mailbox {
    /// Receives mail by SMTP until the future is dropped, which also ends every connection.
    pub async fn serve_smtp(self, listener: TcpListener) {
        let mut connections = JoinSet::new();
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    connections.spawn(self.clone().converse_and_report(stream));
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept an SMTP connection");
                    tokio::time::sleep(BREATHER).await;
                }
            }
            while connections.try_join_next().is_some() {}
        }
    }

    async fn converse_and_report(self, stream: TcpStream) {
        if let Err(error) = self.converse(stream).await {
            tracing::info!(%error, "an SMTP connection broke");
        }
    }

    async fn converse(self, mut stream: TcpStream) -> io::Result<()> {
        let (read, mut write) = stream.split();
        let mut read = BufReader::new(read);
        let mut session = Session::default();
        write.write_all(b"220 localhost ESMTP mailbox\r\n").await?;
        loop {
            let mut line = Vec::new();
            (&mut read).take(MAX_LINE).read_until(b'\n', &mut line).await?;
            if !line.ends_with(b"\n") {
                let reply: &[u8] = if line.is_empty() { b"" } else { b"500 5.5.2 Line too long\r\n" };
                return write.write_all(reply).await;
            }
            let reply = match session.line(&line) {
                Answer::Silence => continue,
                Answer::Say(reply) => reply.to_owned(),
                Answer::Close(reply) => {
                    write.write_all(format!("{reply}\r\n").as_bytes()).await?;
                    return write.shutdown().await;
                }
                Answer::Deliver(envelope) => match self.receive(envelope) {
                    Some(reply) => reply,
                    None => return Ok(()),
                },
            };
            write.write_all(format!("{reply}\r\n").as_bytes()).await?;
        }
    }

    /// The reply to a whole mail; `None` to hang up instead.
    fn receive(&self, envelope: Envelope) -> Option<String> {
        let fault = self.account().next_fault();
        match fault {
            Some(Fault::Throttle) => {
                Some("454 4.7.0 Throttling failure: Maximum sending rate exceeded.".to_owned())
            }
            Some(Fault::Reject) => Some("554 5.6.0 Message rejected".to_owned()),
            Some(Fault::Suspend) => Some("554 5.7.0 Sending suspended for this account".to_owned()),
            Some(Fault::Pause) => Some("535 5.7.8 Authentication credentials invalid".to_owned()),
            Some(Fault::AcceptThenDropAnswer) => {
                self.keep(envelope);
                None
            }
            None => Some(self.keep(envelope)),
        }
    }

    fn keep(&self, envelope: Envelope) -> String {
        let message = match Message::read(&envelope.data) {
            Ok(message) => message,
            Err(error) => return format!("554 5.6.0 Not a mail: {error}"),
        };
        let draft = Draft {
            from: message.from.unwrap_or(envelope.from),
            reply_to: message.reply_to,
            to: envelope.to,
            subject: message.subject,
            text: message.text,
            html: message.html,
            headers: message.headers,
            ..Draft::default()
        };
        match self.catch(draft, Via::Smtp) {
            Ok(mail) => format!("250 2.0.0 Ok {}", mail.id),
            Err(error) => {
                tracing::error!(%error, source = ?error.source(), "refused a mail it could not keep");
                "451 4.3.0 Cannot keep the mail".to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::fixture::{Outcome, mailbox};

    const MAIL: &str = "EHLO me\r\nMAIL FROM:<bounces@x.org> SIZE=99\r\nRCPT TO:<bob@example.org>\r\n\
        RCPT TO:<\"a b\"@example.org>\r\nDATA\r\n\
        From: =?utf-8?q?=C3=96rg?= <org@x.org>\r\nReply-To: r@x.org\r\nSubject: Hi\r\n\r\n\
        ..dot\r\nline\r\n.\r\n";

    /// Sends all lines at once, as pipelining allows, and reads the replies until the end.
    async fn exchange(mailbox: &Mailbox, lines: &str) -> io::Result<String> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut stream = TcpStream::connect(listener.local_addr()?).await?;
        let server = tokio::spawn(mailbox.clone().serve_smtp(listener));
        stream.write_all(lines.as_bytes()).await?;
        stream.write_all(b"QUIT\r\n").await?;
        let mut replies = String::new();
        stream.read_to_string(&mut replies).await?;
        server.abort();
        Ok(replies)
    }

    #[tokio::test]
    async fn a_mail_is_caught_with_its_parts_and_its_envelope() -> Outcome {
        let mailbox = mailbox()?;
        let replies = exchange(&mailbox, MAIL).await?;
        let mail = mailbox.mails().pop().ok_or("no mail")?;
        assert!(replies.ends_with(&format!("250 2.0.0 Ok {}\r\n221 2.0.0 Bye\r\n", mail.id)));
        assert_eq!(mail.via, Via::Smtp);
        assert_eq!(mail.from, "Örg <org@x.org>");
        assert_eq!(mail.reply_to, ["r@x.org"]);
        assert_eq!(mail.to, ["bob@example.org", "\"a b\"@example.org"]);
        assert_eq!(mail.subject, "Hi");
        assert_eq!(mail.text.as_deref(), Some(".dot\r\nline\r\n"));
        assert_eq!(mail.header("subject"), Some("Hi"));
        Ok(())
    }

    #[tokio::test]
    async fn ordered_faults_refuse_or_hang_up_after_taking_the_mail() -> Outcome {
        let mailbox = mailbox()?;
        mailbox.fail_next_sends(1, Fault::Throttle);
        assert!(exchange(&mailbox, MAIL).await?.contains("\r\n454 4.7.0 "));
        assert_eq!(mailbox.mails(), []);
        mailbox.fail_next_sends(1, Fault::AcceptThenDropAnswer);
        let replies = exchange(&mailbox, MAIL).await.unwrap_or_default();
        assert!(!replies.contains("250 2.0.0 Ok"), "{replies}");
        assert_eq!(mailbox.mails().len(), 1);
        Ok(())
    }

    #[tokio::test]
    async fn an_endless_line_ends_the_connection() -> Outcome {
        let endless = "x".repeat(MAX_LENGTH + 2);
        match exchange(&mailbox()?, &endless).await {
            Ok(replies) => assert!(replies.ends_with("500 5.5.2 Line too long\r\n"), "{replies}"),
            // Hanging up on what is still unread may reach the client before the reply.
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionReset),
        }
        Ok(())
    }
}
