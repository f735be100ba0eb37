import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";
import { applyAppearance, keptAppearance } from "./appearance.ts";
import { HostContext, type Host } from "./host/host.ts";
import { httpHost, isServed } from "./host/http.ts";
import { tauriHost } from "./host/tauri.ts";
import "./styles.css";

applyAppearance(keptAppearance());

/** The desktop window, or the browser that a gateway has served the page to; in development also `?rehearsal=cooling`, an engine in memory (host/rehearsal-cases.ts). */
async function chosenHost(): Promise<Host> {
  if (import.meta.env.DEV) {
    const wanted = new URLSearchParams(location.search).get("rehearsal");
    const { caseNames, rehearse } = await import("./host/rehearsal-cases.ts");
    const name = caseNames.find((each) => each === wanted);
    if (name) return rehearse(name);
  }
  if (!isServed()) return tauriHost;
  // Another address in the same tab differs by its code alone, which loads nothing by itself.
  window.addEventListener("hashchange", () => {
    location.reload();
  });
  return httpHost;
}

void chosenHost().then((host) => {
  const root = document.getElementById("root");
  if (!root) throw new Error("index.html has no #root");
  createRoot(root).render(
    <StrictMode>
      <HostContext value={host}>
        <App />
      </HostContext>
    </StrictMode>,
  );
});
