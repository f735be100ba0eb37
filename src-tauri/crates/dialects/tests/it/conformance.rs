//! The conformance matrix: what becomes of each field between each pair of dialects, tried and written to `docs/dialects.md`.
//!
//! A field is carried, carried in another form, noted, or refused. One that is none of these was lost in silence, and one
//! that is noted or refused without a reason from the provider's documentation is one that should have been carried.
#![allow(clippy::needless_pass_by_value, reason = "bodies are written where they are passed")]

mod answers;
mod calls;
mod content;
mod document;
mod endings;
mod options;
mod provider_run;
mod reasoning;
mod row;
mod tools;

use std::path::Path;

use mainstay_dialects::{Dialect, Framing, Note, Opening, PrepareError, Terms, convert_answer, prepare, stream_answer};
use serde_json::{Value, json};

use Dialect::{Anthropic, Gemini, OpenaiChat, OpenaiResponses};
use row::{Form, History, Row, Why, index, request};

/// What became of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    /// The dialect whose field it would be has none such.
    Nothing,
    Carried,
    Reformed,
    Noted(Why),
    Refused(Why),
    /// Not carried, though there is a place; what is done instead.
    Open(&'static str),
    /// Neither carried nor named, or without a reason: a fault.
    Lost,
}

/// A field's cells, by client and upstream.
struct Line {
    name: &'static str,
    cells: [[Cell; 4]; 4],
}

/// Fields that belong together.
struct Section {
    title: &'static str,
    is_answer: bool,
    lines: Vec<Line>,
}

#[test]
fn every_field_is_carried_or_named_and_the_matrix_in_the_docs_is_up_to_date() {
    let requests: [(&'static str, Vec<Row>); 10] = [
        ("Instructions", content::instructions()),
        ("Content", content::content()),
        ("Images, documents, sound", content::media()),
        ("Tool definitions", tools::definitions()),
        ("Tool choice", tools::choice()),
        ("Calls and results", calls::rows()),
        ("Tools that the provider runs", provider_run::rows()),
        ("Reasoning", reasoning::rows()),
        ("Structured output", options::format()),
        ("Length and sampling", options::sampling()),
    ];
    let about = ("Caching, identity, state", options::about());
    let answers = [
        ("Answer: content", answers::content()),
        ("Answer: stop reasons", endings::stops()),
        ("Answer: usage", endings::usage()),
    ];
    let mut faults = Vec::new();
    let mut sections = Vec::new();
    for (title, rows) in requests.into_iter().chain([about]) {
        let lines = rows.iter().map(|row| line(row, try_request, &mut faults)).collect();
        sections.push(Section { title, is_answer: false, lines });
    }
    for (title, rows) in answers {
        let lines = rows.iter().map(|row| line(row, try_answer, &mut faults)).collect();
        sections.push(Section { title, is_answer: true, lines });
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/dialects.md");
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let text = document::write(&sections, &kept);
    let is_written = std::env::var_os("MAINSTAY_WRITE_DOCS").is_some();
    if is_written {
        std::fs::write(&path, &text).unwrap();
    }
    assert!(faults.is_empty(), "{} cells are wrong:\n{}", faults.len(), faults.join("\n"));
    assert!(is_written || kept == text, "docs/dialects.md is out of date; `make docs` writes it anew");
}

fn line(row: &Row, tried: fn(&Row, Dialect, Dialect) -> Option<Outcome>, faults: &mut Vec<String>) -> Line {
    let mut cells = [[Cell::Nothing; 4]; 4];
    for client in Dialect::ALL {
        for upstream in Dialect::ALL {
            let Some(outcome) = tried(row, client, upstream) else { continue };
            let told = outcome.told;
            let judged = judge(row, client, upstream, outcome);
            match judged.or_else(|fault| row.is_open(told).map(Cell::Open).ok_or(fault)) {
                Ok(cell) => cells[index(client)][index(upstream)] = cell,
                Err(fault) => {
                    cells[index(client)][index(upstream)] = Cell::Lost;
                    faults.push(format!("{}, client {client}, upstream {upstream}: {fault}", row.name));
                }
            }
        }
    }
    let opens = Dialect::ALL.into_iter().filter_map(|dialect| row.is_open(dialect)).map(Cell::Open);
    for open in opens.filter(|open| !cells.iter().flatten().any(|cell| cell == open)) {
        faults.push(format!("{}: {open:?} is open no longer", row.name));
    }
    Line { name: row.name, cells }
}

/// What came of a field.
struct Outcome {
    /// Who is told it: the upstream of a request, the client of an answer.
    told: Dialect,
    said: Result<(Value, Vec<Note>), String>,
    /// The bytes are those that were sent.
    is_same: bool,
}

fn judge(row: &Row, client: Dialect, upstream: Dialect, outcome: Outcome) -> Result<Cell, String> {
    let Outcome { told, said, is_same } = outcome;
    if client == upstream {
        return if is_same { Ok(Cell::Carried) } else { Err("the bytes are not the sender's".to_owned()) };
    }
    let why = || row.why(told);
    let (body, notes) = match said {
        Ok(said) => said,
        Err(needs) => {
            return why().map(Cell::Refused).ok_or_else(|| format!("refused ({needs}), but nothing shows why"));
        }
    };
    let about: Vec<&Note> = notes.iter().filter(|note| row.is_noted_by(note)).collect();
    match row.find(told, &body) {
        Some(Form::Carried) if !about.iter().any(|note| matches!(note.code, "reshaped" | "moved" | "capped")) => {
            Ok(Cell::Carried)
        }
        Some(_) => Ok(Cell::Reformed),
        None if !about.is_empty() => {
            let first = about[0].to_string();
            why().map(Cell::Noted).ok_or_else(|| format!("noted ({first}), but nothing shows why: {body}"))
        }
        None => {
            let notes: Vec<String> = notes.iter().map(ToString::to_string).collect();
            Err(format!("LOST, notes {notes:?}: {body}"))
        }
    }
}

fn terms(row: &Row, upstream: Dialect, maker: &str) -> Terms {
    Terms {
        model: row.models[index(upstream)].to_owned(),
        maker: maker.to_owned(),
        reasoning_scale: row.scale,
        ..Terms::default()
    }
}

fn try_request(row: &Row, client: Dialect, upstream: Dialect) -> Option<Outcome> {
    let (body, maker) = match row.history {
        None => (request(client, row.body(client)?), "maker"),
        Some(history) => (remembered(client, upstream), if history == History::Maker { "maker" } else { "other" }),
    };
    let bytes = serde_json::to_vec(&body).unwrap();
    let mut terms = terms(row, upstream, maker);
    if client == upstream {
        terms.model.clear();
    }
    let said = match prepare(client, upstream, &bytes, false, &terms) {
        Ok(prepared) => {
            let is_same = prepared.body == bytes;
            return Some(Outcome { told: upstream, said: Ok((parsed(&prepared.body), prepared.notes)), is_same });
        }
        Err(PrepareError::Unmet { needs, .. }) => Err(needs.join(", ")),
        Err(error) => panic!("{}, {client} to {upstream}: {error}", row.name),
    };
    Some(Outcome { told: upstream, said, is_same: false })
}

fn parsed(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap()
}

fn opening() -> Opening {
    Opening { id: "9".to_owned(), model: "asked".to_owned(), maker: "maker".to_owned(), ..Opening::default() }
}

/// The request after an answer of `upstream` with reasoning and a call, as a client would send it.
fn remembered(client: Dialect, upstream: Dialect) -> Value {
    let answer = serde_json::to_vec(&answers::reasoned(upstream)).unwrap();
    let answer = parsed(&convert_answer(upstream, client, &answer, &opening()).unwrap().body);
    let mut request = request(client, &json!({}));
    let result = "RAIN";
    match client {
        Anthropic => {
            let result = json!([{"type": "tool_result", "tool_use_id": "call_1", "content": result}]);
            let turns = request["messages"].as_array_mut().unwrap();
            turns.push(json!({"role": "assistant", "content": answer["content"]}));
            turns.push(json!({"role": "user", "content": result}));
        }
        OpenaiChat => {
            let turns = request["messages"].as_array_mut().unwrap();
            turns.push(answer["choices"][0]["message"].clone());
            turns.push(json!({"role": "tool", "tool_call_id": "call_1", "content": result}));
        }
        OpenaiResponses => {
            let mut items = vec![json!({"role": "user", "content": "hi"})];
            items.extend(answer["output"].as_array().unwrap().iter().cloned());
            items.push(json!({"type": "function_call_output", "call_id": "call_1", "output": result}));
            request["input"] = json!(items);
        }
        Gemini => {
            let result = json!({"id": "call_1", "name": "weather", "response": {"output": result}});
            let turns = request["contents"].as_array_mut().unwrap();
            turns.push(answer["candidates"][0]["content"].clone());
            turns.push(json!({"role": "user", "parts": [{"functionResponse": result}]}));
        }
    }
    request
}

fn try_answer(row: &Row, client: Dialect, upstream: Dialect) -> Option<Outcome> {
    let bytes = serde_json::to_vec(row.body(upstream)?).unwrap();
    let told = convert_answer(upstream, client, &bytes, &opening())
        .unwrap_or_else(|fault| panic!("{}, {upstream} to {client}: {fault}", row.name));
    let is_same = told.body == bytes;
    Some(Outcome { told: client, said: Ok((parsed(&told.body), told.notes)), is_same })
}

#[test]
fn a_streamed_answer_holds_and_notes_what_a_whole_one_does() {
    const MARKS: [&str; 11] = [
        "SAID",
        "THOUGHT",
        "REFUSED",
        "FREE",
        "call_1",
        "weather",
        "12345678901234567890",
        "https://example.org/s",
        "iVBO",
        "bWFpbnN0YXk6",
        "made-by-",
    ];
    let mut faults = Vec::new();
    for row in answers::content().iter().chain(&endings::stops()).chain(&endings::usage()) {
        for (upstream, client) in Dialect::ALL.into_iter().flat_map(|a| Dialect::ALL.map(|b| (a, b))) {
            let Some(body) = row.body(upstream).filter(|_| upstream != client) else { continue };
            let bytes = serde_json::to_vec(body).unwrap();
            let whole = convert_answer(upstream, client, &bytes, &opening()).unwrap();
            let stream = stream_answer(upstream, client, Framing::Sse, &bytes, &opening()).unwrap();
            let pair = format!("{}, client {client}, upstream {upstream}", row.name);
            let [told, streamed] = [&whole.body, &stream.body].map(|body| String::from_utf8_lossy(body));
            for mark in MARKS.into_iter().filter(|mark| told.contains(mark) != streamed.contains(mark)) {
                faults.push(format!("{pair}: {mark} is not in both: {streamed}"));
            }
            if whole.notes != stream.notes {
                faults.push(format!("{pair}: notes {:?}, streamed {:?}", whole.notes, stream.notes));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
