//! The shape that the answer must have: `response_format`.

use crate::form::Format;
use crate::json::View;
use crate::notes::Notes;

use super::{filled, note_others};

/// Reads it; `None` for plain text.
pub(super) fn read<'a>(format: View<'a>, notes: &mut Notes) -> Option<Format<'a>> {
    let [kind, spec, schema] = format.pick(["type", "json_schema", "schema"]);
    match kind.and_then(View::str).as_deref() {
        Some("text") => None,
        Some("json_schema") => {
            let Some(spec) = spec else {
                notes.left_out("response_format.json_schema");
                return Some(Format::Json);
            };
            note_others(spec, "response_format", &["name", "description", "schema", "strict"], notes);
            let [name, description, schema, strict] = spec.pick(["name", "description", "schema", "strict"]);
            Some(match schema {
                Some(schema) => Format::Schema {
                    name: filled(name),
                    description: filled(description),
                    schema: schema.into(),
                    strict: strict.and_then(View::bool),
                },
                None => Format::Json,
            })
        }
        // Together and llama.cpp have the schema here.
        Some("json_object") => Some(match schema {
            Some(schema) => Format::Schema { name: None, description: None, schema: schema.into(), strict: None },
            None => Format::Json,
        }),
        _ => {
            notes.left_out("response_format");
            None
        }
    }
}
