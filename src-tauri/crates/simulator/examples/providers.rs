//! Practice providers by themselves, one for each protocol, for programs that test against them.
//!
//! Prints one line, `{"practice":[{"speaks":"anthropic","model":…,"base_url":…,"control":…,"control_token":…},…]}`, and serves until it
//! is ended.

use std::io::Write as _;

use mainstay_simulator::{Practice, Simulator, Speaks};
use serde_json::json;

const PROVIDERS: [(&str, Speaks, &str); 4] = [
    ("anthropic", Speaks::Anthropic, "claude-sonnet-4-5-20250929"),
    ("openai-chat", Speaks::OpenaiChat, "gpt-5.2"),
    ("openai-responses", Speaks::OpenaiResponses, "gpt-5.2"),
    ("gemini", Speaks::Gemini, "gemini-3-pro-preview"),
];

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let practice = PROVIDERS.map(|(name, speaks, model)| Practice::new(name, speaks, model).true_to_model());
    let simulator = Simulator::start(practice.into()).await?;
    let list: Vec<_> = simulator
        .providers()
        .iter()
        .zip(PROVIDERS)
        .map(|(running, (name, _, model))| {
            json!({
                "speaks": name,
                "model": model,
                "base_url": running.base_url,
                "control": running.control,
                "control_token": simulator.control_token(),
            })
        })
        .collect();
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{}", json!({ "practice": list }))?;
    stdout.flush()?;
    std::future::pending().await
}
