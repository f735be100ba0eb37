import type { FoundKey, MemberChoice, ProviderAccounts, StarterMemberView } from "../../../host/generated.ts";

/** How a provider lets the user in, or that it is left out. */
export type WayIn = "there" | "key" | "env" | "login" | "caller" | "skip";

/** What is known of a member of the recipe. */
export interface Candidate {
  member: StarterMemberView;
  /** The provider's name for people. */
  title: string;
  /** The variable that holds its key, once it was looked for. */
  found: FoundKey | undefined;
  accounts: ProviderAccounts | undefined;
}

/** A login of that provider is there and may be used. */
export const isLoggedIn = ({ accounts }: Candidate) =>
  accounts?.login?.enabled === true && accounts.login.accounts.some(({ state }) => state === "ready");

/** The ways in that a member has, the likeliest first. */
export function waysIn(candidate: Candidate): WayIn[] {
  const { member, found, accounts } = candidate;
  if (member.credential?.usable) return ["there", "skip"];
  const missing = member.state === "missing";
  const ways: WayIn[] = [];
  if (isLoggedIn(candidate)) ways.push("login");
  if (found) ways.push("env");
  ways.push("key");
  if (!isLoggedIn(candidate) && accounts?.login && !accounts.login.needsClient) ways.push("login");
  // The scheme goes into a new file; one that is there says itself whose credential it uses.
  if (missing && member.provider === "anthropic") ways.push("caller");
  return [...ways, "skip"];
}

/** Whether the member would have its credential by this way. */
export function leadsIn(candidate: Candidate, way: WayIn, typed: boolean): boolean {
  if (way === "key") return typed;
  if (way === "login") return isLoggedIn(candidate);
  return way !== "skip";
}

/** What becomes of the member, as the engine takes it. */
export function choiceFor({ member: { name, state } }: Candidate, way: WayIn, leads: boolean): MemberChoice {
  if (!leads || state === "unusable") return { name, action: "leave" };
  if (state !== "missing") return { name, action: "use" };
  return way === "caller" ? { name, action: "create", caller: true } : { name, action: "create" };
}
