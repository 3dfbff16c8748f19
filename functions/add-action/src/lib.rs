//! `POST /v1/pages/{page}/actions`: takes one action in.

mod body;

use std::{convert::Infallible, sync::Arc};

use jiff::Timestamp;
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
    metric::{Meter, Metric},
    page::ActionPage,
    page_cache::PageCache,
    problem::Problem,
    random::Random,
    refs::Refs,
    supporter::Supporter,
    switchboard::Switchboard,
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
    switches: Switchboard,
    refs: Refs,
    clock: Clock,
    random: Random,
    meter: Meter,
}

impl Deps {
    /// Builds it from the environment.
    pub fn new(env: &Env) -> Result<Self, ConfigError> {
        let (table, clock) = (env.table()?, env.clock());
        let pages = PageCache::new(table.clone(), clock.clone());
        let switches = env.switchboard()?;
        Ok(Self {
            table,
            pages,
            switches,
            refs: env.refs()?,
            clock,
            random: env.random(),
            meter: env.meter(),
        })
    }
}

/// Answers 201 with the receipt, or a browser's question whether it may post here.
pub async fn handle(deps: &Deps, request: Request) -> Result<Response<Body>, Infallible> {
    let (page, switches) = tokio::join!(find_page(deps, &request), deps.switches.now());
    let bundle = page.as_ref().ok().cloned();
    let response = match page {
        Ok(_) if request.method() == Method::OPTIONS => preflight(),
        Ok(_) if switches.read_only => web::refuse(Problem::read_only()),
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
    let now = deps.clock.now();
    let idempotency =
        Idempotency::new(&deps.refs, bundle, idempotency_key(request)?, web::body_text(request)?, now);
    for _ in 0..TRIES {
        let intake = match decide(deps, bundle, &body, &idempotency, now).await {
            Ok(intake) => intake,
            // What was taken in before is answered as before, also where it would be refused by now.
            Err(refused) => return deps.table.remembered(&idempotency, now).await?.ok_or(refused),
        };
        match deps.table.take_in(&intake, now).await {
            Ok(Taken::Now(receipt)) => {
                deps.meter.tell(Metric::ActionsTaken, 1, [], now);
                return Ok(receipt);
            }
            Ok(Taken::Before(receipt)) => return Ok(receipt),
            Ok(Taken::OtherBody) => return Err(other_body()),
            Ok(Taken::Changed) | Err(TableError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::unavailable())
}

async fn decide(
    deps: &Deps,
    bundle: &Bundle,
    body: &AddAction,
    idempotency: &Idempotency,
    now: Timestamp,
) -> Result<Intake, Problem> {
    let from = who(deps, bundle, body).await?;
    let parts = (&deps.refs, &deps.random, now);
    Ok(Intake::new(bundle, body.submission.clone(), from, idempotency.clone(), parts)?)
}

/// The client's key: 1 to 255 visible ASCII characters.
fn idempotency_key(request: &Request) -> Result<Option<&str>, Problem> {
    let Some(value) = request.headers().get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=255).contains(&key.len()));
    key.map(Some).ok_or_else(|| Problem::unreadable("Idempotency-Key must be 1 to 255 visible characters"))
}

/// Finds out who acts: somebody new, a known supporter, or somebody whose data may still come.
async fn who(deps: &Deps, bundle: &Bundle, body: &AddAction) -> Result<proca::intake::From, Problem> {
    use proca::intake::From;
    let scope = bundle.scope();
    let Some(given) = &body.contact_ref else {
        let (details, privacy) = body.contact.clone().ok_or_else(nobody)?;
        return Ok(From::Contact { details: Box::new(details), privacy, earlier: None });
    };
    if let Some(supporter) = deps.refs.supporter(scope, given.as_str()) {
        return match body.contact.clone() {
            Some((details, privacy)) => {
                Ok(From::Contact { details: Box::new(details), privacy, earlier: None })
            }
            None => existing(deps, supporter).await,
        };
    }
    let found = deps.table.find_pending(&deps.refs.pending(scope, given.as_str())).await?;
    match (body.contact.clone(), found) {
        (Some((details, privacy)), Found::Supporter(_, earlier) | Found::Waiting(earlier)) => {
            Ok(From::Contact { details: Box::new(details), privacy, earlier: Some(earlier) })
        }
        (None, Found::Supporter(supporter, _)) => existing(deps, supporter).await,
        (None, Found::Waiting(earlier)) if earlier.is_full() => {
            Err(Problem::conflict("too many actions wait under this contactRef"))
        }
        (None, Found::Waiting(earlier)) => Ok(From::Pending { earlier, widget_ref: given.clone() }),
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
