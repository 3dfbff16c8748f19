//! What an action costs, in write units as the table tells them. `ARCHITECTURE.md` has the sum.

use proca::campaign::Override;
use proca_tests::world::{PARTNER_PAGE, World, links};

/// A world whose functions have read everything they keep, and whose endpoints are known as quick.
async fn warm_world(confirm: Override) -> World {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = confirm).await;
    units(&mut world, "warm@example.org", true).await;
    if confirm == Override::On {
        accept(&mut world).await;
    }
    world
}

/// Presses the button of the question that was mailed last, and lets everything follow.
async fn accept(world: &mut World) {
    let question = world.mails().pop().unwrap();
    assert_eq!(world.press(&links(&question)[0]).await.status, 200);
    world.settle().await;
}

/// Write units of taking in, and of all that follows, of one signature that is counted alone.
async fn units(world: &mut World, email: &str, lead_opt_in: bool) -> (f64, f64) {
    world.wire.reset();
    world.sign(PARTNER_PAGE, email, Some(true), lead_opt_in.then_some(true)).await;
    let taken_in = world.wire.write_units();
    world.settle().await;
    (taken_in, world.wire.write_units())
}

#[tokio::test]
async fn a_signature_a_mail_and_a_webhook_cost_what_is_written_down() {
    let mut world = warm_world(Override::Off).await;
    // The row of the sum costs two, and is shared by all that are counted together: here by nobody.
    assert_eq!(units(&mut world, "a@example.org", true).await, (10.0, 28.0 + 2.0), "a mail and two webhooks");
    assert_eq!(units(&mut world, "b@example.org", false).await, (8.0, 22.0 + 2.0), "a mail and one webhook");
    assert_eq!(
        units(&mut world, "a@example.org", false).await,
        (8.0, 18.0),
        "again: a rank, no mail, no count"
    );
    world.change_page(PARTNER_PAGE, |page| page.thank_you_template = None).await;
    assert_eq!(units(&mut world, "c@example.org", false).await, (8.0, 18.0 + 2.0), "one webhook");
}

#[tokio::test]
async fn a_warm_function_takes_in_by_one_request() {
    let world = warm_world(Override::Off).await;
    world.wire.reset();
    world.sign(PARTNER_PAGE, "a@example.org", Some(true), Some(true)).await;
    assert_eq!(world.wire.requests(), ["TransactWriteItems"]);
}

#[tokio::test]
async fn a_question_and_its_answer_cost_what_is_written_down() {
    let mut world = warm_world(Override::On).await;
    assert_eq!(units(&mut world, "a@example.org", true).await, (10.0, 10.0 + 9.0), "the question");
    accept(&mut world).await;
    assert_eq!(world.wire.write_units(), 45.0 + 2.0, "the answer, and all that follows");
}
