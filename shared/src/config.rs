//! Configuration: the one place that reads the environment, and what is built from it.

use std::{collections::BTreeMap, fmt, time::Duration};

use aws_credential_types::Credentials;
use aws_smithy_http_client::{Builder, tls};
use aws_smithy_runtime_api::client::{
    http::SharedHttpClient, stalled_stream_protection::StalledStreamProtectionConfig,
};
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};

use crate::{
    clock::Clock,
    mailer::Mailer,
    metric::Meter,
    push::Pusher,
    queue::{Queue, Queues},
    random::Random,
    refs::Refs,
    secret::{Keyring, KeyringError},
    staff::{Issuer, Oidc, Staff},
    switchboard::Switchboard,
    table::Table,
    webhook::{AddressError, Authorities, AuthoritiesError, Reach, WebhookUrl},
};

/// Variables of a function, and the surroundings it runs in.
#[derive(Debug, Clone)]
pub struct Env {
    variables: BTreeMap<String, String>,
    clock: Clock,
    random: Random,
    meter: Meter,
    http: SharedHttpClient,
    reach: Reach,
}

impl Env {
    /// The environment of this process.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    pub fn of_process() -> Self {
        Self::new(std::env::vars().collect(), https_client())
    }

    /// An environment made by hand, with its own way to reach AWS.
    pub fn new(variables: BTreeMap<String, String>, http: SharedHttpClient) -> Self {
        let (clock, random, meter) = (Clock::System, Random::System, Meter::Output);
        Self { variables, clock, random, meter, http, reach: Reach::Public }
    }

    /// The same with another clock and source of randomness.
    #[must_use]
    pub fn with_time(self, clock: Clock, random: Random) -> Self {
        Self { clock, random, ..self }
    }

    /// The same, with metrics going elsewhere.
    #[must_use]
    pub fn with_meter(self, meter: Meter) -> Self {
        Self { meter, ..self }
    }

    /// The same, with webhooks and mail servers on this machine allowed. For the local runner alone.
    #[must_use]
    pub fn with_loopback(self) -> Self {
        Self { reach: Reach::Loopback, ..self }
    }

    /// The clock.
    pub fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// The source of randomness.
    pub fn random(&self) -> Random {
        self.random.clone()
    }

    /// Where metrics go.
    pub fn meter(&self) -> Meter {
        self.meter.clone()
    }

    /// How far services' addresses may reach.
    pub const fn reach(&self) -> Reach {
        self.reach
    }

    /// A variable that must be there.
    pub fn text(&self, name: &'static str) -> Result<String, ConfigError> {
        self.given(name).ok_or(ConfigError::Missing(name))
    }

    /// A variable that may be absent, or empty, which is the same.
    fn given(&self, name: &str) -> Option<String> {
        self.variables.get(name).filter(|v| !v.is_empty()).cloned()
    }

    /// Where a service of AWS is instead of its usual place: by its own variable, or the one for all of them.
    fn endpoint(&self, of_service: &str) -> Option<String> {
        self.given(of_service).or_else(|| self.given("AWS_ENDPOINT_URL"))
    }

    /// The table.
    pub fn table(&self) -> Result<Table, ConfigError> {
        let mut config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::latest())
            .region(aws_sdk_dynamodb::config::Region::new(self.text("AWS_REGION")?))
            .credentials_provider(self.credentials()?)
            .http_client(self.http.clone())
            .retry_config(retries())
            .timeout_config(timeouts())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        config.set_endpoint_url(self.endpoint("AWS_ENDPOINT_URL_DYNAMODB"));
        Ok(Table::new(aws_sdk_dynamodb::Client::from_conf(config.build()), self.text("TABLE_NAME")?))
    }

    /// The switches, over the table.
    pub fn switchboard(&self) -> Result<Switchboard, ConfigError> {
        Ok(Switchboard::new(self.table()?, self.clock()))
    }

    /// The queues of hints.
    pub fn queues(&self) -> Result<Queues, ConfigError> {
        let client = self.sqs()?;
        let queue = |variable| Ok(Queue::new(client.clone(), self.text(variable)?));
        Ok(Queues {
            actions: queue("ACTIONS_QUEUE_URL")?,
            email: queue("EMAIL_QUEUE_URL")?,
            push: queue("PUSH_QUEUE_URL")?,
        })
    }

    /// The queue of pushes to endpoints that are not known as quick.
    pub fn slow_queue(&self) -> Result<Queue, ConfigError> {
        Ok(Queue::new(self.sqs()?, self.text("SLOW_PUSH_QUEUE_URL")?))
    }

    /// The lane of pushes to endpoints that get several in one body.
    pub fn batch_queue(&self) -> Result<Queue, ConfigError> {
        Ok(Queue::new(self.sqs()?, self.text("BATCH_PUSH_QUEUE_URL")?))
    }

    /// Sends mail, by SES or SMTP.
    pub fn mailer(&self) -> Result<Mailer, ConfigError> {
        let mut config = aws_sdk_sesv2::Config::builder()
            .behavior_version(aws_sdk_sesv2::config::BehaviorVersion::latest())
            .region(aws_sdk_sesv2::config::Region::new(self.text("AWS_REGION")?))
            .credentials_provider(self.credentials()?)
            .http_client(self.http.clone())
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        config.set_endpoint_url(self.endpoint("AWS_ENDPOINT_URL_SESV2"));
        let ses = aws_sdk_sesv2::Client::from_conf(config.build());
        Ok(Mailer::new(ses, self.text("SES_CONFIGURATION_SET")?, self.sealing_keys()?, self.reach))
    }

    /// Pushes messages, to webhooks and queues.
    pub fn pusher(&self) -> Result<Pusher, ConfigError> {
        Ok(Pusher::new(self.sqs()?, self.sts()?, self.sealing_keys()?, self.reach, &self.authorities()?))
    }

    /// Who may vouch for the endpoints of webhooks.
    fn authorities(&self) -> Result<Authorities, ConfigError> {
        let Some(own) = self.given("WEBHOOK_AUTHORITIES") else { return Ok(Authorities::default()) };
        Authorities::parse(&own).map_err(ConfigError::Authorities)
    }

    /// Asks for the roles of orgs.
    fn sts(&self) -> Result<aws_sdk_sts::Client, ConfigError> {
        let mut config = aws_sdk_sts::Config::builder()
            .behavior_version(aws_sdk_sts::config::BehaviorVersion::latest())
            .region(aws_sdk_sts::config::Region::new(self.text("AWS_REGION")?))
            .credentials_provider(self.credentials()?)
            .http_client(self.http.clone())
            .retry_config(retries())
            .timeout_config(timeouts())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        config.set_endpoint_url(self.endpoint("AWS_ENDPOINT_URL_STS"));
        Ok(aws_sdk_sts::Client::from_conf(config.build()))
    }

    /// Makes refs of people, under the pepper.
    pub fn refs(&self) -> Result<Refs, ConfigError> {
        self.keyring("PEPPER", "refs").map(Refs::new)
    }

    /// Seals and opens the secrets of services.
    pub fn sealing_keys(&self) -> Result<Keyring, ConfigError> {
        self.keyring("SEALING_KEY", "services")
    }

    /// What functions of staff work with.
    pub fn staff(&self) -> Result<Staff, ConfigError> {
        let cursors = self.keyring("PEPPER", "cursors")?;
        let staff = Staff::new(self.table()?, self.refs()?, cursors, self.clock(), self.random());
        Ok(staff.with_oidc(self.oidc()?))
    }

    /// The identity provider by which staff may come, if there is one.
    fn oidc(&self) -> Result<Option<Oidc>, ConfigError> {
        let Some(name) = self.given("OIDC_ISSUER") else { return Ok(None) };
        let variable = "OIDC_JWKS_URL";
        let jwks = WebhookUrl::parse(&self.text(variable)?, self.reach)
            .map_err(|source| ConfigError::Address { name: variable, source })?;
        let verified_claim =
            self.variables.get("OIDC_EMAIL_VERIFIED_CLAIM").map_or("email_verified", String::as_str);
        let issuer = Issuer {
            name,
            audience: self.text("OIDC_AUDIENCE")?,
            jwks,
            email_claim: self.given("OIDC_EMAIL_CLAIM").unwrap_or_else(|| "email".to_owned()),
            verified_claim: Some(verified_claim.to_owned()).filter(|claim| !claim.is_empty()),
        };
        Ok(Some(Oidc::new(issuer, self.reach)))
    }

    fn keyring(&self, name: &'static str, purpose: &str) -> Result<Keyring, ConfigError> {
        Keyring::parse(&self.text(name)?, purpose).map_err(|source| ConfigError::Keyring { name, source })
    }

    /// A client of the queues.
    pub fn sqs(&self) -> Result<aws_sdk_sqs::Client, ConfigError> {
        let mut config = aws_sdk_sqs::Config::builder()
            .behavior_version(aws_sdk_sqs::config::BehaviorVersion::latest())
            .region(aws_sdk_sqs::config::Region::new(self.text("AWS_REGION")?))
            .credentials_provider(self.credentials()?)
            .http_client(self.http.clone())
            .retry_config(retries())
            .timeout_config(timeouts())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        config.set_endpoint_url(self.endpoint("AWS_ENDPOINT_URL_SQS"));
        Ok(aws_sdk_sqs::Client::from_conf(config.build()))
    }

    /// Lambda gives its credentials in the environment; they hold as long as the environment does.
    fn credentials(&self) -> Result<Credentials, ConfigError> {
        let session = self.variables.get("AWS_SESSION_TOKEN").cloned();
        let (key, secret) = (self.text("AWS_ACCESS_KEY_ID")?, self.text("AWS_SECRET_ACCESS_KEY")?);
        Ok(Credentials::new(key, secret, session, None, "environment"))
    }
}

/// One client for all of AWS, with Amazon's own roots instead of the system's store: reading that
/// store would take longer than the rest of a cold start.
pub fn https_client() -> SharedHttpClient {
    let roots = tls::TrustStore::empty().with_pem_certificate(include_bytes!("amazon_roots.pem").as_slice());
    let provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);
    let builder = Builder::new().tls_provider(provider);
    match tls::TlsContext::builder().with_trust_store(roots).build() {
        Ok(context) => builder.tls_context(context).build_https(),
        Err(error) => {
            tracing::error!(error = %error, "the built-in roots are unusable, the system's are taken");
            builder.build_https()
        }
    }
}

/// Two more tries, soon: the default first wait of a second is long for somebody who has just signed.
fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(50))
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .operation_attempt_timeout(Duration::from_secs(3))
        .operation_timeout(Duration::from_secs(8))
        .build()
}

/// What is wrong with the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigError {
    /// A variable is not set.
    Missing(&'static str),
    /// A variable holds no address that may be fetched from.
    Address {
        /// The variable.
        name: &'static str,
        /// What is wrong with it.
        source: AddressError,
    },
    /// The authorities of webhooks' endpoints are none.
    Authorities(AuthoritiesError),
    /// A variable holds no keyring.
    Keyring {
        /// The variable.
        name: &'static str,
        /// What is wrong with it.
        source: KeyringError,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "the variable {name} is not set"),
            Self::Address { name, .. } => write!(f, "the variable {name} holds no usable address"),
            Self::Authorities(_) => f.write_str("the variable WEBHOOK_AUTHORITIES holds no certificates"),
            Self::Keyring { name, .. } => write!(f, "the variable {name} holds no secret"),
        }
    }
}

impl std::error::Error for ConfigError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Missing(_) => None,
            Self::Address { source, .. } => Some(source),
            Self::Authorities(source) => Some(source),
            Self::Keyring { source, .. } => Some(source),
        }
    }
}
