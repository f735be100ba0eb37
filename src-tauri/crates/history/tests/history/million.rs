//! How long the history takes when it is as large as it gets. Measured, printed, and held to what a person would bear.
//!
//! `MAINSTAY_EXCHANGES=1000000 cargo test --release -p mainstay-history million -- --nocapture` measures the full size; by
//! itself the test takes a tenth of it.

use crate::sample::{DAY, START, open, varied};
use mainstay_history::{By, Filter, Format, Outcome, StatisticsQuery};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long this thread has run, where the system tells: what a machine shared with others doesn't blur.
fn on_the_processor() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

#[test]
fn ninety_days_of_many_exchanges_are_searched_and_reckoned_fast() {
    let total: u64 = std::env::var("MAINSTAY_EXCHANGES").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let dir = tempfile::tempdir().unwrap();
    let history = open(&dir.path().join("history.db"));
    let start = Instant::now();
    for n in 0..total {
        history.record(Arc::new(varied(n, START + n * (90 * DAY) / total)));
        if n % 5_000 == 4_999 {
            history.flush().unwrap();
        }
    }
    history.flush().unwrap();
    let took = start.elapsed();
    let megabytes = history.info().bytes as f64 / f64::from(1 << 20);
    println!(
        "{total} exchanges written in {took:?}, {:.0} a second; {megabytes:.0} MiB",
        total as f64 / took.as_secs_f64()
    );
    assert_eq!((history.info().lost, history.reader().unwrap().extent().unwrap().0), (0, total));

    let reader = history.reader().unwrap();
    let mut slowest = Duration::ZERO;
    let mut measure = |what: &str, work: &dyn Fn() -> usize| {
        let (start, before) = (Instant::now(), on_the_processor());
        let found = work();
        let took = start.elapsed();
        slowest = slowest.max(took);
        match before.zip(on_the_processor()) {
            Some((before, after)) => println!("{what}: {took:?}, {:?} on the processor ({found})", after - before),
            None => println!("{what}: {took:?} ({found})"),
        }
    };
    let statistics = |from: u64, by: &[By]| {
        let filter = Filter { from: Some(from), ..Filter::default() };
        reader.statistics(&StatisticsQuery { filter, by: by.to_vec() }).unwrap().groups.len()
    };
    measure("statistics of 90 days, one group", &|| statistics(0, &[]));
    measure("statistics of 90 days by member", &|| statistics(0, &[By::Member]));
    measure("statistics of 90 days by day and member", &|| statistics(0, &[By::Day, By::Member]));
    measure("statistics of 7 days by member", &|| statistics(START + 83 * DAY, &[By::Member]));
    measure("statistics of the last day by tool", &|| statistics(START + 89 * DAY, &[By::Tool]));
    measure("the day so far", &|| reader.since(START + 89 * DAY).unwrap().members.len());
    let list = |filter: Filter| reader.list(&filter, None, 100).unwrap().exchanges.len();
    measure("the first page", &|| list(Filter::default()));
    measure("a search that finds", &|| list(Filter { text: Some("codex".into()), ..Filter::default() }));
    measure("a search that finds nothing", &|| list(Filter { text: Some("no such".into()), ..Filter::default() }));
    measure("the saved ones of one member", &|| {
        let member = Some("openai-backup".into());
        list(Filter { member, outcome: Some(Outcome::Saved), ..Filter::default() })
    });
    measure("one by its id", &|| usize::from(reader.find(&varied(total / 2, 0).id).unwrap().is_some()));
    let week = Filter { from: Some(START + 83 * DAY), ..Filter::default() };
    measure("an export of a week as CSV", &|| {
        reader.export(&week, Format::Csv, std::io::sink()).unwrap().exchanges as usize
    });
    assert!(slowest < Duration::from_secs(30), "{slowest:?}");
    let start = Instant::now();
    history.delete_all().unwrap();
    println!("all deleted in {:?}", start.elapsed());
}
