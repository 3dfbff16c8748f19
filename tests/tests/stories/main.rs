//! The stories: what users and their organisations see of the whole system.

mod addresses;
mod bad_input;
mod confirmation;
mod consent;
mod duplicates;
mod earlier_actions;
mod faults;
mod feedback;
mod idempotency;
mod layers;
mod mail_services;
mod privacy;
mod restarts;
mod runtime;
mod template;
mod webhooks;
