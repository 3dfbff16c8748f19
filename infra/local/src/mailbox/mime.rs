//! Reads a raw message into the parts a person sees.

use mailparse::{DispositionType, MailHeader, MailHeaderMap, MailParseError, ParsedMail};

use super::address;

/// What a raw message says about itself.
#[derive(Debug, Default)]
pub(super) struct Message {
    /// The first sender, as written; `None` without a `From` header.
    pub(super) from: Option<String>,
    /// `Reply-To`, as written.
    pub(super) reply_to: Vec<String>,
    /// `To`, `Cc` and `Bcc`, as written.
    pub(super) recipients: Vec<String>,
    pub(super) subject: String,
    pub(super) text: Option<String>,
    pub(super) html: Option<String>,
    /// Names and decoded values, in their order.
    pub(super) headers: Vec<(String, String)>,
}

impl Message {
    /// Reads the headers and the first text and HTML parts that are not attachments.
    pub(super) fn read(raw: &[u8]) -> Result<Self, MailParseError> {
        let mail = mailparse::parse_mail(raw)?;
        Ok(Self {
            from: addresses(&mail, "From").into_iter().next(),
            reply_to: addresses(&mail, "Reply-To"),
            recipients: ["To", "Cc", "Bcc"].iter().flat_map(|name| addresses(&mail, name)).collect(),
            subject: mail.headers.get_first_value("Subject").unwrap_or_default(),
            text: part(&mail, "text/plain")?,
            html: part(&mail, "text/html")?,
            headers: mail.headers.iter().map(|h| (h.get_key(), h.get_value())).collect(),
        })
    }
}

/// Splits before decoding, since an encoded name may hold a comma.
fn addresses(mail: &ParsedMail<'_>, name: &str) -> Vec<String> {
    mail.headers
        .get_all_headers(name)
        .into_iter()
        .map(MailHeader::get_value_raw)
        .flat_map(|raw| address::list(&String::from_utf8_lossy(raw)))
        .map(|written| decoded(&written))
        .collect()
}

fn decoded(written: &str) -> String {
    let header = format!("X: {written}");
    mailparse::parse_header(header.as_bytes())
        .map_or_else(|_| written.to_owned(), |(header, _)| header.get_value())
}

fn part(mail: &ParsedMail<'_>, mimetype: &str) -> Result<Option<String>, MailParseError> {
    mail.parts()
        .filter(|part| part.subparts.is_empty() && part.ctype.mimetype == mimetype)
        .find(|part| part.get_content_disposition().disposition != DispositionType::Attachment)
        .map(ParsedMail::get_body)
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::fixture::Outcome;

    #[test]
    fn encoded_names_parts_and_folded_headers_are_read() -> Outcome {
        let message = Message::read(
            b"From: =?utf-8?q?M=C3=BCller=2C_Jo?= <jo@example.org>\r\n\
              To: a@example.org,\r\n b@example.org\r\nBcc: c@example.org\r\n\
              Subject: =?utf-8?q?h=C3=A9?=\r\nMIME-Version: 1.0\r\n\
              Content-Type: multipart/mixed; boundary=M\r\n\r\n\
              --M\r\nContent-Type: multipart/alternative; boundary=A\r\n\r\n\
              --A\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\
              Content-Transfer-Encoding: quoted-printable\r\n\r\nt=E9xt\r\n\
              --A\r\nContent-Type: text/html\r\n\r\n<b>h</b>\r\n--A--\r\n\
              --M\r\nContent-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nno\r\n--M--\r\n",
        )?;
        assert_eq!(message.from.as_deref(), Some("Müller, Jo <jo@example.org>"));
        assert_eq!(message.recipients, ["a@example.org", "b@example.org", "c@example.org"]);
        assert_eq!(message.subject, "hé");
        assert_eq!(message.text.as_deref().map(str::trim), Some("téxt"));
        assert_eq!(message.html.as_deref().map(str::trim), Some("<b>h</b>"));
        Ok(())
    }

    #[test]
    fn an_attached_text_is_not_the_text() -> Outcome {
        let message =
            Message::read(b"Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nno\r\n")?;
        assert_eq!(message.text, None);
        Ok(())
    }
}
