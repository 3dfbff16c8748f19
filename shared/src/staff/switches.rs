//! Switches, thrown by whoever manages the instance.

use std::collections::BTreeSet;

use lambda_http::Request;

use crate::{
    api::switches::{SwitchesPatch, SwitchesView},
    audit::Change,
    campaign::Campaign,
    id::Id,
    key::{Address, Key},
    org::Org,
    permission::InstancePermission,
    problem::Problem,
    staff::{
        Caller,
        scope::{CHANGED, check_version},
    },
    stats::Stats,
    switches::{MOST_ORGS, Switches},
    table::{FrozenStats, TableError, Transaction},
    text::Line,
    violation::{Rule, Violation},
    web,
};

impl Caller<'_> {
    /// What is stopped.
    pub async fn switches(&self) -> Result<SwitchesView, Problem> {
        self.instance(InstancePermission::ManageOrgs)?;
        self.view(self.staff.table.switches().await?).await
    }

    /// Stops what the body says, or lets it go on.
    ///
    /// # Errors
    /// 422 where it names an org that is not there, or too many.
    pub async fn throw_switches(
        &self,
        request: &Request,
        body: SwitchesPatch,
    ) -> Result<SwitchesView, Problem> {
        self.instance(InstancePermission::ManageOrgs)?;
        let before = self.staff.table.switches().await?;
        check_version(request, before.version)?;
        let mut after = Switches { version: before.version + 1, ..before.clone() };
        after.read_only = body.read_only.unwrap_or(before.read_only);
        after.mails_paused = body.mails_paused.unwrap_or(before.mails_paused);
        after.pushes_paused = body.pushes_paused.unwrap_or(before.pushes_paused);
        if let Some(names) = body.pushes_paused_of {
            after.pushes_paused_of = self.orgs_named(&names).await?;
        }
        let fields = [
            ("readOnly", before.read_only != after.read_only),
            ("mailsPaused", before.mails_paused != after.mails_paused),
            ("pushesPaused", before.pushes_paused != after.pushes_paused),
            ("pushesPausedOf", before.pushes_paused_of != after.pushes_paused_of),
        ];
        let changed = fields.into_iter().filter(|(_, changed)| *changed).map(|(name, _)| name.to_owned());
        let change = Change::of("switches.set", "instance").fields(changed.collect());
        self.write_instance(change, |transaction| transaction.replace(&after, before.version)).await?;
        self.view(after).await
    }

    /// Freezes the counts of a campaign as they are now. Once more freezes them anew.
    pub async fn freeze_stats(&self, request: &Request) -> Result<Stats, Problem> {
        let campaign = self.counted(request).await?;
        let stats = self.staff.table.live_stats(campaign).await?;
        let frozen = FrozenStats::new(campaign, stats.clone(), self.staff.clock.now());
        let change = Change::of("stats.freeze", campaign);
        self.write_instance(change, |transaction| transaction.put(&frozen)).await?;
        Ok(stats)
    }

    /// Lets everybody see again what is counted in a campaign.
    pub async fn release_stats(&self, request: &Request) -> Result<(), Problem> {
        let campaign = self.counted(request).await?;
        let change = Change::of("stats.release", campaign);
        self.write_instance(change, |transaction| transaction.remove(Key::frozen_stats(campaign))).await
    }

    async fn counted(&self, request: &Request) -> Result<Id<Campaign>, Problem> {
        self.instance(InstancePermission::ManageOrgs)?;
        let address = web::address::<Campaign>(request, "campaign")?;
        let campaign = self.staff.table.campaign(&address).await?;
        Ok(campaign.ok_or_else(Problem::not_found)?.id)
    }

    async fn orgs_named(&self, names: &[Line]) -> Result<BTreeSet<Id<Org>>, Problem> {
        let wrong = |pointer: String, rule| Problem::invalid(vec![Violation::new(pointer, Rule(rule))]);
        if names.len() > MOST_ORGS {
            return Err(wrong("/pushesPausedOf".to_owned(), "must be at most 50 orgs"));
        }
        let mut orgs = BTreeSet::new();
        for (place, name) in names.iter().enumerate() {
            let found = self.staff.org_at(&Address::parse::<Org>(name.as_str())).await?;
            orgs.insert(found.ok_or_else(|| {
                wrong(format!("/pushesPausedOf/{place}"), "must be the name, number or id of an org")
            })?);
        }
        Ok(orgs)
    }

    async fn view(&self, switches: Switches) -> Result<SwitchesView, Problem> {
        let keys = switches.pushes_paused_of.into_iter().map(Key::org).collect();
        let orgs: Vec<Org> = self.staff.table.get_all(keys).await?;
        let mut pushes_paused_of: Vec<_> = orgs.into_iter().map(|org| org.name).collect();
        pushes_paused_of.sort_unstable();
        Ok(SwitchesView {
            read_only: switches.read_only,
            mails_paused: switches.mails_paused,
            pushes_paused: switches.pushes_paused,
            pushes_paused_of,
            version: switches.version,
        })
    }

    /// Writes what concerns the whole instance, with its audit in the instance's org.
    async fn write_instance(
        &self,
        change: Change,
        add: impl FnOnce(&mut Transaction<'_>) -> Result<(), TableError>,
    ) -> Result<(), Problem> {
        let table = &self.staff.table;
        let instance = table.instance().await?.ok_or_else(Problem::not_found)?;
        let token = self.token.as_ref().map(|token| token.id);
        let mut transaction = table.transaction();
        add(&mut transaction)?;
        transaction.create(&self.staff.audit(instance.org, self.user.id, token, change))?;
        self.staff.commit(transaction).await?.or_conflict(CHANGED)
    }
}
