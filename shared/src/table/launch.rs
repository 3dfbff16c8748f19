//! Launches: the lead's decision, and the links by which its staff may make it from a mail.

use jiff::Timestamp;

use crate::{
    audit::Audit,
    id::Id,
    key::Key,
    launch::{Decision, LaunchRequest, Ruling, Standing},
    link::LinkToken,
    notice::{Notice, Occasion},
    org::Org,
    page::ActionPage,
    permission::Permission,
    table::{Entity, Outcome, Table, TableError},
    user::User,
};

/// What a link in a mail about a launch stands for, while its reader may decide.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What the link decides.
    pub decision: Decision,
    /// The org that is asked.
    pub lead: Id<Org>,
    /// Who of its staff was.
    pub user: Id<User>,
    /// The page as it is now.
    pub page: ActionPage,
    /// How it stands with it.
    pub standing: Standing,
}

impl Asked {
    /// What is decided by pressing the link's button.
    pub const fn ruling(&self, at: Timestamp) -> Ruling {
        Ruling { decision: self.decision, lead: self.lead, user: self.user, token: None, at }
    }
}

impl Table {
    /// Writes what was decided on a page as it was read: the page, that nobody asks any more, and the
    /// audits of both orgs. The page as it is then; `None` if it has changed since it was read.
    ///
    /// The caller has shown that this user may decide. Whatever opens or ends a request changes the
    /// page too, so that its version tells that the request is the one that was read.
    pub async fn decide_launch(
        &self,
        before: &ActionPage,
        ruling: &Ruling,
        audits: [Id<Audit>; 2],
    ) -> Result<Option<ActionPage>, TableError> {
        let page = ruling.apply(before.clone());
        let mut transaction = self.transaction();
        transaction.replace(&page, before.version)?;
        transaction.remove(Key::launch_request(ruling.lead, page.id))?;
        for audit in ruling.audits(&page, audits) {
            transaction.create(&audit)?;
        }
        match transaction.commit().await {
            Ok(Outcome::Applied) => {}
            Ok(Outcome::Refused(_)) | Err(TableError::Conflict) => return Ok(None),
            Err(error) => return Err(error),
        }
        let operation = ruling.decision.change(page.id).operation;
        tracing::info!(org.id = %ruling.lead, user.id = %ruling.user, operation, "staff changed something");
        Ok(Some(page))
    }

    /// What a staffer's link stands for; `None` if it means nothing, or nothing any more: its reader
    /// may no longer decide, or the page is gone.
    pub async fn follow_staff_link(
        &self,
        token: &LinkToken<Notice>,
        now: Timestamp,
    ) -> Result<Option<Asked>, TableError> {
        let (lead, id) = token.row();
        let Some(notice) = self.notice(lead, id).await? else { return Ok(None) };
        let Some(decision) = token.purpose(&notice.links, now) else { return Ok(None) };
        let Occasion::LaunchRequested { campaign, page, user } = notice.occasion else { return Ok(None) };
        let (may, page) = tokio::try_join!(self.may_launch(lead, user), self.page(campaign, page))?;
        let Some(page) = page.filter(|_| may) else { return Ok(None) };
        let standing = Standing::of(&page, notice.created_at);
        Ok(Some(Asked { decision, lead, user, page, standing }))
    }

    /// Whether a user decides on launches in an org.
    pub async fn may_launch(&self, org: Id<Org>, user: Id<User>) -> Result<bool, TableError> {
        let staffer = self.staffer(org, user).await?;
        Ok(staffer.is_some_and(|staffer| staffer.permissions.contains(Permission::LaunchPages)))
    }
}

impl Entity for LaunchRequest {
    const KIND: &'static str = "launch_request";

    fn key(&self) -> Key {
        Key::launch_request(self.lead, self.page)
    }
}
