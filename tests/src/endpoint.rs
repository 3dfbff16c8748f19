//! A webhook receiver of an organisation, that a test makes fail as endpoints do.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use proca_local::receiver::is_signed;
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};

/// How an endpoint answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Takes everything.
    Well,
    /// Answers with this status.
    Status(u16),
    /// Refuses it with this status, and says so.
    Refuses(u16, &'static str),
    /// Takes it and answers 200 with this body.
    Says(&'static str),
    /// Takes everything and answers with this status, as a gateway does that has lost the answer.
    TakesAndSays(u16),
    /// Takes the request and never answers.
    Hangs,
}

/// A receiver on loopback.
#[derive(Debug)]
pub struct Endpoint {
    /// Where to post.
    pub url: String,
    state: Arc<Shared>,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    secret: String,
    mood: Mutex<Mood>,
    /// Requests that are under way, and most that were at once.
    open: Mutex<(usize, usize)>,
    taken: Mutex<Vec<Taken>>,
}

/// A message that was taken.
#[derive(Debug, Clone)]
pub struct Taken {
    /// Its id.
    pub id: String,
    /// Whether it was signed with the endpoint's secret.
    pub verified: bool,
    /// Whether it was answered with 2xx.
    pub answered: bool,
    /// What it says.
    pub body: Value,
    /// The headers that sign it, by name.
    pub headers: BTreeMap<String, String>,
    /// What it says, as it came.
    pub text: String,
}

impl Endpoint {
    /// Starts a receiver that expects signatures with this secret.
    pub async fn start(secret: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let state = Arc::new(Shared {
            secret: secret.to_owned(),
            mood: Mutex::new(Mood::Well),
            open: Mutex::default(),
            taken: Mutex::default(),
        });
        let app = Router::new().fallback(receive).with_state(Arc::clone(&state));
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, state, server }
    }

    /// From now on it answers so.
    pub fn set(&self, mood: Mood) {
        *self.state.mood.lock().unwrap() = mood;
    }

    /// Requests that are under way.
    pub fn open(&self) -> usize {
        self.state.open.lock().unwrap().0
    }

    /// Most requests that were under way at once.
    pub fn most_open(&self) -> usize {
        self.state.open.lock().unwrap().1
    }

    /// What it has taken, the newest last.
    pub fn taken(&self) -> Vec<Taken> {
        self.state.taken.lock().unwrap().clone()
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Counts a request for as long as it is under way.
struct UnderWay(Arc<Shared>);

impl UnderWay {
    fn begin(state: &Arc<Shared>) -> Self {
        let mut open = state.open.lock().unwrap();
        open.0 += 1;
        open.1 = open.1.max(open.0);
        Self(Arc::clone(state))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.open.lock().unwrap().0 -= 1;
    }
}

async fn receive(
    State(state): State<Arc<Shared>>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, &'static str) {
    let _under_way = UnderWay::begin(&state);
    let mood = *state.mood.lock().unwrap();
    match mood {
        Mood::Status(status) => return (StatusCode::from_u16(status).unwrap(), ""),
        Mood::Refuses(status, text) => return (StatusCode::from_u16(status).unwrap(), text),
        Mood::Hangs => std::future::pending().await,
        Mood::Well | Mood::Says(_) | Mood::TakesAndSays(_) => {}
    }
    let signed = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let [id, at, signature] = signed.map(|name| headers[name].to_str().unwrap());
    let verified = is_signed(&state.secret, (id, at), &body, signature);
    let headers = signed.map(|name| (name.to_owned(), headers[name].to_str().unwrap().to_owned()));
    state.taken.lock().unwrap().push(Taken {
        id: headers[0].1.clone(),
        verified,
        answered: !matches!(mood, Mood::TakesAndSays(_)),
        body: serde_json::from_str(&body).unwrap(),
        headers: headers.into(),
        text: body,
    });
    match mood {
        Mood::Says(text) => (StatusCode::OK, text),
        Mood::TakesAndSays(status) => (StatusCode::from_u16(status).unwrap(), ""),
        Mood::Well | Mood::Status(_) | Mood::Refuses(..) | Mood::Hangs => (StatusCode::NO_CONTENT, ""),
    }
}
