//! Runs the system until it is interrupted.

use std::{fs, io, net::Ipv4Addr, sync::Arc, time::Duration};

use axum::Router;
use proca::{clock::Clock, config::https_client, metric::Meter, random::Random};
use tokio::net::TcpListener;

use crate::{
    args::Args,
    gateway,
    pages::{self, Pages},
    pump::{Mapping, PumpError},
    receiver::{Api, Receiver},
    secrets::Secrets,
    seed::Seed,
    system::{Options, System},
};

/// Changes that are told again after a restart, since the hints for them may be lost with the queues.
const TOLD_AGAIN_SECS: u32 = 15 * 60;

/// How long a worker waits for messages: less than the SDK waits for an answer.
const LONG_POLL_SECS: i32 = 2;

/// Functions of one queue that run at the same time.
const WORKERS: u32 = 4;

/// Any failure at the start, with its reason for the person at the terminal.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Starts everything, says where it is, and runs until ctrl-c.
pub async fn run(args: Args) -> Result<(), Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port))
        .await
        .map_err(|e| format!("port {} cannot be used ({e}); choose another with --port", args.port))?;
    if args.fresh {
        forget(&args)?;
    }
    let url = format!("http://127.0.0.1:{}", listener.local_addr()?.port());
    let system = System::start(Options {
        data: args.data.clone(),
        public_url: url.clone(),
        parameters: args.parameters.iter().cloned().collect(),
        clock: Clock::System,
        random: Random::System,
        meter: Meter::Silent,
        http: https_client(),
    })
    .await?;
    let (receiver, token) = Box::pin(plant(&system, &args)).await?;
    let pages = pages::router(Pages { system: Arc::clone(&system), receiver: receiver.clone() });
    let api = Router::new().fallback(gateway::answer).with_state(Arc::clone(&system));
    let app = pages.merge(receiver.router()).fallback_service(api);
    start_moving(&system);
    say_where(&url, &system, &token);
    tokio::select! {
        served = axum::serve(listener, app) => Ok(served?),
        stopped = tokio::signal::ctrl_c() => Ok(stopped?),
    }
}

/// Makes the demonstration and its webhook receiver; nothing listens yet, so nothing is missed.
async fn plant(system: &Arc<System>, args: &Args) -> Result<(Receiver, String), Failure> {
    system.mailbox.verify_identity("mail.example.org");
    let secrets = Secrets::kept_in(&args.data, &Random::System)?;
    let seed = Seed::new(system, &secrets)?;
    let table = system.table()?;
    seed.plant(&table).await?;
    let staff = system.env("WriteOrgs").staff()?;
    let token = seed.staff_token(&staff, &table, &args.data.join("staff-token")).await?;
    let file = args.data.join("webhooks.jsonl");
    let api = Api { system: Arc::clone(system), token: token.clone() };
    Ok((Receiver::new(Clock::System, file, seed.signing_secrets().clone(), api)?, token))
}

/// Removes the files this program made, and no others.
fn forget(args: &Args) -> io::Result<()> {
    for file in [
        "table.sqlite",
        "table.sqlite-wal",
        "table.sqlite-shm",
        "mails.jsonl",
        "webhooks.jsonl",
        "secret",
        "staff-token",
    ] {
        match fs::remove_file(args.data.join(file)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

fn start_moving(system: &Arc<System>) {
    tokio::spawn(relay(Arc::clone(system)));
    tokio::spawn(tick(Arc::clone(system)));
    for mapping in system.mappings() {
        for _ in 0..WORKERS {
            tokio::spawn(drain(Arc::clone(system), mapping.clone()));
        }
    }
}

async fn relay(system: Arc<System>) {
    let mut cursor = loop {
        match system.store.oldest() {
            Ok(cursor) => break cursor,
            Err(error) => pause(&error.into()).await,
        }
    };
    loop {
        match system.relay(&mut cursor).await {
            Ok(0) => tokio::time::sleep(Duration::from_millis(40)).await,
            Ok(_) => {}
            Err(error) => pause(&error).await,
        }
    }
}

async fn drain(system: Arc<System>, mapping: Mapping) {
    loop {
        if let Err(error) = system.drain(&mapping, LONG_POLL_SECS).await {
            pause(&error).await;
        }
    }
}

async fn tick(system: Arc<System>) {
    let mut minute = tokio::time::interval(Duration::from_mins(1));
    loop {
        minute.tick().await;
        if let Err(error) = system.tick().await {
            pause(&error).await;
        }
        if let Err(error) = system.store.trim(TOLD_AGAIN_SECS) {
            pause(&error.into()).await;
        }
    }
}

async fn pause(error: &PumpError) {
    tracing::error!(error = %error, "something did not move and will be tried again");
    tokio::time::sleep(Duration::from_secs(1)).await;
}

#[expect(clippy::print_stdout, reason = "this is what the person at the terminal waits for")]
fn say_where(url: &str, system: &System, token: &str) {
    let ports = system.ports;
    println!(
        "
  Proca Serverless runs on this machine. Stop it with ctrl-c; everything is kept.

  Start here           {url}/
  Petition, lead       {url}/demo/1
  Petition, partner    {url}/demo/2
  Mailbox              {url}/mailbox
  Received webhooks    {url}/webhooks
  API                  {url}/v1/pages/1
  Its documentation    {url}/docs
  Counts               {url}/v1/campaigns/clean_rivers/stats
  Management API       {url}/v1/openapi.json
  Token of its staff   {token}

  Stand-ins            DynamoDB http://127.0.0.1:{}   SQS http://127.0.0.1:{}   SES http://127.0.0.1:{}   SMTP 127.0.0.1:{}
",
        ports.dynamodb, ports.sqs, ports.ses, ports.smtp
    );
}
