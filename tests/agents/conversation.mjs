// What a request to a provider holds of the conversation so far: how many turns of the model, which calls, which results, and
// whether reasoning of the provider's own.

/** What stands for a signature of Gemini where there is none. */
const NO_SEALS = ["skip_thought_signature_validator", "context_engineering_is_the_way_to_go"];

const arrayOf = (value) => (Array.isArray(value) ? value : []);

function anthropic(body) {
  return arrayOf(body.messages).flatMap(({ role, content }) => {
    const blocks = arrayOf(typeof content === "string" ? [{ type: "text", text: content }] : content);
    return blocks.map((block) => ({
      model: role === "assistant",
      call: block.type === "tool_use" ? block.id : undefined,
      answers: block.type === "tool_result" ? block.tool_use_id : undefined,
      sealed: Boolean(block.signature ?? (block.type === "redacted_thinking" && block.data)),
      text: JSON.stringify(block.content ?? block.text ?? ""),
    }));
  });
}

function chat(body) {
  return arrayOf(body.messages).flatMap(({ role, content, tool_calls, tool_call_id }) => [
    {
      model: role === "assistant",
      answers: role === "tool" ? tool_call_id : undefined,
      text: JSON.stringify(content ?? ""),
    },
    ...arrayOf(tool_calls).map(({ id }) => ({ model: true, call: id, text: "" })),
  ]);
}

function responses(body) {
  return arrayOf(body.input).map((item) => ({
    model: item.role === "assistant" || /^reasoning$|_call$/.test(item.type ?? ""),
    call: /_call$/.test(item.type ?? "") ? item.call_id : undefined,
    answers: /_call_output$/.test(item.type ?? "") ? item.call_id : undefined,
    sealed: Boolean(item.encrypted_content),
    text: JSON.stringify(item.output ?? item.content ?? ""),
  }));
}

/** Gemini's calls and results need no ids: then they are told apart by their order. */
function gemini(body) {
  let calls = 0;
  let results = 0;
  return arrayOf(body.contents).flatMap(({ role, parts }) =>
    arrayOf(parts).map(({ functionCall, functionResponse, text, thoughtSignature }) => ({
      model: role === "model",
      call: functionCall && (functionCall.id ?? `number ${calls++}`),
      answers: functionResponse && (functionResponse.id ?? `number ${results++}`),
      sealed: Boolean(thoughtSignature) && !NO_SEALS.includes(thoughtSignature),
      text: JSON.stringify(functionResponse?.response ?? text ?? ""),
    })),
  );
}

const readers = { anthropic, "openai-chat": chat, "openai-responses": responses, gemini };

/** {turns, results: [text], sealed, fault}: `fault` tells which result answers no call, or one that has been answered. */
export function conversation(speaks, body) {
  const pieces = readers[speaks](body);
  const open = new Set();
  const results = [];
  let turns = 0;
  let fault;
  let before = false;
  for (const { model, call, answers, text } of pieces) {
    if (model && !before) turns += 1;
    before = model;
    if (call !== undefined) open.add(call);
    if (answers !== undefined) {
      if (!open.delete(answers)) fault ??= `a result answers the call ${answers}, which is not open`;
      results.push(text);
    }
  }
  if (open.size > 0) fault ??= `the call ${[...open][0]} has no result`;
  return { turns, results, sealed: pieces.some(({ sealed }) => sealed), fault };
}
