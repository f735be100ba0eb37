import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { guide } from "./plugins/guide.ts";
import { libraries } from "./plugins/libraries.ts";

export default defineConfig({
  plugins: [react(), tailwindcss(), guide(), libraries()],
  // A gateway serves the page to browsers below a path of its own.
  base: "./",
  // The shell waits for this very port (devUrl in tauri.conf.json): another one would leave it waiting.
  server: { port: 5173, strictPort: true },
  build: {
    // A data: URI for a small font would be refused by the window's content security policy.
    assetsInlineLimit: 0,
    // WebKitGTK 2.42, WKWebView of macOS 13 and WebView2 are all at least this new.
    target: ["safari16.4", "chrome111"],
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test-setup.ts"],
    restoreMocks: true,
    // The whole window in jsdom takes its time where other things are being built.
    testTimeout: 60_000,
    env: { DEBUG_PRINT_LIMIT: "0" },
  },
});
