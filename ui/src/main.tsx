import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";
import { applyAppearance, keptAppearance } from "./appearance.ts";
import { HostContext } from "./host/host.ts";
import { tauriHost } from "./host/tauri.ts";
import "./styles.css";

applyAppearance(keptAppearance());

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <HostContext value={tauriHost}>
      <App />
    </HostContext>
  </StrictMode>,
);
