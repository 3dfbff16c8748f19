//! Workers side by side, one request after the other: a test says whose goes next, and what becomes of it.
//!
//! So whatever order there can be between them is one that a seed can make, and make again.

use std::{
    future::Future,
    sync::{Arc, Mutex},
};

use tokio::{
    sync::{Notify, oneshot},
    task::JoinSet,
};

tokio::task_local! {
    /// Which worker makes a request; none where it is the test's own.
    static WORKER: usize;
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is answered.
    Answered,
    /// It never arrives.
    Lost,
    /// It is carried out, but its answer is lost.
    Unanswered,
}

/// The turns of some workers. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Turns(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Vec<Waiting>>,
    changed: Notify,
}

#[derive(Debug)]
struct Waiting {
    worker: usize,
    step: String,
    go: oneshot::Sender<Fate>,
}

impl Turns {
    /// Waits until it is this step's turn; at once for whoever is no worker.
    pub async fn wait(&self, step: &str) -> Fate {
        let Ok(worker) = WORKER.try_with(|worker| *worker) else { return Fate::Answered };
        let (go, turn) = oneshot::channel();
        self.0.waiting.lock().unwrap().push(Waiting { worker, step: step.to_owned(), go });
        self.0.changed.notify_one();
        turn.await.expect("the story goes on until every worker has ended")
    }

    /// Lets workers do their work to the end, each step when `choose` says so: it gets the steps that wait, each
    /// with its worker, and says which goes on and what becomes of it.
    pub async fn work<F: Future<Output = ()> + Send + 'static>(
        &self,
        workers: impl IntoIterator<Item = F>,
        mut choose: impl FnMut(&[(usize, String)]) -> (usize, Fate),
    ) {
        let mut live = JoinSet::new();
        for (worker, work) in workers.into_iter().enumerate() {
            live.spawn(WORKER.scope(worker, work));
        }
        while !live.is_empty() {
            let workers = live.len();
            tokio::select! {
                biased;
                Some(ended) = live.join_next() => ended.expect("a worker comes to its end"),
                () = self.all_wait(workers) => self.go_on(&mut choose),
            }
        }
    }

    /// Until each of so many workers waits for a turn.
    async fn all_wait(&self, workers: usize) {
        loop {
            let changed = self.0.changed.notified();
            let mut waiting: Vec<_> = self.0.waiting.lock().unwrap().iter().map(|it| it.worker).collect();
            waiting.sort_unstable();
            waiting.dedup();
            if waiting.len() == workers {
                return;
            }
            changed.await;
        }
    }

    fn go_on(&self, choose: &mut impl FnMut(&[(usize, String)]) -> (usize, Fate)) {
        let mut waiting = self.0.waiting.lock().unwrap();
        waiting.sort_by(|a, b| (a.worker, &a.step).cmp(&(b.worker, &b.step)));
        let steps: Vec<_> = waiting.iter().map(|it| (it.worker, it.step.clone())).collect();
        let (next, fate) = choose(&steps);
        // Whoever waited may have given up meanwhile.
        waiting.remove(next).go.send(fate).ok();
    }
}
