//! Mail addresses as they are written: `local@domain` or `Name <local@domain>`.

use std::{error::Error, fmt};

/// SES measures the whole address, display name included.
const MAX_LENGTH: usize = 320;

/// The address without its display name.
pub(super) fn bare(written: &str) -> &str {
    let written = written.trim();
    written.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')).map_or(written, |(_, bare)| bare.trim())
}

/// What is before the `@` of a bare address.
pub(super) fn local(bare: &str) -> &str {
    bare.rsplit_once('@').map_or(bare, |(local, _)| local)
}

/// What is behind the `@` of a bare address; empty when there is none.
pub(super) fn domain(bare: &str) -> &str {
    bare.rsplit_once('@').map_or("", |(_, domain)| domain)
}

/// The addresses of a header, split at the commas that are not inside quotes.
pub(super) fn list(header: &str) -> Vec<String> {
    let (mut quoted, mut escaped) = (false, false);
    header
        .split(|character| {
            let literal = std::mem::take(&mut escaped);
            match character {
                '\\' => escaped = !literal,
                '"' if !literal => quoted = !quoted,
                _ => {}
            }
            character == ',' && !quoted
        })
        .map(str::trim)
        .filter(|address| !address.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The bare address, if SES would take it.
pub(super) fn check(written: &str) -> Result<&str, AddressError> {
    if written.chars().count() > MAX_LENGTH {
        return Err(AddressError::TooLong(written.to_owned()));
    }
    // A line break in the display name would start another header.
    if written.contains(['\r', '\n']) {
        return Err(AddressError::LocalControl);
    }
    let bare = bare(written);
    let (local, domain) = bare.rsplit_once('@').ok_or(AddressError::NoAt)?;
    check_local(local)?;
    check_domain(domain)?;
    Ok(bare)
}

fn check_local(local: &str) -> Result<(), AddressError> {
    if local.is_empty() {
        return Err(AddressError::NoLocal);
    }
    if local.len() > 1 && local.starts_with('"') && local.ends_with('"') {
        return Ok(());
    }
    if !local.chars().all(|character| character.is_ascii_graphic()) {
        return Err(AddressError::LocalControl);
    }
    if local.contains(['(', ')', '<', '>', '@', ',', ';', ':', '\\', '"', '[', ']']) {
        return Err(AddressError::LocalIllegal);
    }
    Ok(())
}

fn check_domain(domain: &str) -> Result<(), AddressError> {
    if domain.is_empty() {
        return Err(AddressError::NoDomain);
    }
    if !domain.chars().all(|character| character.is_ascii_graphic()) {
        return Err(AddressError::DomainControl);
    }
    if domain.split('.').any(str::is_empty) {
        return Err(AddressError::DomainDots);
    }
    if !domain.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.') {
        return Err(AddressError::DomainIllegal);
    }
    Ok(())
}

/// What is wrong with an address; says it in the words of SES.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum AddressError {
    /// Longer than 320 characters.
    TooLong(String),
    /// There is no `@`.
    NoAt,
    /// Nothing before the `@`.
    NoLocal,
    /// A blank, a control or a non-ASCII character before the `@`.
    LocalControl,
    /// A character before the `@` that would need quotes.
    LocalIllegal,
    /// Nothing behind the `@`.
    NoDomain,
    /// A blank, a control or a non-ASCII character behind the `@`.
    DomainControl,
    /// The domain starts or ends with a dot, or has two in a row.
    DomainDots,
    /// Another character that no domain has.
    DomainIllegal,
}

impl fmt::Display for AddressError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::TooLong(address) => {
                return write!(out, "Address length is more than {MAX_LENGTH} characters long: '{address}'.");
            }
            Self::NoAt => "Missing final '@domain'",
            Self::NoLocal => "Missing local name",
            Self::LocalControl => "Local address contains control or whitespace",
            Self::LocalIllegal => "Local address contains illegal character",
            Self::NoDomain => "Missing domain",
            Self::DomainControl => "Domain contains control or whitespace",
            Self::DomainDots => "Domain contains dot-dot",
            Self::DomainIllegal => "Domain contains illegal character",
        })
    }
}

impl Error for AddressError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_with_or_without_a_display_name() {
        for (written, expected) in [
            ("bob@example.org", "bob@example.org"),
            (" Bob <bob@example.org> ", "bob@example.org"),
            ("\"Müller, <Öko>\" <o.m+x@sub.example.org>", "o.m+x@sub.example.org"),
            ("\"a b\"@example.org", "\"a b\"@example.org"),
        ] {
            assert_eq!(check(written), Ok(expected), "{written}");
        }
    }

    #[test]
    fn what_ses_refuses_is_refused_in_its_words() {
        for (written, expected) in [
            ("bob", AddressError::NoAt),
            ("", AddressError::NoAt),
            ("@example.org", AddressError::NoLocal),
            ("b ob@example.org", AddressError::LocalControl),
            ("bób@example.org", AddressError::LocalControl),
            ("X\r\nBcc: y <bob@example.org>", AddressError::LocalControl),
            ("a,b@example.org", AddressError::LocalIllegal),
            ("bob@", AddressError::NoDomain),
            ("bob@exämple.org", AddressError::DomainControl),
            ("bob@example..org", AddressError::DomainDots),
            ("bob@example.org.", AddressError::DomainDots),
            ("bob@exam_ple.org", AddressError::DomainIllegal),
        ] {
            assert_eq!(check(written), Err(expected), "{written}");
        }
        let long = format!("{}@example.org", "a".repeat(309));
        assert_eq!(check(&long), Err(AddressError::TooLong(long.clone())));
    }

    #[test]
    fn a_header_is_split_at_commas_outside_quotes() {
        assert_eq!(
            list(r#"a@x.org, "B, \"b,\"" <b@x.org>,, C <c@x.org>"#),
            ["a@x.org", r#""B, \"b,\"" <b@x.org>"#, "C <c@x.org>"]
        );
    }
}
