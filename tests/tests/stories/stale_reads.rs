//! What processing decided from what it had read is not written once a rejection or an erasure came between, also where
//! it need not write the supporter itself.

use proca::{
    campaign::Override,
    random::Random,
    supporter::SupporterStatus,
    table::{Beside, Copy, TableError},
    transition::Transition,
    verdict::Verdict,
};
use proca_tests::world::{PARTNER_PAGE, World};
use serde_json::json;

/// What comes between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Between {
    Nothing,
    Rejection,
    Erasure,
}

/// Lets a signature, or a later share of its supporter, be decided, and something come between; how the write ended.
async fn written(of_share: bool, between: Between) -> Result<(), TableError> {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    let signed = world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), Some(true)).await;
    if of_share {
        world.settle().await;
        let share = json!({ "actionType": "share", "contactRef": signed.body["contactRef"] });
        assert_eq!(world.post(PARTNER_PAGE, &share).await.status, 201);
    }
    let id = world.items("supporter").await[0]["id"]["S"].as_str().unwrap().parse().unwrap();
    let (supporter, actions) = world.table.supporter(id).await.unwrap().unwrap();
    assert_eq!(supporter.status, SupporterStatus::Accepted);
    let (random, now, bundle) = (Random::seeded(7), world.clock.now(), world.bundle(PARTNER_PAGE).await);
    // Of an org whose page it is not, so that its erasure leaves the actions as they are.
    let contact = supporter.contacts.iter().find(|at| at.org == world.lead).unwrap().clone();
    let case = world.table.case(supporter, actions, &bundle, now).await.unwrap();
    let decided = Transition::of(case, &bundle, &random, now).unwrap();
    assert!(!decided.changes_supporter && decided.actions.iter().any(|a| a.with_consent) != of_share);
    match between {
        Between::Nothing => {}
        Between::Rejection => {
            world.table.hear(id, Verdict::Reject, world.partner, (&random, now)).await.unwrap();
        }
        Between::Erasure => {
            let copy = Copy { org: contact.org, contact_ref: contact.contact_ref, supporter: id };
            world.table.erase_copy(&copy, None, now).await.unwrap();
        }
    }
    world.table.apply(&decided, &Beside::default()).await
}

#[tokio::test]
async fn what_was_decided_before_a_rejection_or_an_erasure_is_not_written_after_it() {
    for of_share in [false, true] {
        assert!(written(of_share, Between::Nothing).await.is_ok());
        for between in [Between::Rejection, Between::Erasure] {
            let ended = written(of_share, between).await;
            assert!(matches!(ended, Err(TableError::Conflict)), "{of_share} {between:?}: {ended:?}");
        }
    }
}
