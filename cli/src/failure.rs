//! Why a command was not done, and the exit code that says so.

use std::{fmt, io};

use crate::{profile::ProfileError, refusal::Refusal, sealed::Unopened};

/// Why a command was not done.
#[derive(Debug)]
pub enum Failure {
    /// The command line lacks something that its form does not show.
    Usage(Usage),
    /// The profiles cannot be read or written.
    Profile(ProfileError),
    /// No token is known for the address.
    NotLoggedIn(String),
    /// An invite is not, or no longer, to be accepted.
    NoInvite,
    /// The API refused.
    Refused(Refusal),
    /// The API was not reached.
    Unreachable(Box<ureq::Error>),
    /// What answered is not the API.
    NotTheApi(u16),
    /// The description built in is broken.
    Description(serde_json::Error),
    /// Something sealed was not opened.
    Sealed(Unopened),
    /// The output cannot be written.
    Output(io::Error),
}

/// What is wrong with a command line.
#[derive(Debug)]
pub enum Usage {
    /// No address is known.
    NoUrl,
    /// The address is neither https nor on this machine.
    InsecureUrl(String),
    /// No org is known.
    NoOrg,
    /// A change has no members.
    NothingToChange,
    /// The version to change cannot be read from anywhere.
    NoVersion,
    /// No token was piped in.
    NoToken,
    /// A file cannot be read.
    Unreadable(String),
    /// Two things are to be read from what is piped in.
    PipedTwice,
    /// A file of private keys has something else in it, or nothing.
    NoPrivateKey,
}

impl Failure {
    /// The exit code: the table is in the help.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Profile(_) => 2,
            Self::NotLoggedIn(_) => 3,
            Self::NoInvite => 4,
            Self::Sealed(_) => 5,
            Self::Refused(refusal) => match refusal.status {
                401 => 3,
                403 | 404 => 4,
                429 | 500.. => 6,
                _ => 5,
            },
            Self::Unreachable(_) | Self::NotTheApi(_) | Self::Description(_) | Self::Output(_) => 6,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(usage) => usage.fmt(f),
            Self::Profile(error) => error.fmt(f),
            Self::NotLoggedIn(url) => write!(f, "no token is known for {url}: log in by `proca login`"),
            Self::NoInvite => {
                f.write_str("this invite was used, has ended or was taken back: ask for another")
            }
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Unreachable(error) => write!(f, "the API was not reached: {error}"),
            Self::NotTheApi(status) => {
                write!(f, "what answered ({status}) is not the API: look at the address")
            }
            Self::Description(error) => write!(f, "the description of the API is broken: {error}"),
            Self::Sealed(unopened) => unopened.fmt(f),
            Self::Output(error) => write!(f, "the output cannot be written: {error}"),
        }
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoUrl => f.write_str("no address is known: log in by `proca login`, or give --url"),
            Self::InsecureUrl(url) => write!(f, "{url} is no https address, nor one of this machine"),
            Self::NoOrg => {
                f.write_str("which org? Give --org, or a default by `proca profile use NAME --org ORG`")
            }
            Self::NothingToChange => f.write_str("nothing is changed: give at least one setting, or --body"),
            Self::NoVersion => f.write_str("which version is changed? Give --if-match"),
            Self::NoToken => f.write_str("no token: pipe it in with --token-stdin, or set PROCA_TOKEN"),
            Self::Unreadable(why) => f.write_str(why),
            Self::PipedTwice => f.write_str("only one of the two can be piped in"),
            Self::NoPrivateKey => f.write_str("a private key is the base64 of 32 bytes, one a line"),
        }
    }
}

impl From<Usage> for Failure {
    fn from(usage: Usage) -> Self {
        Self::Usage(usage)
    }
}

impl From<Unopened> for Failure {
    fn from(unopened: Unopened) -> Self {
        Self::Sealed(unopened)
    }
}

impl From<ProfileError> for Failure {
    fn from(error: ProfileError) -> Self {
        Self::Profile(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}
