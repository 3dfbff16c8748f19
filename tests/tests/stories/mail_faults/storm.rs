//! One storm: a small campaign while the mail service fails.

use jiff::SignedDuration;
use proca::{
    campaign::Override,
    random::Random,
    service::{Backend, ServiceState},
};
use proca_local::mailbox::Fault;
use proca_tests::{
    wire::Faults,
    world::{LEAD_PAGE, World, in_path, links, signature},
};

use super::{found::Found, post::Post};

pub(super) const SIGNERS: usize = 16;

const ROUNDS: usize = 24;

pub(super) struct Storm {
    pub(super) seed: u64,
    pub(super) world: World,
    chance: Random,
    post: Post,
}

impl Storm {
    pub(super) async fn gather(seed: u64) -> Self {
        let mut world = World::seeded(seed).await;
        world.change_campaign(|campaign| campaign.supporter_confirm = Override::On).await;
        let post = Post::hear(&world);
        Self { seed, world, chance: Random::seeded(seed), post }
    }

    /// Signatures, presses of links and failures, for some hours.
    pub(super) async fn rage(&mut self, found: &mut Found) {
        for round in 0..ROUNDS {
            if round < SIGNERS {
                self.sign(round).await;
            }
            self.world.wire.set_faults(Some(Faults::seeded(self.chance.below(u64::MAX), 10, 20)));
            self.change_the_weather().await;
            self.step(found).await;
            for _ in 0..4 {
                self.press(found).await;
            }
            let minutes = i64::try_from(1 + self.chance.below(6)).unwrap();
            self.world.clock.advance(SignedDuration::from_mins(minutes));
            self.world.system.tick().await.ok();
        }
    }

    /// Nothing fails any more, and everything that can still happen does.
    pub(super) async fn abate(&mut self, found: &mut Found) {
        self.world.wire.set_faults(None);
        self.world.system.mailbox.stop_failing();
        self.mend().await;
        for _ in 0..2 {
            for _ in 0..8 {
                self.world.clock.advance(SignedDuration::from_mins(30));
                self.world.system.tick().await.unwrap();
                // A service that was too busy takes one mail in ten seconds at first.
                for _ in 0..16 {
                    self.move_on().await;
                    self.world.clock.advance(SignedDuration::from_secs(10));
                }
                self.step(found).await;
            }
            for n in 0..SIGNERS {
                let mails = self.world.mails_to(&email(n));
                if let Some(question) = mails.iter().find(|mail| is_question(&mail.subject)) {
                    self.follow(&links(question)[0]).await;
                }
            }
        }
    }

    /// A signer who gets no answer tries again with the same key.
    async fn sign(&self, n: usize) {
        let body = signature(&email(n), Some(true), None).to_string();
        let path = format!("/v1/pages/{}/actions", in_path(LEAD_PAGE));
        let key = format!("{}-{n}", self.seed);
        let headers = [("content-type", "application/json"), ("idempotency-key", key.as_str())];
        for _ in 0..20 {
            if self.world.call("POST", &path, &headers, &body).await.status == 201 {
                return;
            }
        }
        panic!("seed {}: a signature is not taken", self.seed);
    }

    async fn change_the_weather(&self) {
        let mailbox = &self.world.system.mailbox;
        mailbox.stop_failing();
        match self.chance.below(8) {
            0..=3 => mailbox.fail_next_sends(4, Fault::AcceptThenDropAnswer),
            4 => mailbox.fail_next_sends(6, Fault::Throttle),
            5 => mailbox.fail_next_sends(1, Fault::Pause),
            _ => self.mend().await,
        }
    }

    /// Lets everything move that concerns mails, and looks what became of them before and after reports of them.
    async fn step(&mut self, found: &mut Found) {
        self.move_on().await;
        self.move_on().await;
        found.look(&self.world).await;
        found.reports += self.post.tell(&self.world).await;
        found.look(&self.world).await;
    }

    /// Lets everything move that concerns mails, except that reports of them come when they will.
    async fn move_on(&mut self) {
        self.world.step_relay().await;
        for queue in ["ActionsQueue", "EmailQueue"] {
            self.world.step_queue(queue).await;
        }
        self.post.intercept(&self.world, &self.chance);
    }

    /// Somebody presses the link of a question, the first or the second.
    async fn press(&self, found: &mut Found) {
        let mails = self.world.mails();
        let questions: Vec<_> = mails.iter().filter(|mail| is_question(&mail.subject)).collect();
        let any = usize::try_from(self.chance.below(32)).unwrap();
        if let Some(question) = questions.get(any) {
            self.follow(&links(question)[0]).await;
            found.presses += 1;
        }
    }

    /// Every link of every mail is known, whatever became of the row meanwhile.
    async fn follow(&self, link: &str) {
        let answer = self.world.press(link).await;
        assert!(answer.status < 400 || answer.status >= 500, "seed {}: {answer:?}", self.seed);
    }

    /// The instance's staff have mended what its service was paused for.
    async fn mend(&self) {
        let table = self.world.system.table().unwrap();
        let Ok(Some(instance)) = table.org(self.world.instance).await else { return };
        let Some(Backend::Own(id)) = instance.backends.email else { panic!("the instance has a service") };
        let Ok(Some(mut service)) = table.service(self.world.instance, id).await else { return };
        if service.state != ServiceState::Active {
            (service.state, service.version) = (ServiceState::Active, service.version + 1);
            table.update(&service, service.version - 1).await.ok();
        }
    }
}

pub(super) fn email(n: usize) -> String {
    format!("s{n}@example.org")
}

pub(super) fn is_question(subject: &str) -> bool {
    subject.starts_with("Please confirm")
}
