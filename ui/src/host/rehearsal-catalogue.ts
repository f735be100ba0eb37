import type { ModelsView, ProviderDraft, ProviderView } from "./generated.ts";
import { HostError } from "./host.ts";
import type { Player, World } from "./rehearsal-world.ts";

/** The header that a dialect's own provider takes. */
const usual = (dialect: string) =>
  dialect === "anthropic" ? "x-api-key" : dialect === "gemini" ? "x-goog-api-key" : "bearer";

/** Adds a provider of the user's own, or changes it. */
export function addProvider(world: World, draft: ProviderDraft): ProviderView[] {
  const { name, title, dialect, baseUrl, needsKey, variables, models } = draft;
  const known = world.catalogue.find((each) => each.name === name);
  if (known && !known.own) {
    throw new HostError("provider_exists", `Mainstay ships with a provider called "${name}".`, "Choose another name.");
  }
  const facts = { strengths: null, considerations: null, trainsOn: null, costClass: null, loginOnly: false, own: true };
  const lists = known ?? { fetched: [], fetchedAt: null, fetchedFrom: null };
  const { fetched, fetchedAt, fetchedFrom } = lists;
  const keyHeader = draft.keyHeader ?? usual(dialect);
  const said = { name, title: title ?? name, dialect, baseUrl, needsKey, keyHeader, variables, models };
  const entry = { ...facts, fetched, fetchedAt, fetchedFrom, ...said };
  world.catalogue = known
    ? world.catalogue.map((each) => (each.name === name ? entry : each))
    : [...world.catalogue, entry];
  return world.catalogue;
}

/** Removes a provider of the user's own that no profile uses. */
export function removeProvider(world: World, name: string): ProviderView[] {
  const users = world.profiles.filter((each) => each.provider === name).map((each) => each.name);
  if (users.length > 0) {
    const message = `${name} is the provider of ${users.join(", ")}.`;
    throw new HostError("provider_in_use", message, "Give these another provider, or delete them first.");
  }
  world.catalogue = world.catalogue.filter((each) => each.name !== name || !each.own);
  return world.catalogue;
}

/** What a provider has beside what the catalogue knows. */
export function fetchModels(world: World, { name, provider, credential, baseUrl }: Player): ModelsView {
  if (!credential.usable) {
    const message = `${name} can’t be used yet, so its provider can’t be asked.`;
    throw new HostError("needs_credential", message, "Give it a key first.");
  }
  const entry = world.catalogue.find((each) => each.name === provider);
  const known = entry?.models ?? [];
  const models = [...known, { id: `${provider}-preview-2026-11`, contextWindow: 500_000, maxOutput: null }];
  const fetchedFrom = baseUrl ?? entry?.baseUrl ?? null;
  if (entry) Object.assign(entry, { fetched: models, fetchedAt: world.now, fetchedFrom });
  return { provider, at: world.now, models };
}
