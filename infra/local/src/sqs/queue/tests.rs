//! A queue's promises, with time as an argument.

use jiff::{SignedDuration, Timestamp};
use proca::random::Random;

use super::{Ask, Draft, Queue};
use crate::sqs::{
    error::SqsError,
    message::{Content, Message},
    queue::Counts,
    receipt::Receipt,
    settings::QueueSettings,
};

const TEN: Ask = Ask { at_most: 10, visibility_seconds: None };

fn at(seconds: i64) -> Timestamp {
    let since = SignedDuration::from_secs(seconds);
    Timestamp::UNIX_EPOCH.saturating_add(since).unwrap_or(Timestamp::MAX)
}

fn queue(name: &str) -> Queue {
    Queue::new(QueueSettings::new(name), at(0))
}

fn draft(group: Option<&str>, body: &str) -> Draft {
    Draft {
        content: Content { body: body.to_owned(), group: group.map(ToOwned::to_owned), ..Content::default() },
        delay_seconds: None,
    }
}

fn send(queue: &mut Queue, group: Option<&str>, body: &str) -> Result<(), SqsError> {
    let mut draft = draft(group, body);
    if queue.settings.fifo.is_some() {
        draft.content.deduplication = Some(body.to_owned());
    }
    queue.send(Random::System.uuid(), draft, at(0)).map(drop)
}

fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|it| it.content.body.as_str()).collect()
}

fn receipts(queue: &Queue, messages: &[Message]) -> Vec<Receipt> {
    let receipt = |message: &Message| Receipt {
        queue: queue.settings.name.clone(),
        message: message.id,
        receive_count: message.receive_count,
    };
    messages.iter().map(receipt).collect()
}

#[test]
fn a_noisy_group_delays_no_other() -> Result<(), SqsError> {
    let mut queue = queue("email");
    for number in 0..1_000 {
        send(&mut queue, Some("noisy"), &format!("noisy {number}"))?;
    }
    send(&mut queue, Some("quiet"), "quiet 0")?;
    send(&mut queue, None, "alone 0")?;
    send(&mut queue, Some("quiet"), "quiet 1")?;
    let received = queue.receive(TEN, None, at(0)).received;
    let first_turns = bodies(&received).into_iter().take(6).collect::<Vec<_>>();
    assert_eq!(first_turns, ["noisy 0", "quiet 0", "alone 0", "noisy 1", "quiet 1", "noisy 2"]);
    Ok(())
}

#[test]
fn a_group_that_comes_later_waits_one_round() -> Result<(), SqsError> {
    let mut queue = queue("email");
    for number in 0..100 {
        send(&mut queue, Some("noisy"), &format!("noisy {number}"))?;
    }
    queue.receive(TEN, None, at(0));
    send(&mut queue, Some("late"), "late")?;
    let received = queue.receive(TEN, None, at(0)).received;
    assert!(bodies(&received).into_iter().take(2).any(|it| it == "late"));
    Ok(())
}

#[test]
fn a_message_is_hidden_until_its_visibility_ends() -> Result<(), SqsError> {
    let mut queue = queue("actions");
    send(&mut queue, None, "hello")?;
    assert_eq!(bodies(&queue.receive(TEN, None, at(0)).received), ["hello"]);
    assert!(queue.receive(TEN, None, at(29)).received.is_empty());
    assert_eq!(queue.next_due(at(29)), Some(at(30)));
    let again = queue.receive(TEN, None, at(30)).received;
    assert_eq!(again.first().map(|it| it.receive_count), Some(2));
    Ok(())
}

#[test]
fn a_delayed_message_appears_when_it_is_due() -> Result<(), SqsError> {
    let mut queue = queue("actions");
    let delayed = Draft { delay_seconds: Some(60), ..draft(None, "later") };
    queue.send(Random::System.uuid(), delayed, at(0))?;
    let one_delayed = Counts { delayed: 1, ..Counts::default() };
    assert_eq!(queue.counts(at(59)), one_delayed);
    assert_eq!(bodies(&queue.receive(TEN, None, at(60)).received), ["later"]);
    Ok(())
}

#[test]
fn a_message_past_its_retention_is_gone() -> Result<(), SqsError> {
    let mut queue = queue("actions");
    send(&mut queue, None, "old")?;
    assert_eq!(queue.counts(at(345_600)).visible, 1);
    assert_eq!(queue.counts(at(345_601)), Counts::default());
    Ok(())
}

#[test]
fn an_old_receipt_deletes_nothing() -> Result<(), SqsError> {
    let mut queue = queue("actions");
    send(&mut queue, None, "hello")?;
    let first = queue.receive(TEN, None, at(0)).received;
    let second = queue.receive(TEN, None, at(30)).received;
    for receipt in receipts(&queue, &first) {
        queue.delete(&receipt, at(31))?;
        assert!(queue.change_visibility(&receipt, 0, at(31)).is_err());
    }
    assert_eq!(queue.counts(at(31)).in_flight, 1);
    for receipt in receipts(&queue, &second) {
        queue.delete(&receipt, at(90))?;
        queue.delete(&receipt, at(91))?;
    }
    assert_eq!(queue.counts(at(91)), Counts::default());
    Ok(())
}

#[test]
fn visibility_ends_early_or_late_but_not_after_twelve_hours() -> Result<(), SqsError> {
    let mut queue = queue("actions");
    send(&mut queue, None, "hello")?;
    let received = queue.receive(TEN, None, at(0)).received;
    for receipt in receipts(&queue, &received) {
        queue.change_visibility(&receipt, 43_190, at(10))?;
        assert_eq!(queue.next_due(at(10)), Some(at(43_200)));
        assert!(queue.change_visibility(&receipt, 43_191, at(10)).is_err());
        queue.change_visibility(&receipt, 0, at(11))?;
        assert_eq!(queue.counts(at(11)).visible, 1);
        assert!(queue.change_visibility(&receipt, 5, at(11)).is_err());
    }
    Ok(())
}

#[test]
fn a_fifo_group_is_closed_while_a_message_is_in_flight() -> Result<(), SqsError> {
    let mut queue = queue("pushes.fifo");
    for body in ["a0", "a1", "a2"] {
        send(&mut queue, Some("a"), body)?;
    }
    send(&mut queue, Some("b"), "b0")?;
    let one = Ask { at_most: 1, ..TEN };
    let first = queue.receive(one, None, at(0)).received;
    assert_eq!(bodies(&first), ["a0"]);
    assert_eq!(bodies(&queue.receive(TEN, None, at(1)).received), ["b0"]);
    for receipt in receipts(&queue, &first) {
        queue.delete(&receipt, at(2))?;
    }
    assert_eq!(bodies(&queue.receive(TEN, None, at(2)).received), ["a1", "a2"]);
    Ok(())
}

#[test]
fn a_fifo_message_that_comes_back_is_first_again() -> Result<(), SqsError> {
    let mut queue = queue("pushes.fifo");
    for body in ["a0", "a1"] {
        send(&mut queue, Some("a"), body)?;
    }
    let one = Ask { at_most: 1, ..TEN };
    let first = queue.receive(one, None, at(0)).received;
    assert_eq!(bodies(&queue.receive(TEN, None, at(30)).received), ["a0", "a1"]);
    for receipt in receipts(&queue, &first) {
        assert!(queue.delete(&receipt, at(31)).is_err());
    }
    Ok(())
}

#[test]
fn a_fifo_queue_knows_doubles_for_five_minutes() -> Result<(), SqsError> {
    let mut queue = queue("pushes.fifo");
    let mut double = draft(Some("a"), "hello");
    double.content.deduplication = Some("once".to_owned());
    for second in [0, 299] {
        queue.send(Random::System.uuid(), double.clone(), at(second))?;
        assert_eq!(queue.counts(at(second)).visible, 1);
    }
    queue.send(Random::System.uuid(), double, at(300))?;
    assert_eq!(queue.counts(at(300)).visible, 2);
    Ok(())
}

#[test]
fn a_queue_is_purged_once_a_minute() -> Result<(), SqsError> {
    let mut queue = queue("actions");
    send(&mut queue, None, "hello")?;
    queue.purge(at(0))?;
    assert_eq!(queue.counts(at(0)), Counts::default());
    assert!(queue.purge(at(59)).is_err());
    queue.purge(at(60))
}
