//! What a failover costs the request that meets it. Each sample has members of its own, whose health nobody has touched.

use super::CHAT;
use crate::bodies::chat;
use crate::load::{Tally, closed, micros};
use crate::nginx::free_port;
use crate::stage::{Stage, ours};
use crate::table::{Rounds, Row};
use crate::wire::Connection;
use std::io;
use std::time::Duration;
use tokio::time::Instant;

/// Samples of a round.
const SAMPLES: usize = 40;

pub(crate) async fn failover(stage: &Stage) -> io::Result<Vec<Row>> {
    let lane = "5. failover";
    // Bound by nobody: it was free a moment ago.
    let closed_port = format!("http://127.0.0.1:{}/v1", free_port()?);
    let kinds =
        [("refuses", closed_port), ("answers 429", stage.fixed("429")), ("dies before content", stage.streams("dies"))];
    let mut rows = Vec::new();
    for (kind, base_url) in kinds {
        let stream = kind.starts_with("dies");
        let healthy = stage.fixed(if stream { "sse" } else { "json" });
        let (mut added, mut worst, mut served, mut asked) = (Rounds::default(), Rounds::default(), 0, 0);
        for _ in 0..stage.plan.rounds {
            let home = stage.home()?;
            home.profile("healthy", &healthy)?;
            for sample in 0..SAMPLES {
                home.profile(&format!("failing-{sample}"), &base_url)?;
                home.balancer(&format!("list-{sample}"), &[format!("failing-{sample}"), "healthy".to_owned()])?;
            }
            let gateway = stage.mainstay(&home)?;
            let target = ours(&gateway, CHAT).target;
            let plain = target.request(&chat("healthy", stream), "");
            closed(&target, &plain, 1, Duration::from_millis(300)).await?;
            let mut connection = Connection::open(target.address).await?;
            let (mut before, mut during) = (Tally::new(), Tally::new());
            for sample in 0..SAMPLES {
                let request = target.request(&chat(&format!("list-{sample}"), stream), "");
                timed(&mut connection, &plain, &mut before).await?;
                timed(&mut connection, &request, &mut during).await?;
            }
            served += during.good;
            asked += during.all();
            added.push(during.at(0.5) - before.at(0.5));
            worst.push(micros(during.latency.max()) - before.at(0.5));
        }
        rows.push(Row::new(lane, format!("first member {kind}: added p50 in µs"), added));
        rows.push(Row::new(lane, format!("first member {kind}: added at most in µs"), worst));
        rows.push(
            Row::new(lane, format!("first member {kind}: served"), format!("{served} of {asked}")).aiming_at("all"),
        );
    }
    Ok(rows)
}

async fn timed(connection: &mut Connection, request: &[u8], tally: &mut Tally) -> io::Result<()> {
    let since = Instant::now();
    let status = connection.exchange(request).await?;
    tally.count(since, Some(status));
    Ok(())
}
