//! What staff may do: permissions, the roles that bundle them, and rights that code can ask for.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::violation::Rule;

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident $word:literal,)*) => {
        /// Something that a staffer may do in one org.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Permission {
            $($(#[$doc])* $name,)*
        }

        impl Permission {
            /// Every permission there is.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its word in the API.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }

        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy)]
            pub struct $name;

            impl Right for $name {
                const PERMISSION: Option<Permission> = Some(Permission::$name);
            }
        )*
    };
}

permissions! {
    /// Change the org's settings, and remove it.
    ManageOrg "manage_org",
    /// Invite staff, change what they may do, remove them.
    ManageStaff "manage_staff",
    /// Make, change and test services, set backends, manage keys.
    ManageServices "manage_services",
    /// Make and change the campaigns that the org leads.
    ManageCampaigns "manage_campaigns",
    /// Make and change the org's pages.
    ManagePages "manage_pages",
    /// Write mail templates.
    ManageTemplates "manage_templates",
    /// Let pages go live.
    LaunchPages "launch_pages",
    /// Accept and reject actions that wait for a moderator.
    Moderate "moderate",
    /// Read and export the personal data of supporters.
    ExportContacts "export_contacts",
    /// Erase the personal data of supporters.
    EraseContacts "erase_contacts",
    /// Read what was done and what was sent, and have it sent again.
    ViewDeliveries "view_deliveries",
}

/// A right that a function asks for by its type: see [`crate::staff::OrgScope`].
pub trait Right {
    /// The permission it stands for; none where any staffer of the org will do.
    const PERMISSION: Option<Permission>;
}

/// Being a staffer of the org, with any permissions.
#[derive(Debug, Clone, Copy)]
pub struct Member;

impl Right for Member {
    const PERMISSION: Option<Permission> = None;
}

/// Something that a user may do in the whole instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InstancePermission {
    /// Make orgs.
    ManageOrgs,
    /// Make users and give them instance permissions.
    ManageUsers,
}

impl InstancePermission {
    /// Its word in the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ManageOrgs => "manage_orgs",
            Self::ManageUsers => "manage_users",
        }
    }
}

/// A set of permissions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Permission>")]
pub struct Permissions(BTreeSet<Permission>);

impl TryFrom<Vec<Permission>> for Permissions {
    type Error = Rule;

    fn try_from(listed: Vec<Permission>) -> Result<Self, Rule> {
        let count = listed.len();
        let set: BTreeSet<_> = listed.into_iter().collect();
        if set.len() == count { Ok(Self(set)) } else { Err(Rule("must name each permission once")) }
    }
}

impl Permissions {
    /// Every permission there is.
    pub fn all() -> Self {
        Permission::ALL.iter().copied().collect()
    }

    /// Whether it has this one.
    pub fn contains(&self, permission: Permission) -> bool {
        self.0.contains(&permission)
    }

    /// Whether it has all of the other's: a staffer may grant only what they have.
    pub fn covers(&self, other: &Self) -> bool {
        other.0.is_subset(&self.0)
    }

    /// What both have.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.0.intersection(&other.0).copied().collect()
    }

    /// What either has.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.0.union(&other.0).copied().collect()
    }

    /// The permissions, in their order.
    pub fn iter(&self) -> impl Iterator<Item = Permission> {
        self.0.iter().copied()
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().collect())
    }
}

/// A name for a set of permissions that people often have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Owner,
    /// Runs campaigns: everything but services and the personal data of supporters.
    Campaigner,
    /// Decides on actions that wait.
    Moderator,
    /// Writes templates.
    Translator,
    /// Sets campaigns up.
    Coordinator,
    /// A machine that fetches what was signed.
    Api,
}

impl Role {
    /// What it stands for.
    pub fn permissions(self) -> Permissions {
        use Permission as P;
        match self {
            Self::Owner => Permissions::all(),
            Self::Campaigner => Permissions::all()
                .iter()
                .filter(|p| !matches!(p, P::ManageServices | P::ExportContacts | P::EraseContacts))
                .collect(),
            Self::Moderator => [P::Moderate].into_iter().collect(),
            Self::Translator => [P::ManageTemplates].into_iter().collect(),
            Self::Coordinator => [P::ManageCampaigns].into_iter().collect(),
            Self::Api => [P::ExportContacts, P::ViewDeliveries].into_iter().collect(),
        }
    }
}

/// What somebody is given in an org.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// A role.
    Role(Role),
    /// Permissions, one by one.
    Permissions(Permissions),
}

impl Grant {
    /// The role, if it is one.
    pub const fn role(&self) -> Option<Role> {
        match self {
            Self::Role(role) => Some(*role),
            Self::Permissions(_) => None,
        }
    }

    /// What they may do by it.
    pub fn permissions(&self) -> Permissions {
        match self {
            Self::Role(role) => role.permissions(),
            Self::Permissions(permissions) => permissions.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_owner_may_touch_services_and_contacts() {
        for role in [Role::Campaigner, Role::Moderator, Role::Translator, Role::Coordinator] {
            for permission in
                [Permission::ManageServices, Permission::ExportContacts, Permission::EraseContacts]
            {
                assert!(!role.permissions().contains(permission), "{role:?}");
            }
            assert!(Role::Owner.permissions().covers(&role.permissions()));
            assert!(!role.permissions().covers(&Role::Owner.permissions()));
        }
    }

    #[test]
    fn the_words_of_permissions_are_those_of_the_api() {
        for permission in Permission::ALL {
            assert_eq!(serde_json::to_value(permission).unwrap(), permission.word());
        }
    }
}
