//! The template, the functions' code and their sample events agree.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use proca::api::document::operations;
use proca_local::plan::Trigger;
use proca_tests::world::World;

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// `get-page` as the template calls it: `GetPage`.
fn logical(folder: &str) -> String {
    folder.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

fn folders(of: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(root().join(of)).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn every_function_is_in_the_code_the_template_and_the_events() {
    let world = World::new().await;
    let code: BTreeSet<_> = folders("functions").iter().map(|f| logical(f)).collect();
    let events: BTreeSet<_> = folders("events").iter().map(|f| logical(f)).collect();
    let planned: BTreeSet<_> = world.system.plan.functions.keys().cloned().collect();
    let started: BTreeSet<_> = world.system.function_names().map(str::to_owned).collect();
    assert_eq!(code, planned);
    assert_eq!(code, started);
    assert_eq!(code, events);
}

#[tokio::test]
async fn every_route_of_the_template_is_described_by_its_function_and_by_the_document() {
    let world = World::new().await;
    let mut routes = BTreeSet::new();
    for folder in folders("functions") {
        let source = fs::read_to_string(root().join(format!("functions/{folder}/src/lib.rs"))).unwrap();
        let head: Vec<_> = source.lines().take_while(|line| line.starts_with("//!")).collect();
        let words: BTreeSet<_> = head.join(" ").split('`').map(str::to_owned).collect();
        let is_route = |word: &String| {
            word.split_once(' ').is_some_and(|(_, path)| path.starts_with('/') && !path.contains("//"))
        };
        let described: BTreeSet<_> = words.into_iter().filter(is_route).collect();
        let mut planned = BTreeSet::new();
        for trigger in &world.system.plan.functions[&logical(&folder)].triggers {
            if let Trigger::Http { method, path } = trigger
                && method != "OPTIONS"
            {
                planned.insert(format!("{method} {path}"));
            }
        }
        assert_eq!(described, planned, "{folder} and the template do not agree on its routes");
        routes.extend(planned);
    }
    let (operations, _) = operations();
    let documented: BTreeSet<_> = operations.iter().map(|o| format!("{} {}", o.method, o.path)).collect();
    routes.retain(|route| !route.contains(" /docs"));
    assert_eq!(documented, routes, "the document and the template do not agree");
}

#[tokio::test]
async fn each_function_is_given_the_variables_it_reads_and_no_others() {
    let world = World::new().await;
    let names = [
        "OIDC_ISSUER",
        "OIDC_AUDIENCE",
        "OIDC_JWKS_URL",
        "OIDC_EMAIL_CLAIM",
        "OIDC_EMAIL_VERIFIED_CLAIM",
        "TABLE_NAME",
        "PEPPER",
        "SEALING_KEY",
        "WEBHOOK_AUTHORITIES",
        "PUBLIC_URL",
        "SES_CONFIGURATION_SET",
        "ACTIONS_QUEUE_URL",
        "EMAIL_QUEUE_URL",
        "PUSH_QUEUE_URL",
        "SLOW_PUSH_QUEUE_URL",
        "BATCH_PUSH_QUEUE_URL",
    ];
    for folder in folders("functions") {
        let source = fs::read_to_string(root().join(format!("functions/{folder}/src/lib.rs"))).unwrap();
        let builds = |call: &str| source.contains(&format!("env.{call}"));
        let reads = |name: &str| match name {
            "TABLE_NAME" => builds("table()") || builds("staff()"),
            "PEPPER" => builds("refs()") || builds("staff()"),
            oidc if oidc.starts_with("OIDC_") => builds("staff()"),
            "SEALING_KEY" => builds("mailer()") || builds("pusher()") || builds("sealing_keys()"),
            "WEBHOOK_AUTHORITIES" => builds("pusher()"),
            "SES_CONFIGURATION_SET" => builds("mailer()"),
            "SLOW_PUSH_QUEUE_URL" => builds("slow_queue()"),
            "BATCH_PUSH_QUEUE_URL" => builds("batch_queue()"),
            "ACTIONS_QUEUE_URL" | "EMAIL_QUEUE_URL" | "PUSH_QUEUE_URL" => builds("queues()"),
            text => source.contains(&format!("\"{text}\"")),
        };
        let expected: BTreeSet<_> = names.into_iter().filter(|name| reads(name)).map(str::to_owned).collect();
        let given: BTreeSet<_> =
            world.system.plan.functions[&logical(&folder)].variables.keys().cloned().collect();
        assert_eq!(given, expected, "{folder}");
    }
}

#[tokio::test]
async fn every_queue_that_starts_a_function_has_a_dead_letter_queue_and_outlasts_it() {
    let world = World::new().await;
    for mapping in world.system.mappings() {
        let queue = &world.system.plan.queues[&mapping.queue];
        let timeout = world.system.plan.functions[&mapping.function].timeout_secs;
        assert!(queue.redrive.is_some(), "{}", mapping.queue);
        assert!(
            u64::from(queue.visibility_secs) >= 6 * timeout,
            "{}: at least six times the time-out",
            mapping.queue
        );
    }
}

/// What each function may do with what, as a table for operators.
fn table_of_rights(world: &World) -> String {
    let mut table = "# What each function may do\n\n\
        Made from [infra/template.yaml](../infra/template.yaml): do not change it here. Each function may write its own log besides.\n\
        Where a condition bounds a right further, as to rows of one kind, there is an asterisk.\n\n\
        | function | with | may |\n|---|---|---|\n"
        .to_owned();
    for (name, function) in &world.system.plan.functions {
        let mut by_resource: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for right in function.rights.iter().filter(|right| !right.action.starts_with("logs:")) {
            let bound = if right.is_bounded { "\\*" } else { "" };
            by_resource.entry(&right.resource).or_default().push(format!("`{}`{bound}", right.action));
        }
        for (resource, actions) in by_resource {
            table.push_str(&format!("| `{name}` | `{resource}` | {} |\n", actions.join(", ")));
        }
    }
    table
}

#[tokio::test]
async fn the_table_of_rights_is_what_the_template_gives() {
    let (world, file) = (World::new().await, root().join("docs/rights.md"));
    let table = table_of_rights(&world);
    if std::env::var_os("PROCA_RENEW").is_some() {
        fs::write(&file, &table).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == table, "docs/rights.md is old: run this test with PROCA_RENEW=1");
}
