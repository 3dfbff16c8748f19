//! The HTTP side: SES API v2, as far as sending needs it.
//!
//! Bodies over 64 MiB are refused before they are read; the limit on a mail itself is smaller.

mod configuration_sets;
mod dropped;
mod error;
mod headers;
mod identities;
mod invalid;
mod parties;
mod raw;
mod request;
mod send;
mod simple;
mod suppression;
mod tags;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    routing::{get, post, put},
};
use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use self::{error::SesError, invalid::Invalid};
use super::{Mailbox, Via};

/// Holds the largest mail with its base64.
const BODY_LIMIT: usize = 64 << 20;

impl Mailbox {
    /// The SES API, to be served at the root of its own port.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/v2/email/outbound-emails", post(send::send_email))
            .route("/v2/email/identities", post(identities::create))
            .route("/v2/email/identities/{identity}", get(identities::show).delete(identities::delete))
            .route("/v2/email/configuration-sets", post(configuration_sets::create))
            .route("/v2/email/configuration-sets/{name}", get(configuration_sets::show))
            .route("/v2/email/suppression/addresses", put(suppression::put))
            .route(
                "/v2/email/suppression/addresses/{address}",
                get(suppression::show).delete(suppression::delete),
            )
            .route("/v2/email/account", get(account))
            .route("/_aws/ses", get(mails))
            .fallback(async || SesError::UnknownOperation)
            .method_not_allowed_fallback(async || SesError::UnknownOperation)
            .layer(DefaultBodyLimit::max(BODY_LIMIT))
            .with_state(self.clone())
    }
}

/// `GET /_aws/ses`: all caught mails, newest last.
async fn mails(State(mailbox): State<Mailbox>) -> Json<Value> {
    Json(json!({ "messages": mailbox.mails() }))
}

/// `GET /v2/email/account`: an account in production that is in good standing.
async fn account(State(mailbox): State<Mailbox>) -> Json<Value> {
    let yesterday = mailbox.now().saturating_sub(SignedDuration::from_hours(24)).ok();
    let sent: usize = mailbox
        .store()
        .mails()
        .iter()
        .filter(|mail| mail.via == Via::Ses && Some(mail.received_at) > yesterday)
        .map(|mail| mail.to.len())
        .sum();
    Json(json!({
        "DedicatedIpAutoWarmupEnabled": false,
        "EnforcementStatus": "HEALTHY",
        "ProductionAccessEnabled": true,
        "SendingEnabled": true,
        "SendQuota": { "Max24HourSend": 50_000, "MaxSendRate": 14, "SentLast24Hours": sent },
        "SuppressionAttributes": { "SuppressedReasons": ["BOUNCE", "COMPLAINT"] },
    }))
}

/// Reads a request body; unknown members are ignored, as SES does.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, SesError> {
    serde_json::from_slice(body).map_err(SesError::Unreadable)
}

/// A member that must be there; `path` names it as SES does.
fn required<T>(member: Option<T>, path: &'static str) -> Result<T, Invalid> {
    member.ok_or(Invalid::Missing(path))
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };

    use crate::mailbox::{
        Fault, Mailbox,
        fixture::{Outcome, mailbox},
    };

    const SEND: &str = r#"POST /v2/email/outbound-emails {"FromEmailAddress":"a@example.com",
        "Destination":{"ToAddresses":["bob@example.org"]},
        "Content":{"Simple":{"Subject":{"Data":"Hi"},"Body":{"Text":{"Data":"text"}}}}}"#;

    /// Sends `METHOD path body` over a connection of its own and reads until its end.
    async fn exchange(mailbox: &Mailbox, request: &str) -> std::io::Result<String> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut stream = TcpStream::connect(listener.local_addr()?).await?;
        let server = tokio::spawn(axum::serve(listener, mailbox.router()).into_future());
        let (method, rest) = request.split_once(' ').unwrap_or_default();
        let (path, body) = rest.split_once(' ').unwrap_or((rest, ""));
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n");
        let message = format!("{head}content-length: {length}\r\n\r\n{body}");
        stream.write_all(message.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        server.abort();
        Ok(answer)
    }

    #[tokio::test]
    async fn a_sent_mail_is_answered_by_its_id_and_shown() -> Outcome {
        let mailbox = mailbox()?;
        let answer = exchange(&mailbox, SEND).await?;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        let id = mailbox.mails().pop().map(|mail| mail.id).unwrap_or_default();
        assert!(answer.ends_with(&format!(r#"{{"MessageId":"{id}"}}"#)), "{answer}");
        let shown = exchange(&mailbox, "GET /_aws/ses").await?;
        assert!(shown.contains(&format!(r#""id":"{id}""#)), "{shown}");
        let account = exchange(&mailbox, "GET /v2/email/account").await?;
        assert!(account.contains(r#""SentLast24Hours":1"#), "{account}");
        Ok(())
    }

    #[tokio::test]
    async fn a_refusal_carries_its_status_and_its_code_in_a_header() -> Outcome {
        let mailbox = mailbox()?;
        mailbox.fail_next_sends(1, Fault::Throttle);
        for (request, status, code) in [
            (SEND, 429, "TooManyRequestsException"),
            ("POST /v2/email/outbound-emails {", 400, "SerializationException"),
            ("POST /v2/email/outbound-emails {}", 400, "BadRequestException"),
            ("GET /v2/email/configuration-sets/none", 404, "NotFoundException"),
            ("GET /v2/email/templates", 404, "UnknownOperationException"),
            ("GET /v2/email/identities", 404, "UnknownOperationException"),
        ] {
            let answer = exchange(&mailbox, request).await?;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
            assert!(answer.contains(&format!("x-amzn-errortype: {code}\r\n")), "{answer}");
        }
        assert_eq!(mailbox.mails(), []);
        Ok(())
    }

    #[tokio::test]
    async fn a_dropped_answer_leaves_the_mail_and_not_a_byte_on_the_wire() -> Outcome {
        let mailbox = mailbox()?;
        mailbox.fail_next_sends(1, Fault::AcceptThenDropAnswer);
        assert_eq!(exchange(&mailbox, SEND).await?, "");
        assert_eq!(mailbox.mails().len(), 1);
        assert!(exchange(&mailbox, SEND).await?.starts_with("HTTP/1.1 200 "));
        Ok(())
    }

    #[tokio::test]
    async fn identities_sets_and_suppressed_addresses_come_and_go() -> Outcome {
        let mailbox = mailbox()?;
        let suppressed = "/v2/email/suppression/addresses";
        for (request, status) in [
            (r#"POST /v2/email/identities {"EmailIdentity":"bob@example.org"}"#.to_owned(), 200),
            (r#"POST /v2/email/identities {"EmailIdentity":"Bob@example.org"}"#.to_owned(), 400),
            (r#"POST /v2/email/identities {"EmailIdentity":"not a domain"}"#.to_owned(), 400),
            ("GET /v2/email/identities/bob%40example.org".to_owned(), 200),
            ("DELETE /v2/email/identities/bob%40example.org".to_owned(), 200),
            ("GET /v2/email/identities/bob%40example.org".to_owned(), 404),
            (r#"POST /v2/email/configuration-sets {"ConfigurationSetName":"cs"}"#.to_owned(), 200),
            (r#"POST /v2/email/configuration-sets {"ConfigurationSetName":"cs"}"#.to_owned(), 400),
            (r#"POST /v2/email/configuration-sets {"ConfigurationSetName":"c s"}"#.to_owned(), 400),
            ("GET /v2/email/configuration-sets/cs".to_owned(), 200),
            (format!(r#"PUT {suppressed} {{"EmailAddress":"a@x.org","Reason":"BOUNCE"}}"#), 200),
            (format!(r#"PUT {suppressed} {{"EmailAddress":"a@x.org","Reason":"WHIM"}}"#), 400),
            (format!("GET {suppressed}/A%40x.org"), 200),
            (format!("DELETE {suppressed}/a%40x.org"), 200),
            (format!("DELETE {suppressed}/a%40x.org"), 404),
        ] {
            let answer = exchange(&mailbox, &request).await?;
            let expected = format!("HTTP/1.1 {status} ");
            assert!(answer.starts_with(&expected), "{request}: {answer}");
        }
        Ok(())
    }
}
