mod round;

use serde_json::{Value, json};

use super::{decode, encode};
use crate::form::{
    Block, Call, CallResult, Effort, Format, Function, Media, MediaKind, Proof, ProofKind, Reasoning, Request, Role,
    Schema, Thought, Tool, ToolChoice, Turn, WebSearch,
};
use crate::json::View;
use crate::terms::Terms;
use crate::translate::{Draft, Order};

const MAKER: &str = "a1";
const SCHEMA: &str = r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}"#;

fn terms(model: &str) -> Terms {
    Terms { model: model.to_owned(), maker: MAKER.to_owned(), ..Terms::default() }
}

/// The body for `model`, and the notes.
fn encoded(request: Request<'_>, terms: &Terms) -> (String, Vec<String>) {
    let order = Order { request, stream: false, include_usage: false, choices: &[], extras: &[], terms };
    let mut draft = Draft::default();
    let body = encode(&order, &mut draft);
    (body, draft.notes.list().iter().map(ToString::to_string).collect())
}

fn body(request: Request<'_>, model: &str) -> (Value, Vec<String>) {
    let (body, notes) = encoded(request, &terms(model));
    (serde_json::from_str(&body).expect("a body is JSON"), notes)
}

fn decoded(json: &str) -> Request<'_> {
    decode(View::parse(json.as_bytes()).expect("the test's JSON is valid"))
}

fn user(blocks: Vec<Block<'static>>) -> Turn<'static> {
    Turn { role: Role::User, blocks }
}

fn model(blocks: Vec<Block<'static>>) -> Turn<'static> {
    Turn { role: Role::Assistant, blocks }
}

fn text(text: &'static str) -> Block<'static> {
    Block::Text(text.into())
}

fn call(id: &'static str) -> Block<'static> {
    Block::Call(Call { id: id.into(), name: "f".into(), arguments: r#"{"n":1.0}"#.into(), custom: false })
}

fn result(id: &'static str, content: Vec<Block<'static>>, is_error: bool) -> Block<'static> {
    Block::Result(CallResult { id: id.into(), name: Some("f".into()), content, is_error, custom: false })
}

fn proved(text: &'static str, kind: ProofKind, maker: &'static str) -> Block<'static> {
    let proof = Proof { maker: Some(maker.into()), ..Proof::new(kind, "sig".into()) };
    Block::Thought(Thought { text: text.into(), proof: Some(proof) })
}

fn image() -> Block<'static> {
    Block::Media(Media::of_data(MediaKind::Image, "image/png".into(), "AAAA".into()))
}

fn function(name: &'static str) -> Tool<'static> {
    let schema = Some(Schema::made(SCHEMA.to_owned()));
    Tool::Function(Function { name: name.into(), description: None, schema, strict: None, custom: None })
}

fn talk(turns: Vec<Turn<'static>>) -> Request<'static> {
    Request { turns, ..Request::default() }
}

#[test]
fn results_stand_in_the_order_of_their_calls_and_say_what_they_are() {
    let turns = vec![
        user(vec![text("go")]),
        model(vec![call("1"), call("2"), call("3"), call("4")]),
        user(vec![
            result("3", vec![text(r#"{"$ref":"x"}"#)], false),
            result("2", vec![text("no")], true),
            result("1", vec![text(r#" {"a":1.0} "#)], false),
            result("4", vec![text("x"), image()], false),
            text("and"),
        ]),
    ];
    let (third, notes) = body(talk(turns.clone()), "gemini-3-flash");
    assert_eq!(
        third["contents"][2]["parts"],
        json!([
            {"functionResponse": {"id": "1", "name": "f", "response": {"a": 1.0}}},
            {"functionResponse": {"id": "2", "name": "f", "response": {"error": "no"}}},
            {"functionResponse": {"id": "3", "name": "f", "response": {"output": "{\"$ref\":\"x\"}"}}},
            {"functionResponse": {"id": "4", "name": "f", "response": {"output": "x"},
                "parts": [{"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]}},
            {"text": "and"},
        ])
    );
    assert!(!notes.iter().any(|note| note.starts_with("moved")));
    let (second, notes) = body(talk(turns), "gemini-2.5-flash");
    assert_eq!(second["contents"][2]["parts"][4], json!({"inlineData": {"mimeType": "image/png", "data": "AAAA"}}));
    assert_eq!(second["contents"][2]["parts"][3]["functionResponse"]["parts"], Value::Null);
    assert!(notes.iter().any(|note| note.starts_with("moved tool_result.media")), "{notes:?}");
}

#[test]
fn the_first_call_of_each_step_since_the_user_spoke_is_signed() {
    let turns = || {
        vec![
            user(vec![text("go")]),
            model(vec![call("0")]),
            user(vec![result("0", vec![text("r")], false)]),
            model(vec![text("done")]),
            user(vec![text("more")]),
            model(vec![proved("", ProofKind::CallPart, MAKER), call("1"), call("2")]),
            user(vec![result("1", vec![text("r")], false), result("2", vec![text("r")], false), text("reminder")]),
            model(vec![proved("", ProofKind::CallPart, "other"), call("3"), call("4")]),
            user(vec![result("3", vec![text("r")], false), result("4", vec![text("r")], false)]),
        ]
    };
    let signatures = |name: &str| {
        let (body, _) = body(talk(turns()), name);
        let parts = body["contents"].as_array().cloned().unwrap_or_default().into_iter();
        let parts = parts.flat_map(|content| content["parts"].as_array().cloned().unwrap_or_default());
        let calls = parts.filter(|part| part["functionCall"].is_object());
        calls.map(|part| part["thoughtSignature"].as_str().unwrap_or("-").to_owned()).collect::<Vec<_>>()
    };
    let stand_in = "skip_thought_signature_validator";
    assert_eq!(signatures("gemini-3-pro-preview"), ["-", "sig", "-", stand_in, "-"]);
    assert_eq!(signatures("gemini-flash-latest"), ["-", "sig", "-", stand_in, "-"]);
    assert_eq!(signatures("gemini-2.5-pro"), ["-", "sig", "-", "-", "-"]);
}

#[test]
fn reasoning_goes_back_to_who_signed_it_and_to_nobody_else() {
    let turns = vec![
        user(vec![text("go")]),
        model(vec![
            proved("mine", ProofKind::ThoughtPart, MAKER),
            proved("theirs", ProofKind::Signature, "other"),
            proved("plain", ProofKind::Bare, MAKER),
            text("a"),
            proved("", ProofKind::TextPart, MAKER),
        ]),
        user(vec![text("on")]),
        model(vec![proved("theirs", ProofKind::ThoughtPart, "other")]),
        user(vec![text("on")]),
    ];
    let (body, notes) = body(talk(turns), "gemini-3-flash");
    assert_eq!(
        body["contents"],
        json!([
            {"role": "user", "parts": [{"text": "go"}]},
            {"role": "model", "parts": [
                {"text": "mine", "thought": true, "thoughtSignature": "sig"},
                {"text": "a", "thoughtSignature": "sig"},
            ]},
            {"role": "user", "parts": [{"text": "on"}, {"text": "on"}]},
        ])
    );
    assert_eq!(notes, ["not-carried reasoning history: is left out in translation"]);
}

#[test]
fn a_conversation_begins_with_the_user_and_ends_with_him_where_it_has_to() {
    let turns = || vec![model(vec![text("a")]), user(vec![text("b")]), model(vec![text("c")])];
    let roles = |name: &str| {
        let (body, _) = body(talk(turns()), name);
        let contents = body["contents"].as_array().cloned().unwrap_or_default();
        contents.iter().map(|content| content["role"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(roles("gemini-2.5-flash"), ["user", "model", "user", "model"]);
    assert_eq!(roles("gemini-3.5-flash"), ["user", "model", "user", "model", "user"]);
}

#[test]
fn a_schema_goes_in_the_form_that_loses_nothing() {
    let offered = |schema: &str| {
        let tool = Function {
            name: "f".into(),
            description: Some("d".into()),
            schema: Some(Schema::made(schema.to_owned())),
            strict: None,
            custom: None,
        };
        Request { tools: vec![Tool::Function(tool)], ..talk(vec![user(vec![text("go")])]) }
    };
    for (schema, declared) in [
        (r#"{"type":"object","properties":{}}"#, json!({"name": "f", "description": "d"})),
        (
            SCHEMA,
            json!({"name": "f", "description": "d", "parameters":
                {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}, "required": ["a"]}}),
        ),
        (
            r#"{"type":"object","properties":{"a":{"type":"number","exclusiveMinimum":0}}}"#,
            json!({"name": "f", "description": "d", "parametersJsonSchema":
                {"type": "object", "properties": {"a": {"type": "number", "exclusiveMinimum": 0}}}}),
        ),
    ] {
        let (body, notes) = body(offered(schema), "gemini-2.5-flash");
        assert_eq!(body["tools"], json!([{"functionDeclarations": [declared]}]));
        assert_eq!(notes, Vec::<String>::new());
    }
    // A model that refuses JSON Schema is given what it can take.
    let terms = Terms { refused: vec!["parameters_json_schema".to_owned()], ..terms("gemini-2.0-flash") };
    let lossy = r#"{"type":"object","properties":{"a":{"type":"number","exclusiveMinimum":0}}}"#;
    let (body, notes) = encoded(offered(lossy), &terms);
    assert!(body.contains(r#""parameters":{"type":"OBJECT","properties":{"a":{"type":"NUMBER"}}}"#), "{body}");
    assert!(notes.iter().any(|note| note.contains("without exclusiveMinimum")), "{notes:?}");
}

#[test]
fn the_answers_shape_is_a_field_or_words_where_the_model_takes_no_field_beside_tools() {
    let format = || Format::Schema { name: None, description: None, schema: Schema::made(SCHEMA.into()), strict: None };
    let asked = |tools: Vec<Tool<'static>>, format| Request {
        tools,
        format: Some(format),
        ..talk(vec![user(vec![text("go")])])
    };
    let shape = json!({"type": "OBJECT", "properties": {"a": {"type": "STRING"}}, "required": ["a"]});
    let (plain, _) = body(asked(vec![], format()), "gemini-2.5-flash");
    assert_eq!(plain["generationConfig"], json!({"responseMimeType": "application/json", "responseSchema": shape}));
    let (any, _) = body(asked(vec![], Format::Json), "gemini-2.5-flash");
    assert_eq!(any["generationConfig"], json!({"responseMimeType": "application/json"}));
    let (third, _) = body(asked(vec![function("f")], format()), "gemini-3-flash");
    assert_eq!(third["generationConfig"]["responseSchema"], shape);
    let (words, notes) = body(asked(vec![function("f")], format()), "gemini-2.5-flash");
    assert_eq!(words["generationConfig"], Value::Null);
    assert!(words["systemInstruction"]["parts"][0]["text"].as_str().is_some_and(|text| text.contains(SCHEMA)));
    assert!(notes.iter().any(|note| note.starts_with("reshaped format")));
}

#[test]
fn a_web_search_stands_beside_functions_from_the_third_generation_on() {
    let asked = |functions: bool| {
        let search = Tool::WebSearch(WebSearch { max_uses: Some(2), ..WebSearch::default() });
        let tools = if functions { vec![function("f"), search] } else { vec![search] };
        Request { tools, ..talk(vec![user(vec![text("go")])]) }
    };
    let (alone, notes) = body(asked(false), "gemini-2.5-flash");
    assert_eq!((&alone["tools"], &alone["toolConfig"]), (&json!([{"googleSearch": {}}]), &Value::Null));
    assert_eq!(notes, ["not-carried tools.web_search.max_uses: is left out in translation"]);
    let (mixed, _) = body(asked(true), "gemini-3.1-pro-preview");
    assert_eq!(mixed["tools"][1], json!({"googleSearch": {}}));
    assert_eq!(mixed["toolConfig"], json!({"includeServerSideToolInvocations": true}));
    let (old, notes) = body(asked(true), "gemini-2.5-flash");
    assert_eq!(old["tools"].as_array().map(Vec::len), Some(1));
    assert!(notes.contains(&"not-carried tools.web_search: this model takes none beside functions".to_owned()));
    let refused = Terms { refused: vec!["include_server_side_tool_invocations".to_owned()], ..terms("gemini-3-pro") };
    assert!(!encoded(asked(true), &refused).0.contains("googleSearch"));
}

#[test]
fn a_choice_of_tools_is_a_mode_and_names() {
    let of = |names: &[&'static str], required| ToolChoice::Allowed {
        required,
        names: names.iter().map(|name| (*name).into()).collect(),
    };
    for (choice, mode) in [
        (ToolChoice::Auto, Value::Null),
        (ToolChoice::None, json!({"mode": "NONE"})),
        (ToolChoice::Required, json!({"mode": "ANY"})),
        (ToolChoice::Tool("f".into()), json!({"mode": "ANY", "allowedFunctionNames": ["f"]})),
        (of(&["f", "g"], true), json!({"mode": "ANY", "allowedFunctionNames": ["f", "g"]})),
        (of(&["g"], false), json!({"mode": "VALIDATED", "allowedFunctionNames": ["g"]})),
        (of(&["h"], true), Value::Null),
    ] {
        let tools = vec![function("f"), function("g")];
        let request = Request { tools, tool_choice: Some(choice), ..talk(vec![user(vec![text("go")])]) };
        assert_eq!(body(request, "gemini-3-flash").0["toolConfig"]["functionCallingConfig"], mode);
    }
    // Of functions that are strict, calls are kept to their schemas.
    let strict = |name: &'static str, strict| match function(name) {
        Tool::Function(function) => Tool::Function(Function { strict: Some(strict), ..function }),
        tool => tool,
    };
    for (tools, tool_choice, mode, notes) in [
        (vec![strict("f", true), strict("g", true)], None, json!("VALIDATED"), 0),
        (vec![strict("f", true)], Some(ToolChoice::Required), json!("ANY"), 0),
        (vec![strict("f", true)], Some(ToolChoice::None), json!("NONE"), 1),
        (vec![strict("f", true), strict("g", false)], None, Value::Null, 1),
        (vec![strict("f", false)], None, Value::Null, 0),
    ] {
        let (body, noted) =
            body(Request { tools, tool_choice, ..talk(vec![user(vec![text("go")])]) }, "gemini-3-flash");
        assert_eq!(body["toolConfig"]["functionCallingConfig"]["mode"], mode);
        assert_eq!(noted.len(), notes, "{noted:?}");
    }
    // "Function calling config is set without function_declarations."
    let request = Request { tool_choice: Some(ToolChoice::Required), ..talk(vec![user(vec![text("go")])]) };
    assert_eq!(body(request, "gemini-3-flash").0["toolConfig"], Value::Null);
}

#[test]
fn what_gemini_has_no_field_for_is_named() {
    let tool = Function {
        name: "patch".into(),
        description: None,
        schema: None,
        strict: None,
        custom: Some(Some(View::parse(br#"{"type":"grammar","syntax":"lark","definition":"a"}"#).expect("valid"))),
    };
    let media = Media {
        name: Some("a.pdf".into()),
        detail: Some("original".into()),
        ..Media::of_url(MediaKind::Document, "https://x.org/a.pdf?b".into())
    };
    let request = Request {
        tools: vec![Tool::Function(tool)],
        parallel_calls: Some(false),
        verbosity: Some("low".into()),
        user: Some("u".into()),
        cache_key: Some("k".into()),
        service_tier: Some("flex".into()),
        reasoning: Some(Reasoning { effort: Some(Effort::High), ..Reasoning::default() }),
        metadata: View::parse(b"{}").ok(),
        ..talk(vec![user(vec![Block::Media(media)])])
    };
    let (body, mut notes) = body(request, "gemini-3-flash");
    assert_eq!(body["serviceTier"], "flex");
    assert_eq!(body["generationConfig"]["thinkingConfig"], json!({"thinkingLevel": "high", "includeThoughts": true}));
    assert_eq!(
        body["contents"][0]["parts"][0],
        json!({"fileData": {"mimeType": "application/pdf", "fileUri": "https://x.org/a.pdf?b"}})
    );
    let declared = &body["tools"][0]["functionDeclarations"][0];
    assert_eq!(declared["parameters"]["required"], json!(["input"]));
    assert!(declared["description"].as_str().is_some_and(|text| text.contains("grammar")));
    notes.iter_mut().for_each(|note| note.truncate(note.find(':').unwrap_or(note.len())));
    assert_eq!(
        notes,
        [
            "not-carried parallel_tool_calls",
            "not-carried verbosity",
            "not-carried user",
            "not-carried prompt_cache_key",
            "not-carried metadata",
            "reshaped tools.custom",
            "not-carried document.name",
            "not-carried image.detail",
        ]
    );
}

#[test]
fn every_part_is_read_in_either_spelling() {
    let sealed = Proof::new(ProofKind::Encrypted, "enc>>>???".into()).seal("o1");
    let url_safe = sealed.replace('+', "-").replace('/', "_");
    assert_ne!(sealed, url_safe, "the test's proof has a letter that the alphabets differ in");
    let json = format!(
        r#"{{"contents":[{{"role":"model","parts":[
            {{"text":"a","thought":true}},{{"thought":true,"text":"b"}},
            {{"function_call":{{"name":"f","args":{{"x":1.50}}}},"thought_signature":"{url_safe}"}},
            {{"functionCall":{{"name":"g","id":"7"}},"thoughtSignature":"skip_thought_signature_validator"}},
            {{"text":"c","thoughtSignature":"own"}}]}},
          {{"role":"user","parts":[
            {{"functionResponse":{{"name":"f","response":{{"name":"f","content":"said"}}}}}},
            {{"function_response":{{"name":"g","id":"7","response":{{"error":{{"code":1}}}},"parts":[{{"inline_data":{{"mime_type":"image/png","data":"_-8="}}}}]}}}},
            {{"functionResponse":{{"name":"g","id":"7","response":{{"error":{{"code":1}}}}}}}},
            {{"inlineData":{{"mimeType":"application/pdf","data":"AA=="}}}},
            {{"fileData":{{"fileUri":"https://youtu.be/x"}},"videoMetadata":{{"fps":1}}}}]}}]}}"#
    );
    let request = decoded(&json);
    let encrypted = Proof { maker: Some("o1".into()), ..Proof::new(ProofKind::Encrypted, "enc>>>???".into()) };
    let made = |id: &'static str, name: &'static str, arguments: &'static str| {
        Block::Call(Call { id: id.into(), name: name.into(), arguments: arguments.into(), custom: false })
    };
    let signed = Thought { text: "".into(), proof: Some(Proof::new(ProofKind::TextPart, "own".into())) };
    assert_eq!(
        request.turns[0].blocks,
        [
            Block::Thought(Thought { text: "ab".into(), proof: Some(encrypted) }),
            made("", "f", r#"{"x":1.50}"#),
            made("7", "g", "{}"),
            text("c"),
            Block::Thought(signed),
        ]
    );
    let given = |id: &'static str, name: &'static str, content, is_error| {
        Block::Result(CallResult { id: id.into(), name: Some(name.into()), content, is_error, custom: false })
    };
    let picture = Block::Media(Media::of_data(MediaKind::Image, "image/png".into(), "/+8=".into()));
    let film = Media::of_url(MediaKind::Video, "https://youtu.be/x".into());
    assert_eq!(
        request.turns[1].blocks,
        [
            given("", "f", vec![text("said")], false),
            given("7", "g", vec![text(r#"{"code":1}"#), picture], true),
            Block::Media(Media::of_data(MediaKind::Document, "application/pdf".into(), "AA==".into())),
            Block::Media(film),
        ]
    );
    let notes: Vec<_> = request.notes.list().iter().map(|note| format!("{} {}", note.code, note.field)).collect();
    assert_eq!(notes, ["not-carried contents.videoMetadata", "reshaped contents"]);
}

#[test]
fn every_field_is_read_or_named() {
    let json = r#"{"system_instruction":{"parts":[{"text":"Be kind."}]},"contents":[{"parts":[{"text":"a"}]}],
        "tools":[{"function_declarations":[{"name":"f","description":"d","parameters":{"type":"OBJECT","properties":{"a":{"type":"STRING","nullable":true}}},"behavior":"BLOCKING"},
            {"name":"g","parametersJsonSchema":{"type":"object"}}]},{"google_search":{"excludeDomains":["x.org"],"timeRangeFilter":{}}},{"urlContext":{}}],
        "tool_config":{"function_calling_config":{"mode":"any","allowed_function_names":["f"]},"retrievalConfig":{"languageCode":"de"}},
        "safetySettings":[],"labels":{"a":"b"},"serviceTier":"STANDARD",
        "generation_config":{"temperature":0.5,"stop_sequences":["x"],"response_mime_type":"application/json","response_schema":{"type":"STRING"},
            "thinking_config":{"thinking_budget":100,"include_thoughts":false},"candidateCount":1,"responseModalities":["TEXT"],"media_resolution":"LOW"}}"#;
    let request = decoded(json);
    assert_eq!(request.system, ["Be kind."]);
    assert_eq!(request.service_tier.as_deref(), Some("default"));
    assert_eq!(request.tool_choice, Some(ToolChoice::Tool("f".into())));
    let reasoning = Reasoning { budget: Some(100), shown: Some(false), ..Reasoning::default() };
    assert_eq!(request.reasoning, Some(reasoning));
    assert_eq!(request.settings.len(), 2);
    assert!(matches!(&request.format, Some(Format::Schema { schema, .. }) if schema.raw() == r#"{"type":"string"}"#));
    let [Tool::Function(f), Tool::Function(g), Tool::WebSearch(search)] = &request.tools[..] else {
        panic!("{:?}", request.tools)
    };
    let wide = r#"{"type":"object","properties":{"a":{"type":["string","null"]}}}"#;
    assert_eq!((&*f.name, f.description.as_deref(), f.schema.as_ref().map(Schema::raw)), ("f", Some("d"), Some(wide)));
    assert_eq!((&*g.name, g.schema.as_ref().map(Schema::raw)), ("g", Some(r#"{"type":"object"}"#)));
    assert_eq!(search.blocked_domains.map(View::raw), Some(r#"["x.org"]"#));
    let mut noted: Vec<_> = request.notes.list().iter().map(|note| note.field.as_str()).collect();
    noted.sort_unstable();
    assert_eq!(
        noted,
        [
            "generationConfig.mediaResolution",
            "labels",
            "safetySettings",
            "toolConfig.retrievalConfig",
            "tools.behavior",
            "tools.googleSearch.timeRangeFilter",
            "tools.urlContext",
        ]
    );
}

#[test]
fn an_answer_that_was_kept_piece_by_piece_is_one_with_its_reasoning_whole() {
    let sealed = Proof::new(ProofKind::Signature, "s".into()).seal("a1");
    let json = format!(
        r#"{{"contents":[{{"role":"user","parts":[{{"text":"hi"}}]}},{{"role":"model","parts":[{{"text":"I ","thought":true}}]}},
        {{"role":"model","parts":[{{"text":"should ","thought":true}}]}},{{"role":"model","parts":[{{"text":"","thought":true,"thoughtSignature":"{sealed}"}}]}},
        {{"role":"model","parts":[{{"functionCall":{{"name":"f","args":{{"n":1.0}}}}}}]}},{{"role":"user","parts":[{{"functionResponse":{{"name":"f","response":{{}}}}}}]}}]}}"#
    );
    let request = decoded(&json);
    assert_eq!(request.turns.len(), 3);
    let proof = Proof { maker: Some("a1".into()), ..Proof::new(ProofKind::Signature, "s".into()) };
    let thought = Block::Thought(Thought { text: "I should ".into(), proof: Some(proof) });
    assert_eq!(request.turns[1].blocks, [thought, call("")]);
}

#[test]
fn the_detail_of_an_image_is_the_resolution_of_its_part() {
    let detailed = |detail: &'static str, model: &str| {
        let media = Media {
            detail: Some(detail.into()),
            ..Media::of_data(MediaKind::Image, "image/png".into(), "AAAA".into())
        };
        let (mut body, notes) = body(talk(vec![user(vec![Block::Media(media)])]), model);
        (body["contents"][0]["parts"][0]["mediaResolution"]["level"].take(), notes.len())
    };
    assert_eq!(detailed("low", "gemini-3-flash"), (json!("MEDIA_RESOLUTION_LOW"), 0));
    assert_eq!(detailed("high", "gemini-3-flash"), (json!("MEDIA_RESOLUTION_HIGH"), 0));
    assert_eq!(detailed("auto", "gemini-3-flash"), (Value::Null, 0));
    assert_eq!(detailed("original", "gemini-3-flash"), (Value::Null, 1));
    assert_eq!(detailed("low", "gemini-2.5-flash"), (Value::Null, 1), "only of all media at once");

    const IMAGE: &str = r#"{"inlineData":{"mimeType":"image/png","data":"AAAA"}"#;
    let json = format!(
        r#"{{"generation_config":{{"media_resolution":"MEDIA_RESOLUTION_LOW"}},"contents":[{{"parts":[{IMAGE}}},{IMAGE},"mediaResolution":{{"level":"MEDIA_RESOLUTION_HIGH"}}}},
        {{"inlineData":{{"mimeType":"application/pdf","data":"AAAA"}}}}]}}]}}"#
    );
    let request = decoded(&json);
    let details = request.turns[0].blocks.iter().map(|block| match block {
        Block::Media(media) => media.detail.as_deref(),
        _ => panic!("no media"),
    });
    assert_eq!(details.collect::<Vec<_>>(), [Some("low"), Some("high"), None]);
    let noted: Vec<_> = request.notes.list().iter().map(|note| &*note.field).collect();
    assert_eq!(noted, ["generationConfig.mediaResolution"], "a document has no detail");
}
