//! Resident memory: idle, under load, after it, and with thousands of open streams.

use super::{CHAT, WARM};
use crate::bodies::chat;
use crate::load::closed;
use crate::process::Group;
use crate::stage::{Stage, ours};
use crate::streams::hold;
use crate::table::{Rounds, Row};
use std::io;
use std::time::Duration;
use tokio::time::{interval, sleep};

const STREAMS: u32 = 5_000;
/// Between two events of an open stream, so that holding them is all that there is to do.
const SLOWLY: &str = "paced/600/1000";

/// Megabytes.
#[expect(clippy::cast_precision_loss, reason = "less than a terabyte")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// The most that was resident while `work` went on.
async fn most<T>(group: &Group, work: impl Future<Output = T>) -> (u64, T) {
    let (mut most, mut clock) = (0, interval(Duration::from_millis(50)));
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return (most.max(group.resident()), done),
            _ = clock.tick() => most = most.max(group.resident()),
        }
    }
}

pub(crate) async fn memory(stage: &Stage) -> io::Result<Vec<Row>> {
    let lane = "6. memory";
    let [mut idle, mut loaded, mut after, mut streaming] = std::array::from_fn(|_| Rounds::default());
    for _ in 0..stage.plan.rounds {
        let home = stage.home()?;
        home.profile("slow", &stage.streams(SLOWLY))?;
        let gateway = stage.mainstay(&home)?;
        let mine = ours(&gateway, CHAT);
        let group = mine.group.clone().expect("ours has processes");
        sleep(WARM).await;
        idle.push(megabytes(group.resident()));
        let request = mine.target.request(&chat("gpt-5", false), "");
        let (peak, load) = most(&group, closed(&mine.target, &request, 16, stage.plan.over * 2)).await;
        load?;
        loaded.push(megabytes(peak));
        sleep(WARM * 2).await;
        after.push(megabytes(group.resident()));
        let request = mine.target.request(&chat("slow", true), "");
        let (peak, open) = most(&group, hold(&mine.target, &request, STREAMS)).await;
        let open = open?;
        if open.count() < STREAMS as usize {
            return Err(io::Error::other(format!("only {} streams stayed open", open.count())));
        }
        streaming.push(megabytes(peak));
    }
    Ok(vec![
        Row::new(lane, "Mainstay, idle, in MB", idle),
        Row::new(lane, "Mainstay, at most under the load of lane 2, in MB", loaded).aiming_at("≤ 20"),
        Row::new(lane, "Mainstay, after it, in MB", after),
        Row::new(lane, "Mainstay, with 5 000 open streams, in MB", streaming).aiming_at("≤ 150"),
    ])
}
