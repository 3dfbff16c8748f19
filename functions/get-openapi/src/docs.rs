//! The page that shows the description to people, and the viewer it loads.

use lambda_http::{
    Body, Response,
    http::{HeaderName, HeaderValue, header},
};
use proca::{problem::Problem, web};

const PAGE: &str = include_str!("../assets/docs.html");

const VIEWER: &str = include_str!("../assets/rapidoc-9.3.8.js");

/// The name has the version in it: what is under a name never changes.
const VIEWER_NAME: &str = "rapidoc-9.3.8.js";

/// Nothing from elsewhere and no script in the page: a token that is tried out here stays here. The viewer
/// writes styles of its own.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page.
pub(crate) fn page() -> Response<Body> {
    answer(
        PAGE,
        &[
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CACHE_CONTROL, "public, max-age=300"),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ],
    )
}

/// A file that the page loads.
pub(crate) fn file(name: &str) -> Response<Body> {
    if name != VIEWER_NAME {
        return web::refuse(Problem::not_found());
    }
    answer(
        VIEWER,
        &[
            (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
            (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ],
    )
}

fn answer(text: &'static str, headers: &[(HeaderName, &'static str)]) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
