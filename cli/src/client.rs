//! Requests over the network.

use std::time::Duration;

use serde_json::Value;
use ureq::{
    Agent,
    http::{Request, header},
};

use crate::{call::Call, document::Operation, failure::Failure, refusal::Refusal, token::Token};

/// Most bytes of an answer.
const ANSWER_BYTES: u64 = 64 * 1024 * 1024;

/// The API at an address, as one user.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    url: String,
    token: Option<Token>,
}

/// An answer to success.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The body as it came.
    pub text: String,
    /// Where an answer in parts goes on.
    pub next: Option<String>,
    /// How far an answer in parts has come.
    pub reached: Option<String>,
    /// From when on the next answer in parts should begin.
    pub complete_until: Option<String>,
}

impl Answer {
    /// The body, where it is JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_str(&self.text).ok()
    }
}

impl Client {
    /// The API at this address, with this token where there is one.
    ///
    /// Redirects are not followed: the API makes none, and the token is for this address alone.
    pub fn new(url: String, token: Option<Token>) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_global(Some(Duration::from_mins(1)))
            .user_agent(concat!("proca/", env!("CARGO_PKG_VERSION")))
            .build()
            .into();
        Self { agent, url, token }
    }

    /// Sends a request of an operation.
    ///
    /// # Errors
    /// Where the API refuses or is not reached.
    pub fn send(&self, call: &Call, operation: Option<&Operation>) -> Result<Answer, Failure> {
        let mut request =
            Request::builder().method(call.method.as_str()).uri(format!("{}{}", self.url, call.target()));
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, token.bearer());
        }
        if let Some(version) = call.version {
            request = request.header(header::IF_MATCH, format!("\"{version}\""));
        }
        let sent = match &call.body {
            Some(body) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.as_str())
                .map_err(ureq::Error::from)
                .and_then(|request| self.agent.run(request)),
            None => request.body(()).map_err(ureq::Error::from).and_then(|request| self.agent.run(request)),
        };
        let mut response = sent.map_err(|error| Failure::Unreachable(Box::new(error)))?;
        let status = response.status();
        let said = |name: &str| {
            let value = response.headers().get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        let (next, reached) = (said("proca-next"), said("proca-reached"));
        let complete_until = said("proca-complete-until");
        let text = response.body_mut().with_config().limit(ANSWER_BYTES).read_to_string();
        let text = text.map_err(|error| Failure::Unreachable(Box::new(error)))?;
        if status.is_success() {
            return Ok(Answer { text, next, reached, complete_until });
        }
        let refusal = Refusal::read(status.as_u16(), &text, operation);
        Err(refusal.map_or(Failure::NotTheApi(status.as_u16()), Failure::Refused))
    }
}
