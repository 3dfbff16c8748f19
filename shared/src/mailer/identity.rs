//! What SES knows of a domain.

use std::{error::Error, fmt};

use aws_sdk_sesv2::{
    Client,
    error::SdkError,
    operation::get_email_identity::{GetEmailIdentityError, GetEmailIdentityOutput},
    types::{DkimAttributes, DkimStatus},
};

use crate::{
    sending_domain::{Identity, Proof},
    service::DomainName,
};

/// SES did not say.
#[derive(Debug)]
pub struct IdentityError(Box<SdkError<GetEmailIdentityError>>);

/// Where keys are that SES keeps, and no other zone is named.
const ZONE: &str = "dkim.amazonses.com";

/// Asks for a domain; `None` where it is no identity of the account.
pub(super) async fn ask(client: &Client, domain: &DomainName) -> Result<Option<Identity>, IdentityError> {
    match client.get_email_identity().email_identity(domain.as_str()).send().await {
        Ok(answer) => Ok(Some(read(&answer))),
        Err(error) => match error.as_service_error() {
            Some(GetEmailIdentityError::NotFoundException(_)) => Ok(None),
            Some(_) | None => Err(IdentityError(Box::new(error))),
        },
    }
}

fn read(answer: &GetEmailIdentityOutput) -> Identity {
    let dkim = answer.dkim_attributes();
    let mail_from = answer.mail_from_attributes().and_then(|at| {
        let domain = at.mail_from_domain().parse().ok()?;
        Some((domain, proof(at.mail_from_domain_status().as_str())))
    });
    Identity {
        sends: answer.verified_for_sending_status(),
        dkim: proof(dkim.and_then(DkimAttributes::status).map_or("", DkimStatus::as_str)),
        dkim_tokens: dkim.map(|dkim| dkim.tokens().to_vec()).unwrap_or_default(),
        dkim_zone: dkim.and_then(|dkim| dkim.signing_hosted_zone()).unwrap_or(ZONE).to_owned(),
        mail_from,
    }
}

/// A status that SES has for each of its proofs.
fn proof(status: &str) -> Proof {
    match status {
        "SUCCESS" => Proof::Found,
        "FAILED" => Proof::GivenUp,
        _ => Proof::Awaited,
    }
}

impl fmt::Display for IdentityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SES did not say what it knows of a domain")
    }
}

impl Error for IdentityError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}
