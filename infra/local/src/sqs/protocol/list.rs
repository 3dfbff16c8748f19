//! Lists of queues, a page at a time: `ListQueues`, `ListDeadLetterSourceQueues`.

use serde::{Deserialize, Serialize};

use super::request::{Operation, within};
use crate::sqs::{Sqs, address, error::SqsError};

/// `ListQueues`.
#[derive(Deserialize)]
pub(super) struct ListQueues {
    #[serde(rename = "QueueNamePrefix", default)]
    prefix: String,
    #[serde(flatten)]
    page: Page,
}

/// `ListDeadLetterSourceQueues`.
#[derive(Deserialize)]
pub(super) struct ListDeadLetterSourceQueues {
    #[serde(rename = "QueueUrl", default)]
    queue_url: String,
    #[serde(flatten)]
    page: Page,
}

/// Which part of a list is wanted.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    max_results: Option<i64>,
    next_token: Option<String>,
}

/// Where the queues are, and where the list goes on.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Urls {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    queue_urls: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The same of source queues, which SQS spells otherwise.
#[derive(Serialize)]
pub(super) struct SourceUrls {
    #[serde(rename = "queueUrls")]
    queue_urls: Vec<String>,
    #[serde(rename = "NextToken", skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Operation for ListQueues {
    type Answer = Urls;

    fn perform(self, sqs: &Sqs) -> Result<Urls, SqsError> {
        sqs.look(|account, _| {
            let names = account.queues.keys().map(String::as_str);
            let names = names.filter(|name| name.starts_with(&self.prefix));
            self.page.of(names, &sqs.0.base_url)
        })
    }
}

impl Operation for ListDeadLetterSourceQueues {
    type Answer = SourceUrls;

    fn perform(self, sqs: &Sqs) -> Result<SourceUrls, SqsError> {
        let name = address::name_in_url(&self.queue_url);
        sqs.look(|account, _| {
            account.queue(name)?;
            let urls = self.page.of(account.sources_of(name), &sqs.0.base_url)?;
            Ok(SourceUrls { queue_urls: urls.queue_urls, next_token: urls.next_token })
        })
    }
}

impl Page {
    /// Cuts the page out of names in order; its token is the name before it.
    fn of<'a>(&self, names: impl Iterator<Item = &'a str>, base_url: &str) -> Result<Urls, SqsError> {
        let most = within("MaxResults", self.max_results, 1..=1_000)?.unwrap_or(1_000);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let before = self.next_token.as_deref().unwrap_or_default();
        let mut names = names.filter(|name| *name > before).peekable();
        let page: Vec<&str> = names.by_ref().take(most).collect();
        let more = names.peek().and(page.last());
        Ok(Urls {
            queue_urls: page.iter().map(|name| address::url(base_url, name)).collect(),
            next_token: more.map(|name| (*name).to_owned()),
        })
    }
}
