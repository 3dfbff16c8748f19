//! Exports, as the API takes and answers them.

use jiff::Timestamp;
use lambda_http::{
    Body, Response,
    http::{HeaderValue, header},
};
use serde_json::json;

use crate::{
    api::{
        body::{Moment, body, ranged},
        operation::{Needs, Operations},
    },
    consent::OptIn,
    export::{CSV, Format, JSON_LINES},
    permission::Permission,
    text::Line,
};

ranged! {
    /// How many actions one answer looks at: with the largest custom fields still less than a function may answer.
    pub struct Rows(u16) from 1 to 400;
}

body! {
    /// What is exported.
    pub struct ExportRequest {
        /// What was done in this campaign, by name, number or id; in all where not given.
        optional campaign "campaign": Line,
        /// What the org was given from then on.
        optional since "since": Moment,
        /// What it was given before; up to now where not given.
        optional until "until": Moment,
        /// People with these answers to the org's consent question; all where not given.
        optional opt_in "optIn": Vec<OptIn>,
        /// With trials too.
        optional testing "testing": bool,
        /// Lines of JSON where not given.
        optional format "format": Format,
        /// Actions that one answer looks at; 400 where not given.
        optional limit "limit": Rows,
        /// The `Proca-Next` of the answer before, with the same other fields.
        optional cursor "cursor": String,
    }
}

impl ExportRequest {
    /// Everything but where it goes on, and how far.
    pub(crate) fn filter(&self) -> Self {
        Self { cursor: None, limit: None, ..self.clone() }
    }

    /// The names of the fields that leave something out, or let trials in.
    pub(crate) fn narrowed(&self) -> Vec<String> {
        [
            ("campaign", self.campaign.is_some()),
            ("since", self.since.is_some()),
            ("until", self.until.is_some()),
            ("optIn", self.opt_in.is_some()),
            ("testing", self.testing == Some(true)),
        ]
        .into_iter()
        .filter(|(_, given)| *given)
        .map(|(name, _)| name.to_owned())
        .collect()
    }
}

/// One part of an export.
#[derive(Debug)]
pub struct Exported {
    /// Its form.
    pub format: Format,
    /// Its lines.
    pub text: String,
    /// The cursor of the next part; absent on the last one.
    pub next: Option<String>,
    /// Up to when it is exported so far; absent on the last part.
    pub reached: Option<Timestamp>,
    /// What was given to the org before is in the export for certain: the `since` of the next export.
    pub complete_until: Timestamp,
}

/// The header with the cursor of the next part.
pub const NEXT: &str = "proca-next";

/// The header that says up to when it is exported so far.
pub const REACHED: &str = "proca-reached";

/// The header that says from when on the next export should begin.
pub const COMPLETE_UNTIL: &str = "proca-complete-until";

impl From<Exported> for Response<Body> {
    fn from(part: Exported) -> Self {
        let mut response = Self::new(Body::from(part.text));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(part.format.media_type()));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let said = [
            (NEXT, part.next),
            (REACHED, part.reached.map(|at| at.to_string())),
            (COMPLETE_UNTIL, Some(part.complete_until.to_string())),
        ];
        for (name, value) in said {
            if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
                headers.insert(name, value);
            }
        }
        response
    }
}

pub(super) fn describe(api: &mut Operations) {
    api.add(
        ("POST", "/v1/orgs/{org}/export"),
        "supporter export",
        "Exports people with what they did, the oldest first: part after part, until there is no `Proca-Next`",
        Needs::Permission(Permission::ExportContacts),
    )
    .body::<ExportRequest>(json!({ "campaign": "petition_x", "optIn": ["yes"], "format": "csv" }))
    .answers_text(&[JSON_LINES, CSV]);
}
