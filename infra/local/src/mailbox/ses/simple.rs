//! Simple content: SES writes the headers.

use super::{
    error::SesError,
    headers,
    invalid::Invalid,
    request::{Body, Destination, Part, SendEmail, Simple},
    required,
    send::check_length,
};
use crate::mailbox::caught::Draft;

/// The draft of a simple mail; recipients, tags and configuration set are still to come.
pub(super) fn draft(request: &SendEmail, simple: Simple) -> Result<Draft, SesError> {
    let from = request.from_email_address.clone().ok_or(Invalid::NoFrom)?;
    let subject = required(simple.subject, "content.simple.subject")?;
    let subject = required(subject.data, "content.simple.subject.data")?;
    if subject.trim().is_empty() {
        return Err(Invalid::EmptySubject.into());
    }
    let (text, html) = parts(required(simple.body, "content.simple.body")?)?;
    let length = [Some(&subject), text.as_ref(), html.as_ref()].into_iter().flatten();
    check_length(length.map(String::len).sum())?;
    let mut draft = Draft { from, subject, text, html, ..Draft::default() };
    draft.reply_to = request.reply_to_addresses.clone().unwrap_or_default();
    draft.headers = written(&draft, request.destination.as_ref());
    draft.headers.extend(headers::custom(simple.headers.unwrap_or_default())?);
    headers::refuse_duplicates(&draft.headers)?;
    Ok(draft)
}

/// The text and HTML of a body that has at least one of them.
fn parts(body: Body) -> Result<(Option<String>, Option<String>), Invalid> {
    if body.text.is_none() && body.html.is_none() {
        return Err(Invalid::EmptyBody);
    }
    let read = |part: Option<Part>, path| part.map(|part| required(part.data, path)).transpose();
    Ok((read(body.text, "content.simple.body.text.data")?, read(body.html, "content.simple.body.html.data")?))
}

/// The headers SES writes.
fn written(draft: &Draft, destination: Option<&Destination>) -> Vec<(String, String)> {
    let listed = |list: fn(&Destination) -> &Vec<String>| {
        destination.map(|destination| list(destination).join(", ")).unwrap_or_default()
    };
    let content_type = match (&draft.text, &draft.html) {
        (Some(_), Some(_)) => "multipart/alternative; boundary=\"----=_Part_0\"",
        (None, Some(_)) => "text/html; charset=UTF-8",
        (Some(_) | None, None) => "text/plain; charset=UTF-8",
    };
    [
        ("From", draft.from.clone()),
        ("Reply-To", draft.reply_to.join(", ")),
        ("To", listed(|destination| &destination.to)),
        ("Cc", listed(|destination| &destination.cc)),
        ("Subject", draft.subject.clone()),
        ("MIME-Version", "1.0".to_owned()),
        ("Content-Type", content_type.to_owned()),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}
