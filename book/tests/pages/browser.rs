//! A Chromium without a window, and one page in it, driven by its developer tools' protocol.
//!
//! That is JSON over a `WebSocket`, and it stays JSON here. The libraries with a type for each
//! message are ninety crates more, and take longer to compile than all the tests to run.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tungstenite::{Message, WebSocket};

/// How long the browser may be silent while we wait for it.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Browser {
    process: Child,
    socket: WebSocket<TcpStream>,
    /// The page, in the words of the protocol.
    session: Option<String>,
    /// How many commands were sent.
    sent: u64,
    /// What the browser reported since the last page was opened.
    events: Vec<Value>,
    _profile: TempDir,
    _turn: MutexGuard<'static, ()>,
}

/// A browser keeps every core busy. So there is one at a time, and none waits long for its turn.
static TURN: Mutex<()> = Mutex::new(());

impl Browser {
    /// Starts the browser with a profile of its own, that is, with nothing in its cache.
    ///
    /// Its sandbox does not work for root, and the pages are our own.
    pub fn start() -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let profile = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("cargo made the folder");
        let mut process = Command::new(env!("CHROME"))
            .args(["--headless", "--remote-debugging-port=0", "--no-first-run", "--no-sandbox"])
            .args(["--disable-gpu", "--disable-quic", "--disable-sync", "--hide-scrollbars"])
            .args(["--disable-background-networking", "--disable-component-update"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the build script found it");
        let address = address(process.stderr.take().expect("it is piped"));
        let mut browser = Self {
            process,
            socket: connect(&address),
            session: None,
            sent: 0,
            events: Vec::new(),
            _profile: profile,
            _turn: turn,
        };
        browser.open_a_page();
        browser
    }

    fn open_a_page(&mut self) {
        let target = self.command("Target.createTarget", &json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = self.command("Target.attachToTarget", &attach);
        self.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Network", "Log"] {
            self.command(&format!("{domain}.enable"), &json!({}));
        }
    }

    /// Sends a command of the protocol and waits for what it returns.
    pub fn command(&mut self, method: &str, parameters: &Value) -> Value {
        self.sent += 1;
        let mut command = json!({ "id": self.sent, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            command["sessionId"] = json!(session);
        }
        self.socket.send(Message::text(command.to_string())).expect("the browser takes commands");
        loop {
            let message = self.receive();
            if message["id"] == self.sent {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].clone();
            }
        }
    }

    /// The next message. An event is also kept.
    fn receive(&mut self) -> Value {
        let message = self.socket.read().expect("the browser answers in time");
        let message: Value =
            serde_json::from_str(message.to_text().unwrap_or("null")).unwrap_or_default();
        if message["method"].is_string() {
            self.events.push(message.clone());
        }
        message
    }

    /// Opens an address and waits until all that belongs to the page is there.
    pub fn open(&mut self, url: &str) {
        self.load(|browser| _ = browser.command("Page.navigate", &json!({ "url": url })));
    }

    /// Does what opens another page, and waits until all that belongs to it is there.
    pub fn load(&mut self, act: impl FnOnce(&mut Self)) {
        self.events.clear();
        act(self);
        while !self.has_loaded() {
            self.receive();
        }
    }

    /// Whether another page has come since the events were cleared. The last event of the page
    /// before it may come late.
    fn has_loaded(&self) -> bool {
        let mut events = self.events.iter().map(|event| &event["method"]);
        events.any(|it| it == "Page.frameNavigated") && events.any(|it| it == "Page.loadEventFired")
    }

    /// Sets the width of the window in CSS pixels, and what the system prefers: `light` or `dark`.
    pub fn look(&mut self, width: u32, colours: &str) {
        let size =
            json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.command("Emulation.setDeviceMetricsOverride", &size);
        let preference = json!([{ "name": "prefers-color-scheme", "value": colours }]);
        self.command("Emulation.setEmulatedMedia", &json!({ "features": preference }));
    }

    /// The value of a JavaScript expression in the page. A promise is waited for.
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let asked =
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let answer = self.command("Runtime.evaluate", &asked);
        let thrown = &answer["exceptionDetails"];
        assert!(thrown.is_null(), "{expression:.80}: {thrown}");
        answer["result"]["value"].clone()
    }

    /// The strings in the array that a JavaScript expression returns.
    pub fn strings(&mut self, expression: &str) -> Vec<String> {
        let value = self.evaluate(expression);
        let strings = value.as_array().unwrap_or_else(|| panic!("no array: {expression:.80}"));
        strings.iter().map(|it| it.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Presses and releases a key that types nothing, such as `Tab`.
    pub fn press(&mut self, key: &str, code: u32) {
        // Enter does something on a button only where it also types something.
        let text = if key == "Enter" { "\r" } else { "" };
        for kind in ["keyDown", "keyUp"] {
            let event =
                json!({ "type": kind, "key": key, "windowsVirtualKeyCode": code, "text": text });
            self.command("Input.dispatchKeyEvent", &event);
        }
    }

    /// Types a text, key by key.
    pub fn write(&mut self, text: &str) {
        for letter in text.chars() {
            for kind in ["keyDown", "keyUp"] {
                let typed = if kind == "keyDown" { letter.to_string() } else { String::new() };
                let event = json!({ "type": kind, "key": letter.to_string(), "text": typed });
                self.command("Input.dispatchKeyEvent", &event);
            }
        }
    }

    /// What went wrong since the page was opened: errors on the console, and requests that failed
    /// or went somewhere else than below `home`.
    pub fn complaints(&self, home: &str) -> Vec<String> {
        let errors = self
            .reported("Log.entryAdded")
            .filter(|event| event["entry"]["level"] == "error")
            .map(|event| format!("the log has {}", event["entry"]["text"]));
        let console = self
            .reported("Runtime.consoleAPICalled")
            .filter(|event| event["type"] == "error")
            .map(|event| format!("the console has {}", event["args"]));
        let thrown = self
            .reported("Runtime.exceptionThrown")
            .map(|event| format!("a script threw {}", event["exceptionDetails"]["exception"]));
        let elsewhere = self
            .reported("Network.requestWillBeSent")
            .filter_map(|event| event["request"]["url"].as_str())
            .filter(|url| !url.starts_with(home) && !url.starts_with("data:"))
            .map(|url| format!("a request went to {url}"));
        let failed = self
            .reported("Network.loadingFailed")
            .map(|event| format!("a request failed: {}", event["errorText"]));
        errors.chain(console).chain(thrown).chain(elsewhere).chain(failed).collect()
    }

    /// How many bytes came over the network since the page was opened.
    pub fn weight(&self) -> f64 {
        let loaded = self.reported("Network.loadingFinished");
        loaded.filter_map(|event| event["encodedDataLength"].as_f64()).sum()
    }

    fn reported(&self, method: &str) -> impl Iterator<Item = &Value> {
        let events = self.events.iter().filter(move |event| event["method"] == method);
        events.map(|event| &event["params"])
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where the browser takes commands. It says so among its messages, which are read to the end.
fn address(messages: impl Read + Send + 'static) -> String {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(messages).lines().map_while(Result::ok) {
            if let Some(address) = line.strip_prefix("DevTools listening on ") {
                let _ = tell.send(address.to_owned());
            }
        }
    });
    told.recv_timeout(PATIENCE).expect("Chromium starts, and says where it listens")
}

fn connect(address: &str) -> WebSocket<TcpStream> {
    let host = address.trim_start_matches("ws://").split('/').next().unwrap_or_default();
    let stream = TcpStream::connect(host).expect("the browser listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("the duration is not zero");
    tungstenite::client(address, stream).expect("the browser speaks WebSocket").0
}

/// Reads a file in the folder of these tests.
pub fn script(name: &str) -> String {
    let file = format!("{}/tests/pages/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"))
}
