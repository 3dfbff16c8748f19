//! What the mail service reports, told when chance will have it: at once, late, twice or never.

use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use proca::random::Random;
use proca_tests::world::World;
use serde_json::Value;

/// The queue that the reports come by.
const QUEUE: &str = "FeedbackQueue";

/// Reports that are still to be told.
pub(super) struct Post {
    reported: Arc<Mutex<Vec<String>>>,
    waiting: Vec<(Timestamp, String)>,
}

impl Post {
    /// Hears of every mail from now on.
    pub(super) fn hear(world: &World) -> Self {
        let reported = Arc::<Mutex<Vec<String>>>::default();
        let (kept, transformer) = (Arc::clone(&reported), world.system.plan.feedback.clone());
        let listener = move |event: Value| {
            let detail = event.get("detail").unwrap_or(&event);
            kept.lock().unwrap().push(transformer.apply(detail));
        };
        let set = world.system.environment("SendEmail")["SES_CONFIGURATION_SET"].clone();
        world.system.mailbox.on_event(&set, Arc::new(listener));
        Self { reported, waiting: Vec::new() }
    }

    /// Takes what was reported out of the queue, and decides when it is told.
    ///
    /// Most are never told, since each mail has two reports.
    pub(super) fn intercept(&mut self, world: &World, chance: &Random) {
        world.system.sqs.drop_all_of(QUEUE);
        let now = world.clock.now();
        let late = || now + SignedDuration::from_mins(i64::try_from(chance.below(40)).unwrap());
        for report in self.reported.lock().unwrap().drain(..) {
            match chance.below(8) {
                0..=4 => {}
                5 => self.waiting.push((now, report)),
                6 => self.waiting.extend([(now, report.clone()), (late(), report)]),
                _ => self.waiting.push((late(), report)),
            }
        }
    }

    /// Tells what is due; how many reports.
    pub(super) async fn tell(&mut self, world: &World) -> usize {
        let now = world.clock.now();
        let (due, waiting) = std::mem::take(&mut self.waiting).into_iter().partition(|(at, _)| *at <= now);
        self.waiting = waiting;
        let due: Vec<(Timestamp, String)> = due;
        for (_, report) in &due {
            world.system.sqs.send(QUEUE, report).unwrap();
        }
        world.step_queue(QUEUE).await;
        due.len()
    }
}
