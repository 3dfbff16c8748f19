//! Headless Chromium, spoken to over its debugging pipe: for what only a browser can tell.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// A browser without a window.
pub struct Browser {
    child: Child,
    commands: ChildStdin,
    messages: UnboundedReceiver<Value>,
    heard: Vec<Value>,
    sent: u64,
    _profile: TempDir,
}

/// One page in it.
#[derive(Debug, Clone)]
pub struct Tab(String);

/// How long a browser may take for one thing on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Gives the browser its pipe: it reads commands from 3 and writes messages to 4.
const PIPED: &str = r#"exec "$0" "$@" 3<&0 4>&1 >/dev/null 2>&1"#;

impl Browser {
    /// Starts it. `None` where none is installed, unless `PROCA_BROWSER` says that there must be one.
    pub fn start() -> Option<Self> {
        let named = std::env::var("PROCA_BROWSER").ok();
        let program = named.clone().unwrap_or_else(|| "chromium".to_owned());
        let mut asked = Command::new(&program);
        asked.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        if !asked.status().is_ok_and(|status| status.success()) {
            assert!(named.is_none(), "there is no browser {program}");
            return None;
        }
        let profile = TempDir::new().unwrap();
        let mut child = Command::new("sh")
            .args(["-c", PIPED, &program, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"])
            .args(["--disable-dev-shm-usage", "--remote-debugging-pipe", "about:blank"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (commands, said) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (sender, messages) = unbounded_channel();
        std::thread::spawn(move || {
            for message in BufReader::new(said).split(0).map_while(Result::ok) {
                if sender.send(serde_json::from_slice(&message).unwrap()).is_err() {
                    return;
                }
            }
        });
        Some(Self { child, commands, messages, heard: Vec::new(), sent: 0, _profile: profile })
    }

    /// Opens an address before the person, or in the background.
    pub async fn open(&mut self, url: &str, background: bool) -> Tab {
        let target = json!({ "url": "about:blank", "background": background });
        let made = self.ask(None, "Target.createTarget", target).await;
        let attach = json!({ "targetId": made["targetId"], "flatten": true });
        let attached = self.ask(None, "Target.attachToTarget", attach).await;
        let tab = Tab(attached["sessionId"].as_str().unwrap().to_owned());
        self.ask(Some(&tab), "Page.enable", json!({})).await;
        self.ask(Some(&tab), "Page.navigate", json!({ "url": url })).await;
        self.loaded(&tab).await;
        tab
    }

    /// What a script in the page says.
    pub async fn evaluate(&mut self, tab: &Tab, script: &str) -> Value {
        let asked = json!({ "expression": script, "returnByValue": true });
        self.ask(Some(tab), "Runtime.evaluate", asked).await["result"]["value"].take()
    }

    /// Lets the page believe that a minute goes by.
    pub async fn pass_a_minute(&mut self, tab: &Tab) {
        let minute = json!({ "policy": "advance", "budget": 60_000 });
        self.ask(Some(tab), "Emulation.setVirtualTimePolicy", minute).await;
        self.until(tab, "Emulation.virtualTimeBudgetExpired").await;
        self.ask(Some(tab), "Emulation.setVirtualTimePolicy", json!({ "policy": "advance" })).await;
    }

    /// Clicks into the page's corner, where there is no button.
    pub async fn click(&mut self, tab: &Tab) {
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": 5, "y": 5, "button": "left", "clickCount": 1 });
            self.ask(Some(tab), "Input.dispatchMouseEvent", event).await;
        }
    }

    /// Moves the mouse over the page.
    pub async fn move_mouse(&mut self, tab: &Tab) {
        for x in [5, 50] {
            let event = json!({ "type": "mouseMoved", "x": x, "y": 5 });
            self.ask(Some(tab), "Input.dispatchMouseEvent", event).await;
        }
    }

    /// Taps the page's corner with a finger.
    pub async fn tap(&mut self, tab: &Tab) {
        for (kind, points) in [("touchStart", json!([{ "x": 5, "y": 5 }])), ("touchEnd", json!([]))] {
            let event = json!({ "type": kind, "touchPoints": points });
            self.ask(Some(tab), "Input.dispatchTouchEvent", event).await;
        }
    }

    /// Presses a key. Enter also does what it does by itself, such as press the button that has the focus.
    pub async fn press(&mut self, tab: &Tab, key: &str) {
        let text = if key == "Enter" { "\r" } else { "" };
        for kind in ["keyDown", "keyUp"] {
            let event = json!({ "type": kind, "key": key, "text": text, "windowsVirtualKeyCode": if text.is_empty() { 0 } else { 13 } });
            self.ask(Some(tab), "Input.dispatchKeyEvent", event).await;
        }
    }

    /// Turns scripts of pages off.
    pub async fn without_scripts(&mut self, tab: &Tab) {
        self.ask(Some(tab), "Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
        self.ask(Some(tab), "Page.reload", json!({})).await;
        self.loaded(tab).await;
    }

    /// Waits for the next page in the tab.
    pub async fn loaded(&mut self, tab: &Tab) {
        self.until(tab, "Page.loadEventFired").await;
    }

    async fn ask(&mut self, tab: Option<&Tab>, method: &str, params: Value) -> Value {
        self.sent += 1;
        let mut command = json!({ "id": self.sent, "method": method, "params": params });
        if let Some(Tab(session)) = tab {
            command["sessionId"] = json!(session);
        }
        self.commands.write_all(format!("{command}\0").as_bytes()).unwrap();
        self.commands.flush().unwrap();
        loop {
            let mut message = self.hear().await;
            if message["id"] == self.sent {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].take();
            }
            self.heard.push(message);
        }
    }

    async fn until(&mut self, tab: &Tab, event: &str) {
        let is_it = |message: &Value| message["method"] == event && message["sessionId"] == tab.0.as_str();
        if let Some(place) = self.heard.iter().position(is_it) {
            self.heard.remove(place);
            return;
        }
        while !is_it(&self.hear().await) {}
    }

    async fn hear(&mut self) -> Value {
        let heard = tokio::time::timeout(PATIENCE, self.messages.recv()).await;
        heard.expect("the browser says nothing").expect("the browser is gone")
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
