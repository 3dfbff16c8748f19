//! Mail by an SMTP server of the org's own.

use std::{net::SocketAddr, time::Duration};

use jiff::SignedDuration;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    address::AddressError,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::{
        AsyncSmtpTransportBuilder,
        authentication::Credentials,
        client::{Tls, TlsParameters},
    },
};

use crate::{
    attempt::{Failure, Retry},
    mail::Mail,
    mail_fault::MailFault,
    mailer::{Sending, too_fast},
    webhook::{Reach, is_public},
};

/// How long one exchange with the server may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long the server may take to accept the connection.
const CONNECT: Duration = Duration::from_secs(5);

/// The port on which TLS begins at once (RFC 8314, 3.3); on others it begins by STARTTLS.
const IMPLICIT_TLS: u16 = 465;

/// Sends one mail. The connection must be encrypted, except to this machine under the local runner.
pub(super) async fn send(
    address: &str,
    login: Option<(String, String)>,
    mail: &Mail,
    reach: Reach,
) -> Sending {
    let Some((host, port)) =
        address.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)))
    else {
        return failed("the mail server's address must be host:port", Retry::Scheduled);
    };
    let Ok(message) = message(mail) else { return failed("the mail cannot be written", Retry::Never) };
    let transport = match connectable(host, port, reach).await.and_then(|at| transport(host, at)) {
        Ok(transport) => transport.timeout(Some(PATIENCE)),
        Err(reason) => return failed(reason, Retry::Scheduled),
    };
    let transport = match login {
        Some((user, password)) => transport.credentials(Credentials::new(user, password)),
        None => transport,
    };
    match transport.build().send(message).await {
        Ok(_) => Sending::Sent,
        Err(error) => judge(&error),
    }
}

/// An address of the server that may be connected to and takes connections.
///
/// The mail goes to this very address: a name cannot change between the check and the mail, and a
/// server that is down is known to have got nothing.
async fn connectable(host: &str, port: u16, reach: Reach) -> Result<SocketAddr, &'static str> {
    let found =
        tokio::net::lookup_host((host, port)).await.map_err(|_| "the mail server's name is unknown")?;
    let found: Vec<_> = found.collect();
    let allowed = |a: &SocketAddr| is_public(a.ip()) || (reach == Reach::Loopback && a.ip().is_loopback());
    if !found.iter().all(allowed) {
        return Err("the mail server's address is not public");
    }
    for at in found {
        let connected = tokio::time::timeout(CONNECT, tokio::net::TcpStream::connect(at)).await;
        if connected.is_ok_and(|stream| stream.is_ok()) {
            return Ok(at);
        }
    }
    Err("no connection to the mail server")
}

fn transport(host: &str, at: SocketAddr) -> Result<AsyncSmtpTransportBuilder, &'static str> {
    let builder =
        AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(at.ip().to_string()).port(at.port());
    if at.ip().is_loopback() {
        return Ok(builder);
    }
    let tls = TlsParameters::new(host.to_owned()).map_err(|_| "the mail server's name is unusable")?;
    Ok(builder.tls(if at.port() == IMPLICIT_TLS { Tls::Wrapper(tls) } else { Tls::Required(tls) }))
}

fn message(mail: &Mail) -> Result<Message, Box<dyn std::error::Error + Send + Sync>> {
    let mailbox = |name: Option<&str>, address: &str| -> Result<Mailbox, AddressError> {
        Ok(Mailbox::new(name.map(str::to_owned), address.parse()?))
    };
    let mut builder = Message::builder()
        .from(mailbox(Some(&mail.from_name), mail.from.expose())?)
        .to(mailbox(None, mail.to.expose())?)
        .subject(mail.texts.subject.clone());
    if let Some(to) = &mail.reply_to {
        builder = builder.reply_to(mailbox(None, to.expose())?);
    }
    if let Some(url) = &mail.unsubscribe_url {
        builder = builder
            .raw_header(raw("List-Unsubscribe", format!("<{url}>")))
            .raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
    }
    Ok(builder
        .multipart(MultiPart::alternative_plain_html(mail.texts.text.clone(), mail.texts.html.clone()))?)
}

fn raw(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

/// A refusal is certain; silence after the connection stood is not.
///
/// Only a refused mailbox is for good: a wrong password or sender is mended by staff.
fn judge(error: &lettre::transport::smtp::Error) -> Sending {
    let code = error.status().map(u16::from);
    match code {
        // Busy, or not now (RFC 5321, 4.2.3), as servers that limit a sender's rate say it; nothing was taken.
        Some(421 | 450 | 451 | 452 | 454) => {
            Sending::Failed(too_fast("the mail server is too busy", SignedDuration::ZERO))
        }
        // The login is wrong, wanted, too weak or not allowed (RFC 4954, 6).
        Some(530 | 534 | 535 | 538) => {
            Sending::Stopped(MailFault::Account("the mail server refused the login"))
        }
        Some(550 | 551 | 553) => failed("the mail server refused the recipient", Retry::Never),
        Some(code) => failed(&format!("the mail server answered {code}"), Retry::Scheduled),
        None if error.is_client() || error.is_tls() => {
            failed("no agreement with the mail server", Retry::Scheduled)
        }
        None => Sending::Unknown,
    }
}

fn failed(error: &str, retry: Retry) -> Sending {
    Sending::Failed(Failure { status: None, error: error.to_owned(), retry, answer: None })
}
