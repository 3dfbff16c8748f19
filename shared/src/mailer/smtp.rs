//! Mail by an SMTP server of the org's own.

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    address::AddressError,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::authentication::Credentials,
};

use crate::{
    attempt::{Failure, Retry},
    mail::Mail,
    mailer::Sending,
    webhook::{Reach, is_public},
};

/// How long one exchange with the server may take.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(15);

/// Sends one mail. The connection must be encrypted, except to this machine under the local runner.
pub(super) async fn send(
    address: &str,
    login: Option<(String, String)>,
    mail: &Mail,
    reach: Reach,
) -> Sending {
    let Some((host, port)) =
        address.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)))
    else {
        return failed("the mail server's address must be host:port", Retry::Scheduled);
    };
    let loopback = match reachable(host, port, reach).await {
        Ok(loopback) => loopback,
        Err(reason) => return failed(reason, Retry::Scheduled),
    };
    let Ok(message) = message(mail) else { return failed("the mail cannot be written", Retry::Never) };
    let builder = if loopback {
        AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
    } else {
        match AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(host) {
            Ok(builder) => builder,
            Err(_) => return failed("the mail server's name is unusable", Retry::Scheduled),
        }
    };
    let builder = builder.port(port).timeout(Some(PATIENCE));
    let builder = match login {
        Some((user, password)) => builder.credentials(Credentials::new(user, password)),
        None => builder,
    };
    match builder.build().send(message).await {
        Ok(_) => Sending::Sent,
        Err(error) => judge(&error),
    }
}

/// Whether the server is on this machine; an error where it may not be reached.
async fn reachable(host: &str, port: u16, reach: Reach) -> Result<bool, &'static str> {
    let found =
        tokio::net::lookup_host((host, port)).await.map_err(|_| "the mail server's name is unknown")?;
    let found: Vec<_> = found.collect();
    if reach == Reach::Loopback && found.iter().all(|a| a.ip().is_loopback()) {
        return Ok(true);
    }
    if found.iter().all(|a| is_public(a.ip())) {
        Ok(false)
    } else {
        Err("the mail server's address is not public")
    }
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
fn judge(error: &lettre::transport::smtp::Error) -> Sending {
    if error.is_permanent() {
        return failed("the mail server refused the mail", Retry::Never);
    }
    if error.is_transient() || error.is_client() || error.is_tls() {
        return failed("the mail server does not take the mail now", Retry::Scheduled);
    }
    let refused = std::error::Error::source(error)
        .and_then(|cause| cause.downcast_ref::<std::io::Error>())
        .is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionRefused);
    if refused { failed("no connection to the mail server", Retry::Scheduled) } else { Sending::Unknown }
}

fn failed(error: &str, retry: Retry) -> Sending {
    Sending::Failed(Failure { status: None, error: error.to_owned(), retry })
}
