//! The petition: a form that posts to the API by a script, or without one through this page.

use std::collections::BTreeMap;

use axum::{
    extract::{Form, Path, State},
    http::{HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use minijinja::context;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    gateway::Call,
    pages::{Pages, render},
};

/// The fields of the form, as a browser without scripts sends them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Signature {
    first_name: String,
    last_name: String,
    email: String,
    country: String,
    postcode: String,
    comment: String,
    opt_in: Option<String>,
    lead_opt_in: Option<String>,
    /// Answers to further orgs, as `receivers.{name}`.
    #[serde(flatten)]
    further: BTreeMap<String, String>,
}

/// The form, with the counter as it is now.
pub(super) async fn form(State(pages): State<Pages>, Path(number): Path<u32>) -> Response {
    match page(&pages, number).await {
        Some(page) => show(&page, &json!({}), &json!([])),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Passes the form on to the API, and shows its answer.
pub(super) async fn sign(
    State(pages): State<Pages>,
    Path(number): Path<u32>,
    Form(form): Form<Signature>,
) -> Response {
    let Some(page) = page(&pages, number).await else { return StatusCode::NOT_FOUND.into_response() };
    let mut call =
        Call { method: Method::POST, body: body(&form).to_string().into_bytes(), ..Call::default() };
    let Ok(uri) = format!("/v1/pages/{number}/actions").parse::<Uri>() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    call.uri = uri;
    call.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let answer = pages.system.call(call).await;
    if answer.status() == StatusCode::CREATED {
        return render("signed", &context! { page => minijinja::value::Serde(&page), number });
    }
    let problem: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    let errors =
        problem.get("errors").cloned().unwrap_or_else(|| json!([{ "detail": problem.get("title") }]));
    show(&page, &entered(&form), &errors)
}

fn show(page: &Value, entered: &Value, errors: &Value) -> Response {
    use minijinja::value::Serde;
    let split = page.pointer("/org/name") != page.pointer("/lead/name");
    render(
        "demo",
        &context! { page => Serde(page), entered => Serde(entered), errors => Serde(errors), split },
    )
}

/// What the API says of a page.
async fn page(pages: &Pages, number: u32) -> Option<Value> {
    let uri = format!("/v1/pages/{number}").parse().ok()?;
    let answer = pages.system.call(Call { uri, ..Call::default() }).await;
    (answer.status() == StatusCode::OK).then(|| serde_json::from_slice(answer.body()).ok()).flatten()
}

fn entered(form: &Signature) -> Value {
    json!({
        "firstName": form.first_name, "lastName": form.last_name, "email": form.email,
        "country": form.country, "postcode": form.postcode, "comment": form.comment,
    })
}

/// The same body that the page's script posts.
fn body(form: &Signature) -> Value {
    let given = |text: &str| (!text.trim().is_empty()).then(|| text.to_owned());
    let yes = |answer: &Option<String>| answer.as_deref().map(|a| a == "yes");
    let to_org = |(name, answer): (&String, &String)| {
        Some((name.strip_prefix("receivers.")?.to_owned(), answer == "yes"))
    };
    let further: BTreeMap<_, _> = form.further.iter().filter_map(to_org).collect();
    let comment = given(&form.comment).map_or_else(|| json!({}), |comment| json!({ "comment": comment }));
    json!({
        "actionType": "petition",
        "contact": {
            "firstName": given(&form.first_name), "lastName": given(&form.last_name), "email": given(&form.email),
            "country": given(&form.country), "postcode": given(&form.postcode),
        },
        "privacy": { "optIn": yes(&form.opt_in), "leadOptIn": yes(&form.lead_opt_in), "receivers": further },
        "customFields": comment,
    })
}
