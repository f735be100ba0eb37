/**
 * What of a line may be secret, so that it is never shown.
 *
 * The engine knows the commands; this only has to hide a key the moment it appears, also in a line that is no command.
 */

/** Stands for a secret, however long that is. */
export const MASK = "••••••••";

/** What the recipe writes where a key belongs: no secrets. */
const placeholders = ["sk-ant-your-key", "sk-your-openai-key", "your-gemini-key", "-"];

/** Settings whose values may be secret. */
const secretSettings = ["auth-key", "apiKey", "api-key", "custom-headers"];

/** Words after `/key` that are no key. */
const keyCommands = ["save", "load", "list", "delete"];

/** How the keys of the usual providers begin, wherever they stand. */
const looksSecret =
  /(?:sk-[\w-]{12,}|AIza[\w-]{16,}|gsk_\w{16,}|xai-[\w-]{16,}|ya29\.[\w-]{12,}|gh[pousr]_\w{16,}|hf_\w{16,}|Bearer\s+\S{12,})/u;

/** The words of a line with where they begin, apart by spaces or held together by quotes. */
function words(line: string): { text: string; at: number }[] {
  return Array.from(line.matchAll(/(["'])(.*?)(?:\1|$)|\S+/gu), (match) => ({
    text: match[2] ?? match[0],
    at: match.index,
  }));
}

/** Where a secret begins in a line; undefined when there is none. While it is typed, it may not be whole yet. */
export function secretAt(line: string, typing = false): number | undefined {
  const [first, second, third, fourth] = words(line);
  if (first?.text === "/key") {
    if (second?.text === "save") return real(fourth);
    if (second === undefined || keyCommands.includes(second.text)) return undefined;
    if (typing && keyCommands.some((command) => command.startsWith(second.text))) return undefined;
    return real(second);
  }
  if (first?.text === "/set" && secretSettings.includes(second?.text ?? "")) return real(third);
  const found = looksSecret.exec(line);
  return found && !placeholders.includes(found[0]) ? found.index : undefined;
}

const real = (word: { text: string; at: number } | undefined): number | undefined =>
  word === undefined || placeholders.includes(word.text) ? undefined : word.at;

/** The line as it may be shown. */
export function masked(line: string): string {
  const at = secretAt(line);
  return at === undefined ? line : line.slice(0, at) + MASK;
}
