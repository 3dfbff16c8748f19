//! What the template's references stand for on this machine.

use std::collections::BTreeMap;

use crate::{secrets::Secrets, store::TABLE, template::Surroundings};

/// The configuration set of the instance on this machine.
pub const INSTANCE_CONFIGURATION_SET: &str = "proca-local";

/// This machine.
#[derive(Debug)]
pub struct Here {
    /// Address of the API.
    pub public_url: String,
    /// Address of the queues.
    pub sqs_url: String,
    /// Values of the template's parameters that are not the defaults.
    pub parameters: BTreeMap<String, String>,
    /// Values of the template's secrets.
    pub secrets: Secrets,
}

impl Surroundings for Here {
    fn parameter(&self, name: &str) -> Option<String> {
        self.parameters.get(name).cloned()
    }

    fn reference(&self, resource: &str, kind: &str) -> Option<String> {
        match kind {
            "AWS::SQS::Queue" => Some(format!("{}/000000000000/{resource}", self.sqs_url)),
            "AWS::DynamoDB::Table" => Some(TABLE.to_owned()),
            "AWS::SES::ConfigurationSet" => Some(INSTANCE_CONFIGURATION_SET.to_owned()),
            "AWS::SecretsManager::Secret" => Some(resource.to_owned()),
            _ => None,
        }
    }

    fn attribute(&self, resource: &str, kind: &str, attribute: &str) -> Option<String> {
        match (kind, attribute) {
            ("AWS::SQS::Queue", "Arn") => Some(format!("arn:aws:sqs:us-east-1:000000000000:{resource}")),
            ("AWS::Serverless::HttpApi", "ApiEndpoint") => Some(self.public_url.clone()),
            _ => None,
        }
    }

    fn dynamic(&self, text: &str) -> String {
        let mut parts = text.split("{{resolve:secretsmanager:");
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (reference, rest) = part.split_once("}}").unwrap_or((part, ""));
            let name = reference.split(':').next().unwrap_or_default();
            out.push_str(&self.secrets.value(name));
            out.push_str(rest);
        }
        out
    }
}
