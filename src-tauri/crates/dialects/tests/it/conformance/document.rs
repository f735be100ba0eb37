//! `docs/dialects.md`, made of the matrix.

use std::fmt::Write as _;

use mainstay_dialects::Dialect;

use super::row::{index, reference};
use super::{Cell, Section};

const INTRODUCTION: &str = include_str!("introduction.md");
const BEGIN: &str = "<!-- agents:begin -->";
const END: &str = "<!-- agents:end -->";

/// The document. What stands between the marks for real agents is taken from `kept`, the document as it is.
pub(crate) fn write(sections: &[Section], kept: &str) -> String {
    let mut notes = Footnotes::default();
    let mut text = INTRODUCTION.trim_end().to_owned();
    text.push_str("\n\n## Fields carried\n\n");
    shares(&mut text, sections);
    for client in Dialect::ALL {
        table(&mut text, client, sections, &mut notes);
    }
    text.push_str("\n## Real agents\n\n");
    text.push_str(include_str!("agents.md"));
    text.push('\n');
    let agents = kept.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).map_or("\n", |(agents, _)| agents);
    let _ = writeln!(text, "{BEGIN}{agents}{END}");
    text.push_str("\n## What the providers document\n\n");
    for (at, (dialect, reason, url)) in notes.0.iter().enumerate() {
        let _ = writeln!(text, "[^{}]: {}: {reason} <{url}>", at + 1, title(*dialect));
    }
    text
}

fn title(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Anthropic => "Anthropic",
        Dialect::OpenaiChat => "OpenAI Chat",
        Dialect::OpenaiResponses => "OpenAI Responses",
        Dialect::Gemini => "Gemini",
    }
}

/// Of each pair: how many of the fields come through in either form, and of how many that have a place there.
fn shares(text: &mut String, sections: &[Section]) {
    text.push_str(
        "Of the fields that the client's dialect has and the provider's dialect has a place for, in either form. The\ntables \
         below name those without a place; all of them are noted or refused.\n\n",
    );
    heading(text, "Client");
    for client in Dialect::ALL {
        let _ = write!(text, "| {} |", title(client));
        for upstream in Dialect::ALL {
            let cells = sections.iter().flat_map(|section| &section.lines);
            let cells: Vec<Cell> = cells.map(|line| line.cells[index(client)][index(upstream)]).collect();
            let all = cells.iter().filter(|cell| **cell != Cell::Nothing).count();
            let carried = cells.iter().filter(|cell| matches!(cell, Cell::Carried | Cell::Reformed)).count();
            let misses = cells.iter().filter(|cell| matches!(cell, Cell::Open(_) | Cell::Lost)).count();
            let possible = carried + misses;
            let share = 100 * carried / possible.max(1);
            let _ = write!(text, " {share} % ({carried} of {possible}; {} without a place) |", all - possible);
        }
        text.push('\n');
    }
}

fn heading(text: &mut String, first: &str) {
    let _ = write!(text, "| {first} |");
    for dialect in Dialect::ALL {
        let _ = write!(text, " {} |", title(dialect));
    }
    text.push_str("\n| --- | --- | --- | --- | --- |\n");
}

fn table(text: &mut String, client: Dialect, sections: &[Section], notes: &mut Footnotes) {
    let _ = writeln!(text, "\n## Clients that speak {}\n", title(client));
    heading(text, "Field");
    for section in sections {
        let lines: Vec<_> = section
            .lines
            .iter()
            .filter(|line| line.cells[index(client)].iter().any(|cell| *cell != Cell::Nothing))
            .collect();
        if lines.is_empty() {
            continue;
        }
        let _ = writeln!(text, "| **{}** | | | | |", section.title);
        for line in lines {
            let _ = write!(text, "| {} |", line.name);
            for upstream in Dialect::ALL {
                // Of an answer it is the client's dialect that may have no place.
                let told = if section.is_answer { client } else { upstream };
                let cell = match line.cells[index(client)][index(upstream)] {
                    Cell::Nothing => "–".to_owned(),
                    Cell::Carried => "=".to_owned(),
                    Cell::Reformed => "~".to_owned(),
                    Cell::Noted(why) => format!("noted[^{}]", notes.number(told, why.reason, why.url)),
                    Cell::Refused(why) => format!("refused[^{}]", notes.number(told, why.reason, why.url)),
                    Cell::Lost => "**LOST**".to_owned(),
                    Cell::Open(instead) => format!("open[^{}]", notes.number(told, instead, reference(told))),
                };
                let _ = write!(text, " {cell} |");
            }
            text.push('\n');
        }
    }
}

/// The reasons, numbered in the order in which they are first needed.
#[derive(Default)]
struct Footnotes(Vec<(Dialect, &'static str, &'static str)>);

impl Footnotes {
    fn number(&mut self, dialect: Dialect, reason: &'static str, url: &'static str) -> usize {
        let known = self.0.iter().position(|note| *note == (dialect, reason, url));
        known.unwrap_or_else(|| {
            self.0.push((dialect, reason, url));
            self.0.len() - 1
        }) + 1
    }
}
