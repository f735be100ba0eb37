//! What the window costs: its start, its answers to clicks, processor and memory. Measured against a release build by
//! `make figures`, never asserted.

use super::app::App;
use super::desktop::{Desktop, Frame};
use super::page::id;
use crate::harness::{Figures, Home, Tongue, Trio, number};
use serde_json::json;
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval, sleep};

/// How often the kernel counts a second (`sysconf(_SC_CLK_TCK)`, 100 on every Linux).
const TICKS: f64 = 100.0;
/// Exchanges a second under load.
const RATE: u64 = 200;

/// The window's processes: its own, with the gateway, and those that WebKit draws and fetches with.
struct Processes {
    own: u64,
}

impl Processes {
    fn all(&self) -> Vec<u64> {
        let parents: HashMap<u64, u64> = fs::read_dir("/proc")
            .expect("/proc")
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter_map(|pid| Some((pid, field(pid, 1)? as u64)))
            .collect();
        let mut all = vec![self.own];
        let mut at = 0;
        while at < all.len() {
            let parent = all[at];
            all.extend(parents.iter().filter(|(_, its)| **its == parent).map(|(pid, _)| *pid));
            at += 1;
        }
        all
    }

    /// Seconds of processor time so far: the own process, and all others.
    fn processor(&self) -> (f64, f64) {
        let of = |pid: u64| (field(pid, 11).unwrap_or(0.0) + field(pid, 12).unwrap_or(0.0)) / TICKS;
        let others = self.all().into_iter().filter(|pid| *pid != self.own).map(of).sum();
        (of(self.own), others)
    }

    /// Megabytes: the own process, and all others; what is shared is counted once, by its parts (PSS).
    fn memory(&self) -> (f64, f64) {
        let of = |pid: u64| {
            let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).unwrap_or_default();
            line.split_whitespace().next().and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
        };
        let others = self.all().into_iter().filter(|pid| *pid != self.own).map(of).sum();
        (of(self.own), others)
    }

    /// Percent of one core over this time: the own process, and all others.
    async fn load(&self, over: Duration) -> (f64, f64) {
        let before = self.processor();
        sleep(over).await;
        let after = self.processor();
        let percent = |seconds: f64| seconds / over.as_secs_f64() * 100.0;
        (percent(after.0 - before.0), percent(after.1 - before.1))
    }
}

/// A number of `/proc/PID/stat`, counted from the field after the name.
fn field(pid: u64, index: usize) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.split(' ').nth(index)?.parse().ok()
}

/// When the process began, in milliseconds since 1970.
fn began(pid: u64) -> f64 {
    let stat = fs::read_to_string("/proc/stat").expect("/proc/stat");
    let boot = stat.lines().find_map(|line| line.strip_prefix("btime ")).expect("btime");
    // Whole seconds; the fraction comes from the clock that counts since the boot.
    let uptime = fs::read_to_string("/proc/uptime").expect("/proc/uptime");
    let uptime: f64 = uptime.split(' ').next().and_then(|text| text.parse().ok()).expect("seconds");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs_f64();
    let exact = now - uptime;
    let whole: f64 = boot.parse().expect("seconds");
    assert!((exact - whole).abs() < 2.0, "two clocks of one boot");
    (exact + field(pid, 19).expect("starttime") / TICKS) * 1000.0
}

fn two((own, others): (f64, f64), unit: &str) -> String {
    format!("{:.1} {unit} ({own:.1} the program with its gateway, {others:.1} WebKit)", own + others)
}

/// A gateway with traffic at a steady rate until it is dropped.
struct Traffic(tokio::task::JoinHandle<()>);

impl Traffic {
    fn at(app: &App) -> Self {
        let (http, url) = (crate::harness::http(), format!("{}{}", app.address, Tongue::Anthropic.path("m", true)));
        let body = Tongue::Anthropic.body("m", "hello", true);
        Self(tokio::spawn(async move {
            let mut clock = interval(Duration::from_secs(1) / u32::try_from(RATE).expect("small"));
            clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
            loop {
                clock.tick().await;
                let request = http.post(&url).header("x-mainstay-token", super::app::TOKEN).json(&body);
                tokio::spawn(async move {
                    if let Ok(answer) = request.send().await {
                        let _ = answer.bytes().await;
                    }
                });
            }
        }))
    }
}

impl Drop for Traffic {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Milliseconds from a click on a place's name until what it shows is drawn.
async fn click(app: &App, place: &str) -> f64 {
    let script = format!(
        "return new Promise(done => {{
           const begun = performance.now();
           document.querySelector('{}').click();
           const look = () => document.querySelector('main:not([hidden]) h1')
             ? requestAnimationFrame(() => done(performance.now() - begun))
             : requestAnimationFrame(look);
           requestAnimationFrame(look);
         }})",
        id(&format!("nav-{place}"))
    );
    app.page.run(&script).await.as_f64().expect("milliseconds")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures; `make figures`"]
async fn the_window_is_measured() {
    let mut figures = Figures::of("docs/performance.md", "window");
    let seconds = Duration::from_secs(number("MAINSTAY_FIGURE_SECONDS", 30) as u64);
    let minutes = number("MAINSTAY_FIGURE_MINUTES", 10);
    let home = Arc::new(Home::new());
    let trio = Trio::start().await;
    trio.write(&home, "ha", "failover", [0, 1, 2], &json!({}));
    fs::create_dir_all(home.data()).expect("a folder");
    fs::write(home.data().join("state.json"), r#"{"active":"ha"}"#).expect("which one serves");

    // The first start is the cold one: files come from the disk and the data folder is made.
    let mut starts = Vec::new();
    for _ in 0..5 {
        let Some(app) = App::open_at(&home).await else { return };
        let script = "return performance.timeOrigin + performance.getEntriesByName('interactive')[0].startTime";
        starts.push(app.page.run(script).await.as_f64().expect("a mark") - began(app.pid));
        app.close().await;
    }
    let warm = starts.split_off(1);
    figures.tell("first start, to interactive", format!("{:.0} ms", starts[0]));
    let least = warm.iter().copied().fold(f64::INFINITY, f64::min);
    let most = warm.iter().copied().fold(0.0, f64::max);
    figures
        .tell("warm start, to interactive (target: 1 000 ms)", format!("{least:.0} to {most:.0} ms of {}", warm.len()));

    let app = App::open_at(&home).await.expect("it opened before");
    let desktop = Desktop::around(&app, true).await;
    let frame = Frame::of(&app).await;
    let processes = Processes { own: app.pid };
    figures.tell("memory after the start", two(processes.memory(), "MB"));

    let places = ["profiles", "failover", "accounts", "requests", "connect", "settings", "live"];
    for round in ["first", "second"] {
        let mut longest = (0.0, "");
        for place in places {
            let took = click(&app, place).await;
            if took > longest.0 {
                longest = (took, place);
            }
        }
        let what = format!("click on a place to drawn, {round} visit, the longest (target: 100 ms)");
        figures.tell(&what, format!("{:.0} ms ({})", longest.0, longest.1));
    }

    figures.tell("processor, idle window (target: 0.5 % of a core)", two(processes.load(seconds).await, "%"));
    let traffic = Traffic::at(&app);
    sleep(Duration::from_secs(3)).await;
    let what = format!("processor, {RATE} exchanges a second, Live open (target: 25 % of a core)");
    figures.tell(&what, two(processes.load(seconds).await, "%"));
    desktop.shows("ha-anthropic is serving").await;
    frame.close();
    frame.until_shown(false).await;
    figures.tell(&format!("processor, {RATE} exchanges a second, hidden"), two(processes.load(seconds).await, "%"));
    sleep(Duration::from_secs(60 * minutes as u64).saturating_sub(seconds * 2)).await;
    let what = format!("memory after {minutes} minutes of {RATE} exchanges a second");
    figures.tell(&what, two(processes.memory(), "MB"));
    drop(traffic);
    sleep(Duration::from_secs(3)).await;
    figures.tell("processor, hidden window without traffic", two(processes.load(seconds).await, "%"));
    figures.tell("JavaScript that the window opens with (target: 250 kB)", javascript());
    figures.publish();
    app.close().await;
}

/// What index.html names and what that imports at once, compressed.
fn javascript() -> String {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/dist");
    let page = fs::read_to_string(dist.join("index.html")).expect("a built page");
    let mut bytes = 0;
    for name in page.split('"').filter(|part| part.ends_with(".js")) {
        let script = fs::read(dist.join(name.trim_start_matches("./"))).expect("a script of the page");
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut packed, &script).expect("memory takes all");
        bytes += packed.finish().expect("memory takes all").len();
    }
    format!("{:.0} kB", bytes as f64 / 1000.0)
}
