//! A link by which somebody of a lead's staff decides on the launch of a page.

use proca::{
    bundle::Bundle, launch::Standing, link::LinkToken, link_page::Shown, notice::Notice, problem::Problem,
};

use crate::Deps;

/// How often deciding is tried while others change the same page.
const TRIES: u32 = 3;

/// Decides, where the question is open; shows how it stands then. Widgets see it when the stream has.
pub(crate) async fn decide(
    deps: &Deps,
    token: &LinkToken<Notice>,
) -> Result<(Shown, Option<Bundle>), Problem> {
    let now = deps.clock.now();
    for _ in 0..TRIES {
        let Some(asked) = deps.table.follow_staff_link(token, now).await? else {
            return Ok((Shown::Void, None));
        };
        let standing = match asked.standing {
            Standing::Asked => {
                let audits = [deps.random.id(now), deps.random.id(now)];
                match deps.table.decide_launch(&asked.page, &asked.ruling(now), audits).await? {
                    Some(page) => Standing::of(&page, now),
                    None => continue,
                }
            }
            Standing::AskedAnew | Standing::Live | Standing::NotLive => asked.standing,
        };
        let shown = Shown::Launch(standing, asked.decision);
        return Ok((shown, deps.table.bundle_of(asked.page.id).await?));
    }
    Err(Problem::conflict("it was changed at the same time: try again"))
}
