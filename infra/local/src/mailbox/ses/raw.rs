//! Raw content: the caller writes the whole message.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    error::SesError,
    headers,
    invalid::Invalid,
    request::{Raw, SendEmail},
    required,
    send::check_length,
    tags,
};
use crate::mailbox::{caught::Draft, mime::Message};

/// The draft of a raw mail, and the recipients its headers name.
///
/// A member of the request goes before the header that says the same; a `From` that differs from
/// the request's sender stays in the headers and has to be verified too.
pub(super) fn draft(request: &mut SendEmail, raw: Raw) -> Result<(Draft, Vec<String>), SesError> {
    let data = required(raw.data, "content.raw.data")?;
    let bytes = STANDARD.decode(data).map_err(Invalid::RawBase64)?;
    check_length(bytes.len())?;
    let message = Message::read(&bytes).map_err(Invalid::RawMime)?;
    headers::refuse_duplicates(&message.headers)?;
    let header = |field: &str| {
        let found = message.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(field));
        found.map(|(_, value)| value.clone())
    };
    if request.configuration_set_name.is_none() {
        request.configuration_set_name = header("X-SES-CONFIGURATION-SET");
    }
    if request.email_tags.is_none() {
        request.email_tags = header("X-SES-MESSAGE-TAGS").map(|header| tags::in_header(&header));
    }
    let from_header = message.from.ok_or(Invalid::NoFrom)?;
    let reply_to = request.reply_to_addresses.clone().filter(|list| !list.is_empty());
    let draft = Draft {
        from: request.from_email_address.clone().unwrap_or(from_header),
        reply_to: reply_to.unwrap_or(message.reply_to),
        subject: message.subject,
        text: message.text,
        html: message.html,
        headers: message.headers,
        ..Draft::default()
    };
    Ok((draft, message.recipients))
}
