//! `POST /v1/pages/{page}/actions`: takes one action in.

mod body;

use std::{convert::Infallible, sync::Arc};

use lambda_http::{
    Body, Request, Response,
    http::{HeaderValue, Method, StatusCode, header},
};
use proca::{
    bundle::Bundle,
    clock::Clock,
    config::{ConfigError, Env},
    id::Id,
    intake::{Idempotency, Intake, Receipt},
    page::ActionPage,
    page_cache::PageCache,
    problem::Problem,
    random::Random,
    refs::Refs,
    supporter::Supporter,
    table::{Found, Table, TableError, Taken},
    violation::Violation,
    web,
};

use crate::body::AddAction;

/// What the function works with: the table, and nothing that reaches further.
#[derive(Debug)]
pub struct Deps {
    table: Table,
    pages: PageCache,
    refs: Refs,
    clock: Clock,
    random: Random,
}

impl Deps {
    /// Builds it from the environment.
    pub fn new(env: &Env) -> Result<Self, ConfigError> {
        let (table, clock) = (env.table()?, env.clock());
        let pages = PageCache::new(table.clone(), clock.clone());
        Ok(Self { table, pages, refs: env.refs()?, clock, random: env.random() })
    }
}

/// Answers 201 with the receipt, or a browser's question whether it may post here.
pub async fn handle(deps: &Deps, request: Request) -> Result<Response<Body>, Infallible> {
    let page = find_page(deps, &request).await;
    let bundle = page.as_ref().ok().cloned();
    let response = match page {
        Ok(_) if request.method() == Method::OPTIONS => preflight(),
        Ok(page) => web::reply(StatusCode::CREATED, add(deps, &request, &page).await),
        Err(problem) => web::refuse(problem),
    };
    Ok(web::allow_origin(&request, bundle.as_deref(), response))
}

async fn find_page(deps: &Deps, request: &Request) -> Result<Arc<Bundle>, Problem> {
    let address = web::address::<ActionPage>(request, "page")?;
    deps.pages.find(&address).await?.ok_or_else(Problem::not_found)
}

/// How often a submission is looked at again when something changed under it.
const TRIES: u32 = 5;

/// Parses, decides, writes once, answers.
async fn add(deps: &Deps, request: &Request, bundle: &Bundle) -> Result<Receipt, Problem> {
    let body = AddAction::parse(web::json_body(request)?)?;
    let key = request.headers().get("idempotency-key").and_then(|v| v.to_str().ok());
    let now = deps.clock.now();
    let idempotency = Idempotency::new(&deps.refs, bundle, key, web::body_text(request)?, now);
    for _ in 0..TRIES {
        let from = who(deps, bundle, &body).await?;
        let parts = (&deps.refs, &deps.random, now);
        let intake = Intake::new(bundle, body.submission.clone(), from, idempotency.clone(), parts)?;
        match deps.table.take_in(&intake, now).await {
            Ok(Taken::Now(receipt) | Taken::Before(receipt)) => return Ok(receipt),
            Ok(Taken::OtherBody) => return Err(other_body()),
            Ok(Taken::Changed) | Err(TableError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::unavailable())
}

/// Finds out who acts: somebody new, a known supporter, or somebody whose data may still come.
async fn who(deps: &Deps, bundle: &Bundle, body: &AddAction) -> Result<proca::intake::From, Problem> {
    use proca::intake::From;
    let org = bundle.org.id;
    let known = body.contact_ref.as_ref().and_then(|r| deps.refs.supporter(org, r.as_str()));
    let found = match (&body.contact_ref, known) {
        (Some(_), Some(supporter)) => Some(Found::Supporter(supporter)),
        (Some(own), None) => Some(deps.table.find_pending(&deps.refs.pending(org, own.as_str())).await?),
        (None, _) => None,
    };
    match (&body.contact, &body.contact_ref, found) {
        (Some((details, privacy)), _, found) => {
            let earlier = match found {
                Some(Found::Waiting(earlier)) => Some(earlier),
                Some(Found::Supporter(_) | Found::Full) | None => None,
            };
            Ok(From::Contact { details: Box::new(details.clone()), privacy: *privacy, earlier })
        }
        (None, _, Some(Found::Supporter(supporter))) => existing(deps, supporter).await,
        (None, Some(widget_ref), Some(Found::Waiting(earlier))) => {
            Ok(From::Pending { earlier, widget_ref: widget_ref.clone() })
        }
        (None, _, Some(Found::Full)) => Err(Problem::conflict("too many actions wait under this contactRef")),
        (None, _, Some(Found::Waiting(_)) | None) => Err(nobody()),
    }
}

async fn existing(deps: &Deps, supporter: Id<Supporter>) -> Result<proca::intake::From, Problem> {
    match deps.table.supporter_alone(supporter).await? {
        Some(supporter) => Ok(proca::intake::From::Supporter(supporter.id)),
        None => Err(Problem::invalid(vec![Violation::new("/contactRef", "stands for nobody any more")])),
    }
}

fn nobody() -> Problem {
    Problem::invalid(vec![Violation::new("", "give either contact or contactRef")])
}

fn other_body() -> Problem {
    Problem::invalid(vec![Violation::new("", "this Idempotency-Key was used with another body")])
}

/// The answer to a browser's question (Fetch standard, CORS preflight); the origin is added later.
fn preflight() -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::NO_CONTENT;
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type, idempotency-key"),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
