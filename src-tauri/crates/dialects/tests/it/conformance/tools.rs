//! Tools: definitions, choice, calls, results, and tools that the provider runs.

use mainstay_dialects::Dialect::{self, Anthropic as A, Gemini as G, OpenaiChat as C, OpenaiResponses as R};
use serde_json::{Value, json};

use super::row::{Row, row};

const TOOL_USE_A: &str = "https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview";
const FUNCTIONS_G: &str = "https://ai.google.dev/gemini-api/docs/function-calling";
const FUNCTIONS_O: &str = "https://platform.openai.com/docs/guides/function-calling";
const SEARCH_O: &str = "https://platform.openai.com/docs/guides/tools-web-search";

/// Nested, with a reference.
fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "place": {"$ref": "#/$defs/place"},
            "days": {"type": "array", "items": {"type": "integer", "minimum": 1}},
        },
        "required": ["place"],
        "additionalProperties": false,
        "$defs": {"place": {"type": "object", "properties": {"city": {"type": "string"}}}},
    })
}

fn beyond() -> Value {
    json!({"type": "object", "properties": {"day": {"type": "integer", "multipleOf": 7, "not": {"const": 14}}}})
}

/// One that may be strict.
fn exact() -> Value {
    json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": false})
}

/// A function, with these members beside its name and description.
fn function(dialect: Dialect, name: &str, schema: &Value, more: &Value) -> Value {
    let (parameters, mut tool) = match dialect {
        A => ("input_schema", json!({})),
        R => ("parameters", json!({"type": "function"})),
        C => ("parameters", json!({})),
        G => ("parametersJsonSchema", json!({})),
    };
    tool["name"] = json!(name);
    tool["description"] = json!("Tells the weather.");
    tool[parameters] = schema.clone();
    for (name, value) in more.as_object().expect("members are an object") {
        tool[name] = value.clone();
    }
    if dialect == C { json!({"type": "function", "function": tool}) } else { tool }
}

fn tools(dialect: Dialect, functions: &[Value]) -> Value {
    if dialect == G { json!({"tools": [{"functionDeclarations": functions}]}) } else { json!({"tools": functions}) }
}

fn tool(dialect: Dialect, more: &Value) -> Value {
    tools(dialect, &[function(dialect, "weather", &schema(), more)])
}

/// With members beside the tools `weather` and `time`.
fn two_tools(dialect: Dialect, more: Value) -> Value {
    let plain = json!({"type": "object", "properties": {}});
    let both = ["weather", "time"].map(|name| function(dialect, name, &plain, &json!({})));
    let mut members = tools(dialect, &both);
    for (name, value) in more.as_object().expect("members are an object") {
        members[name] = value.clone();
    }
    members
}

fn config(config: Value) -> Value {
    two_tools(G, json!({"toolConfig": {"functionCallingConfig": config}}))
}

pub(crate) fn definitions() -> Vec<Row> {
    let none = json!({});
    vec![
        row("tool: name, description, schema with nesting and `$ref`", "tools|schema")
            .says(A, tool(A, &none))
            .says(C, tool(C, &none))
            .says(R, tool(R, &json!({"strict": false})))
            .says(G, tool(G, &none))
            .at(A, "tools.0", function(A, "weather", &schema(), &none))
            .at(C, "tools.0", function(C, "weather", &schema(), &none))
            .at(R, "tools.0", function(R, "weather", &schema(), &none))
            // An object of Gemini's own schemas has no other properties anyway.
            .or(
                G,
                "tools.0.functionDeclarations.0",
                json!({"name": "weather", "description": "Tells the weather.", "parameters": {"type": "OBJECT", "properties": {
                    "place": {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}},
                    "days": {"type": "ARRAY", "items": {"type": "INTEGER", "minimum": 1}},
                }, "required": ["place"]}}),
            ),
        row("tool: schema that goes beyond Gemini's own", "tools|schema")
            .says(A, tools(A, &[function(A, "weather", &beyond(), &none)]))
            .says(C, tools(C, &[function(C, "weather", &beyond(), &none)]))
            .says(R, tools(R, &[function(R, "weather", &beyond(), &none)]))
            .says(G, tools(G, &[function(G, "weather", &beyond(), &none)]))
            .at(A, "tools.0", function(A, "weather", &beyond(), &none))
            .at(C, "tools.0", function(C, "weather", &beyond(), &none))
            .at(R, "tools.0", function(R, "weather", &beyond(), &none))
            .at(G, "tools.0.functionDeclarations.0", function(G, "weather", &beyond(), &none)),
        row("tool: schema in Gemini's own words", "tools|schema")
            .says(
                G,
                json!({"tools": [{"functionDeclarations": [{"name": "weather", "parameters": {
                    "type": "OBJECT", "properties": {"city": {"type": "STRING", "nullable": true}},
                }}]}]}),
            )
            .or(A, "tools.0.input_schema", json!({"type": "object"}))
            .and(A, "tools.0.input_schema.properties.city.type", json!(["string", "null"]))
            .or(C, "tools.0.function.parameters", json!({"type": "object"}))
            .and(C, "tools.0.function.parameters.properties.city.type", json!(["string", "null"]))
            .or(R, "tools.0.parameters", json!({"type": "object"}))
            .and(R, "tools.0.parameters.properties.city.type", json!(["string", "null"])),
        row("tool: `strict`", "strict")
            .says(A, tools(A, &[function(A, "weather", &exact(), &json!({"strict": true}))]))
            .says(C, tools(C, &[function(C, "weather", &exact(), &json!({"strict": true}))]))
            .says(R, tools(R, &[function(R, "weather", &exact(), &json!({"strict": true}))]))
            .at(A, "tools.0.strict", json!(true))
            .at(C, "tools.0.function.strict", json!(true))
            .at(R, "tools.0.strict", json!(true))
            .or(G, "toolConfig.functionCallingConfig.mode", json!("VALIDATED"))
            .without_as(G, "A function declaration has no `strict`.", FUNCTIONS_G),
        row("tool: examples of its input", "inputexamples")
            .says(A, tool(A, &json!({"input_examples": [{"place": {"city": "Oslo"}}]})))
            .without_as(C, "A function has name, description, parameters and `strict`.", FUNCTIONS_O)
            .without_as(R, "A function has name, description, parameters and `strict`.", FUNCTIONS_O)
            .without_as(G, "A function declaration has no examples.", FUNCTIONS_G),
        row("tool: loaded only when searched for", "deferloading")
            .says(A, tool(A, &json!({"defer_loading": true})))
            .says(R, tool(R, &json!({"strict": false, "defer_loading": true})))
            .without_as(A, "It needs Anthropic's own tool search beside it.", TOOL_USE_A)
            .without_as(C, "A function has name, description, parameters and `strict`.", FUNCTIONS_O)
            .without_as(R, "It needs OpenAI's own tool search beside it.", FUNCTIONS_O)
            .without_as(G, "A function declaration has no such member.", FUNCTIONS_G),
        custom(row("custom tool: free text", "tools|custom")),
        custom_grammar(),
        row("tools in a namespace", "tools|namespace")
            .says(
                R,
                json!({"tools": [{"type": "namespace", "name": "files", "description": "Files.", "tools": [
                    {"type": "function", "name": "weather", "strict": false, "parameters": {"type": "object", "properties": {}}},
                ]}]}),
            )
            .or(A, "tools.*.name", json!("~weather"))
            .or(C, "tools.*.function.name", json!("~weather"))
            .or(G, "tools.*.functionDeclarations.*.name", json!("~weather")),
        row("tool name of more than 64 characters", "tools")
            .says(A, tools(A, &[function(A, LONG, &schema(), &none)]))
            .says(C, tools(C, &[function(C, LONG, &schema(), &none)]))
            .says(R, tools(R, &[function(R, LONG, &schema(), &none)]))
            .at(A, "tools.0.name", json!(LONG))
            .or(C, "tools.0.function.name", json!("~mcp__a_server_with_a_long_name__"))
            .and(C, "tools.0.function.description", json!("Tells the weather."))
            .or(R, "tools.0.name", json!("~mcp__a_server_with_a_long_name__"))
            .or(G, "tools.0.functionDeclarations.0.name", json!("~mcp__a_server_with_a_long_name__")),
        row("tool name with dots", "tools")
            .says(G, tools(G, &[function(G, "sky.weather", &schema(), &none)]))
            .or(A, "tools.0.name", json!("~sky_weather"))
            .or(C, "tools.0.function.name", json!("~sky_weather"))
            .or(R, "tools.0.name", json!("~sky_weather")),
    ]
}

const LONG: &str = "mcp__a_server_with_a_long_name__and_a_tool_whose_name_is_longer_than_others_take";

fn custom(row: Row) -> Row {
    row.says(C, json!({"tools": [{"type": "custom", "custom": {"name": "patch", "description": "Applies it."}}]}))
        .says(R, json!({"tools": [{"type": "custom", "name": "patch", "description": "Applies it."}]}))
        .or(A, "tools.0", json!({"name": "patch", "description": "~Applies it."}))
        .and(A, "tools.0.input_schema.properties.input.type", json!("string"))
        .at(C, "tools.0", json!({"type": "custom", "custom": {"name": "patch", "description": "Applies it."}}))
        .at(R, "tools.0", json!({"type": "custom", "name": "patch", "description": "Applies it."}))
        .or(G, "tools.0.functionDeclarations.0", json!({"name": "patch", "description": "~Applies it."}))
        .and(G, "", json!("~\"input\":"))
}

fn custom_grammar() -> Row {
    let format = json!({"syntax": "lark", "definition": "start: WORD"});
    let mut typed = format.clone();
    typed["type"] = json!("grammar");
    row("custom tool: grammar", "grammar|format|custom")
        .says(
            C,
            json!({"tools": [{"type": "custom", "custom": {"name": "patch",
                "format": {"type": "grammar", "grammar": format}}}]}),
        )
        .says(R, json!({"tools": [{"type": "custom", "name": "patch", "format": typed}]}))
        .or(A, "tools.0.description", json!("~start: WORD"))
        .or(A, "tools.0.input_schema.properties.input.description", json!("~start: WORD"))
        .at(C, "tools.0.custom.format", json!({"type": "grammar", "grammar": format}))
        .at(R, "tools.0.format", typed)
        .or(G, "tools.0.functionDeclarations.0.description", json!("~start: WORD"))
        .or(G, "", json!("~start: WORD"))
        .without_as(A, "A tool's input is an object with a JSON Schema.", TOOL_USE_A)
        .without_as(G, "A function's parameters are an object with a schema.", FUNCTIONS_G)
}

pub(crate) fn choice() -> Vec<Row> {
    let allowed = |list: Value| json!({"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": list}});
    vec![
        row("tool choice: auto", "toolchoice")
            .says(A, two_tools(A, json!({"tool_choice": {"type": "auto"}})))
            .says(C, two_tools(C, json!({"tool_choice": "auto"})))
            .says(R, two_tools(R, json!({"tool_choice": "auto"})))
            .says(G, config(json!({"mode": "AUTO"})))
            .at(A, "tool_choice", json!({"type": "auto"}))
            .at(A, "tool_choice", Value::Null)
            .at(C, "tool_choice", json!("auto"))
            .at(C, "tool_choice", Value::Null)
            .at(R, "tool_choice", json!("auto"))
            .at(R, "tool_choice", Value::Null)
            .at(G, "toolConfig.functionCallingConfig", json!({"mode": "AUTO"}))
            .at(G, "toolConfig", Value::Null),
        row("tool choice: none", "toolchoice")
            .says(A, two_tools(A, json!({"tool_choice": {"type": "none"}})))
            .says(C, two_tools(C, json!({"tool_choice": "none"})))
            .says(R, two_tools(R, json!({"tool_choice": "none"})))
            .says(G, config(json!({"mode": "NONE"})))
            .at(A, "tool_choice", json!({"type": "none"}))
            .at(C, "tool_choice", json!("none"))
            .at(R, "tool_choice", json!("none"))
            .at(G, "toolConfig.functionCallingConfig", json!({"mode": "NONE"})),
        row("tool choice: some tool", "toolchoice")
            .says(A, two_tools(A, json!({"tool_choice": {"type": "any"}})))
            .says(C, two_tools(C, json!({"tool_choice": "required"})))
            .says(R, two_tools(R, json!({"tool_choice": "required"})))
            .says(G, config(json!({"mode": "ANY"})))
            .at(A, "tool_choice", json!({"type": "any"}))
            .at(C, "tool_choice", json!("required"))
            .at(R, "tool_choice", json!("required"))
            .at(G, "toolConfig.functionCallingConfig", json!({"mode": "ANY"}))
            .and(G, "toolConfig.functionCallingConfig.allowedFunctionNames", Value::Null),
        row("tool choice: this tool", "toolchoice")
            .says(A, two_tools(A, json!({"tool_choice": {"type": "tool", "name": "time"}})))
            .says(C, two_tools(C, json!({"tool_choice": {"type": "function", "function": {"name": "time"}}})))
            .says(R, two_tools(R, json!({"tool_choice": {"type": "function", "name": "time"}})))
            .says(G, config(json!({"mode": "ANY", "allowedFunctionNames": ["time"]})))
            .at(A, "tool_choice", json!({"type": "tool", "name": "time"}))
            .at(C, "tool_choice", json!({"type": "function", "function": {"name": "time"}}))
            .at(R, "tool_choice", json!({"type": "function", "name": "time"}))
            .at(G, "toolConfig.functionCallingConfig", json!({"mode": "ANY", "allowedFunctionNames": ["time"]})),
        row("tool choice: one of some", "toolchoice")
            .says(C, three(C, json!({"tool_choice": allowed(json!([
                {"type": "function", "function": {"name": "time"}},
                {"type": "function", "function": {"name": "place"}},
            ]))})))
            .says(R, three(R, json!({"tool_choice": {"type": "allowed_tools", "mode": "required", "tools": [
                {"type": "function", "name": "time"}, {"type": "function", "name": "place"},
            ]}})))
            .says(G, three(G, json!({"toolConfig": {"functionCallingConfig": {
                "mode": "ANY", "allowedFunctionNames": ["time", "place"],
            }}})))
            .or(A, "tool_choice", json!({"type": "any"}))
            .and(A, "tools", json!([{"name": "time"}, {"name": "place"}]))
            .at(C, "tool_choice.allowed_tools", json!({"mode": "required", "tools": [
                {"type": "function", "function": {"name": "time"}},
                {"type": "function", "function": {"name": "place"}},
            ]}))
            .at(R, "tool_choice", json!({"type": "allowed_tools", "mode": "required", "tools": [
                {"type": "function", "name": "time"}, {"type": "function", "name": "place"},
            ]}))
            .at(G, "toolConfig.functionCallingConfig", json!({"mode": "ANY", "allowedFunctionNames": ["time", "place"]})),
        row("no parallel calls", "parallel")
            .says(A, two_tools(A, json!({"tool_choice": {"type": "auto", "disable_parallel_tool_use": true}})))
            .says(C, two_tools(C, json!({"parallel_tool_calls": false})))
            .says(R, two_tools(R, json!({"parallel_tool_calls": false})))
            .at(A, "tool_choice", json!({"type": "auto", "disable_parallel_tool_use": true}))
            .at(C, "parallel_tool_calls", json!(false))
            .at(R, "parallel_tool_calls", json!(false))
            .without(G, "`FunctionCallingConfig` has a mode and allowed names."),
    ]
}

fn three(dialect: Dialect, more: Value) -> Value {
    let plain = json!({"type": "object", "properties": {}});
    let all = ["weather", "time", "place"].map(|name| function(dialect, name, &plain, &json!({})));
    let mut members = tools(dialect, &all);
    for (name, value) in more.as_object().expect("members are an object") {
        members[name] = value.clone();
    }
    members
}

/// A conversation with one call, whose result is this.
fn result(dialect: Dialect, result: &Value) -> Value {
    match dialect {
        A => {
            let mut block = json!({"type": "tool_result", "tool_use_id": "call_1"});
            for (name, value) in result.as_object().expect("members are an object") {
                block[name] = value.clone();
            }
            json!({"messages": [
                {"role": "user", "content": "hi"},
                {"role": "assistant", "content": [
                    {"type": "tool_use", "id": "call_1", "name": "weather", "input": {"city": "Oslo", "days": 12_345_678_901_234_567_890_u64}},
                ]},
                {"role": "user", "content": [block]},
            ]})
        }
        C => json!({"messages": [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": null, "tool_calls": [{"id": "call_1", "type": "function",
                "function": {"name": "weather", "arguments": ARGUMENTS}}]},
            {"role": "tool", "tool_call_id": "call_1", "content": result},
        ]}),
        R => json!({"input": [
            {"role": "user", "content": "hi"},
            {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": ARGUMENTS},
            {"type": "function_call_output", "call_id": "call_1", "output": result},
        ]}),
        G => {
            let mut part = json!({"id": "call_1", "name": "weather"});
            for (name, value) in result.as_object().expect("members are an object") {
                part[name] = value.clone();
            }
            json!({"contents": [
                {"role": "user", "parts": [{"text": "hi"}]},
                {"role": "model", "parts": [
                    {"functionCall": {"id": "call_1", "name": "weather", "args": {"city": "Oslo", "days": 12_345_678_901_234_567_890_u64}}},
                ]},
                {"role": "user", "parts": [{"functionResponse": part}]},
            ]})
        }
    }
}

const ARGUMENTS: &str = r#"{"city":"Oslo","days":12345678901234567890}"#;

pub(crate) fn calls() -> Vec<Row> {
    let text = |dialect| match dialect {
        A => result(A, &json!({"content": "RAIN"})),
        G => result(G, &json!({"response": {"output": "RAIN"}})),
        dialect => result(dialect, &json!("RAIN")),
    };
    let arguments = json!({"city": "Oslo", "days": 12_345_678_901_234_567_890_u64});
    vec![
        Dialect::ALL
            .into_iter()
            .fold(row("call: id, name, exact arguments", "call|arguments"), |row, dialect| row.says(dialect, text(dialect)))
            .at(A, "messages.1.content.*", json!({"type": "tool_use", "id": "call_1", "name": "weather", "input": arguments}))
            .and(A, "", json!("~12345678901234567890"))
            .at(C, "messages.1.tool_calls.0", json!({"id": "call_1", "type": "function",
                "function": {"name": "weather", "arguments": ARGUMENTS}}))
            .at(R, "input.1", json!({"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": ARGUMENTS}))
            .at(G, "contents.1.parts.*.functionCall", json!({"id": "call_1", "name": "weather", "args": arguments}))
            .and(G, "", json!("~12345678901234567890"))
            .or(G, "contents.1.parts.*.functionCall", json!({"name": "weather", "args": arguments})),
        Dialect::ALL
            .into_iter()
            .fold(row("result: text", "result"), |row, dialect| row.says(dialect, text(dialect)))
            .at(A, "messages.2.content.*", json!({"type": "tool_result", "tool_use_id": "call_1"}))
            .and(A, "", json!("~RAIN"))
            .at(C, "messages.2", json!({"role": "tool", "tool_call_id": "call_1"}))
            .and(C, "", json!("~RAIN"))
            .at(R, "input.2", json!({"type": "function_call_output", "call_id": "call_1"}))
            .and(R, "", json!("~RAIN"))
            .at(G, "contents.2.parts.*.functionResponse", json!({"name": "weather"}))
            .and(G, "", json!("~RAIN")),
        several_results(),
        row("result: several texts", "result")
            .says(A, result(A, &json!({"content": [{"type": "text", "text": "RAIN"}, {"type": "text", "text": "SNOW"}]})))
            .says(C, result(C, &json!([{"type": "text", "text": "RAIN"}, {"type": "text", "text": "SNOW"}])))
            .says(R, result(R, &json!([{"type": "input_text", "text": "RAIN"}, {"type": "input_text", "text": "SNOW"}])))
            .at(A, "messages.2.content.*.content", json!([{"text": "RAIN"}, {"text": "SNOW"}]))
            .at(C, "messages.2.content", json!([{"text": "RAIN"}, {"text": "SNOW"}]))
            .or(C, "messages.2.content", json!("RAIN\nSNOW"))
            .at(R, "input.2.output", json!([{"text": "RAIN"}, {"text": "SNOW"}]))
            .or(R, "input.2.output", json!("RAIN\nSNOW"))
            .or(G, "contents.2.parts.*.functionResponse.response", json!({"output": "RAIN\nSNOW"}))
            .or(G, "contents.2.parts.*.functionResponse.response", json!({"output": ["RAIN", "SNOW"]})),
        row("result: image", "result|image|media")
            .says(
                A,
                result(A, &json!({"content": [
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBO"}},
                ]})),
            )
            .says(R, result(R, &json!([{"type": "input_image", "image_url": "data:image/png;base64,iVBO"}])))
            .says(
                G,
                result(G, &json!({"response": {"output": "see"}, "parts": [{"inlineData": {"mimeType": "image/png", "data": "iVBO"}}]})),
            )
            .at(A, "messages.2.content.*.content.*", json!({"type": "image", "source": {"data": "iVBO"}}))
            .or(C, "messages.3.content.*.image_url.url", json!("data:image/png;base64,iVBO"))
            .at(R, "input.2.output.*.image_url", json!("data:image/png;base64,iVBO"))
            .or(R, "", json!("~data:image/png;base64,iVBO"))
            .at(G, "contents.2.parts.*.functionResponse.parts.*.inlineData.data", json!("iVBO"))
            .or(G, "contents.2.parts.*.inlineData.data", json!("iVBO")),
        row("result: PDF", "result|document|media")
            .says(
                A,
                result(A, &json!({"content": [
                    {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBE"}},
                ]})),
            )
            .says(R, result(R, &json!([{"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBE"}])))
            .says(
                G,
                result(G, &json!({"response": {"output": "see"}, "parts": [{"inlineData": {"mimeType": "application/pdf", "data": "JVBE"}}]})),
            )
            .at(A, "messages.2.content.*.content.*", json!({"type": "document", "source": {"data": "JVBE"}}))
            .or(C, "messages.3.content.*.file.file_data", json!("data:application/pdf;base64,JVBE"))
            .at(R, "input.2.output.*.file_data", json!("data:application/pdf;base64,JVBE"))
            .or(R, "", json!("~data:application/pdf;base64,JVBE"))
            .at(G, "contents.2.parts.*.functionResponse.parts.*.inlineData.data", json!("JVBE"))
            .or(G, "contents.2.parts.*.inlineData.data", json!("JVBE")),
        row("result: the tool failed", "error")
            .says(A, result(A, &json!({"content": "RAIN", "is_error": true})))
            .says(G, result(G, &json!({"response": {"error": "RAIN"}})))
            .at(A, "messages.2.content.*", json!({"type": "tool_result", "is_error": true}))
            .without(C, "A tool message has content and a call's id.")
            .without(R, "A call's output has no mark of failure.")
            .at(G, "contents.2.parts.*.functionResponse.response", json!({"error": "~RAIN"})),
    ]
}

fn several_results() -> Row {
    row("two calls in one turn, and their results", "call|result")
        .says(
            A,
            json!({"messages": [
                {"role": "user", "content": "hi"},
                {"role": "assistant", "content": [
                    {"type": "text", "text": "SAID"},
                    {"type": "tool_use", "id": "call_1", "name": "weather", "input": {}},
                    {"type": "tool_use", "id": "call_2", "name": "time", "input": {}},
                ]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "call_2", "content": "NOON"},
                    {"type": "tool_result", "tool_use_id": "call_1", "content": "RAIN"},
                ]},
            ]}),
        )
        .says(
            C,
            json!({"messages": [
                {"role": "user", "content": "hi"},
                {"role": "assistant", "content": "SAID", "tool_calls": [
                    {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}},
                    {"id": "call_2", "type": "function", "function": {"name": "time", "arguments": "{}"}},
                ]},
                {"role": "tool", "tool_call_id": "call_2", "content": "NOON"},
                {"role": "tool", "tool_call_id": "call_1", "content": "RAIN"},
            ]}),
        )
        .says(
            R,
            json!({"input": [
                {"role": "user", "content": "hi"},
                {"role": "assistant", "content": "SAID"},
                {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{}"},
                {"type": "function_call", "call_id": "call_2", "name": "time", "arguments": "{}"},
                {"type": "function_call_output", "call_id": "call_2", "output": "NOON"},
                {"type": "function_call_output", "call_id": "call_1", "output": "RAIN"},
            ]}),
        )
        .says(
            G,
            json!({"contents": [
                {"role": "user", "parts": [{"text": "hi"}]},
                {"role": "model", "parts": [
                    {"text": "SAID"},
                    {"functionCall": {"id": "call_1", "name": "weather", "args": {}}},
                    {"functionCall": {"id": "call_2", "name": "time", "args": {}}},
                ]},
                {"role": "user", "parts": [
                    {"functionResponse": {"id": "call_2", "name": "time", "response": {"output": "NOON"}}},
                    {"functionResponse": {"id": "call_1", "name": "weather", "response": {"output": "RAIN"}}},
                ]},
            ]}),
        )
        .at(A, "messages.1.content", json!([{"text": "SAID"}, {"id": "call_1"}, {"id": "call_2", "name": "time"}]))
        .and(A, "messages.2.content.*", json!({"tool_use_id": "call_1"}))
        .and(A, "messages.2.content.*", json!({"tool_use_id": "call_2"}))
        .and(A, "messages.3", Value::Null)
        .at(C, "messages.1.tool_calls", json!([{"id": "call_1"}, {"id": "call_2"}]))
        .and(C, "messages.*", json!({"tool_call_id": "call_1", "content": "~RAIN"}))
        .and(C, "messages.*", json!({"tool_call_id": "call_2", "content": "~NOON"}))
        .at(R, "input.*", json!({"type": "function_call", "call_id": "call_1"}))
        .and(R, "input.*", json!({"type": "function_call_output", "call_id": "call_1", "output": "~RAIN"}))
        .and(R, "input.*", json!({"type": "function_call_output", "call_id": "call_2", "output": "~NOON"}))
        .at(G, "contents.1.parts", json!([
            {"text": "SAID"}, {"functionCall": {"name": "weather"}}, {"functionCall": {"name": "time"}},
        ]))
        .and(G, "contents.2.parts.*.functionResponse", json!({"name": "time", "response": {"output": "~NOON"}}))
        .and(G, "contents.2.parts.*.functionResponse", json!({"name": "weather", "response": {"output": "~RAIN"}}))
}

pub(crate) fn provider_run() -> Vec<Row> {
    let own = "It runs in the provider's own sandbox, with its own files and result blocks; who runs one twice does it twice.";
    vec![
        row("web search", "websearch|googlesearch")
            .says(A, json!({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}))
            .says(C, json!({"web_search_options": {}}))
            .says(R, json!({"tools": [{"type": "web_search"}]}))
            .says(G, json!({"tools": [{"googleSearch": {}}]}))
            .at(A, "tools.0", json!({"type": "~web_search_", "name": "web_search"}))
            .at(C, "web_search_options", json!({}))
            .without_as(C, "Only its search models take `web_search_options`.", SEARCH_O)
            .at(R, "tools.0", json!({"type": "web_search"}))
            .at(G, "tools.0.googleSearch", json!({})),
        row("web search: domains", "websearch|domains")
            .says(
                A,
                json!({"tools": [{"type": "web_search_20250305", "name": "web_search", "allowed_domains": ["example.org"]}]}),
            )
            .says(R, json!({"tools": [{"type": "web_search", "filters": {"allowed_domains": ["example.org"]}}]}))
            .at(A, "tools.0.allowed_domains", json!(["example.org"]))
            .without_as(C, "`web_search_options` has a size and a location.", SEARCH_O)
            .at(R, "tools.0.filters.allowed_domains", json!(["example.org"]))
            .without_as(G, "`googleSearch` has a time range, no domains.", "https://ai.google.dev/api/caching"),
        row("web search: the user's place", "websearch|location")
            .says(
                A,
                json!({"tools": [{"type": "web_search_20250305", "name": "web_search",
                    "user_location": {"type": "approximate", "country": "NO"}}]}),
            )
            .says(R, json!({"tools": [{"type": "web_search", "user_location": {"type": "approximate", "country": "NO"}}]}))
            .at(A, "tools.0.user_location", json!({"type": "approximate", "country": "NO"}))
            .without_as(C, "Only its search models take `web_search_options`.", SEARCH_O)
            .at(R, "tools.0.user_location", json!({"type": "approximate", "country": "NO"}))
            .without_as(G, "`googleSearch` has a time range, no place.", "https://ai.google.dev/api/caching"),
        row("web fetch", "webfetch|urlcontext")
            .says(A, json!({"tools": [{"type": "web_fetch_20250910", "name": "web_fetch"}]}))
            .says(G, json!({"tools": [{"urlContext": {}}]}))
            .at(A, "tools.0", json!({"type": "~web_fetch_"}))
            .at(G, "tools.0.urlContext", json!({}))
            .without_as(A, "It is a beta of its own, with a header.", "https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-fetch-tool")
            .without(C, "Tools are functions and custom tools.")
            .without_as(R, "There is no tool that only fetches a page.", "https://platform.openai.com/docs/guides/tools")
            .without_as(G, "`urlContext` reads what the prompt names, within bounds of its own.", "https://ai.google.dev/gemini-api/docs/url-context"),
        row("code execution", "codeexecution|codeinterpreter")
            .says(A, json!({"tools": [{"type": "code_execution_20250825", "name": "code_execution"}]}))
            .says(R, json!({"tools": [{"type": "code_interpreter", "container": {"type": "auto"}}]}))
            .says(G, json!({"tools": [{"codeExecution": {}}]}))
            .without_as(A, own, "https://platform.claude.com/docs/en/agents-and-tools/tool-use/code-execution-tool")
            .without(C, "Tools are functions and custom tools.")
            .without_as(R, own, "https://platform.openai.com/docs/guides/tools-code-interpreter")
            .without_as(G, own, "https://ai.google.dev/gemini-api/docs/code-execution"),
        row("MCP servers that the provider calls", "mcp")
            .says(A, json!({"mcp_servers": [{"type": "url", "url": "https://example.org/mcp", "name": "files"}]}))
            .says(R, json!({"tools": [{"type": "mcp", "server_label": "files", "server_url": "https://example.org/mcp"}]}))
            .without_as(A, "It is a beta of its own, with a header, and calls have effects.", "https://platform.claude.com/docs/en/agents-and-tools/mcp-connector")
            .without(C, "Tools are functions and custom tools.")
            .without_as(R, "Calls are approved by items that only its own dialect has, and have effects.", "https://platform.openai.com/docs/guides/tools-remote-mcp")
            .without(G, "It has no such tool over HTTP that the others' could become; calls have effects."),
        row("computer use", "computer")
            .says(
                A,
                json!({"tools": [{"type": "computer_20250124", "name": "computer", "display_width_px": 800, "display_height_px": 600}]}),
            )
            .says(
                R,
                json!({"tools": [{"type": "computer_use_preview", "display_width": 800, "display_height": 600, "environment": "browser"}]}),
            )
            .says(G, json!({"tools": [{"computerUse": {"environment": "ENVIRONMENT_BROWSER"}}]}))
            .without_as(A, "The actions are of its own kind.", "https://platform.claude.com/docs/en/agents-and-tools/tool-use/computer-use-tool")
            .without(C, "Tools are functions and custom tools.")
            .without_as(R, "The actions are of its own kind.", "https://platform.openai.com/docs/guides/tools-computer-use")
            .without_as(G, "The actions are of its own kind.", "https://ai.google.dev/gemini-api/docs/computer-use"),
        row("search in files kept at the provider", "filesearch")
            .says(R, json!({"tools": [{"type": "file_search", "vector_store_ids": ["vs_1"]}]}))
            .says(G, json!({"tools": [{"fileSearch": {"fileSearchStoreNames": ["fileSearchStores/a"]}}]}))
            .without(A, "The files lie at another provider.")
            .without(C, "The files lie at another provider, and there is no such tool.")
            .without_as(R, "The files lie at another provider.", "https://platform.openai.com/docs/guides/tools-file-search")
            .without_as(G, "The files lie at another provider.", "https://ai.google.dev/gemini-api/docs/file-search"),
        row("image generation", "imagegeneration|modalities")
            .says(R, json!({"tools": [{"type": "image_generation"}]}))
            .says(G, json!({"generationConfig": {"responseModalities": ["TEXT", "IMAGE"]}}))
            .without(A, "Models answer in text.")
            .without(C, "`modalities` are text and audio.")
            .without_as(R, "It is a tool with a model of its own.", "https://platform.openai.com/docs/guides/tools-image-generation")
            .without_as(G, "It is another model's answer, not a tool.", "https://ai.google.dev/gemini-api/docs/image-generation"),
        row("tools that the client runs and the model knows (shell, editor, memory)", "tools|shell|bash|editor|memory")
            .says(A, json!({"tools": [{"type": "bash_20250124", "name": "bash"}]}))
            .says(R, json!({"tools": [{"type": "local_shell"}]}))
            .without_as(A, "Its schemas are known to its own models only.", TOOL_USE_A)
            .without(C, "Tools are functions and custom tools.")
            .without_as(R, "Its schemas are known to its own models only.", "https://platform.openai.com/docs/guides/tools")
            .without_as(G, "Its tools are functions and its own.", "https://ai.google.dev/api/caching"),
        row("what a search of the provider found, in an earlier turn", "websearch|serveruse|servertool|other|messages|input")
            .says(
                A,
                json!({"messages": [
                    {"role": "user", "content": "hi"},
                    {"role": "assistant", "content": [
                        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "q"}},
                        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [
                            {"type": "web_search_result", "url": "https://example.org", "title": "t", "encrypted_content": "x"},
                        ]},
                        {"type": "text", "text": "said"},
                    ]},
                    {"role": "user", "content": "go on"},
                ]}),
            )
            .says(
                R,
                json!({"input": [
                    {"role": "user", "content": "hi"},
                    {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "q"}},
                    {"role": "assistant", "content": "said"},
                    {"role": "user", "content": "go on"},
                ]}),
            )
            .without_as(A, "What was found is encrypted for its maker.", "https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool")
            .without(C, "Messages hold no runs of tools that the provider ran.")
            .without_as(R, "A search is named by an id of OpenAI's own.", SEARCH_O)
            .without_as(G, "What was found is told as metadata of an answer, not of a turn.", "https://ai.google.dev/api/caching"),
    ]
}
