use super::*;
use proptest::prelude::*;

fn digest(text: &str) -> Digest {
    crate::secret::Keyring::parse("1:0123456789abcdef0123456789abcdef", "t").unwrap().digest("", text)
}

proptest! {
    #[test]
    fn different_things_never_share_a_key(a: u128, b: u128, c: u128) {
        let (x, y, d) = (Uuid::from_u128(a), Uuid::from_u128(b), digest(&c.to_string()));
        let keys = [
            Key::org(Id::new(x)), Key::service(Id::new(x), Id::new(y)), Key::org_campaign(Id::new(x), Id::new(y)),
            Key::org_page(Id::new(x), Id::new(y)), Key::launch_request(Id::new(x), Id::new(y)), Key::offer(Id::new(x), Id::new(y)), Key::permit(Id::new(x), Id::new(y), 3), Key::campaign(Id::new(x)), Key::page(Id::new(x), Id::new(y)),
            Key::supporter(Id::new(x)), Key::action(&Doer::Supporter(Id::new(x)), Id::new(y)),
            Key::action(&Doer::Pending(d.clone()), Id::new(y)), Key::claim(&d), Key::contact(Id::new(x), &d, Id::new(y)),
            Key::confirmed(Id::new(x), &d), Key::signer(Id::new(x), &d), Key::idempotency(&d),
            Key::suppression(&d, Id::new(x)), Key::budget(&d, Timestamp::UNIX_EPOCH), Key::delivery(Id::new(x), Id::new(y)), Key::stats(Id::new(x), 3),
            Key::user(Id::new(x)), Key::user_email(&d), Key::token(Id::new(x), Id::new(y)), Key::user_org(Id::new(x), Id::new(y)),
            Key::staffer(Id::new(x), Id::new(y)), Key::owners(Id::new(x)), Key::audit(Id::new(x), Id::new(y)),
            Key::invite(Id::new(x), Id::new(y)), Key::notice(Id::new(x), Id::new(y)),
            Key::public_key(Id::new(x), Id::new(y)), Key::erasure(Id::new(x)),
            Key::published(Id::new(x), Id::new(y), 3),
            Key::recount(), Key::recount_part(x, Id::new(y)),
        ];
        let distinct: std::collections::HashSet<_> = keys.iter().collect();
        prop_assert_eq!(distinct.len(), keys.len());
    }

    #[test]
    fn logs_stand_in_the_order_of_time(ms in 0_u64..4_000_000_000_000, noise: [u8; 10]) {
        let at = |ms: u64| Timestamp::from_millisecond(i64::try_from(ms).unwrap()).unwrap();
        let (org, id) = (Id::new(Uuid::nil()), Id::new(uuid::Builder::from_unix_timestamp_millis(ms, &noise).into_uuid()));
        let place = |ms| Key::log(org, Id::first_at(at(ms)), id.shard(LOG_SHARDS));
        let key = Key::delivery(org, id);
        prop_assert_eq!(&key.pk, &place(ms).pk);
        prop_assert!(place(ms).sk <= key.sk && key.sk < place(ms + 1).sk);
    }

    #[test]
    fn births_stand_in_the_order_of_time(ms in 0_u64..4_000_000_000_000, noise: [u8; 10]) {
        let at = |ms: u64| Timestamp::from_millisecond(i64::try_from(ms).unwrap()).unwrap();
        let id = Id::new(uuid::Builder::from_unix_timestamp_millis(ms, &noise).into_uuid());
        let key = Key::supporter(id);
        let shard = id.shard(SUPPORTER_SHARDS);
        prop_assert_eq!(&key.pk, &Key::born(at(ms), shard).pk);
        prop_assert!(Key::born(at(ms), shard).sk < key.sk);
        let action = Key::action(&Doer::Supporter(id), Id::new(Uuid::nil()));
        prop_assert!(action.pk == key.pk && action.sk.starts_with(&key.sk));
        prop_assert!(action.sk < Key::born(at(ms + 1), shard).sk);
    }
}
