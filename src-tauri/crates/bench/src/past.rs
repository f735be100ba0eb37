//! A history as a heavy user has it after months, written by the product's own writer.

use mainstay_history::{Attempt, Ended, Exchange, History, Retention, Settings, Tokens};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// So many are handed over before they are waited for: the queue holds more.
const AT_ONCE: u32 = 8_000;

/// Writes `count` exchanges of the last 30 days into a new history.
pub(crate) fn fill(path: &Path, count: u32) -> io::Result<()> {
    let retention = Retention::default();
    let history = History::open(path, Settings { retention, ..Settings::default() }, || {});
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(io::Error::other)?;
    let begun = now.saturating_sub(Duration::from_secs(30 * 86_400));
    for index in 0..count {
        let at = begun + (now - begun) / count * index;
        history.record(Arc::new(exchange(index, u64::try_from(at.as_millis()).unwrap_or(0))));
        if index % AT_ONCE == AT_ONCE - 1 {
            history.flush().map_err(io::Error::other)?;
        }
    }
    history.flush().map_err(io::Error::other)?;
    history.close(Duration::from_secs(60));
    Ok(())
}

fn exchange(index: u32, started: u64) -> Exchange {
    let member: Arc<str> = Arc::from(["first", "second", "third"][index as usize % 3]);
    let took = 800 + u64::from(index % 700);
    Exchange {
        id: format!("req_{index:024x}"),
        started,
        tool: Some("claude-cli".into()),
        dialect: "openai-chat".into(),
        stream: index.is_multiple_of(2),
        asked_model: Some("gpt-5".into()),
        answered_model: Some("bench".into()),
        route: Some("list".into()),
        candidates: vec![Arc::clone(&member)],
        stuck: false,
        conversation: None,
        skips: Vec::new(),
        attempts: vec![Attempt {
            member: Arc::clone(&member),
            provider: "openai".into(),
            model: "bench".into(),
            started_ms: 0,
            first_content_ms: Some(took / 2),
            took_ms: took,
            status: Some(200),
            outcome: "served".into(),
            reason: "served".into(),
            detail: String::new(),
            forced: false,
            again: None,
        }],
        notes: Vec::new(),
        served_by: Some(member),
        status: 200,
        error: None,
        ended: Ended::Served,
        first_content_ms: Some(took / 2),
        total_ms: took,
        tokens: Tokens { input: Some(560), output: Some(80), ..Tokens::default() },
        cost: None,
        practice: false,
    }
}
