//! The whole system in one process: stand-ins, functions, and what moves messages between them.

use std::{
    collections::BTreeMap,
    fmt,
    net::Ipv4Addr,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use jiff::{SignedDuration, Timestamp};
use proca::{clock::Clock, config::Env, metric::Meter, random::Random, table::Table};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    functions::{self, Answer, Failed, Function},
    mailbox::Mailbox,
    plan::{Plan, Trigger},
    sqs::{QueueSettings, Redrive, Sqs},
    store::Store,
    sts::Sts,
    surroundings::{Here, INSTANCE_CONFIGURATION_SET},
    template::{self, Template},
};

/// How the system is to be started.
#[derive(Debug, Clone)]
pub struct Options {
    /// Folder of everything that must survive a restart.
    pub data: PathBuf,
    /// Address of the API, as links in mails have it.
    pub public_url: String,
    /// Values of the template's parameters that are not the defaults.
    pub parameters: BTreeMap<String, String>,
    /// The clock of everything in it.
    pub clock: Clock,
    /// Where randomness comes from.
    pub random: Random,
    /// Where metrics go.
    pub meter: Meter,
    /// The way from the functions to the stand-ins.
    pub http: SharedHttpClient,
}

/// The running system.
#[derive(Debug)]
pub struct System {
    /// What the template says.
    pub plan: Plan,
    /// The embedded table.
    pub store: Store,
    /// The queues.
    pub sqs: Sqs,
    /// The roles that are lent.
    pub sts: Sts,
    /// The mails that went out.
    pub mailbox: Mailbox,
    /// The clock of everything in it.
    pub clock: Clock,
    /// Where the stand-ins listen: table, queues, mail, SMTP.
    pub ports: Ports,
    functions: BTreeMap<String, Function>,
    begun_at: Timestamp,
    /// When time last started each function.
    started: Mutex<BTreeMap<String, Timestamp>>,
    variables: BTreeMap<String, String>,
    options: Options,
    servers: Vec<JoinHandle<()>>,
}

/// Where the stand-ins listen on this machine.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    /// The embedded `DynamoDB`.
    pub dynamodb: u16,
    /// The queues.
    pub sqs: u16,
    /// The roles.
    pub sts: u16,
    /// The mail catcher's `SESv2`.
    pub ses: u16,
    /// The mail catcher's SMTP.
    pub smtp: u16,
}

/// Why the system cannot be started.
#[derive(Debug)]
pub struct StartError(String);

impl System {
    /// Starts stand-ins and functions. Nothing moves yet: that is the pump's.
    pub async fn start(options: Options) -> Result<Arc<Self>, StartError> {
        std::fs::create_dir_all(&options.data).map_err(told)?;
        let secrets = crate::secrets::Secrets::kept_in(&options.data, &options.random).map_err(told)?;
        let (dynamodb, queues, roles, ses, smtp) =
            tokio::try_join!(listen(), listen(), listen(), listen(), listen())?;
        let ports = Ports {
            dynamodb: port(&dynamodb)?,
            sqs: port(&queues)?,
            sts: port(&roles)?,
            ses: port(&ses)?,
            smtp: port(&smtp)?,
        };
        let template = Template::parse(template::SOURCE).map_err(told)?;
        let sqs_url = format!("http://127.0.0.1:{}", ports.sqs);
        let here = Here {
            public_url: options.public_url.clone(),
            sqs_url: sqs_url.clone(),
            parameters: options.parameters.clone(),
            secrets,
        };
        let plan = Plan::of(&template, &here).map_err(told)?;
        let store = Store::open(&options.data.join("table.sqlite"), &plan.table).map_err(told)?;
        let sqs = Sqs::new(options.clock.clone(), sqs_url.clone());
        make_queues(&sqs, &plan)?;
        let sts = Sts::new(options.clock.clone());
        let mailbox =
            Mailbox::new(options.clock.clone(), Some(options.data.join("mails.jsonl"))).map_err(told)?;
        let variables = surroundings(ports);
        let of_function = |name: &str| env(&options, &plan, &signing_as(name, &variables), name);
        let functions = functions::start(of_function).map_err(told)?;
        let servers = vec![
            tokio::spawn(store.clone().serve(dynamodb)),
            tokio::spawn(serve(queues, sqs.router())),
            tokio::spawn(serve(roles, sts.router())),
            tokio::spawn(serve(ses, mailbox.router())),
            tokio::spawn(mailbox.clone().serve_smtp(smtp)),
        ];
        let clock = options.clock.clone();
        let (begun_at, started) = (clock.now(), Mutex::default());
        let system = Self {
            plan,
            store,
            sqs,
            sts,
            mailbox,
            clock,
            ports,
            functions,
            begun_at,
            started,
            variables,
            options,
            servers,
        };
        system.connect_feedback();
        Ok(Arc::new(system))
    }

    /// Invokes a function as Lambda would, within its time.
    pub async fn invoke(&self, name: &str, event: Value) -> Result<Answer, Failed> {
        let unknown = || Failed(format!("there is no function {name}"));
        let function = self.functions.get(name).ok_or_else(unknown)?;
        let secs = self.plan.functions.get(name).ok_or_else(unknown)?.timeout_secs;
        let limit = Duration::from_secs(secs);
        tokio::time::timeout(limit, function.invoke(event))
            .await
            .map_err(|_| Failed(format!("timed out after {secs} s")))?
    }

    /// Whether so many minutes have passed since a function was last asked about, or since the system began.
    pub(crate) fn is_time(&self, function: &str, every_mins: i64) -> bool {
        let now = self.clock.now();
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        let last = started.entry(function.to_owned()).or_insert(self.begun_at);
        let due = every_mins <= 1 || now.duration_since(*last) >= SignedDuration::from_mins(every_mins);
        if due {
            *last = now;
        }
        due
    }

    /// The functions that something starts, each with its trigger.
    pub fn triggers(&self) -> impl Iterator<Item = (&str, &Trigger)> {
        self.plan.functions.iter().flat_map(|(name, f)| f.triggers.iter().map(move |t| (name.as_str(), t)))
    }

    /// Logical ids of the functions that the code has.
    pub fn function_names(&self) -> impl Iterator<Item = &str> {
        self.functions.keys().map(String::as_str)
    }

    /// The environment of a function, for code that works on the same table.
    pub fn env(&self, function: &str) -> Env {
        env(&self.options, &self.plan, &self.variables, function)
    }

    /// All variables of a function, as its binary would find them.
    pub fn environment(&self, function: &str) -> BTreeMap<String, String> {
        merged(&self.plan, &self.variables, function)
    }

    /// The table, for seeding and looking.
    pub fn table(&self) -> Result<Table, proca::config::ConfigError> {
        self.env("AddAction").table()
    }

    /// Address of the API, as links in mails have it.
    pub fn public_url(&self) -> &str {
        &self.options.public_url
    }

    /// Name of a queue on this machine, by its logical id.
    pub fn queue_url(&self, queue: &str) -> Option<String> {
        self.sqs.queue_url(queue)
    }

    /// Passes what the mail catcher reports on to the feedback queue, as the template's rule does.
    fn connect_feedback(&self) {
        let (sqs, transformer) = (self.sqs.clone(), self.plan.feedback.clone());
        let listener = move |event: Value| {
            let detail = event.get("detail").cloned().unwrap_or(event);
            if let Err(error) = sqs.send(&transformer.queue, &transformer.apply(&detail)) {
                tracing::error!(error = %error, "an event of the mail service is lost");
            }
        };
        self.mailbox.on_event(INSTANCE_CONFIGURATION_SET, Arc::new(listener));
    }
}

impl Drop for System {
    fn drop(&mut self) {
        for server in &self.servers {
            server.abort();
        }
    }
}

fn env(options: &Options, plan: &Plan, variables: &BTreeMap<String, String>, function: &str) -> Env {
    Env::new(merged(plan, variables, function), options.http.clone())
        .with_time(options.clock.clone(), options.random.clone())
        .with_meter(options.meter.clone())
        .with_loopback()
}

fn merged(plan: &Plan, variables: &BTreeMap<String, String>, function: &str) -> BTreeMap<String, String> {
    let own = plan.functions.get(function).map(|f| f.variables.clone()).unwrap_or_default();
    variables.clone().into_iter().chain(own).collect()
}

/// The same surroundings, in which requests are signed in the name of a function: the stand-ins check no
/// signature, but a test may look who asks for what.
fn signing_as(function: &str, surroundings: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut own = surroundings.clone();
    own.insert("AWS_ACCESS_KEY_ID".to_owned(), function.to_owned());
    own
}

/// What Lambda itself puts into a function's environment, pointed at the stand-ins.
fn surroundings(ports: Ports) -> BTreeMap<String, String> {
    let at = |port: u16| format!("http://127.0.0.1:{port}");
    [
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "local".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        ("AWS_ENDPOINT_URL_DYNAMODB", at(ports.dynamodb)),
        ("AWS_ENDPOINT_URL_SQS", at(ports.sqs)),
        ("AWS_ENDPOINT_URL_STS", at(ports.sts)),
        ("AWS_ENDPOINT_URL_SESV2", at(ports.ses)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// Dead-letter queues first: the others name them.
fn make_queues(sqs: &Sqs, plan: &Plan) -> Result<(), StartError> {
    let mut queues: Vec<_> = plan.queues.iter().collect();
    queues.sort_by_key(|(_, queue)| queue.redrive.is_some());
    for (name, queue) in queues {
        let redrive = queue
            .redrive
            .clone()
            .map(|(target, max_receives)| Redrive { dead_letter_queue: target, max_receives });
        let settings = QueueSettings {
            visibility_timeout_seconds: queue.visibility_secs,
            redrive,
            ..QueueSettings::new(name)
        };
        sqs.create_queue(settings).map_err(told)?;
    }
    Ok(())
}

async fn listen() -> Result<TcpListener, StartError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(told)
}

fn port(listener: &TcpListener) -> Result<u16, StartError> {
    listener.local_addr().map(|address| address.port()).map_err(told)
}

async fn serve(listener: TcpListener, router: axum::Router) {
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(error = %error, "a stand-in stopped");
    }
}

fn told(error: impl fmt::Display) -> StartError {
    StartError(error.to_string())
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StartError {}
