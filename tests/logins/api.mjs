// An API that takes the tokens of the authorization server and nothing else, which it asks about each of them (RFC 7662). It
// speaks Anthropic Messages and OpenAI Chat Completions, whole and streamed, and says whom it serves and with the how many'th
// token that it has seen of them: "served ada by token 2".

import { createServer } from "node:http";
import { json } from "node:stream/consumers";

const usage = { input_tokens: 3, output_tokens: 4 };

/// Starts it on a free port of this machine; says where.
export async function api(login) {
  const seen = new Map();
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://127.0.0.1");
    const token = /^Bearer (.+)$/u.exec(request.headers.authorization ?? "")?.[1];
    const who = token && (await owner(login, token));
    if (!who) {
      answer(response, 401, { error: { type: "authentication_error", message: "This token is not good here." } });
      return;
    }
    const tokens = seen.get(who) ?? [];
    if (!tokens.includes(token)) seen.set(who, [...tokens, token]);
    const said = `served ${who} by token ${seen.get(who).indexOf(token) + 1}`;
    if (request.method === "GET") answer(response, 200, { object: "list", data: [] });
    else if (pathname.endsWith("/messages")) messages(response, await json(request), said);
    else if (pathname.endsWith("/chat/completions")) chat(response, await json(request), said);
    else answer(response, 404, { error: { type: "not_found_error", message: pathname } });
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return `http://127.0.0.1:${server.address().port}`;
}

/// Whose a token is, if it is good.
async function owner(login, token) {
  const told = await fetch(`${login}/token/introspection`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa("api:known-to-the-api")}` },
    body: new URLSearchParams({ token }),
  });
  const { active, sub } = await told.json();
  return active ? sub : undefined;
}

function answer(response, status, body) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

function stream(response, events) {
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const { type, data } of events) response.write(`${type ? `event: ${type}\n` : ""}data: ${data}\n\n`);
  response.end();
}

function messages(response, { model, stream: streamed }, text) {
  const message = { id: "msg_1", type: "message", role: "assistant", model, stop_sequence: null };
  if (!streamed) {
    answer(response, 200, { ...message, content: [{ type: "text", text }], stop_reason: "end_turn", usage });
    return;
  }
  const events = [
    {
      type: "message_start",
      message: { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 0 } },
    },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text } },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage },
    { type: "message_stop" },
  ];
  stream(
    response,
    events.map((event) => ({ type: event.type, data: JSON.stringify(event) })),
  );
}

function chat(response, { model, stream: streamed }, content) {
  const whole = { id: "chat_1", created: 1, model };
  const counts = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };
  if (!streamed) {
    const choices = [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }];
    answer(response, 200, { ...whole, object: "chat.completion", choices, usage: counts });
    return;
  }
  const chunk = (delta, finish_reason, more) =>
    JSON.stringify({
      ...whole,
      object: "chat.completion.chunk",
      choices: [{ index: 0, delta, finish_reason }],
      ...more,
    });
  const events = [chunk({ role: "assistant", content }, null), chunk({}, "stop", { usage: counts }), "[DONE]"];
  stream(
    response,
    events.map((data) => ({ data })),
  );
}
