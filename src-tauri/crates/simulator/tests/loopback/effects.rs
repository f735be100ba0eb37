//! Tools that providers run themselves, and the word that they let slip.

use std::collections::BTreeMap;

use mainstay_simulator::{Fault, Play, Running, ServedTool, Speaks};
use serde_json::{Value, json};

use crate::client::{ALL, Got, ask, body, post, simulator};

use ServedTool::{CodeExecution, ComputerUse, Mcp, WebSearch};

/// A request that offers every tool that its provider may run.
fn offering(speaks: Speaks, streaming: bool) -> Value {
    let mut body = body(speaks, streaming);
    match speaks {
        Speaks::Anthropic => {
            body["tools"] = json!([
                {"type": "code_execution_20250825", "name": "code_execution"},
                {"type": "web_search_20250305", "name": "web_search"},
                {"type": "computer_20250124", "name": "computer", "display_width_px": 800, "display_height_px": 600},
                {"type": "mcp_toolset", "mcp_server_name": "tickets"},
            ]);
            body["mcp_servers"] = json!([{"type": "url", "name": "tickets", "url": "https://simulated.example/"}]);
        }
        Speaks::OpenaiChat => body["web_search_options"] = json!({}),
        Speaks::OpenaiResponses => {
            body["tools"] = json!([
                {"type": "code_interpreter", "container": {"type": "auto"}},
                {"type": "web_search"},
                {"type": "mcp", "server_label": "tickets", "server_url": "https://simulated.example/"},
                {"type": "computer_use_preview", "display_width": 800, "display_height": 600, "environment": "browser"},
            ]);
        }
        Speaks::Gemini => {
            body["tools"] = json!([{"codeExecution": {}}, {"googleSearch": {}}, {"computerUse": {"environment": "ENVIRONMENT_BROWSER"}}]);
        }
    }
    body
}

fn all(running: &Running) {
    running.set_tools(vec![CodeExecution, WebSearch, Mcp, ComputerUse]);
}

#[tokio::test]
async fn a_tool_that_is_only_offered_is_not_run() {
    let simulator = simulator().await;
    for running in simulator.providers() {
        let got = post(running, false, &offering(running.speaks, false)).await.unwrap();
        assert_eq!(got.status, 200, "{}", got.text);
        assert!(running.effects().is_empty());
    }
}

#[tokio::test]
async fn each_provider_runs_its_tools_in_blocks_of_its_own_and_counts_the_effects() {
    let simulator = simulator().await;
    for speaks in ALL {
        let running = simulator.provider(speaks.as_str()).unwrap();
        all(running);
        let got = post(running, false, &offering(speaks, false)).await.unwrap();
        assert_eq!(got.status, 200, "{}", got.text);
        let (answer, expected) = (got.json(), running.effects());
        let kinds = |list: &Value, name: &str| -> Vec<String> {
            let list = list.as_array().unwrap();
            list.iter().map(|item| item[name].as_str().unwrap_or_default().to_owned()).collect()
        };
        match speaks {
            Speaks::Anthropic => {
                let blocks = kinds(&answer["content"], "type");
                assert_eq!(
                    blocks,
                    [
                        "server_tool_use",
                        "bash_code_execution_tool_result",
                        "server_tool_use",
                        "web_search_tool_result",
                        "mcp_tool_use",
                        "mcp_tool_result",
                        "text",
                        "tool_use"
                    ]
                );
                assert_eq!(answer["content"][0]["id"], answer["content"][1]["tool_use_id"]);
                assert_eq!(answer["content"][4]["server_name"], "tickets");
                assert_eq!(
                    (&answer["stop_reason"], &answer["content"][7]["name"]),
                    (&json!("tool_use"), &json!("computer"))
                );
                assert_eq!(answer["usage"]["server_tool_use"]["web_search_requests"], 1);
            }
            Speaks::OpenaiChat => {
                assert_eq!(answer["choices"][0]["message"]["annotations"][0]["type"], "url_citation");
            }
            Speaks::OpenaiResponses => {
                let items = kinds(&answer["output"], "type");
                assert_eq!(items, ["code_interpreter_call", "web_search_call", "mcp_call", "message", "computer_call"]);
                assert_eq!(answer["output"][2]["server_label"], "tickets");
            }
            Speaks::Gemini => {
                let parts = &answer["candidates"][0]["content"]["parts"];
                assert_eq!(parts[0]["executableCode"]["language"], "PYTHON");
                assert_eq!(parts[1]["codeExecutionResult"]["outcome"], "OUTCOME_OK");
                assert_eq!(parts[3]["functionCall"]["name"], "open_web_browser");
                assert_eq!(answer["candidates"][0]["groundingMetadata"]["webSearchQueries"], json!(["hello there"]));
            }
        }
        let tools: Vec<ServedTool> = match speaks {
            Speaks::OpenaiChat => vec![WebSearch],
            Speaks::Gemini => vec![CodeExecution, WebSearch, ComputerUse],
            _ => vec![CodeExecution, WebSearch, Mcp, ComputerUse],
        };
        assert_eq!(expected, tools.into_iter().map(|tool| (tool, 1)).collect::<BTreeMap<_, _>>());
        running.forget();
        assert!(running.effects().is_empty());
    }
}

#[tokio::test]
async fn a_stream_tells_what_the_whole_answer_tells_and_numbers_its_blocks() {
    let simulator = simulator().await;
    for speaks in ALL {
        let running = simulator.provider(speaks.as_str()).unwrap();
        all(running);
        let got = post(running, true, &offering(speaks, true)).await.unwrap();
        let events: Vec<Value> = got.events().iter().filter_map(|data| serde_json::from_str(data).ok()).collect();
        let said = |name: &str| got.text.contains(name);
        match speaks {
            Speaks::Anthropic => {
                let starts: Vec<&Value> =
                    events.iter().filter(|event| event["type"] == "content_block_start").collect();
                let numbers: Vec<u64> = starts.iter().map(|event| event["index"].as_u64().unwrap()).collect();
                assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6, 7]);
                assert_eq!(starts[0]["content_block"]["input"], json!({}));
                assert!(said("bash_code_execution_result") && said("input_json_delta"));
            }
            Speaks::OpenaiChat => assert!(said("url_citation")),
            Speaks::OpenaiResponses => {
                assert!(said("event: response.web_search_call.searching") && said("response.mcp_call_arguments.done"));
                assert!(said("response.code_interpreter_call_code.delta"));
                let last = events.last().unwrap();
                assert_eq!(last["response"]["output"].as_array().unwrap().len(), 5);
                let numbers: Vec<u64> = events.iter().map(|event| event["sequence_number"].as_u64().unwrap()).collect();
                assert!(numbers.iter().zip(0..).all(|(number, at)| *number == at));
            }
            Speaks::Gemini => assert!(said("executableCode") && said("webSearchQueries")),
        }
    }
}

#[tokio::test]
async fn an_effect_has_happened_even_where_its_answer_is_lost() {
    let simulator = simulator().await;
    let running = simulator.provider("openai-responses").unwrap();
    running.set_tools(vec![CodeExecution]);
    running.script(vec![Fault::reset(), Fault::reset_mid_stream(4), Fault::healthy()]);
    for (expected, arrives) in [(0, false), (1, false), (2, true)] {
        let got = post(running, true, &offering(Speaks::OpenaiResponses, true)).await;
        assert_eq!(got.is_ok(), arrives);
        assert_eq!(running.effects().get(&CodeExecution).copied().unwrap_or(0), expected);
    }
}

#[tokio::test]
async fn a_play_is_acted_whatever_tools_there_are() {
    let simulator = simulator().await;
    let running = simulator.provider("anthropic").unwrap();
    all(running);
    running.play(Play::from_json(json!({"steps": [[{"text": "as told"}]]})).unwrap());
    let got = post(running, false, &offering(Speaks::Anthropic, false)).await.unwrap();
    assert_eq!((got.json()["content"][0]["text"].as_str(), running.effects().len()), (Some("as told"), 0));
}

#[tokio::test]
async fn a_canary_sits_in_every_error_and_in_no_answer() {
    const WORD: &str = "canary-3f9c";
    let simulator = simulator().await;
    for running in simulator.providers() {
        running.set_canary(Some(WORD));
        let slipped = |got: &Got| got.text.contains(WORD) && got.text.contains("called with key k…");
        for fault in [
            json!({"kind": "status", "status": 401}),
            json!({"kind": "status", "status": 500, "body": "Bad gateway"}),
            json!({"kind": "status", "status": 400, "body": {"error": {"message": "no"}}}),
            json!({"kind": "reject-key"}),
            json!({"kind": "html-200"}),
            json!({"kind": "error-in-200"}),
        ] {
            for streaming in [false, true] {
                running.set(Fault::from_json(fault.clone()).unwrap());
                let got = ask(running, streaming).await.unwrap();
                assert!(slipped(&got), "{fault}: {}", got.text);
            }
        }
        running.clear();
        assert!(slipped(&post(running, false, &json!({"nothing": 1})).await.unwrap()));
        let good = ask(running, true).await.unwrap();
        assert!(!good.text.contains(WORD), "{}", good.text);
        running.set_canary(None);
        running.set(Fault::reject_key());
        assert!(!slipped(&ask(running, false).await.unwrap()));
    }
}
