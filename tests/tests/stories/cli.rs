//! The command line, as a campaigner uses it, against the API.

use std::{
    fs,
    ops::Deref,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::Router;
use proca::{api::document::document, campaign::Override, permission::Role};
use proca_local::gateway;
use proca_tests::{
    terminal::{Ran, Terminal},
    world::{LEAD_PAGE, World},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The command line is built from this file; `PROCA_RENEW=1 cargo test --test stories snapshot` renews it.
#[test]
fn the_snapshot_of_the_description_is_the_description() {
    let file = root().join("openapi.json");
    let current = serde_json::to_string_pretty(&document()).unwrap() + "\n";
    if std::env::var_os("PROCA_RENEW").is_some() {
        fs::write(&file, &current).unwrap();
    }
    let fresh = fs::read_to_string(&file).unwrap() == current;
    assert!(fresh, "openapi.json is old: PROCA_RENEW=1 cargo test --workspace --test stories snapshot");
}

/// Somebody at a terminal from which a world's API is reached.
struct Before {
    terminal: Terminal,
    url: String,
}

impl Before {
    async fn world(world: &World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let api = Router::new().fallback(gateway::answer).with_state(Arc::clone(&world.system));
        tokio::spawn(async move { axum::serve(listener, api).await });
        Self { terminal: Terminal::new(), url }
    }

    /// Logs in as a member of the lead.
    async fn log_in(&self, token: &str) -> Ran {
        self.pipe(&format!("login --url {} --token-stdin --org lead", self.url), token).await
    }
}

impl Deref for Before {
    type Target = Terminal;

    fn deref(&self) -> &Terminal {
        &self.terminal
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaigner_makes_a_campaign_at_the_terminal() {
    let world = World::new().await;
    let terminal = Before::world(&world).await;
    let token = world.token(world.lead, Role::Campaigner).await;
    let logged_in = terminal.log_in(&token).await;
    assert_eq!(logged_in.code, 0, "{logged_in:?}");
    assert!(terminal.ran("me get").await.contains("campaigner"));

    let made = terminal.ran("campaign create --name air --title Air").await;
    assert!(made.lines().any(|line| line.split_whitespace().eq(["status", "draft"])), "{made}");
    let listed = terminal.ran("campaign list").await;
    let row = listed.lines().find(|line| line.contains(" air ")).unwrap_or_else(|| panic!("{listed}"));
    assert!(row.contains("Air") && row.contains("draft"), "{listed}");

    let update = "campaign update air --title @- --goal-steps 100 --goal-steps 1000 --external-id 7 --json";
    let updated: Value = serde_json::from_str(&terminal.pipe(update, "Clean air\n").await.out).unwrap();
    assert_eq!((&updated["title"], &updated["version"]), (&json!("Clean air"), &json!(2)));
    assert_eq!((&updated["goalSteps"], &updated["externalId"]), (&json!([100, 1000]), &json!(7)));
    let emptied = terminal.ran("campaign update air --no-goal-steps --no-external-id --json").await;
    let emptied: Value = serde_json::from_str(&emptied).unwrap();
    assert_eq!((&emptied["goalSteps"], &emptied["externalId"]), (&json!([]), &Value::Null));

    assert!(terminal.ran("campaign launch air").await.contains("live"));
    let all = terminal.ran("campaign list --limit 1 --all --json").await;
    let all: Value = serde_json::from_str(&all).unwrap();
    assert_eq!(all["items"].as_array().unwrap().len(), 2, "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_is_said_in_words_and_by_the_exit_code() {
    let world = World::new().await;
    let terminal = Before::world(&world).await;
    let refused = terminal.log_in("proca_canary").await;
    assert_eq!(refused.code, 3, "{refused:?}");
    assert!(!refused.err.contains("canary") && fs::read_dir(terminal.home()).unwrap().next().is_none());
    assert_eq!(terminal.log_in(&world.token(world.lead, Role::Translator).await).await.code, 0);
    assert_eq!(terminal.run("campaign create --name air --title Air").await.code, 4);
    assert_eq!(terminal.run("campaign get nowhere").await.code, 4);
    assert_eq!(terminal.log_in(&world.token(world.lead, Role::Owner).await).await.code, 0);

    let invalid = terminal.run("campaign create --name a.b --title @-").await;
    assert_eq!((invalid.code, invalid.out.as_str()), (5, ""), "{invalid:?}");
    for flag in ["\n  --name: ", "\n  --title: "] {
        assert!(invalid.err.contains(flag), "{}", invalid.err);
    }
    assert_eq!(terminal.run("campaign close petition_x --if-match 9").await.code, 5);
    assert_eq!(terminal.run("campaign create --name air").await.code, 2);
    assert_eq!(terminal.run("campaign update petition_x").await.code, 2);
    assert_eq!(
        terminal.run("campaign list --org lead --url http://127.0.0.1:9").await.code,
        3,
        "the token is of another address"
    );
    assert_eq!(terminal.run("login --url http://api.example.org --token-stdin").await.code, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn profiles_are_listed_used_and_removed() {
    let world = World::new().await;
    let terminal = Before::world(&world).await;
    let owner = world.token(world.lead, Role::Owner).await;
    assert_eq!(terminal.log_in(&owner).await.code, 0);
    let second = format!("login --url {} --token-stdin --profile second --org partner", terminal.url);
    let partner = world.token(world.partner, Role::Owner).await;
    assert_eq!(terminal.pipe(&second, &partner).await.code, 0);
    let url = &terminal.url;
    let listed = terminal.ran("profile list").await;
    assert_eq!(listed, format!("  default  {url}  lead\n* second  {url}  partner\n"));
    assert!(terminal.ran("org get").await.contains("partner"));
    assert!(terminal.ran("org get --profile default").await.contains("lead"));
    terminal.ran("profile use default --org other").await;
    terminal.ran("profile remove second").await;
    assert_eq!(terminal.ran("profile list").await, format!("* default  {url}  other\n"));
    terminal.ran("profile use default --org lead").await;
    assert_eq!(terminal.ran("profile list").await, format!("* default  {url}  lead\n"));
    assert_eq!(terminal.run("org get --profile second").await.code, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_staff_of_one_org_needs_not_name_it() {
    let world = World::new().await;
    let terminal = Before::world(&world).await;
    let login = format!("login --url {} --token-stdin", terminal.url);
    let logged_in = terminal.pipe(&login, &world.token(world.partner, Role::Owner).await).await;
    assert!(logged_in.out.ends_with("commands are about partner, where they do not say.\n"), "{logged_in:?}");
    assert!(terminal.ran("org get").await.contains("partner"));
}

#[tokio::test(flavor = "multi_thread")]
async fn help_and_completion_know_every_operation() {
    let world = World::new().await;
    let terminal = Before::world(&world).await;
    let completion = terminal.ran("completion bash").await;
    let described = document();
    let paths = described["paths"].as_object().unwrap().values();
    for operation in paths.flat_map(|path| path.as_object().unwrap().values()) {
        let (id, noun) = (operation["operationId"].as_str().unwrap(), operation["tags"][0].as_str().unwrap());
        let verb = id.strip_prefix(noun).unwrap().strip_prefix('-').unwrap();
        // That is how the script writes the dash of `launch-request`.
        let noun = noun.replace('-', "__subcmd__");
        assert!(completion.contains(&format!("{noun},{verb}")), "{id}");
    }
    let help = terminal.ran("campaign create --help").await;
    for taught in
        ["manage_campaigns", "--title <TEXT>", "proca campaign create --name clean_air --title 'Clean"]
    {
        assert!(help.contains(taught), "{taught}: {help}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_written_part_by_part_as_a_file_is() {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    for n in 0..5 {
        world.sign(LEAD_PAGE, &format!("s{n}@example.org"), Some(true), None).await;
    }
    world.settle().await;
    let terminal = Before::world(&world).await;
    assert_eq!(terminal.log_in(&world.token(world.lead, Role::Owner).await).await.code, 0);
    let ran = terminal.run("supporter export --campaign petition_x --format csv --limit 2").await;
    assert_eq!((ran.code, ran.out.lines().count()), (0, 6), "{ran:?}");
    assert!(
        ran.err.contains("lines, up to 2026-07-01T") && ran.err.contains("6 lines; the next one: --since ")
    );
    let ran = terminal.run("supporter export --opt-in no").await;
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{ran:?}");
    assert_eq!(terminal.log_in(&world.token(world.lead, Role::Campaigner).await).await.code, 0);
    assert_eq!(terminal.run("supporter export").await.code, 4);
}
