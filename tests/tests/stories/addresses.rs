//! What widgets read: pages and counts, kept by caches and readable by their own sites.

use proca_tests::world::{LEAD_PAGE, PARTNER_PAGE, World, signature};

#[tokio::test]
async fn a_page_is_found_by_name_number_and_id_whatever_its_case() {
    let world = World::new().await;
    let id = world.bundle(LEAD_PAGE).await.page.id.to_string();
    for address in ["lead.example.org~petition", "LEAD.example.org~Petition", "1", &id] {
        let answer = world.call("GET", &format!("/v1/pages/{address}"), &[], "").await;
        assert_eq!(answer.status, 200, "{address}");
        assert_eq!(answer.body["name"], LEAD_PAGE);
        assert_eq!(answer.body["campaign"]["goal"], 10);
        assert_eq!(answer.body["campaign"]["stats"]["supporters"], 0);
    }
    // API Gateway has decoded it before it looks for the route, and has none of two segments.
    let escaped = world.call("GET", "/v1/pages/lead.example.org%2Fpetition", &[], "").await;
    assert_eq!(escaped.status, 404);
}

#[tokio::test]
async fn who_has_the_counts_already_is_told_so() {
    let mut world = World::new().await;
    let first = world.call("GET", "/v1/campaigns/petition_x/stats", &[], "").await;
    assert_eq!(
        first.headers["cache-control"],
        "public, max-age=5, stale-while-revalidate=10, stale-if-error=60"
    );
    let etag = first.headers["etag"].clone();
    let again = world.call("GET", "/v1/campaigns/1/stats", &[("if-none-match", &etag)], "").await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    world.change_page(LEAD_PAGE, |page| page.extra_supporters = 5_000).await;
    let changed = world.call("GET", "/v1/campaigns/petition_x/stats", &[("if-none-match", &etag)], "").await;
    assert_eq!(changed.status, 200);
    assert_eq!(changed.body["supporters"], 5_000);
    assert_eq!(changed.body["extraSupporters"], 5_000);
}

#[tokio::test]
async fn a_browser_may_post_from_the_page_s_own_origins_only() {
    let mut world = World::new().await;
    let origin = "https://partner.example.org";
    world.change_page(PARTNER_PAGE, |page| page.allowed_origins = vec![origin.parse().unwrap()]).await;
    let path = "/v1/pages/2/actions";
    let preflight = world
        .call("OPTIONS", path, &[("origin", origin), ("access-control-request-method", "POST")], "")
        .await;
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.headers["access-control-allow-origin"], origin);
    assert_eq!(preflight.headers["access-control-allow-headers"], "content-type, idempotency-key");
    let stranger = world.call("OPTIONS", path, &[("origin", "https://evil.example")], "").await;
    assert!(!stranger.headers.contains_key("access-control-allow-origin"));
    let body = signature("bruce@example.org", None, None).to_string();
    let headers = [("origin", origin), ("content-type", "application/json")];
    let posted = world.call("POST", path, &headers, &body).await;
    assert_eq!((posted.status, posted.headers["access-control-allow-origin"].as_str()), (201, origin));
}
