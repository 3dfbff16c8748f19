//! The management API as a whole: its operations, what they take and what they answer.
//!
//! Each resource has one module with its bodies, its views, and the list of its operations. The
//! functions read bodies and write views; the OpenAPI document, the command line and the tests that
//! go through every route are made from the operations.

pub mod access;
pub mod actions;
pub mod audit;
pub mod body;
pub mod campaigns;
pub mod deliveries;
pub mod document;
pub mod exports;
pub mod feed;
pub mod keys;
pub mod moderation;
pub mod offers;
pub mod operation;
pub mod orgs;
pub mod pages;
pub mod people;
pub mod public;
mod schema;
pub mod service_address;
pub mod service_bodies;
pub mod services;
pub mod supporters;
pub mod switches;
pub mod tally;
pub mod templates;
pub mod tokens;
