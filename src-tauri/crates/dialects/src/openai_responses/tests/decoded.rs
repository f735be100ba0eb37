//! What is read of a client's request.

use super::requests::decoded;
use crate::form::{Block, Proof, ProofKind, Tool, ToolChoice, Turn};

#[test]
fn tools_of_every_place_are_offered_once_under_one_name_each() {
    let body = r#"{"tools":[{"type":"function","name":"a","parameters":{}},{"type":"namespace","name":"n","description":"About.","tools":[{"type":"function","name":"a","description":"Own."},{"type":"function","name":"b"}]},
        {"type":"tool_search","execution":"client","parameters":{"type":"object"}},{"type":"web_search"},{"type":"web_search_preview"}],
        "input":[{"type":"additional_tools","role":"developer","tools":[{"type":"namespace","name":"functions","tools":[{"type":"custom","name":"exec"},{"type":"function","name":"a"}]}]},
        {"role":"user","content":"x"},{"type":"function_call","call_id":"1","namespace":"n","name":"b","arguments":"{}"},{"type":"function_call_output","call_id":"1","output":"r"},
        {"type":"tool_search_call","call_id":"2","execution":"client","arguments":{"query":"q"}},
        {"type":"tool_search_output","call_id":"2","execution":"client","tools":[{"type":"namespace","name":"mcp__m__","tools":[{"type":"function","name":"send"}]}]}],
        "tool_choice":{"type":"function","namespace":"n","name":"a"}}"#;
    let request = decoded(body);
    let names: Vec<&str> = request
        .tools
        .iter()
        .map(|tool| match tool {
            Tool::Function(function) => &*function.name,
            Tool::WebSearch(_) => "(web)",
        })
        .collect();
    assert_eq!(names, ["a", "n__a", "n__b", "tool_search", "(web)", "exec", "mcp__m__send"]);
    let Tool::Function(first) = &request.tools[1] else { panic!("no function") };
    assert_eq!(first.description.as_deref(), Some("Own.\n\nn: About."));
    assert_eq!(request.tool_choice, Some(ToolChoice::Tool("n__a".into())));
    assert_eq!(request.origins.len(), 4);
    let calls: Vec<String> = request
        .turns
        .iter()
        .flat_map(|turn| &turn.blocks)
        .filter_map(|block| match block {
            Block::Call(call) => Some(format!("{} {}", call.name, call.arguments)),
            Block::Result(result) => Some(result.text()),
            _ => None,
        })
        .collect();
    let expected = ["n__b {}", "r", r#"tool_search {"query":"q"}"#, "These tools are offered now: mcp__m__send"];
    assert_eq!(calls, expected);
}

#[test]
fn what_is_not_carried_is_named_and_what_is_the_default_is_not() {
    let notes = |body: &str| -> Vec<String> {
        decoded(body).notes.list().iter().map(|note| format!("{} {}", note.code, note.field)).collect()
    };
    let plain = r#"{"model":"m","store":false,"background":false,"truncation":"disabled","top_logprobs":0,"metadata":{},"include":["reasoning.encrypted_content"],
        "stream_options":{"include_obfuscation":false},"service_tier":"auto","prompt_cache_retention":"in_memory","reasoning":{"mode":"standard"},"text":{"format":{"type":"text"}},
        "input":[{"type":"message","id":"m","status":"completed","role":"assistant","content":[{"type":"output_text","text":"x","annotations":[],"logprobs":[]}]}]}"#;
    assert_eq!(notes(plain), Vec::<String>::new());
    let odd = r#"{"model":"m","store":true,"truncation":"auto","max_tool_calls":3,"client_metadata":{"a":1},"include":["file_search_call.results"],"prompt_cache_retention":"24h",
        "reasoning":{"effort":"wild","context":"all_turns"},"text":{"new":1},"brand_new":1,
        "input":[{"role":"user","content":[{"type":"input_text","text":"x","prompt_cache_breakpoint":{"mode":"explicit"}}]},{"role":"developer","content":"late"},
        {"type":"message","role":"assistant","phase":"commentary","content":"y"},{"type":"web_search_call","id":"w"},{"type":"mcp_call","id":"w"}],
        "tools":[{"type":"function","name":"f","output_schema":{}},{"type":"web_search","search_content_types":["image"]},{"type":"programmatic_tool_calling"}],
        "tool_choice":{"type":"web_search_preview"}}"#;
    let expected = [
        "not-carried tools.output_schema",
        "not-carried tools.web_search.search_content_types",
        "not-carried tools.programmatic_tool_calling",
        "not-carried input.prompt_cache_breakpoint",
        "moved input",
        "not-carried input.phase",
        "not-carried input.web_search_call",
        "not-carried input.mcp_call",
        "not-carried tool_choice",
        "not-carried store",
        "not-carried truncation",
        "not-carried max_tool_calls",
        "not-carried client_metadata",
        "not-carried include file_search_call.results",
        "not-carried reasoning.effort",
        "not-carried reasoning.context",
        "not-carried text.new",
        "not-carried brand_new",
    ];
    assert_eq!(notes(odd), expected);
}

#[test]
fn a_sealed_proof_is_its_makers_and_a_raw_one_nobodys() {
    let sealed = Proof::new(ProofKind::Redacted, "r".into()).seal("claude");
    let body = format!(
        r#"{{"input":[{{"type":"reasoning","id":"rs_9","summary":[],"encrypted_content":"{sealed}"}},{{"type":"reasoning","id":"rs_1","summary":[{{"type":"summary_text","text":"a"}},{{"type":"summary_text","text":"b"}}],"encrypted_content":"gAAAA"}},{{"type":"reasoning","id":"rs_2","summary":[]}}]}}"#
    );
    let request = decoded(&body);
    let Some(Turn { blocks, .. }) = request.turns.first() else { panic!("no turn") };
    let [Block::Thought(first), Block::Thought(second)] = &blocks[..] else { panic!("{blocks:?}") };
    let proof = first.proof.as_ref().unwrap();
    assert!(proof.is_by("claude") && proof.kind == ProofKind::Redacted);
    assert_eq!(second.text, "a\n\nb");
    let proof = second.proof.as_ref().unwrap();
    assert_eq!((proof.kind, proof.maker.as_deref(), proof.id.as_deref()), (ProofKind::Encrypted, None, Some("rs_1")));
}

#[test]
fn media_are_read_in_every_spelling() {
    let read = |part: &str| {
        let body = format!(r#"{{"input":[{{"role":"user","content":[{part}]}}]}}"#);
        let request = decoded(&body);
        match &request.turns[0].blocks[0] {
            Block::Media(media) => format!("{:?} {:?} {}", media.kind, media.name, media.url()),
            block => format!("{block:?}"),
        }
    };
    for (part, expected) in [
        (r#"{"type":"input_image","image_url":"data:image/png;base64,AA=="}"#, "Image None data:image/png;base64,AA=="),
        (r#"{"type":"input_image","image_url":{"url":"https://e.org/a"}}"#, "Image None https://e.org/a"),
        (
            r#"{"type":"input_file","filename":"a.pdf","file_data":"JVBERi0="}"#,
            "Document Some(\"a.pdf\") data:application/pdf;base64,JVBERi0=",
        ),
        (
            r#"{"type":"input_file","filename":"a.csv","file_data":"QQ=="}"#,
            "Document Some(\"a.csv\") data:text/csv;base64,QQ==",
        ),
        (
            r#"{"type":"input_file","filename":"a.png","file_data":"data:image/png;base64,AA=="}"#,
            "Image Some(\"a.png\") data:image/png;base64,AA==",
        ),
        (r#"{"type":"input_file","file_url":"https://e.org/a.pdf"}"#, "Document None https://e.org/a.pdf"),
        (
            r#"{"type":"input_audio","input_audio":{"data":"AA==","format":"mp3"}}"#,
            "Audio None data:audio/mpeg;base64,AA==",
        ),
    ] {
        assert_eq!(read(part), expected);
    }
}

#[test]
fn a_developer_message_after_an_answer_stays_where_it_is() {
    let body = r#"{"instructions":"A","input":[{"role":"developer","content":"B"},{"role":"user","content":"x"},{"role":"system","content":"C"},
        {"role":"assistant","content":"y"},{"role":"user","content":"z"},{"role":"developer","content":[{"type":"input_text","text":"D"}]}]}"#;
    let request = decoded(body);
    assert_eq!(request.system, ["A", "B", "C"]);
    let last = &request.turns.last().unwrap().blocks;
    assert_eq!(last[..], [Block::Instruction("D".into())]);
    let codes: Vec<&str> = request.notes.list().iter().map(|note| note.code).collect();
    assert_eq!(codes, ["moved"]);
}

#[test]
fn a_tool_that_is_to_be_loaded_later_is_offered_at_once_and_that_is_noted() {
    let read = |deferred: bool| {
        let body = format!(r#"{{"tools":[{{"type":"function","name":"f","defer_loading":{deferred}}}]}}"#);
        let request = decoded(&body);
        (request.tools.len(), request.notes.list().iter().map(|note| note.field.clone()).collect::<Vec<_>>())
    };
    assert_eq!(read(true), (1, vec!["tools.defer_loading".to_owned()]));
    assert_eq!(read(false), (1, vec![]));
}
