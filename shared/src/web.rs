//! Requests and responses of the HTTP API.

use lambda_http::{
    Body, Request, RequestExt, Response,
    http::{HeaderValue, StatusCode, header},
    request::RequestContext,
};
use serde::Serialize;

use crate::{bundle::Bundle, id::Kind, json, key::Address, problem::Problem, secret::sha256};

/// Most bytes of the body of a supporter's request.
pub const BODY_BYTES: usize = 16 * 1024;

/// Most bytes of the body of a request of staff: a template has three parts of up to 64 kB.
const STAFF_BODY_BYTES: usize = 256 * 1024;

/// Levels that the body of a request of staff may be nested: what pages tell widgets is theirs to shape.
const STAFF_DEPTH: usize = 16;

/// What the path addresses: by number, name or id.
pub fn address<T: Kind>(request: &Request, parameter: &str) -> Result<Address, Problem> {
    let segment = segment(request, parameter)?;
    Ok(Address::parse::<T>(&segment))
}

/// A path parameter. The slash of a page's name is `~` in it.
///
/// API Gateway decodes a path before it looks for its route, so that no parameter can hold a slash.
pub fn segment(request: &Request, parameter: &str) -> Result<String, Problem> {
    let parameters = request.path_parameters();
    let raw = parameters.first(parameter).ok_or_else(Problem::not_found)?;
    Ok(raw.replace('~', "/"))
}

/// The route that API Gateway matched, as in `GET /v1/orgs/{org}`; empty where there was none.
pub fn route(request: &Request) -> String {
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => context.route_key.clone().unwrap_or_default(),
        _ => String::new(),
    }
}

/// The body of a supporter's request as strict JSON: type, length, form.
pub fn json_body(request: &Request) -> Result<json::Body, Problem> {
    is_json(request)?;
    parse(body_text(request)?, json::DEPTH)
}

/// The body of a request of staff as strict JSON, which may be longer and deeper.
pub fn staff_body(request: &Request) -> Result<json::Body, Problem> {
    is_json(request)?;
    parse(text_of(request, STAFF_BODY_BYTES)?, STAFF_DEPTH)
}

fn parse(text: &str, depth: usize) -> Result<json::Body, Problem> {
    json::Body::parse_within(text, depth)
        .map_err(|e| Problem::unreadable(format!("line {}, column {}: no valid JSON", e.line(), e.column())))
}

fn is_json(request: &Request) -> Result<(), Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().map(str::trim).is_none_or(|kind| !kind.eq_ignore_ascii_case("application/json"))
    {
        return Err(Problem::unsupported_type("send application/json"));
    }
    Ok(())
}

/// The body of a supporter's request as text.
pub fn body_text(request: &Request) -> Result<&str, Problem> {
    text_of(request, BODY_BYTES)
}

fn text_of(request: &Request, most: usize) -> Result<&str, Problem> {
    let body: &[u8] = request.body();
    if body.len() > most {
        return Err(Problem::too_large(format!("a body has at most {most} bytes")));
    }
    std::str::from_utf8(body).map_err(|_| Problem::unreadable("the body is not UTF-8"))
}

/// Turns a result into the response: the value as JSON with this status, or the problem.
pub fn reply<T: Serialize>(status: StatusCode, result: Result<T, Problem>) -> Response<Body> {
    match result.and_then(|value| serde_json::to_string(&value).map_err(|e| Problem::internal(&e, false))) {
        Ok(text) => {
            let mut response = Response::new(Body::from(text));
            *response.status_mut() = status;
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(problem) => refuse(problem),
    }
}

/// Turns a result without a value into the response: 204, or the problem.
pub fn done(result: Result<(), Problem>) -> Response<Body> {
    match result {
        Ok(()) => {
            let mut response = Response::new(Body::Empty);
            *response.status_mut() = StatusCode::NO_CONTENT;
            response
        }
        Err(problem) => refuse(problem),
    }
}

/// The response of a problem, with a line in the log.
pub fn refuse(problem: Problem) -> Response<Body> {
    tracing::info!(http.status = problem.status().as_u16(), "a request was refused");
    problem.into_response()
}

/// How long anyone may keep what everyone may know: counts are at most 5 seconds old.
const FOR_A_MOMENT: &str = "public, max-age=5, stale-while-revalidate=10, stale-if-error=60";

/// Makes a response that anyone may keep for a while: `max-age` and a fingerprint, and 304 for
/// those who have it already.
pub fn cacheable(request: &Request, mut response: Response<Body>) -> Response<Body> {
    if response.status() != StatusCode::OK {
        return response;
    }
    let etag = format!("\"{}\"", sha256(response.body()));
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    if known.is_some_and(|known| known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag)) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::Empty;
    }
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(FOR_A_MOMENT));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.extend(HeaderValue::from_str(&etag).map(|value| (header::ETAG, value)).ok());
    response
}

/// Lets the page's own origins read the response; any origin, where the page names none.
pub fn allow_origin(
    request: &Request,
    bundle: Option<&Bundle>,
    mut response: Response<Body>,
) -> Response<Body> {
    let Some(origin) = request.headers().get(header::ORIGIN) else { return response };
    let allowed = bundle.map(|bundle| bundle.page.allowed_origins.as_slice()).unwrap_or_default();
    let ours = allowed.is_empty() || allowed.iter().any(|ours| origin == ours.as_str());
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    if ours {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    }
    response
}
