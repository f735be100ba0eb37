use crate::sample::{DAY, open, settings, until, varied};
use mainstay_history::{Filter, History, Retention};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

fn now() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

#[test]
fn what_is_too_old_goes_and_the_file_shrinks() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    let history = open(&path);
    let now = now();
    for n in 0..12_000 {
        let age = if n % 12 == 0 { 0 } else { 100 * DAY };
        let mut exchange = varied(n, now - age);
        if age > 0 {
            exchange.tool = Some("a-tool-long-gone".into());
        }
        history.record(Arc::new(exchange));
    }
    history.flush().unwrap();
    history.retain(Retention::default()).unwrap();
    until("the end of the old", || history.reader().unwrap().extent().unwrap().0 == 1_000);
    let pages = || -> i64 {
        let file = rusqlite::Connection::open(&path).unwrap();
        file.query_row("SELECT page_count FROM pragma_page_count", [], |row| row.get(0)).unwrap()
    };
    let free = || -> i64 {
        let file = rusqlite::Connection::open(&path).unwrap();
        file.query_row("SELECT freelist_count FROM pragma_freelist_count", [], |row| row.get(0)).unwrap()
    };
    until("a smaller file", || free() * 8 <= pages());
    let reader = history.reader().unwrap();
    let oldest = reader.extent().unwrap().1.unwrap();
    assert_eq!(oldest, now);
    until("the end of its names", || {
        let file = rusqlite::Connection::open(&path).unwrap();
        let sql = "SELECT count(*) FROM name WHERE text = 'a-tool-long-gone'";
        file.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap() == 0
    });
    for exchange in reader.list(&Filter::default(), None, 5_000).unwrap().exchanges {
        assert!(
            exchange.dialect.len() > 1 && exchange.route.is_some_and(|route| !route.is_empty()),
            "names in use stay"
        );
    }
    history.record(Arc::new(varied(50_000, now)));
    history.flush().unwrap();
    let last = history.reader().unwrap().find(&varied(50_000, now).id).unwrap();
    assert_eq!(last, Some(varied(50_000, now)), "and those that went are numbered anew");
}

#[test]
fn a_file_that_is_too_big_loses_its_oldest_and_stays_below() {
    const LIMIT: u64 = 1 << 20;
    let dir = tempfile::tempdir().unwrap();
    let mut settings = settings();
    settings.retention.bytes = LIMIT;
    let history = History::open(&dir.path().join("history.db"), settings, || {});
    let now = now();
    for n in 0..12_000 {
        history.record(Arc::new(varied(n, now - 12_000 + n)));
    }
    history.flush().unwrap();
    history.retain(settings.retention).unwrap();
    until("the end of what is too much", || {
        std::fs::metadata(history.path()).unwrap().len() <= LIMIT && {
            history.flush().unwrap();
            history.reader().unwrap().extent().unwrap().0 < 12_000
        }
    });
    let (count, oldest) = history.reader().unwrap().extent().unwrap();
    assert!(count > 1_000, "it is used: {count}");
    assert_eq!(oldest, Some(now - count), "the newest are kept");
}

#[test]
fn deleting_everything_leaves_nothing_on_the_disk() {
    const WORD: &str = "a-word-that-nothing-else-says";
    let dir = tempfile::tempdir().unwrap();
    let history = open(&dir.path().join("history.db"));
    for n in 0..3_000 {
        let mut exchange = varied(n, now());
        exchange.attempts[0].detail = WORD.to_owned();
        exchange.tool = Some(WORD.into());
        history.record(Arc::new(exchange));
    }
    history.flush().unwrap();
    let holds = || {
        std::fs::read_dir(dir.path()).unwrap().any(|entry| {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            bytes.windows(WORD.len()).any(|found| found == WORD.as_bytes())
        })
    };
    assert!(holds());
    history.delete_all().unwrap();
    assert!(!holds());
    assert_eq!(history.reader().unwrap().extent().unwrap(), (0, None));
    assert!(history.info().bytes < 200_000, "{}", history.info().bytes);
    history.record(Arc::new(varied(1, now())));
    history.flush().unwrap();
    assert_eq!(history.reader().unwrap().extent().unwrap().0, 1, "and it goes on");
}
