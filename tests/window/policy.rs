//! What the window is held to: the bundled page at its size, nothing foreign in it, and nothing asked of the shell but what
//! it grants.

use super::app::App;
use super::page::{id, said};
use serde_json::json;

#[tokio::test]
async fn the_window_opens_at_its_size_and_shows_the_bundled_page() {
    let Some(app) = App::open().await else { return };
    let page = &app.page;
    assert_eq!(page.title().await, "Mainstay");
    assert_eq!(page.run("return [innerWidth, innerHeight]").await, json!([1280, 800]));
    let fonts = "return document.fonts.ready.then(all => [...all].filter(f => f.status === 'loaded').map(f => f.family).sort())";
    let fonts = page.run(fonts).await;
    let fonts: Vec<&str> = fonts.as_array().expect("a list").iter().filter_map(|font| font.as_str()).collect();
    for font in ["Inter Variable", "JetBrains Mono Variable"] {
        assert!(fonts.contains(&font), "{font} comes with the page: {fonts:?}");
    }

    page.resize(900, 600).await;
    for place in ["live", "profiles", "failover"] {
        app.go(place).await;
        let overflow = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert_eq!(
            page.run(overflow).await,
            json!(0),
            "at the smallest size nothing of {place} is pushed out sideways"
        );
    }
    app.close().await;
}

#[tokio::test]
async fn the_page_learns_its_version_from_the_shell_and_may_ask_for_nothing_that_is_not_granted() {
    let Some(app) = App::open().await else { return };
    app.page.wait_for(&said("p", concat!("Version ", env!("CARGO_PKG_VERSION")))).await;
    for command in ["plugin:app|name", "plugin:window|close", "plugin:clipboard-manager|read_text", "plugin:event|emit"]
    {
        let ask = format!(
            "return window.__TAURI_INTERNALS__.invoke({command:?}).then(() => 'answered', refusal => String(refusal))"
        );
        let refusal = app.page.run(&ask).await;
        assert!(refusal.as_str().is_some_and(|words| words.contains("not allowed")), "{command}: {refusal}");
    }
    app.close().await;
}

#[tokio::test]
async fn the_page_can_reach_no_address_and_run_no_foreign_script() {
    let Some(app) = App::open().await else { return };
    // Addresses that do answer, so that only the policy can be what stops the page.
    for address in [app.page.driver_address(), &app.address] {
        let reach = format!(
            "return new Promise(done => {{
               document.addEventListener('securitypolicyviolation', e => done(e.effectiveDirective), {{ once: true }});
               fetch('{address}/status', {{ mode: 'no-cors' }}).then(() => done('reached'), () => {{}});
             }})"
        );
        assert_eq!(app.page.run(&reach).await, json!("connect-src"));
    }

    let inject = "return new Promise(done => {
        document.addEventListener('securitypolicyviolation', e => done(e.effectiveDirective), { once: true });
        const script = document.createElement('script');
        script.textContent = 'window.injected = true';
        document.body.append(script);
        if (window.injected) done('ran');
      })";
    assert_eq!(app.page.run(inject).await, json!("script-src-elem"));
    app.close().await;
}

/// The page obeys its own policy too: what libraries would inject shows up as a violation, silently, in no other test.
#[tokio::test]
async fn what_a_person_does_in_every_place_breaks_no_policy() {
    let Some(app) = App::open().await else { return };
    let page = &app.page;
    page.run(
        "window.violations = [];
         addEventListener('securitypolicyviolation', e => window.violations.push(e.effectiveDirective + ' ' + e.sourceFile))",
    )
    .await;
    page.click(&id("route-switch")).await;
    page.click(&said("role='menuitemradio'", "practice-gemini (practice)")).await;
    page.wait_for_text(&id("live-sentence"), "practice-gemini alone serves").await;
    app.go("profiles").await;
    page.click(&id("new-profile")).await;
    app.go("failover").await;
    page.click("[aria-label='More for practice-gemini']").await;
    page.click(&said("role='menuitem'", "Move up")).await;
    page.wait_for(&said("button", "Undo")).await;
    assert_eq!(page.run("return window.violations").await, json!([]));
    app.close().await;
}
