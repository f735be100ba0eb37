use crate::sample::{START, holding, served, varied};
use mainstay_history::{By, Cost, Costs, Ended, Exchange, Filter, Group, StatisticsQuery};
use std::collections::BTreeMap;
use std::sync::Arc;

fn rank(mut values: Vec<u64>, percent: usize) -> Option<u64> {
    values.sort_unstable();
    values.get((values.len() * percent).div_ceil(100).max(1) - 1).copied()
}

/// What a group of exchanges must say, reckoned the long way.
fn check(group: &Group, of: &[&Exchange]) {
    let count = |which: &dyn Fn(&Exchange) -> bool| of.iter().filter(|exchange| which(exchange)).count() as u64;
    let sum = |what: &dyn Fn(&Exchange) -> Option<u64>| of.iter().filter_map(|exchange| what(exchange)).sum::<u64>();
    assert_eq!(group.requests, of.len() as u64);
    assert_eq!(group.served, count(&|exchange| exchange.ended == Ended::Served));
    assert_eq!(group.failed, count(&|exchange| exchange.ended == Ended::Failed));
    assert_eq!(group.truncated, count(&|exchange| exchange.ended == Ended::Truncated));
    assert_eq!(group.cancelled, count(&|exchange| exchange.ended == Ended::Cancelled));
    assert_eq!(group.failovers, count(&Exchange::failed_over));
    assert_eq!(group.saved, count(&Exchange::saved));
    let served = || of.iter().filter(|exchange| exchange.ended == Ended::Served);
    for (percent, first, total) in [
        (50, group.first_content.p50, group.total.p50),
        (95, group.first_content.p95, group.total.p95),
        (99, group.first_content.p99, group.total.p99),
    ] {
        assert_eq!(first, rank(served().filter_map(|exchange| exchange.first_content_ms).collect(), percent));
        assert_eq!(total, rank(served().map(|exchange| exchange.total_ms).collect(), percent));
    }
    let tokens = |estimated: bool, what: &dyn Fn(&Exchange) -> Option<u64>| {
        sum(&|exchange| what(exchange).filter(|_| exchange.tokens.estimated == estimated))
    };
    assert_eq!(group.tokens.input, tokens(false, &|exchange| exchange.tokens.input));
    assert_eq!(group.tokens.cached, tokens(false, &|exchange| exchange.tokens.cached));
    assert_eq!(group.tokens.written, tokens(false, &|exchange| exchange.tokens.written));
    assert_eq!(group.tokens.output, tokens(false, &|exchange| exchange.tokens.output));
    assert_eq!(group.tokens.reasoning, tokens(false, &|exchange| exchange.tokens.reasoning));
    assert_eq!(group.tokens.estimated_input, tokens(true, &|exchange| exchange.tokens.input));
    assert_eq!(group.tokens.estimated_output, tokens(true, &|exchange| exchange.tokens.output));
    let unknown = |exchange: &Exchange| exchange.tokens.input.is_none() && exchange.served_by.is_some();
    assert_eq!(group.tokens.unknown, count(&unknown));
    let cost = Costs {
        micro_usd: sum(&|exchange| exchange.cost.and_then(Cost::micro_usd)),
        known: count(&|exchange| matches!(exchange.cost, Some(Cost::Known(_)))),
        included: count(&|exchange| exchange.cost == Some(Cost::Included)),
        unknown: count(&|exchange| exchange.cost == Some(Cost::Unknown)),
    };
    assert_eq!(group.cost, cost);
}

#[test]
fn every_figure_agrees_with_the_long_way_in_every_grouping() {
    let dir = tempfile::tempdir().unwrap();
    let all: Vec<Exchange> = (0..3_000).map(|n| varied(n, START + n * 60_000)).collect();
    let (_history, reader) = holding(&dir.path().join("history.db"), &all);
    let filter = Filter { from: Some(START + 200 * 60_000), practice: Some(false), ..Filter::default() };
    let meant: Vec<&Exchange> = all.iter().filter(|exchange| filter.matches(exchange)).collect();
    type KeyOf = fn(&Exchange) -> Option<Arc<str>>;
    let keys: [(By, KeyOf); 4] = [
        (By::Member, |exchange| exchange.member().cloned()),
        (By::Route, |exchange| exchange.route.clone()),
        (By::Tool, |exchange| exchange.tool.clone()),
        (By::Model, |exchange| exchange.owner().map(|owner| Arc::clone(&owner.model))),
    ];
    let mut groupings: Vec<Vec<(By, KeyOf)>> = keys.iter().map(|key| vec![*key]).collect();
    groupings.push(Vec::new());
    groupings.push(vec![keys[1], keys[0], keys[2]]);
    for grouping in groupings {
        let by: Vec<By> = grouping.iter().map(|(by, _)| *by).collect();
        let statistics = reader.statistics(&StatisticsQuery { filter: filter.clone(), by: by.clone() }).unwrap();
        let mut groups: BTreeMap<Vec<Option<Arc<str>>>, Vec<&Exchange>> = BTreeMap::new();
        for exchange in &meant {
            groups.entry(grouping.iter().map(|(_, key)| key(exchange)).collect()).or_default().push(exchange);
        }
        assert_eq!(statistics.groups.len(), groups.len(), "{by:?}");
        for (group, (keys, of)) in statistics.groups.iter().zip(&groups) {
            assert_eq!(&group.keys, keys);
            check(group, of);
        }
        let tried: u64 = statistics.groups.iter().map(|group| group.attempts.tried).sum();
        assert_eq!(tried, meant.iter().map(|exchange| exchange.attempts.len() as u64).sum::<u64>(), "{by:?}");
    }
    let days = reader.statistics(&StatisticsQuery { filter: filter.clone(), by: vec![By::Day] }).unwrap().groups;
    assert!((2..=4).contains(&days.len()), "two days and a bit");
    assert_eq!(days.iter().map(|day| day.requests).sum::<u64>(), meant.len() as u64);
    assert!(days.iter().all(|day| day.keys[0].as_ref().unwrap().starts_with("2026-")), "{days:?}");
    let by = vec![By::Hour];
    let hours = reader.statistics(&StatisticsQuery { filter: filter.clone(), by }).unwrap().groups;
    for day in &days {
        let name = day.keys[0].as_deref().unwrap();
        let of = hours.iter().filter(|hour| hour.keys[0].as_deref().unwrap().starts_with(&format!("{name}T")));
        assert_eq!(of.map(|hour| hour.requests).sum::<u64>(), day.requests, "{name}");
    }
    assert!(hours.len() > 24 && hours.iter().all(|hour| hour.requests <= 60), "one request a minute");
}

#[test]
fn a_members_attempts_are_counted_where_they_were_made() {
    let dir = tempfile::tempdir().unwrap();
    let all = [served(1, START, &["a", "b"]), served(2, START, &["a"]), served(3, START, &["a", "c", "b"])];
    let (_history, reader) = holding(&dir.path().join("history.db"), &all);
    let query = StatisticsQuery { by: vec![By::Member], ..StatisticsQuery::default() };
    let groups = reader.statistics(&query).unwrap().groups;
    let told: Vec<_> = groups
        .iter()
        .map(|group| {
            let of = |outcome: &str| group.attempts.outcomes.get(outcome).copied().unwrap_or(0);
            (group.keys[0].as_deref().unwrap(), group.requests, of("served"), of("rate-limited"))
        })
        .collect();
    assert_eq!(told, [("a", 1, 1, 2), ("b", 2, 2, 0), ("c", 0, 0, 1)]);
}

/// failover §4: with stickiness, shares are of conversations, and both are shown.
#[test]
fn shares_are_told_of_requests_of_placements_and_of_conversations() {
    let dir = tempfile::tempdir().unwrap();
    let mut all = Vec::new();
    let mut add = |member: &'static str, conversation, stuck| {
        let n = all.len() as u64;
        all.push(Exchange { conversation, stuck, ..served(n, START + n, &[member]) });
    };
    // One conversation of five requests at a, one of one at b, and one that began at b and moved to a.
    for turn in 0..5 {
        add("a", Some(1), turn > 0);
    }
    add("b", Some(2), false);
    add("b", Some(3), false);
    add("a", Some(3), true);
    add("a", None, false);
    all.reverse();
    let (_history, reader) = holding(&dir.path().join("history.db"), &all);
    let shares = reader.statistics(&StatisticsQuery::default()).unwrap().shares;
    assert_eq!((shares.len(), &*shares[0].route), (1, "ha"));
    let told: Vec<_> = shares[0]
        .members
        .iter()
        .map(|share| (&*share.member, share.requests, share.placed, share.conversations))
        .collect();
    assert_eq!(told, [("a", 7, 2, 1), ("b", 2, 2, 2)]);
}

#[test]
fn the_day_so_far_says_the_same_as_the_statistics() {
    let dir = tempfile::tempdir().unwrap();
    let all: Vec<Exchange> = (0..1_000).map(|n| varied(n, START + n)).collect();
    let (_history, reader) = holding(&dir.path().join("history.db"), &all);
    let from = START + 100;
    let filter = Filter { from: Some(from), ..Filter::default() };
    let group = &reader.statistics(&StatisticsQuery { filter, by: Vec::new() }).unwrap().groups[0];
    let today = reader.since(from).unwrap();
    assert_eq!(
        (today.requests, today.saved, today.failed),
        (group.requests, group.saved, group.failed + group.truncated)
    );
    assert_eq!((today.micro_usd, today.cost_unknown), (group.cost.micro_usd, group.cost.unknown));
    for told in &today.members {
        let by = |exchange: &&Exchange| exchange.started >= from && exchange.served_by.as_ref() == Some(&told.member);
        assert_eq!(told.requests, all.iter().filter(by).count() as u64);
        let money = all.iter().filter(by).filter_map(|exchange| exchange.cost?.micro_usd()).sum::<u64>();
        assert_eq!(told.micro_usd, money);
    }
    assert_eq!(today.members.len(), 4);
}
