//! What routing is told of requests.

use mainstay_dialects::{BodyError, Dialect, Glance, glance};

use Dialect::{Anthropic, Gemini, OpenaiChat, OpenaiResponses};

fn look(dialect: Dialect, body: &str) -> Glance {
    glance(dialect, body.as_bytes()).unwrap_or_else(|error| panic!("{body}: {error}"))
}

#[test]
fn a_plain_request_can_go_anywhere() {
    for (dialect, body) in [
        (
            Anthropic,
            r#"{"model":"m","stream":true,"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}],"tools":[],"thinking":{"type":"disabled"}}"#,
        ),
        (
            OpenaiChat,
            r#"{"model":"m","stream":true,"messages":[{"role":"developer","content":"x"},{"role":"user","content":[{"type":"text","text":"hi"}]}],"tools":[],"n":1,"reasoning_effort":"none","response_format":{"type":"text"}}"#,
        ),
        (
            OpenaiResponses,
            r#"{"model":"m","stream":true,"input":[{"role":"developer","content":"x"},{"role":"user","content":[{"type":"input_text","text":"hi"}]}],"tools":[],"store":false,"background":false,"reasoning":{"effort":"none"},"top_logprobs":0,"text":{"format":{"type":"text"}}}"#,
        ),
        (
            Gemini,
            r#"{"contents":[{"parts":[{"text":"hi"}]}],"tools":[],"generationConfig":{"candidateCount":1,"thinkingConfig":{"thinkingBudget":0}}}"#,
        ),
    ] {
        let seen = look(dialect, body);
        let in_url = dialect == Gemini;
        assert_eq!(seen.model.as_deref(), (!in_url).then_some("m"));
        assert_eq!(seen.stream, !in_url);
        assert!(seen.opening.is_some());
        let rest = Glance { model: None, stream: false, token_estimate: 0, opening: None, ..seen };
        assert_eq!(rest, Glance::default(), "{dialect}");
    }
}

#[test]
fn what_only_its_own_dialect_can_serve_is_named() {
    let anthropic = |more: &str| format!(r#"{{"model":"m","messages":[{{"role":"user","content":"hi"}}]{more}}}"#);
    let anthropic_block = |block: &str| format!(r#"{{"messages":[{{"role":"user","content":[{block}]}}]}}"#);
    let openai = anthropic;
    let openai_part = anthropic_block;
    let openai_message = |message: &str| format!(r#"{{"messages":[{message}]}}"#);
    let gemini = |more: &str| format!(r#"{{"contents":[{{"parts":[{{"text":"hi"}}]}}]{more}}}"#);
    let gemini_part = |part: &str| format!(r#"{{"contents":[{{"parts":[{part}]}}]}}"#);
    let responses = |more: &str| format!(r#"{{"input":"hi"{more}}}"#);
    let responses_item = |item: &str| format!(r#"{{"input":[{item}]}}"#);
    let responses_part = |part: &str| format!(r#"{{"input":[{{"role":"user","content":[{part}]}}]}}"#);
    let responses_tool = |tool: &str| format!(r#"{{"input":"hi","tools":[{tool}]}}"#);
    let cases: Vec<(Dialect, String, &[&str])> = vec![
        (OpenaiResponses, responses(r#","text":{"format":{"type":"json_object"}},"reasoning":{"effort":"low"}"#), &[]),
        (OpenaiResponses, responses(r#","top_logprobs":3"#), &["log probabilities"]),
        (OpenaiResponses, responses(r#","include":["message.output_text.logprobs"]"#), &["log probabilities"]),
        (OpenaiResponses, responses(r#","background":true"#), &["background"]),
        (OpenaiResponses, responses(r#","previous_response_id":"r""#), &["previous response"]),
        (OpenaiResponses, responses(r#","conversation":{"id":"c"}"#), &["conversation"]),
        (OpenaiResponses, r#"{"prompt":{"id":"p"}}"#.to_owned(), &["prompt"]),
        (OpenaiResponses, responses_item(r#"{"type":"item_reference","id":"i"}"#), &["stored item"]),
        (OpenaiResponses, responses_item(r#"{"id":"i"}"#), &["stored item"]),
        (OpenaiResponses, responses_item(r#"{"type":"compaction","encrypted_content":"x"}"#), &["compaction"]),
        (OpenaiResponses, responses_item(r#"{"type":"hologram"}"#), &["content of another kind"]),
        (OpenaiResponses, responses_item(r#"{"type":"web_search_call","id":"w"}"#), &[]),
        (OpenaiResponses, responses_item(r#"{"type":"reasoning","summary":[],"encrypted_content":"x"}"#), &[]),
        (OpenaiResponses, responses_item(r#"{"type":"custom_tool_call","call_id":"c","name":"n","input":"x"}"#), &[]),
        (
            OpenaiResponses,
            responses_item(r#"{"type":"function_call_output","output":[{"type":"input_image","image_url":"data:"}]}"#),
            &[],
        ),
        (OpenaiResponses, responses_item(r#"{"type":"additional_tools","tools":[{"type":"mcp"}]}"#), &["MCP"]),
        (OpenaiResponses, responses_item(r#"{"type":"mcp_approval_response","approve":true}"#), &["MCP"]),
        (OpenaiResponses, responses_part(r#"{"type":"input_image","image_url":"data:"}"#), &[]),
        (OpenaiResponses, responses_part(r#"{"type":"input_image","file_id":"f"}"#), &["file"]),
        (OpenaiResponses, responses_part(r#"{"type":"input_file","file_url":"https://x"}"#), &["document by URL"]),
        (OpenaiResponses, responses_part(r#"{"type":"input_audio","input_audio":{}}"#), &["audio"]),
        (
            OpenaiResponses,
            responses_tool(
                r#"{"type":"namespace","name":"n","tools":[]},{"type":"web_search"},{"type":"tool_search"},{"type":"custom","name":"c"}"#,
            ),
            &[],
        ),
        (
            OpenaiResponses,
            responses_tool(r#"{"type":"local_shell"},{"type":"shell"},{"type":"apply_patch"}"#),
            &["native shell", "native patch"],
        ),
        (OpenaiResponses, responses_tool(r#"{"type":"file_search","vector_store_ids":["v"]}"#), &["file"]),
        (
            OpenaiResponses,
            responses_tool(r#"{"type":"code_interpreter","container":"c"}"#),
            &["code execution", "container"],
        ),
        (OpenaiResponses, responses_tool(r#"{"type":"image_generation"}"#), &["image generation"]),
        (OpenaiResponses, responses_tool(r#"{"type":"computer_use_preview"}"#), &["computer use"]),
        (OpenaiResponses, responses_tool(r#"{"type":"brand_new"}"#), &["tool of another kind"]),
        (Anthropic, anthropic(r#","tools":[{"name":"t","input_schema":{}}]"#), &[]),
        (Anthropic, anthropic(r#","thinking":{"type":"adaptive"}"#), &[]),
        (Anthropic, anthropic(r#","output_config":{"format":{"type":"json_schema"}}"#), &[]),
        (Anthropic, anthropic(r#","output_config":{"effort":"high"}"#), &[]),
        (Anthropic, anthropic_block(r#"{"type":"image","source":{"type":"base64","data":"AAAA"}}"#), &[]),
        (Anthropic, anthropic_block(r#"{"type":"document","source":{"type":"file","file_id":"f"}}"#), &["file"]),
        (
            Anthropic,
            anthropic_block(r#"{"type":"document","source":{"type":"url","url":"https://e.org/a.pdf"}}"#),
            &["documents by URL"],
        ),
        (
            Anthropic,
            anthropic_block(r#"{"type":"tool_result","tool_use_id":"t","content":[{"type":"image","source":{}}]}"#),
            &[],
        ),
        (Anthropic, anthropic_block(r#"{"type":"search_result","source":"s","title":"t","content":[]}"#), &[]),
        (Anthropic, anthropic_block(r#"{"type":"server_tool_use","id":"s","name":"web_search","input":{}}"#), &[]),
        (Anthropic, anthropic(r#","tools":[{"type":"web_search_20250305","name":"web_search"}]"#), &[]),
        (
            Anthropic,
            anthropic(r#","tools":[{"type":"bash_20250124","name":"bash"}]"#),
            &["a tool that Anthropic defines"],
        ),
        (Anthropic, anthropic(r#","tools":[{"type":"code_execution_20250825","name":"c"}]"#), &["code execution"]),
        (Anthropic, anthropic(r#","mcp_servers":[{"url":"x"}]"#), &["MCP"]),
        (Anthropic, anthropic(r#","container":{"skills":[]}"#), &["skills"]),
        (Anthropic, anthropic(r#","thread":{"id":"t"}"#), &["previous response"]),
        (Anthropic, anthropic(r#","max_tokens":0"#), &["cache warming"]),
        (Anthropic, anthropic_block(r#"{"type":"thinking","thinking":"x","signature":"s"}"#), &[]),
        (Anthropic, anthropic_block(r#"{"type":"hologram"}"#), &["content of another kind"]),
        (OpenaiChat, openai(r#","functions":[{"name":"t"}]"#), &[]),
        (OpenaiChat, openai(r#","web_search_options":{}"#), &[]),
        (OpenaiChat, openai(r#","n":2"#), &["several answers"]),
        (OpenaiChat, openai(r#","reasoning_effort":"low""#), &[]),
        (OpenaiChat, openai(r#","reasoning":{"enabled":false,"effort":"high"}"#), &[]),
        (OpenaiChat, openai(r#","enable_thinking":true"#), &[]),
        (OpenaiChat, openai(r#","logprobs":true"#), &["log probabilities"]),
        (OpenaiChat, openai(r#","response_format":{"type":"json_object"}"#), &[]),
        (OpenaiChat, openai(r#","modalities":["text","audio"]"#), &["audio"]),
        (OpenaiChat, openai_part(r#"{"type":"image_url","image_url":{"url":"data:"}}"#), &[]),
        (OpenaiChat, openai_part(r#"{"type":"input_audio","input_audio":{"data":""}}"#), &["audio"]),
        (OpenaiChat, openai_message(r#"{"role":"tool","tool_call_id":"t","content":"x"}"#), &[]),
        (OpenaiChat, openai_message(r#"{"role":"assistant","content":null,"tool_calls":[{"id":"t"}]}"#), &[]),
        (OpenaiChat, openai_message(r#"{"role":"assistant","content":"x","tool_calls":[]}"#), &[]),
        (Gemini, gemini(r#","tools":[{"googleSearch":{}}]"#), &[]),
        (Gemini, gemini(r#","generationConfig":{"thinkingConfig":{"thinkingBudget":-1}}"#), &[]),
        (Gemini, gemini(r#","generation_config":{"thinking_config":{"thinking_level":"low"}}"#), &[]),
        (Gemini, gemini(r#","generationConfig":{"responseMimeType":"application/json"}"#), &[]),
        (Gemini, gemini(r#","generationConfig":{"candidateCount":2}"#), &["several answers"]),
        (Gemini, gemini(r#","cachedContent":"cachedContents/1""#), &["cached content"]),
        (Gemini, gemini_part(r#"{"inlineData":{"mimeType":"image/png","data":"AAAA"}}"#), &[]),
        (Gemini, gemini_part(r#"{"inline_data":{"mime_type":"application/pdf","data":"AAAA"}}"#), &[]),
        (Gemini, gemini_part(r#"{"functionResponse":{"name":"t"}}"#), &[]),
        (Gemini, gemini_part(r#"{"text":"x","thought":true}"#), &[]),
    ];
    for (dialect, body, needs) in cases {
        let seen: Vec<&str> = look(dialect, &body).needs.iter().map(|need| need.what).collect();
        assert_eq!(seen, needs, "{dialect}: {body}");
    }
}

#[test]
fn effects_and_state_are_named() {
    for (dialect, body, effects, state) in [
        (
            Anthropic,
            r#"{"messages":[],"tools":[{"type":"code_execution_20250825","name":"c"}]}"#,
            Some("code execution"),
            None,
        ),
        (Anthropic, r#"{"messages":[],"tools":[{"type":"web_search_20250305","name":"w"}]}"#, None, None),
        (Anthropic, r#"{"messages":[],"mcp_servers":[{"url":"x"}]}"#, Some("MCP"), None),
        (Anthropic, r#"{"messages":[],"tools":[{"type":"computer_20250124"}]}"#, Some("computer use"), None),
        (Anthropic, r#"{"messages":[],"container":"c_1"}"#, None, Some("container")),
        (Anthropic, r#"{"messages":[],"container":{"skills":[]}}"#, None, None),
        (OpenaiChat, r#"{"messages":[],"modalities":["image"]}"#, Some("image generation"), None),
        (OpenaiChat, r#"{"messages":[],"background":true}"#, Some("background"), None),
        (OpenaiChat, r#"{"messages":[],"previous_response_id":"r"}"#, None, Some("previous response")),
        (
            OpenaiChat,
            r#"{"messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"f"}}]}]}"#,
            None,
            Some("file"),
        ),
        (OpenaiChat, r#"{"messages":[{"role":"assistant","audio":{"id":"a"}}]}"#, None, Some("audio")),
        (
            OpenaiResponses,
            r#"{"input":"x","tools":[{"type":"code_interpreter","container":{"type":"auto"}}]}"#,
            Some("code execution"),
            None,
        ),
        (
            OpenaiResponses,
            r#"{"input":"x","tools":[{"type":"shell","environment":{"type":"container_reference"}}]}"#,
            Some("code execution"),
            Some("container"),
        ),
        (OpenaiResponses, r#"{"input":"x","tools":[{"type":"mcp"}]}"#, Some("MCP"), None),
        (OpenaiResponses, r#"{"input":"x","background":true}"#, Some("background"), None),
        (OpenaiResponses, r#"{"input":"x","previous_response_id":"r"}"#, None, Some("previous response")),
        (Gemini, r#"{"contents":[],"tools":[{"codeExecution":{}}]}"#, Some("code execution"), None),
        (
            Gemini,
            r#"{"contents":[],"generationConfig":{"responseModalities":["IMAGE"]}}"#,
            Some("image generation"),
            None,
        ),
        (Gemini, r#"{"contents":[],"cachedContent":"c"}"#, None, Some("cached content")),
        (
            Gemini,
            r#"{"contents":[{"parts":[{"fileData":{"fileUri":"https://x/v1beta/files/a"}}]}]}"#,
            None,
            Some("file"),
        ),
        (Gemini, r#"{"contents":[{"parts":[{"fileData":{"fileUri":"https://youtu.be/a"}}]}]}"#, None, None),
    ] {
        let seen = look(dialect, body);
        assert_eq!((seen.effects, seen.state), (effects, state), "{body}");
    }
}

#[test]
fn a_conversation_that_goes_on_is_told_from_a_first_turn() {
    for (dialect, body, continues) in [
        (Anthropic, r#"{"messages":[{"role":"user","content":"a"},{"role":"user","content":"b"}]}"#, false),
        (Anthropic, r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#, true),
        (Anthropic, r#"{"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t"}]}]}"#, true),
        (OpenaiChat, r#"{"messages":[{"role":"system","content":"a"},{"role":"user","content":"b"}]}"#, false),
        (OpenaiChat, r#"{"messages":[{"role":"tool","content":"b"}]}"#, true),
        (OpenaiResponses, r#"{"input":"a"}"#, false),
        (OpenaiResponses, r#"{"input":[{"role":"developer","content":"a"},{"role":"user","content":"b"}]}"#, false),
        (OpenaiResponses, r#"{"input":[{"type":"function_call_output","output":"b"}]}"#, true),
        (OpenaiResponses, r#"{"input":"a","previous_response_id":"r"}"#, true),
        (Gemini, r#"{"contents":[{"role":"user","parts":[]}]}"#, false),
        (Gemini, r#"{"contents":[{"role":"model","parts":[]}]}"#, true),
    ] {
        assert_eq!(look(dialect, body).continues, continues, "{body}");
    }
}

#[test]
fn tokens_are_estimated_from_text_and_media_not_from_encoded_bytes() {
    let words = "word ".repeat(8000);
    for (dialect, body) in [
        (Anthropic, format!(r#"{{"messages":[{{"role":"user","content":"{words}"}}]}}"#)),
        (OpenaiChat, format!(r#"{{"messages":[{{"role":"user","content":"{words}"}}]}}"#)),
        (OpenaiResponses, format!(r#"{{"input":[{{"role":"user","content":"{words}"}}]}}"#)),
        (OpenaiResponses, format!(r#"{{"input":"{words}"}}"#)),
        (Gemini, format!(r#"{{"contents":[{{"parts":[{{"text":"{words}"}}]}}]}}"#)),
    ] {
        assert_eq!(look(dialect, &body).token_estimate, 10_000, "{dialect}");
    }
    let picture = "A".repeat(4_000_000);
    let body = format!(
        r#"{{"messages":[{{"role":"user","content":[{{"type":"image","source":{{"type":"base64","data":"{picture}"}}}}]}}]}}"#
    );
    assert_eq!(look(Anthropic, &body).token_estimate, 1500);
}

#[test]
fn bodies_that_routing_cannot_read_are_refused_with_the_reason() {
    for (dialect, body, reason) in [
        (Anthropic, "", "the request body is not valid JSON (line 1, column 0)"),
        (Anthropic, "{\n  \"model\": }", "the request body is not valid JSON (line 2, column 12)"),
        (Anthropic, "{\"messages\":[]} {}", "the request body is not valid JSON (line 1, column 17)"),
        (OpenaiChat, "[]", "the request body must be a JSON object"),
        (OpenaiChat, "{}", "the request body has no `messages`"),
        (OpenaiChat, r#"{"messages":null}"#, "the request body has no `messages`"),
        (OpenaiChat, r#"{"messages":{}}"#, "`messages` must be an array"),
        (OpenaiChat, r#"{"messages":[{},1]}"#, "`messages[1]` must be an object"),
        (OpenaiChat, r#"{"messages":[],"model":1}"#, "`model` must be a string"),
        (Anthropic, r#"{"messages":[],"stream":"yes"}"#, "`stream` must be true or false"),
        (OpenaiResponses, "{}", "the request body has no `input`"),
        (OpenaiResponses, r#"{"input":5}"#, "`input` must be a string or an array"),
        (OpenaiResponses, r#"{"input":[{},"x"]}"#, "`input[1]` must be an object"),
        (Gemini, "{}", "the request body has no `contents`"),
    ] {
        let error: BodyError = glance(dialect, body.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), reason, "{body}");
    }
}

#[test]
fn depth_and_odd_types_are_only_input() {
    let deep =
        format!(r#"{{"messages":[{{"role":"user","content":{}{}}}]}}"#, "[".repeat(300_000), "]".repeat(300_000));
    look(Anthropic, &deep);
    look(OpenaiChat, &deep);
    for dialect in Dialect::ALL {
        for odd in ["1", "null", "\"x\"", "[1,[2]]", "{\"type\":5}", "[{\"type\":\"text\"},null]"] {
            let body = format!(
                r#"{{"input":[{{"type":{odd},"role":"user","content":{odd},"output":{odd},"tools":{odd}}}],"messages":[{{"role":{odd},"content":{odd}}}],"contents":[{{"role":{odd},"parts":{odd}}}],"tools":{odd},"system":{odd},"thinking":{odd},"generationConfig":{odd},"n":{odd}}}"#
            );
            look(dialect, &body);
        }
    }
}

/// failover §4: the same for every turn, whatever stands before it and wherever the marks for the cache are.
#[test]
fn a_conversation_is_known_by_what_its_user_said_first() {
    let same = |dialect, bodies: &[&str]| {
        let first = look(dialect, bodies[0]).opening;
        assert!(first.is_some());
        for body in bodies {
            assert_eq!(look(dialect, body).opening, first, "{body}");
        }
        first
    };
    let anthropic = same(
        Anthropic,
        &[
            r#"{"system":"a","messages":[{"role":"user","content":"hi"}]}"#,
            r#"{"system":"b","messages":[{"role":"user","content":[{"type":"text","text":"hi","cache_control":{"type":"ephemeral"}}]},{"role":"assistant","content":"x"},{"role":"user","content":"y"}]}"#,
        ],
    );
    let chat = same(
        OpenaiChat,
        &[
            r#"{"messages":[{"role":"system","content":"a"},{"role":"user","content":"hi"}]}"#,
            r#"{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"x"}]}"#,
        ],
    );
    let responses = same(
        OpenaiResponses,
        &[r#"{"input":"hi"}"#, r#"{"input":[{"role":"developer","content":"d"},{"role":"user","content":"hi"}]}"#],
    );
    let gemini = same(Gemini, &[r#"{"contents":[{"parts":[{"text":"hi"}]},{"role":"model","parts":[{"text":"x"}]}]}"#]);
    // FNV-1a of "hi": what is written down in one run is known in the next.
    assert_eq!([anthropic, chat, responses, gemini], [Some(0x08ba_5f07_b55e_c3da); 4]);
    assert_ne!(look(OpenaiResponses, r#"{"input":"ho"}"#).opening, responses);
}

/// failover §4.
#[test]
fn a_session_is_read_where_clients_name_it() {
    let anthropic =
        |user: &str| look(Anthropic, &format!(r#"{{"messages":[],"metadata":{{"user_id":{user}}}}}"#)).session;
    let session = Some("6ba7b810-9dad-11d1-80b4-00c04fd430c8".to_owned());
    assert_eq!(anthropic(r#""user_1f_account__session_6ba7b810-9dad-11d1-80b4-00c04fd430c8""#), session);
    assert_eq!(
        anthropic(r#""{\"device_id\":\"d\",\"session_id\":\"6ba7b810-9dad-11d1-80b4-00c04fd430c8\"}""#),
        session
    );
    for user in [r#""user-17""#, r#""_session_""#, "17", "null"] {
        assert_eq!(anthropic(user), None, "{user}");
    }
    for (dialect, turns) in [(OpenaiResponses, r#""input":"hi""#), (OpenaiChat, r#""messages":[]"#)] {
        assert_eq!(look(dialect, &format!(r#"{{{turns},"prompt_cache_key":"k"}}"#)).session.as_deref(), Some("k"));
    }
}

/// failover §3.7.
#[test]
fn the_ids_of_state_kept_at_a_provider_are_named() {
    for (dialect, body, ids) in [
        (
            OpenaiResponses,
            r#"{"previous_response_id":"resp_1","input":[{"type":"item_reference","id":"rs_1"},{"id":"msg_1"},{"role":"user","content":[{"type":"input_file","file_id":"file_1"}]}]}"#,
            &["rs_1", "msg_1", "file_1", "resp_1"][..],
        ),
        (
            OpenaiResponses,
            r#"{"input":"hi","conversation":{"id":"conv_1"},"tools":[{"type":"code_interpreter","container":"cntr_1"},{"type":"file_search","vector_store_ids":["vs_1"]}]}"#,
            &["cntr_1", "vs_1", "conv_1"],
        ),
        (
            OpenaiChat,
            r#"{"messages":[{"role":"assistant","audio":{"id":"audio_1"}},{"role":"user","content":[{"type":"file","file":{"file_id":"file_1"}}]}]}"#,
            &["audio_1", "file_1"],
        ),
        (
            Anthropic,
            r#"{"container":{"id":"container_1"},"messages":[{"role":"user","content":[{"type":"container_upload","file_id":"file_1"},{"type":"document","source":{"type":"file","file_id":"file_2"}}]}]}"#,
            &["file_1", "file_2", "container_1"],
        ),
        (
            Gemini,
            r#"{"cachedContent":"cachedContents/1","contents":[{"parts":[{"fileData":{"mimeType":"image/png","fileUri":"https://g/v1beta/files/1"}}]}]}"#,
            &["https://g/v1beta/files/1", "cachedContents/1"],
        ),
        (OpenaiResponses, r#"{"input":[{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"e"}]}"#, &[]),
    ] {
        let seen = look(dialect, body);
        assert_eq!(seen.state_ids, ids, "{body}");
        assert_eq!(seen.state.is_some(), !ids.is_empty(), "{body}");
    }
    assert!(look(OpenaiResponses, r#"{"previous_response_id":"resp_1","input":"hi"}"#).continues);
}
