/** WXML to one script file with WeChat's own compiler; nothing is evaluated from text in the browser. */
import { createRequire } from "node:module";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { FOREIGN, resolvePlace } from "./sources.js";

const require = createRequire(import.meta.url);
const MOST_BYTES = 64 * 1024 * 1024;

/** @param {string} root @param {import("./sources.js").App} app */
export function compileWxml(root, app) {
  const compiler = require("miniprogram-compiler");
  const wxmlList = withImports(root, [...app.pages, ...app.components].map((unit) => `${unit.path}.wxml`));
  let script;
  try {
    script = compiler.wxmlToJs(root, { wxmlList, wxsList: wxsFiles(root), maxBuffer: MOST_BYTES });
  } catch (problem) {
    throw new Error(explain(/** @type {any} */ (problem)));
  }
  return `globalThis.simulatorWxml = (function (global) {\n${script}\n})(globalThis);\n`;
}

/** The compiler wants every file, also those that others import or include. */
function withImports(root, files) {
  const all = new Set(files);
  for (const file of all) {
    const text = readFileSync(path.join(root, file), "utf8");
    for (const [, place] of text.matchAll(/<(?:import|include)[^>]*\ssrc=["']([^"']+)["']/g)) {
      const name = resolvePlace(file, place);
      all.add(name.endsWith(".wxml") ? name : `${name}.wxml`);
    }
  }
  return [...all];
}

function wxsFiles(root, under = "") {
  return readdirSync(path.join(root, under), { withFileTypes: true }).flatMap((entry) => {
    const place = path.posix.join(under, entry.name);
    if (entry.isDirectory()) return FOREIGN.has(entry.name) || entry.name.startsWith(".") ? [] : wxsFiles(root, place);
    return entry.name.endsWith(".wxs") ? [place] : [];
  });
}

function explain(problem) {
  if (["ENOEXEC", "ENOENT", "EACCES", "UNKNOWN"].includes(problem.code)) {
    const known = existsSync("/lib64/ld-linux-x86-64.so.2") || process.platform !== "linux";
    return `WeChat's WXML compiler does not run on this machine (${process.platform} ${process.arch}${known ? "" : ", it needs glibc"}): ${problem.message}`;
  }
  return problem.message;
}
