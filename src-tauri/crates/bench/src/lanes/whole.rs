//! Whole answers, and streams that come at once: one connection, sixteen, in the same dialect and translated, and bodies of
//! several sizes.

use super::{CHAT, Cost, MESSAGES, cost};
use crate::bodies::{chat, messages, sized};
use crate::load::paced;
use crate::stage::{Contender, Stage, ours};
use crate::table::{Rounds, Row};
use std::io;

/// The rounds of one contender.
#[derive(Default)]
struct Costs {
    processor: Rounds,
    rate: Rounds,
    p50: Rounds,
    p99: Rounds,
}

impl Costs {
    fn add(&mut self, cost: &Cost) {
        self.processor.push(cost.processor);
        self.rate.push(cost.rate);
        self.p50.push(cost.p50);
        self.p99.push(cost.p99);
    }
}

/// Who is loaded, and with what.
struct Entry {
    contender: Contender,
    request: Vec<u8>,
    costs: Costs,
}

impl Entry {
    fn new(contender: Contender, body: &[u8]) -> Self {
        let request = contender.target.request(body, "anthropic-version: 2023-06-01\r\n");
        Self { contender, request, costs: Costs::default() }
    }

    fn name(&self) -> &str {
        &self.contender.target.name
    }
}

/// Loads each in turn, round after round.
async fn interleave(stage: &Stage, entries: &mut [Entry], connections: usize) -> io::Result<()> {
    for _ in 0..stage.plan.rounds {
        for entry in &mut *entries {
            let cost = cost(&entry.contender, &entry.request, connections, stage.plan.over).await?;
            entry.costs.add(&cost);
        }
    }
    Ok(())
}

/// Direct, nginx, ours and the others, with a body of the same dialect as the upstream's.
fn contenders(stage: &Stage, kind: &str, mine: Contender, body: &[u8]) -> Vec<Entry> {
    let mut all = vec![stage.direct(kind), stage.nginx(kind), mine];
    all.extend(stage.others());
    all.into_iter().map(|contender| Entry::new(contender, body)).collect()
}

/// One connection: the time that each adds.
pub(crate) async fn one(stage: &Stage) -> io::Result<Vec<Row>> {
    let home = stage.home()?;
    let gateway = stage.mainstay(&home)?;
    let mut entries = contenders(stage, "json", ours(&gateway, CHAT), &chat("gpt-5", false));
    interleave(stage, &mut entries, 1).await?;
    let (direct, rest) = entries.split_first().expect("direct is one");
    let lane = "1. one connection";
    let mut rows = vec![Row::new(lane, "direct, p50 in µs", &direct.costs.p50)];
    for entry in rest {
        rows.push(Row::new(
            lane,
            format!("{}, added p50 in µs", entry.name()),
            entry.costs.p50.over(&direct.costs.p50),
        ));
        rows.push(Row::new(
            lane,
            format!("{}, added p99 in µs", entry.name()),
            entry.costs.p99.over(&direct.costs.p99),
        ));
    }
    Ok(rows)
}

/// Sixteen connections: processor time and rate, passing through.
pub(crate) async fn sixteen(stage: &Stage) -> io::Result<Vec<Row>> {
    let home = stage.home()?;
    let gateway = stage.mainstay(&home)?;
    let mut entries = contenders(stage, "json", ours(&gateway, CHAT), &chat("gpt-5", false));
    interleave(stage, &mut entries, 16).await?;
    let mut rows = against_nginx("2. 16 connections", &entries, "≤ 2.0");
    rows.extend(steady(stage, &entries).await?);
    Ok(rows)
}

/// The same at a steady rate that each can hold: what a request waits there is its own.
async fn steady(stage: &Stage, entries: &[Entry]) -> io::Result<Vec<Row>> {
    const RATE: u32 = 2_000;
    let mut times: Vec<[Rounds; 2]> = entries.iter().map(|_| Default::default()).collect();
    for _ in 0..stage.plan.rounds {
        for (entry, [p50, p99]) in entries.iter().zip(&mut times) {
            let tally = paced(&entry.contender.target, &entry.request, 16, RATE, stage.plan.over).await?;
            p50.push(tally.at(0.5));
            p99.push(tally.at(0.99));
        }
    }
    let lane = "2. 2 000 a second";
    let (direct, rest) = times.split_first().expect("direct is one");
    let mut rows = Vec::new();
    for (entry, [p50, p99]) in entries[1..].iter().zip(rest) {
        rows.push(Row::new(lane, format!("{}, added p50 in µs", entry.name()), p50.over(&direct[0])));
        rows.push(Row::new(lane, format!("{}, added p99 in µs", entry.name()), p99.over(&direct[1])));
    }
    Ok(rows)
}

fn against_nginx(lane: &'static str, entries: &[Entry], target: &str) -> Vec<Row> {
    let nginx = &entries.iter().find(|entry| entry.name() == "nginx").expect("nginx is one").costs;
    let mut rows = Vec::new();
    for entry in entries.iter().filter(|entry| entry.contender.group.is_some()) {
        let name = entry.name();
        rows.push(Row::new(lane, format!("{name}, processor in µs a request"), &entry.costs.processor));
        if name != "nginx" {
            let row =
                Row::new(lane, format!("{name}, processor by nginx's"), entry.costs.processor.per(&nginx.processor));
            rows.push(if name == "Mainstay" { row.aiming_at(target) } else { row });
        }
    }
    for entry in entries {
        rows.push(Row::new(lane, format!("{}, requests a second", entry.name()), &entry.costs.rate));
    }
    rows
}

/// Anthropic Messages in front of OpenAI Chat Completions, whole and streamed, beside the same passed through.
pub(crate) async fn translated(stage: &Stage) -> io::Result<Vec<Row>> {
    let home = stage.home()?;
    let gateway = stage.mainstay(&home)?;
    let mut rows = Vec::new();
    for (kind, model, stream, lane) in
        [("json", "gpt-5", false, "4. translated, whole"), ("sse", "sse", true, "4. translated, 16 events")]
    {
        let mut passing = ours(&gateway, CHAT);
        passing.target.name = "Mainstay passing through".to_owned();
        let mut entries = vec![
            Entry::new(stage.nginx(kind), &chat(model, stream)),
            Entry::new(passing, &chat(model, stream)),
            Entry::new(ours(&gateway, MESSAGES), &messages(model, stream)),
        ];
        interleave(stage, &mut entries, 16).await?;
        let by = entries[2].costs.processor.per(&entries[1].costs.processor);
        rows.extend(against_nginx(lane, &entries, if stream { "" } else { "≤ 3.0" }));
        rows.push(Row::new(lane, "Mainstay, processor by its own passing through", by).aiming_at("≤ 4.0"));
    }
    Ok(rows)
}

/// Bodies of three sizes, passing through, to a provider that reads them to their end.
pub(crate) async fn sizes(stage: &Stage) -> io::Result<Vec<Row>> {
    let home = stage.home()?;
    home.profile("whole", &stage.streams("whole"))?;
    let gateway = stage.mainstay(&home)?;
    let mut rows = Vec::new();
    for (lane, bytes, connections) in
        [("7. body of 1 kB", 1_000, 16), ("7. body of 100 kB", 100_000, 16), ("7. body of 5 MB", 5_000_000, 4)]
    {
        let mut entries = contenders(stage, "whole", ours(&gateway, CHAT), &sized("whole", bytes));
        interleave(stage, &mut entries, connections).await?;
        rows.extend(against_nginx(lane, &entries, ""));
    }
    Ok(rows)
}
