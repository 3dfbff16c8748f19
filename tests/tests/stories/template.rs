//! The template, the functions' code and their sample events agree.

use std::{collections::BTreeSet, fs, path::Path};

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
async fn every_route_of_the_template_is_described_by_its_function() {
    let world = World::new().await;
    let mut routes = 0;
    for folder in folders("functions") {
        let source = fs::read_to_string(root().join(format!("functions/{folder}/src/lib.rs"))).unwrap();
        let planned = &world.system.plan.functions[&logical(&folder)];
        for trigger in &planned.triggers {
            if let Trigger::Http { method, path } = trigger {
                routes += 1;
                assert!(
                    method == "OPTIONS" || source.contains(&format!("`{method} {path}`")),
                    "{folder}: {method} {path}"
                );
            }
        }
        let described = source.lines().next().unwrap().contains("`/v1")
            || source.lines().next().unwrap().contains(" /v1");
        let http = planned.triggers.iter().any(|t| matches!(t, Trigger::Http { .. }));
        assert_eq!(described, http, "{folder} and the template do not agree on a route");
    }
    assert_eq!(routes, 6);
}

#[tokio::test]
async fn each_function_is_given_the_variables_it_reads_and_no_others() {
    let world = World::new().await;
    let names = [
        "TABLE_NAME",
        "PEPPER",
        "SEALING_KEY",
        "PUBLIC_URL",
        "SES_CONFIGURATION_SET",
        "ACTIONS_QUEUE_URL",
        "EMAIL_QUEUE_URL",
        "PUSH_QUEUE_URL",
    ];
    for folder in folders("functions") {
        let source = fs::read_to_string(root().join(format!("functions/{folder}/src/lib.rs"))).unwrap();
        let builds = |call: &str| source.contains(&format!("env.{call}"));
        let reads = |name: &str| match name {
            "TABLE_NAME" => builds("table()"),
            "PEPPER" => builds("refs()"),
            "SEALING_KEY" => builds("mailer()") || builds("pusher()"),
            "SES_CONFIGURATION_SET" => builds("mailer()"),
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
