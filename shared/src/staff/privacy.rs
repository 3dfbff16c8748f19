//! Strict privacy: what an org that keeps no address in clear cannot do.

use crate::{
    intake::Refusal,
    key::{Address, Key},
    org::Org,
    page::ActionPage,
    problem::Problem,
    staff::OrgScope,
    table::{OrgPage, from_item},
    violation::Violation,
};

const NO_MAIL: &str = "no mail can be sent under strict privacy";

impl<P> OrgScope<'_, P> {
    /// Refuses strict privacy to an org without a key, or that would owe supporters mails.
    ///
    /// A page that comes to name a template in the very same moment is not seen; it sends none.
    pub(super) async fn check_privacy(&self, org: &Org) -> Result<(), Problem> {
        if !org.strict_privacy {
            return Ok(());
        }
        let mut violations = Vec::new();
        if org.sealing_key.is_none() {
            let detail = "needs an active key: without one, contacts would come clear";
            violations.push(Violation::new("/strictPrivacy", detail));
        }
        if org.supporter_confirm {
            violations.push(Violation::new("/supporterConfirm", NO_MAIL));
        }
        if org.supporter_confirm_template.is_some() {
            violations.push(Violation::new("/supporterConfirmTemplate", NO_MAIL));
        }
        if !self.org.strict_privacy
            && let Some(page) = self.page_with_mails().await?
        {
            let detail = format!("the page {} names a mail template, and {NO_MAIL}", page.name);
            violations.push(Violation::new("/strictPrivacy", detail));
        }
        if violations.is_empty() { Ok(()) } else { Err(Problem::invalid(violations)) }
    }

    /// Refuses to let a page go live on which nobody could confirm.
    pub(super) async fn check_launch(&self, page: &ActionPage) -> Result<(), Problem> {
        if !self.org.strict_privacy {
            return Ok(());
        }
        let campaign = self.staff.table.campaign(&Address::Id(page.campaign.to_string())).await?;
        let campaign = campaign.ok_or_else(Problem::not_found)?;
        let confirms = campaign.supporter_confirm.over(self.org.supporter_confirm);
        if confirms { Err(Refusal::CannotConfirm.into()) } else { Ok(()) }
    }

    /// A page of the org that names a template, if one does.
    async fn page_with_mails(&self) -> Result<Option<ActionPage>, Problem> {
        let items = self.staff.table.query(Key::org_pages(self.org.id)).await?;
        let pages = items.into_iter().map(from_item::<OrgPage>).collect::<Result<Vec<_>, _>>()?;
        let pages: Vec<ActionPage> =
            self.staff.table.get_all(pages.iter().map(OrgPage::page_key).collect()).await?;
        Ok(pages.into_iter().find(|page| {
            page.thank_you_template.is_some()
                || page.supporter_confirm_template.is_some()
                || page.duplicate_template.is_some()
        }))
    }
}
