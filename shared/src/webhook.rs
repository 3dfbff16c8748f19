//! Outgoing webhooks: signed by the Standard Webhooks specification, and only to the public internet.

mod address;
mod client;
mod fetch;
mod signature;

pub use address::{AddressError, Reach, WebhookUrl, is_public};
pub use client::{Answer, WebhookClient, WebhookError};
pub use fetch::{FetchError, fetch};
pub use signature::{SigningSecret, signature};
