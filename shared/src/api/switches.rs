//! Switches, as the API takes and shows them.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::{
    api::{
        body::body,
        operation::{Needs, Operations},
    },
    name::Name,
    permission::InstancePermission,
    stats::Stats,
    text::Line,
};

body! {
    /// What is stopped, or goes on; what is not said stays.
    pub struct SwitchesPatch {
        /// No actions are taken in: 503, with `Retry-After`.
        optional read_only "readOnly": bool,
        /// No mails are sent.
        optional mails_paused "mailsPaused": bool,
        /// No messages are pushed.
        optional pushes_paused "pushesPaused": bool,
        /// The orgs, by name, number or id, whose messages are not pushed; at most 50, and none others from now on.
        optional pushes_paused_of "pushesPausedOf": Vec<Line>,
    }
}

/// What is stopped. A change reaches every function within ten seconds.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SwitchesView {
    /// No actions are taken in.
    pub read_only: bool,
    /// No mails are sent.
    pub mails_paused: bool,
    /// No messages are pushed.
    pub pushes_paused: bool,
    /// The orgs whose messages are not pushed.
    pub pushes_paused_of: Vec<Name>,
    /// Counts their changes.
    pub version: u64,
}

pub(super) fn describe(api: &mut Operations) {
    let owner = Needs::Instance(InstancePermission::ManageOrgs);
    let (all, frozen) = ("/v1/switches", "/v1/campaigns/{campaign}/frozen-stats");
    api.add(("GET", all), "switch get", "Shows what is stopped in the whole instance", owner)
        .answers::<SwitchesView>(200);
    let summary = "Stops mails, pushes or the intake, or lets them go on, within ten seconds";
    api.add(("PATCH", all), "switch set", summary, owner)
        .if_match()
        .body::<SwitchesPatch>(json!({ "mailsPaused": false }))
        .beyond_schema()
        .answers::<SwitchesView>(200);
    let summary = "Freezes the counts of a campaign that everybody sees; counting goes on behind them";
    api.add(("PUT", frozen), "stats freeze", summary, owner).answers::<Stats>(200);
    let summary = "Lets everybody see again what is counted";
    api.add(("DELETE", frozen), "stats release", summary, owner);
}
