//! What a provider got, read by nobody's code but the tests' own.

use super::fixture::Wire;
use serde_json::{Value, json};

/// A call in a request's history.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SeenCall {
    /// Gemini's may have none.
    pub(super) id: Option<String>,
    pub(super) name: String,
    pub(super) arguments: Value,
}

/// A result in a request's history.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SeenResult {
    pub(super) id: Option<String>,
    /// Gemini's alone have it.
    pub(super) name: Option<String>,
    /// As JSON text, whatever its form.
    pub(super) content: String,
    pub(super) error: bool,
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn parsed(value: &Value) -> Value {
    serde_json::from_str(value.as_str().expect("arguments are text")).expect("arguments are JSON")
}

/// All calls of a request's history, first to last.
pub(super) fn calls(wire: Wire, body: &Value) -> Vec<SeenCall> {
    let call = |id: &Value, name: &Value, arguments: Value| SeenCall {
        id: text(id),
        name: text(name).expect("a call has a name"),
        arguments,
    };
    match wire {
        Wire::Anthropic => list(&body["messages"])
            .flat_map(|message| list(&message["content"]))
            .filter(|block| block["type"] == "tool_use")
            .map(|block| call(&block["id"], &block["name"], block["input"].clone()))
            .collect(),
        Wire::Chat => list(&body["messages"])
            .flat_map(|message| list(&message["tool_calls"]))
            .map(|made| call(&made["id"], &made["function"]["name"], parsed(&made["function"]["arguments"])))
            .collect(),
        Wire::Responses => list(&body["input"])
            .filter(|item| item["type"] == "function_call")
            .map(|item| call(&item["call_id"], &item["name"], parsed(&item["arguments"])))
            .collect(),
        Wire::Gemini => list(&body["contents"])
            .flat_map(|content| list(&content["parts"]))
            .filter_map(|part| part.get("functionCall"))
            .map(|made| call(&made["id"], &made["name"], made.get("args").cloned().unwrap_or_else(|| json!({}))))
            .collect(),
    }
}

/// All results of a request's history, first to last.
pub(super) fn results(wire: Wire, body: &Value) -> Vec<SeenResult> {
    let result = |id: &Value, name: &Value, content: &Value, error: bool| SeenResult {
        id: text(id),
        name: text(name),
        content: content.to_string(),
        error,
    };
    match wire {
        Wire::Anthropic => list(&body["messages"])
            .flat_map(|message| list(&message["content"]))
            .filter(|block| block["type"] == "tool_result")
            .map(|block| result(&block["tool_use_id"], &Value::Null, &block["content"], block["is_error"] == true))
            .collect(),
        Wire::Chat => list(&body["messages"])
            .filter(|message| message["role"] == "tool")
            .map(|message| result(&message["tool_call_id"], &Value::Null, &message["content"], false))
            .collect(),
        Wire::Responses => list(&body["input"])
            .filter(|item| item["type"] == "function_call_output")
            .map(|item| result(&item["call_id"], &Value::Null, &item["output"], false))
            .collect(),
        Wire::Gemini => list(&body["contents"])
            .flat_map(|content| list(&content["parts"]))
            .filter_map(|part| part.get("functionResponse"))
            .map(|given| {
                let error = given["response"].get("error").is_some();
                result(&given["id"], &given["name"], &given["response"], error)
            })
            .collect(),
    }
}

/// Whether the first tool arrived with this schema. Gemini's own form spells types and `null` its own way, orders
/// properties and knows no closed objects.
pub(super) fn has_schema(wire: Wire, body: &Value, schema: &Value) -> bool {
    match wire {
        Wire::Anthropic => body["tools"][0]["input_schema"] == *schema,
        Wire::Chat => body["tools"][0]["function"]["parameters"] == *schema,
        Wire::Responses => body["tools"][0]["parameters"] == *schema,
        Wire::Gemini => {
            let declared = &body["tools"][0]["functionDeclarations"][0];
            match declared.get("parametersJsonSchema") {
                Some(given) => *given == *schema,
                None => respelt(&declared["parameters"]) == respelt(schema),
            }
        }
    }
}

/// A schema without what Gemini's form can't say, in JSON Schema's words.
fn respelt(schema: &Value) -> Value {
    let rules = match schema {
        Value::Object(rules) => rules,
        Value::Array(all) => return all.iter().map(respelt).collect(),
        other => return other.clone(),
    };
    let mut plain = serde_json::Map::new();
    for (name, rule) in rules {
        match (name.as_str(), rule) {
            ("nullable" | "propertyOrdering", _) | ("additionalProperties", Value::Bool(false)) => {}
            ("type", Value::String(kind)) => {
                let kind = kind.to_ascii_lowercase();
                let nullable = rules.get("nullable") == Some(&Value::Bool(true));
                plain.insert(name.clone(), if nullable { json!([kind, "null"]) } else { kind.into() });
            }
            _ => {
                plain.insert(name.clone(), respelt(rule));
            }
        }
    }
    Value::Object(plain)
}

/// What proves reasoning to its maker, in a request's history.
pub(super) fn proofs(wire: Wire, body: &Value) -> Vec<String> {
    let named = |names: &[&str], value: &Value| -> Vec<String> {
        names.iter().filter_map(|name| text(&value[*name])).filter(|proof| !proof.is_empty()).collect()
    };
    match wire {
        Wire::Anthropic => list(&body["messages"])
            .flat_map(|message| list(&message["content"]))
            .flat_map(|block| named(&["signature", "data"], block))
            .collect(),
        Wire::Chat => Vec::new(),
        Wire::Responses => list(&body["input"]).flat_map(|item| named(&["encrypted_content"], item)).collect(),
        Wire::Gemini => list(&body["contents"])
            .flat_map(|content| list(&content["parts"]))
            .flat_map(|part| named(&["thoughtSignature"], part))
            .filter(|proof| proof != "skip_thought_signature_validator")
            .collect(),
    }
}
