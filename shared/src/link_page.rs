//! The small accessible pages behind the links of mails.

use lambda_http::{
    Body, Response,
    http::{HeaderValue, StatusCode, header},
};
use minijinja::{Environment, context};

use crate::{
    bundle::Bundle,
    launch::{Decision, Standing},
    link::LinkPurpose,
    problem::Problem,
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

/// The page, in English, for one campaign where that is known.
pub fn page(shown: Shown, bundle: Option<&Bundle>) -> Response<Body> {
    let campaign = bundle.map_or("", |b| b.campaign.title.as_str());
    let org = bundle.map_or("", |b| b.org.title.as_str());
    let page = bundle.filter(|_| matches!(shown, Shown::Launch(..))).map(|b| b.page.name.as_str());
    let (title, text, button) = words(shown);
    let mut jinja = Environment::new();
    let html = jinja.add_template("link.html", include_str!("../templates/link.html")).and_then(|()| {
        jinja.get_template("link.html")?.render(context! { title, text, button, campaign, org, page })
    });
    let Ok(html) = html.inspect_err(|e| tracing::error!(error = %e, "the page of a link cannot be written"))
    else {
        return Problem::unavailable().into_response();
    };
    let mut response = Response::new(Body::from(html));
    let means_nothing = matches!(shown, Shown::Unknown | Shown::Void);
    *response.status_mut() = if means_nothing { StatusCode::NOT_FOUND } else { StatusCode::OK };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Nothing is kept, framed, indexed, loaded from elsewhere, or told to the next page.
const HEADERS: [(header::HeaderName, &str); 6] = [
    (header::CONTENT_TYPE, "text/html; charset=utf-8"),
    (header::CACHE_CONTROL, "no-store"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
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
