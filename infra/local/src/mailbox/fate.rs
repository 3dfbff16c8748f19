//! What becomes of a mail at one recipient.
//!
//! Decided by the suppression list and by the local part, as the addresses of SES's mailbox
//! simulator do it; here they work at every domain, and a label (`bounce+7@…`) changes nothing.

use super::{
    account::{Account, Reason},
    address,
};

/// The end of the way for one recipient.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Fate {
    /// Delivered, and nothing more: everybody else.
    Delivered,
    /// Delivered, then an absence note comes back as a transient bounce: `ooto@`.
    AutoReplied,
    /// Refused by the recipient's server for good: `bounce@`.
    Bounced,
    /// Not sent, since too many others had it bounce: `suppressionlist@`.
    SuppressedByAll,
    /// Not sent, since it is on the account's own suppression list.
    Suppressed(Reason),
    /// Delivered, then marked as spam: `complaint@`.
    Complained,
}

impl Fate {
    /// The fate of a bare address.
    pub(super) fn of(bare: &str, account: &Account) -> Self {
        if let Some(suppressed) = account.suppressed(bare) {
            return Self::Suppressed(suppressed.reason);
        }
        let local = address::local(bare).to_ascii_lowercase();
        match local.split_once('+').map_or(local.as_str(), |(name, _)| name) {
            "bounce" => Self::Bounced,
            "complaint" => Self::Complained,
            "ooto" => Self::AutoReplied,
            "suppressionlist" => Self::SuppressedByAll,
            _ => Self::Delivered,
        }
    }

    /// Whether the recipient's server took the mail.
    pub(super) fn is_delivered(self) -> bool {
        match self {
            Self::Delivered | Self::AutoReplied | Self::Complained => true,
            Self::Bounced | Self::SuppressedByAll | Self::Suppressed(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::{account::Suppressed, fixture::clock};

    #[test]
    fn the_local_part_decides_at_every_domain() {
        let account = Account::default();
        for (address, fate) in [
            ("bounce@simulator.amazonses.com", Fate::Bounced),
            ("BOUNCE+7@example.org", Fate::Bounced),
            ("bouncer@example.org", Fate::Delivered),
            ("complaint+x@example.org", Fate::Complained),
            ("ooto@example.org", Fate::AutoReplied),
            ("suppressionlist@example.org", Fate::SuppressedByAll),
            ("success@simulator.amazonses.com", Fate::Delivered),
        ] {
            assert_eq!(Fate::of(address, &account), fate, "{address}");
        }
    }

    #[test]
    fn the_suppression_list_goes_first_whatever_the_case() {
        let mut account = Account::default();
        let suppressed = Suppressed { reason: Reason::Complaint, updated_at: clock().now() };
        account.suppress("Bounce@Example.org", suppressed);
        let fate = Fate::of("bounce@example.ORG", &account);
        assert_eq!(fate, Fate::Suppressed(Reason::Complaint));
        assert!(!fate.is_delivered());
    }
}
