//! Errors as clients see them: problem details (RFC 9457).

use std::error::Error;

use lambda_http::{
    Body, Response,
    http::{HeaderValue, StatusCode, header},
};
use serde_json::json;

use crate::{intake::Refusal, random::Random, table::TableError, violation::Violation};

/// What went wrong, as a client may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    title: &'static str,
    detail: Option<String>,
    errors: Vec<Violation>,
    retry_after_secs: Option<u32>,
}

impl Problem {
    const fn new(status: StatusCode, title: &'static str) -> Self {
        Self { status, title, detail: None, errors: Vec::new(), retry_after_secs: None }
    }

    /// 400: the body cannot be read.
    pub fn unreadable(detail: impl Into<String>) -> Self {
        Self {
            detail: Some(detail.into()),
            ..Self::new(StatusCode::BAD_REQUEST, "the request cannot be read")
        }
    }

    /// 401: no credential, or one that does not hold.
    pub const fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "show who you are by a valid token")
    }

    /// 403: known, but without the permission.
    pub fn forbidden(permission: &str) -> Self {
        let detail = format!("this needs the permission {permission}");
        Self { detail: Some(detail), ..Self::new(StatusCode::FORBIDDEN, "you may not do this") }
    }

    /// 403: known, but it is more than they have.
    pub fn beyond(detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..Self::new(StatusCode::FORBIDDEN, "you may not do this") }
    }

    /// 428: a change must say which version it was made from.
    pub fn precondition_required() -> Self {
        let detail = "send If-Match with the version you got, in quotes: If-Match: \"3\"";
        let title = "say which version you change";
        Self { detail: Some(detail.to_owned()), ..Self::new(StatusCode::PRECONDITION_REQUIRED, title) }
    }

    /// 404: nothing is there, or nothing the client may see.
    pub const fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "there is nothing at this address")
    }

    /// 409: the state of things does not allow it.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..Self::new(StatusCode::CONFLICT, "this cannot be done now") }
    }

    /// 413: the body is too long.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self {
            detail: Some(detail.into()),
            ..Self::new(StatusCode::PAYLOAD_TOO_LARGE, "the request is too large")
        }
    }

    /// 415: the body is of another type.
    pub fn unsupported_type(detail: impl Into<String>) -> Self {
        let title = "the body is of an unsupported type";
        Self { detail: Some(detail.into()), ..Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, title) }
    }

    /// 422: the body can be read, and is wrong; all its errors at once.
    pub fn invalid(errors: Vec<Violation>) -> Self {
        Self { errors, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "the request breaks rules") }
    }

    /// 503: not now; again in a few seconds.
    pub fn unavailable() -> Self {
        Self {
            retry_after_secs: Some(2),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "please try again in a moment")
        }
    }

    /// 503: whoever runs the instance takes nothing for now; again in half a minute.
    pub fn read_only() -> Self {
        Self {
            detail: Some("no actions are taken at the moment".to_owned()),
            retry_after_secs: Some(30),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "please try again in a moment")
        }
    }

    /// 500 or 503 for a failure on our side: logged with its causes under an id, which is all the client learns.
    pub fn internal(error: &(dyn Error + 'static), transient: bool) -> Self {
        let id = Random::System.uuid();
        tracing::error!(problem.id = %id, error = %Chain(error), "a request failed on our side");
        let problem = if transient {
            Self::unavailable()
        } else {
            Self::new(StatusCode::INTERNAL_SERVER_ERROR, "this failed on our side")
        };
        Self { detail: Some(format!("quote {id} when you report this")), ..problem }
    }

    /// The status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The response that says it.
    pub fn into_response(self) -> Response<Body> {
        let mut body = json!({ "status": self.status.as_u16(), "title": self.title });
        if let Some(members) = body.as_object_mut() {
            members.extend(self.detail.map(|detail| ("detail".to_owned(), json!(detail))));
            if !self.errors.is_empty() {
                members.insert("errors".to_owned(), json!(self.errors));
            }
        }
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(secs) = self.retry_after_secs {
            headers.insert(header::RETRY_AFTER, secs.into());
        }
        response
    }
}

impl From<TableError> for Problem {
    fn from(error: TableError) -> Self {
        Self::internal(&error, error.is_transient())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::PageNotLive
            | Refusal::CampaignNotOpen
            | Refusal::CannotConfirm
            | Refusal::CannotSeal => Self::conflict(refusal.to_string()),
        }
    }
}

/// An error with all its causes, in one line.
#[derive(Debug)]
pub struct Chain<'a>(pub &'a (dyn Error + 'static));

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}
