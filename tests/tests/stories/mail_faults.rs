//! The mail service fails by chance: its answers are lost, its events come late, twice or never, it is too busy,
//! or paused. Nobody gets a second thank-you or a third question, and nobody's mail is lost.

use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use proca::{
    campaign::Override,
    delivery::{DeliveryState, Purpose},
    random::Random,
    service::{Backend, ServiceState},
};
use proca_local::mailbox::Fault;
use proca_tests::world::{LEAD_PAGE, World, links};
use serde_json::{Value, json};

/// Seeds that are tried, or as many as `PROCA_SEEDS` says; each is a storm of its own.
const SEEDS: u64 = 6;

const SIGNERS: usize = 6;

type Events = Arc<Mutex<Vec<String>>>;

/// Keeps what the mail service reports, so that it can be told again.
fn listen(world: &World, configuration_set: &str) -> Events {
    let events = Events::default();
    let kept = events.clone();
    let listener = move |event: Value| {
        let detail = event.get("detail").unwrap_or(&event);
        let told = json!({
            "eventType": detail["eventType"], "delivery": detail["mail"]["tags"]["delivery"][0], "bounceType": "",
        });
        kept.lock().unwrap().push(told.to_string());
    };
    world.system.mailbox.on_event(configuration_set, Arc::new(listener));
    events
}

/// Lets everything move once, except what the mail service reports where that is late.
async fn step(world: &mut World, is_late: bool) {
    for _ in 0..4 {
        world.step_relay().await;
        for mapping in world.system.mappings() {
            if !(is_late && mapping.queue == "FeedbackQueue") {
                world.step_queue(&mapping.queue).await;
            }
        }
    }
}

/// Gives everybody their turn: a service that was asked too fast is asked slowly for a while.
async fn come_to_rest(world: &mut World) {
    for _ in 0..80 {
        world.clock.advance(SignedDuration::from_secs(30));
        world.settle().await;
    }
    world.skip(SignedDuration::from_hours(1)).await;
}

/// The instance's staff have mended what its service was paused for.
async fn mend(world: &World) {
    let instance = world.table.org(world.instance).await.unwrap().unwrap();
    let Some(Backend::Own(id)) = instance.backends.email else { panic!("the instance has a service") };
    let mut service = world.table.service(world.instance, id).await.unwrap().unwrap();
    if service.state != ServiceState::Active {
        (service.state, service.version) = (ServiceState::Active, service.version + 1);
        world.table.update(&service, service.version - 1).await.unwrap();
    }
}

#[tokio::test]
async fn at_most_one_thank_you_and_two_questions_and_nothing_lost_whatever_the_mail_service_does() {
    let seeds = std::env::var("PROCA_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(SEEDS);
    let mut asked_twice = 0;
    for seed in 1..=seeds {
        let (mut world, chance) = (World::seeded(seed).await, Random::seeded(seed));
        world.change_campaign(|campaign| campaign.supporter_confirm = Override::On).await;
        let set = world.system.environment("SendEmail")["SES_CONFIGURATION_SET"].clone();
        let events = listen(&world, &set);
        for round in 0..40 {
            if round < SIGNERS {
                world.sign(LEAD_PAGE, &format!("s{round}@example.org"), Some(true), None).await;
            }
            match chance.below(6) {
                0 | 1 => world.system.mailbox.fail_next_sends(1, Fault::AcceptThenDropAnswer),
                2 => world.system.mailbox.fail_next_sends(4, Fault::Throttle),
                3 if round < 20 => world.system.mailbox.fail_next_sends(1, Fault::Pause),
                4 => mend(&world).await,
                _ => {}
            }
            if chance.below(8) == 0 {
                // What the mail service had to report is among it: it never does.
                world.system.sqs.drop_everything();
            }
            step(&mut world, chance.below(2) == 0).await;
            let again = events.lock().unwrap().get(usize::try_from(chance.below(30)).unwrap()).cloned();
            if let Some(again) = again {
                world.system.sqs.send("FeedbackQueue", &again).unwrap();
            }
            let mails = world.mails();
            let question = usize::try_from(chance.below(12)).unwrap();
            if let Some(mail) = mails.get(question).filter(|mail| mail.subject.starts_with("Please confirm"))
            {
                world.press(&links(mail)[0]).await;
            }
            world.clock.advance(SignedDuration::from_mins(i64::try_from(1 + chance.below(6)).unwrap()));
            world.system.tick().await.ok();
        }
        world.system.mailbox.stop_failing();
        mend(&world).await;
        world.skip(SignedDuration::from_hours(3)).await;
        come_to_rest(&mut world).await;
        for n in 0..SIGNERS {
            let mails = world.mails_to(&format!("s{n}@example.org"));
            let question = mails.iter().find(|mail| mail.subject.starts_with("Please confirm"));
            let question = question.unwrap_or_else(|| panic!("seed {seed}: s{n} was never asked"));
            world.press(&links(question)[0]).await;
        }
        come_to_rest(&mut world).await;
        assert_eq!(usize::try_from(world.supporters().await).unwrap(), SIGNERS, "seed {seed}");
        for n in 0..SIGNERS {
            let mails = world.mails_to(&format!("s{n}@example.org"));
            let count = |subject| mails.iter().filter(|mail| mail.subject.starts_with(subject)).count();
            let (questions, thanks) = (count("Please confirm"), count("Thank you"));
            assert!((1..=2).contains(&questions), "seed {seed}: s{n} was asked {questions} times");
            assert_eq!(thanks, 1, "seed {seed}: s{n}");
            asked_twice += usize::from(questions == 2);
        }
        for row in world.deliveries().await.into_iter().filter(|row| row.purpose != Purpose::Push) {
            let ended = matches!(
                row.state,
                DeliveryState::Done { .. } | DeliveryState::Dead { .. } | DeliveryState::Cancelled { .. }
            );
            assert!(ended, "seed {seed}: {row:?}");
        }
    }
    assert!(asked_twice > 0, "no answer was lost for long enough to show anything");
}
