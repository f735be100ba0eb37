//! What a window or a browser shows, seen and touched through WebDriver, in plain HTTP and JSON.
//!
//! Where an element is to be named, a string that begins with `/` or `(` is XPath and any other is CSS; [`id`] and [`said`]
//! make the usual ones. Whatever is to be touched or read is first waited for.

use super::http;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use reqwest::Method;
use serde_json::{Value, json};
use std::cell::Cell;
use std::ffi::OsStr;
use std::time::Duration;
use tokio::time::{Instant, interval};

/// How long anything that is waited for may take on a busy machine before the test fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often something that can't announce itself is looked at.
const GLANCE: Duration = Duration::from_millis(20);

/// What WebDriver calls a reference to an element.
const REFERENCE: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Keys as WebDriver spells them.
pub(crate) mod key {
    pub(crate) const ENTER: &str = "\u{E007}";
    pub(crate) const ESCAPE: &str = "\u{E00C}";
    pub(crate) const SPACE: &str = " ";
    pub(crate) const UP: &str = "\u{E013}";
    pub(crate) const TAB: &str = "\u{E004}";
    pub(crate) const CONTROL: &str = "\u{E009}";
}

/// The element with this `data-testid`.
pub(crate) fn id(name: &str) -> String {
    format!("[data-testid=\"{name}\"]")
}

/// The innermost element of this tag or role, anywhere and shown or not, that says exactly `words`.
pub(crate) fn said(what: &str, words: &str) -> String {
    let kind = if what.contains('=') { format!("*[@{what}]") } else { what.to_owned() };
    format!("//{kind}[normalize-space()={words:?}]")
}

/// The control of a form that has this label.
pub(crate) fn labelled(form: &str, label: &str) -> String {
    format!("//*[@id=//form[@aria-label={form:?}]//label[normalize-space()={label:?}]/@for]")
}

/// The page of an open window.
pub(crate) struct Page {
    http: reqwest::Client,
    driver: String,
    session: String,
}

impl Page {
    /// Has the driver at this address start the binary. A `browserName` among the capabilities would make it refuse.
    pub(crate) async fn open(driver: &str, binary: &str, arguments: &[&OsStr]) -> Self {
        let arguments: Vec<_> = arguments.iter().map(|argument| argument.to_str().expect("UTF-8")).collect();
        let page =
            Self::with(driver, json!({ "webkitgtk:browserOptions": { "binary": binary, "args": arguments } })).await;
        page.wait_for("h1").await;
        page
    }

    /// Has the driver at this address open what these capabilities describe.
    pub(crate) async fn with(driver: &str, capabilities: Value) -> Self {
        let mut page = Self { http: http(), driver: driver.to_owned(), session: String::new() };
        let status = format!("{driver}/status");
        until("the driver answers", async || page.http.get(&status).send().await.is_ok().then_some(())).await;
        let capabilities = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let opened = page.call(Method::POST, "/session", Some(capabilities)).await.expect("the window opens");
        page.session = format!("/session/{}", opened["sessionId"].as_str().expect("a session has an id"));
        page
    }

    /// The path under which the driver knows what is open.
    pub(crate) fn session(&self) -> &str {
        &self.session
    }

    /// Goes to an address and waits until its page has loaded. What nobody answers is a page too.
    pub(crate) async fn visit(&self, address: &str) {
        let _ = self.call(Method::POST, &self.path("/url"), Some(json!({ "url": address }))).await;
    }

    /// The address of the page that is shown.
    pub(crate) async fn address(&self) -> String {
        self.get("/url").await.as_str().expect("an address").to_owned()
    }

    /// The window's title, as the page gives it.
    pub(crate) async fn title(&self) -> String {
        self.get("/title").await.as_str().expect("a title").to_owned()
    }

    /// The text of an element, as it is shown.
    pub(crate) async fn text(&self, element: &str) -> String {
        self.until(&format!("the text of {element}"), async || {
            let found = self.find(element).await?;
            let text = self.call(Method::GET, &self.path(&format!("/element/{found}/text")), None).await.ok()?;
            text.as_str().map(str::to_owned)
        })
        .await
    }

    /// How many elements there are of a kind.
    pub(crate) async fn count(&self, css: &str) -> u64 {
        self.run(&format!("return document.querySelectorAll({}).length", json!(css))).await.as_u64().expect("a count")
    }

    /// Runs the body of a function in the page; what it returns, or what its promise comes to.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", json!({ "script": script, "args": [] })).await
    }

    /// Clicks what ends the program, so that no answer may come.
    pub(crate) async fn click_last(&self, element: &str) {
        let found = self.until(element, async || self.find(element).await).await;
        let url = format!("{}{}", self.driver, self.path(&format!("/element/{found}/click")));
        let _ = self.http.post(url).json(&json!({})).send().await;
    }

    /// Clicks with a real pointer.
    pub(crate) async fn click(&self, element: &str) {
        // A list that is drawn anew may take the element away between finding and clicking: then it is found again.
        let refusal = Cell::new(Value::Null);
        let clicked = patiently(async || {
            let found = self.find(element).await?;
            let path = self.path(&format!("/element/{found}/click"));
            self.call(Method::POST, &path, Some(json!({}))).await.map_err(|error| refusal.set(error)).ok()
        });
        if clicked.await.is_none() {
            let mut why = refusal.take().to_string();
            if self.find(element).await.is_some() {
                let (x, y) = self.middle(element).await;
                let there = format!("return document.elementFromPoint({x}, {y})?.outerHTML.slice(0, 200)");
                why += &format!("; where it should be there is {}", self.run(&there).await);
            }
            self.give_up(&format!("{element} can be clicked: {why}")).await;
        }
    }

    /// Presses one key on an element that takes the focus.
    pub(crate) async fn press(&self, element: &str, key: &str) {
        let found = self.wait_for(element).await;
        let focus = json!({ "script": "arguments[0].focus()", "args": [{ REFERENCE: found }] });
        self.post("/execute/sync", focus).await;
        let strokes = ["keyDown", "keyUp"].map(|stroke| json!({ "type": stroke, "value": key }));
        self.post("/actions", json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": strokes }] })).await;
    }

    /// Presses one key, wherever the focus is.
    pub(crate) async fn stroke(&self, key: &str) {
        self.type_text(key).await;
    }

    /// Types, wherever the focus is.
    pub(crate) async fn type_text(&self, text: &str) {
        let strokes: Vec<Value> = text
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|stroke| json!({ "type": stroke, "value": key })))
            .collect();
        self.post("/actions", json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": strokes }] })).await;
    }

    /// Holds one key and presses another, wherever the focus is.
    pub(crate) async fn chord(&self, held: &str, key: &str) {
        let stroke = |kind: &str, value: &str| json!({ "type": kind, "value": value });
        let strokes = [stroke("keyDown", held), stroke("keyDown", key), stroke("keyUp", key), stroke("keyUp", held)];
        self.post("/actions", json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": strokes }] })).await;
    }

    /// Types over what a field holds.
    pub(crate) async fn fill(&self, field: &str, text: &str) {
        let found = self.wait_for(field).await;
        let reference = json!({ REFERENCE: found });
        let select = json!({ "script": "arguments[0].focus(); arguments[0].select()", "args": [reference] });
        self.post("/execute/sync", select).await;
        self.post(&format!("/element/{found}/value"), json!({ "text": text })).await;
    }

    /// Drags one element onto another, as a hand does: in steps, with the button held.
    pub(crate) async fn drag(&self, from: &str, to: &str) {
        let ((x, from), (_, to)) = (self.middle(from).await, self.middle(to).await);
        let moved = |y: i64, duration: u64| json!({ "type": "pointerMove", "duration": duration, "x": x, "y": y });
        let mut hand = vec![moved(from, 0), json!({ "type": "pointerDown", "button": 0 })];
        // A little beyond the middle, so that it is nearer to the place than to the one before.
        let way = to - from + 4 * (to - from).signum();
        hand.extend((1..=10).map(|step| moved(from + way * step / 10, 30)));
        hand.extend([json!({ "type": "pause", "duration": 50 }), json!({ "type": "pointerUp", "button": 0 })]);
        let mouse = json!({
            "type": "pointer", "id": "mouse", "parameters": { "pointerType": "mouse" }, "actions": hand,
        });
        self.post("/actions", json!({ "actions": [mouse] })).await;
    }

    /// Waits until there is such an element; its reference.
    pub(crate) async fn wait_for(&self, element: &str) -> String {
        self.until(element, async || self.find(element).await).await
    }

    /// Waits until there is no such element.
    pub(crate) async fn wait_until_gone(&self, element: &str) {
        self.until(&format!("no {element}"), async || self.find(element).await.is_none().then_some(())).await;
    }

    /// Waits until an element says `words`, among other words.
    pub(crate) async fn wait_for_text(&self, element: &str, words: &str) {
        self.until(&format!("{element} says {words:?}"), async || {
            self.text(element).await.contains(words).then_some(())
        })
        .await;
    }

    /// Gives the window another size and waits until the page has it.
    pub(crate) async fn resize(&self, width: u32, height: u32) {
        self.post("/window/rect", json!({ "width": width, "height": height })).await;
        let size = json!([width, height]);
        self.until("the new size", async || (self.run("return [innerWidth, innerHeight]").await == size).then_some(()))
            .await;
    }

    /// Gives the page of a Chromium another size, in CSS pixels; smaller than any window can be, too.
    pub(crate) async fn view(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.post("/goog/cdp/execute", json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": size })).await;
    }

    /// Photographs the window, as PNG.
    pub(crate) async fn photograph(&self) -> Vec<u8> {
        let picture = self.get("/screenshot").await;
        BASE64_STANDARD.decode(picture.as_str().expect("a picture is text")).expect("it comes in base64")
    }

    /// Where the driver of this window listens: an address of this machine that does answer.
    pub(crate) fn driver_address(&self) -> &str {
        &self.driver
    }

    /// Closes the window. The driver does not ask it: the program is killed.
    pub(crate) async fn close(&self) {
        let _ = self.call(Method::DELETE, &self.path("/window"), None).await;
    }

    /// Waits until there is something to see; a failure shows what the page says.
    pub(crate) async fn until<T>(&self, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
        match patiently(look).await {
            Some(seen) => seen,
            None => self.give_up(what).await,
        }
    }

    async fn give_up(&self, what: &str) -> ! {
        let shown = self.run("return document.body.innerText").await;
        panic!("waited {PATIENCE:?} in vain: {what}\nThe page says:\n{}", shown.as_str().unwrap_or_default())
    }

    async fn find(&self, element: &str) -> Option<String> {
        let using = if element.starts_with(['/', '(']) { "xpath" } else { "css selector" };
        let body = json!({ "using": using, "value": element });
        let found = self.call(Method::POST, &self.path("/element"), Some(body)).await.ok()?;
        found.as_object()?.values().next()?.as_str().map(str::to_owned)
    }

    async fn middle(&self, element: &str) -> (i64, i64) {
        let found = self.wait_for(element).await;
        let reference = json!({ REFERENCE: found });
        let script = "const box = arguments[0].getBoundingClientRect();
            return [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)]";
        let middle = self.post("/execute/sync", json!({ "script": script, "args": [reference] })).await;
        (middle[0].as_i64().expect("a number"), middle[1].as_i64().expect("a number"))
    }

    async fn get(&self, path: &str) -> Value {
        self.done(path, self.call(Method::GET, &self.path(path), None).await)
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.done(path, self.call(Method::POST, &self.path(path), Some(body)).await)
    }

    fn path(&self, path: &str) -> String {
        format!("{}{path}", self.session)
    }

    #[track_caller]
    fn done(&self, path: &str, answer: Result<Value, Value>) -> Value {
        answer.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// One WebDriver command: what it comes to, or the error in the driver's own words.
    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value, Value> {
        let mut request = self.http.request(method, format!("{}{path}", self.driver));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.expect("the driver answers");
        let succeeded = answer.status().is_success();
        let mut body: Value = answer.json().await.expect("the driver answers in JSON");
        let value = body["value"].take();
        if succeeded { Ok(value) } else { Err(value) }
    }
}

/// Waits until there is something to see.
pub(crate) async fn until<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    patiently(look).await.unwrap_or_else(|| panic!("waited {PATIENCE:?} in vain: {what}"))
}

async fn patiently<T>(mut look: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + PATIENCE;
    let mut glances = interval(GLANCE);
    loop {
        glances.tick().await;
        if let Some(seen) = look().await {
            return Some(seen);
        }
        if Instant::now() >= deadline {
            return None;
        }
    }
}
