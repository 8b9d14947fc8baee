/** The scripts: the mini-program's modules in one file that sees no browser, and the simulator itself. */
import path from "node:path";

import { build } from "esbuild";

import { FOREIGN } from "./sources.js";

const SHARED = { bundle: true, charset: "utf8", target: "es2020", format: "iife", logLevel: "warning", legalComments: "none", sourcemap: true };
// A mini-program has no browser around it: what WeChat does not offer is not there, and its clock is the phone's.
const HIDDEN = ["window", "document", "localStorage", "sessionStorage", "fetch", "XMLHttpRequest", "location", "navigator", "crypto", "TextEncoder", "TextDecoder", "URL", "URLSearchParams", "atob", "btoa", "structuredClone", "alert"];
const DEFINE = { ...Object.fromEntries(HIDDEN.map((name) => [name, "undefined"])), Date: "simulatorDate" };

/** @param {{root: string, app: import("./sources.js").App, out: string}} what */
export async function bundleApp({ root, app, out }) {
  const units = [...app.components, ...app.pages];
  const lines = [
    "const phone = globalThis.simulator;",
    'phone.load("app", () => require("./app.js"));',
    ...units.map((unit) => `phone.load(${JSON.stringify(unit.path)}, () => require(${JSON.stringify(`./${unit.path}.js`)}));`),
    `phone.start(${JSON.stringify(manifest(app))});`,
  ];
  await build({
    ...SHARED,
    stdin: { contents: lines.join("\n"), resolveDir: root, sourcefile: "entry.js", loader: "js" },
    outfile: path.join(out, "app.js"),
    define: DEFINE,
    plugins: [insideOnly(root)],
  });
}

function manifest(app) {
  return { app: app.json, theme: app.theme, units: [...app.components, ...app.pages] };
}

/** Paths from the root begin with a slash; nothing outside the mini-program may be loaded. */
function insideOnly(root) {
  return {
    name: "inside-only",
    setup(builder) {
      builder.onResolve({ filter: /^\// }, (found) => (found.path.startsWith(root) ? undefined : builder.resolve(`.${found.path}`, { resolveDir: root, kind: found.kind })));
      builder.onLoad({ filter: /\.js$/ }, (file) => {
        const first = path.relative(root, file.path).split(path.sep)[0];
        if (first === ".." || FOREIGN.has(first)) return { errors: [{ text: `${file.path} is not part of the mini-program` }] };
        return undefined;
      });
    },
  };
}

/** @param {{entry: string, out: string}} what */
export async function bundleSimulator({ entry, out }) {
  await build({ ...SHARED, entryPoints: [entry], outfile: path.join(out, "simulator.js"), define: { global: "globalThis" } });
}
