//! `POST /v2/email/outbound-emails`: takes a mail in.

use axum::{
    Json,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{
    dropped,
    error::SesError,
    invalid::Invalid,
    parties, raw, read,
    request::{Content, Raw, SendEmail, Simple},
    required, simple, tags,
};
use crate::mailbox::{CaughtMail, Fault, Mailbox, Via, caught::Draft};

/// 40 MB, the most a mail may have.
pub(super) const MAX_LENGTH: usize = 40 << 20;

/// Answers `SendEmail`, or fails as a test wanted it.
pub(super) async fn send_email(State(mailbox): State<Mailbox>, body: Bytes) -> Response {
    let fault = mailbox.account().next_fault();
    match fault {
        Some(Fault::Throttle) => SesError::Throttled.into_response(),
        Some(Fault::Reject) => SesError::Rejected.into_response(),
        Some(Fault::Suspend) => SesError::Suspended.into_response(),
        Some(Fault::Pause) => SesError::Paused.into_response(),
        Some(Fault::AcceptThenDropAnswer) => {
            send(&mailbox, &body).map_or_else(IntoResponse::into_response, |_| dropped::answer())
        }
        None => send(&mailbox, &body).map(|mail| Json(json!({ "MessageId": mail.id }))).into_response(),
    }
}

/// Checks all that SES checks, then takes the mail in.
pub(super) fn send(mailbox: &Mailbox, body: &[u8]) -> Result<CaughtMail, SesError> {
    let mut request: SendEmail = read(body)?;
    let (draft, named) = match only(required(request.content.take(), "content")?)? {
        Kind::Simple(simple) => (simple::draft(&request, simple)?, Vec::new()),
        Kind::Raw(raw) => raw::draft(&mut request, raw)?,
    };
    let draft = parties::addressed(draft, &request, named)?;
    let draft = Draft {
        tags: tags::checked(request.email_tags.take().unwrap_or_default())?,
        tenant: request.tenant_name.take(),
        configuration_set: request.configuration_set_name.take().filter(|name| !name.is_empty()),
        ..draft
    };
    refuse_unknown(mailbox, &draft)?;
    let return_path = request.feedback_forwarding_email_address.as_deref();
    parties::refuse_unverified(&mailbox.account(), &draft, return_path)?;
    mailbox.catch(draft, Via::Ses).map_err(SesError::Store)
}

/// Fails on a mail that is too long.
pub(super) fn check_length(length: usize) -> Result<(), Invalid> {
    if length > MAX_LENGTH { Err(Invalid::TooLong(length)) } else { Ok(()) }
}

enum Kind {
    Simple(Simple),
    Raw(Raw),
}

/// The one content of a request. A template is never found, since none can be created.
fn only(content: Content) -> Result<Kind, SesError> {
    match (content.simple, content.raw, content.template) {
        (Some(simple), None, None) => Ok(Kind::Simple(simple)),
        (None, Some(raw), None) => Ok(Kind::Raw(raw)),
        (None, None, Some(template)) => Err(SesError::NoTemplate(template.template_name)),
        _ => Err(Invalid::Content.into()),
    }
}

/// Fails if the configuration set a draft names does not exist.
fn refuse_unknown(mailbox: &Mailbox, draft: &Draft) -> Result<(), SesError> {
    match &draft.configuration_set {
        Some(name) if !mailbox.account().has_configuration_set(name) => {
            Err(SesError::NoConfigurationSet(name.clone()))
        }
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use serde_json::Value;

    use super::*;
    use crate::mailbox::fixture::{Outcome, mailbox};

    /// A mail that is accepted.
    fn request() -> Value {
        json!({
            "FromEmailAddress": "Org <noreply@example.com>",
            "FeedbackForwardingEmailAddress": "bounces@example.com",
            "Destination": { "ToAddresses": ["Bob <bob@example.org>"], "BccAddresses": ["c@x.org"] },
            "ReplyToAddresses": ["org@example.net"],
            "Content": { "Simple": {
                "Subject": { "Data": "Hé" },
                "Body": { "Text": { "Data": "text" }, "Html": { "Data": "<p>" } },
                "Headers": [{ "Name": "X-Foo", "Value": "bar" }],
            } },
            "ConfigurationSetName": null,
            "EmailTags": [{ "Name": "delivery", "Value": "dlv_1" }],
        })
    }

    /// The same with another member at `pointer`.
    fn changed(pointer: &str, value: &Value) -> Value {
        let mut request = request();
        if let Some(member) = request.pointer_mut(pointer) {
            member.clone_from(value);
        }
        request
    }

    fn refusal(request: &Value) -> Result<Option<String>, Box<dyn std::error::Error>> {
        let mailbox = mailbox()?;
        let refusal = send(&mailbox, request.to_string().as_bytes()).err();
        assert_eq!(mailbox.mails().is_empty(), refusal.is_some());
        Ok(refusal.map(|error| error.to_string()))
    }

    #[test]
    fn a_simple_mail_is_caught_as_its_recipients_would_see_it() -> Outcome {
        let mail = send(&mailbox()?, request().to_string().as_bytes())?;
        assert_eq!(mail.from, "Org <noreply@example.com>");
        assert_eq!(mail.to, ["bob@example.org", "c@x.org"]);
        assert_eq!(mail.reply_to, ["org@example.net"]);
        assert_eq!((mail.subject.as_str(), mail.text.as_deref()), ("Hé", Some("text")));
        assert_eq!(mail.tags.get("delivery").map(String::as_str), Some("dlv_1"));
        let names: Vec<_> = mail.headers.iter().map(|(name, _)| name.as_str()).collect();
        let written = ["From", "Reply-To", "To", "Subject", "MIME-Version", "Content-Type"];
        assert_eq!(names, [written.as_slice(), &["X-Foo"]].concat());
        Ok(())
    }

    #[test]
    fn what_ses_refuses_is_refused_and_not_caught() -> Outcome {
        let raw_too = json!({ "Simple": { "Subject": { "Data": "Hi" } }, "Raw": { "Data": "" } });
        for (pointer, value, expected) in [
            ("/FromEmailAddress", json!("a@evil.org"), "US-EAST-1: a@evil.org"),
            ("/FromEmailAddress", Value::Null, "Missing required header 'From'."),
            ("/FeedbackForwardingEmailAddress", json!("a@evil.org"), "US-EAST-1: a@evil.org"),
            ("/Destination/ToAddresses", json!(vec!["a@x.org"; 50]), "Recipient count exceeds 50."),
            ("/Destination/ToAddresses/0", json!("bob"), "Missing final '@domain'"),
            ("/ReplyToAddresses/0", json!("org@"), "Missing domain"),
            ("/Destination", json!({}), "At least one destination address is required."),
            ("/Content", Value::Null, "Value at 'content' failed"),
            ("/Content", json!({}), "exactly one of Raw, Simple, Template."),
            ("/Content", raw_too, "exactly one of Raw, Simple, Template."),
            ("/Content", json!({ "Template": { "TemplateName": "t" } }), "Template t does not"),
            ("/Content", json!({ "Raw": { "Data": "!" } }), "Raw data are not base64"),
            ("/Content/Simple/Subject", json!({}), "'content.simple.subject.data'"),
            ("/Content/Simple/Subject/Data", json!(" "), "Empty required header 'Subject'."),
            ("/Content/Simple/Body", json!({}), "must contain Text or Html."),
            ("/Content/Simple/Body/Text", json!({}), "'content.simple.body.text.data'"),
            ("/Content/Simple/Headers/0/Name", json!("X Y"), "Invalid header name <X Y>."),
            ("/Content/Simple/Headers/0/Name", json!("subject"), "Duplicate header 'Subject'."),
            ("/ConfigurationSetName", json!("none"), "Configuration set <none> does not exist."),
            ("/EmailTags/0/Value", json!("a@b"), "Invalid tag value <a@b>"),
        ] {
            let refusal = refusal(&changed(pointer, &value))?.unwrap_or_default();
            assert!(refusal.contains(expected), "{pointer} {value}: {refusal}");
        }
        Ok(())
    }

    #[test]
    fn a_mail_over_forty_megabytes_is_refused() -> Outcome {
        let text = format!(r#""{}""#, "x".repeat(MAX_LENGTH));
        let request = request().to_string().replacen(r#""text""#, &text, 1);
        let refusal = send(&mailbox()?, request.as_bytes()).map_err(|error| error.to_string());
        let expected = "Message length is more than 41943040 bytes long: '41943046'.";
        assert_eq!(refusal, Err(expected.to_owned()));
        Ok(())
    }

    #[test]
    fn a_raw_mail_names_its_own_sender_recipients_tags_and_set() -> Outcome {
        let raw = "From: Org <a@example.com>\r\nTo: Bob <bob@example.org>\r\nSubject: Hi\r\n\
                   X-SES-CONFIGURATION-SET: proca\r\nX-SES-MESSAGE-TAGS: delivery=dlv_1, n=v\r\n\
                   \r\nbody\r\n";
        let request = json!({ "Content": { "Raw": { "Data": STANDARD.encode(raw) } } });
        let mailbox = mailbox()?;
        mailbox.create_configuration_set("proca");
        let mail = send(&mailbox, request.to_string().as_bytes())?;
        assert_eq!(mail.from, "Org <a@example.com>");
        assert_eq!(mail.to, ["bob@example.org"]);
        assert_eq!(mail.configuration_set.as_deref(), Some("proca"));
        assert_eq!(mail.tags.keys().collect::<Vec<_>>(), ["delivery", "n"]);
        assert_eq!(mail.text.as_deref(), Some("body\r\n"));
        Ok(())
    }

    #[test]
    fn a_raw_mail_needs_a_verified_sender_in_its_header_too() -> Outcome {
        let raw = STANDARD.encode("From: a@evil.org\r\nTo: bob@example.org\r\n\r\nbody");
        let refusal = refusal(&changed("/Content", &json!({ "Raw": { "Data": raw } })))?;
        assert!(refusal.unwrap_or_default().ends_with("US-EAST-1: a@evil.org"));
        Ok(())
    }
}
