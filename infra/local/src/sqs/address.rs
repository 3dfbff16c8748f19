//! How a queue is named to the outside: by URL and by ARN.

/// The account every queue belongs to.
pub(super) const ACCOUNT: &str = "000000000000";

/// The region every ARN names, whatever region a client signs for.
const REGION: &str = "us-east-1";

/// Spells the ARN of the queue of this name.
pub(super) fn arn(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
}

/// Finds the queue an ARN names, in any region and account.
pub(super) fn name_in_arn(arn: &str) -> Option<&str> {
    arn.strip_prefix("arn:aws:sqs:")?.rsplit(':').next()
}

/// Spells the URL of the queue of this name.
pub(super) fn url(base_url: &str, name: &str) -> String {
    format!("{}/{ACCOUNT}/{name}", base_url.trim_end_matches('/'))
}

/// Finds the queue a URL names, on any host.
pub(super) fn name_in_url(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or_default()
}
