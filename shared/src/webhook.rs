//! Outgoing webhooks: signed by the Standard Webhooks specification, and only to the public internet.

mod authorities;
mod client;
mod fetch;
mod guard;
mod signature;

pub use authorities::{Authorities, AuthoritiesError};
pub use client::{Answer, WebhookClient, WebhookError};
pub use fetch::{FetchError, fetch};
pub use guard::{AddressError, Names, Reach, WebhookUrl, is_public};
pub use signature::{SigningSecret, signature};
