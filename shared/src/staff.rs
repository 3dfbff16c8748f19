//! What staff do: who they are, what they may, and every read and change that needs it.
//!
//! A function of staff holds a [`Staff`] and nothing else that reaches the table. From it leads one
//! way: a request shows who calls ([`Caller`]), the caller shows a right in an org ([`OrgScope`]), and
//! only the scope reads and changes what belongs to that org. A handler that forgets to ask for the
//! right has no scope, and does not compile.

mod actions;
mod appoint;
mod audit;
mod campaigns;
mod deliveries;
mod enrol;
mod erasures;
mod exports;
mod feed;
mod foundation;
mod identity;
mod invites;
mod keys;
mod launches;
mod listing;
mod moderation;
mod offers;
mod oidc;
mod orgs;
mod pages;
mod people;
mod privacy;
mod scope;
mod services;
mod span;
mod supporters;
mod switches;
mod tally;
mod templates;
mod tokens;
mod trials;

pub use enrol::Enrolment;
pub use foundation::{Foundation, FoundationError};
pub use identity::Caller;
pub use listing::{Listed, MOST};
pub use oidc::{Issuer, Oidc};
pub use scope::{OrgScope, Written};
pub use services::Vault;

use crate::{clock::Clock, random::Random, refs::Refs, secret::Keyring, table::Table};

/// What functions of staff work with.
#[derive(Debug)]
pub struct Staff {
    table: Table,
    refs: Refs,
    cursors: Keyring,
    clock: Clock,
    random: Random,
    oidc: Option<Oidc>,
}

impl Staff {
    /// Staff of the instance whose table this is.
    pub const fn new(table: Table, refs: Refs, cursors: Keyring, clock: Clock, random: Random) -> Self {
        Self { table, refs, cursors, clock, random, oidc: None }
    }

    /// The same, where staff may also come by an identity provider.
    #[must_use]
    pub fn with_oidc(self, oidc: Option<Oidc>) -> Self {
        Self { oidc, ..self }
    }
}
