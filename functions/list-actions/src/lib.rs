//! `GET /v1/campaigns/{campaign}/actions`: what everyone may see of a campaign's actions, the newest first.

use std::convert::Infallible;

use jiff::SignedDuration;
use lambda_http::{Body, Request, RequestExt, Response, http::StatusCode};
use proca::{
    api::public::list::{PublicList, place},
    campaign::Campaign,
    clock::Clock,
    config::{ConfigError, Env},
    id::Id,
    problem::Problem,
    table::{PublicActions, Table},
    web,
};

/// What the function works with.
#[derive(Debug)]
pub struct Deps {
    table: Table,
    clock: Clock,
}

impl Deps {
    /// Builds it from the environment.
    pub fn new(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self { table: env.table()?, clock: env.clock() })
    }
}

/// Actions on a page, where the request does not say, and at most.
const USUAL: usize = 50;
const MOST: usize = 100;

/// Answers with the public fields, for anyone to keep for a short while.
pub async fn handle(deps: &Deps, request: Request) -> Result<Response<Body>, Infallible> {
    let response = web::reply(StatusCode::OK, list(deps, &request).await);
    Ok(web::cacheable(&request, response))
}

async fn list(deps: &Deps, request: &Request) -> Result<PublicList, Problem> {
    let address = web::address::<Campaign>(request, "campaign")?;
    let query = request.query_string_parameters();
    let most = match query.first("limit").map(str::parse) {
        None => USUAL,
        Some(Ok(most @ 1..=MOST)) => most,
        Some(_) => return Err(Problem::unreadable(format!("limit must be a number from 1 to {MOST}"))),
    };
    let before = match query.first("cursor") {
        Some(cursor) => {
            place(cursor).ok_or_else(|| Problem::unreadable("the cursor is none of this list"))?
        }
        // Of two functions' clocks one may be a little ahead.
        None => Id::first_at(deps.clock.now() + SignedDuration::from_secs(60)),
    };
    let campaign = deps.table.campaign(&address).await?.ok_or_else(Problem::not_found)?;
    if campaign.public_fields.is_empty() {
        return Ok(PublicList::new(&campaign, PublicActions::none()));
    }
    let found = deps.table.published(&campaign, before, most).await?;
    Ok(PublicList::new(&campaign, found))
}
