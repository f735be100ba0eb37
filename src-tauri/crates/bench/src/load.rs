//! Load of two kinds: closed (each connection asks again when it is answered) and open (requests begin at set instants).

use crate::wire::{Connection, Target};
use hdrhistogram::Histogram;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// What a stretch of load came to.
#[derive(Debug)]
pub(crate) struct Tally {
    /// Nanoseconds from a request's instant to the end of its answer.
    pub(crate) latency: Histogram<u64>,
    /// Answers with a status of 200.
    pub(crate) good: u64,
    pub(crate) bad: u64,
    pub(crate) took: Duration,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self { latency: histogram(), good: 0, bad: 0, took: Duration::ZERO }
    }

    pub(crate) fn count(&mut self, since: Instant, status: Option<u16>) {
        self.latency.saturating_record(nanos(since.elapsed()));
        if status == Some(200) { self.good += 1 } else { self.bad += 1 }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.latency.add(&other.latency).expect("both have the same bounds");
        self.good += other.good;
        self.bad += other.bad;
    }

    /// Answers of any status.
    pub(crate) fn all(&self) -> u64 {
        self.good + self.bad
    }

    /// Microseconds at a quantile.
    pub(crate) fn at(&self, quantile: f64) -> f64 {
        micros(self.latency.value_at_quantile(quantile))
    }
}

/// Three digits, up to a minute.
pub(crate) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000_000, 3).expect("bounds that a histogram can have")
}

pub(crate) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "a time of less than a minute")]
pub(crate) fn micros(nanos: u64) -> f64 {
    nanos as f64 / 1000.0
}

/// Asks over `connections` kept connections, each again and again, for this long.
pub(crate) async fn closed(target: &Target, request: &[u8], connections: usize, over: Duration) -> io::Result<Tally> {
    let request: Arc<[u8]> = Arc::from(request);
    let mut open = Vec::new();
    for _ in 0..connections {
        open.push(Connection::open(target.address).await?);
    }
    let begun = Instant::now();
    let end = begun + over;
    let tasks: Vec<_> = open
        .into_iter()
        .map(|mut connection| {
            let (request, address) = (Arc::clone(&request), target.address);
            tokio::spawn(async move {
                let mut tally = Tally::new();
                while Instant::now() < end {
                    let since = Instant::now();
                    let answer = connection.exchange(&request).await;
                    tally.count(since, answer.as_ref().ok().copied());
                    if answer.is_err() {
                        connection = Connection::open(address).await?;
                    }
                }
                Ok::<_, io::Error>(tally)
            })
        })
        .collect();
    let mut all = Tally::new();
    for task in tasks {
        all.add(&task.await.map_err(io::Error::other)??);
    }
    all.took = begun.elapsed();
    Ok(all)
}

/// Begins `rate` requests a second over `connections` kept connections. A request's time counts from the instant at which it
/// was due, also where no connection was free then: what waits is not left out (coordinated omission).
pub(crate) async fn paced(
    target: &Target,
    request: &[u8],
    connections: usize,
    rate: u32,
    over: Duration,
) -> io::Result<Tally> {
    let request: Arc<[u8]> = Arc::from(request);
    let between = Duration::from_secs(1) / rate;
    let count = usize::try_from(over.as_nanos() / between.as_nanos()).unwrap_or(usize::MAX);
    let next = Arc::new(AtomicUsize::new(0));
    let mut open = Vec::new();
    for _ in 0..connections {
        open.push(Connection::open(target.address).await?);
    }
    let begun = Instant::now();
    let tasks: Vec<_> = open
        .into_iter()
        .map(|mut connection| {
            let (request, next, address) = (Arc::clone(&request), Arc::clone(&next), target.address);
            tokio::spawn(async move {
                let mut tally = Tally::new();
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        return Ok::<_, io::Error>(tally);
                    }
                    let due = begun + between * u32::try_from(index).unwrap_or(u32::MAX);
                    sleep_until(due).await;
                    let answer = connection.exchange(&request).await;
                    tally.count(due, answer.as_ref().ok().copied());
                    if answer.is_err() {
                        connection = Connection::open(address).await?;
                    }
                }
            })
        })
        .collect();
    let mut all = Tally::new();
    for task in tasks {
        all.add(&task.await.map_err(io::Error::other)??);
    }
    all.took = begun.elapsed();
    Ok(all)
}
