//! The small accessible pages behind the links of mails.

use base64::{Engine, engine::general_purpose::STANDARD};
use lambda_http::{
    Body, Request, RequestExt, Response,
    http::{HeaderValue, StatusCode, header},
};
use minijinja::{Environment, context};
use sha2::{Digest, Sha256};

use crate::{
    bundle::Bundle,
    launch::{Decision, Standing},
    link::LinkPurpose,
    problem::Problem,
    redirect::Redirect,
};

/// What a page behind a link shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// A question, with a button that does it.
    Question(LinkPurpose),
    /// That it is done, now or before.
    Done(LinkPurpose),
    /// That a signature was already taken back, so that it cannot be confirmed.
    TakenBack,
    /// How it stands with a page's launch; where that is open, a button that decides it.
    Launch(Standing, Decision),
    /// That a link to staff has no meaning, or none any more.
    Void,
    /// That the link has no meaning, or none any more.
    Unknown,
}

/// The page, in English, for one campaign where that is known; or, once the link has acted, the way to
/// where the request's `redirect` leads.
pub fn page(request: &Request, shown: Shown, bundle: Option<&Bundle>) -> Response<Body> {
    let redirect = bundle.and_then(|bundle| redirect(request, bundle));
    if let (Shown::Done(_), Some(redirect)) = (shown, &redirect) {
        return lead(redirect);
    }
    let campaign = bundle.map_or("", |b| b.campaign.title.as_str());
    let org = bundle.map_or("", |b| b.org.title.as_str());
    let page = bundle.filter(|_| matches!(shown, Shown::Launch(..))).map(|b| b.page.name.as_str());
    let (title, text, button) = words(shown);
    let mut jinja = Environment::new();
    let html = jinja.add_template("link.html", include_str!("../templates/link.html")).and_then(|()| {
        let script = is_of_supporters(shown).then_some(SCRIPT);
        jinja.get_template("link.html")?.render(context! { title, text, button, script, campaign, org, page })
    });
    let Ok(html) = html.inspect_err(|e| tracing::error!(error = %e, "the page of a link cannot be written"))
    else {
        return Problem::unavailable().into_response();
    };
    let mut response = Response::new(Body::from(html));
    let means_nothing = matches!(shown, Shown::Unknown | Shown::Void);
    *response.status_mut() = if means_nothing { StatusCode::NOT_FOUND } else { StatusCode::OK };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.extend(policy(redirect.as_ref()).map(|policy| (header::CONTENT_SECURITY_POLICY, policy)));
    close(response)
}

/// What follows a question that was answered: the page that the mail wanted.
fn lead(redirect: &Redirect) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::SEE_OTHER;
    let location = HeaderValue::from_str(redirect.url()).map(|url| (header::LOCATION, url)).ok();
    response.headers_mut().extend(location);
    close(response)
}

/// Where the mail wanted the browser to go then, if the page of the campaign allows it.
fn redirect(request: &Request, bundle: &Bundle) -> Option<Redirect> {
    Redirect::allowed(&bundle.page, request.query_string_parameters().first("redirect")?)
}

/// Presses the button for whoever is looking, which a scanner of mails is not.
const SCRIPT: &str = include_str!("../templates/link.js");

/// Whether the page asks a supporter. Staff decide on others' work, and by the button alone.
const fn is_of_supporters(shown: Shown) -> bool {
    matches!(shown, Shown::Question(_))
}

/// What the page may do: run the one script that it is made with, and post to itself. A browser checks where
/// a form leads to along all redirects.
fn policy(redirect: Option<&Redirect>) -> Option<HeaderValue> {
    let script = STANDARD.encode(Sha256::digest(SCRIPT));
    let target = redirect.map(|redirect| format!(" {}", redirect.origin())).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{script}'; style-src 'unsafe-inline'; \
         form-action 'self'{target}; frame-ancestors 'none'; base-uri 'none'"
    );
    HeaderValue::from_str(&policy).ok()
}

fn close(mut response: Response<Body>) -> Response<Body> {
    for (name, value) in CLOSED {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Nothing is kept, indexed, guessed, or told to the next page.
const CLOSED: [(header::HeaderName, &str); 4] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::HeaderName::from_static("x-robots-tag"), "noindex"),
];

const fn words(shown: Shown) -> (&'static str, &'static str, &'static str) {
    use LinkPurpose as P;
    match shown {
        Shown::Question(P::Confirm) => (
            "Please confirm your signature",
            "Press the button to confirm that it was you who signed.",
            "Confirm my signature",
        ),
        Shown::Question(P::Reject) => (
            "It was not you?",
            "Press the button, and the signature given with your address is taken back.",
            "It was not me",
        ),
        Shown::Question(P::OptIn) => (
            "Stay in touch?",
            "Press the button if we may write to you about this and other campaigns.",
            "Yes, write to me",
        ),
        Shown::Question(P::Unsubscribe) => {
            ("No more mail?", "Press the button, and we will not write to you again.", "Stop writing to me")
        }
        Shown::Done(P::Confirm) => ("Thank you", "Your signature is confirmed.", ""),
        Shown::Done(P::Reject) => ("Taken back", "The signature given with your address is taken back.", ""),
        Shown::Done(P::OptIn) => ("Thank you", "We will write to you.", ""),
        Shown::Done(P::Unsubscribe) => ("Done", "We will not write to you again.", ""),
        Shown::TakenBack => {
            ("Taken back", "This signature was taken back before. Please sign again if you want to.", "")
        }
        Shown::Launch(standing, decision) => words_of_launch(standing, decision),
        Shown::Void => (
            "This link means nothing any more",
            "It is older than 30 days, its page is gone, or you no longer decide on launches.",
            "",
        ),
        Shown::Unknown => (
            "This link does not work",
            "It is incomplete, or older than 30 days. Please use the newest mail from us.",
            "",
        ),
    }
}

const fn words_of_launch(
    standing: Standing,
    decision: Decision,
) -> (&'static str, &'static str, &'static str) {
    match (standing, decision) {
        (Standing::Asked, Decision::Accept) => {
            ("Let this page go live?", "Press the button, and it takes actions.", "Accept the launch")
        }
        (Standing::Asked, Decision::Reject) => (
            "Reject the launch of this page?",
            "Press the button, and it takes no actions. Its organisation may ask again.",
            "Reject the launch",
        ),
        (Standing::AskedAnew, _) => (
            "This page has asked again",
            "The request of this mail was decided or taken back. Please use the newest mail.",
            "",
        ),
        (Standing::Live, _) => ("This page is live", "It was decided that it takes actions.", ""),
        (Standing::NotLive, _) => (
            "This page is not live",
            "Its launch was rejected or taken back. Its organisation may ask again.",
            "",
        ),
    }
}
