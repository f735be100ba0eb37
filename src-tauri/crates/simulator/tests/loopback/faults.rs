//! Each fault, as clients see it.

use mainstay_simulator::{Fault, FaultKind, Running, Speaks};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{
    ALL, End, ask, body, count_events, dial, drain, fetch, http, keeping, model, origin, path, post, read_events,
    request, simulator, until,
};

fn fault(json: Value) -> Fault {
    Fault::from_json(json).unwrap()
}

fn is_healthy(answer: &str) -> bool {
    answer.contains("Simulated")
}

#[tokio::test]
async fn a_status_comes_with_the_given_headers_and_body() {
    let simulator = simulator().await;
    for running in simulator.providers() {
        for streaming in [false, true] {
            running.set(fault(json!({
                "kind": "status", "status": 418,
                "headers": {"retry-after": "7", "content-type": "application/problem+json", "x-a": ["1", "2"]},
                "body": {"why": "tea"},
            })));
            let got = ask(running, streaming).await.unwrap();
            assert_eq!((got.status, got.text.as_str()), (418, r#"{"why":"tea"}"#));
            assert_eq!((got.header("retry-after"), got.header("content-type")), ("7", "application/problem+json"));
            assert_eq!(got.headers.get_all("x-a").iter().count(), 2);
            assert_eq!(got.header("x-mainstay-simulated"), "1");
            running.set(fault(json!({"kind": "status", "status": 502, "body": "Bad gateway\n"})));
            let got = ask(running, streaming).await.unwrap();
            assert_eq!((got.status, got.text.as_str()), (502, "Bad gateway\n"));
            assert_eq!(got.header("content-type"), "text/plain; charset=utf-8");
        }
    }
}

#[tokio::test]
async fn a_status_without_body_has_the_providers_own_error() {
    let simulator = simulator().await;
    for (speaks, status, pointer, expected) in [
        (Speaks::Anthropic, 401, "/error/type", json!("authentication_error")),
        (Speaks::Anthropic, 402, "/error/type", json!("billing_error")),
        (Speaks::Anthropic, 429, "/error/type", json!("rate_limit_error")),
        (Speaks::Anthropic, 500, "/error/type", json!("api_error")),
        (Speaks::Anthropic, 529, "/error/type", json!("overloaded_error")),
        (Speaks::OpenaiChat, 401, "/error/code", json!("invalid_api_key")),
        (Speaks::OpenaiChat, 429, "/error/code", json!("rate_limit_exceeded")),
        (Speaks::OpenaiChat, 500, "/error/type", json!("server_error")),
        (Speaks::OpenaiChat, 503, "/error/type", json!("server_error")),
        (Speaks::OpenaiResponses, 429, "/error/code", json!("rate_limit_exceeded")),
        (Speaks::Gemini, 401, "/error/status", json!("UNAUTHENTICATED")),
        (Speaks::Gemini, 429, "/error/details/1/retryDelay", json!("20s")),
        (Speaks::Gemini, 500, "/error/code", json!(500)),
        (Speaks::Gemini, 503, "/error/status", json!("UNAVAILABLE")),
    ] {
        let running = simulator.provider(speaks.as_str()).unwrap();
        running.set(fault(json!({"kind": "status", "status": status})));
        let got = ask(running, true).await.unwrap();
        assert_eq!(got.status, status);
        assert_eq!(got.json().pointer(pointer), Some(&expected), "{speaks:?} {status}: {}", got.text);
    }
}

#[tokio::test]
async fn statuses_that_have_no_body_end_well() {
    let simulator = simulator().await;
    let running = &simulator.providers()[0];
    for status in [204, 205, 304] {
        running.set(fault(json!({"kind": "status", "status": status, "body": "ignored"})));
        assert_eq!(ask(running, false).await.unwrap().status, status);
    }
    assert_eq!((running.in_flight(), running.disconnects()), (0, 0));
}

#[tokio::test]
async fn a_hang_before_headers_sends_nothing_and_notices_the_client_leaving() {
    let simulator = simulator().await;
    for running in simulator.providers() {
        running.set(Fault::hang_before_headers());
        let stream = dial(running, true).await;
        until("the request has come", || running.in_flight() == 1).await;
        let nothing = stream.try_read(&mut [0; 16]).unwrap_err();
        assert_eq!(nothing.kind(), std::io::ErrorKind::WouldBlock);
        drop(stream);
        until("the disconnect is noticed", || running.disconnects() == 1).await;
        assert_eq!((running.in_flight(), running.count()), (0, 1));
    }
}

#[tokio::test]
async fn a_hang_mid_stream_comes_after_exactly_so_many_events() {
    let simulator = simulator().await;
    for running in simulator.providers() {
        for after in [1, 4] {
            running.forget();
            running.set(Fault::hang_mid_stream(after));
            let mut stream = dial(running, true).await;
            let text = read_events(&mut stream, after).await;
            assert_eq!(count_events(text.as_bytes()), after);
            assert_eq!((running.in_flight(), running.disconnects()), (1, 0));
            drop(stream);
            until("the disconnect is noticed", || running.disconnects() == 1).await;
            assert_eq!(running.in_flight(), 0);
        }
    }
}

#[tokio::test]
async fn a_hang_in_a_whole_answer_comes_in_the_middle_of_the_body() {
    let simulator = simulator().await;
    for running in simulator.providers() {
        running.set(Fault::hang_mid_stream(0));
        let turn = request(&http(), running, Method::POST, &path(running.speaks, false));
        let mut response = turn.json(&body(running.speaks, false)).send().await.unwrap();
        let promised = response.content_length().unwrap();
        let first = response.chunk().await.unwrap().unwrap();
        assert_eq!(first.len() as u64, promised / 2);
        drop(response);
        until("the disconnect is noticed", || running.disconnects() == 1).await;
    }
}

#[tokio::test]
async fn a_reset_comes_before_any_byte() {
    let simulator = simulator().await;
    for running in simulator.providers() {
        for streaming in [false, true] {
            running.set(Fault::reset());
            let mut stream = dial(running, streaming).await;
            assert_eq!(drain(&mut stream).await, (String::new(), End::Reset));
            let error = ask(running, streaming).await.unwrap_err();
            assert!(error.is_request(), "{error:?}");
        }
        assert_eq!((running.count(), running.in_flight(), running.disconnects()), (4, 0, 0));
    }
}

#[tokio::test]
async fn a_reset_mid_stream_lets_the_events_before_it_arrive() {
    let simulator = simulator().await;
    for running in simulator.providers() {
        for after in [0, 1, 4] {
            running.set(Fault::reset_mid_stream(after));
            let mut stream = dial(running, true).await;
            let text = read_events(&mut stream, after).await;
            let (rest, end) = drain(&mut stream).await;
            assert_eq!((count_events(text.as_bytes()), count_events(rest.as_bytes()), end), (after, 0, End::Reset));
        }
        running.set(Fault::reset_mid_stream(1));
        for streaming in [false, true] {
            let error = ask(running, streaming).await.unwrap_err();
            assert!(error.is_body() || error.is_decode(), "{error:?}");
        }
        assert_eq!(running.disconnects(), 0);
    }
}

#[tokio::test]
async fn a_cut_stream_ends_properly_for_http_but_without_a_stop_reason() {
    let simulator = simulator().await;
    for running in simulator.providers() {
        for (after, expected) in [(0, 0), (3, 3), (1000, usize::MAX)] {
            running.set(Fault::cut_mid_stream(after));
            let got = ask(running, true).await.unwrap();
            assert_eq!(got.status, 200);
            let events = got.events();
            assert!(events.len() == expected || expected == usize::MAX, "{events:?}");
            assert!(!got.text.contains("[DONE]") && !got.text.contains("message_stop"), "{}", got.text);
            for event in events.iter().map(|data| serde_json::from_str::<Value>(data).unwrap()) {
                for stop in
                    ["/delta/stop_reason", "/choices/0/finish_reason", "/candidates/0/finishReason", "/response/usage"]
                {
                    assert!(event.pointer(stop).is_none_or(Value::is_null), "{event}");
                }
            }
        }
        running.set(Fault::cut_mid_stream(0));
        let whole = ask(running, false).await.unwrap();
        assert!(!whole.text.is_empty() && serde_json::from_str::<Value>(&whole.text).is_err(), "{}", whole.text);
        assert_eq!((running.in_flight(), running.disconnects()), (0, 0));
    }
}

#[tokio::test]
async fn an_abrupt_cut_closes_in_the_middle_of_the_body() {
    let simulator = simulator().await;
    for running in simulator.providers() {
        running.set(fault(json!({"kind": "cut-mid-stream", "after_events": 2, "abrupt": true})));
        let mut stream = dial(running, true).await;
        let (text, end) = drain(&mut stream).await;
        assert_eq!((count_events(text.as_bytes()), end), (2, End::Closed));
        assert!(!text.ends_with("0\r\n\r\n"));
        for streaming in [false, true] {
            assert!(ask(running, streaming).await.is_err());
        }
    }
}

#[tokio::test]
async fn an_error_inside_a_200_is_an_event_or_the_body() {
    let simulator = simulator().await;
    for running in simulator.providers() {
        for (after, given) in [(0, None), (3, None), (2, Some(json!({"error": {"message": "given"}})))] {
            let mut set = Fault::from(FaultKind::ErrorIn200 { body: None, after_events: after });
            set = given.clone().map_or(set.clone(), |given| set.with_body(given));
            running.set(set);
            let got = ask(running, true).await.unwrap();
            let events = got.events();
            // Responses tells the end of the response too.
            let responses = running.speaks == Speaks::OpenaiResponses;
            assert_eq!((got.status, events.len()), (200, after + 1 + usize::from(responses)), "{}", got.text);
            let error: Value = serde_json::from_str(&events[after]).unwrap();
            assert!(error["error"]["message"].is_string(), "{error}");
            assert!(given.is_none_or(|given| given["error"] == error["error"]));
            assert_eq!(got.text.contains("event: error\n"), responses || running.speaks == Speaks::Anthropic);
            if responses {
                let end: Value = serde_json::from_str(&events[after + 1]).unwrap();
                assert_eq!((&end["type"], &end["sequence_number"]), (&json!("response.failed"), &json!(after + 1)));
                assert_eq!(end["response"]["error"]["message"], error["error"]["message"]);
            }
            let whole = ask(running, false).await.unwrap();
            assert_eq!(whole.status, 200);
            assert!(whole.json()["error"]["message"].is_string(), "{}", whole.text);
        }
    }
}

#[tokio::test]
async fn an_empty_200_has_the_right_type_and_no_body() {
    let simulator = simulator().await;
    for running in simulator.providers() {
        running.set(Fault::empty_200());
        for (streaming, kind) in [(false, "application/json"), (true, "text/event-stream; charset=utf-8")] {
            let got = ask(running, streaming).await.unwrap();
            assert_eq!((got.status, got.text.as_str(), got.header("content-type")), (200, "", kind));
        }
        assert_eq!((running.in_flight(), running.disconnects()), (0, 0));
    }
}

#[tokio::test]
async fn a_page_of_html_comes_with_200() {
    let simulator = simulator().await;
    for running in simulator.providers() {
        running.set(Fault::html_200());
        let got = ask(running, true).await.unwrap();
        assert_eq!((got.status, got.header("content-type")), (200, "text/html; charset=utf-8"));
        assert!(got.text.starts_with("<!DOCTYPE html>"));
    }
}

#[tokio::test]
async fn slow_answers_are_whole() {
    let simulator = simulator().await;
    for running in simulator.providers() {
        for streaming in [false, true] {
            running.clear();
            let healthy = ask(running, streaming).await.unwrap();
            for slow in [Fault::slow_drip(1), Fault::slow_start(1)] {
                running.set(slow);
                let got = ask(running, streaming).await.unwrap();
                assert_eq!((got.status, got.events().len()), (200, healthy.events().len()));
                assert!(is_healthy(&got.text) && got.text.len() == healthy.text.len(), "{}", got.text);
            }
        }
    }
}

#[tokio::test]
async fn a_drip_sends_each_event_by_itself() {
    let simulator = simulator().await;
    for running in simulator.providers() {
        running.set(Fault::slow_drip(3));
        let mut stream = dial(running, true).await;
        let first = read_events(&mut stream, 1).await;
        assert_eq!(count_events(first.as_bytes()), 1, "{first}");
    }
}

#[tokio::test]
async fn parameters_are_refused_in_the_providers_words_only_when_present() {
    let simulator = simulator().await;
    let generation = |config: Value| {
        let mut turn = body(Speaks::Gemini, false);
        turn["generationConfig"] = config;
        turn
    };
    let with = |speaks: Speaks, name: &str, value: Value| {
        let mut turn = body(speaks, false);
        turn[name] = value;
        turn
    };
    let openai = Speaks::OpenaiChat;
    for (speaks, turn, refused) in [
        (
            openai,
            with(openai, "max_tokens", json!(5)),
            Some(
                "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            ),
        ),
        (
            openai,
            with(openai, "temperature", json!(0.2)),
            Some(
                "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
            ),
        ),
        (
            openai,
            with(openai, "top_p", json!(0.2)),
            Some("Unsupported parameter: 'top_p' is not supported with this model."),
        ),
        (openai, with(openai, "temperature", json!(1)), None),
        (openai, with(openai, "max_completion_tokens", json!(50)), None),
        (openai, body(openai, false), None),
        (
            Speaks::Anthropic,
            with(Speaks::Anthropic, "temperature", json!(0.2)),
            Some("`temperature` is deprecated for this model."),
        ),
        (Speaks::Anthropic, with(Speaks::Anthropic, "temperature", json!(1.0)), None),
        (
            Speaks::Gemini,
            generation(json!({"temperature": 0.2})),
            Some("temperature is not enabled for models/gemini-2.5-flash"),
        ),
        (Speaks::Gemini, generation(json!({"topP": 0.2})), Some("top_p is not enabled for models/gemini-2.5-flash")),
        (Speaks::Gemini, generation(json!({"maxOutputTokens": 20})), None),
    ] {
        let running = simulator.provider(speaks.as_str()).unwrap();
        let names =
            if speaks == openai { vec!["max_tokens", "temperature", "top_p"] } else { vec!["temperature", "top_p"] };
        running.set(Fault::refuse_parameters(names));
        let got = post(running, false, &turn).await.unwrap();
        match refused {
            None => assert!(got.status == 200 && is_healthy(&got.text), "{turn}: {}", got.text),
            Some(message) => assert_eq!((got.status, &got.json()["error"]["message"]), (400, &json!(message))),
        }
        running.clear();
        assert_eq!(post(running, false, &turn).await.unwrap().status, 200, "{turn} when healthy");
    }
    let running = simulator.provider("openai-chat").unwrap();
    running.set(Fault::refuse_parameters(["max_tokens"]));
    let error = post(running, false, &with(openai, "max_tokens", json!(5))).await.unwrap().json();
    assert_eq!(
        (&error["error"]["code"], &error["error"]["param"]),
        (&json!("unsupported_parameter"), &json!("max_tokens"))
    );
}

#[tokio::test]
async fn a_rejected_key_is_rejected_in_the_providers_shape_and_for_the_model_list_too() {
    let simulator = simulator().await;
    for (running, status, pointer, expected) in [
        (0, 401, "/error/type", "authentication_error"),
        (1, 401, "/error/code", "invalid_api_key"),
        (2, 400, "/error/details/0/reason", "API_KEY_INVALID"),
        (3, 401, "/error/code", "invalid_api_key"),
    ]
    .map(|(at, status, pointer, expected)| (&simulator.providers()[at], status, pointer, expected))
    {
        running.set(Fault::reject_key().times(1));
        let version = if running.speaks == Speaks::Gemini { "v1beta" } else { "v1" };
        for _ in 0..2 {
            let list = request(&http(), running, Method::GET, &format!("/{version}/models"));
            assert_eq!(fetch(list).await.unwrap().status, status, "asking for the list uses nothing up");
        }
        let got = ask(running, true).await.unwrap();
        assert_eq!((got.status, got.json().pointer(pointer)), (status, Some(&json!(expected))), "{}", got.text);
        assert_eq!(ask(running, true).await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn an_answer_without_content_still_has_its_stop_reason() {
    let simulator = simulator().await;
    for running in simulator.providers() {
        running.set(Fault::no_content());
        let (streamed, whole) = (ask(running, true).await.unwrap(), ask(running, false).await.unwrap());
        let stop = match running.speaks {
            Speaks::Anthropic => "end_turn",
            Speaks::OpenaiChat => "\"stop\"",
            Speaks::OpenaiResponses => "\"completed\"",
            Speaks::Gemini => "STOP",
        };
        for got in [streamed, whole] {
            assert_eq!(got.status, 200);
            assert!(got.text.contains(stop) && !is_healthy(&got.text), "{}", got.text);
        }
    }
}

#[tokio::test]
async fn a_script_plays_one_step_per_request_over_kept_connections() {
    let simulator = simulator().await;
    for running in simulator.providers() {
        running.script(vec![
            fault(json!({"kind": "status", "status": 503})),
            Fault::healthy(),
            fault(json!({"kind": "status", "status": 429, "times": 2})),
        ]);
        let client = keeping();
        let mut statuses = Vec::new();
        for _ in 0..5 {
            let turn = request(&client, running, Method::POST, &path(running.speaks, false));
            statuses.push(fetch(turn.json(&body(running.speaks, false))).await.unwrap().status);
        }
        assert_eq!(statuses, [503, 200, 429, 429, 200]);
    }
}

#[tokio::test]
async fn geminis_array_streams_break_like_the_others() {
    let simulator = simulator().await;
    let running = simulator.provider("gemini").unwrap();
    let ask = |running: &Running| {
        let path = format!("/v1beta/models/{}:streamGenerateContent", model(Speaks::Gemini));
        let request = http().post(format!("{}{path}", origin(running))).header("x-goog-api-key", "k");
        fetch(request.json(&body(Speaks::Gemini, true)))
    };
    let healthy = ask(running).await.unwrap().json();
    assert!(healthy.as_array().unwrap().len() > 5, "{healthy}");
    running.set(fault(json!({"kind": "error-in-200", "after_events": 2})));
    let failed = ask(running).await.unwrap().json();
    assert_eq!((failed.as_array().unwrap().len(), &failed[2]["error"]["code"]), (3, &json!(503)));
    running.set(Fault::cut_mid_stream(2));
    let cut = ask(running).await.unwrap().text;
    assert!(serde_json::from_str::<Value>(&format!("{cut}]")).unwrap().as_array().unwrap().len() == 2, "{cut}");
    running.set(fault(json!({"kind": "status", "status": 429})));
    assert_eq!(ask(running).await.unwrap().json()[0]["error"]["code"], 429);
}

#[tokio::test]
async fn a_fault_of_one_provider_is_not_felt_by_another() {
    let simulator = simulator().await;
    simulator.providers()[0].set(Fault::reset());
    assert!(ask(&simulator.providers()[0], false).await.is_err());
    for running in &simulator.providers()[1..] {
        assert_eq!(ask(running, false).await.unwrap().status, 200);
    }
    assert_eq!(ALL.len(), simulator.providers().len());
}
