//! The whole window fits: at its usual size, at its smallest, and at twice the size of everything nothing is cut, nothing
//! lies over anything else, and nothing has to be scrolled sideways; and axe finds nothing in the other browser either.

use crate::door::{has_window, serving, window_of};
use crate::harness::page::{Page, id, said};
use crate::harness::{Chromium, Tongue};
use mainstay_simulator::Fault;
use std::path::Path;

/// The sizes in CSS pixels; the last is the first one at 200 %.
const SIZES: [(u32, u32); 3] = [(1280, 800), (900, 600), (640, 400)];

/// What does not fit, in words.
const MISFITS: &str = r"
  const misfits = [];
  const wide = document.documentElement.clientWidth;
  const name = (e) => `${e.tagName.toLowerCase()} “${(e.innerText || e.getAttribute('aria-label') || e.value || '').slice(0, 40)}”`;
  const main = document.querySelector('main:not([hidden])');
  if (document.documentElement.scrollWidth > wide) misfits.push('the page scrolls sideways');
  if (main.scrollWidth > main.clientWidth + 1) {
    misfits.push('the place scrolls sideways');
    for (const e of main.querySelectorAll('*')) {
      const box = e.getBoundingClientRect();
      if (box.right > main.getBoundingClientRect().right + 1 && box.width > 0 && !e.closest('.sr-only')) misfits.push(`${name(e)} reaches to ${box.right}`);
    }
  }
  const seen = (e) => {
    const box = e.getBoundingClientRect();
    return box.width > 2 && box.height > 2 && e.checkVisibility({ visibilityProperty: true }) && !e.closest('.sr-only, [hidden], [aria-hidden=true]');
  };
  // What holds text that is cut. Boxes that scroll are meant to.
  for (const e of main.querySelectorAll('h1, h2, h3, p, dd, dt, td, th, label, button, span, li, code')) {
    if (!seen(e) || !/hidden|clip/.test(getComputedStyle(e).overflowX)) continue;
    if (e.scrollWidth > e.clientWidth + 1) misfits.push(`${name(e)} is cut`);
  }
  const controls = [...document.querySelectorAll('button, a[href], input, select, textarea, summary')].filter(seen);
  const boxes = controls.map((e) => e.getBoundingClientRect());
  for (let one = 0; one < controls.length; one++) {
    for (let other = one + 1; other < controls.length; other++) {
      const [a, b] = [boxes[one], boxes[other]];
      if (controls[one].contains(controls[other]) || controls[other].contains(controls[one])) continue;
      // The sidebar stays while a place scrolls under nothing; a field may hold a button of its own.
      if (controls[one].closest('main') !== controls[other].closest('main')) continue;
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      const inside = (x, y) => x.left >= y.left - 1 && x.right <= y.right + 1 && x.top >= y.top - 1 && x.bottom <= y.bottom + 1;
      if (across > 2 && down > 2 && !inside(a, b) && !inside(b, a)) misfits.push(`${name(controls[one])} lies over ${name(controls[other])}`);
    }
  }
  return [...new Set(misfits)];";

async fn misfits(page: &Page, what: &str, found: &mut Vec<String>) {
    let told = page.run(MISFITS).await;
    found
        .extend(told.as_array().expect("a list").iter().filter_map(|each| Some(format!("{what}: {}", each.as_str()?))));
}

async fn axe(page: &Page, what: &str, found: &mut Vec<String>) {
    let told = page
        .run("return window.axe.run(document, { resultTypes: ['violations'] }).then(({ passes, violations }) => ({
            passed: passes.length,
            violations: violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`)) }))")
        .await;
    assert!(told["passed"].as_u64().is_some_and(|rules| rules > 10), "axe has looked: {told}");
    let violations = told["violations"].as_array().expect("a list");
    found.extend(violations.iter().filter_map(|each| Some(format!("{what}: {}", each.as_str()?))));
}

#[tokio::test]
async fn every_place_fits_at_every_size_and_is_reachable_in_another_browser() {
    if !has_window().await {
        return;
    }
    let Some(chromium) = Chromium::open(&[]).await else { return };
    let (trio, gateway) = serving(&["--ui"]).await;
    let page = &chromium.page;
    page.visit(&window_of(&gateway)).await;
    page.wait_for_text(&id("live-sentence"), "ha").await;
    trio.at(0).set(Fault::reset());
    for tongue in [Tongue::Anthropic, Tongue::Openai, Tongue::Gemini] {
        assert_eq!(gateway.ask(tongue, "ha", "hi", true).await.status, 200);
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/node_modules/axe-core/axe.min.js");
    page.run(&std::fs::read_to_string(script).expect("axe-core is among the modules of ui")).await;

    let mut found = Vec::new();
    for (width, height) in SIZES {
        page.view(width, height).await;
        let size = format!("{width}×{height}");
        for place in ["live", "profiles", "failover", "accounts", "requests", "connect", "settings"] {
            page.click(&id(&format!("nav-{place}"))).await;
            page.wait_for("main:not([hidden]) h1").await;
            settle(page).await;
            misfits(page, &format!("{place}, {size}"), &mut found).await;
            if (width, height) == SIZES[0] {
                for appearance in ["Light", "Dark"] {
                    page.click(&said("label", appearance)).await;
                    settle(page).await;
                    axe(page, &format!("{place}, {appearance}"), &mut found).await;
                }
            }
        }
        let sections =
            page.run("return [...document.querySelectorAll('[data-testid^=section-]')].map(e => e.dataset.testid)");
        for section in sections.await.as_array().expect("a list").iter().filter_map(|each| each.as_str()) {
            page.click(&id(section)).await;
            settle(page).await;
            misfits(page, &format!("settings, {section}, {size}"), &mut found).await;
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Waits until nothing is asked of the engine and nothing moves.
async fn settle(page: &Page) {
    page.run(
        "return new Promise(done => {
           let still = 0;
           let last = '';
           const look = () => {
             const now = document.body.innerText + document.getAnimations().length;
             still = now === last ? still + 1 : 0;
             last = now;
             if (still > 5) done(true); else requestAnimationFrame(look);
           };
           look();
         })",
    )
    .await;
}
