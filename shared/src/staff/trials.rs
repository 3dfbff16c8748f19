//! Trials of services: whether one takes what it will be sent.

use std::time::Duration;

use lambda_http::Request;
use serde_json::json;

use crate::{
    api::services::Trial,
    attempt::Failure,
    email::Email,
    mail::{Mail, Sender},
    mailer::{Mailer, Sending},
    message::service_test,
    permission::ManageServices,
    problem::Problem,
    push::{Pushed, Pusher},
    service::{Backend, Endpoint, SYSTEM, Service, ServiceState},
    staff::OrgScope,
    template, web,
};

/// How long a trial may take: less than the function has.
const PATIENCE: Duration = Duration::from_secs(15);

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
    /// A webhook that takes the event becomes active. Nothing is promised by a trial: what was sent is
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
            Err(_) => failed(None, "no answer within 15 seconds"),
        };
        tracing::info!(service.id = %service.id, delivered = trial.delivered, "a service was tested");
        if trial.delivered && service.must_answer_a_test() {
            self.set_state(service, ServiceState::Active, "service.activate").await?;
        }
        Ok(trial)
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
        let table = &self.staff.table;
        let instance = match table.instance().await? {
            Some(instance) => table.org(instance.org).await?,
            None => None,
        };
        let instance = instance.as_ref().unwrap_or(&self.org);
        let Some(sender) = Sender::choose(&self.org, instance, &service.endpoint) else {
            return Ok(failed(None, "neither the org nor the instance has an address to send from"));
        };
        let values = json!({ "org": { "title": self.org.title }, "service": service.id });
        let texts =
            template::service_test().render(&values).map_err(|error| Problem::internal(&error, false))?;
        Ok(match mailer.send(service, &Mail::to_staff(sender, to.clone(), texts, None)).await {
            Sending::Sent => {
                Trial { delivered: true, status: None, detail: "a test mail is on its way to you".to_owned() }
            }
            Sending::Failed(failure) => failed(failure.status, &failure.error),
            Sending::Unknown => failed(None, "it is not known whether the test mail left"),
        })
    }
}

fn failed(status: Option<u16>, error: &str) -> Trial {
    let detail = error.chars().take(DETAIL).map(|c| if c.is_control() { ' ' } else { c }).collect();
    Trial { delivered: false, status, detail }
}
