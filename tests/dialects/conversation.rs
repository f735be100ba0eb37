//! The tools that the scenarios offer, and what is said about them.

use super::fixture::Pair;
use crate::clients::Heard;
use serde_json::{Value, json};

/// A tool whose arguments are nested, bounded, optional and listed.
pub(super) fn edit() -> Value {
    json!({
        "name": "edit",
        "description": "Changes a file",
        "schema": {
            "type": "object",
            "properties": {
                "path": { "type": "string", "description": "Where" },
                "mode": { "type": "string", "enum": ["read", "write"] },
                "limits": {
                    "type": "object",
                    "properties": { "lines": { "type": "integer", "minimum": 1 }, "ratio": { "type": "number" } },
                    "required": ["lines"],
                    "additionalProperties": false,
                },
                "tags": { "type": "array", "items": { "type": "string" } },
                "note": { "type": ["string", "null"] },
            },
            "required": ["path", "mode", "limits"],
            "additionalProperties": false,
        },
    })
}

/// Arguments for it that are easily spoilt on the way.
pub(super) fn edit_arguments() -> Value {
    json!({
        "path": "grüße/文件 \"x\"\\y.txt",
        "mode": "write",
        "limits": { "lines": 12_345_678_901_u64, "ratio": -0.5 },
        "tags": ["a", "b\nc\t", "🦀", ""],
        "note": null,
    })
}

/// A tool whose schema refers to itself.
pub(super) fn tree() -> Value {
    json!({
        "name": "plant",
        "description": "Plants a tree",
        "schema": {
            "type": "object",
            "properties": { "root": { "$ref": "#/$defs/node" } },
            "required": ["root"],
            "$defs": {
                "node": {
                    "type": "object",
                    "properties": {
                        "name": { "type": "string" },
                        "children": { "type": "array", "items": { "$ref": "#/$defs/node" } },
                    },
                    "required": ["name"],
                },
            },
        },
    })
}

pub(super) fn tree_arguments() -> Value {
    json!({ "root": { "name": "oak", "children": [{ "name": "twig", "children": [] }, { "name": "Blätter" }] } })
}

/// Its calls, without the ids.
pub(super) fn called(heard: &Heard) -> Vec<(String, Value)> {
    let calls = heard.0["calls"].as_array().expect("a list of calls").iter();
    calls.map(|call| (call["name"].as_str().expect("a name").to_owned(), call["arguments"].clone())).collect()
}

/// A result for each of its calls, in their order.
pub(super) fn answered(pair: &Pair, heard: &Heard, contents: &[Value]) -> Value {
    let calls = heard.0["calls"].as_array().expect("a list of calls");
    assert_eq!(calls.len(), contents.len(), "{pair}: {heard:?}");
    let results = calls.iter().zip(contents).map(|(call, content)| {
        let mut result = content.clone();
        for name in ["id", "name", "custom"] {
            if let Some(value) = call.get(name) {
                result[name] = value.clone();
            }
        }
        result
    });
    json!({ "results": results.collect::<Vec<_>>() })
}

/// What a result says.
pub(super) fn says(text: &str) -> Value {
    json!({ "parts": [{ "text": text }] })
}
