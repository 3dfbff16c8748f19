//! The documentation of the API, as a browser gets it.

use proca_tests::world::World;

#[tokio::test]
async fn the_documentation_is_a_page_that_loads_nothing_from_elsewhere() {
    let world = World::new().await;
    let page = world.call("GET", "/docs", &[], "").await;
    assert_eq!((page.status, page.headers["content-type"].as_str()), (200, "text/html; charset=utf-8"));
    let policy = &page.headers["content-security-policy"];
    assert!(policy.contains("default-src 'none'; script-src 'self';"), "{policy}");
    assert!(!page.text.contains("<script>") && !page.text.contains("http"), "{}", page.text);
    let (_, script) = page.text.split_once("src=\"").unwrap();
    let script = format!("/{}", script.split_once('"').unwrap().0);
    let viewer = world.call("GET", &script, &[], "").await;
    assert_eq!(
        (viewer.status, viewer.headers["content-type"].as_str()),
        (200, "text/javascript; charset=utf-8")
    );
    assert!(viewer.headers["cache-control"].contains("immutable"));
    assert!(viewer.text.len() < 1_500_000, "API Gateway answers at most 6 MB, and people wait for it");
    let description = world.call("GET", "/v1/openapi.json", &[], "").await;
    assert_eq!(description.body["openapi"], "3.1.0");
    assert_eq!(world.call("GET", "/docs/other.js", &[], "").await.status, 404);
}

#[test]
fn no_example_holds_null_which_the_viewer_cannot_show() {
    let description = proca::api::document::document();
    let paths = description["paths"].as_object().unwrap().values();
    for operation in paths.flat_map(|path| path.as_object().unwrap().values()) {
        let example = operation.pointer("/requestBody/content/application~1json/example");
        let members = example.and_then(|example| example.as_object()).into_iter().flatten();
        for (name, value) in members {
            assert!(!value.is_null(), "{}: {name}", operation["operationId"]);
        }
    }
}
