//! The real window: the desktop binary on a virtual screen, driven through WebDriver as a person would use it.
//!
//! Few and broad on purpose. What a component does is tested beside it; here stands only what no other test can see:
//! that the binary opens, shows the bundled page, reaches the shell, and is held to its policy.
#![cfg(target_os = "linux")]

mod driver;
mod needs;
mod screen;

use driver::Window;
use serde_json::json;

#[tokio::test]
async fn the_window_opens_at_its_size_and_shows_the_bundled_page() {
    let Some(window) = Window::open().await else { return };

    assert_eq!(window.title().await, "Mainstay");
    assert_eq!(window.text("h1").await, "The gateway runs in your terminal");
    assert_eq!(window.run("return [innerWidth, innerHeight]").await, json!([1280, 800]));
    let fonts =
        "return document.fonts.ready.then(all => [...all].filter(f => f.status === 'loaded').map(f => f.family))";
    assert_eq!(window.run(fonts).await, json!(["Inter Variable", "JetBrains Mono Variable"]));

    window.resize(900, 600).await;
    let overflow = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
    assert_eq!(window.run(overflow).await, json!(0), "at the smallest size nothing is pushed out sideways");
    window.close().await;
}

#[tokio::test]
async fn the_page_learns_its_version_from_the_shell_and_may_ask_for_nothing_else() {
    let Some(window) = Window::open().await else { return };

    window.wait_for_text(concat!("Version ", env!("CARGO_PKG_VERSION"))).await;
    let refused = "return window.__TAURI_INTERNALS__.invoke('plugin:app|name').then(() => 'answered', () => 'refused')";
    assert_eq!(window.run(refused).await, json!("refused"));
    window.close().await;
}

#[tokio::test]
async fn the_page_can_reach_no_address_and_run_no_foreign_script() {
    let Some(window) = Window::open().await else { return };

    // An address that does answer, so that only the policy can be what stops the page.
    let reach = format!(
        "return new Promise(done => {{
           document.addEventListener('securitypolicyviolation', e => done(e.effectiveDirective), {{ once: true }});
           fetch('{}/status', {{ mode: 'no-cors' }}).then(() => done('reached'), () => {{}});
         }})",
        window.driver_address()
    );
    assert_eq!(window.run(&reach).await, json!("connect-src"));

    let inject = "return new Promise(done => {
        document.addEventListener('securitypolicyviolation', e => done(e.effectiveDirective), { once: true });
        const script = document.createElement('script');
        script.textContent = 'window.injected = true';
        document.body.append(script);
        if (window.injected) done('ran');
      })";
    assert_eq!(window.run(inject).await, json!("script-src-elem"));
    window.close().await;
}

#[tokio::test]
async fn a_click_copies_a_command_and_another_turns_the_window_dark() {
    let Some(window) = Window::open().await else { return };

    window.click("main button").await;
    window.wait_for_text("Copied").await;

    let background = "return getComputedStyle(document.documentElement).backgroundColor";
    window.click("label:has(input[name=appearance]):nth-of-type(2)").await;
    assert_eq!(window.run(background).await, json!("rgb(246, 247, 248)"));
    let light = window.screenshot("window-light.png").await;
    window.click("label:has(input[name=appearance]):nth-of-type(3)").await;
    assert_eq!(window.run(background).await, json!("rgb(14, 17, 19)"));
    let dark = window.screenshot("window-dark.png").await;
    assert_ne!(light, dark, "what is painted follows what is chosen");
    window.close().await;
}
