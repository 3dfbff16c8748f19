//! Pages to try the system as its users would: the petition, the mailbox, the received webhooks.

mod demo;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use minijinja::{Environment, Value, context};

use crate::{mailbox::Mailbox, receiver::Receiver, system::System};

/// What the pages show.
#[derive(Debug, Clone)]
pub struct Pages {
    /// The system.
    pub system: Arc<System>,
    /// The received webhooks.
    pub receiver: Receiver,
}

/// Every page, for people alone: the API is the gateway's.
pub fn router(pages: Pages) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/demo/{page}", get(demo::form))
        .route("/demo/{page}/sign", post(demo::sign))
        .route("/mailbox", get(mailbox))
        .route("/mailbox/{id}", get(mail))
        .route("/mailbox/{id}/html", get(mail_html))
        .route("/webhooks", get(webhooks))
        .with_state(pages)
}

async fn index() -> Response {
    render("index", &context! {})
}

async fn mailbox(State(pages): State<Pages>) -> Response {
    let mails: Vec<_> = newest_first(&pages.system.mailbox).collect();
    render("mailbox", &context! { mails })
}

fn newest_first(mailbox: &Mailbox) -> impl Iterator<Item = Value> {
    mailbox.mails().into_iter().rev().take(200).map(|mail| {
        let at = mail.received_at.strftime("%H:%M:%S").to_string();
        context! { id => mail.id, at, from => mail.from, to => mail.to.join(", "), subject => mail.subject }
    })
}

async fn mail(State(pages): State<Pages>, Path(id): Path<String>) -> Response {
    let Some(mail) = pages.system.mailbox.mail(&id) else { return StatusCode::NOT_FOUND.into_response() };
    let above = ["From", "Reply-To", "To", "Subject"];
    let others = mail.headers.iter().filter(|(name, _)| !above.contains(&name.as_str()));
    let headers: Vec<_> = others.map(|(name, value)| context! { name, value }).collect();
    render(
        "mail",
        &context! {
            id => mail.id, subject => mail.subject, from => mail.from, to => mail.to.join(", "),
            reply_to => mail.reply_to.join(", "), text => mail.text, headers,
            at => mail.received_at.to_string(),
        },
    )
}

/// The HTML part alone, for a frame that runs no scripts.
async fn mail_html(State(pages): State<Pages>, Path(id): Path<String>) -> Response {
    let html = pages.system.mailbox.mail(&id).and_then(|mail| mail.html);
    let Some(html) = html else { return StatusCode::NOT_FOUND.into_response() };
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:";
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(html.replace("<a ", "<a target=\"_blank\" ")))
        .into_response()
}

async fn webhooks(State(pages): State<Pages>) -> Response {
    let received = pages.receiver.received().into_iter().rev().take(200).map(|r| {
        let at = r.at.strftime("%H:%M:%S").to_string();
        let body = serde_json::to_string_pretty(&r.body).unwrap_or_default();
        context! { at, org => r.org, id => r.id, verified => r.verified, body }
    });
    render("webhooks", &context! { received => received.collect::<Vec<_>>() })
}

/// Writes one of the pages.
fn render(name: &str, values: &Value) -> Response {
    let sources = [
        ("index.html", include_str!("../pages/index.html")),
        ("demo.html", include_str!("../pages/demo.html")),
        ("signed.html", include_str!("../pages/signed.html")),
        ("mailbox.html", include_str!("../pages/mailbox.html")),
        ("mail.html", include_str!("../pages/mail.html")),
        ("webhooks.html", include_str!("../pages/webhooks.html")),
    ];
    let style = include_str!("../pages/style.css");
    let file = format!("{name}.html");
    let mut jinja = Environment::new();
    let added = sources.into_iter().try_for_each(|(name, source)| jinja.add_template(name, source));
    let values = context! { style => Value::from_safe_string(style.to_owned()), ..values.clone() };
    match added.and_then(|()| jinja.get_template(&file)?.render(values)) {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(error = %error, page = name, "a page cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
