//! Tools: definitions and choice.

use mainstay_dialects::Dialect::{self, Anthropic as A, Gemini as G, OpenaiChat as C, OpenaiResponses as R};
use serde_json::{Value, json};

use super::row::{Row, row};

const TOOL_USE_A: &str = "https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview";
const FUNCTIONS_G: &str = "https://ai.google.dev/gemini-api/docs/function-calling";
const FUNCTIONS_O: &str = "https://platform.openai.com/docs/guides/function-calling";

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
    json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"],
        "additionalProperties": false})
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
                json!({"name": "weather", "description": "Tells the weather.", "parameters": {"type": "OBJECT",
                    "properties": {
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
                    {"type": "function", "name": "weather", "strict": false, "parameters": {"type": "object",
                        "properties": {}}},
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
            .says(
                C,
                three(
                    C,
                    json!({"tool_choice": allowed(json!([
                        {"type": "function", "function": {"name": "time"}},
                        {"type": "function", "function": {"name": "place"}},
                    ]))}),
                ),
            )
            .says(
                R,
                three(
                    R,
                    json!({"tool_choice": {"type": "allowed_tools", "mode": "required", "tools": [
                        {"type": "function", "name": "time"}, {"type": "function", "name": "place"},
                    ]}}),
                ),
            )
            .says(
                G,
                three(
                    G,
                    json!({"toolConfig": {"functionCallingConfig": {
                        "mode": "ANY", "allowedFunctionNames": ["time", "place"],
                    }}}),
                ),
            )
            .or(A, "tool_choice", json!({"type": "any"}))
            .and(A, "tools", json!([{"name": "time"}, {"name": "place"}]))
            .at(
                C,
                "tool_choice.allowed_tools",
                json!({"mode": "required", "tools": [
                    {"type": "function", "function": {"name": "time"}},
                    {"type": "function", "function": {"name": "place"}},
                ]}),
            )
            .at(
                R,
                "tool_choice",
                json!({"type": "allowed_tools", "mode": "required", "tools": [
                    {"type": "function", "name": "time"}, {"type": "function", "name": "place"},
                ]}),
            )
            .at(
                G,
                "toolConfig.functionCallingConfig",
                json!({"mode": "ANY", "allowedFunctionNames": ["time", "place"]}),
            ),
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
