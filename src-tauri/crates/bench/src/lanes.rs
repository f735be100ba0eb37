//! What is measured, a lane each.

pub(crate) mod failover;
pub(crate) mod growth;
pub(crate) mod memory;
pub(crate) mod paced;
pub(crate) mod whole;

use crate::load::closed;
use crate::process::Group;
use crate::stage::Contender;
use std::io;
use std::time::Duration;

/// How long connections and caches are warmed.
const WARM: Duration = Duration::from_millis(500);
/// The path of OpenAI Chat Completions at ours.
pub(crate) const CHAT: &str = "/v1/chat/completions";
/// That of Anthropic Messages.
pub(crate) const MESSAGES: &str = "/v1/messages";

/// What one stretch of load over kept connections cost.
pub(crate) struct Cost {
    /// Microseconds of processor time for each request; not a number where nothing stands between load and upstream.
    pub(crate) processor: f64,
    /// Requests a second.
    pub(crate) rate: f64,
    /// Microseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

/// Loads a contender, and sees that everything was answered.
pub(crate) async fn cost(one: &Contender, request: &[u8], connections: usize, over: Duration) -> io::Result<Cost> {
    closed(&one.target, request, connections, WARM).await?;
    let before = processor(one.group.as_ref());
    let tally = closed(&one.target, request, connections, over).await?;
    let spent = processor(one.group.as_ref()) - before;
    if tally.bad > 0 {
        let name = &one.target.name;
        return Err(io::Error::other(format!("{name} failed {} of {} requests", tally.bad, tally.all())));
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of some seconds")]
    let count = tally.all() as f64;
    Ok(Cost {
        processor: if one.group.is_some() { spent.as_secs_f64() * 1e6 / count } else { f64::NAN },
        rate: count / tally.took.as_secs_f64(),
        p50: tally.at(0.5),
        p99: tally.at(0.99),
    })
}

pub(crate) fn processor(group: Option<&Group>) -> Duration {
    group.map(Group::processor).unwrap_or_default()
}
