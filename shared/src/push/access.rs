//! By whose right messages are put into an org's queue: credentials of Proca's own, lent, or given.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use aws_credential_types::Credentials;
use aws_sdk_sts::{Client, error::ProvideErrorMetadata};
use jiff::{SignedDuration, Timestamp};

use crate::{
    attempt::{Failure, Retry},
    push::{failure, open_text, queue::LATER},
    secret::Keyring,
    service::{QueueAccess, RoleArn, Service},
};

/// What Proca is called in an org's own logs.
const SESSION: &str = "proca";

/// How long before their end lent credentials are asked for anew.
const SPARE: SignedDuration = SignedDuration::from_mins(5);

/// Gets the credentials by which an org lets its queue be used.
#[derive(Debug, Clone)]
pub(super) struct Access {
    sts: Client,
    keys: Keyring,
    lent: Arc<Mutex<BTreeMap<(RoleArn, String), Lent>>>,
}

/// Credentials of a role, until they end.
#[derive(Debug, Clone)]
struct Lent {
    credentials: Credentials,
    until: Timestamp,
}

impl Access {
    pub(super) fn new(sts: Client, keys: Keyring) -> Self {
        Self { sts, keys, lent: Arc::default() }
    }

    /// The credentials to use; `None` for Proca's own.
    pub(super) async fn to(
        &self,
        service: &Service,
        access: &QueueAccess,
        at: Timestamp,
    ) -> Result<Option<Credentials>, Failure> {
        match access {
            QueueAccess::Own => Ok(None),
            QueueAccess::Key { id, secret } => {
                let secret = open_text(&self.keys, service, secret)
                    .ok_or_else(|| failure("the access key's secret cannot be opened", Retry::Scheduled))?;
                Ok(Some(Credentials::new(id.as_str(), secret, None, None, "service")))
            }
            QueueAccess::Role { role } => self.of_role(role, &service.external_id(), at).await.map(Some),
        }
    }

    /// The role's credentials, lent for an hour and kept until shortly before that ends.
    async fn of_role(
        &self,
        role: &RoleArn,
        external_id: &str,
        at: Timestamp,
    ) -> Result<Credentials, Failure> {
        let name = (role.clone(), external_id.to_owned());
        if let Some(lent) = self.held().get(&name).filter(|lent| at + SPARE < lent.until) {
            return Ok(lent.credentials.clone());
        }
        let asked = self
            .sts
            .assume_role()
            .role_arn(role.as_str())
            .external_id(external_id)
            .role_session_name(SESSION);
        let answer = asked.send().await.map_err(|error| refused(error.code(), external_id))?;
        let given = answer.credentials.ok_or_else(|| refused(None, external_id))?;
        let until = Timestamp::from_second(given.expiration.secs()).unwrap_or(at);
        let token = Some(given.session_token);
        let credentials = Credentials::new(given.access_key_id, given.secret_access_key, token, None, "role");
        let mut held = self.held();
        held.retain(|_, lent| at < lent.until);
        held.insert(name, Lent { credentials: credentials.clone(), until });
        Ok(credentials)
    }

    fn held(&self) -> std::sync::MutexGuard<'_, BTreeMap<(RoleArn, String), Lent>> {
        self.lent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refused(code: Option<&str>, external_id: &str) -> Failure {
    match code {
        Some("AccessDenied") => failure(
            &format!(
                "the role does not let Proca assume it with the external id {external_id} (AccessDenied)"
            ),
            LATER,
        ),
        Some(code) => failure(&format!("the role cannot be assumed for now ({code})"), Retry::Scheduled),
        None => failure("no answer about the role", Retry::Scheduled),
    }
}
