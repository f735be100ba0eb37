//! A stream's grammar, as the official SDK's accumulator wants it.

use serde_json::{Value, json};

/// Checks a whole stream: numbers without a gap, items and parts opened before they are told and told one after the other,
/// wholes that are the sum of their pieces, and a last event that holds what was told.
pub(super) fn check(events: &[Value]) {
    let mut output: Vec<Value> = Vec::new();
    let mut done = 0;
    for (number, event) in events.iter().enumerate() {
        assert_eq!(event["sequence_number"], number, "{event}");
        let kind = event["type"].as_str().unwrap();
        match number {
            0 => assert_eq!(kind, "response.created"),
            1 => assert_eq!(kind, "response.in_progress"),
            _ if number + 1 == events.len() => {
                assert!(["response.completed", "response.incomplete"].contains(&kind), "{event}");
                assert_eq!(event["response"]["output"], Value::Array(output.clone()), "{event}");
                assert_eq!(done, output.len(), "an item is not done");
                check_response(&event["response"]);
            }
            _ => apply(kind, event, &mut output, &mut done),
        }
    }
}

fn check_response(response: &Value) {
    for key in ["id", "object", "created_at", "model", "status"] {
        assert!(!response[key].is_null(), "{key}");
    }
    for key in [
        "error",
        "incomplete_details",
        "instructions",
        "metadata",
        "parallel_tool_calls",
        "temperature",
        "tool_choice",
        "tools",
        "top_p",
        "usage",
    ] {
        assert!(response.get(key).is_some(), "{key}");
    }
}

fn apply(kind: &str, event: &Value, output: &mut Vec<Value>, done: &mut usize) {
    let index = event["output_index"].as_u64().unwrap() as usize;
    match kind {
        "response.output_item.added" => {
            assert_eq!((index, *done), (output.len(), output.len()), "{event}");
            output.push(event["item"].clone());
            return;
        }
        "response.output_item.done" => {
            let told = without_status(&output[index]);
            let mut whole = without_status(&event["item"]);
            for late in ["encrypted_content", "result", "output_format"] {
                whole.as_object_mut().unwrap().remove(late);
            }
            if whole["type"] != "tool_search_call" {
                assert_eq!(told, whole, "{event}");
            }
            output[index] = event["item"].clone();
            *done += 1;
            return;
        }
        _ => {}
    }
    assert_eq!(index, *done, "{event}");
    let item = &mut output[index];
    assert_eq!(event["item_id"], item["id"], "{event}");
    let last = |item: &mut Value, list: &str, place: &str| -> usize {
        let at = event[place].as_u64().unwrap() as usize;
        assert_eq!(at + 1, item[list].as_array().unwrap().len(), "only the last part is told: {event}");
        at
    };
    let (list, place) =
        if kind.contains("summary") { ("summary", "summary_index") } else { ("content", "content_index") };
    match kind {
        "response.content_part.added" | "response.reasoning_summary_part.added" => {
            item[list].as_array_mut().unwrap().push(event["part"].clone());
        }
        "response.content_part.done" | "response.reasoning_summary_part.done" => {
            let at = last(item, list, place);
            assert_eq!(item[list][at], event["part"], "{event}");
        }
        "response.output_text.delta" | "response.reasoning_summary_text.delta" => {
            let at = last(item, list, place);
            append(&mut item[list][at]["text"], event);
        }
        "response.output_text.done" | "response.reasoning_summary_text.done" => {
            let at = last(item, list, place);
            assert_eq!(item[list][at]["text"], event["text"], "{event}");
        }
        "response.refusal.delta" => {
            let at = last(item, list, place);
            append(&mut item[list][at]["refusal"], event);
        }
        "response.refusal.done" => {
            let at = last(item, list, place);
            assert_eq!(item[list][at]["refusal"], event["refusal"], "{event}");
        }
        "response.output_text.annotation.added" => {
            let at = last(item, list, place);
            let annotations = item[list][at]["annotations"].as_array_mut().unwrap();
            assert_eq!(event["annotation_index"], annotations.len(), "{event}");
            annotations.push(event["annotation"].clone());
        }
        "response.function_call_arguments.delta" => append(&mut item["arguments"], event),
        "response.custom_tool_call_input.delta" => append(&mut item["input"], event),
        "response.function_call_arguments.done" => assert_eq!(item["arguments"], event["arguments"], "{event}"),
        "response.custom_tool_call_input.done" => assert_eq!(item["input"], event["input"], "{event}"),
        other => panic!("{other} is no event of the dialect"),
    }
}

fn append(text: &mut Value, event: &Value) {
    let whole = text.as_str().unwrap().to_owned() + event["delta"].as_str().unwrap();
    *text = json!(whole);
}

fn without_status(item: &Value) -> Value {
    let mut item = item.clone();
    item.as_object_mut().unwrap().remove("status");
    item.as_object_mut().unwrap().remove("result");
    item
}

#[test]
fn every_stream_that_is_written_keeps_to_the_grammar() {
    for (name, wire) in super::streams() {
        let (pieces, tally) = super::read(&wire);
        let written = super::written(pieces, &tally, &super::opening());
        let events: Vec<Value> = super::data(&written).map(|data| serde_json::from_str(data).unwrap()).collect();
        check(&events);
        assert!(events.len() > 3, "{name}");
    }
}
