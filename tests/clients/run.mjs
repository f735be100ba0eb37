// The official SDKs, driven from outside: each line on stdin is one call, each line on stdout its result.
//
//   {id, sdk: "openai"|"anthropic"|"google", base_url, token, model, stream, system?, messages, max_tokens?, temperature?,
//    timeout_ms?, leave_after_events?}
//   -> {id, ok: true, text, stop, model, usage: {input, output}, events, headers, ms}
//   -> {id, ok: false, text, stop, events, headers, ms, status, error_type, message}
//
// SDKs repeat failed requests by themselves; that is switched off, or they would hide what the gateway does. Everything else
// is as an SDK has it: its timeouts too, unless `timeout_ms` says otherwise. `leave_after_events` breaks off reading.

import { createInterface } from "node:readline";

const sdks = { openai, anthropic, google };

for await (const line of createInterface({ input: process.stdin })) {
  const call = JSON.parse(line);
  run(call).then((result) => process.stdout.write(`${JSON.stringify({ id: call.id, ...result })}\n`));
}

async function run(call) {
  const began = performance.now();
  const got = { text: "", stop: null, model: null, usage: null, events: 0, headers: {} };
  const listening = async (input, init) => {
    const response = await fetch(input, init);
    got.headers = Object.fromEntries(response.headers);
    return response;
  };
  let result;
  try {
    await sdks[call.sdk](call, listening, got);
    result = { ok: true };
  } catch (error) {
    result = {
      ok: false,
      status: error.status ?? null,
      error_type: error.constructor.name,
      message: String(error.message ?? error),
    };
  }
  return { ...result, ...got, ms: Math.round(performance.now() - began) };
}

/** Reads a stream to its end, or to where the call wants to leave it. */
async function read(call, got, stream, take) {
  for await (const event of stream) {
    got.events += 1;
    take(event);
    if (got.events === call.leave_after_events) break;
  }
}

function given(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

async function openai(call, fetch, got) {
  const { default: OpenAI } = await import("openai");
  const client = new OpenAI({ baseURL: `${call.base_url}/v1`, apiKey: call.token, maxRetries: 0, fetch });
  // Only a timeout given with the request is told to the server (x-stainless-timeout).
  const timing = given({ timeout: call.timeout_ms });
  const messages = call.system ? [{ role: "system", content: call.system }, ...call.messages] : call.messages;
  const body = given({
    model: call.model,
    messages,
    max_completion_tokens: call.max_tokens,
    temperature: call.temperature,
  });
  const take = ({ model, usage, choices }) => {
    got.model = model;
    if (usage) got.usage = { input: usage.prompt_tokens, output: usage.completion_tokens };
    for (const choice of choices) {
      got.text += (choice.delta ?? choice.message).content ?? "";
      got.stop = choice.finish_reason ?? got.stop;
    }
  };
  if (call.stream) {
    const options = { stream: true, stream_options: { include_usage: true } };
    await read(call, got, await client.chat.completions.create({ ...body, ...options }, timing), take);
  } else {
    take(await client.chat.completions.create(body, timing));
  }
}

async function anthropic(call, fetch, got) {
  const { default: Anthropic } = await import("@anthropic-ai/sdk");
  const client = new Anthropic({ baseURL: call.base_url, apiKey: call.token, authToken: null, maxRetries: 0, fetch });
  const timing = given({ timeout: call.timeout_ms });
  const body = given({
    model: call.model,
    system: call.system,
    messages: call.messages,
    max_tokens: call.max_tokens ?? 1024,
    temperature: call.temperature,
  });
  if (!call.stream) {
    const message = await client.messages.create(body, timing);
    got.text = message.content.map((block) => block.text ?? "").join("");
    got.stop = message.stop_reason;
    got.model = message.model;
    got.usage = { input: message.usage.input_tokens, output: message.usage.output_tokens };
    return;
  }
  await read(call, got, await client.messages.create({ ...body, stream: true }, timing), (event) => {
    if (event.type === "message_start") {
      got.model = event.message.model;
      got.usage = { input: event.message.usage.input_tokens, output: event.message.usage.output_tokens };
    } else if (event.type === "content_block_delta") {
      got.text += event.delta.text ?? "";
    } else if (event.type === "message_delta") {
      got.stop = event.delta.stop_reason;
      got.usage = { input: event.usage.input_tokens ?? got.usage.input, output: event.usage.output_tokens };
    }
  });
}

async function google(call, fetch, got) {
  const { GoogleGenAI } = await import("@google/genai");
  const client = new GoogleGenAI({
    apiKey: call.token,
    httpOptions: given({ baseUrl: call.base_url, fetch, timeout: call.timeout_ms, retryOptions: { attempts: 1 } }),
  });
  const contents = call.messages.map(({ role, content }) => ({
    role: role === "assistant" ? "model" : "user",
    parts: [{ text: content }],
  }));
  const config = given({
    systemInstruction: call.system,
    maxOutputTokens: call.max_tokens,
    temperature: call.temperature,
  });
  const take = ({ modelVersion, usageMetadata, candidates }) => {
    got.model = modelVersion ?? got.model;
    if (usageMetadata) {
      got.usage = { input: usageMetadata.promptTokenCount, output: usageMetadata.candidatesTokenCount ?? 0 };
    }
    for (const candidate of candidates ?? []) {
      got.text += (candidate.content?.parts ?? []).map((part) => part.text ?? "").join("");
      got.stop = candidate.finishReason ?? got.stop;
    }
  };
  const request = { model: call.model, contents, config };
  if (call.stream) {
    await read(call, got, await client.models.generateContentStream(request), take);
  } else {
    take(await client.models.generateContent(request));
  }
}
