//! Failures a test can order.

/// How a send fails.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// Refused for now, nothing taken in: `TooManyRequestsException`, SMTP 454.
    Throttle,
    /// Refused for good, nothing taken in: `MessageRejected`, SMTP 554.
    Reject,
    /// Refused because the account may not send at all: `AccountSuspendedException`, SMTP 554.
    Suspend,
    /// Refused until somebody does something: `SendingPausedException`, SMTP 535.
    Pause,
    /// Taken in, its events published, then the connection breaks without an answer.
    AcceptThenDropAnswer,
}
