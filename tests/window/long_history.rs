//! A history of many thousand requests: scrolled through and gone through by keyboard, and drawn as figures.

use super::app::App;
use super::page::{id, said};
use crate::harness::Home;
use mainstay_history::{Attempt, Cost, Ended, Exchange, History, Settings, Tokens};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

const MANY: u64 = 20_000;
const END: &str = "\u{E010}";
const DOWN: &str = "\u{E015}";

/// The `n`th of them, a moment before the one before it.
fn exchange(n: u64, now: u64) -> Exchange {
    let member: Arc<str> = Arc::from(["anthropic-primary", "openai-backup", "gemini-fallback"][(n % 3) as usize]);
    let attempt = Attempt {
        member: Arc::clone(&member),
        provider: "openai".into(),
        model: "gpt-5.2".into(),
        started_ms: 0,
        first_content_ms: Some(300 + n % 700),
        took_ms: 900 + n % 3000,
        status: Some(200),
        outcome: "served".into(),
        reason: "served".into(),
        detail: String::new(),
        forced: false,
        again: None,
    };
    Exchange {
        id: format!("mst-{n:08}"),
        started: now - 60_000 - n * 20_000,
        tool: Some("codex".into()),
        dialect: "openai-chat".into(),
        stream: true,
        asked_model: Some("gpt-5.2".into()),
        answered_model: Some("gpt-5.2".into()),
        route: Some("ha-failover".into()),
        candidates: vec![Arc::clone(&member)],
        stuck: false,
        conversation: None,
        skips: Vec::new(),
        attempts: vec![attempt],
        notes: Vec::new(),
        served_by: Some(member),
        status: 200,
        error: None,
        ended: Ended::Served,
        first_content_ms: Some(300 + n % 700),
        total_ms: 900 + n % 3000,
        tokens: Tokens { input: Some(1000), output: Some(100), ..Tokens::default() },
        cost: Some(Cost::Known(315 + n % 900)),
        practice: false,
    }
}

fn seed(home: &Home) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis() as u64;
    std::fs::create_dir_all(home.data()).expect("the data folder");
    let history = History::open(&home.data().join("history.db"), Settings::default(), || {});
    for n in 0..MANY {
        history.record(Arc::new(exchange(n, now)));
        if n % 500 == 0 {
            history.flush().expect("they are written");
        }
    }
    history.flush().expect("all are written");
    history.close(std::time::Duration::from_secs(10));
}

#[tokio::test]
async fn a_history_of_many_thousands_is_scrolled_and_gone_through_by_keyboard() {
    let home = Arc::new(Home::new());
    if !super::needs::are_met() {
        return;
    }
    seed(&home);
    let Some(app) = App::open_at(&home).await else { return };
    let page = &app.page;
    app.go("requests").await;
    page.wait_for(&id("past-mst-00000000")).await;
    let told =
        page.run("return document.querySelector('main:not([hidden]) table').getAttribute('aria-rowcount')").await;
    assert_eq!(told.as_str(), Some("20001"), "all of the last seven days are there");

    // A person drags the bar from top to bottom: however far they are, little is drawn, and each picture comes soon.
    let scroll = "const main = document.querySelector('main:not([hidden])');
        const spans = [];
        let most = 0;
        let last = performance.now();
        return new Promise(done => {
          const step = at => requestAnimationFrame(now => {
            spans.push(now - last);
            last = now;
            most = Math.max(most, main.querySelectorAll('tbody tr').length);
            if (at > 60) return done([spans.toSorted((a, b) => a - b)[Math.floor(spans.length / 2)], most]);
            main.scrollTop = (main.scrollHeight * at) / 60;
            step(at + 1);
          });
          step(0);
        })";
    let scrolled = page.run(scroll).await;
    let (half, most) = (scrolled[0].as_f64().expect("milliseconds"), scrolled[1].as_u64().expect("rows"));
    println!("scrolling: half of the pictures within {half:.0} ms, at most {most} rows drawn");
    assert!(half < 250.0 && most < 120, "{scrolled}");
    page.wait_for(&id("past-mst-00019999")).await;

    page.run("document.querySelector('main:not([hidden])').scrollTop = 0").await;
    let first = format!("{} button", id("past-mst-00000000"));
    page.press(&first, DOWN).await;
    page.wait_for(&format!("{} button:focus", id("past-mst-00000001"))).await;
    page.press(&format!("{} button", id("past-mst-00000001")), END).await;
    page.wait_for("tr[aria-rowindex='20001'] button:focus").await;

    page.click(&said("label", "Statistics")).await;
    page.wait_for("[data-testid=plot]").await;
    page.wait_for("[data-testid=statistics] tfoot").await;
    assert_eq!(page.count("[data-testid=plot] [role=img]").await, 3);
    super::screenshots::keep("statistics-many.png", &page.photograph().await);
    app.close().await;
}
