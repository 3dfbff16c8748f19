//! Where the SDK meets the network: every request is counted here, and a test may make some fail.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use jiff::SignedDuration;
use proca::clock::Clock;
use proca_local::plan::{Plan, PlannedFunction};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::turns::{Fate, Turns};

/// The wire between functions and stand-ins. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Wire {
    inner: SharedHttpClient,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    requests: Vec<String>,
    /// Who signed each of them.
    signers: Vec<String>,
    write_units: f64,
    /// What the template lets each function do, by its logical id.
    rights: BTreeMap<String, BTreeSet<String>>,
    /// What functions did, and tried that they may not.
    used: BTreeSet<String>,
    denied: BTreeSet<String>,
    faults: Option<Faults>,
    gate: Option<Gate>,
    turns: Option<Turns>,
    pace: Option<(Clock, SignedDuration)>,
}

/// Where one request of an operation waits.
#[derive(Debug)]
struct Gate {
    operation: &'static str,
    reached: oneshot::Sender<()>,
    opened: oneshot::Receiver<()>,
}

/// A request that is on its way, and held there.
#[derive(Debug)]
pub struct Held {
    reached: oneshot::Receiver<()>,
    open: oneshot::Sender<()>,
}

impl Held {
    /// Waits until the request is on its way, does something before it arrives, and lets it go on.
    pub async fn overtake<T>(self, act: impl Future<Output = T>) -> T {
        self.reached.await.expect("the request is sent");
        let done = act.await;
        self.open.send(()).expect("the request still waits");
        done
    }
}

/// Faults that come by chance, repeatable by their seed.
#[derive(Debug, Clone, Copy)]
pub struct Faults {
    state: u64,
    /// Requests in a thousand that never arrive.
    pub lost: u64,
    /// Requests in a thousand that are carried out, but whose answer is lost.
    pub unanswered: u64,
}

impl Faults {
    /// Faults of this seed.
    pub fn seeded(seed: u64, lost: u64, unanswered: u64) -> Self {
        Self { state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1, lost, unanswered }
    }

    fn roll(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state % 1000
    }
}

impl Wire {
    /// A wire without faults over the real client.
    pub fn over(inner: SharedHttpClient) -> Self {
        Self { inner, state: Arc::default() }
    }

    /// The client that the SDK is given.
    pub fn client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }

    /// From now on functions may do what the template lets them, and nothing else.
    pub fn hold_to_rights(&self, plan: &Plan) {
        let actions = |function: &PlannedFunction| function.rights.iter().map(|r| r.action.clone()).collect();
        let rights = plan.functions.iter().map(|(name, function)| (name.clone(), actions(function)));
        self.state.lock().unwrap().rights = rights.collect();
    }

    /// What functions did, each as its name and an action.
    pub fn used(&self) -> BTreeSet<String> {
        self.state.lock().unwrap().used.clone()
    }

    /// What functions tried that they may not.
    pub fn denied(&self) -> BTreeSet<String> {
        self.state.lock().unwrap().denied.clone()
    }

    /// Whether whoever signed a request may do all of this. Who is no function may do everything.
    fn allows(&self, signer: &str, actions: &BTreeSet<String>) -> bool {
        let mut state = self.state.lock().unwrap();
        let Some(rights) = state.rights.get(signer) else { return true };
        let named = |action: &String| format!("{signer} {action}");
        let used: Vec<_> = actions.intersection(rights).map(named).collect();
        let denied: Vec<_> = actions.difference(rights).map(named).collect();
        let allows = denied.is_empty();
        state.used.extend(used);
        state.denied.extend(denied);
        allows
    }

    /// From now on requests fail by chance; or never, again.
    pub fn set_faults(&self, faults: Option<Faults>) {
        self.state.lock().unwrap().faults = faults;
    }

    /// From now on requests of workers wait for their turns; or no more.
    pub fn set_turns(&self, turns: Option<Turns>) {
        self.state.lock().unwrap().turns = turns;
    }

    /// From now on each request to the table takes this time, by this clock, and none while another does.
    pub fn set_pace(&self, clock: &Clock, time: SignedDuration) {
        self.state.lock().unwrap().pace = Some((clock.clone(), time));
    }

    /// Holds the next request of this operation on its way.
    pub fn hold(&self, operation: &'static str) -> Held {
        let ((reached, is_reached), (open, opened)) = (oneshot::channel(), oneshot::channel());
        self.state.lock().unwrap().gate = Some(Gate { operation, reached, opened });
        Held { reached: is_reached, open }
    }

    fn gate(&self, operation: &str) -> Option<Gate> {
        self.state.lock().unwrap().gate.take_if(|gate| gate.operation == operation)
    }

    /// Forgets what was counted.
    pub fn reset(&self) {
        let mut state = self.state.lock().unwrap();
        state.requests.clear();
        state.signers.clear();
        state.write_units = 0.0;
    }

    /// The operations that were asked for, in order.
    pub fn requests(&self) -> Vec<String> {
        self.state.lock().unwrap().requests.clone()
    }

    /// The access keys that requests of an operation were signed by, in order.
    pub fn signers(&self, operation: &str) -> Vec<String> {
        let state = self.state.lock().unwrap();
        let signed = state.requests.iter().zip(&state.signers);
        signed.filter(|(request, _)| *request == operation).map(|(_, signer)| signer.clone()).collect()
    }

    /// Write units that the table says it has used.
    pub fn write_units(&self) -> f64 {
        self.state.lock().unwrap().write_units
    }

    /// What becomes of a request of this operation, once it is its turn.
    async fn fate(&self, operation: &str) -> Fate {
        let turns = self.state.lock().unwrap().turns.clone();
        if let Some(turns) = turns {
            return turns.wait(operation).await;
        }
        let mut state = self.state.lock().unwrap();
        let Some(faults) = &mut state.faults else { return Fate::Answered };
        let roll = faults.roll();
        match roll {
            r if r < faults.lost => Fate::Lost,
            r if r < faults.lost + faults.unanswered => Fate::Unanswered,
            _ => Fate::Answered,
        }
    }

    fn count(&self, (operation, signer): (&str, String), answer: &Value) {
        let mut state = self.state.lock().unwrap();
        if let (Some((clock, time)), false) = (&state.pace, answer.is_null()) {
            clock.advance(*time);
        }
        state.requests.push(operation.to_owned());
        state.signers.push(signer);
        let writes = ["PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"];
        if writes.contains(&operation) {
            let consumed = answer.get("ConsumedCapacity");
            let list =
                consumed.and_then(Value::as_array).cloned().or_else(|| consumed.cloned().map(|c| vec![c]));
            let units = list.into_iter().flatten().filter_map(|c| c.get("CapacityUnits")?.as_f64());
            state.write_units += units.sum::<f64>();
        }
    }
}

#[derive(Debug)]
struct Counted {
    wire: Wire,
    inner: SharedHttpConnector,
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Counted { wire: self.clone(), inner })
    }
}

impl HttpConnector for Counted {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let header = |name: &str| request.headers().get(name).unwrap_or_default();
        let target = match (header("x-amz-target"), header("content-type")) {
            ("", _) if request.method() == "GET" => "SESv2.GetEmailIdentity",
            ("", "application/x-www-form-urlencoded") => "STS.AssumeRole",
            ("", _) => "SESv2.SendEmail",
            (target, _) => target,
        };
        let target = target.to_owned();
        let credential = header("authorization").split_once("Credential=").map(|(_, rest)| rest);
        let signer = credential.and_then(|rest| rest.split('/').next()).unwrap_or_default().to_owned();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let of_table = target.starts_with("DynamoDB");
        let allowed = self.wire.allows(&signer, &actions(&target, &request));
        if of_table {
            ask_for_capacity(&mut request);
        }
        let (wire, inner) = (self.wire.clone(), self.inner.clone());
        HttpConnectorFuture::new(async move {
            if !allowed {
                return Err(ConnectorError::io("the function has no right to do this".into()));
            }
            if let Some(gate) = wire.gate(&operation) {
                gate.reached.send(()).expect("somebody waits for it");
                gate.opened.await.expect("it is let go on");
            }
            let fate = wire.fate(&operation).await;
            if matches!(fate, Fate::Lost) {
                return Err(ConnectorError::io("the request was lost".into()));
            }
            let mut response = inner.call(request).await?;
            if of_table {
                let answer = read(&mut response).await?;
                wire.count((&operation, signer), &answer);
            } else {
                wire.count((&operation, signer), &Value::Null);
            }
            match fate {
                Fate::Unanswered => Err(ConnectorError::io("the answer was lost".into())),
                Fate::Answered | Fate::Lost => Ok(response),
            }
        })
    }
}

/// What a request needs to be allowed (Service Authorization Reference: a transaction needs what its parts need).
fn actions(target: &str, request: &HttpRequest) -> BTreeSet<String> {
    let operation = target.rsplit('.').next().unwrap_or_default();
    let one = |action: &str| BTreeSet::from([action.to_owned()]);
    match target.split(['_', '.']).next() {
        Some("DynamoDB") if operation == "TransactWriteItems" => {
            let body = request.body().bytes().unwrap_or_default();
            let body: Value = serde_json::from_slice(body).unwrap_or_default();
            let items = body["TransactItems"].as_array().into_iter().flatten();
            let parts = items.filter_map(|item| item.as_object()?.keys().next());
            let action = |part: &String| match part.as_str() {
                "ConditionCheck" => "dynamodb:ConditionCheckItem".to_owned(),
                verb => format!("dynamodb:{verb}Item"),
            };
            parts.map(action).collect()
        }
        Some("DynamoDB") => one(&format!("dynamodb:{operation}")),
        Some("AmazonSQS") => one(&format!("sqs:{}", operation.trim_end_matches("Batch"))),
        Some("STS") => one("sts:AssumeRole"),
        _ => one(&format!("ses:{operation}")),
    }
}

fn ask_for_capacity(request: &mut HttpRequest) {
    let Some(mut body) = request.body().bytes().and_then(|b| serde_json::from_slice::<Value>(b).ok()) else {
        return;
    };
    body["ReturnConsumedCapacity"] = json!("TOTAL");
    let body = body.to_string();
    request.headers_mut().insert("content-length", body.len().to_string());
    *request.body_mut() = SdkBody::from(body);
}

async fn read(response: &mut HttpResponse) -> Result<Value, ConnectorError> {
    let body = std::mem::replace(response.body_mut(), SdkBody::empty());
    let bytes = ByteStream::new(body).collect().await.map_err(|e| ConnectorError::io(e.into()))?.into_bytes();
    let value = serde_json::from_slice(&bytes).unwrap_or_default();
    *response.body_mut() = SdkBody::from(bytes.to_vec());
    Ok(value)
}
