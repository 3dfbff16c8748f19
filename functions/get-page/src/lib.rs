//! `GET /v1/pages/{page}`: what a widget needs to know.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response, http::StatusCode};
use proca::{
    bundle::Bundle,
    config::{ConfigError, Env},
    page::ActionPage,
    problem::Problem,
    stats::Stats,
    table::Table,
    web,
};
use serde_json::{Value, json};

/// What the function works with.
#[derive(Debug)]
pub struct Deps {
    table: Table,
}

impl Deps {
    /// Builds it from the environment.
    pub fn new(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self { table: env.table()? })
    }
}

/// Answers with the page, its campaign and its org, for anyone to keep for a short while.
pub async fn handle(deps: &Deps, request: Request) -> Result<Response<Body>, Infallible> {
    let response = web::reply(StatusCode::OK, find(deps, &request).await);
    Ok(web::cacheable(&request, response))
}

async fn find(deps: &Deps, request: &Request) -> Result<Value, Problem> {
    let address = web::address::<ActionPage>(request, "page")?;
    let bundle = deps.table.bundle(&address).await?.ok_or_else(Problem::not_found)?;
    let stats = deps.table.stats(bundle.campaign.id).await?;
    Ok(public(&bundle, &stats))
}

/// What everyone may know of a page.
fn public(bundle: &Bundle, stats: &Stats) -> Value {
    let (page, campaign, org) = (&bundle.page, &bundle.campaign, &bundle.org);
    json!({
        "number": page.number,
        "name": page.name,
        "locale": page.locale,
        "live": page.live,
        "proofOfWork": page.proof_of_work,
        "consentText": page.consent_text.as_ref().map(|text| json!({
            "id": text.id, "version": text.version, "locale": text.locale, "sha256": text.sha256,
        })),
        "config": page.config,
        "campaign": {
            "number": campaign.number,
            "name": campaign.name,
            "title": campaign.title,
            "status": campaign.status,
            "contactSchema": campaign.contact_schema,
            "end": campaign.end,
            "goal": campaign.goal(stats.supporters),
            "stats": stats,
            "config": campaign.config,
        },
        "org": { "number": org.number, "name": org.name, "title": org.title, "config": org.config },
        "lead": { "number": bundle.lead.number, "name": bundle.lead.name, "title": bundle.lead.title },
    })
}
