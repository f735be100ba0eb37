import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { App } from "./App.tsx";
import { HostContext, HostError } from "./host/host.ts";
import { rehearse, type Case } from "./host/rehearsal-cases.ts";
import type { Rehearsal } from "./host/rehearsal.ts";
import { fetchParts } from "./parts.ts";
import type { Aim } from "./places/go.ts";

/** Opens the whole window over a rehearsed engine, at a place, and waits until it shows something. */
export async function openWindow(of: Case | Rehearsal = "well", place: Aim["place"] = "live") {
  const host = typeof of === "string" ? rehearse(of) : of;
  const user = userEvent.setup();
  await act(fetchParts);
  const view = render(
    <HostContext value={host}>
      <App />
    </HostContext>,
  );
  await screen.findByTestId("live-sentence");
  if (place !== "live") await user.click(screen.getByTestId(`nav-${place}`));
  return { ...view, host, user };
}

/** The inputs that an operation was asked with, in order. */
export function asked(host: Rehearsal, operation: string): unknown[] {
  return host.calls.filter(([name]) => name === operation).map(([, input]) => input);
}

/** A refusal as the engine words it. */
export const refusal = (code = "refused") => new HostError(code, "The disk is full.", "Free some space.");
