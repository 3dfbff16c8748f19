//! Retention: how long an org keeps the contacts of a campaign that is over.

use jiff::{Timestamp, ToSpan, tz::TimeZone};

use crate::{campaign::Campaign, org::Org};

/// Whether the org's months have passed since the campaign was closed. Months are those of the calendar, in UTC.
pub fn is_over(campaign: &Campaign, org: &Org, now: Timestamp) -> bool {
    let Some(closed_at) = campaign.closed_at else { return false };
    let kept_until = closed_at.to_zoned(TimeZone::UTC).checked_add(i32::from(org.retention_months).months());
    kept_until.is_ok_and(|kept_until| kept_until.timestamp() <= now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{campaign::CampaignStatus, id::Id};
    use uuid::Uuid;

    #[test]
    fn contacts_are_kept_for_the_org_s_months_after_the_close() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let id = Uuid::nil();
        let mut org = Org::new(
            Id::new(id),
            1,
            "greens".parse().unwrap(),
            "The Greens".parse().unwrap(),
            at("2026-01-01T00:00:00Z"),
        );
        let open = Campaign::new(
            Id::new(id),
            1,
            "air".parse().unwrap(),
            "Air".parse().unwrap(),
            org.id,
            at("2026-01-01T00:00:00Z"),
        );
        let closed = open.clone().with_status(CampaignStatus::Closed, at("2026-01-31T12:00:00Z"));
        for (months, now, over) in [
            (1, "2026-02-28T11:59:59Z", false),
            (1, "2026-02-28T12:00:00Z", true),
            (24, "2028-01-31T11:59:59Z", false),
            (24, "2028-01-31T12:00:00Z", true),
        ] {
            org.retention_months = months;
            assert_eq!(is_over(&closed, &org, at(now)), over, "{months} months at {now}");
        }
        assert!(!is_over(&open, &org, at("2099-01-01T00:00:00Z")));
        let reopened = closed.with_status(CampaignStatus::Live, at("2026-02-01T00:00:00Z"));
        assert!(!is_over(&reopened, &org, at("2099-01-01T00:00:00Z")));
    }
}
