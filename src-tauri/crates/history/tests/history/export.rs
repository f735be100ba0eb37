use crate::sample::{START, holding, varied};
use mainstay_history::{Exchange, Filter, Format, HistoryError};
use serde_json::Value;
use std::io;

#[test]
fn json_holds_every_trail_and_csv_a_line_for_each_exchange() {
    let dir = tempfile::tempdir().unwrap();
    let all: Vec<Exchange> = (0..2_500).map(|n| varied(n, START + n)).collect();
    let (_history, reader) = holding(&dir.path().join("history.db"), &all);
    let mut json = Vec::new();
    assert_eq!(reader.export(&Filter::default(), Format::Json, &mut json).unwrap().exchanges, 2_500);
    let json: Vec<Value> = serde_json::from_slice(&json).unwrap();
    let meant: Vec<Value> = all.iter().rev().map(|exchange| serde_json::to_value(exchange).unwrap()).collect();
    assert_eq!(json, meant);

    let filter = Filter { tool: Some("codex".into()), ..Filter::default() };
    let meant: Vec<&Exchange> = all.iter().rev().filter(|exchange| filter.matches(exchange)).collect();
    let mut text = Vec::new();
    reader.export(&filter, Format::Csv, &mut text).unwrap();
    let mut lines = csv::Reader::from_reader(&text[..]);
    let head = lines.headers().unwrap().clone();
    let lines: Vec<csv::StringRecord> = lines.records().map(Result::unwrap).collect();
    assert_eq!(lines.len(), meant.len());
    let column = |name: &str| head.iter().position(|column| column == name).unwrap();
    for (line, exchange) in lines.iter().zip(&meant) {
        assert_eq!(line[column("id")], exchange.id);
        assert_eq!(line[column("ended")], *exchange.ended.name());
        assert_eq!(&line[column("cost")], exchange.cost.map_or("", |cost| cost.name()));
        assert_eq!(line[column("served_by")], *exchange.served_by.as_deref().unwrap_or_default());
    }

    let mut nothing = Vec::new();
    let filter = Filter { tool: Some("nobody".into()), ..Filter::default() };
    reader.export(&filter, Format::Json, &mut nothing).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&nothing).unwrap(), serde_json::json!([]));
}

#[test]
fn a_spreadsheet_finds_no_formula_in_what_clients_and_upstreams_said() {
    let dir = tempfile::tempdir().unwrap();
    let mut exchange = varied(1, START);
    exchange.tool = Some("=HYPERLINK(\"http://evil.example\",\"a, b\")".into());
    exchange.asked_model = Some("@SUM(1+1)\r\n=2".into());
    exchange.answered_model = Some("-2+3".into());
    let (_history, reader) = holding(&dir.path().join("history.db"), &[exchange]);
    let mut text = Vec::new();
    reader.export(&Filter::default(), Format::Csv, &mut text).unwrap();
    let mut lines = csv::Reader::from_reader(&text[..]);
    let line = lines.records().next().unwrap().unwrap();
    assert!(line.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@'])), "{line:?}");
    assert_eq!(&line[2], "'=HYPERLINK(\"http://evil.example\",\"a, b\")", "and the text is whole");
}

#[test]
fn an_output_that_fails_is_told() {
    struct Full;
    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let (_history, reader) = holding(&dir.path().join("history.db"), &[varied(1, START)]);
    for format in [Format::Csv, Format::Json] {
        let error = reader.export(&Filter::default(), format, Full).unwrap_err();
        assert!(matches!(error, HistoryError::Output(_)), "{error:?}");
    }
}
