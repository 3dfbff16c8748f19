//! Why a mail service sends nothing more, and whom that concerns.

/// A refusal that the next mail would meet as well, until somebody of the staff does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailFault {
    /// Whoever logs in may not send at all.
    Account(&'static str),
    /// The address that the mail is from may not be sent from.
    Sender(&'static str),
}

impl MailFault {
    /// What staff read.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Account(reason) | Self::Sender(reason) => reason,
        }
    }

    /// Whether the service is to be paused for it.
    ///
    /// A service that others borrow is paused only where none of them could send: one org's address
    /// must not keep another's mail.
    pub const fn pauses(self, is_shared: bool) -> bool {
        match self {
            Self::Account(_) => true,
            Self::Sender(_) => !is_shared,
        }
    }
}
