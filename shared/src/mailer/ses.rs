//! Mail by Amazon SES.

use std::error::Error;

use aws_sdk_sesv2::{
    Client,
    error::{BuildError, ProvideErrorMetadata, SdkError},
    operation::send_email::SendEmailError,
    types::{Body, Content, Destination, EmailContent, Message, MessageHeader, MessageTag},
};

use jiff::SignedDuration;

use crate::{
    attempt::{Failure, Retry},
    mail::Mail,
    mail_fault::MailFault,
    mailer::{Sending, too_fast},
    service::Setting,
};

/// How SES sends a mail.
pub(super) struct Route<'a> {
    /// The installation's own configuration set, by whose name its events are known.
    pub(super) installation: &'a str,
    /// The configuration set that is used.
    pub(super) set: &'a str,
    /// The tenant on whose reputation it goes.
    pub(super) tenant: Option<&'a Setting>,
}

/// Sends one mail. SES has no request token, so nothing here is sent twice to be sure.
pub(super) async fn send(client: &Client, route: Route<'_>, mail: &Mail) -> Sending {
    let Ok(content) = content(mail) else {
        return Sending::Failed(failure("the mail cannot be written", Retry::Never));
    };
    let tag = |name, value| MessageTag::builder().name(name).value(value).build().ok();
    let tags = mail.tag.and_then(|of_row| {
        Some(vec![
            tag("delivery", String::from(of_row))?,
            tag("installation", route.installation.to_owned())?,
        ])
    });
    let request = client
        .send_email()
        .from_email_address(format!("{} <{}>", quoted(&mail.from_name), mail.from.expose()))
        .destination(Destination::builder().to_addresses(mail.to.expose()).build())
        .set_reply_to_addresses(mail.reply_to.as_ref().map(|to| vec![to.expose().to_owned()]))
        .set_email_tags(tags)
        .configuration_set_name(route.set)
        .set_tenant_name(route.tenant.map(|tenant| tenant.as_str().to_owned()))
        .content(content);
    match request.send().await {
        Ok(_) => Sending::Sent,
        Err(error) => judge(&error),
    }
}

fn content(mail: &Mail) -> Result<EmailContent, BuildError> {
    let part = |text: &str| Content::builder().data(text).charset("UTF-8").build();
    let body = Body::builder().html(part(&mail.texts.html)?).text(part(&mail.texts.text)?).build();
    let mut message = Message::builder().subject(part(&mail.texts.subject)?).body(body);
    if let Some(url) = &mail.unsubscribe_url {
        let header = |name: &str, value: &str| MessageHeader::builder().name(name).value(value).build();
        message = message
            .headers(header("List-Unsubscribe", &format!("<{url}>"))?)
            .headers(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")?);
    }
    Ok(EmailContent::builder().simple(message.build()).build())
}

/// A display name as an encoded word (RFC 2047) where it is not plain or reads as one, else as a quoted string.
fn quoted(name: &str) -> String {
    if name.is_ascii() && !name.contains("=?") {
        let escaped: String =
            name.chars().flat_map(|c| if "\"\\".contains(c) { vec!['\\', c] } else { vec![c] }).collect();
        return format!("\"{escaped}\"");
    }
    encoded_words(name)
}

/// Encoded words of at most 75 characters each, cut between characters.
fn encoded_words(text: &str) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let mut words = vec![String::new()];
    for c in text.chars() {
        match words.last_mut() {
            Some(word) if word.len() + c.len_utf8() <= 45 => word.push(c),
            Some(_) | None => words.push(c.to_string()),
        }
    }
    let encode = |word: &String| format!("=?utf-8?B?{}?=", STANDARD.encode(word));
    words.iter().map(encode).collect::<Vec<_>>().join(" ")
}

/// Whether a mail that was not confirmed can have left.
fn judge(error: &SdkError<SendEmailError>) -> Sending {
    match error {
        SdkError::ConstructionFailure(_) => {
            Sending::Failed(failure("the mail cannot be written", Retry::Never))
        }
        SdkError::DispatchFailure(dispatch) => match dispatch.as_connector_error() {
            Some(cause) if never_connected(cause) => {
                Sending::Failed(failure("no connection to SES", Retry::Scheduled))
            }
            Some(_) | None => Sending::Unknown,
        },
        SdkError::ServiceError(service) => {
            let (error, status) = (service.err(), service.raw().status());
            let message = error.message().unwrap_or_default();
            judge_answer(error.code().unwrap_or("unknown"), message, status.is_client_error())
        }
        SdkError::TimeoutError(_) | SdkError::ResponseError(_) | _ => Sending::Unknown,
    }
}

/// A refusal (4xx) is certain, and most can be mended; a failure inside SES (5xx) is not.
fn judge_answer(code: &str, message: &str, is_refused: bool) -> Sending {
    match code {
        "TooManyRequestsException" | "LimitExceededException" => {
            Sending::Failed(too_fast("SES is asked too fast", SignedDuration::ZERO))
        }
        "AccountSuspendedException" => {
            Sending::Stopped(MailFault::Account("SES has suspended the account, which may not send"))
        }
        "SendingPausedException" => Sending::Stopped(MailFault::Account("sending is paused at SES")),
        "MailFromDomainNotVerifiedException" => {
            Sending::Stopped(MailFault::Sender("the MAIL FROM domain is not verified at SES"))
        }
        "MessageRejected" if message.contains("not verified") => {
            Sending::Stopped(MailFault::Sender("the sender's address or domain is not verified at SES"))
        }
        "BadRequestException" => Sending::Failed(failure("SES cannot read the mail", Retry::Never)),
        code if is_refused => {
            Sending::Failed(failure(&format!("SES refused the mail: {code}"), Retry::Scheduled))
        }
        _ => Sending::Unknown,
    }
}

/// Whether the failure came before the request could leave.
fn never_connected(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(current) = cause {
        if current
            .downcast_ref::<hyper_util::client::legacy::Error>()
            .is_some_and(hyper_util::client::legacy::Error::is_connect)
        {
            return true;
        }
        cause = current.source();
    }
    false
}

fn failure(error: &str, retry: Retry) -> Failure {
    Failure { status: None, error: error.to_owned(), retry, answer: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_concerns_the_mail_the_sender_or_the_account() {
        let retry = |code, message, is_refused| match judge_answer(code, message, is_refused) {
            Sending::Failed(failure) => format!("{:?}", failure.retry),
            Sending::Stopped(MailFault::Account(_)) => "account".to_owned(),
            Sending::Stopped(MailFault::Sender(_)) => "sender".to_owned(),
            other @ (Sending::Sent | Sending::Unknown) => format!("{other:?}"),
        };
        for (code, message, is_refused, expected) in [
            ("TooManyRequestsException", "Maximum sending rate exceeded.", true, "Uncounted(0s)"),
            ("LimitExceededException", "", true, "Uncounted(0s)"),
            ("SendingPausedException", "", true, "account"),
            ("AccountSuspendedException", "", true, "account"),
            ("MailFromDomainNotVerifiedException", "", true, "sender"),
            ("MessageRejected", "Email address is not verified. The following …", true, "sender"),
            ("MessageRejected", "The message contains a virus.", true, "Scheduled"),
            ("NotFoundException", "Configuration set <x> does not exist.", true, "Scheduled"),
            ("BadRequestException", "", true, "Never"),
            ("InternalServiceErrorException", "", false, "Unknown"),
        ] {
            assert_eq!(retry(code, message, is_refused), expected, "{code} {message}");
        }
    }

    #[test]
    fn display_names_are_inert() {
        assert_eq!(quoted(r#"The "Greens" \o/"#), r#""The \"Greens\" \\o/""#);
        assert_eq!(quoted("=?utf-8?B?PGI+?="), "=?utf-8?B?PT91dGYtOD9CP1BHSSs/PQ==?=");
        assert_eq!(quoted("Die Grünen"), "=?utf-8?B?RGllIEdyw7xuZW4=?=");
        assert!(quoted(&"ü".repeat(60)).split(' ').all(|word| word.len() <= 75));
    }
}
