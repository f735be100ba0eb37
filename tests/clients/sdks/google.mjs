// npm `@google/genai`.

import { GoogleGenAI } from "@google/genai";
import { given, named, read, turnsOf } from "./conversation.mjs";

export function client(call, fetch) {
  return new GoogleGenAI({
    apiKey: call.token,
    httpOptions: given({ baseUrl: call.base_url, fetch, timeout: call.timeout_ms, retryOptions: { attempts: 1 } }),
  });
}

function part({ text, image, pdf }) {
  if (image) return { inlineData: { mimeType: image.type, data: image.data } };
  if (pdf) return { inlineData: { mimeType: "application/pdf", data: pdf.data } };
  return { text };
}

function response({ id, name, parts, error }) {
  const text = parts.map(({ text }) => text ?? "").join("");
  const media = parts.filter(({ text }) => text === undefined).map(part);
  return {
    functionResponse: given({
      id,
      name,
      response: error ? { error: text } : { output: text },
      parts: media.length ? media : undefined,
    }),
  };
}

function contents(call) {
  return turnsOf(call).flatMap((turn) => {
    if (turn.user) return [{ role: "user", parts: turn.user.map(part) }];
    if (turn.said !== undefined) return [{ role: "model", parts: [{ text: turn.said }] }];
    if (turn.turn) return turn.turn;
    return [{ role: "user", parts: turn.results.map(response) }];
  });
}

function calling(wanted) {
  if (!wanted) return undefined;
  return {
    functionCallingConfig: wanted.name
      ? { mode: "ANY", allowedFunctionNames: [wanted.name] }
      : { mode: wanted.toUpperCase() },
  };
}

function config(call) {
  return given({
    systemInstruction: call.system,
    maxOutputTokens: call.max_tokens,
    temperature: call.temperature,
    tools: call.tools && [
      {
        functionDeclarations: call.tools.map(({ name, description, schema }) => ({
          name,
          description,
          parametersJsonSchema: schema,
        })),
      },
    ],
    toolConfig: calling(call.choice),
    ...(call.schema && { responseMimeType: "application/json", responseJsonSchema: call.schema }),
    thinkingConfig: call.reasoning ? { includeThoughts: true, thinkingBudget: 2048 } : undefined,
    ...call.extra,
  });
}

export async function generate(client, call, got) {
  const said = [];
  const take = ({ modelVersion, responseId, usageMetadata, candidates }) => {
    named(got, responseId);
    got.model = modelVersion ?? got.model;
    if (usageMetadata) {
      got.usage = {
        input: usageMetadata.promptTokenCount,
        output: usageMetadata.candidatesTokenCount ?? 0,
        cached: usageMetadata.cachedContentTokenCount ?? 0,
        reasoning: usageMetadata.thoughtsTokenCount ?? 0,
      };
    }
    for (const candidate of candidates ?? []) {
      for (const part of candidate.content?.parts ?? []) {
        said.push(part);
        got[part.thought ? "reasoning" : "text"] += part.text ?? "";
        if (part.functionCall) {
          const { id, name, args } = part.functionCall;
          got.calls.push({ ...given({ id }), name, arguments: args ?? {} });
        }
      }
      got.stop = candidate.finishReason ?? got.stop;
    }
  };
  const request = { model: call.model, contents: contents(call), config: config(call) };
  if (call.mode === "stream") {
    await read(call, got, await client.models.generateContentStream(request), take);
  } else if (call.mode === "helper") {
    // A chat keeps its own history, in which each piece of the stream is a content of its own.
    const history = request.contents.slice(0, -1);
    const chat = client.chats.create({ model: call.model, config: request.config, history });
    await read(call, got, await chat.sendMessageStream({ message: request.contents.at(-1).parts }), take);
    got.turn = chat.getHistory().slice(request.contents.length);
    return;
  } else {
    take(await client.models.generateContent(request));
  }
  got.turn = [{ role: "model", parts: said }];
}

export async function count(client, call, got) {
  got.tokens = (await client.models.countTokens({ model: call.model, contents: contents(call) })).totalTokens;
}

export async function models(client, call, got) {
  got.names = [];
  for await (const model of await client.models.list()) got.names.push(model.name);
}

export async function model(client, call, got) {
  got.name = (await client.models.get({ model: call.model })).name;
}

export async function embed(client, call, got) {
  const { embeddings } = await client.models.embedContent({ model: call.model, contents: call.texts });
  got.vectors = embeddings.map(({ values }) => values);
}
