use crate::sample::{START, holding, open, settings, varied};
use mainstay_history::{Exchange, History};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// failover §3.13: each exchange has a trail in the history.
#[test]
fn an_exchange_comes_back_with_its_whole_trail() {
    let dir = tempfile::tempdir().unwrap();
    let all: Vec<Exchange> = (0..500).map(|n| varied(n, START + n)).collect();
    let (history, reader) = holding(&dir.path().join("history.db"), &all);
    for exchange in &all {
        assert_eq!(reader.find(&exchange.id).unwrap().as_ref(), Some(exchange));
    }
    assert_eq!(reader.find("req_0").unwrap(), None);
    assert_eq!((history.info().lost, history.info().recording), (0, true));
}

#[test]
fn what_was_recorded_before_the_end_is_there_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    for round in 0..3 {
        let history = open(&path);
        for n in 0..700 {
            history.record(Arc::new(varied(round * 700 + n, START)));
        }
        history.close(Duration::from_secs(60));
        history.record(Arc::new(varied(1, START)));
        assert_eq!(history.info().lost, 1, "what comes after the end is told as lost");
        assert_eq!(history.reader().unwrap().extent().unwrap(), ((round + 1) * 700, Some(START)));
    }
}

#[cfg(unix)]
#[test]
fn the_file_is_for_the_user_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    std::fs::write(&path, "").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let (_history, _reader) = holding(&path, &[varied(1, START)]);
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.file_name());
    }
}

#[test]
fn texts_are_cut_and_a_body_has_no_place() {
    let dir = tempfile::tempdir().unwrap();
    let mut exchange = varied(1, START);
    exchange.asked_model = Some("m".repeat(100_000).into());
    exchange.notes = vec!["n".repeat(1_000); 500];
    exchange.attempts[0].detail = "d".repeat(1_000);
    let (_history, reader) = holding(&dir.path().join("history.db"), std::slice::from_ref(&exchange));
    let kept = reader.find(&exchange.id).unwrap().unwrap();
    assert_eq!(kept.asked_model.unwrap().len(), 300);
    assert_eq!((kept.notes.len(), kept.notes[0].len()), (64, 300));
    assert_eq!(kept.attempts[0].detail.len(), 300);
}

/// What a chaos run does: far more than a minute's worth of exchanges at once, from several threads.
#[test]
fn twenty_thousand_exchanges_from_four_threads_all_arrive() {
    const EACH: u64 = 5_000;
    let dir = tempfile::tempdir().unwrap();
    let changes = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&changes);
    let history = Arc::new(History::open(&dir.path().join("history.db"), settings(), move || {
        counted.fetch_add(1, Ordering::Relaxed);
    }));
    let start = Instant::now();
    let threads: Vec<_> = (0..4)
        .map(|thread| {
            let history = Arc::clone(&history);
            thread::spawn(move || {
                for n in 0..EACH {
                    history.record(Arc::new(varied(thread * EACH + n, START + n)));
                    // No faster than a gateway could ever be: 20 000 exchanges in two seconds.
                    if n % 50 == 49 {
                        thread::sleep(Duration::from_millis(20));
                    }
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    history.flush().unwrap();
    let (count, _) = history.reader().unwrap().extent().unwrap();
    println!("20 000 exchanges recorded and written in {:?}", start.elapsed());
    assert_eq!((count, history.info().lost), (4 * EACH, 0));
    assert_eq!(changes.load(Ordering::Relaxed), 1, "only that it began to record is news");
}

#[test]
fn handing_over_never_waits_and_what_does_not_fit_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    let history = open(&path);
    history.flush().unwrap();
    // Another program holds the file: the writer waits for it, and the queue fills.
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let exchange = Arc::new(varied(1, START));
    let mut longest = Duration::ZERO;
    for _ in 0..60_000 {
        let start = Instant::now();
        history.record(Arc::clone(&exchange));
        longest = longest.max(start.elapsed());
    }
    println!("the longest of 60 000 hand-overs to a writer that is held up: {longest:?}");
    assert!(longest < Duration::from_secs(1), "{longest:?}");
    other.execute_batch("ROLLBACK").unwrap();
    crate::sample::until("the writing of what fitted", || history.flush().is_ok());
    let (count, _) = history.reader().unwrap().extent().unwrap();
    assert_eq!(count + history.info().lost, 60_000, "each is there or counted");
    assert!(count > 0 && history.info().lost > 0, "{count}");
    assert_eq!(crate::sample::code(&history), "history_lost");
}

#[test]
fn the_writers_speed() {
    let dir = tempfile::tempdir().unwrap();
    let history = open(&dir.path().join("history.db"));
    let all: Vec<_> = (0..10_000).map(|n| Arc::new(varied(n, START + n))).collect();
    history.flush().unwrap();
    let start = Instant::now();
    for exchange in &all {
        history.record(Arc::clone(exchange));
    }
    let handed = start.elapsed();
    history.flush().unwrap();
    let took = start.elapsed();
    let rate = 10_000.0 / took.as_secs_f64();
    println!("10 000 exchanges: handed over in {handed:?}, written in {took:?}, {rate:.0} a second");
    assert_eq!(history.info().lost, 0);
    assert!(rate > 1_000.0, "a minute of 20 000 must be easy: {rate}");
}
