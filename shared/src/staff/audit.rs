//! The audit of an org, for its staff.

use lambda_http::Request;

use crate::{
    audit::Audit,
    key::Key,
    permission::ManageOrg,
    problem::Problem,
    staff::{Listed, OrgScope, listing::Order},
};

impl OrgScope<'_, ManageOrg> {
    /// What staff changed in the org, the newest first.
    pub async fn audit_rows(&self, request: &Request) -> Result<Listed<Audit>, Problem> {
        self.list(request, Key::audits(self.org.id), Order::NewestFirst).await
    }
}
