//! Tools that Google runs: code and its result are parts, a search is told beside the content.

use serde_json::{Map, Value, json};

use super::json::field;
use crate::{
    reply::{Block, Reply},
    served::{Served, ServedTool},
};

/// The tools among those of a request that Google runs, and its computer use, which the client carries out.
pub(super) fn offered(tools: &[Value]) -> Vec<Served> {
    const KNOWN: [(&str, ServedTool, &str); 4] = [
        ("codeExecution", ServedTool::CodeExecution, "code_execution"),
        ("googleSearch", ServedTool::WebSearch, "google_search"),
        ("googleSearchRetrieval", ServedTool::WebSearch, "google_search"),
        ("computerUse", ServedTool::ComputerUse, "open_web_browser"),
    ];
    let of_tool = |tool: &Map<String, Value>| -> Vec<Served> {
        let named = KNOWN.iter().filter(|(name, ..)| field(tool, name).is_some());
        named.map(|(_, tool, name)| Served::new(*tool, *name)).collect()
    };
    tools.iter().filter_map(Value::as_object).flat_map(of_tool).collect()
}

/// The parts that say it.
pub(super) fn parts(by: &Served, block: &Block) -> Vec<Value> {
    match by.tool {
        ServedTool::CodeExecution => vec![
            json!({"executableCode": {"language": "PYTHON", "code": block.arguments()["code"]}}),
            json!({"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "simulated\n"}}),
        ],
        ServedTool::ComputerUse => vec![json!({"functionCall": {"name": by.name, "args": {}}})],
        ServedTool::WebSearch | ServedTool::Mcp => Vec::new(),
    }
}

/// What the last element tells of a search.
pub(super) fn grounding(reply: &Reply) -> Option<Value> {
    let query = reply.blocks.iter().find_map(|block| match block {
        Block::Served { by, .. } if by.tool == ServedTool::WebSearch => Some(block.arguments()["query"].clone()),
        _ => None,
    })?;
    Some(json!({
        "webSearchQueries": [query],
        "searchEntryPoint": {"renderedContent": "<div>Simulated</div>"},
        "groundingChunks": [{"web": {"uri": "https://simulated.example/", "title": "simulated.example"}}],
    }))
}
