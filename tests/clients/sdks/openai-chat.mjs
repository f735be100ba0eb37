// npm `openai`, Chat Completions.

import OpenAI from "openai";
import { content, dataUrl, given, named, read, turnsOf } from "./conversation.mjs";

export function client(call, fetch) {
  return new OpenAI({ baseURL: `${call.base_url}/v1`, apiKey: call.token, maxRetries: 0, fetch });
}

/** Only a timeout given with the request is told to the server (x-stainless-timeout). */
export function timing(call) {
  return given({ timeout: call.timeout_ms });
}

function part({ text, image, pdf }) {
  if (image) return { type: "image_url", image_url: { url: dataUrl(image) } };
  if (pdf) return { type: "file", file: { filename: pdf.name, file_data: dataUrl(pdf) } };
  return { type: "text", text };
}

function messages(call) {
  const list = turnsOf(call).flatMap((turn) => {
    if (turn.user) return [{ role: "user", content: content(turn.user, part) }];
    if (turn.said !== undefined) return [{ role: "assistant", content: turn.said }];
    if (turn.turn) return [turn.turn];
    return turn.results.map(({ id, parts }) => ({ role: "tool", tool_call_id: id, content: content(parts, part) }));
  });
  return call.system ? [{ role: "system", content: call.system }, ...list] : list;
}

function choice(wanted) {
  if (wanted?.name) return { type: "function", function: { name: wanted.name } };
  return wanted === "any" ? "required" : wanted;
}

function body(call) {
  return given({
    model: call.model,
    messages: messages(call),
    max_completion_tokens: call.max_tokens,
    temperature: call.temperature,
    tools: call.tools?.map(({ name, description, schema, custom }) =>
      custom
        ? { type: "custom", custom: { name, description } }
        : { type: "function", function: { name, description, parameters: schema } },
    ),
    tool_choice: choice(call.choice),
    response_format: call.schema && {
      type: "json_schema",
      json_schema: { name: "answer", schema: call.schema, strict: call.strict ?? true },
    },
    reasoning_effort: call.reasoning ? "high" : undefined,
    ...call.extra,
  });
}

function finish(got, message) {
  got.turn = message;
  got.calls = (message.tool_calls ?? []).map(({ id, function: called, custom }) =>
    custom
      ? { id, name: custom.name, arguments: custom.input, custom: true }
      : { id, name: called.name, arguments: JSON.parse(called.arguments) },
  );
}

export async function generate(client, call, got) {
  const message = { role: "assistant", content: null };
  const add = (name, more) => {
    if (typeof more === "string") message[name] = (message[name] ?? "") + more;
  };
  const take = ({ id, model, usage, choices }) => {
    named(got, id);
    got.model = model;
    if (usage) {
      got.usage = {
        input: usage.prompt_tokens,
        output: usage.completion_tokens,
        cached: usage.prompt_tokens_details?.cached_tokens,
        reasoning: usage.completion_tokens_details?.reasoning_tokens,
      };
    }
    for (const choice of choices) {
      const said = choice.delta ?? choice.message;
      got.text += said.content ?? "";
      got.reasoning += said.reasoning_content ?? "";
      got.stop = choice.finish_reason ?? got.stop;
      if (!choice.delta) continue;
      for (const name of ["content", "refusal", "reasoning_content"]) add(name, said[name]);
      for (const { index, id, type, function: called, custom } of said.tool_calls ?? []) {
        message.tool_calls ??= [];
        const begun = type === "custom" ? { custom: { name: "", input: "" } } : { function: { name: "", arguments: "" } };
        const call = (message.tool_calls[index] ??= { id, type, ...begun });
        const inner = call.function ?? call.custom;
        for (const [name, more] of Object.entries(called ?? custom ?? {})) inner[name] += more ?? "";
      }
    }
  };
  const params = body(call);
  const options = { stream: true, stream_options: { include_usage: true } };
  if (call.mode === "stream") {
    await read(call, got, await client.chat.completions.create({ ...params, ...options }, timing(call)), take);
    finish(got, message);
  } else if (call.mode === "helper") {
    const completion = await client.chat.completions.stream({ ...params, ...options }).finalChatCompletion();
    take(completion);
    finish(got, sendable(completion.choices[0].message));
  } else {
    const completion = await client.chat.completions.create(params, timing(call));
    take(completion);
    finish(got, completion.choices[0].message);
  }
}

/** The helper adds what it has parsed, which is not sent. */
function sendable({ parsed, ...message }) {
  return {
    ...message,
    ...given({
      tool_calls: message.tool_calls?.map(({ id, type, function: called, custom }) =>
        custom
          ? { id, type, custom: { name: custom.name, input: custom.input } }
          : { id, type, function: { name: called.name, arguments: called.arguments } },
      ),
    }),
  };
}

export async function models(client, call, got) {
  got.names = [];
  for await (const model of client.models.list()) got.names.push(model.id);
}

export async function model(client, call, got) {
  got.name = (await client.models.retrieve(call.model)).id;
}

export async function embed(client, call, got) {
  const { data, model, usage } = await client.embeddings.create({ model: call.model, input: call.texts });
  got.vectors = data.map(({ embedding }) => embedding);
  got.model = model;
  got.usage = { input: usage.prompt_tokens };
}
