//! A stand-in for AWS STS: lends the credentials of roles, as `AssumeRole` does.
//!
//! What it does not do: there are no roles but those that a test has trust somebody, so on this machine
//! every role refuses. It knows no policies, no session names, and one length of a session; nothing
//! here looks at what was lent.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Form, Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use jiff::SignedDuration;
use proca::clock::Clock;
use serde::Deserialize;

/// How long credentials are lent for.
const SESSION: SignedDuration = SignedDuration::from_hours(1);

/// The roles that are lent. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sts {
    clock: Clock,
    /// The external id that each role asks for.
    roles: Arc<Mutex<BTreeMap<String, String>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Asked {
    action: String,
    role_arn: Option<String>,
    external_id: Option<String>,
}

impl Sts {
    /// One that lends no role yet.
    pub fn new(clock: Clock) -> Self {
        Self { clock, roles: Arc::default() }
    }

    /// Lets a role be assumed by whoever names this external id.
    pub fn trust(&self, role: &str, external_id: &str) {
        let mut roles = self.roles.lock().unwrap_or_else(PoisonError::into_inner);
        roles.insert(role.to_owned(), external_id.to_owned());
    }

    /// The service.
    pub fn router(&self) -> Router {
        Router::new().route("/", post(answer)).with_state(self.clone())
    }

    fn lends(&self, role: &str, external_id: Option<&str>) -> bool {
        let roles = self.roles.lock().unwrap_or_else(PoisonError::into_inner);
        roles.get(role).is_some_and(|asked_for| Some(asked_for.as_str()) == external_id)
    }
}

async fn answer(State(sts): State<Sts>, Form(asked): Form<Asked>) -> Response {
    let role = match (asked.action.as_str(), asked.role_arn) {
        ("AssumeRole", Some(role)) if role.starts_with("arn:") => role,
        ("AssumeRole", _) => return refuse(StatusCode::BAD_REQUEST, "ValidationError"),
        _ => return refuse(StatusCode::BAD_REQUEST, "InvalidAction"),
    };
    if !sts.lends(&role, asked.external_id.as_deref()) {
        return refuse(StatusCode::FORBIDDEN, "AccessDenied");
    }
    let until = (sts.clock.now() + SESSION).strftime("%Y-%m-%dT%H:%M:%SZ");
    let name = role.rsplit(['/', ':']).next().unwrap_or_default();
    xml(
        StatusCode::OK,
        format!(
            "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
             <Credentials><AccessKeyId>ASIA-{name}</AccessKeyId><SecretAccessKey>lent</SecretAccessKey>\
             <SessionToken>lent</SessionToken><Expiration>{until}</Expiration></Credentials>\
             </AssumeRoleResult></AssumeRoleResponse>"
        ),
    )
}

fn refuse(status: StatusCode, code: &str) -> Response {
    let body = format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
         <Code>{code}</Code><Message>{code}</Message></Error></ErrorResponse>"
    );
    xml(status, body)
}

fn xml(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "text/xml")], body).into_response()
}
