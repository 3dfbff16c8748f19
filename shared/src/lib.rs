//! The domain of Proca Serverless, and its edges.
//!
//! The domain modules hold every rule and know nothing of AWS, HTTP or the environment. The edges
//! bring them to the table, the queues, the mail services and the webhooks. The functions under
//! `functions/` put the two together, one binary for each operation.

pub mod action;
pub mod attempt;
pub mod audit;
pub mod bundle;
pub mod campaign;
pub mod clock;
pub mod config_value;
pub mod consent;
pub mod contact;
pub mod delivery;
pub mod email;
pub mod erasure;
pub mod export;
pub mod feedback;
pub mod id;
pub mod intake;
pub mod invite;
pub mod launch;
pub mod link;
pub mod locale;
pub mod mail;
pub mod message;
pub mod moderation;
pub mod name;
pub mod notice;
pub mod number;
pub mod org;
pub mod outbound;
pub mod page;
pub mod permission;
pub mod person;
pub mod process;
pub mod public_key;
pub mod random;
pub mod received;
pub mod refs;
pub mod replay;
pub mod retention;
pub mod sample;
pub mod schedule;
pub mod sealed;
pub mod secret;
pub mod service;
pub mod signer;
pub mod stats;
pub mod supporter;
pub mod template;
pub mod text;
pub mod token;
pub mod transition;
pub mod user;
pub mod verdict;
pub mod violation;

pub mod api;
pub mod batch;
pub mod config;
pub mod cursor;
pub mod due;
pub mod json;
pub mod key;
pub mod link_page;
pub mod log;
pub mod mailer;
pub mod page_cache;
pub mod problem;
pub mod push;
pub mod queue;
pub mod staff;
pub mod table;
pub mod web;
pub mod webhook;
