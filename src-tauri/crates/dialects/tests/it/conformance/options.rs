//! The answer's shape and length, sampling, and what a request says about itself.

use mainstay_dialects::Dialect::{Anthropic as A, Gemini as G, OpenaiChat as C, OpenaiResponses as R};
use serde_json::{Value, json};

use super::row::{Row, row, user};

const SCHEMAS_A: &str = "https://platform.claude.com/docs/en/build-with-claude/structured-outputs";
const SCHEMAS_G: &str = "https://ai.google.dev/gemini-api/docs/structured-output";
const CACHING_O: &str = "https://platform.openai.com/docs/guides/prompt-caching";
const CACHING_A: &str = "https://platform.claude.com/docs/en/build-with-claude/prompt-caching";
const CACHING_G: &str = "https://ai.google.dev/gemini-api/docs/caching";
const STATE_O: &str = "https://platform.openai.com/docs/guides/conversation-state";
const IGNORED_A: &str = "https://platform.claude.com/docs/en/api/openai-sdk";

fn chat_format(more: &Value) -> Value {
    let mut schema = json!({"name": "answer", "schema": schema()});
    for (name, value) in more.as_object().expect("members are an object") {
        schema[name] = value.clone();
    }
    json!({"response_format": {"type": "json_schema", "json_schema": schema}})
}

fn responses_format(more: &Value) -> Value {
    let mut format = json!({"type": "json_schema", "name": "answer", "schema": schema()});
    for (name, value) in more.as_object().expect("members are an object") {
        format[name] = value.clone();
    }
    json!({"text": {"format": format}})
}

fn schema() -> Value {
    json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"],
        "additionalProperties": false})
}

fn config(config: Value) -> Value {
    json!({"generationConfig": config})
}

pub(crate) fn format() -> Vec<Row> {
    let none = json!({});
    vec![
        row("answer in JSON of any shape", "format|json|mimetype")
            .says(C, json!({"response_format": {"type": "json_object"}}))
            .says(R, json!({"text": {"format": {"type": "json_object"}}}))
            .says(G, config(json!({"responseMimeType": "application/json"})))
            .without_as(A, "A format is a JSON Schema.", SCHEMAS_A)
            .at(C, "response_format.type", json!("json_object"))
            .at(R, "text.format.type", json!("json_object"))
            .at(G, "generationConfig.responseMimeType", json!("application/json")),
        row("answer by a JSON Schema", "format|schema")
            .says(A, json!({"output_config": {"format": {"type": "json_schema", "schema": schema()}}}))
            .says(C, chat_format(&json!({"strict": true})))
            .says(R, responses_format(&json!({"strict": true})))
            .says(G, config(json!({"responseMimeType": "application/json", "responseJsonSchema": schema()})))
            .at(A, "output_config.format", json!({"type": "json_schema", "schema": schema()}))
            .at(C, "response_format", json!({"type": "json_schema", "json_schema": {"schema": schema()}}))
            .at(R, "text.format", json!({"type": "json_schema", "schema": schema()}))
            .at(G, "generationConfig", json!({"responseMimeType": "application/json", "responseJsonSchema": schema()}))
            .or(
                G,
                "generationConfig",
                json!({"responseMimeType": "application/json", "responseSchema": {
                    "type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"],
                }}),
            ),
        row("answer by a schema in Gemini's own words", "format|schema")
            .says(
                G,
                config(json!({"responseMimeType": "application/json", "responseSchema": {
                    "type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"],
                }})),
            )
            .or(A, "output_config.format.schema", json!({"type": "object", "properties": {"city": {"type": "string"}}}))
            .or(
                C,
                "response_format.json_schema.schema",
                json!({"type": "object", "properties": {"city": {"type": "string"}}}),
            )
            .or(R, "text.format.schema", json!({"type": "object", "properties": {"city": {"type": "string"}}})),
        row("name of the schema", "formatname|format.name|schemaname|schema.name")
            .says(C, chat_format(&none))
            .says(R, responses_format(&none))
            .without_as(A, "A format has a type and a schema.", SCHEMAS_A)
            .at(C, "response_format.json_schema.name", json!("answer"))
            .at(R, "text.format.name", json!("answer"))
            .without_as(G, "A schema is given by itself.", SCHEMAS_G),
        row("description of the schema", "description")
            .says(C, chat_format(&json!({"description": "A city."})))
            .says(R, responses_format(&json!({"description": "A city."})))
            .or(A, "output_config.format.schema.description", json!("A city."))
            .without_as(A, "A format has a type and a schema.", SCHEMAS_A)
            .at(C, "response_format.json_schema.description", json!("A city."))
            .at(R, "text.format.description", json!("A city."))
            .or(G, "generationConfig.responseJsonSchema.description", json!("A city."))
            .without_as(G, "A schema is given by itself.", SCHEMAS_G),
        row("schema kept to exactly (`strict`)", "strict")
            .says(C, chat_format(&json!({"strict": true})))
            .says(R, responses_format(&json!({"strict": true})))
            // Both always keep to it.
            .at(A, "output_config.format.type", json!("json_schema"))
            .at(C, "response_format.json_schema.strict", json!(true))
            .at(R, "text.format.strict", json!(true))
            .at(G, "generationConfig.responseJsonSchema.type", json!("object"))
            .at(G, "generationConfig.responseSchema.type", json!("OBJECT")),
        row("verbosity", "verbosity")
            .says(C, json!({"verbosity": "low"}))
            .says(R, json!({"text": {"verbosity": "low"}}))
            .without(A, "There is no such parameter.")
            .at(C, "verbosity", json!("low"))
            .at(R, "text.verbosity", json!("low"))
            .without(G, "There is no such parameter."),
        row("sound as an answer", "audio|modalities|speech")
            .says(C, json!({"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}}))
            .says(
                G,
                config(json!({"responseModalities": ["AUDIO"],
                    "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}}})),
            )
            .without_as(A, "Models answer in text.", IGNORED_A)
            .without_as(C, "Its voices are its own.", "https://platform.openai.com/docs/guides/audio")
            .without(R, "Answers are text.")
            .without_as(
                G,
                "Its voices are its own, and a model's that only speaks.",
                "https://ai.google.dev/gemini-api/docs/speech-generation",
            ),
    ]
}

pub(crate) fn sampling() -> Vec<Row> {
    vec![
        row("output limit", "maxtokens|maxcompletiontokens|maxoutputtokens")
            .says(A, json!({"max_tokens": 321}))
            .says(C, json!({"max_completion_tokens": 321}))
            .says(R, json!({"max_output_tokens": 321}))
            .says(G, config(json!({"maxOutputTokens": 321})))
            .at(A, "max_tokens", json!(321))
            .at(C, "max_completion_tokens", json!(321))
            .at(C, "max_tokens", json!(321))
            .at(R, "max_output_tokens", json!(321))
            .at(G, "generationConfig.maxOutputTokens", json!(321)),
        row("stop sequences", "stop")
            .says(A, json!({"stop_sequences": ["END"]}))
            .says(C, json!({"stop": "END"}))
            .says(G, config(json!({"stopSequences": ["END"]})))
            .at(A, "stop_sequences", json!(["END"]))
            .at(C, "stop", json!(["END"]))
            .without(R, "There is no such parameter.")
            .at(G, "generationConfig.stopSequences", json!(["END"])),
        row("temperature", "temperature")
            .says(A, json!({"temperature": 0.5}))
            .says(C, json!({"temperature": 0.5}))
            .says(R, json!({"temperature": 0.5}))
            .says(G, config(json!({"temperature": 0.5})))
            .at(A, "temperature", json!(0.5))
            .at(C, "temperature", json!(0.5))
            .at(R, "temperature", json!(0.5))
            .at(G, "generationConfig.temperature", json!(0.5)),
        row("temperature over 1", "temperature")
            .says(C, json!({"temperature": 1.5}))
            .says(R, json!({"temperature": 1.5}))
            .says(G, config(json!({"temperature": 1.5})))
            .or(A, "temperature", json!(1))
            .at(C, "temperature", json!(1.5))
            .at(R, "temperature", json!(1.5))
            .at(G, "generationConfig.temperature", json!(1.5)),
        row("top_p", "topp")
            .says(A, json!({"top_p": 0.9}))
            .says(C, json!({"top_p": 0.9}))
            .says(R, json!({"top_p": 0.9}))
            .says(G, config(json!({"topP": 0.9})))
            .at(A, "top_p", json!(0.9))
            .at(C, "top_p", json!(0.9))
            .at(R, "top_p", json!(0.9))
            .at(G, "generationConfig.topP", json!(0.9)),
        row("top_k", "topk")
            .says(A, json!({"top_k": 40}))
            .says(G, config(json!({"topK": 40})))
            .at(A, "top_k", json!(40))
            .without(C, "There is no such parameter.")
            .without(R, "There is no such parameter.")
            .at(G, "generationConfig.topK", json!(40)),
        row("frequency penalty", "frequencypenalty")
            .says(C, json!({"frequency_penalty": 0.5}))
            .says(G, config(json!({"frequencyPenalty": 0.5})))
            .without_as(A, "There is no such parameter.", IGNORED_A)
            .at(C, "frequency_penalty", json!(0.5))
            .without(R, "There is no such parameter.")
            .at(G, "generationConfig.frequencyPenalty", json!(0.5)),
        row("presence penalty", "presencepenalty")
            .says(C, json!({"presence_penalty": 0.5}))
            .says(G, config(json!({"presencePenalty": 0.5})))
            .without_as(A, "There is no such parameter.", IGNORED_A)
            .at(C, "presence_penalty", json!(0.5))
            .without(R, "There is no such parameter.")
            .at(G, "generationConfig.presencePenalty", json!(0.5)),
        row("seed", "seed")
            .says(C, json!({"seed": 7}))
            .says(G, config(json!({"seed": 7})))
            .without_as(A, "There is no such parameter.", IGNORED_A)
            .at(C, "seed", json!(7))
            .without(R, "There is no such parameter.")
            .at(G, "generationConfig.seed", json!(7)),
        row("several answers", "several|candidatecount|n")
            .says(C, json!({"n": 2}))
            .says(G, config(json!({"candidateCount": 2})))
            .without_as(A, "`n` has to be 1.", IGNORED_A)
            .at(C, "n", json!(2))
            .without(R, "There is no such parameter.")
            .at(G, "generationConfig.candidateCount", json!(2))
            .open(C, "A translated answer is one; who asks for several is refused.")
            .open(G, "A translated answer is one; who asks for several is refused."),
        row("log probabilities", "logprobs|logprobabilities")
            .says(C, json!({"logprobs": true, "top_logprobs": 3}))
            .says(R, json!({"include": ["message.output_text.logprobs"], "top_logprobs": 3}))
            .says(G, config(json!({"responseLogprobs": true, "logprobs": 3})))
            .without_as(A, "There are none.", IGNORED_A)
            .at(C, "top_logprobs", json!(3))
            .at(R, "top_logprobs", json!(3))
            .at(G, "generationConfig.logprobs", json!(3))
            .open(C, "Log probabilities are not translated; who asks for them is refused.")
            .open(R, "Log probabilities are not translated; who asks for them is refused.")
            .open(G, "Log probabilities are not translated; who asks for them is refused."),
        row("bias of tokens", "logitbias")
            .says(C, json!({"logit_bias": {"50256": -100}}))
            .without_as(A, "There is no such parameter.", IGNORED_A)
            .without(R, "There is no such parameter.")
            .without(G, "There is no such parameter."),
        row("predicted output", "prediction")
            .says(C, json!({"prediction": {"type": "content", "content": "x"}}))
            .without_as(A, "There is no such parameter.", IGNORED_A)
            .without(R, "There is no such parameter.")
            .without(G, "There is no such parameter."),
    ]
}

pub(crate) fn about() -> Vec<Row> {
    vec![
        row("places in the prompt to cache up to (`cache_control`)", "cachecontrol")
            .says(
                A,
                json!({"system": [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}],
                "messages": [{"role": "user", "content": [
                    {"type": "text", "text": "hi", "cache_control": {"type": "ephemeral"}},
                ]}]}),
            )
            .without_as(C, "It caches by itself; breakpoints of its own have one fixed lifetime.", CACHING_O)
            .without_as(R, "It caches by itself; breakpoints of its own have one fixed lifetime.", CACHING_O)
            .without_as(G, "It caches by itself; what is asked to be kept is made by another call.", CACHING_G),
        row("prompt_cache_key", "promptcachekey")
            .says(C, json!({"prompt_cache_key": "project"}))
            .says(R, json!({"prompt_cache_key": "project"}))
            .without_as(A, "Caches are found by the prompt alone.", CACHING_A)
            .at(C, "prompt_cache_key", json!("project"))
            .at(R, "prompt_cache_key", json!("project"))
            .without_as(G, "Caches are found by the prompt alone.", CACHING_G),
        row("prompt_cache_retention", "promptcacheretention")
            .says(C, json!({"prompt_cache_retention": "24h"}))
            .says(R, json!({"prompt_cache_retention": "24h"}))
            .without_as(A, "A lifetime belongs to a place in the prompt that is marked.", CACHING_A)
            .at(C, "prompt_cache_retention", json!("24h"))
            .at(R, "prompt_cache_retention", json!("24h"))
            .without_as(G, "A lifetime belongs to what another call has made.", CACHING_G),
        row("cached content of an earlier call", "cachedcontent")
            .says(G, json!({"cachedContent": "cachedContents/a"}))
            .without_as(A, "It lies at another provider.", CACHING_A)
            .without_as(C, "It lies at another provider.", CACHING_O)
            .without_as(R, "It lies at another provider.", CACHING_O),
        row("metadata", "metadata")
            .says(C, json!({"metadata": {"a": "b"}}))
            .says(R, json!({"metadata": {"a": "b"}}))
            .without(A, "`metadata` has only `user_id`.")
            .at(C, "metadata", json!({"a": "b"}))
            .without(C, "It is taken only with answers that are stored.")
            .at(R, "metadata", json!({"a": "b"}))
            .without(G, "There is no such parameter."),
        row("user's id", "user")
            .says(A, json!({"metadata": {"user_id": "u1"}}))
            .says(C, json!({"user": "u1"}))
            .says(R, json!({"user": "u1"}))
            .at(A, "metadata.user_id", json!("u1"))
            .at(C, "safety_identifier", json!("u1"))
            .at(C, "user", json!("u1"))
            .at(R, "safety_identifier", json!("u1"))
            .at(R, "user", json!("u1"))
            .without(G, "There is no such parameter."),
        row("safety_identifier", "user|safetyidentifier")
            .says(C, json!({"safety_identifier": "u1"}))
            .says(R, json!({"safety_identifier": "u1"}))
            .at(A, "metadata.user_id", json!("u1"))
            .at(C, "safety_identifier", json!("u1"))
            .or(C, "user", json!("u1"))
            .at(R, "safety_identifier", json!("u1"))
            .or(R, "user", json!("u1"))
            .without(G, "There is no such parameter."),
        row("service tier: flex", "servicetier")
            .says(C, json!({"service_tier": "flex"}))
            .says(R, json!({"service_tier": "flex"}))
            .says(G, json!({"serviceTier": "flex"}))
            .without_as(
                A,
                "Tiers are `auto` and `standard_only`.",
                "https://platform.claude.com/docs/en/api/service-tiers",
            )
            .at(C, "service_tier", json!("flex"))
            .at(R, "service_tier", json!("flex"))
            .at(G, "serviceTier", json!("flex")),
        row("service tier: standard", "servicetier")
            .says(A, json!({"service_tier": "standard_only"}))
            .says(C, json!({"service_tier": "default"}))
            .says(R, json!({"service_tier": "default"}))
            .says(G, json!({"serviceTier": "standard"}))
            .at(A, "service_tier", json!("standard_only"))
            .at(C, "service_tier", json!("default"))
            .at(R, "service_tier", json!("default"))
            .at(G, "serviceTier", json!("standard")),
        row("store the answer at the provider", "store")
            .says(C, json!({"store": true}))
            .says(R, json!({"store": true}))
            .says(G, json!({"store": true}))
            .without(A, "There is no such parameter.")
            .without_as(
                C,
                "What is stored has another provider's id; the client could not ask for it.",
                "https://platform.openai.com/docs/api-reference/chat",
            )
            .without_as(R, "What is stored has another provider's id; the client could not ask for it.", STATE_O)
            .without(G, "It is a setting of Google's logs."),
        row("previous_response_id", "previousresponse")
            .says(R, json!({"previous_response_id": "resp_1"}))
            .without(A, "Every request holds its whole conversation.")
            .without_as(C, "Every request holds its whole conversation.", STATE_O)
            .without(G, "Every request holds its whole conversation."),
        row("conversation kept at the provider", "conversation|previousresponse")
            .says(R, json!({"conversation": "conv_1"}))
            .without(A, "Every request holds its whole conversation.")
            .without_as(C, "Every request holds its whole conversation.", STATE_O)
            .without(G, "Every request holds its whole conversation."),
        row("prompt kept at the provider", "prompt")
            .says(R, json!({"prompt": {"id": "pmpt_1"}}))
            .without(A, "It lies at another provider.")
            .without(C, "There is no such parameter.")
            .without(G, "It lies at another provider."),
        row("background", "background")
            .says(R, json!({"background": true}))
            .without(A, "Answers are given while the client waits, or in batches by another call.")
            .without_as(
                C,
                "Answers are given while the client waits.",
                "https://platform.openai.com/docs/guides/background",
            )
            .without(G, "Answers are given while the client waits, or in batches by another call."),
        row("files kept at the provider", "file")
            .says(A, user(A, json!([{"type": "document", "source": {"type": "file", "file_id": "file_1"}}])))
            .says(C, user(C, json!([{"type": "file", "file": {"file_id": "file-1"}}])))
            .says(R, user(R, json!([{"type": "input_file", "file_id": "file-1"}])))
            .says(
                G,
                user(
                    G,
                    json!([{"fileData": {"mimeType": "application/pdf",
                    "fileUri": "https://generativelanguage.googleapis.com/v1beta/files/abc"}}]),
                ),
            )
            .without_as(
                A,
                "The file lies at another provider.",
                "https://platform.claude.com/docs/en/build-with-claude/files",
            )
            .without_as(C, "The file lies at another provider.", "https://platform.openai.com/docs/api-reference/files")
            .without_as(R, "The file lies at another provider.", "https://platform.openai.com/docs/api-reference/files")
            .without_as(G, "The file lies at another provider.", "https://ai.google.dev/gemini-api/docs/files"),
        row("container", "container")
            .says(A, json!({"container": "container_1"}))
            .without(C, "There is no such parameter.")
            .without(R, "It lies at another provider.")
            .without(G, "There is no such parameter."),
        row("safety settings", "safetysettings")
            .says(G, json!({"safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}]}))
            .without(A, "There is no such parameter.")
            .without(C, "There is no such parameter.")
            .without(R, "There is no such parameter."),
        row("context management", "contextmanagement")
            .says(A, json!({"context_management": {"edits": [{"type": "clear_tool_uses_20250919"}]}}))
            .says(R, json!({"context_management": [{"type": "compaction", "compact_threshold": 100_000}]}))
            .without_as(
                A,
                "Its edits are other ones, in a beta of their own.",
                "https://platform.claude.com/docs/en/build-with-claude/context-editing",
            )
            .without(C, "There is no such parameter.")
            .without(R, "It knows compaction alone, whose items are encrypted for their maker.")
            .without(G, "There is no such parameter."),
        row("truncation of what is too long", "truncation")
            .says(R, json!({"truncation": "auto"}))
            .without(A, "What is too long is refused.")
            .without(C, "There is no such parameter.")
            .without(G, "There is no such parameter."),
        row("where and how fast it runs (`inference_geo`, `speed`)", "inferencegeo|speed")
            .says(A, json!({"inference_geo": "us"}))
            .without(C, "There is no such parameter.")
            .without(R, "There is no such parameter.")
            .without(G, "There is no such parameter."),
    ]
}
