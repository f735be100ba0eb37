//! What becomes of a request on its way to an upstream of its own dialect, and what profiles do to it.

use mainstay_dialects::{Dialect, Param, PrepareError, Prepared, Terms, TokenLimitName, prepare};
use proptest::prelude::*;
use serde_json::{Value, json};

use Dialect::{Anthropic, Gemini, OpenaiChat};

fn param(name: &str, value: Value) -> Param {
    Param { name: name.to_owned(), value, always: false }
}

fn always(name: &str, value: Value) -> Param {
    Param { always: true, ..param(name, value) }
}

fn terms(params: Vec<Param>) -> Terms {
    Terms { model: "mine".to_owned(), params, ..Terms::default() }
}

fn pass(dialect: Dialect, body: &str, terms: &Terms) -> Prepared {
    prepare(dialect, dialect, body.as_bytes(), false, terms).unwrap()
}

fn text(prepared: &Prepared) -> &str {
    std::str::from_utf8(&prepared.body).unwrap()
}

fn notes(prepared: &Prepared) -> Vec<String> {
    prepared.notes.iter().map(ToString::to_string).collect()
}

#[test]
fn only_the_model_changes_where_the_profile_sets_nothing() {
    for (dialect, body, expected) in [
        (
            Anthropic,
            "{ \"model\" : \"theirs\",\n\t\"messages\":[ ], \"temperature\":1.0e0, \"x\":{\"model\":\"y\"} }\n",
            "{ \"model\" : \"mine\",\n\t\"messages\":[ ], \"temperature\":1.0e0, \"x\":{\"model\":\"y\"} }\n",
        ),
        (
            OpenaiChat,
            r#"{"messages":[],"big":12345678901234567890.10}"#,
            r#"{"model":"mine","messages":[],"big":12345678901234567890.10}"#,
        ),
        (OpenaiChat, r#"{"model":"mine","messages":[]}"#, r#"{"model":"mine","messages":[]}"#),
        (Gemini, r#"{"contents":[],"model":"models/theirs"}"#, r#"{"contents":[],"model":"models/theirs"}"#),
    ] {
        let prepared = pass(dialect, body, &terms(Vec::new()));
        assert_eq!(text(&prepared), expected);
        assert!(prepared.untouched && prepared.notes.is_empty() && prepared.ours.is_empty());
    }
}

/// Gemini takes each name in either spelling, and refuses or misreads a body that has one twice.
#[test]
fn no_parameter_of_geminis_stands_twice_in_a_body() {
    let config = || param("generationConfig", json!({"temperature": 0.5, "response_mime_type": "text/plain"}));
    let snake = || param("generation_config", json!({"topK": 3}));
    let safety = |name| param(name, json!([{"category": "A"}]));
    for (params, body, expected) in [
        (
            vec![config(), param("topK", json!(3))],
            r#"{"contents":[]}"#,
            json!({"generationConfig": {"temperature": 0.5, "topK": 3, "responseMimeType": "text/plain"}, "contents": []}),
        ),
        (
            vec![config(), snake()],
            r#"{"contents":[],"generation_config":{"temperature":1,"response_mime_type":"x"}}"#,
            json!({"contents": [], "generation_config": {"temperature": 1, "response_mime_type": "x", "topK": 3}}),
        ),
        (
            vec![always("responseMimeType", json!("text/plain")), param("response_mime_type", json!("y"))],
            r#"{"contents":[],"generationConfig":{"response_mime_type":"x"}}"#,
            json!({"contents": [], "generationConfig": {"response_mime_type": "x"}}),
        ),
        (
            vec![always("responseMimeType", json!("text/plain"))],
            r#"{"contents":[],"generationConfig":{"response_mime_type":"x"}}"#,
            json!({"contents": [], "generationConfig": {"response_mime_type": "text/plain"}}),
        ),
        (
            vec![safety("safetySettings")],
            r#"{"contents":[],"safety_settings":[]}"#,
            json!({"contents": [], "safety_settings": []}),
        ),
        (
            vec![safety("safety_settings"), safety("safetySettings")],
            r#"{"contents":[]}"#,
            json!({"contents": [], "safetySettings": [{"category": "A"}]}),
        ),
    ] {
        let prepared = pass(Gemini, body, &terms(params));
        let read: Value = serde_json::from_slice(&prepared.body).unwrap();
        assert_eq!(read, expected, "{}", text(&prepared));
        // A reader of JSON hides what stands twice: the length tells.
        assert_eq!(prepared.body.len(), expected.to_string().len(), "{}", text(&prepared));
    }
    let said = br#"{"model":"m","messages":[{"role":"user","content":"hi"}],"temperature":1}"#;
    let prepared = prepare(OpenaiChat, Gemini, said, false, &terms(vec![config(), snake()])).unwrap();
    let read: Value = serde_json::from_slice(&prepared.body).unwrap();
    assert_eq!(
        read["generationConfig"],
        json!({"temperature": 1, "topK": 3, "responseMimeType": "text/plain"}),
        "{}",
        text(&prepared)
    );
    assert_eq!(text(&prepared).matches("eneration").count(), 1, "{}", text(&prepared));
}

#[test]
fn a_profile_fills_in_what_the_client_left_out() {
    let set = terms(vec![
        param("temperature", json!(0.7)),
        param("maxTokens", json!(100)),
        param("stop", json!("END")),
        param("verbosity", json!("low")),
    ]);
    for (dialect, body, expected, ours) in [
        (
            Anthropic,
            r#"{"model":"mine","messages":[]}"#,
            r#"{"temperature":0.7,"max_tokens":100,"stop_sequences":["END"],"verbosity":"low","model":"mine","messages":[]}"#,
            ["temperature", "max_tokens", "stop_sequences", "verbosity"],
        ),
        (
            OpenaiChat,
            r#"{"model":"mine","messages":[]}"#,
            r#"{"temperature":0.7,"max_tokens":100,"stop":"END","verbosity":"low","model":"mine","messages":[]}"#,
            ["temperature", "max_tokens", "stop", "verbosity"],
        ),
        (
            Gemini,
            r#"{"contents":[]}"#,
            r#"{"verbosity":"low","generationConfig":{"temperature":0.7,"maxOutputTokens":100,"stopSequences":["END"]},"contents":[]}"#,
            [
                "generationConfig.temperature",
                "generationConfig.maxOutputTokens",
                "generationConfig.stopSequences",
                "verbosity",
            ],
        ),
    ] {
        let prepared = pass(dialect, body, &set);
        assert_eq!(text(&prepared), expected);
        assert_eq!(prepared.ours, ours);
        assert!(!prepared.untouched && prepared.notes.iter().all(|note| note.code == "filled"));
    }
}

#[test]
fn what_the_client_sent_stays_unless_the_profile_says_always() {
    let body = r#"{"model":"mine","messages":[],"temperature":1,"top_p":0.50,"user":"u"}"#;
    let set = terms(vec![param("temperature", json!(0.7)), always("top_p", json!(0.9)), param("user", json!("v"))]);
    let prepared = pass(OpenaiChat, body, &set);
    assert_eq!(text(&prepared), r#"{"model":"mine","messages":[],"temperature":1,"top_p":0.9,"user":"u"}"#);
    assert_eq!(
        notes(&prepared),
        [
            "kept-client temperature: client sent 1",
            "replaced top_p: profile sets 0.9, client sent 0.50",
            "kept-client user: client sent \"u\"",
        ]
    );
    assert_eq!(prepared.ours, ["top_p"]);
    let kept = pass(OpenaiChat, body, &terms(vec![param("temperature", json!(0.7))]));
    assert!(kept.untouched, "a parameter that is not applied changes nothing");
}

#[test]
fn sampling_parameters_are_not_filled_in_beside_anthropics_thinking() {
    let body = r#"{"model":"mine","messages":[],"thinking":{"type":"adaptive"}}"#;
    let set = terms(vec![param("temperature", json!(0.7)), param("max_tokens", json!(10))]);
    let prepared = pass(Anthropic, body, &set);
    assert_eq!(prepared.ours, ["max_tokens"]);
    assert!(notes(&prepared).contains(&"kept-client temperature: client asked for thinking".to_owned()));
    let set = terms(vec![always("temperature", json!(0.7))]);
    assert_eq!(pass(Anthropic, body, &set).ours, ["temperature"]);
}

#[test]
fn a_client_cannot_make_notes_without_end() {
    let members: String = (0..5000).map(|i| format!(r#","unknown{i}{}":1"#, "x".repeat(200))).collect();
    let body = format!(r#"{{"messages":[{{"role":"user","content":"hi"}}]{members}}}"#);
    let prepared = prepare(OpenaiChat, Gemini, body.as_bytes(), false, &terms(Vec::new())).unwrap();
    assert!(prepared.notes.len() <= 40 && prepared.notes.iter().all(|note| note.field.len() <= 100));
}

#[test]
fn a_null_counts_as_left_out() {
    let prepared = pass(
        OpenaiChat,
        r#"{"model":null,"messages":[],"temperature":null}"#,
        &terms(vec![param("temperature", json!(1))]),
    );
    assert_eq!(text(&prepared), r#"{"model":"mine","messages":[],"temperature":1}"#);
}

#[test]
fn geminis_settings_are_found_in_either_spelling() {
    let body = r#"{"contents":[],"generation_config":{"top_k":3,"max_output_tokens":999999}}"#;
    let set = Terms {
        max_output: Some(8192),
        ..terms(vec![param("top_k", json!(5)), param("thinkingConfig", json!({"thinkingBudget": 0}))])
    };
    let prepared = pass(Gemini, body, &set);
    assert_eq!(
        text(&prepared),
        r#"{"contents":[],"generation_config":{"thinkingConfig":{"thinkingBudget":0},"top_k":3,"max_output_tokens":8192}}"#
    );
}

#[test]
fn output_is_capped_at_the_models_maximum() {
    let set = Terms { max_output: Some(8192), ..terms(Vec::new()) };
    for (sent, expected, noted) in
        [("100000", "8192", true), ("8192", "8192", false), ("1e9", "8192", true), ("\"x\"", "\"x\"", false)]
    {
        let body = format!(r#"{{"model":"mine","messages":[],"max_tokens":{sent}}}"#);
        let prepared = pass(Anthropic, &body, &set);
        assert_eq!(text(&prepared), format!(r#"{{"model":"mine","messages":[],"max_tokens":{expected}}}"#));
        assert_eq!(prepared.notes.iter().any(|note| note.code == "capped"), noted);
        assert_eq!(prepared.untouched, !noted);
    }
}

#[test]
fn the_token_limit_goes_under_the_name_that_the_model_takes() {
    let with = |name, refused: &[&str], params| Terms {
        token_limit_name: name,
        refused: refused.iter().map(|field| (*field).to_owned()).collect(),
        max_output: Some(50),
        ..terms(params)
    };
    let (old, new) = (TokenLimitName::MaxTokens, TokenLimitName::MaxCompletionTokens);
    for (set, sent, expected) in [
        (with(new, &[], vec![]), r#""max_tokens":10"#, r#""max_completion_tokens":10"#),
        (with(new, &[], vec![]), r#""max_tokens":99"#, r#""max_completion_tokens":50"#),
        (with(old, &["max_tokens"], vec![]), r#""max_tokens":10"#, r#""max_completion_tokens":10"#),
        (with(old, &["max_tokens"], vec![]), r#""max_tokens":99"#, r#""max_completion_tokens":50"#),
        (with(old, &[], vec![]), r#""max_completion_tokens":10"#, r#""max_completion_tokens":10"#),
        (with(new, &["max_completion_tokens"], vec![]), r#""max_completion_tokens":10"#, r#""max_tokens":10"#),
        (
            with(new, &[], vec![]),
            r#""max_tokens":10,"max_completion_tokens":20"#,
            r#""max_tokens":10,"max_completion_tokens":20"#,
        ),
    ] {
        let prepared = pass(OpenaiChat, &format!(r#"{{"model":"mine","messages":[],{sent}}}"#), &set);
        assert_eq!(text(&prepared), format!(r#"{{"model":"mine","messages":[],{expected}}}"#));
        let renamed = prepared.notes.iter().any(|note| note.code == "renamed");
        assert_eq!(renamed, sent.split(':').next() != expected.split(':').next());
        assert!(!renamed || !prepared.ours.is_empty());
    }
    for (set, expected) in [
        (with(new, &[], vec![param("max_tokens", json!(10))]), "max_completion_tokens"),
        (with(old, &[], vec![param("max_tokens", json!(10))]), "max_tokens"),
        (with(old, &["max_tokens"], vec![param("max_tokens", json!(10))]), "max_completion_tokens"),
    ] {
        let prepared = pass(OpenaiChat, r#"{"model":"mine","messages":[]}"#, &set);
        assert_eq!(text(&prepared), format!(r#"{{"{expected}":10,"model":"mine","messages":[]}}"#));
    }
}

#[test]
fn what_the_model_refuses_is_left_out_if_it_is_not_the_clients_own() {
    let set = Terms {
        refused: vec!["temperature".to_owned(), "user".to_owned()],
        ..terms(vec![param("temperature", json!(0.7)), param("user", json!("u"))])
    };
    let bare = r#"{"model":"mine","messages":[]}"#;
    let prepared = pass(OpenaiChat, bare, &set);
    assert_eq!(text(&prepared), bare);
    assert!(prepared.untouched && prepared.ours.is_empty());
    assert!(notes(&prepared).contains(&"refused temperature: this model refuses it".to_owned()));

    let own = r#"{"model":"mine","messages":[],"temperature":1}"#;
    let prepared = pass(OpenaiChat, own, &set);
    assert_eq!(text(&prepared), own);
    assert!(prepared.untouched);

    let request = br#"{"contents":[{"parts":[{"text":"hi"}]}],"generationConfig":{"temperature":1}}"#;
    let prepared = prepare(Gemini, OpenaiChat, request, true, &set).unwrap();
    assert!(!text(&prepared).contains("temperature") && !text(&prepared).contains("\"user\":\"u\""));
    let set = Terms { refused: vec!["generation_config.top_k".to_owned()], ..terms(vec![param("top_k", json!(4))]) };
    let prepared = pass(Gemini, r#"{"contents":[]}"#, &set);
    assert_eq!(text(&prepared), r#"{"contents":[]}"#);
}

#[test]
fn a_translated_limit_goes_under_the_name_that_the_model_takes() {
    let body = br#"{"max_tokens":10,"messages":[{"role":"user","content":"hi"}]}"#;
    for (token_limit_name, refused, field) in [
        (TokenLimitName::MaxTokens, "", "max_tokens"),
        (TokenLimitName::MaxTokens, "max_tokens", "max_completion_tokens"),
        (TokenLimitName::MaxCompletionTokens, "", "max_completion_tokens"),
    ] {
        let set = Terms { token_limit_name, refused: vec![refused.to_owned()], ..terms(Vec::new()) };
        let prepared = prepare(Anthropic, OpenaiChat, body, false, &set).unwrap();
        assert_eq!(prepared.ours, [field]);
        let expected = format!(r#"{{"model":"mine","messages":[{{"role":"user","content":"hi"}}],"{field}":10}}"#);
        assert_eq!(text(&prepared), expected);
    }
}

#[test]
fn a_profile_cannot_replace_what_a_request_is_made_of() {
    let set = terms(vec![always("model", json!("x")), always("messages", json!([])), always("stream", json!(true))]);
    let body = r#"{"model":"mine","messages":[{"role":"user","content":"hi"}]}"#;
    assert_eq!(text(&pass(OpenaiChat, body, &set)), body);
}

#[test]
fn the_last_of_a_profiles_parameters_of_one_name_counts() {
    let set = terms(vec![always("x", json!(1)), always("x", json!(2))]);
    assert_eq!(
        text(&pass(OpenaiChat, r#"{"model":"mine","messages":[],"x":0}"#, &set)),
        r#"{"model":"mine","messages":[],"x":2}"#
    );
}

#[test]
fn what_cannot_be_translated_is_refused_with_its_names() {
    let body = br#"{"messages":[{"role":"user","content":"hi"}],"n":2}"#;
    let error = prepare(OpenaiChat, Gemini, body, false, &terms(Vec::new())).unwrap_err();
    assert_eq!(error, PrepareError::Unmet { dialect: Gemini, needs: vec!["several answers"] });
    assert_eq!(error.to_string(), "the gemini dialect has no place for what this request has: several answers");
}

#[test]
fn a_generation_config_that_is_no_object_is_refused() {
    let error =
        prepare(Gemini, Gemini, br#"{"contents":[],"generationConfig":3}"#, false, &terms(Vec::new())).unwrap_err();
    assert_eq!(error.to_string(), "`generationConfig` must be an object");
}

/// A request with members of any kind, some of which are settings.
fn any_request() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        any::<i32>().prop_map(Value::from),
        "[a-z\"\\\\ü\n]{0,8}".prop_map(Value::from),
        Just(Value::Null),
        Just(json!([1, {"model": 2}])),
        Just(json!({"temperature": 3})),
    ];
    let name = prop_oneof![
        Just("model".to_owned()),
        Just("temperature".to_owned()),
        Just("top_p".to_owned()),
        Just("max_tokens".to_owned()),
        Just("max_completion_tokens".to_owned()),
        Just("metadata".to_owned()),
        "[a-z]{1,6}",
    ];
    prop::collection::vec((name, scalar), 0..8).prop_map(|members| {
        let mut request = json!({"messages": []});
        for (name, value) in members {
            request[name] = value;
        }
        request
    })
}

proptest! {
    #[test]
    fn a_patched_body_is_the_document_that_the_notes_tell_of(
        request in any_request(),
        temperature in any::<u8>(),
        max_tokens in any::<u16>(),
        replace in any::<bool>(),
        pretty in any::<bool>(),
    ) {
        let set = terms(vec![
            Param { name: "temperature".to_owned(), value: json!(temperature), always: replace },
            Param { name: "metadata".to_owned(), value: json!({"a": max_tokens}), always: replace },
        ]);
        let body = if pretty { serde_json::to_string_pretty(&request) } else { serde_json::to_string(&request) }.unwrap();
        let prepared = pass(Anthropic, &body, &set);
        let mut expected = request.clone();
        expected["model"] = json!("mine");
        for (name, value) in [("temperature", json!(temperature)), ("metadata", json!({"a": max_tokens}))] {
            if replace || request.get(name).is_none_or(Value::is_null) {
                expected[name] = value;
            }
        }
        let document: Value = serde_json::from_slice(&prepared.body).unwrap();
        prop_assert_eq!(&document, &expected);

        // What is outside the changed values is there still, in order.
        let mut rest = text(&prepared);
        for line in body.lines().filter(|_| pretty) {
            let changed = ["\"model\"", "\"temperature\"", "\"metadata\"", "\"a\""].iter().any(|key| line.trim_start().starts_with(key));
            if line.starts_with("  \"") && !changed {
                let at = rest.find(line);
                prop_assert!(at.is_some(), "{} is gone from {}", line, rest);
                rest = &rest[at.unwrap_or(0) + line.len()..];
            }
        }
    }

    #[test]
    fn any_body_is_prepared_or_refused(body in "[\\[\\]{}:,\"a-z0-9 ]{0,40}|\\{\"(messages|contents)\":\\[\\],\"[a-z]{1,5}\":[0-9]\\}") {
        for client in Dialect::ALL {
            for upstream in Dialect::ALL {
                if let Ok(prepared) = prepare(client, upstream, body.as_bytes(), true, &terms(Vec::new())) {
                    prop_assert!(serde_json::from_slice::<Value>(&prepared.body).is_ok());
                }
            }
        }
    }
}

/// failover §2, ReasoningRejected: what another account of the same provider proved looks like the account's own.
#[test]
fn proofs_that_were_refused_go_whoever_made_them_and_all_else_stays() {
    for (dialect, body, left) in [
        (
            Anthropic,
            r#"{"model":"mine","messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"Eq"},{"type":"text","text":"b"}]}]}"#,
            r#"{"model":"mine","messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"text","text":"b"}]}]}"#,
        ),
        (
            Dialect::OpenaiResponses,
            r#"{"model":"mine","input":[{"role":"user","content":"a"},{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gA"},{"type":"function_call","call_id":"c"}]}"#,
            r#"{"model":"mine","input":[{"role":"user","content":"a"},{"type":"function_call","call_id":"c"}]}"#,
        ),
        (
            OpenaiChat,
            r#"{"model":"mine","messages":[{"role":"assistant","content":"x","reasoning_details":[{"type":"reasoning.text","text":"t","signature":"s"}]}]}"#,
            r#"{"model":"mine","messages":[{"role":"assistant","content":"x"}]}"#,
        ),
        (
            Gemini,
            r#"{"contents":[{"role":"model","parts":[{"thought":true,"text":"t","thoughtSignature":"CiQ="},{"text":"a","thoughtSignature":"CiQ="}]}]}"#,
            r#"{"contents":[{"role":"model","parts":[{"text":"a"}]}]}"#,
        ),
    ] {
        let kept = pass(dialect, body, &terms(Vec::new()));
        assert_eq!((text(&kept), kept.notes.len()), (body, 0), "{dialect}");
        let stripped = pass(dialect, body, &Terms { without_proofs: true, ..terms(Vec::new()) });
        assert_eq!((text(&stripped), stripped.notes.len()), (left, 1), "{dialect}");
        assert!(!stripped.untouched);
    }
}
