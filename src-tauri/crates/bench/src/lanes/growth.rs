//! Whether a request costs more where there is more: profiles, members, history, open streams.

use super::{CHAT, cost};
use crate::bodies::chat;
use crate::gateway::Home;
use crate::past::fill;
use crate::stage::{Stage, ours};
use crate::streams::hold;
use crate::table::{Rounds, Row};
use std::io;

const LANE: &str = "growth";
/// Between two events of an open stream: nothing of the cost is to be theirs.
const SILENT: &str = "paced/2/600000";

/// One way to be more.
struct Way {
    what: &'static str,
    amounts: [u32; 2],
    /// Makes the folders for an amount.
    home: fn(&Stage, u32) -> io::Result<Home>,
    /// Whether the amount is one of open streams.
    streams: bool,
}

pub(crate) async fn growth(stage: &Stage) -> io::Result<Vec<Row>> {
    let ways = [
        Way { what: "profiles", amounts: [10, 1_000], home: profiles, streams: false },
        Way { what: "members", amounts: [3, 50], home: members, streams: false },
        Way { what: "exchanges in the history", amounts: [0, 500_000], home: history, streams: false },
        Way { what: "open streams", amounts: [10, 5_000], home: streams, streams: true },
    ];
    let mut rows = Vec::new();
    for Way { what, amounts, home, streams } in ways {
        let mut few = Rounds::default();
        let mut many = Rounds::default();
        let homes = [home(stage, amounts[0])?, home(stage, amounts[1])?];
        let gateways = [stage.mainstay(&homes[0])?, stage.mainstay(&homes[1])?];
        let mut held = Vec::new();
        for (gateway, amount) in gateways.iter().zip(amounts).filter(|_| streams) {
            let target = ours(gateway, CHAT).target;
            held.push(hold(&target, &target.request(&chat("silent", true), ""), amount).await?);
        }
        for _ in 0..stage.plan.rounds {
            for (gateway, costs) in gateways.iter().zip([&mut few, &mut many]) {
                let mine = ours(gateway, CHAT);
                let request = mine.target.request(&chat("gpt-5", false), "");
                costs.push(cost(&mine, &request, 16, stage.plan.over).await?.processor);
            }
        }
        let [least, most] = amounts;
        rows.push(Row::new(LANE, format!("{least} {what}: processor in µs a request"), &few));
        rows.push(Row::new(LANE, format!("{most} {what}: processor in µs a request"), &many));
        rows.push(Row::new(LANE, format!("{most} by {least} {what}"), many.per(&few)).aiming_at("1"));
    }
    Ok(rows)
}

fn profiles(stage: &Stage, amount: u32) -> io::Result<Home> {
    let home = stage.home()?;
    for index in 0..amount {
        home.profile(&format!("more-{index}"), &stage.fixed("json"))?;
    }
    Ok(home)
}

fn members(stage: &Stage, amount: u32) -> io::Result<Home> {
    let home = stage.home()?;
    let names: Vec<String> = (0..amount).map(|index| format!("member-{index}")).collect();
    for name in &names {
        home.profile(name, &stage.fixed("json"))?;
    }
    home.balancer("long", &names)?;
    home.activate("long")?;
    Ok(home)
}

fn history(stage: &Stage, amount: u32) -> io::Result<Home> {
    let home = stage.home()?;
    fill(&home.data().join("history.db"), amount)?;
    Ok(home)
}

fn streams(stage: &Stage, _: u32) -> io::Result<Home> {
    let home = stage.home()?;
    home.profile("silent", &stage.streams(SILENT))?;
    Ok(home)
}
