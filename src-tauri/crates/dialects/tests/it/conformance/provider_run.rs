//! Tools that the provider runs.

use mainstay_dialects::Dialect::{Anthropic as A, Gemini as G, OpenaiChat as C, OpenaiResponses as R};
use serde_json::json;

use super::row::{Row, row};

const TOOL_USE_A: &str = "https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview";
const FUNCTIONS_G: &str = "https://ai.google.dev/gemini-api/docs/function-calling";
const SEARCH_O: &str = "https://platform.openai.com/docs/guides/tools-web-search";

pub(crate) fn rows() -> Vec<Row> {
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
                json!({"tools": [{"type": "web_search_20250305", "name": "web_search",
                    "allowed_domains": ["example.org"]}]}),
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
            .says(
                R,
                json!({"tools": [{"type": "web_search", "user_location": {"type": "approximate",
                "country": "NO"}}]}),
            )
            .at(A, "tools.0.user_location", json!({"type": "approximate", "country": "NO"}))
            .without_as(C, "Only its search models take `web_search_options`.", SEARCH_O)
            .at(R, "tools.0.user_location", json!({"type": "approximate", "country": "NO"}))
            .without_as(G, "`googleSearch` has a time range, no place.", "https://ai.google.dev/api/caching"),
        row("web fetch", "webfetch|urlcontext")
            .says(A, json!({"tools": [{"type": "web_fetch_20250910", "name": "web_fetch"}]}))
            .says(G, json!({"tools": [{"urlContext": {}}]}))
            .at(A, "tools.0", json!({"type": "~web_fetch_"}))
            .at(G, "tools.0.urlContext", json!({}))
            .open(A, "Its own web fetch could do it; it is noted.")
            .open(G, "`urlContext` could do it; it is noted.")
            .without(C, "Tools are functions and custom tools.")
            .without_as(
                R,
                "There is no tool that only fetches a page.",
                "https://platform.openai.com/docs/guides/tools",
            ),
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
            .says(
                R,
                json!({"tools": [{"type": "mcp", "server_label": "files",
                "server_url": "https://example.org/mcp"}]}),
            )
            .without_as(
                A,
                "It is a beta of its own, with a header, and calls have effects.",
                "https://platform.claude.com/docs/en/agents-and-tools/mcp-connector",
            )
            .without(C, "Tools are functions and custom tools.")
            .without_as(
                R,
                "Calls are approved by items that only its own dialect has, and have effects.",
                "https://platform.openai.com/docs/guides/tools-remote-mcp",
            )
            .without_as(G, "Its own connector is another one, without approval; calls have effects.", FUNCTIONS_G),
        row("computer use", "computer")
            .says(
                A,
                json!({"tools": [{"type": "computer_20250124", "name": "computer", "display_width_px": 800,
                    "display_height_px": 600}]}),
            )
            .says(
                R,
                json!({"tools": [{"type": "computer_use_preview", "display_width": 800, "display_height": 600,
                    "environment": "browser"}]}),
            )
            .says(G, json!({"tools": [{"computerUse": {"environment": "ENVIRONMENT_BROWSER"}}]}))
            .without_as(
                A,
                "The actions are of its own kind.",
                "https://platform.claude.com/docs/en/agents-and-tools/tool-use/computer-use-tool",
            )
            .without(C, "Tools are functions and custom tools.")
            .without_as(
                R,
                "The actions are of its own kind.",
                "https://platform.openai.com/docs/guides/tools-computer-use",
            )
            .without_as(G, "The actions are of its own kind.", "https://ai.google.dev/gemini-api/docs/computer-use"),
        row("search in files kept at the provider", "filesearch")
            .says(R, json!({"tools": [{"type": "file_search", "vector_store_ids": ["vs_1"]}]}))
            .says(G, json!({"tools": [{"fileSearch": {"fileSearchStoreNames": ["fileSearchStores/a"]}}]}))
            .without(A, "The files lie at another provider.")
            .without(C, "The files lie at another provider, and there is no such tool.")
            .without_as(
                R,
                "The files lie at another provider.",
                "https://platform.openai.com/docs/guides/tools-file-search",
            )
            .without_as(G, "The files lie at another provider.", "https://ai.google.dev/gemini-api/docs/file-search"),
        row("image generation", "imagegeneration|modalities")
            .says(R, json!({"tools": [{"type": "image_generation"}]}))
            .says(G, json!({"generationConfig": {"responseModalities": ["TEXT", "IMAGE"]}}))
            .without(A, "Models answer in text.")
            .without(C, "`modalities` are text and audio.")
            .without_as(
                R,
                "It is a tool with a model of its own.",
                "https://platform.openai.com/docs/guides/tools-image-generation",
            )
            .without_as(
                G,
                "It is another model's answer, not a tool.",
                "https://ai.google.dev/gemini-api/docs/image-generation",
            ),
        row("tools that the client runs and the model knows (shell, editor, memory)", "tools|shell|bash|editor|memory")
            .says(A, json!({"tools": [{"type": "bash_20250124", "name": "bash"}]}))
            .says(R, json!({"tools": [{"type": "local_shell"}]}))
            .without_as(A, "They have no schema in the request; those that its models know are other ones.", TOOL_USE_A)
            .without(C, "Tools are functions and custom tools.")
            .without_as(
                R,
                "They have no schema in the request; those that its models know are other ones.",
                "https://platform.openai.com/docs/guides/tools",
            )
            .without_as(G, "Its tools are functions and its own.", "https://ai.google.dev/api/caching"),
        row(
            "what a search of the provider found, in an earlier turn",
            "websearch|serveruse|servertool|other|messages|input",
        )
        .says(
            A,
            json!({"messages": [
                {"role": "user", "content": "hi"},
                {"role": "assistant", "content": [
                    {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "q"}},
                    {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [
                        {"type": "web_search_result", "url": "https://example.org", "title": "t",
                            "encrypted_content": "x"},
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
                {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search",
                    "query": "q"}},
                {"role": "assistant", "content": "said"},
                {"role": "user", "content": "go on"},
            ]}),
        )
        .without_as(
            A,
            "What was found is encrypted for its maker.",
            "https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool",
        )
        .without(C, "Messages hold no runs of tools that the provider ran.")
        .without_as(R, "A search is named by an id of OpenAI's own.", SEARCH_O)
        .without_as(
            G,
            "What was found is told as metadata of an answer, not of a turn.",
            "https://ai.google.dev/api/caching",
        ),
    ]
}
