// The official SDKs, driven from outside: each line on stdin is one call, each line on stdout its result.
//
// Of every call:
//   {id, sdk: "openai"|"openai-responses"|"anthropic"|"google", do?: "generate"|"count"|"models"|"model"|"embed",
//    base_url, token, model, timeout_ms?}
//   -> {id, ok: true, headers, ms, …}
//   -> {id, ok: false, headers, ms, status, error_type, code, request_id, message, …what had come until then}
//
// generate:
//   {mode?: "whole"|"stream"|"helper" or stream?: bool, system?, messages? or turns?, max_tokens?, temperature?,
//    tools?: [{name, description, schema} or {name, description, custom: true}], choice?: "auto"|"any"|"none"|{name}, schema?, strict?, reasoning?: true, extra?,
//    leave_after_events?}
//   -> {text, reasoning, calls: [{id, name, arguments}], stop, model, usage: {input, output, cached, reasoning}, ids, turn, events}
//   "helper" is what the SDK has to put a stream together by itself. `messages` are texts; `turns` are
//   {user: [part]}, {said: text}, {turn: …} (what a result had) and {results: [{id?, name, parts, error?, custom?}]}, a part being
//   {text}, {image: {type, data}} or {pdf: {name, data}}. `extra` goes into the SDK's own parameters as it is.
// count: as generate -> {tokens}
// models -> {names}; model -> {name}; embed: {texts} -> {vectors}
//
// SDKs repeat failed requests by themselves; that is switched off, or they would hide what the gateway does. Everything else
// is as an SDK has it: its timeouts too, unless `timeout_ms` says otherwise. `leave_after_events` breaks off reading.

import { createInterface } from "node:readline";

const sdks = {
  openai: "./sdks/openai-chat.mjs",
  "openai-responses": "./sdks/openai-responses.mjs",
  anthropic: "./sdks/anthropic.mjs",
  google: "./sdks/google.mjs",
};

for await (const line of createInterface({ input: process.stdin })) {
  const call = JSON.parse(line);
  run(call).then((result) => process.stdout.write(`${JSON.stringify({ id: call.id, ...result })}\n`));
}

async function run(call) {
  const began = performance.now();
  const got = { headers: {} };
  const listening = async (input, init) => {
    const response = await fetch(input, init);
    got.headers = Object.fromEntries(response.headers);
    return response;
  };
  const doing = call.do ?? "generate";
  if (doing === "generate") {
    Object.assign(got, { text: "", reasoning: "", calls: [], stop: null, model: null, usage: null, ids: [], events: 0 });
  }
  let result;
  try {
    const sdk = await import(sdks[call.sdk]);
    await sdk[doing](sdk.client(call, listening), { ...call, mode: call.mode ?? (call.stream ? "stream" : "whole") }, got);
    result = { ok: true };
  } catch (error) {
    result = {
      ok: false,
      status: error.status ?? null,
      error_type: error.constructor.name,
      code: error.code ?? null,
      request_id: error.requestID ?? error.request_id ?? null,
      message: String(error.message ?? error),
    };
  }
  return { ...result, ...got, ms: Math.round(performance.now() - began) };
}
