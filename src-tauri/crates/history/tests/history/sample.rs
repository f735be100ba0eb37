//! Exchanges to fill a history with.

use mainstay_history::{Attempt, Cost, Ended, Exchange, History, HistoryState, Reader, Settings, Skip, Tokens};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// A morning in 2026, in Unix milliseconds.
pub(crate) const START: u64 = 1_790_000_000_000;
pub(crate) const DAY: u64 = 24 * 60 * 60 * 1000;

/// An exchange that the last of `members` served after the others had hit their limits.
pub(crate) fn served(n: u64, started: u64, members: &[&str]) -> Exchange {
    let last = members.len() - 1;
    let attempt = |(at, member): (usize, &&str)| Attempt {
        member: Arc::from(*member),
        provider: "openai".into(),
        model: "gpt-5.2".into(),
        started_ms: at as u64 * 10,
        first_content_ms: (at == last).then_some(5),
        took_ms: 7,
        status: Some(if at == last { 200 } else { 429 }),
        outcome: if at == last { "served".into() } else { "rate-limited".into() },
        reason: if at == last { "served".into() } else { "hit its rate limit".into() },
        detail: if at == last { String::new() } else { "slow down".into() },
        forced: false,
        again: None,
    };
    Exchange {
        id: format!("req_{n:024x}"),
        started,
        tool: Some("claude-cli".into()),
        dialect: "anthropic".into(),
        stream: true,
        asked_model: Some("ha".into()),
        answered_model: Some("gpt-5.2-2026".into()),
        route: Some("ha".into()),
        candidates: members.iter().map(|member| Arc::from(*member)).collect(),
        stuck: false,
        conversation: None,
        skips: Vec::new(),
        attempts: members.iter().enumerate().map(attempt).collect(),
        notes: Vec::new(),
        served_by: Some(Arc::from(members[last])),
        status: 200,
        error: None,
        ended: Ended::Served,
        first_content_ms: Some(20),
        total_ms: 100,
        tokens: Tokens { input: Some(100), output: Some(10), ..Tokens::default() },
        cost: Some(Cost::Known(315)),
        practice: false,
    }
}

/// The same sequence each time, as varied as life: every field takes several values.
pub(crate) fn varied(n: u64, started: u64) -> Exchange {
    let mut dice = Dice(n.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    const MEMBERS: [&str; 4] = ["anthropic-primary", "openai-backup", "gemini-fallback", "100%_local\\"];
    let tried = 1 + usize::from(dice.one_in(5)) + usize::from(dice.one_in(20));
    let first = dice.below(4) as usize;
    let members: Vec<&str> = (0..tried).map(|at| MEMBERS[(first + at) % 4]).collect();
    let mut exchange = served(n, started, &members);
    exchange.tool = [Some("claude-cli"), Some("codex"), None][dice.below(3) as usize].map(Arc::from);
    exchange.dialect = Arc::from(["anthropic", "openai-chat", "gemini"][dice.below(3) as usize]);
    exchange.route = Some(Arc::from(["ha", "shared", "single"][dice.below(3) as usize]));
    exchange.stream = dice.one_in(2);
    exchange.stuck = dice.one_in(3);
    exchange.conversation = (!dice.one_in(4)).then(|| u64::MAX - dice.below(50));
    exchange.practice = dice.one_in(10);
    exchange.first_content_ms = (!dice.one_in(9)).then(|| dice.below(3_000));
    exchange.total_ms = dice.below(60_000);
    exchange.tokens = Tokens {
        input: Some(dice.below(100_000)),
        cached: dice.one_in(2).then(|| dice.below(1_000)),
        written: dice.one_in(3).then(|| dice.below(1_000)),
        output: Some(dice.below(4_000)),
        reasoning: dice.one_in(2).then(|| dice.below(1_000)),
        estimated: dice.one_in(8),
    };
    if dice.one_in(15) {
        exchange.tokens = Tokens::default();
    }
    exchange.cost = Some(match dice.below(5) {
        0 => Cost::Included,
        1 => Cost::Unknown,
        _ => Cost::Known(dice.below(1_000_000)),
    });
    if dice.one_in(6) {
        exchange.skips = vec![Skip {
            member: "openai-backup".into(),
            reason: "cooling: hit its rate limit".into(),
            until: Some(started),
        }];
        exchange.notes = vec!["temperature was left out: \"gpt-5.2\" refuses it".to_owned()];
    }
    match dice.below(12) {
        0 => {
            exchange.ended = Ended::Failed;
            (exchange.served_by, exchange.cost, exchange.status) = (None, None, 503);
            exchange.error = Some("all_members_failed".into());
            exchange.attempts.last_mut().unwrap().outcome = "server-error".into();
        }
        1 => exchange.ended = Ended::Truncated,
        2 => exchange.ended = Ended::Cancelled,
        _ => {}
    }
    exchange
}

/// A small sequence of numbers that looks like chance (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % end
    }

    fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}

/// A history that tries a broken file again soon, and keeps everything.
pub(crate) fn open(path: &Path) -> History {
    History::open(path, settings(), || {})
}

pub(crate) fn settings() -> Settings {
    let mut settings = Settings { retry: Duration::from_millis(20), ..Settings::default() };
    settings.retention.days = 100_000;
    settings
}

/// A history that holds these.
pub(crate) fn holding(path: &Path, exchanges: &[Exchange]) -> (History, Reader) {
    let history = open(path);
    for exchange in exchanges {
        history.record(Arc::new(exchange.clone()));
    }
    history.flush().unwrap();
    let reader = history.reader().unwrap();
    (history, reader)
}

/// Waits for something to be so, looking again and again.
pub(crate) fn until(what: &str, mut so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what} never came");
        thread::yield_now();
    }
}

/// The word for what is amiss; empty when nothing is.
pub(crate) fn code(history: &History) -> &'static str {
    match history.info().state {
        HistoryState::Ok => "",
        HistoryState::Degraded { code, message, hint } => {
            assert!(message.ends_with('.') && !hint.is_empty(), "{code}: {message} {hint}");
            code
        }
    }
}
