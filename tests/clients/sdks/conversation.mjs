// What the SDKs have in common: reading a stream, and the neutral form of a conversation.

/** Reads a stream to its end, or to where the call wants to leave it. */
export async function read(call, got, stream, take) {
  for await (const event of stream) {
    got.events += 1;
    take(event);
    if (got.events === call.leave_after_events) break;
  }
}

/** The fields that have a value. */
export function given(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** The turns of a conversation, whichever way the call gives them. */
export function turnsOf(call) {
  if (call.turns) return call.turns;
  return call.messages.map(({ role, content }) =>
    role === "assistant" ? { said: content } : { user: [{ text: content }] },
  );
}

/** A lone text as a string, as people write it; else each part in the SDK's own form. */
export function content(parts, form) {
  return parts.length === 1 && parts[0].text !== undefined ? parts[0].text : parts.map(form);
}

export function dataUrl({ type = "application/pdf", data }) {
  return `data:${type};base64,${data}`;
}

/** Remembers an identifier of the answer, once. */
export function named(got, id) {
  if (id !== undefined && id !== null && !got.ids.includes(id)) got.ids.push(id);
}
