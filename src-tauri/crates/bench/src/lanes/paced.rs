//! Streams as models talk: 64 events, 20 ms apart, many at once.

use super::{CHAT, processor};
use crate::bodies::chat;
use crate::load::micros;
use crate::stage::{Contender, Stage, ours};
use crate::streams::listen;
use crate::table::{Rounds, Row};
use std::io;
use std::time::Duration;

const EVENTS: u32 = 64;
const BETWEEN: u32 = 20;

#[derive(Default)]
struct Costs {
    first: Rounds,
    first99: Rounds,
    way: Rounds,
    way99: Rounds,
    processor: Rounds,
    short: u64,
}

/// Added time to the first content and of each event, and processor time for each event.
pub(crate) async fn paced(stage: &Stage) -> io::Result<Vec<Row>> {
    let kind = format!("paced/{EVENTS}/{BETWEEN}");
    let home = stage.home()?;
    home.profile("paced", &stage.streams(&kind))?;
    let gateway = stage.mainstay(&home)?;
    let mut rows = Vec::new();
    for (lane, count) in [("3. 200 paced streams", 200), ("3. 2 000 paced streams", 2_000)] {
        let contenders = [stage.direct(&kind), stage.nginx(&kind), ours(&gateway, CHAT)];
        let mut costs: [Costs; 3] = Default::default();
        for _ in 0..stage.plan.rounds {
            for (contender, costs) in contenders.iter().zip(&mut costs) {
                round(contender, count, costs).await?;
            }
        }
        let [direct, rest @ ..] = &costs;
        rows.push(Row::new(lane, "direct, first content in µs, p50", &direct.first));
        rows.push(Row::new(lane, "direct, way of an event in µs, p99", &direct.way99));
        for (contender, costs) in contenders[1..].iter().zip(rest) {
            let name = &contender.target.name;
            rows.push(Row::new(
                lane,
                format!("{name}, added to first content, p50 in µs"),
                costs.first.over(&direct.first),
            ));
            rows.push(Row::new(
                lane,
                format!("{name}, added to first content, p99 in µs"),
                costs.first99.over(&direct.first99),
            ));
            rows.push(Row::new(lane, format!("{name}, added to an event, p50 in µs"), costs.way.over(&direct.way)));
            rows.push(Row::new(lane, format!("{name}, added to an event, p99 in µs"), costs.way99.over(&direct.way99)));
            rows.push(Row::new(lane, format!("{name}, processor in µs an event"), &costs.processor));
            if costs.short > 0 {
                rows.push(Row::new(lane, format!("{name}, streams that were cut"), costs.short));
            }
        }
        rows.push(Row::new(lane, "Mainstay, processor by nginx's", costs[2].processor.per(&costs[1].processor)));
    }
    Ok(rows)
}

async fn round(contender: &Contender, count: u32, costs: &mut Costs) -> io::Result<()> {
    let request = contender.target.request(&chat("paced", true), "");
    let before = processor(contender.group.as_ref());
    let heard = listen(&contender.target, &request, count, u64::from(EVENTS), Duration::from_secs(1)).await?;
    let spent = processor(contender.group.as_ref()) - before;
    costs.first.push(micros(heard.first.value_at_quantile(0.5)));
    costs.first99.push(micros(heard.first.value_at_quantile(0.99)));
    costs.way.push(micros(heard.way.value_at_quantile(0.5)));
    costs.way99.push(micros(heard.way.value_at_quantile(0.99)));
    #[expect(clippy::cast_precision_loss, reason = "a count of some seconds")]
    costs.processor.push(spent.as_secs_f64() * 1e6 / heard.events.max(1) as f64);
    costs.short += heard.short;
    Ok(())
}
