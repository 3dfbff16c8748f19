//! The whole system on one machine, from the deployment template: stand-ins for AWS, the functions
//! themselves, what moves messages between them, and pages to try it all.

pub mod args;
pub mod functions;
pub mod gateway;
pub mod mailbox;
pub mod pages;
pub mod plan;
pub mod pump;
pub mod receiver;
pub mod rights;
pub mod run;
pub mod secrets;
pub mod seed;
pub mod sqs;
pub mod store;
pub mod sts;
pub mod surroundings;
pub mod system;
pub mod template;
