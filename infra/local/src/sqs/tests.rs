//! What the runner and its tests see of all queues together.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use proca::random::Random;

use super::{
    Counts, QueueSettings, Redrive, Sqs, SqsError,
    message::{Attribute, Content, Message, MessageAttributes, Value},
    move_task::MoveTask,
    queue::{Ask, Draft},
};
use proca::clock::Clock;

const TEN: Ask = Ask { at_most: 10, visibility_seconds: None };

/// A clock that stands still, and an account that goes by it.
fn account() -> (Clock, Sqs) {
    let clock = Clock::standing_at(Timestamp::UNIX_EPOCH);
    let sqs = Sqs::new(clock.clone(), "http://127.0.0.1:9000/".to_owned());
    (clock, sqs)
}

/// A queue whose messages are received twice, and its dead-letter queue.
fn with_dead_letters(sqs: &Sqs) -> Result<(), SqsError> {
    sqs.create_queue(QueueSettings::new("actions-dead"))?;
    sqs.create_queue(QueueSettings {
        redrive: Some(Redrive { dead_letter_queue: "actions-dead".to_owned(), max_receives: 2 }),
        ..QueueSettings::new("actions")
    })?;
    Ok(())
}

fn send(sqs: &Sqs, queue: &str, content: Content) -> Result<(), SqsError> {
    let draft = Draft { content, delay_seconds: None };
    sqs.change(|account, now| account.send(queue, Random::System.uuid(), draft, now).map(drop))
}

fn content(body: &str) -> Content {
    Content { body: body.to_owned(), ..Content::default() }
}

fn receive(sqs: &Sqs, queue: &str) -> Result<Vec<Message>, SqsError> {
    sqs.look(|account, now| account.receive(queue, TEN, now))
}

#[test]
fn a_queue_is_created_once_and_found_by_name() -> Result<(), SqsError> {
    let (_, sqs) = account();
    let url = sqs.create_queue(QueueSettings::new("email"))?;
    assert_eq!(url, "http://127.0.0.1:9000/000000000000/email");
    assert_eq!(sqs.create_queue(QueueSettings::new("email"))?, url);
    assert_eq!(sqs.queue_url("email"), Some(url));
    assert_eq!(sqs.queue_url("push"), None);
    let other = QueueSettings { delay_seconds: 1, ..QueueSettings::new("email") };
    assert!(sqs.create_queue(other).is_err());
    assert!(sqs.create_queue(QueueSettings::new("e mail")).is_err());
    Ok(())
}

#[test]
fn a_message_received_too_often_becomes_a_dead_letter() -> Result<(), SqsError> {
    let (clock, sqs) = account();
    with_dead_letters(&sqs)?;
    send(&sqs, "actions", content("poison"))?;
    for _ in 0..2 {
        assert_eq!(receive(&sqs, "actions")?.len(), 1);
        clock.advance(SignedDuration::from_secs(30));
    }
    assert!(receive(&sqs, "actions")?.is_empty());
    let dead = receive(&sqs, "actions-dead")?;
    let source = dead.first().and_then(|it| it.dead_letter_of.as_deref());
    assert_eq!(source, Some("actions"));
    Ok(())
}

#[test]
fn dead_letters_go_home_as_new_messages() -> Result<(), SqsError> {
    let (clock, sqs) = account();
    with_dead_letters(&sqs)?;
    send(&sqs, "actions", content("poison"))?;
    for _ in 0..3 {
        receive(&sqs, "actions")?;
        clock.advance(SignedDuration::from_secs(30));
    }
    sqs.change(|account, now| {
        let source = "arn:aws:sqs:us-east-1:000000000000:actions-dead";
        account.start(MoveTask::new(source, None, None, now)?, || Random::System.uuid(), now)
    })?;
    let home = receive(&sqs, "actions")?;
    assert_eq!(home.first().map(|it| it.receive_count), Some(1));
    assert_eq!(sqs.counts("actions-dead"), Some(Counts::default()));
    Ok(())
}

#[test]
fn the_next_due_time_is_the_earliest_of_all_queues() -> Result<(), SqsError> {
    let (clock, sqs) = account();
    for (name, seconds) in [("email", 50), ("actions", 40)] {
        sqs.create_queue(QueueSettings { visibility_timeout_seconds: seconds, ..QueueSettings::new(name) })?;
        send(&sqs, name, content("hello"))?;
    }
    assert_eq!(sqs.next_due(), None);
    receive(&sqs, "email")?;
    receive(&sqs, "actions")?;
    assert_eq!(sqs.next_due().map(Timestamp::as_second), Some(40));
    clock.advance(SignedDuration::from_secs(40));
    assert_eq!(sqs.next_due().map(Timestamp::as_second), Some(50));
    Ok(())
}

#[test]
fn a_restart_keeps_queues_and_journal_and_forgets_messages() -> Result<(), SqsError> {
    let (_, sqs) = account();
    sqs.create_queue(QueueSettings::new("email"))?;
    send(&sqs, "email", content("hello"))?;
    receive(&sqs, "email")?;
    sqs.drop_everything();
    assert_eq!(sqs.counts("email"), Some(Counts::default()));
    assert_eq!(sqs.next_due(), None);
    assert_eq!(sqs.sent_bodies(), ["hello"]);
    Ok(())
}

#[test]
fn the_journal_shows_everything_a_sender_wrote() -> Result<(), SqsError> {
    let (_, sqs) = account();
    sqs.create_queue(QueueSettings::new("email"))?;
    let binary =
        Attribute { data_type: "Binary".to_owned(), value: Value::Binary(b"jo@example.org".to_vec()) };
    let attributes = MessageAttributes::new([("to".to_owned(), binary)].into())?;
    let sent = Content { attributes, group: Some("greens".to_owned()), ..content("hello") };
    send(&sqs, "email", sent)?;
    assert_eq!(sqs.sent_bodies(), ["hello\nto: jo@example.org\ngreens"]);
    Ok(())
}

#[tokio::test]
async fn a_waiting_receive_wakes_when_something_is_sent() -> Result<(), SqsError> {
    let (_, sqs) = account();
    sqs.create_queue(QueueSettings::new("email"))?;
    let waiting = tokio::spawn({
        let sqs = sqs.clone();
        async move { sqs.receive("email", TEN, Duration::from_secs(20)).await }
    });
    tokio::task::yield_now().await;
    send(&sqs, "email", content("hello"))?;
    let received = waiting.await.unwrap_or_else(|_| Ok(Vec::new()))?;
    assert_eq!(received.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_waiting_receive_sees_the_clock_move() -> Result<(), SqsError> {
    let (clock, sqs) = account();
    sqs.create_queue(QueueSettings::new("email"))?;
    send(&sqs, "email", content("hello"))?;
    receive(&sqs, "email")?;
    let waiting = tokio::spawn({
        let sqs = sqs.clone();
        async move { sqs.receive("email", TEN, Duration::from_secs(20)).await }
    });
    tokio::task::yield_now().await;
    clock.advance(SignedDuration::from_secs(30));
    let received = waiting.await.unwrap_or_else(|_| Ok(Vec::new()))?;
    let content = received.first().map(|it| Arc::clone(&it.content));
    assert_eq!(content.map(|it| it.body.clone()).as_deref(), Some("hello"));
    Ok(())
}
