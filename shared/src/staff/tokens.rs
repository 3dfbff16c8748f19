//! Tokens of the caller's own.
//!
//! A token sees, makes and revokes only what can do no more than itself. Changes are audited wherever
//! the token works: in the org it is bound to, or in every org of its user.

use lambda_http::Request;

use crate::{
    api::tokens::{MadeToken, NewToken, TokenView},
    audit::Change,
    id::Id,
    key::Key,
    org::Org,
    problem::Problem,
    staff::{
        Caller, Listed,
        listing::Order,
        scope::{CHANGED, after_days},
    },
    table::{Registration, TableError, Transaction, from_item},
    token::ApiToken,
    violation::Violation,
    web,
};

/// Most orgs in which one change is audited; a transaction has at most 100 writes.
const MOST_AUDITS: usize = 90;

impl Caller<'_> {
    /// Their tokens, the oldest first.
    pub async fn tokens(&self, request: &Request) -> Result<Listed<TokenView>, Problem> {
        let (whose, prefix) = (self.user.id.to_string(), Key::tokens(self.user.id));
        let page = self.staff.list::<ApiToken>(request, &whose, prefix, Order::OldestFirst).await?;
        let items = page.items.into_iter().filter(|token| self.reaches(token)).map(TokenView::from);
        Ok(Listed { items: items.collect(), next: page.next })
    }

    /// Makes a token; it has the org and the scopes of the one used, where the body does not say.
    ///
    /// # Errors
    /// 403 where it could do more than the one used; 422 where it is for an org that is not the user's.
    pub async fn create_token(&self, body: NewToken) -> Result<MadeToken, Problem> {
        let used = self.token.as_ref();
        let (text, token) = self.staff.new_token(self.user.id, body.label);
        let token = ApiToken {
            org: body.org.or_else(|| used.and_then(|used| used.org)),
            scopes: body.scopes.or_else(|| used.and_then(|used| used.scopes.clone())),
            valid_until: body.days.map(|days| after_days(token.created_at, days.0)),
            ..token
        };
        if !self.reaches(&token) {
            return Err(Problem::beyond("a token may not make one that can do more than itself"));
        }
        if let Some(org) = body.org
            && self.staff.table.staffer(org, self.user.id).await?.is_none()
        {
            return Err(Problem::invalid(vec![Violation::new("/org", "is no org that you are staff of")]));
        }
        self.write_token(&token, "token.create", |transaction| transaction.create(&token)).await?;
        Ok(MadeToken::new(token, &text))
    }

    /// Revokes a token, which acts at once.
    pub async fn revoke_token(&self, request: &Request) -> Result<(), Problem> {
        let id = web::segment(request, "token")?.parse().map_err(|_| Problem::not_found())?;
        let token = self.staff.table.token(self.user.id, id).await?;
        let token = token.filter(|token| self.reaches(token)).ok_or_else(Problem::not_found)?;
        let key = Key::token(self.user.id, id);
        self.write_token(&token, "token.revoke", |transaction| transaction.remove(key)).await
    }

    /// Whether the credential used may do all that the token may.
    fn reaches(&self, token: &ApiToken) -> bool {
        self.token.as_ref().is_none_or(|used| used.covers(token))
    }

    async fn write_token(
        &self,
        token: &ApiToken,
        operation: &'static str,
        add: impl FnOnce(&mut Transaction<'_>) -> Result<(), TableError>,
    ) -> Result<(), Problem> {
        let orgs = self.orgs_of(token).await?;
        let mut transaction = self.staff.table.transaction();
        add(&mut transaction)?;
        for org in orgs.into_iter().take(MOST_AUDITS) {
            let (used, change) = (self.token.as_ref().map(|used| used.id), Change::of(operation, token.id));
            transaction.create(&self.staff.audit(org, self.user.id, used, change))?;
        }
        self.staff.commit(transaction).await?.or_conflict(CHANGED)
    }

    /// The orgs in which a token works.
    async fn orgs_of(&self, token: &ApiToken) -> Result<Vec<Id<Org>>, TableError> {
        if let Some(org) = token.org {
            return Ok(vec![org]);
        }
        let mut orgs = Vec::new();
        for item in self.staff.table.query(Key::user_orgs(self.user.id)).await? {
            orgs.extend(from_item::<Registration>(item)?.id::<Org>());
        }
        Ok(orgs)
    }
}
