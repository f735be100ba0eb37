import { Marked } from "marked";
import { readFileSync, readdirSync } from "node:fs";
import type { Plugin } from "vite";

const NAME = "virtual:guide";
const folder = new URL("../../docs/guide/", import.meta.url);

const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** A page of the guide: its title, and the rest as HTML that holds nothing but text, tables, lists and links. */
function page(text: string): { title: string; html: string } {
  const [first = "", ...rest] = text.split("\n");
  const marked = new Marked({
    renderer: {
      // Pictures are of the window that the page is read in.
      image: () => "",
      html: ({ text: raw }) => escaped(raw),
      link({ href, tokens }) {
        const words = this.parser.parseInline(tokens);
        const page = /^([a-z-]+)\.md(?:#.*)?$/u.exec(href)?.[1];
        if (page !== undefined) return `<a href="#${page}" data-page="${page}">${words}</a>`;
        // Other pages of the documentation are not in the window.
        return href.startsWith("https://") ? `<a href="${escaped(href)}" data-out="">${words}</a>` : words;
      },
      heading({ tokens, depth }) {
        const level = String(Math.min(depth + 1, 6));
        return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>`;
      },
    },
  });
  return { title: first.replace(/^#\s*/u, ""), html: marked.parse(rest.join("\n"), { async: false }) };
}

/** `virtual:guide`: the pages of docs/guide, rendered when the window is built, so that none is fetched from anywhere. */
export function guide(): Plugin {
  return {
    name: "guide",
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    load(id) {
      if (id !== `\0${NAME}`) return undefined;
      const files = readdirSync(folder).filter((file) => file.endsWith(".md") && file !== "README.md");
      for (const file of files) this.addWatchFile(new URL(file, folder).pathname);
      const pages = files.map((file) => [file.slice(0, -3), page(readFileSync(new URL(file, folder), "utf8"))]);
      return `export const pages = ${JSON.stringify(Object.fromEntries(pages))};`;
    },
  };
}
