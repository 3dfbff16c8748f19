//! Trials: whether a service takes what it will be sent, and how a template looks as a mail.

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;
use lambda_http::Request;
use serde_json::json;

use crate::{
    api::services::{SendingDomains, Trial},
    attempt::Failure,
    email::Email,
    mail::{Mail, Sender},
    mailer::{Mailer, Sending},
    message::service_test,
    org::Org,
    permission::{ManageServices, ManageTemplates},
    problem::Problem,
    push::{Pushed, Pusher},
    service::{Backend, DomainName, Endpoint, SYSTEM, Service, ServiceState},
    staff::{OrgScope, Staff},
    template::{Notification, Texts},
    web,
};

/// How long a trial may take: less than the function has.
const PATIENCE: Duration = Duration::from_secs(15);

/// What a trial says that took longer.
const SLOW: &str = "no answer within 15 seconds";

/// Most characters of what a trial says.
const DETAIL: usize = 300;

impl OrgScope<'_, ManageServices> {
    /// The service that the path names; `SYSTEM` is the instance's, where the org sends its mail by that.
    ///
    /// # Errors
    /// 404 where the org has none of this id; 409 where it borrows none, or what it borrows is not there.
    pub async fn service_to_test(&self, request: &Request) -> Result<Service, Problem> {
        if web::segment(request, "service")? != SYSTEM {
            return self.service(request).await;
        }
        if self.org.backends.email != Some(Backend::System) {
            return Err(Problem::conflict("the org does not send its mail by SYSTEM"));
        }
        let resolved = self.staff.table.backend(&self.org, |backends| backends.email).await?;
        Ok(resolved.map_err(|unusable| Problem::conflict(unusable.to_string()))?.service)
    }

    /// Sends a webhook or queue a test event, or through a mail service a mail to whoever asks.
    ///
    /// A webhook that takes the event becomes active, and so does a mail service of the org's own that is
    /// paused and takes the mail. Nothing is promised by a trial: what was sent is
    /// not written down, and is not sent again.
    ///
    /// # Errors
    /// 409 where the service was changed while it was tested.
    pub async fn test_service(
        &self,
        service: &Service,
        pusher: &Pusher,
        mailer: &Mailer,
        to: &Email,
    ) -> Result<Trial, Problem> {
        let sent = async {
            match &service.endpoint {
                Endpoint::Webhook { .. } | Endpoint::Sqs { .. } => Ok(self.push_test(service, pusher).await),
                Endpoint::Ses { .. } | Endpoint::Smtp { .. } => self.mail_test(service, mailer, to).await,
            }
        };
        let trial = match tokio::time::timeout(PATIENCE, sent).await {
            Ok(trial) => trial?,
            Err(_) => failed(None, SLOW),
        };
        tracing::info!(service.id = %service.id, delivered = trial.delivered, "a service was tested");
        let is_own = service.org == self.org.id;
        let is_paused = matches!(service.state, ServiceState::Paused { .. });
        if trial.delivered && is_own && (service.must_answer_a_test() || is_paused) {
            self.set_state(service, ServiceState::Active, "service.activate").await?;
        }
        Ok(trial)
    }

    /// How it stands with the domains that the org's mails come from, where it sends by SES: the org's own
    /// address, and all that its own service may send from. Nothing is known of other kinds of service.
    ///
    /// # Errors
    /// 503 where SES does not say.
    pub async fn sending_domains(
        &self,
        service: &Service,
        mailer: &Mailer,
    ) -> Result<SendingDomains, Problem> {
        let Endpoint::Ses { verified_domains, .. } = &service.endpoint else {
            return Ok(SendingDomains { domains: Vec::new() });
        };
        let of_address = self.org.email_from.as_ref().and_then(|from| from.domain().parse().ok());
        let of_service = verified_domains.iter().filter(|_| service.org == self.org.id).cloned();
        let domains: BTreeSet<DomainName> = of_address.into_iter().chain(of_service).collect();
        let asked = futures_util::future::try_join_all(domains.into_iter().map(|d| mailer.sending_domain(d)));
        let domains = asked.await.map_err(|error| Problem::internal(&error, true))?;
        Ok(SendingDomains { domains })
    }

    async fn push_test(&self, service: &Service, pusher: &Pusher) -> Trial {
        let now = self.now();
        let id = format!("msg_{}", self.staff.random.uuid().simple());
        match pusher.push(service, &id, &service_test(&self.org, service.id, now), now).await {
            Ok(Pushed { status }) => {
                Trial { delivered: true, status, detail: "the test event was taken".to_owned() }
            }
            Err(Failure { status, error, .. }) => failed(status, &error),
        }
    }

    async fn mail_test(&self, service: &Service, mailer: &Mailer, to: &Email) -> Result<Trial, Problem> {
        let values = json!({ "org": { "title": self.org.title }, "service": service.id });
        let texts = Notification::ServiceTest
            .texts()
            .render(&values)
            .map_err(|error| Problem::internal(&error, false))?;
        let instance = self.staff.instance_org().await?;
        Ok(send((&self.org, instance.as_ref()), (service, mailer), (to, self.now()), texts).await)
    }
}

impl OrgScope<'_, ManageTemplates> {
    /// Sends the template that the path names to whoever asks, with sample data, the way supporters get it.
    ///
    /// # Errors
    /// 404 where there is none; 409 where the org has no way to send mail; 422 where it does not render.
    pub async fn test_template(
        &self,
        request: &Request,
        mailer: &Mailer,
        to: &Email,
    ) -> Result<Trial, Problem> {
        let texts = self.rendered_sample(request).await?;
        let resolved = self.staff.table.backend(&self.org, |backends| backends.email).await?;
        let resolved = resolved.map_err(|unusable| Problem::conflict(unusable.to_string()))?;
        let sent =
            send((&self.org, Some(&resolved.instance)), (&resolved.service, mailer), (to, self.now()), texts);
        let trial = match tokio::time::timeout(PATIENCE, sent).await {
            Ok(trial) => trial,
            Err(_) => failed(None, SLOW),
        };
        tracing::info!(org.id = %self.org.id, delivered = trial.delivered, "a template was tested");
        Ok(trial)
    }
}

impl Staff {
    async fn instance_org(&self) -> Result<Option<Org>, Problem> {
        Ok(match self.table.instance().await? {
            Some(instance) => self.table.org(instance.org).await?,
            None => None,
        })
    }
}

/// Sends one mail to whoever asked for it, from the org or in its name.
async fn send(
    (org, instance): (&Org, Option<&Org>),
    (service, mailer): (&Service, &Mailer),
    (to, now): (&Email, Timestamp),
    texts: Texts,
) -> Trial {
    let Some(sender) = Sender::choose(org, instance.unwrap_or(org), &service.endpoint) else {
        return failed(None, "neither the org nor the instance has an address to send from");
    };
    match mailer.send(service, &Mail::to_staff(sender, to.clone(), texts, None), now).await {
        Sending::Sent => {
            Trial { delivered: true, status: None, detail: "a test mail is on its way to you".to_owned() }
        }
        Sending::Failed(failure) => failed(failure.status, &failure.error),
        Sending::Stopped(fault) => failed(None, fault.reason()),
        Sending::Unknown => failed(None, "it is not known whether the test mail left"),
    }
}

fn failed(status: Option<u16>, error: &str) -> Trial {
    let detail = error.chars().take(DETAIL).map(|c| if c.is_control() { ' ' } else { c }).collect();
    Trial { delivered: false, status, detail }
}
