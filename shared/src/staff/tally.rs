//! How it stands with an org's deliveries, service by service.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use lambda_http::Request;

use crate::{
    api::{
        body::Moment,
        tally::{DeliveryCounts, EndpointHealth, ServiceCounts},
    },
    delivery::Purpose,
    permission::ViewDeliveries,
    problem::Problem,
    staff::{OrgScope, span::parameter},
    table::Tally,
};

/// How far back is counted where the request does not say: further than anything waits.
const USUAL: SignedDuration = SignedDuration::from_hours(4 * 24);

/// The furthest that may be counted back.
const MOST: SignedDuration = SignedDuration::from_hours(7 * 24);

impl OrgScope<'_, ViewDeliveries> {
    /// What waits, arrived and was given up, by the service that it goes through now.
    ///
    /// # Errors
    /// 400 where more than a week is asked for.
    pub async fn delivery_counts(&self, request: &Request) -> Result<DeliveryCounts, Problem> {
        let now = self.now();
        let since = parameter(request, "since")?.map_or(now - USUAL, |Moment(at)| at);
        if since < now - MOST {
            return Err(Problem::unreadable("since must be within the last seven days"));
        }
        let span = self.span(since, None);
        let since = span.start.created_at();
        let tallies = self.staff.table.tally(self.org.id, &span, now).await?;
        let mut services: BTreeMap<Option<String>, ServiceCounts> = BTreeMap::new();
        for (purpose, tally) in tallies.by_purpose {
            let service = purpose.backend(&self.org.backends).map(String::from);
            let counts = services.entry(service.clone()).or_insert_with(|| ServiceCounts::of(service));
            counts.add(purpose, &tally);
        }
        let mut services: Vec<_> = services.into_values().collect();
        for counts in &mut services {
            counts.endpoint = self.endpoint_health(counts.service.as_deref()).await?;
        }
        Ok(DeliveryCounts { services, since, cut: tallies.cut })
    }

    /// How an endpoint of the org's own fares.
    async fn endpoint_health(&self, service: Option<&str>) -> Result<Option<EndpointHealth>, Problem> {
        let Some(id) = service.and_then(|id| id.parse().ok()) else { return Ok(None) };
        let found = self.staff.table.service_with_health(self.org.id, id).await?;
        let found = found.filter(|(service, _)| service.endpoint.payload().is_some());
        Ok(found.map(|(_, health)| EndpointHealth {
            failures: health.failures(),
            not_asked_until: health.open_until(),
            succeeded_at: health.succeeded_at(),
        }))
    }
}

impl ServiceCounts {
    const fn of(service: Option<String>) -> Self {
        Self {
            service,
            purposes: Vec::new(),
            waiting: 0,
            oldest_waiting_at: None,
            done: 0,
            dead: 0,
            cancelled: 0,
            kept: 0,
            endpoint: None,
        }
    }

    fn add(&mut self, purpose: Purpose, tally: &Tally) {
        let count = |state: &str| tally.states.get(state).copied().unwrap_or_default();
        self.purposes.push(purpose);
        self.waiting += count("pending") + count("leased");
        self.done += count("done");
        self.dead += count("dead");
        self.cancelled += count("cancelled");
        self.kept += count("kept");
        self.oldest_waiting_at = [self.oldest_waiting_at, tally.oldest].into_iter().flatten().min();
    }
}
