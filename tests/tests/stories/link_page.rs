//! The page behind a link, in a browser: it acts for a person who looks at it, and for nobody else.

use std::{future::IntoFuture, sync::Arc, time::Duration};

use axum::{Router, extract::Request, middleware::Next};
use proca_local::gateway;
use proca_tests::{
    browser::{Browser, Tab},
    world::{LEAD_PAGE, World, links, path_of},
};
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, error::TryRecvError, unbounded_channel};

/// A world whose API listens on this machine, as a browser needs it.
struct Site {
    world: World,
    url: String,
    posts: UnboundedReceiver<String>,
}

impl Site {
    async fn new() -> Self {
        let world = World::new().await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, posts) = unbounded_channel();
        let note = move |request: Request, next: Next| {
            let (sender, uri) = (sender.clone(), request.uri().to_string());
            let posts = request.method() == "POST";
            async move {
                let answer = next.run(request).await;
                if posts {
                    sender.send(uri).ok();
                }
                answer
            }
        };
        let app = Router::new()
            .fallback(gateway::answer)
            .layer(axum::middleware::from_fn(note))
            .with_state(Arc::clone(&world.system));
        tokio::spawn(axum::serve(listener, app).into_future());
        Self { world, url, posts }
    }

    /// A new signature's link of this place in its mail.
    async fn link(&mut self, email: &str, place: usize) -> String {
        self.world.sign(LEAD_PAGE, email, Some(true), None).await;
        self.world.settle().await;
        let link = links(&self.world.mails_to(email)[0])[place].clone();
        format!("{}{}", self.url, path_of(&link))
    }

    async fn posted(&mut self) -> String {
        let post = tokio::time::timeout(Duration::from_secs(60), self.posts.recv()).await;
        post.expect("nothing was posted").unwrap()
    }

    fn is_quiet(&mut self) -> bool {
        self.posts.try_recv() == Err(TryRecvError::Empty)
    }
}

/// The browser, or the end of a story that cannot be told on this machine.
macro_rules! browser {
    () => {
        match Browser::start() {
            Some(browser) => browser,
            None => return,
        }
    };
}

async fn looks(browser: &mut Browser, tab: &Tab) -> serde_json::Value {
    browser.evaluate(tab, "[document.visibilityState, document.hasFocus()]").await
}

#[tokio::test]
async fn a_page_that_is_merely_loaded_posts_nothing_until_a_person_acts() {
    let mut browser = browser!();
    let mut site = Site::new().await;
    for (n, act) in ["click", "key", "tap"].into_iter().enumerate() {
        let link = site.link(&format!("s{n}@example.org"), 0).await;
        let tab = browser.open(&link, false).await;
        assert_eq!(
            looks(&mut browser, &tab).await,
            json!(["visible", true]),
            "{act}: a person could look at it"
        );
        browser.pass_a_minute(&tab).await;
        assert!(site.is_quiet(), "{act}: posted without any input");
        match act {
            "click" => browser.click(&tab).await,
            "key" => browser.press(&tab, "a").await,
            _ => browser.tap(&tab).await,
        }
        let posted = site.posted().await;
        assert!(link.ends_with(&posted), "{act}: {posted}");
        site.world.settle().await;
        assert_eq!(site.world.supporters().await, n as u64 + 1, "{act}");
        assert!(site.is_quiet(), "{act}: it posts once");
    }
}

#[tokio::test]
async fn what_no_person_does_and_what_only_leaves_the_page_posts_nothing() {
    let mut browser = browser!();
    let mut site = Site::new().await;
    let link = site.link("bruce@example.org", 0).await;
    let tab = browser.open(&link, false).await;
    let made = "for (const [kind, Kind] of [['pointerdown', PointerEvent], ['keydown', KeyboardEvent]])
        document.body.dispatchEvent(new Kind(kind, { bubbles: true, key: 'a' }))";
    browser.evaluate(&tab, made).await;
    browser.move_mouse(&tab).await;
    for key in ["Escape", "Tab", "Control", "Alt"] {
        browser.press(&tab, key).await;
    }
    browser.pass_a_minute(&tab).await;
    assert!(site.is_quiet());
    browser.press(&tab, "Enter").await;
    site.posted().await;
}

#[tokio::test]
async fn a_page_in_the_background_posts_nothing_whatever_is_pressed() {
    let mut browser = browser!();
    let mut site = Site::new().await;
    let link = site.link("bruce@example.org", 0).await;
    let hidden = browser.open(&link, true).await;
    assert_eq!(looks(&mut browser, &hidden).await[0], "hidden");
    browser.press(&hidden, "a").await;
    browser.pass_a_minute(&hidden).await;
    assert!(site.is_quiet());
    let shown = browser.open(&link, false).await;
    browser.press(&shown, "a").await;
    site.posted().await;
}

#[tokio::test]
async fn the_button_works_without_scripts() {
    let mut browser = browser!();
    let mut site = Site::new().await;
    let link = site.link("bruce@example.org", 0).await;
    let tab = browser.open(&link, false).await;
    browser.without_scripts(&tab).await;
    browser.press(&tab, "a").await;
    browser.pass_a_minute(&tab).await;
    assert!(site.is_quiet(), "without the script any other key is nothing");
    browser.press(&tab, "Enter").await;
    site.posted().await;
}

#[tokio::test]
async fn the_browser_follows_to_an_allowed_origin_and_to_no_other() {
    let mut browser = browser!();
    let mut site = Site::new().await;
    let (sender, mut visits) = unbounded_channel();
    let home = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", home.local_addr().unwrap());
    let visited = move |request: Request| {
        let visit = request.uri().to_string();
        async move {
            if visit.starts_with("/thanks") {
                sender.send(visit).unwrap()
            }
        }
    };
    tokio::spawn(axum::serve(home, Router::new().fallback(visited)).into_future());
    let allowed = origin.parse().unwrap();
    site.world.change_page(LEAD_PAGE, |page| page.allowed_origins = vec![allowed]).await;
    for (email, to, follows) in [
        ("a@example.org", format!("{origin}/thanks?from=mail"), true),
        ("b@example.org", format!("{}/thanks", origin.replace("127.0.0.1", "localhost")), false),
    ] {
        let link = site.link(email, 0).await;
        let tab = browser.open(&format!("{link}?redirect={to}"), false).await;
        browser.click(&tab).await;
        assert!(site.posted().await.contains("redirect="));
        browser.loaded(&tab).await;
        let says = browser.evaluate(&tab, "document.body.innerText").await;
        assert_eq!(visits.try_recv().ok(), follows.then(|| "/thanks?from=mail".to_owned()));
        assert_eq!(says.as_str().unwrap().contains("Your signature is confirmed"), !follows, "{says}");
    }
}
