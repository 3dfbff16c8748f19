//! The functions of the system, started as the template says, each with its own variables alone.

use std::{collections::BTreeMap, fmt, future::Future, pin::Pin, sync::Arc};

use lambda_http::{Body, Response};
use proca::config::{ConfigError, Env};
use serde_json::Value;

/// What a function answers.
#[derive(Debug)]
pub enum Answer {
    /// To a request.
    Http(Response<Body>),
    /// To anything else.
    Json(Value),
}

/// Why a function gave no answer.
#[derive(Debug)]
pub struct Failed(pub String);

type Invocation = Pin<Box<dyn Future<Output = Result<Answer, Failed>> + Send>>;

/// One function, ready to be invoked with the events that Lambda would give it.
#[derive(Clone)]
pub struct Function(Arc<dyn Fn(Value) -> Invocation + Send + Sync>);

impl Function {
    /// Invokes it once.
    pub async fn invoke(&self, event: Value) -> Result<Answer, Failed> {
        (self.0)(event).await
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Function(..)")
    }
}

/// A function behind the HTTP API.
macro_rules! http {
    ($module:ident, $env:expr) => {{
        let deps = Arc::new($module::Deps::new($env)?);
        Function(Arc::new(move |event| {
            let deps = Arc::clone(&deps);
            Box::pin(async move {
                let request =
                    lambda_http::request::from_str(&event.to_string()).map_err(|e| Failed(e.to_string()))?;
                let Ok(response) = $module::handle(&deps, request).await;
                Ok(Answer::Http(response))
            })
        }))
    }};
}

/// A function behind a queue, the stream or the schedule.
macro_rules! event {
    ($module:ident, $env:expr) => {{
        let deps = Arc::new($module::Deps::new($env)?);
        Function(Arc::new(move |event| {
            let deps = Arc::clone(&deps);
            Box::pin(async move {
                let event = serde_json::from_value(event).map_err(|e| Failed(e.to_string()))?;
                let answer = $module::handle(&deps, event).await.map_err(|e| Failed(e.to_string()))?;
                serde_json::to_value(answer).map(Answer::Json).map_err(|e| Failed(e.to_string()))
            })
        }))
    }};
}

/// Starts every function there is, by its logical id in the template.
///
/// # Errors
/// If a function lacks a variable that the template does not give it.
pub fn start(env_of: impl Fn(&str) -> Env) -> Result<BTreeMap<String, Function>, ConfigError> {
    let mut functions = BTreeMap::new();
    let mut add = |name: &str, function| functions.insert(name.to_owned(), function);
    add("AddAction", http!(add_action, &env_of("AddAction")));
    add("GetPage", http!(get_page, &env_of("GetPage")));
    add("ListActions", http!(list_actions, &env_of("ListActions")));
    add("GetStats", http!(get_stats, &env_of("GetStats")));
    add("ShowLink", http!(show_link, &env_of("ShowLink")));
    add("UseLink", http!(use_link, &env_of("UseLink")));
    add("AcceptInvite", http!(accept_invite, &env_of("AcceptInvite")));
    add("GetOpenapi", http!(get_openapi, &env_of("GetOpenapi")));
    add("LaunchPages", http!(launch_pages, &env_of("LaunchPages")));
    add("ModerateActions", http!(moderate_actions, &env_of("ModerateActions")));
    add("ReadAudit", http!(read_audit, &env_of("ReadAudit")));
    add("ReadCampaigns", http!(read_campaigns, &env_of("ReadCampaigns")));
    add("ReadDeliveries", http!(read_deliveries, &env_of("ReadDeliveries")));
    add("ReadKeys", http!(read_keys, &env_of("ReadKeys")));
    add("ReadModeration", http!(read_moderation, &env_of("ReadModeration")));
    add("ReadOrgs", http!(read_orgs, &env_of("ReadOrgs")));
    add("ReadPages", http!(read_pages, &env_of("ReadPages")));
    add("ReadServices", http!(read_services, &env_of("ReadServices")));
    add("ReadStaff", http!(read_staff, &env_of("ReadStaff")));
    add("ReadSupporters", http!(read_supporters, &env_of("ReadSupporters")));
    add("EraseContacts", http!(erase_contacts, &env_of("EraseContacts")));
    add("ExportContacts", http!(export_contacts, &env_of("ExportContacts")));
    add("ReadTemplates", http!(read_templates, &env_of("ReadTemplates")));
    add("ReadTokens", http!(read_tokens, &env_of("ReadTokens")));
    add("ReplayDeliveries", http!(replay_deliveries, &env_of("ReplayDeliveries")));
    add("TestService", http!(test_service, &env_of("TestService")));
    add("WriteCampaigns", http!(write_campaigns, &env_of("WriteCampaigns")));
    add("WriteKeys", http!(write_keys, &env_of("WriteKeys")));
    add("WriteOrgs", http!(write_orgs, &env_of("WriteOrgs")));
    add("WritePages", http!(write_pages, &env_of("WritePages")));
    add("WriteServices", http!(write_services, &env_of("WriteServices")));
    add("WriteSwitches", http!(write_switches, &env_of("WriteSwitches")));
    add("WriteStaff", http!(write_staff, &env_of("WriteStaff")));
    add("WriteTemplates", http!(write_templates, &env_of("WriteTemplates")));
    add("WriteTokens", http!(write_tokens, &env_of("WriteTokens")));
    add("ProcessAction", event!(process_action, &env_of("ProcessAction")));
    add("PushAction", event!(push_action, &env_of("PushAction")));
    add("RecordFeedback", event!(record_feedback, &env_of("RecordFeedback")));
    add("RecountCampaigns", event!(recount_campaigns, &env_of("RecountCampaigns")));
    add("RelayChanges", event!(relay_changes, &env_of("RelayChanges")));
    add("SendEmail", event!(send_email, &env_of("SendEmail")));
    add("Sweep", event!(sweep, &env_of("Sweep")));
    Ok(functions)
}
