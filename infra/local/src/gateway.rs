//! The HTTP API in front of the functions, by the routes of the template.
//!
//! What it does not do: throttling, access logs, CORS of its own (the functions answer that).

use std::{collections::BTreeMap, fmt::Write as _};

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, Response, StatusCode, Uri, header},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use std::sync::Arc;

use crate::{functions::Answer, plan::Trigger, system::System};

/// API Gateway takes at most 10 MB.
const BODY_BYTES: usize = 10 * 1024 * 1024;

/// A request as API Gateway sees it.
#[derive(Debug, Clone, Default)]
pub struct Call {
    /// Method.
    pub method: Method,
    /// Path and query.
    pub uri: Uri,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Vec<u8>,
}

/// Answers a request of the network.
pub async fn answer(State(system): State<Arc<System>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_BYTES).await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE, "{\"message\":\"Request Too Long\"}");
    };
    let call = Call { method: parts.method, uri: parts.uri, headers: parts.headers, body: body.to_vec() };
    system.call(call).await.map(Body::from)
}

impl System {
    /// Answers a request by the function whose route it matches.
    pub async fn call(&self, call: Call) -> Response<Vec<u8>> {
        let Ok(path) = percent_decode_str(call.uri.path()).decode_utf8() else {
            return message(StatusCode::BAD_REQUEST, "Bad Request");
        };
        let Some((function, route, parameters)) = self.route(&call.method, &path) else {
            return message(StatusCode::NOT_FOUND, "Not Found");
        };
        match self.invoke(function, event(&call, &path, &route, &parameters)).await {
            Ok(Answer::Http(response)) => response.map(|body| body.to_vec()),
            Ok(Answer::Json(_)) => message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
            Err(failed) => {
                tracing::error!(function, error = failed.0, "a function gave no answer");
                message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
            }
        }
    }

    /// The function whose route fits best: a fixed segment goes before a parameter, as in API Gateway.
    fn route(&self, method: &Method, path: &str) -> Option<(&str, String, BTreeMap<String, String>)> {
        let fitting = self.triggers().filter_map(|(name, trigger)| match trigger {
            Trigger::Http { method: m, path: pattern } if m == method.as_str() || m == "ANY" => {
                Some((name, format!("{m} {pattern}"), matched(pattern, path)?))
            }
            Trigger::Http { .. }
            | Trigger::Queue { .. }
            | Trigger::Stream { .. }
            | Trigger::Schedule { .. } => None,
        });
        fitting.min_by_key(|(_, _, parameters)| parameters.len())
    }
}

/// The parameters of a decoded path that fits the pattern: as in API Gateway, a slash that was escaped parts segments.
fn matched(pattern: &str, path: &str) -> Option<BTreeMap<String, String>> {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    let mut parameters = BTreeMap::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(parameters),
            (Some(wanted), Some(given)) => match wanted.strip_prefix('{').and_then(|w| w.strip_suffix('}')) {
                Some(name) if !given.is_empty() => {
                    parameters.insert(name.to_owned(), given.to_owned());
                }
                None if wanted == given => {}
                Some(_) | None => return None,
            },
            (None, Some(_)) | (Some(_), None) => return None,
        }
    }
}

/// The event of API Gateway's HTTP API, payload format 2.0. The path in it is decoded.
fn event(call: &Call, path: &str, route: &str, parameters: &BTreeMap<String, String>) -> Value {
    let mut headers = BTreeMap::<String, String>::new();
    for (name, value) in &call.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        let entry = headers.entry(name.as_str().to_owned()).or_default();
        let separator = if entry.is_empty() { "" } else { "," };
        if write!(entry, "{separator}{value}").is_err() {
            tracing::debug!("a header was left out");
        }
    }
    let host = headers.get(header::HOST.as_str()).cloned().unwrap_or_else(|| "localhost".to_owned());
    let text = std::str::from_utf8(&call.body);
    json!({
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": call.uri.query().unwrap_or_default(),
        "headers": headers,
        "pathParameters": parameters,
        "requestContext": {
            "accountId": "000000000000", "apiId": "local", "domainName": host, "domainPrefix": "local",
            "http": { "method": call.method.as_str(), "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "" },
            "requestId": "local", "routeKey": route, "stage": "$default", "time": "01/Jan/2026:00:00:00 +0000", "timeEpoch": 0,
        },
        "body": text.map_or_else(|_| STANDARD.encode(&call.body), str::to_owned),
        "isBase64Encoded": text.is_err(),
    })
}

fn message(status: StatusCode, text: &str) -> Response<Vec<u8>> {
    plain(status, "").map(|_| json!({ "message": text }).to_string().into_bytes())
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_fits_its_pattern_segment_by_segment() {
        let page = matched("/v1/pages/{page}/actions", "/v1/pages/greens.org~x/actions").unwrap();
        assert_eq!(page["page"], "greens.org~x");
        assert_eq!(matched("/v1/pages/{page}", "/v1/pages/greens.org/x"), None);
        assert_eq!(matched("/v1/pages/{page}", "/v1/pages/1/actions"), None);
        assert_eq!(matched("/v1/pages/{page}", "/v1/pages/"), None);
    }
}
