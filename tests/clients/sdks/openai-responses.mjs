// npm `openai`, Responses.

import { content, dataUrl, given, named, read, turnsOf } from "./conversation.mjs";
import { timing } from "./openai-chat.mjs";

export { client, model, models } from "./openai-chat.mjs";

function part({ text, image, pdf }) {
  if (image) return { type: "input_image", image_url: dataUrl(image), detail: "auto" };
  if (pdf) return { type: "input_file", filename: pdf.name, file_data: dataUrl(pdf) };
  return { type: "input_text", text };
}

function input(call) {
  return turnsOf(call).flatMap((turn) => {
    if (turn.user) return [{ role: "user", content: content(turn.user, part) }];
    if (turn.said !== undefined) return [{ role: "assistant", content: turn.said }];
    if (turn.turn) return turn.turn;
    return turn.results.map(({ id, parts, custom }) => ({
      type: custom ? "custom_tool_call_output" : "function_call_output",
      call_id: id,
      output: content(parts, part),
    }));
  });
}

function choice(wanted) {
  if (wanted?.name) return { type: "function", name: wanted.name };
  return wanted === "any" ? "required" : wanted;
}

function body(call) {
  return given({
    model: call.model,
    instructions: call.system,
    input: input(call),
    max_output_tokens: call.max_tokens,
    temperature: call.temperature,
    tools: call.tools?.map(({ name, description, schema, custom }) =>
      custom
        ? { type: "custom", name, description }
        : { type: "function", name, description, parameters: schema, strict: false },
    ),
    tool_choice: choice(call.choice),
    text: call.schema && { format: { type: "json_schema", name: "answer", schema: call.schema, strict: call.strict ?? true } },
    // Without a stored response what it thought is handed to the client, sealed.
    ...(call.reasoning && {
      reasoning: { effort: "high", summary: "auto" },
      include: ["reasoning.encrypted_content"],
      store: false,
    }),
    ...call.extra,
  });
}

function whole(got, response) {
  named(got, response.id);
  got.model = response.model;
  got.stop = response.status === "completed" ? response.status : (response.incomplete_details?.reason ?? null);
  if (response.usage) {
    got.usage = {
      input: response.usage.input_tokens,
      output: response.usage.output_tokens,
      cached: response.usage.input_tokens_details?.cached_tokens,
      reasoning: response.usage.output_tokens_details?.reasoning_tokens,
    };
  }
}

function finish(got, output) {
  got.turn = output.map(sendable);
  got.calls = output
    .filter(({ type }) => type === "function_call" || type === "custom_tool_call")
    .map(({ type, call_id, name, arguments: text, input }) =>
      type === "custom_tool_call"
        ? { id: call_id, name, arguments: input, custom: true }
        : { id: call_id, name, arguments: JSON.parse(text) },
    );
}

/** The helper adds what it has parsed, which is not sent. */
function sendable({ parsed_arguments, ...item }) {
  if (item.type !== "message") return item;
  return { ...item, content: item.content.map(({ parsed, ...part }) => part) };
}

function take(got, output) {
  for (const item of output) {
    for (const { text } of item.type === "message" ? item.content : []) got.text += text ?? "";
    for (const { text } of item.type === "reasoning" ? item.summary : []) got.reasoning += text;
  }
  finish(got, output);
}

export async function generate(client, call, got) {
  const params = body(call);
  if (call.mode === "whole") {
    const response = await client.responses.create(params, timing(call));
    whole(got, response);
    take(got, response.output);
    if (response.output_text !== got.text) throw new Error(`output_text differs: ${response.output_text}`);
  } else if (call.mode === "helper") {
    const response = await client.responses.stream(params).finalResponse();
    whole(got, response);
    take(got, response.output);
  } else {
    const done = [];
    let number = -1;
    await read(call, got, await client.responses.create({ ...params, stream: true }, timing(call)), (event) => {
      if (event.sequence_number <= number) throw new Error(`${event.type} is out of sequence`);
      number = event.sequence_number;
      if (event.response) whole(got, event.response);
      if (event.type === "response.output_text.delta") got.text += event.delta;
      if (event.type === "response.reasoning_summary_text.delta") got.reasoning += event.delta;
      if (event.type === "response.output_item.done") done[event.output_index] = event.item;
      if (event.type === "error" || event.type === "response.failed") {
        throw Object.assign(new Error((event.response?.error ?? event.error ?? event).message), { code: "in-stream" });
      }
      if (event.type === "response.completed" && JSON.stringify(event.response.output) !== JSON.stringify(done)) {
        throw new Error(`the items of the end differ from those before: ${JSON.stringify([event.response.output, done])}`);
      }
    });
    finish(got, done);
  }
}

export async function count(client, call, got) {
  const { model, instructions, input, tools } = body(call);
  got.tokens = (await client.responses.inputTokens.count(given({ model, instructions, input, tools }))).input_tokens;
}
