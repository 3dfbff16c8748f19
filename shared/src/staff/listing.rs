//! Lists of what belongs to an org, page by page.

use jiff::SignedDuration;
use lambda_http::{Request, RequestExt};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    cursor::Cursors,
    key::Key,
    problem::Problem,
    staff::{OrgScope, Staff},
    table::{Entity, from_item},
    web,
};

/// One page of a list.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Listed<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// The cursor of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Items on a page, where the request does not say.
const USUAL: i32 = 50;

/// Most items on a page.
pub const MOST: i32 = 100;

/// How long the cursor of a list is taken back.
const LIFE: SignedDuration = SignedDuration::from_hours(24);

/// In which order a list goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// The oldest first.
    OldestFirst,
    /// The newest first.
    NewestFirst,
}

impl<T> Listed<T> {
    /// The same page of something made from its items.
    pub fn map<U>(self, make: impl FnMut(T) -> U) -> Listed<U> {
        Listed { items: self.items.into_iter().map(make).collect(), next: self.next }
    }
}

/// What a request asks of a list: how much, and from where on.
#[derive(Debug)]
pub(super) struct Asked {
    /// Items on the page.
    pub(super) limit: i32,
    /// Behind what the page begins, as the page before ended; at the beginning where absent.
    pub(super) after: Option<String>,
}

impl<P> OrgScope<'_, P> {
    /// The page of entities under a prefix that the request's `limit` and `cursor` ask for.
    ///
    /// # Errors
    /// 400 where the cursor is changed, expired, or another list's.
    pub(super) async fn list<E: Entity>(
        &self,
        request: &Request,
        prefix: Key,
        order: Order,
    ) -> Result<Listed<E>, Problem> {
        self.staff.list(request, &self.org.id.to_string(), prefix, order).await
    }

    /// What the request's `limit` and `cursor` ask for.
    pub(super) fn asked(&self, request: &Request) -> Result<Asked, Problem> {
        self.staff.asked(request, &self.list_of(request))
    }

    /// The list that the request asks for: this org's, of this route, under this filter.
    pub(super) fn list_of(&self, request: &Request) -> String {
        list_of(request, &self.org.id.to_string())
    }
}

impl Staff {
    /// The page of entities under a prefix, of what belongs to whoever has this id.
    pub(super) async fn list<E: Entity>(
        &self,
        request: &Request,
        whose: &str,
        prefix: Key,
        order: Order,
    ) -> Result<Listed<E>, Problem> {
        let name = list_of(request, whose);
        let Asked { limit, after } = self.asked(request, &name)?;
        let newest_first = order == Order::NewestFirst;
        let (items, last) = self.table.list(prefix, after, limit, newest_first).await?;
        let items = items.into_iter().map(from_item).collect::<Result<_, _>>()?;
        let next = last.map(|last| self.seal_cursor(&name, &last));
        Ok(Listed { items, next })
    }

    /// What the request's `limit` and `cursor` ask for.
    ///
    /// # Errors
    /// 400 where the limit is none, or the cursor is changed, expired, or another list's.
    fn asked(&self, request: &Request, list: &str) -> Result<Asked, Problem> {
        let limit = limit(request)?;
        let query = request.query_string_parameters();
        let after = query.first("cursor").map(|cursor| self.open_cursor(list, cursor)).transpose()?;
        Ok(Asked { limit, after })
    }

    /// The cursor with which a list goes on behind `after`.
    pub(super) fn seal_cursor(&self, list: &str, after: &str) -> String {
        let cursors = Cursors { keys: &self.cursors, list: list.to_owned() };
        cursors.seal(after, self.clock.now(), self.random.bytes())
    }

    /// Where a list goes on.
    ///
    /// # Errors
    /// 400 where the cursor is changed, expired, or another list's.
    pub(super) fn open_cursor(&self, list: &str, cursor: &str) -> Result<String, Problem> {
        self.open_place(list, cursor, LIFE)
    }

    /// Where a list goes on whose cursors live for so long.
    ///
    /// # Errors
    /// 400 where the cursor is changed, older, or another list's.
    pub(super) fn open_place(
        &self,
        list: &str,
        cursor: &str,
        life: SignedDuration,
    ) -> Result<String, Problem> {
        let cursors = Cursors { keys: &self.cursors, list: list.to_owned() };
        cursors.open(cursor, life, self.clock.now()).ok_or_else(bad_cursor)
    }
}

/// A list: whose it is, its route, and its filter.
fn list_of(request: &Request, whose: &str) -> String {
    let query = request.query_string_parameters();
    let mut filter: Vec<_> = query.iter().filter(|(name, _)| !matches!(*name, "cursor" | "limit")).collect();
    filter.sort_unstable();
    format!("{whose} {} {filter:?}", web::route(request))
}

/// How many items the request wants at once.
///
/// # Errors
/// 400 where that is no number from 1 to the most.
pub(super) fn limit(request: &Request) -> Result<i32, Problem> {
    match request.query_string_parameters().first("limit").map(str::parse::<i32>) {
        None => Ok(USUAL),
        Some(Ok(limit @ 1..=MOST)) => Ok(limit),
        Some(_) => Err(Problem::unreadable(format!("limit must be a number from 1 to {MOST}"))),
    }
}

/// The answer to a cursor that is not this list's.
pub(super) fn bad_cursor() -> Problem {
    Problem::unreadable("the cursor is changed, expired, or was given by another list")
}
