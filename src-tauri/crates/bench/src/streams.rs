//! Many paced streams at once, and when each of their events comes.

use crate::load::{histogram, nanos};
use crate::upstream::clock;
use crate::wire::{Connection, Target};
use hdrhistogram::Histogram;
use memchr::memchr;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, sleep_until};

/// What a number of streams came to.
#[derive(Debug)]
pub(crate) struct Heard {
    /// Nanoseconds from a request to its first event.
    pub(crate) first: Histogram<u64>,
    /// Nanoseconds from the sending of an event to its arrival, of all but the first.
    pub(crate) way: Histogram<u64>,
    pub(crate) events: u64,
    /// Streams that ended before their last event.
    pub(crate) short: u64,
}

impl Heard {
    fn new() -> Self {
        Self { first: histogram(), way: histogram(), events: 0, short: 0 }
    }

    fn add(&mut self, other: &Self) {
        self.first.add(&other.first).expect("both have the same bounds");
        self.way.add(&other.way).expect("both have the same bounds");
        self.events += other.events;
        self.short += other.short;
    }
}

/// Opens `count` streams, one after another over `ramp`, and listens to each until its end.
pub(crate) async fn listen(
    target: &Target,
    request: &[u8],
    count: u32,
    events: u64,
    ramp: Duration,
) -> io::Result<Heard> {
    let request: Arc<[u8]> = Arc::from(request);
    let begun = Instant::now();
    let tasks: Vec<_> = (0..count)
        .map(|index| {
            let (request, address) = (Arc::clone(&request), target.address);
            tokio::spawn(async move {
                sleep_until(begun + ramp * index / count).await;
                let mut connection = Connection::open(address).await?;
                one(&mut connection, &request, events).await
            })
        })
        .collect();
    let mut all = Heard::new();
    for task in tasks {
        match task.await.map_err(io::Error::other)? {
            Ok(heard) => all.add(&heard),
            Err(_) => all.short += 1,
        }
    }
    Ok(all)
}

async fn one(connection: &mut Connection, request: &[u8], events: u64) -> io::Result<Heard> {
    let mut heard = Heard::new();
    let since = Instant::now();
    connection.send(request).await?;
    let mut stamps = Stamps::default();
    loop {
        let chunk = connection.chunk().await?;
        let now = clock();
        let ended = chunk.is_empty() || chunk.ends_with(b"0\r\n\r\n");
        stamps.read(chunk, |sent| {
            if heard.events == 0 {
                heard.first.saturating_record(nanos(since.elapsed()));
            } else {
                heard.way.saturating_record(now.saturating_sub(sent).max(1));
            }
            heard.events += 1;
        });
        if ended {
            heard.short = u64::from(heard.events < events);
            return Ok(heard);
        }
    }
}

/// Streams that stay open until this is dropped.
#[derive(Debug)]
pub(crate) struct Open(Vec<oneshot::Sender<()>>);

/// Opens `count` streams and comes back when each has shown its first event. What comes after is read and thrown away.
pub(crate) async fn hold(target: &Target, request: &[u8], count: u32) -> io::Result<Open> {
    let request: Arc<[u8]> = Arc::from(request);
    let mut stops = Vec::new();
    let mut begun = Vec::new();
    for index in 0..count {
        let (stop, mut stopped) = oneshot::channel();
        let (first, heard) = oneshot::channel();
        let (request, address) = (Arc::clone(&request), target.address);
        stops.push(stop);
        begun.push(heard);
        tokio::spawn(async move {
            let mut connection = Connection::open(address).await?;
            connection.send(&request).await?;
            let mut stamps = Stamps::default();
            let mut first = Some(first);
            loop {
                tokio::select! {
                    _ = &mut stopped => return Ok::<_, io::Error>(()),
                    chunk = connection.chunk() => {
                        let chunk = chunk?;
                        if chunk.is_empty() {
                            return Ok(());
                        }
                        stamps.read(chunk, |_| {
                            if let Some(first) = first.take() {
                                // Whoever waited may have given up.
                                let _ = first.send(());
                            }
                        });
                    }
                }
            }
        });
        // Not more at once than a backlog holds.
        if index % 100 == 99 {
            sleep(Duration::from_millis(20)).await;
        }
    }
    for heard in begun {
        heard.await.map_err(|_| io::Error::other("a stream ended before its first event"))?;
    }
    Ok(Open(stops))
}

impl Open {
    pub(crate) fn count(&self) -> usize {
        self.0.iter().filter(|stop| !stop.is_closed()).count()
    }
}

/// Finds `@NANOSECONDS@` in what comes, also where it comes in two pieces.
#[derive(Default)]
struct Stamps {
    begun: Option<u64>,
}

impl Stamps {
    fn read(&mut self, mut bytes: &[u8], mut found: impl FnMut(u64)) {
        loop {
            match &mut self.begun {
                None => {
                    let Some(at) = memchr(b'@', bytes) else { return };
                    bytes = &bytes[at + 1..];
                    self.begun = Some(0);
                }
                Some(stamp) => {
                    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
                    for digit in &bytes[..digits] {
                        *stamp = stamp.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
                    }
                    let Some(next) = bytes.get(digits) else { return };
                    if *next == b'@' {
                        found(*stamp);
                    }
                    self.begun = None;
                    bytes = &bytes[digits + 1..];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_found_whole_or_in_pieces_and_nothing_else_is_one() {
        let read = |pieces: &[&str]| {
            let (mut stamps, mut found) = (Stamps::default(), Vec::new());
            pieces.iter().for_each(|piece| stamps.read(piece.as_bytes(), |stamp| found.push(stamp)));
            found
        };
        assert_eq!(read(&["a @12@ b @345@"]), [12, 345]);
        assert_eq!(read(&["a @1", "2@ b @3", "4", "5@"]), [12, 345]);
        assert_eq!(read(&["me@example.org @7@"]), [7]);
    }
}
