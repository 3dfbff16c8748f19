//! Invites to an org: made, listed, revoked by its staff, and accepted by whom they were mailed to.

use lambda_http::Request;

use crate::{
    api::people::{Accepted, InviteView, NewInvite},
    audit::Change,
    id::Id,
    invite::{GivenToken, Invite, InviteToken},
    key::Key,
    notice::{Notice, Occasion},
    org::Org,
    permission::{ManageStaff, Permission},
    problem::Problem,
    staff::{
        Listed, OrgScope, Staff,
        listing::Order,
        scope::{CHANGED, after_days},
    },
    table::{Outcome, TableError},
    token::ApiToken,
    user::{Staffer, User},
    web,
};

/// How often accepting is tried while others change the same rows.
const TRIES: u32 = 3;

impl OrgScope<'_, ManageStaff> {
    /// The invites that can still be accepted, the newest first.
    pub async fn invites(&self, request: &Request) -> Result<Listed<InviteView>, Problem> {
        let prefix = Key::invites(self.org.id);
        let page = self.list::<Invite>(request, prefix, Order::NewestFirst).await?;
        let open = page.items.into_iter().filter(|invite| invite.is_open(self.now()));
        Ok(Listed { items: open.map(InviteView::from).collect(), next: page.next })
    }

    /// Invites somebody. That they have an account, or are of the staff already, makes no difference.
    ///
    /// # Errors
    /// 403 where more is offered than the caller has.
    pub async fn create_invite(&self, body: NewInvite) -> Result<InviteView, Problem> {
        self.check_grant(&body.grant)?;
        let (id, now) = (self.new_id(), self.now());
        let notice = Notice::new(self.new_id(), self.org.id, Occasion::Invite { invite: id }, now);
        let invite = Invite {
            id,
            org: self.org.id,
            email: body.email,
            role: body.grant.role(),
            permissions: body.grant.permissions(),
            message: body.message,
            invited_by: self.user,
            notice: notice.id,
            uses_left: body.uses.map_or(1, |uses| uses.0),
            valid_until: after_days(now, body.days.map_or(14, |days| days.0)),
            created_at: now,
            version: 1,
        };
        let written = self
            .write(Change::of("invite.create", id), |transaction| {
                transaction.create(&invite)?;
                transaction.create(&notice)
            })
            .await?;
        written.or_conflict(CHANGED)?;
        Ok(invite.into())
    }

    /// Revokes an invite: its mail is not sent any more, its token worth nothing.
    pub async fn revoke_invite(&self, request: &Request) -> Result<(), Problem> {
        let id = web::segment(request, "invite")?.parse().map_err(|_| Problem::not_found())?;
        let invite = self.staff.table.invite(self.org.id, id).await?;
        let invite = invite.filter(|invite| invite.is_open(self.now())).ok_or_else(Problem::not_found)?;
        let (change, key) = (Change::of("invite.revoke", id), Key::invite(self.org.id, id));
        let written = self.write(change, |transaction| transaction.delete(key, invite.version)).await?;
        written.or_conflict(CHANGED)
    }
}

/// An open invite, with the org and the inviter as they are now.
struct Offer {
    invite: Invite,
    org: Org,
    inviter: Staffer,
}

impl Staff {
    /// Makes the owner of an invite's address staff of its org, and gives them a token.
    ///
    /// The token works in that org alone. An org may run its own mail server and so read what it mails:
    /// what comes of its invites must be worth nothing elsewhere.
    ///
    /// # Errors
    /// 404 whatever is wrong with the given token.
    pub async fn accept_invite(&self, given: &GivenToken) -> Result<Accepted, Problem> {
        for _ in 0..TRIES {
            let offer = self.offer(given).await?.ok_or_else(Problem::not_found)?;
            match self.take_up(&offer).await {
                Ok(Some(accepted)) => return Ok(accepted),
                Ok(None) | Err(TableError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Problem::conflict("it was changed at the same time: try again"))
    }

    /// What a token offers; `None` if it is wrong, or its invite over, or its inviter may not make it any more.
    async fn offer(&self, given: &GivenToken) -> Result<Option<Offer>, TableError> {
        let Some(token) = InviteToken::parse(given.expose()) else { return Ok(None) };
        let (org, id) = token.ids();
        let (Some(org), Some(invite)) = tokio::try_join!(self.table.org(org), self.table.invite(org, id))?
        else {
            return Ok(None);
        };
        let (notice, inviter) = tokio::try_join!(
            self.table.notice(org.id, invite.notice),
            self.table.staffer(org.id, invite.invited_by)
        )?;
        let (Some(notice), Some(inviter)) = (notice, inviter) else { return Ok(None) };
        let offered = inviter.permissions.contains(Permission::ManageStaff)
            && inviter.permissions.covers(&invite.permissions);
        let open = token.came_with(&notice) && invite.is_open(self.clock.now());
        Ok((open && offered).then_some(Offer { invite, org, inviter }))
    }

    /// One transaction; `None` if something changed since it was read.
    async fn take_up(&self, offer: &Offer) -> Result<Option<Accepted>, TableError> {
        let Offer { invite, org, inviter } = offer;
        let (user, known) = self.user_of(&invite.email).await?;
        let (staffer, read_version) = self.staffer_by(invite, user.id).await?;
        let (text, token) = self.new_token(user.id, org.title.clone());
        let token = ApiToken { org: Some(org.id), ..token };
        let change = Change::of("invite.accept", invite.id);

        let mut transaction = self.table.transaction();
        if !known {
            transaction.create(&user)?;
            self.register_address(&mut transaction, &user)?;
        }
        transaction.create(&token)?;
        match invite.used() {
            Some(next) => transaction.replace(&next, invite.version)?,
            None => transaction.delete(Key::invite(org.id, invite.id), invite.version)?,
        }
        if inviter.user != user.id {
            transaction.must_be(Key::staffer(org.id, inviter.user), inviter.version)?;
        }
        if staffer.version != read_version {
            self.appoint(staffer.clone(), read_version).await?.write(&mut transaction)?;
        }
        transaction.create(&self.audit(org.id, user.id, Some(token.id), change))?;
        Ok(match transaction.commit().await? {
            Outcome::Applied => Some(Accepted::new(org, staffer, &text)),
            Outcome::Refused(_) => None,
        })
    }

    /// What a user becomes by an invite, never less than they are, and the version they are in.
    async fn staffer_by(&self, invite: &Invite, user: Id<User>) -> Result<(Staffer, u64), TableError> {
        let now = self.clock.now();
        if let Some(staffer) = self.table.staffer(invite.org, user).await? {
            let read_version = staffer.version;
            return Ok((staffer.raised(invite.role, &invite.permissions, now), read_version));
        }
        let (role, permissions) = (invite.role, invite.permissions.clone());
        let (created_at, updated_at) = (now, now);
        let staffer =
            Staffer { org: invite.org, user, role, permissions, created_at, updated_at, version: 1 };
        Ok((staffer, 0))
    }
}
