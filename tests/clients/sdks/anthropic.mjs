// npm `@anthropic-ai/sdk`.

import Anthropic from "@anthropic-ai/sdk";
import { jsonSchemaOutputFormat } from "@anthropic-ai/sdk/helpers/json-schema";
import { content, given, named, read, turnsOf } from "./conversation.mjs";

export function client(call, fetch) {
  return new Anthropic({ baseURL: call.base_url, apiKey: call.token, authToken: null, maxRetries: 0, fetch });
}

function part({ text, image, pdf }) {
  if (image) return { type: "image", source: { type: "base64", media_type: image.type, data: image.data } };
  if (pdf) {
    return { type: "document", title: pdf.name, source: { type: "base64", media_type: "application/pdf", data: pdf.data } };
  }
  return { type: "text", text };
}

function messages(call) {
  return turnsOf(call).map((turn) => {
    if (turn.user) return { role: "user", content: content(turn.user, part) };
    if (turn.said !== undefined) return { role: "assistant", content: turn.said };
    if (turn.turn) return { role: "assistant", content: turn.turn };
    return {
      role: "user",
      content: turn.results.map(({ id, parts, error }) =>
        given({ type: "tool_result", tool_use_id: id, content: content(parts, part), is_error: error }),
      ),
    };
  });
}

function choice(wanted) {
  if (!wanted) return undefined;
  return wanted.name ? { type: "tool", name: wanted.name } : { type: wanted };
}

function body(call) {
  return given({
    model: call.model,
    system: call.system,
    messages: messages(call),
    max_tokens: call.max_tokens ?? (call.reasoning ? 4096 : 1024),
    temperature: call.temperature,
    tools: call.tools?.map(({ name, description, schema }) => ({ name, description, input_schema: schema })),
    tool_choice: choice(call.choice),
    output_config: call.schema && { format: jsonSchemaOutputFormat(call.schema) },
    thinking: call.reasoning ? { type: "enabled", budget_tokens: 2048 } : undefined,
    ...call.extra,
  });
}

/** What is read from a cache or written to it is no part of `input_tokens`. */
function usageOf(usage) {
  const cached = usage.cache_read_input_tokens ?? 0;
  return {
    input: usage.input_tokens + cached + (usage.cache_creation_input_tokens ?? 0),
    output: usage.output_tokens,
    cached,
    reasoning: usage.output_tokens_details?.thinking_tokens,
  };
}

function take(got, message) {
  named(got, message.id);
  got.text = message.content.map((block) => block.text ?? "").join("");
  got.reasoning = message.content.map((block) => block.thinking ?? "").join("");
  got.stop = message.stop_reason;
  got.model = message.model;
  got.usage = usageOf(message.usage);
  finish(got, message.content);
}

function finish(got, blocks) {
  got.turn = blocks.map(({ parsed_output, ...block }) => block);
  got.calls = blocks
    .filter(({ type }) => type === "tool_use")
    .map(({ id, name, input }) => ({ id, name, arguments: input }));
}

export async function generate(client, call, got) {
  const params = body(call);
  const timing = given({ timeout: call.timeout_ms });
  if (call.mode === "whole") {
    const message = await (call.schema
      ? client.messages.parse(params, timing)
      : client.messages.create(params, timing));
    take(got, message);
    if (call.schema && JSON.stringify(message.parsed_output) !== JSON.stringify(JSON.parse(got.text))) {
      throw new Error("the SDK parsed something else");
    }
    return;
  }
  if (call.mode === "helper") {
    take(got, await client.messages.stream(params, timing).finalMessage());
    return;
  }
  const blocks = [];
  const json = [];
  const usage = {};
  const count = (more) => {
    Object.assign(usage, Object.fromEntries(Object.entries(more).filter(([, value]) => value !== null)));
    got.usage = usageOf(usage);
  };
  await read(call, got, await client.messages.create({ ...params, stream: true }, timing), (event) => {
    if (event.type === "message_start") {
      named(got, event.message.id);
      got.model = event.message.model;
      count(event.message.usage);
    } else if (event.type === "content_block_start") {
      if (event.index !== blocks.length) throw new Error(`block ${event.index} comes after ${blocks.length} others`);
      blocks.push({ ...event.content_block });
      got.text += event.content_block.text ?? "";
    } else if (event.type === "content_block_delta") {
      const { delta, index } = event;
      const block = blocks[index];
      got.text += delta.text ?? "";
      got.reasoning += delta.thinking ?? "";
      if (delta.type === "text_delta") block.text += delta.text;
      if (delta.type === "thinking_delta") block.thinking += delta.thinking;
      if (delta.type === "signature_delta") block.signature = delta.signature;
      if (delta.type === "input_json_delta") json[index] = (json[index] ?? "") + delta.partial_json;
    } else if (event.type === "content_block_stop") {
      if (json[event.index]) blocks[event.index].input = JSON.parse(json[event.index]);
    } else if (event.type === "message_delta") {
      got.stop = event.delta.stop_reason;
      count(event.usage);
    }
  });
  finish(got, blocks);
}

export async function count(client, call, got) {
  const { max_tokens, ...params } = body(call);
  got.tokens = (await client.messages.countTokens(params)).input_tokens;
}

export async function models(client, call, got) {
  got.names = [];
  for await (const model of client.models.list()) got.names.push(model.id);
}

export async function model(client, call, got) {
  got.name = (await client.models.retrieve(call.model)).id;
}
