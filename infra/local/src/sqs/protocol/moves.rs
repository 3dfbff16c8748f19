//! Starting and listing moves out of dead-letter queues.

use proca::random::Random;
use serde::{Deserialize, Serialize};

use super::request::{Operation, within};
use crate::sqs::{
    Sqs, address,
    error::SqsError,
    move_task::{MoveTask, named},
};

/// `StartMessageMoveTask`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StartMessageMoveTask {
    #[serde(default)]
    source_arn: String,
    destination_arn: Option<String>,
    max_number_of_messages_per_second: Option<i64>,
}

/// `ListMessageMoveTasks`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListMessageMoveTasks {
    #[serde(default)]
    source_arn: String,
    max_results: Option<i64>,
}

/// The name of a move, which has ended when a client learns it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Started {
    task_handle: String,
}

/// Moves, the latest first.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Moves {
    results: Vec<MoveResult>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MoveResult {
    status: &'static str,
    source_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_number_of_messages_per_second: Option<u32>,
    approximate_number_of_messages_moved: usize,
    approximate_number_of_messages_to_move: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_reason: Option<&'static str>,
    started_timestamp: i64,
}

impl Operation for StartMessageMoveTask {
    type Answer = Started;

    fn perform(self, sqs: &Sqs) -> Result<Started, SqsError> {
        let parameter = "MaxNumberOfMessagesPerSecond";
        let rate = within(parameter, self.max_number_of_messages_per_second, 1..=500)?;
        let destination = self.destination_arn.as_deref();
        sqs.change(|account, now| {
            let task = MoveTask::new(&self.source_arn, destination, rate, now)?;
            account.start(task, || Random::System.uuid(), now)
        })?;
        let task_handle = Random::System.uuid().to_string();
        Ok(Started { task_handle })
    }
}

impl Operation for ListMessageMoveTasks {
    type Answer = Moves;

    fn perform(self, sqs: &Sqs) -> Result<Moves, SqsError> {
        let source = named("SourceArn", &self.source_arn)?;
        let most = within("MaxResults", self.max_results, 1..=10)?.unwrap_or(1);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        sqs.look(|account, _| {
            if !account.queues.contains_key(&source) {
                let parameter = "SourceArn";
                return Err(SqsError::ResourceNotFound { parameter });
            }
            let latest = account.moves.iter().rev();
            let here = latest.filter(|task| task.source == source);
            let results = here.take(most).map(MoveResult::from).collect();
            Ok(Moves { results })
        })
    }
}

impl From<&MoveTask> for MoveResult {
    fn from(task: &MoveTask) -> Self {
        let complete = task.stayed == 0;
        Self {
            status: if complete { "COMPLETED" } else { "FAILED" },
            source_arn: address::arn(&task.source),
            destination_arn: task.destination.as_deref().map(address::arn),
            max_number_of_messages_per_second: task.max_per_second,
            approximate_number_of_messages_moved: task.moved,
            approximate_number_of_messages_to_move: task.moved.saturating_add(task.stayed),
            failure_reason: (!complete).then_some("CouldNotDetermineMessageSource"),
            started_timestamp: task.started_at.as_millisecond(),
        }
    }
}
