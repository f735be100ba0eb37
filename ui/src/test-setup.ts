import "@testing-library/jest-dom/vitest";
import { cleanup } from "@testing-library/react";
import { afterEach, vi } from "vitest";

// One place for all tests, whatever the machine that they run on says.
Object.defineProperty(navigator, "languages", { configurable: true, value: ["en-GB"] });
// jsdom lays nothing out, so nothing ever changes its size.
vi.stubGlobal(
  "ResizeObserver",
  class {
    observe = () => undefined;
    unobserve = () => undefined;
    disconnect = () => undefined;
  },
);
// A place and a row of a long table have a height all the same, or nothing of it would be drawn.
for (const [measure, tag, height] of [
  ["clientHeight", "MAIN", 800],
  ["scrollHeight", "MAIN", 10_000_000],
  ["offsetHeight", "TR", 33],
] as const) {
  Object.defineProperty(HTMLElement.prototype, measure, {
    configurable: true,
    get(this: HTMLElement) {
      return this.tagName === tag ? height : 0;
    },
  });
}
// Nor does it know a dialog that lies over the page.
Object.assign(HTMLDialogElement.prototype, {
  showModal(this: HTMLDialogElement) {
    this.open = true;
  },
  close(this: HTMLDialogElement) {
    this.open = false;
  },
});
Object.assign(Element.prototype, {
  scrollIntoView: () => undefined,
  scrollTo(this: Element, { top = 0 }: ScrollToOptions) {
    this.scrollTop = top;
    queueMicrotask(() => this.dispatchEvent(new Event("scroll")));
  },
});
// Nor does it draw, or hold a pointer for an element.
HTMLCanvasElement.prototype.getContext = () => null;
Object.assign(Element.prototype, {
  hasPointerCapture: () => false,
  setPointerCapture: () => undefined,
  releasePointerCapture: () => undefined,
});

afterEach(() => {
  cleanup();
  localStorage.clear();
  delete document.documentElement.dataset.theme;
});
