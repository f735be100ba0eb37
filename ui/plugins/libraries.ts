import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

const NAME = "virtual:libraries";

interface Entry {
  name: string;
  version: string;
  licence: string;
}

/** The packages that the window's page is made of, from the lock file, with the licences that they name themselves. */
function packages(root: URL): Entry[] {
  const lock = JSON.parse(readFileSync(new URL("package-lock.json", root), "utf8")) as {
    packages: Record<string, { version?: string; license?: string; dev?: boolean }>;
  };
  return Object.entries(lock.packages).flatMap(([path, { version, license, dev }]) => {
    const name = path.split("node_modules/").at(-1) ?? "";
    return path === "" || dev === true || version === undefined ? [] : [{ name, version, licence: license ?? "" }];
  });
}

/** The crates that the programs are made of, one a line: `name version|licence`. `make libraries` writes them. */
function crates(root: URL): Entry[] {
  const lines = readFileSync(new URL("../docs/libraries.txt", root), "utf8").trim().split("\n");
  return lines.map((line) => {
    const [what = "", licence = ""] = line.split("|");
    const [name = "", version = ""] = what.split(" v");
    return { name, version: version.split(" ")[0] ?? "", licence };
  });
}

/** `virtual:libraries`: the works by others that Mainstay is made of, by name. */
export function libraries(): Plugin {
  return {
    name: "libraries",
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    load(id) {
      if (id !== `\0${NAME}`) return undefined;
      const root = new URL("..", import.meta.url);
      const all = [...packages(root), ...crates(root)].toSorted((one, other) => one.name.localeCompare(other.name));
      return `export const libraries = ${JSON.stringify(all)};`;
    },
  };
}
