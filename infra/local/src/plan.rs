//! What the template says is to be run: functions with their triggers and variables, queues, the table.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    rights::{self, Right},
    template::{Surroundings, Template, TemplateError, missing},
};

/// Everything that the local runner takes from the template.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Functions by logical id.
    pub functions: BTreeMap<String, PlannedFunction>,
    /// Queues by logical id.
    pub queues: BTreeMap<String, PlannedQueue>,
    /// Properties of the table, as CloudFormation has them.
    pub table: Value,
    /// How mail events become messages of the feedback queue.
    pub feedback: InputTransformer,
}

/// One function.
#[derive(Debug, Clone)]
pub struct PlannedFunction {
    /// Its variables, resolved.
    pub variables: BTreeMap<String, String>,
    /// What starts it.
    pub triggers: Vec<Trigger>,
    /// What it may do.
    pub rights: Vec<Right>,
    /// Seconds it may take.
    pub timeout_secs: u64,
}

/// What starts a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// A request to the HTTP API.
    Http {
        /// Method, upper case.
        method: String,
        /// Path with parameters in braces.
        path: String,
    },
    /// Messages of a queue.
    Queue {
        /// The queue's logical id.
        queue: String,
        /// Most messages at once.
        batch: u32,
    },
    /// Changes of the table.
    Stream {
        /// Most changes at once.
        batch: u32,
        /// Kinds of items that matter.
        kinds: Vec<String>,
    },
    /// Time.
    Schedule {
        /// Minutes between two starts.
        every_mins: i64,
    },
}

/// One queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedQueue {
    /// Seconds a received message stays hidden.
    pub visibility_secs: u32,
    /// Where messages go after so many failed receives: logical id and count.
    pub redrive: Option<(String, u32)>,
}

/// Picks parts of an event and writes a message with them, as EventBridge does.
#[derive(Debug, Clone)]
pub struct InputTransformer {
    paths: BTreeMap<String, String>,
    template: String,
    /// Logical id of the queue that gets the message.
    pub queue: String,
}

impl Plan {
    /// Reads the plan from the template.
    pub fn of(template: &Template, around: &dyn Surroundings) -> Result<Self, TemplateError> {
        let functions = template.resources("AWS::Serverless::Function");
        let functions = functions.iter().map(|(name, f)| Ok((name.clone(), function(template, f, around)?)));
        let queues = template.resources("AWS::SQS::Queue");
        let table = template.resources("AWS::DynamoDB::Table").into_values().next();
        Ok(Self {
            functions: functions.collect::<Result<_, TemplateError>>()?,
            queues: queues.iter().map(|(name, q)| (name.clone(), queue(q))).collect(),
            table: table.ok_or_else(|| missing("a table"))?,
            feedback: InputTransformer::of(template)?,
        })
    }
}

fn function(
    template: &Template,
    properties: &Value,
    around: &dyn Surroundings,
) -> Result<PlannedFunction, TemplateError> {
    let variables = properties.pointer("/Environment/Variables").and_then(Value::as_object);
    let variables = variables
        .into_iter()
        .flatten()
        .map(|(name, value)| Ok((name.clone(), around.dynamic(&template.resolve(value, around)?))));
    let events = properties.get("Events").and_then(Value::as_object);
    Ok(PlannedFunction {
        variables: variables.collect::<Result<_, TemplateError>>()?,
        triggers: events.into_iter().flatten().map(|(_, event)| trigger(event)).collect::<Result<_, _>>()?,
        rights: rights::of_function(template, properties)?,
        timeout_secs: properties.get("Timeout").and_then(Value::as_u64).unwrap_or(3),
    })
}

fn trigger(event: &Value) -> Result<Trigger, TemplateError> {
    let kind = event.get("Type").and_then(Value::as_str).unwrap_or_default();
    let property = |name: &str| event.pointer(&format!("/Properties/{name}"));
    let text = |name: &str| property(name).and_then(Value::as_str).map(str::to_owned);
    let batch =
        || property("BatchSize").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()).unwrap_or(10);
    let incomplete = || missing(&format!("a complete trigger at {event}"));
    match kind {
        "HttpApi" => {
            let method = text("Method").ok_or_else(incomplete)?.to_uppercase();
            Ok(Trigger::Http { method, path: text("Path").ok_or_else(incomplete)? })
        }
        "SQS" => {
            let arn = property("Queue/Fn::GetAtt")
                .or_else(|| event.pointer("/Properties/Queue").and_then(|q| q.get("Fn::GetAtt")));
            let queue = arn
                .and_then(Value::as_str)
                .and_then(|arn| arn.strip_suffix(".Arn"))
                .ok_or_else(incomplete)?;
            Ok(Trigger::Queue { queue: queue.to_owned(), batch: batch() })
        }
        "DynamoDB" => Ok(Trigger::Stream { batch: batch(), kinds: kinds(event)? }),
        "Schedule" | "ScheduleV2" => {
            let rate = property(if kind == "Schedule" { "Schedule" } else { "ScheduleExpression" });
            let every_mins = rate.and_then(Value::as_str).and_then(minutes).ok_or_else(incomplete)?;
            Ok(Trigger::Schedule { every_mins })
        }
        _ => Err(incomplete()),
    }
}

/// The minutes of a rate, such as `rate(15 minutes)`; other expressions are not understood here.
fn minutes(rate: &str) -> Option<i64> {
    let (value, unit) = rate.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
    let value: i64 = value.parse().ok()?;
    match unit {
        "minute" | "minutes" => Some(value),
        "hour" | "hours" => Some(value * 60),
        "day" | "days" => Some(value * 24 * 60),
        _ => None,
    }
}

/// The kinds that the filter on the stream lets through.
fn kinds(event: &Value) -> Result<Vec<String>, TemplateError> {
    let filters = event.pointer("/Properties/FilterCriteria/Filters").and_then(Value::as_array);
    let mut kinds = Vec::new();
    for pattern in filters.into_iter().flatten().filter_map(|f| f.get("Pattern")?.as_str()) {
        let pattern: Value = serde_json::from_str(pattern).map_err(|e| TemplateError::Yaml(e.to_string()))?;
        let words = pattern.pointer("/dynamodb/NewImage/kind/S").and_then(Value::as_array);
        kinds.extend(words.into_iter().flatten().filter_map(|k| k.as_str().map(str::to_owned)));
    }
    if kinds.is_empty() { Err(missing("a filter on the kinds of the stream")) } else { Ok(kinds) }
}

fn queue(properties: &Value) -> PlannedQueue {
    let number = |value: Option<&Value>| value.and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
    let target =
        properties.pointer("/RedrivePolicy/deadLetterTargetArn").and_then(|arn| arn.get("Fn::GetAtt"));
    let target = target.and_then(Value::as_str).and_then(|arn| arn.strip_suffix(".Arn")).map(str::to_owned);
    PlannedQueue {
        visibility_secs: number(properties.get("VisibilityTimeout")).unwrap_or(30),
        redrive: target.zip(number(properties.pointer("/RedrivePolicy/maxReceiveCount"))),
    }
}

impl InputTransformer {
    fn of(template: &Template) -> Result<Self, TemplateError> {
        let rules = template.resources("AWS::Events::Rule");
        let target = rules
            .values()
            .filter_map(|rule| rule.pointer("/Targets/0"))
            .find(|t| t.get("InputTransformer").is_some());
        let target = target.ok_or_else(|| missing("a rule with an input transformer"))?;
        let part = |pointer: &str| target.pointer(pointer).ok_or_else(|| missing(pointer));
        let paths = part("/InputTransformer/InputPathsMap")?.as_object().into_iter().flatten();
        let arn = part("/Arn/Fn::GetAtt").ok().or_else(|| target.get("Arn")?.get("Fn::GetAtt"));
        let queue = arn.and_then(Value::as_str).and_then(|arn| arn.strip_suffix(".Arn"));
        Ok(Self {
            paths: paths.filter_map(|(name, path)| Some((name.clone(), path.as_str()?.to_owned()))).collect(),
            template: part("/InputTransformer/InputTemplate")?.as_str().unwrap_or_default().to_owned(),
            queue: queue.ok_or_else(|| missing("the queue of the rule"))?.to_owned(),
        })
    }

    /// The message for one event of the mail service. What the event lacks is left empty.
    pub fn apply(&self, detail: &Value) -> String {
        let event = json!({ "source": "aws.ses", "detail": detail });
        self.paths.iter().fold(self.template.clone(), |text, (name, path)| {
            let pointer = path.trim_start_matches('$').replace('[', "/").replace(']', "").replace('.', "/");
            let value = event.pointer(&pointer).and_then(Value::as_str).unwrap_or_default();
            text.replace(&format!("<{name}>"), value)
        })
    }
}
