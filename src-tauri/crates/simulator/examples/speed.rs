//! How many requests a practice provider answers in a second, asked by 64 clients on the same machine.
//!
//! `cargo run --release --package mainstay-simulator --example speed` prints one line for each protocol.

use std::{
    io::Write as _,
    time::{Duration, Instant},
};

use mainstay_simulator::{Practice, Simulator, Speaks};
use serde_json::{Value, json};

const CLIENTS: usize = 64;
const FOR: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The client is built with TLS, which wants a provider even where only loopback is spoken to.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (chat, gemini) = ("/chat/completions", "/v1beta/models/m:generateContent");
    let said = json!([{"role": "user", "content": "hello there"}]);
    let turns: [(Speaks, &str, Value); 4] = [
        (Speaks::Anthropic, "/v1/messages", json!({"model": "m", "max_tokens": 99, "messages": said})),
        (Speaks::OpenaiChat, chat, json!({"model": "m", "messages": said, "stream": true})),
        (Speaks::OpenaiResponses, "/responses", json!({"model": "m", "input": "hello there"})),
        (Speaks::Gemini, gemini, json!({"contents": [{"role": "user", "parts": [{"text": "hello there"}]}]})),
    ];
    let mut stdout = std::io::stdout();
    for (speaks, path, body) in turns {
        let simulator = Simulator::start(vec![Practice::new("speed", speaks, "m")]).await?;
        let running = &simulator.providers()[0];
        let client = reqwest::Client::builder().no_proxy().build()?;
        let request = client.post(format!("{}{path}", running.base_url)).json(&body);
        let request = request.header("x-api-key", "k").header("anthropic-version", "2023-06-01");
        let request = request.header("x-goog-api-key", "k").bearer_auth("k").build()?;
        let begun = Instant::now();
        let clients = (0..CLIENTS).map(|_| {
            let (client, request) = (client.clone(), request.try_clone());
            tokio::spawn(async move {
                while let Some(request) = request.as_ref().and_then(reqwest::Request::try_clone)
                    && begun.elapsed() < FOR
                {
                    client.execute(request).await?.error_for_status()?.bytes().await?;
                }
                Ok::<(), reqwest::Error>(())
            })
        });
        for client in clients.collect::<Vec<_>>() {
            client.await??;
        }
        let rate = running.count() as f64 / begun.elapsed().as_secs_f64();
        writeln!(stdout, "{}: {rate:.0} requests per second", speaks.as_str())?;
    }
    Ok(())
}
