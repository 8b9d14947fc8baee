/**
 * Builds the phone frame: node build/index.js [--root FOLDER] [--out FOLDER].
 * Everything goes to OUT: simulator.js (ours), app.js (the mini-program's own scripts), wxml.js, app.css, files/.
 */
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { bundleApp, bundleSimulator } from "./script.js";
import { collectStyles } from "./styles.js";
import { copyFiles, readApp } from "./sources.js";
import { compileWxml } from "./wxml.js";

const here = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({
  options: {
    root: { type: "string", default: path.dirname(here) },
    out: { type: "string", default: path.join(here, "dist") },
  },
});
const root = path.resolve(values.root);
const out = path.resolve(values.out);

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
cpSync(path.join(here, "public"), out, { recursive: true });

const app = readApp(root);
writeFileSync(path.join(out, "wxml.js"), compileWxml(root, app));
writeFileSync(path.join(out, "app.css"), collectStyles(root, app));
copyFiles(root, path.join(out, "files"));
await bundleApp({ root, app, out });
await bundleSimulator({ entry: path.join(here, "src", "main.js"), out });
console.log(`built ${app.pages.length} pages and ${app.components.length} components into ${out}`);
