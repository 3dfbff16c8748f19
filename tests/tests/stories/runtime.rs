//! Every binary, started as Lambda starts it, over the Runtime API.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    extract::{Path as UrlPath, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use proca_tests::{binaries::binary, world::World};
use serde_json::Value;
use tokio::{
    net::TcpListener,
    sync::{Mutex, mpsc},
};

/// A small Lambda Runtime API (version 2018-06-01) that hands out events and takes answers.
struct Runtime {
    address: String,
    events: mpsc::Sender<String>,
    answers: Mutex<mpsc::Receiver<(bool, String)>>,
}

#[derive(Clone)]
struct Shared {
    events: Arc<Mutex<mpsc::Receiver<String>>>,
    answers: mpsc::Sender<(bool, String)>,
}

impl Runtime {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let ((events, events_rx), (answers_tx, answers)) = (mpsc::channel(1), mpsc::channel(8));
        let shared = Shared { events: Arc::new(Mutex::new(events_rx)), answers: answers_tx };
        let app = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/{kind}", post(answer))
            .route("/2018-06-01/runtime/init/error", post(broken))
            .with_state(shared);
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, events, answers: Mutex::new(answers) }
    }

    /// Hands out one event; whether the answer was no error, and what it says.
    async fn invoke(&self, event: &str) -> (bool, String) {
        self.events.send(event.to_owned()).await.unwrap();
        let mut answers = self.answers.lock().await;
        tokio::time::timeout(Duration::from_secs(30), answers.recv())
            .await
            .expect("an answer in time")
            .unwrap()
    }
}

async fn next(State(shared): State<Shared>) -> Response {
    let Some(event) = shared.events.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let headers = [
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
        ("lambda-runtime-deadline-ms", "9999999999999"),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:000000000000:function:f"),
        ("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700"),
        ("content-type", "application/json"),
    ];
    (headers, event).into_response()
}

async fn answer(
    State(shared): State<Shared>,
    UrlPath((_, kind)): UrlPath<(String, String)>,
    _: HeaderMap,
    body: String,
) -> StatusCode {
    shared.answers.send((kind == "response", body)).await.unwrap();
    StatusCode::ACCEPTED
}

async fn broken(State(shared): State<Shared>, body: String) -> StatusCode {
    shared.answers.send((false, body)).await.unwrap();
    StatusCode::ACCEPTED
}

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every function's folder, which is also its program's name.
fn folders() -> Vec<String> {
    let folders = fs::read_dir(root().join("functions")).unwrap();
    folders.map(|folder| folder.unwrap().file_name().into_string().unwrap()).collect()
}

fn logical(folder: &str) -> String {
    folder.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

fn events(folder: &str) -> Vec<(String, String)> {
    let files = fs::read_dir(root().join("events").join(folder)).unwrap();
    let mut events: Vec<_> = files
        .map(|file| {
            let path = file.unwrap().path();
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap())
        })
        .collect();
    // The malformed one first: what comes after it shows that the binary has survived it.
    events.sort_by_key(|(case, _)| (case != "malformed", case.clone()));
    events
}

#[tokio::test(flavor = "multi_thread")]
async fn every_binary_answers_its_sample_events_and_survives_a_malformed_one() {
    let world = World::new().await;
    for folder in folders() {
        let binary = binary(&folder);
        let runtime = Runtime::start().await;
        let mut command = Command::new(binary);
        command.env_clear().env("AWS_LAMBDA_RUNTIME_API", &runtime.address);
        command.env("AWS_LAMBDA_FUNCTION_NAME", &folder).env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256");
        command
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "g")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "s");
        command.envs(world.system.environment(&logical(&folder)));
        let mut process = Process(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        let cases = events(&folder);
        assert!(cases.iter().any(|(case, _)| case == "malformed") && cases.len() > 1, "{folder}");
        for (case, event) in cases {
            let (fine, answer) = runtime.invoke(&event).await;
            assert_eq!(fine, case != "malformed", "{folder}/{case}: {answer}");
            if fine {
                check(&folder, &case, &serde_json::from_str(&answer).unwrap());
            }
        }
        assert!(process.0.try_wait().unwrap().is_none(), "{folder} is still running");
    }
}

/// What must be true of an answer, whatever is in the table.
fn check(folder: &str, case: &str, answer: &Value) {
    let failed = || answer["batchItemFailures"].as_array().map(Vec::len);
    match folder {
        _ if answer.get("statusCode").is_some() => {
            let status = answer["statusCode"].as_u64().unwrap();
            assert!((200..500).contains(&status), "{folder}/{case}: {answer}");
        }
        "sweep" | "recount-campaigns" => assert_eq!(*answer, Value::Null),
        _ if case == "half-malformed" => {
            assert_eq!(failed(), Some(1), "{folder}/{case}: one record alone comes back")
        }
        _ => assert_eq!(failed(), Some(0), "{folder}/{case}: {answer}"),
    }
}
