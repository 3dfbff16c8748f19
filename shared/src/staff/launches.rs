//! Launches: a lead's own pages go live at once, those of partners when the lead agrees.

use std::collections::BTreeSet;

use lambda_http::Request;

use crate::{
    api::pages::LaunchRequestView,
    audit::Change,
    delivery::{Delivery, Subject},
    event::{Event, Happened},
    id::Id,
    key::{Address, Key},
    launch::{Decision, LaunchRequest, Ruling},
    notice::{Notice, Occasion},
    org::Org,
    page::ActionPage,
    permission::{LaunchPages, Permission},
    problem::Problem,
    staff::{Listed, OrgScope, listing::Order, scope::CHANGED},
    web,
};

/// Most of a lead's staff who are told of one request: all of it fits in one transaction.
const MOST_TOLD: usize = 50;

impl<P> OrgScope<'_, P> {
    /// The org that leads a page's campaign.
    pub(super) async fn lead_of(&self, page: &ActionPage) -> Result<Id<Org>, Problem> {
        let address = Address::Id(page.campaign.to_string());
        let campaign = self.staff.table.campaign(&address).await?;
        campaign.map(|campaign| campaign.lead).ok_or_else(Problem::not_found)
    }
}

impl OrgScope<'_, LaunchPages> {
    /// Lets a page of this org go live, or asks the lead for it. Once more changes nothing.
    ///
    /// With the request goes an event to the lead, and a mail to each of the lead's staff who may decide on it, at most to the 50
    /// of them who have been users for longest.
    ///
    /// # Errors
    /// 409 where supporters must confirm and the org, of strict privacy, could not ask them.
    pub async fn launch_page(&self, request: &Request) -> Result<ActionPage, Problem> {
        let before = self.page(request).await?;
        if before.live || before.launch_requested_at.is_some() {
            return Ok(before);
        }
        self.check_launch(&before).await?;
        let lead = self.lead_of(&before).await?;
        let (page, now) = (before.clone(), self.now());
        if lead == self.org.id {
            let change = Change::of("page.launch", page.id);
            return self.write_page(&before, page.launched(now), change, |_| Ok(())).await;
        }
        let request = LaunchRequest {
            page: page.id,
            campaign: page.campaign,
            lead,
            org: page.org,
            requested_by: self.user,
            created_at: now,
        };
        let change = Change::of("page.request-launch", page.id);
        let page = ActionPage { launch_requested_at: Some(now), ..page };
        let (notices, event) = (self.tell(&request).await?, self.event_of(&request).await?);
        self.write_page(&before, page, change, |transaction| {
            transaction.create(&request)?;
            transaction.create(&event)?;
            notices.iter().try_for_each(|notice| transaction.create(notice))
        })
        .await
    }

    /// The notices of a request to those of the lead's staff who may decide on it.
    async fn tell(&self, request: &LaunchRequest) -> Result<Vec<Notice>, Problem> {
        let LaunchRequest { page, campaign, lead, created_at, .. } = *request;
        let asked = self.staff.table.staff_with(lead, Permission::LaunchPages, MOST_TOLD).await?;
        let notice = |user| {
            let occasion = Occasion::LaunchRequested { campaign, page, user };
            Notice::new(self.new_id(), lead, occasion, created_at)
        };
        Ok(asked.into_iter().map(notice).collect())
    }

    /// The event of a request.
    async fn event_of(&self, request: &LaunchRequest) -> Result<Delivery, Problem> {
        let LaunchRequest { page, campaign, lead, created_at: at, .. } = *request;
        let backend = self.staff.table.org(lead).await?.and_then(|org| org.backends.event);
        let event = Event { what: Happened::PageLaunchRequested, at };
        let about = (campaign, Subject::Page { page });
        Ok(Delivery::of_event(self.new_id(), (lead, backend), about, event))
    }

    /// Lets a page of this org take no more actions, or takes its request back. Once more changes nothing.
    pub async fn retract_page(&self, request: &Request) -> Result<ActionPage, Problem> {
        let before = self.page(request).await?;
        if !before.live && before.launch_requested_at.is_none() {
            return Ok(before);
        }
        let open = Key::launch_request(self.lead_of(&before).await?, before.id);
        let (page, change) = (before.clone().retracted(self.now()), Change::of("page.retract", before.id));
        self.write_page(&before, page, change, |transaction| transaction.remove(open)).await
    }

    /// What this org, as a lead, is asked to let go live, the oldest page first.
    pub async fn launch_requests(&self, request: &Request) -> Result<Listed<LaunchRequestView>, Problem> {
        let prefix = Key::launch_requests(self.org.id);
        let listed = self.list::<LaunchRequest>(request, prefix, Order::OldestFirst).await?;
        let keys = listed.items.iter().map(|open| Key::page(open.campaign, open.page)).collect();
        let pages: Vec<ActionPage> = self.staff.table.get_all(keys).await?;
        let orgs: BTreeSet<_> = listed.items.iter().map(|open| open.org).collect();
        let orgs: Vec<Org> = self.staff.table.get_all(orgs.into_iter().map(Key::org).collect()).await?;
        let view = |open: &LaunchRequest| {
            let page = pages.iter().find(|page| page.id == open.page)?.clone();
            let org = orgs.iter().find(|org| org.id == open.org)?.clone();
            Some(LaunchRequestView::new(open, page, org))
        };
        Ok(Listed { items: listed.items.iter().filter_map(view).collect(), next: listed.next })
    }

    /// Decides, as the lead, on a partner's page that asks to go live.
    ///
    /// This is the one change of what belongs to another org. It may be made because the request lies
    /// with this org, where only a page of a campaign that it leads can put it. Both audits tell of it.
    ///
    /// # Errors
    /// 404 where nobody asks this org about such a page.
    pub async fn decide_launch(&self, request: &Request, decision: Decision) -> Result<(), Problem> {
        let address = web::address::<ActionPage>(request, "page")?;
        let table = &self.staff.table;
        let open = table.launch_request(self.org.id, &address).await?.ok_or_else(Problem::not_found)?;
        let before = table.page(open.campaign, open.page).await?.ok_or_else(Problem::not_found)?;
        let (lead, user, token) = (self.org.id, self.user, self.token);
        let ruling = Ruling { decision, lead, user, token, at: self.now() };
        let decided = table.decide_launch(&before, &ruling, [self.new_id(), self.new_id()]).await?;
        self.show(&decided.ok_or_else(|| Problem::conflict(CHANGED))?).await;
        Ok(())
    }
}
