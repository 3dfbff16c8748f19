//! Pages of an org: in the campaigns that it leads, and as a partner in those of others.

use lambda_http::Request;

use crate::{
    api::{
        body::Edit,
        pages::{NewPage, PageCopy, PagePatch, PageView},
    },
    audit::Change,
    bundle::Bundle,
    campaign::{Campaign, CampaignStatus},
    due::Settings,
    key::{Address, Key, Named},
    locale::Locale,
    name::{PageName, TemplateName},
    page::ActionPage,
    permission::ManagePages,
    problem::{Chain, Problem},
    staff::{
        Listed, OrgScope, Written,
        listing::Order,
        scope::{CHANGED, check_version},
    },
    table::{OrgPage, TableError, Transaction, register, remove_page},
    violation::Violation,
    web,
};

impl<P> OrgScope<'_, P> {
    /// The pages of the org, the oldest first.
    pub async fn pages(&self, request: &Request) -> Result<Listed<PageView>, Problem> {
        let places = self.list::<OrgPage>(request, Key::org_pages(self.org.id), Order::OldestFirst).await?;
        let keys = places.items.iter().map(OrgPage::page_key).collect();
        let mut pages: Vec<ActionPage> = self.staff.table.get_all(keys).await?;
        pages.sort_by_key(|page| page.id);
        Ok(Listed { items: pages.into_iter().map(PageView::from).collect(), next: places.next })
    }

    /// The page that the path names.
    ///
    /// # Errors
    /// 404 where there is none, or it belongs to another org.
    pub async fn page(&self, request: &Request) -> Result<ActionPage, Problem> {
        let address = web::address::<ActionPage>(request, "page")?;
        self.staff.table.page_of(self.org.id, &address).await?.ok_or_else(Problem::not_found)
    }

    /// Writes a changed page with what else `add` adds, and lets widgets see it.
    pub(super) async fn write_page(
        &self,
        before: &ActionPage,
        changed: ActionPage,
        change: Change,
        add: impl FnOnce(&mut Transaction<'_>) -> Result<(), TableError>,
    ) -> Result<ActionPage, Problem> {
        let next = ActionPage { version: before.version + 1, updated_at: self.now(), ..changed };
        let written = self
            .write(change, |transaction| {
                transaction.replace(&next, before.version)?;
                add(transaction)
            })
            .await?;
        written.or_conflict(CHANGED)?;
        self.show(&next).await;
        Ok(next)
    }

    /// Lets widgets see a page as it is now. Where this fails, the relay does it in a moment.
    pub(super) async fn show(&self, page: &ActionPage) {
        let settings = Settings::Page(page.campaign, page.id);
        if let Err(error) = self.staff.table.project(settings).await {
            tracing::warn!(page.id = %page.id, error = %Chain(&error), "widgets see a change of a page later");
        }
    }
}

impl OrgScope<'_, ManagePages> {
    /// Makes a page, not live.
    ///
    /// # Errors
    /// 422 where there is no such campaign, or it is another org's draft; 409 where the name is taken.
    pub async fn create_page(&self, body: NewPage) -> Result<ActionPage, Problem> {
        let campaign = self.staff.table.campaign(&Address::parse::<Campaign>(body.campaign.as_str())).await?;
        // A draft is known to its lead alone: through a page of it, everyone could read it.
        let campaign = campaign
            .filter(|campaign| campaign.lead == self.org.id || campaign.status != CampaignStatus::Draft)
            .ok_or_else(|| wrong("/campaign", "is no campaign that this org may have pages of"))?;
        let page = self.new_page(&campaign, body.name, body.locale).await?;
        self.add_page("page.create", page).await
    }

    /// Makes a page, not live, with the settings of another one.
    ///
    /// # Errors
    /// 422 where this org may not copy that page; 409 where the name is taken.
    pub async fn copy_page(&self, body: PageCopy) -> Result<ActionPage, Problem> {
        let bundle = self.staff.table.bundle(&Address::parse::<ActionPage>(&body.from.0)).await?;
        let Bundle { page: from, campaign, .. } = bundle
            .filter(|bundle| self.may_copy(bundle))
            .ok_or_else(|| wrong("/from", "is no page that this org may copy"))?;
        let locale = body.locale.unwrap_or_else(|| from.locale.clone());
        let page = self.new_page(&campaign, body.name, locale).await?.with_settings_of(&from);
        let page = ActionPage {
            thank_you_template: self.usable(from.thank_you_template).await?,
            supporter_confirm_template: self.usable(from.supporter_confirm_template).await?,
            duplicate_template: self.usable(from.duplicate_template).await?,
            ..page
        };
        self.add_page("page.copy", page).await
    }

    /// Changes a page's settings.
    ///
    /// # Errors
    /// 422 where it names a template that is not there, or any in an org of strict privacy.
    pub async fn update_page(&self, request: &Request, patch: PagePatch) -> Result<ActionPage, Problem> {
        let before = self.page(request).await?;
        check_version(request, before.version)?;
        self.check_templates(&patch).await?;
        let mut page = before.clone();
        let fields = patch.apply(&mut page);
        if fields.is_empty() {
            return Ok(page);
        }
        let change = Change::of("page.update", page.id).fields(fields);
        self.write_page(&before, page, change, |_| Ok(())).await
    }

    /// Removes a page.
    ///
    /// # Errors
    /// 409 where it was ever live, and so may have actions.
    pub async fn delete_page(&self, request: &Request) -> Result<(), Problem> {
        let page = self.page(request).await?;
        check_version(request, page.version)?;
        if page.was_live() {
            return Err(Problem::conflict("it has been live and may have actions: retract it instead"));
        }
        let lead = self.lead_of(&page).await?;
        let written = self
            .write(Change::of("page.delete", page.id), |transaction| {
                remove_page(transaction, &page)?;
                transaction.remove(Key::launch_request(lead, page.id))
            })
            .await?;
        written.or_conflict(CHANGED)
    }

    async fn new_page(
        &self,
        campaign: &Campaign,
        name: PageName,
        locale: Locale,
    ) -> Result<ActionPage, Problem> {
        let number = self.staff.table.next_number(Named::Page).await?;
        let (id, now) = (self.new_id(), self.now());
        Ok(ActionPage::new(id, number, name, campaign.id, self.org.id, locale, now))
    }

    async fn add_page(&self, operation: &'static str, page: ActionPage) -> Result<ActionPage, Problem> {
        let written = self
            .write(Change::of(operation, page.id), |transaction| {
                register(transaction, Named::Page, page.name.as_str(), page.number, &page.id.to_string())?;
                transaction.create(&page)?;
                transaction.create(&OrgPage::from(&page))?;
                transaction.must_exist(Key::campaign(page.campaign))
            })
            .await?;
        match written {
            Written::Done => {}
            Written::Refused(places) if places.contains(&0) => {
                return Err(Problem::conflict("the name is taken"));
            }
            Written::Refused(_) => return Err(Problem::conflict("the campaign is gone")),
        }
        self.show(&page).await;
        Ok(page)
    }

    /// Its own pages, those of campaigns it leads, and what a lead shows to everyone.
    fn may_copy(&self, bundle: &Bundle) -> bool {
        let (page, lead) = (&bundle.page, bundle.lead.id);
        page.org == self.org.id || lead == self.org.id || (page.org == lead && page.live)
    }

    /// The name of a template, if this org could set it on a page.
    async fn usable(&self, name: Option<TemplateName>) -> Result<Option<TemplateName>, Problem> {
        match name {
            Some(name) if !self.org.strict_privacy && self.has_template(&name).await? => Ok(Some(name)),
            Some(_) | None => Ok(None),
        }
    }

    async fn check_templates(&self, patch: &PagePatch) -> Result<(), Problem> {
        let mut violations = Vec::new();
        for (pointer, edit) in [
            ("/thankYouTemplate", &patch.thank_you_template),
            ("/supporterConfirmTemplate", &patch.supporter_confirm_template),
            ("/duplicateTemplate", &patch.duplicate_template),
        ] {
            let Edit::Set(name) = edit else { continue };
            if self.org.strict_privacy {
                violations.push(Violation::new(pointer, "no mail can be sent under strict privacy"));
            } else if !self.has_template(name).await? {
                violations.push(Violation::new(pointer, "is no template of this org"));
            }
        }
        if violations.is_empty() { Ok(()) } else { Err(Problem::invalid(violations)) }
    }

    /// Whether mails of this name can be written, in whatever language.
    async fn has_template(&self, name: &TemplateName) -> Result<bool, TableError> {
        if crate::template::is_built_in(name.as_str()) {
            return Ok(true);
        }
        let (found, _) = self.staff.table.list(Key::templates(self.org.id, name), None, 1, false).await?;
        Ok(!found.is_empty())
    }
}

fn wrong(pointer: &str, detail: &str) -> Problem {
    Problem::invalid(vec![Violation::new(pointer, detail)])
}
