//! What operators do before anybody can call the API.

use std::collections::BTreeMap;

use proca::{clock::Clock, config::Env, metric::Meter, random::Random};
use proca_local::system::{Options, System};
use proca_tests::{wire::Wire, world::World};
use tempfile::TempDir;

fn arguments(line: &str) -> Vec<std::ffi::OsString> {
    line.split(' ').map(|word| word.replace('_', " ").into()).collect()
}

#[tokio::test]
async fn an_operator_founds_the_instance_once_and_makes_its_first_owner() {
    let (folder, wire) = (TempDir::new().unwrap(), Wire::over(proca::config::https_client()));
    let system = System::start(Options {
        data: folder.path().to_owned(),
        public_url: "https://api.example.org".to_owned(),
        clock: Clock::standing_at("2026-07-01T10:00:00Z".parse().unwrap()),
        random: Random::seeded(1),
        meter: Meter::Silent,
        http: wire.client(),
        parameters: BTreeMap::new(),
    })
    .await
    .unwrap();
    let env = system.env("WriteOrgs");
    let early = proca_admin::run(arguments("owner --email ada@example.org"), &env).await;
    assert!(early.is_err(), "there is nothing to own yet");
    let found = "found --name instance --title Campaign_Mail --from noreply@mail.example.org";
    assert!(
        proca_admin::run(arguments(found), &env).await.unwrap().starts_with("The instance's org is org_")
    );
    let again = proca_admin::run(arguments(found), &env).await.unwrap_err();
    assert_eq!(again.0, "there is an instance in this table already");
    let token = proca_admin::run(arguments("owner --email ada@example.org"), &env).await.unwrap();
    assert!(token.starts_with("proca_"));
    let staff = env.staff().unwrap();
    let mut request = lambda_http::Request::default();
    let bearer = format!("Bearer {}", token.trim()).parse().unwrap();
    request.headers_mut().insert("authorization", bearer);
    let me = staff.caller(&request).await.unwrap().me().await.unwrap();
    assert_eq!((me.instance_permissions.len(), me.orgs.len()), (2, 1));
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_said() {
    let world = World::new().await;
    let env = world.system.env("WriteOrgs");
    for (line, said) in [
        ("owner", "--email: "),
        ("owner --email nobody", "--email: "),
        ("owner --email a@example.org --also", "--also is not understood"),
        ("fund", "say what to do"),
    ] {
        let failure = proca_admin::run(arguments(line), &env).await.unwrap_err();
        assert!(failure.0.starts_with(said), "{line}: {}", failure.0);
    }
    let empty = Env::new(BTreeMap::new(), proca::config::https_client());
    let failure = proca_admin::run(arguments("owner --email a@example.org"), &empty).await.unwrap_err();
    assert_eq!(failure.0, "the variable PEPPER is not set");
}
