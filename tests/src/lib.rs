//! The harness of the stories: the whole system in one process, with a clock that tests move.
//!
//! Functions, table, queues, mail catcher and webhook receivers are those of the local runner; the
//! real SDK talks to them over loopback. Nothing moves by itself: a test says when.

pub mod binaries;
pub mod browser;
pub mod endpoint;
pub mod facts;
pub mod fixtures;
pub mod issuer;
pub mod logs;
mod maker;
pub mod node;
pub mod runner;
pub mod seeds;
pub mod terminal;
pub mod turns;
pub mod wire;
pub mod world;
