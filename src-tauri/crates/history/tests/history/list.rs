use crate::sample::{START, holding, varied};
use mainstay_history::{Cursor, Exchange, Filter, Outcome};

fn ids(exchanges: &[Exchange]) -> Vec<&str> {
    exchanges.iter().map(|exchange| exchange.id.as_str()).collect()
}

/// Several came in at the same instant, and not in the order of their ends.
fn sample() -> Vec<Exchange> {
    (0..600).map(|n| varied(n, START + (n * 7 % 600) / 4)).collect()
}

#[test]
fn a_filter_means_the_same_in_the_file_and_in_memory() {
    let dir = tempfile::tempdir().unwrap();
    let all = sample();
    let (_history, reader) = holding(&dir.path().join("history.db"), &all);
    let text = |text: &str| Filter { text: Some(text.to_owned()), ..Filter::default() };
    let mut filters = vec![
        Filter::default(),
        Filter { route: Some("shared".into()), ..Filter::default() },
        Filter { route: Some("nowhere".into()), ..Filter::default() },
        Filter { member: Some("openai-backup".into()), ..Filter::default() },
        Filter { tool: Some("codex".into()), ..Filter::default() },
        Filter { dialect: Some("gemini".into()), ..Filter::default() },
        Filter { practice: Some(true), ..Filter::default() },
        Filter { practice: Some(false), ..Filter::default() },
        Filter { from: Some(START + 30), to: Some(START + 60), ..Filter::default() },
        text("claude"),
        text("CLAUDE-CLI"),
        text("openai-backup"),
        text("100%_"),
        text("%"),
        text("_local\\"),
        text("slow down"),
        text("rate limit"),
        text("all_members"),
        text("gpt-5.2-2026"),
        text("0000001f"),
        text("no such thing"),
        text(""),
    ];
    let outcomes =
        [Outcome::Served, Outcome::Failed, Outcome::Truncated, Outcome::Cancelled, Outcome::Saved, Outcome::FailedOver];
    filters.extend(outcomes.map(|outcome| Filter { outcome: Some(outcome), ..Filter::default() }));
    filters.push(Filter {
        text: Some("openai".into()),
        member: Some("anthropic-primary".into()),
        outcome: Some(Outcome::FailedOver),
        from: Some(START + 10),
        ..Filter::default()
    });
    let mut empty = 0;
    for filter in filters {
        let mut meant: Vec<(u64, usize, &Exchange)> = all
            .iter()
            .enumerate()
            .filter(|(_, exchange)| filter.matches(exchange))
            .map(|(n, exchange)| (exchange.started, n, exchange))
            .collect();
        meant.sort_by_key(|(started, n, _)| std::cmp::Reverse((*started, *n)));
        let meant: Vec<&str> = meant.iter().map(|(_, _, exchange)| exchange.id.as_str()).collect();
        let found = reader.list(&filter, None, 1_000).unwrap();
        assert_eq!(ids(&found.exchanges), meant, "{filter:?}");
        assert_eq!(found.next, None);
        empty += usize::from(meant.is_empty());
    }
    assert_eq!(empty, 2, "the filters choose something");
}

#[test]
fn pages_follow_each_other_without_gap_or_repetition_while_more_comes_in() {
    let dir = tempfile::tempdir().unwrap();
    let all = sample();
    let (history, reader) = holding(&dir.path().join("history.db"), &all);
    let whole = reader.list(&Filter::default(), None, 1_000).unwrap().exchanges;
    let (mut paged, mut after): (Vec<Exchange>, Option<Cursor>) = (Vec::new(), None);
    for n in 0.. {
        let page = reader.list(&Filter::default(), after, 37).unwrap();
        paged.extend(page.exchanges);
        let Some(next) = page.next else { break };
        // A cursor goes through a client as text.
        after = Some(next.to_string().parse().unwrap());
        history.record(varied(10_000 + n, START + 10_000 + n).into());
        history.flush().unwrap();
    }
    assert_eq!(ids(&paged), ids(&whole));
    for wrong in ["", "7", "a-b", "1-2-3"] {
        assert_eq!(wrong.parse::<Cursor>().unwrap_err().code(), "bad_cursor", "{wrong}");
    }
}

#[test]
fn any_place_of_the_list_can_be_read_and_all_of_it_counted() {
    let dir = tempfile::tempdir().unwrap();
    let all = sample();
    let (_history, reader) = holding(&dir.path().join("history.db"), &all);
    let filter = Filter { tool: Some("codex".into()), ..Filter::default() };
    let whole = reader.list(&filter, None, 1_000).unwrap().exchanges;
    assert_eq!(reader.count(&filter).unwrap(), whole.len() as u64);
    assert_eq!(reader.count(&Filter::default()).unwrap(), 600);
    for skip in [0, 1, 50, whole.len()] {
        let expected: Vec<_> = whole.iter().skip(skip).take(20).cloned().collect();
        assert_eq!(ids(&reader.list_from(&filter, skip as u64, 20).unwrap()), ids(&expected), "{skip}");
    }
}
