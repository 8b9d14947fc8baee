/** What app.json and the pages' own json files say: pages, sub-packages, components, theme, tab bar. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** Folders that are no part of the mini-program itself. */
export const FOREIGN = new Set(["node_modules", "simulator", "tests", "test", "coverage", "typings", "types"]);
const SERVED = new Set([".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".ico"]);

/** @typedef {{path: string, json: any, kind: "page" | "component"}} Unit a page or component, by its path without ending */
/** @typedef {{json: any, theme: any, pages: Unit[], components: Unit[]}} App */

/** @param {string} file @param {any} [missing] */
export function readJson(file, missing) {
  if (!existsSync(file)) {
    if (missing !== undefined) return missing;
    throw new Error(`${file} is missing`);
  }
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (problem) {
    throw new Error(`${file}: ${/** @type {Error} */ (problem).message}`);
  }
}

/** @param {string} root @returns {App} */
export function readApp(root) {
  const json = readJson(path.join(root, "app.json"));
  const theme = json.themeLocation ? readJson(path.join(root, json.themeLocation), {}) : {};
  const packages = json.subPackages ?? json.subpackages ?? [];
  const names = [...json.pages, ...packages.flatMap((one) => one.pages.map((page) => `${one.root.replace(/\/$/, "")}/${page}`))];
  /** @type {Map<string, Unit>} */
  const components = new Map();
  const pages = names.map((name) => readUnit(root, name, "page"));
  for (const page of pages) follow(root, page, json, components);
  return { json, theme, pages, components: [...components.values()] };
}

/** @returns {Unit} */
function readUnit(root, name, kind) {
  const json = readJson(path.join(root, `${name}.json`), {});
  for (const ending of ["js", "wxml"]) {
    if (!existsSync(path.join(root, `${name}.${ending}`))) throw new Error(`${name}.${ending} is missing`);
  }
  return { path: name, json, kind };
}

/** Resolve the components of a unit; `json.usingComponents` holds paths from the root afterwards. */
function follow(root, unit, appJson, found) {
  const using = unit.kind === "page" ? { ...appJson.usingComponents, ...unit.json.usingComponents } : { ...unit.json.usingComponents };
  for (const [tag, place] of Object.entries(using)) {
    const name = resolvePlace(unit.path, String(place));
    using[tag] = name;
    if (!found.has(name)) {
      const component = readUnit(root, name, "component");
      found.set(name, component);
      follow(root, component, appJson, found);
    }
  }
  unit.json.usingComponents = using;
}

/** A path as WeChat reads it: from the root with a leading slash, else from the file that names it. */
export function resolvePlace(from, place) {
  const joined = place.startsWith("/") ? place.slice(1) : path.posix.join(path.posix.dirname(from), place);
  return path.posix.normalize(joined);
}

/** Copy what pages show by path: pictures. */
export function copyFiles(root, out, under = "") {
  for (const entry of readdirSync(path.join(root, under), { withFileTypes: true })) {
    const place = path.join(under, entry.name);
    if (entry.isDirectory()) {
      if (!FOREIGN.has(entry.name) && !entry.name.startsWith(".")) copyFiles(root, out, place);
    } else if (SERVED.has(path.extname(entry.name))) {
      mkdirSync(path.dirname(path.join(out, place)), { recursive: true });
      copyFileSync(path.join(root, place), path.join(out, place));
    }
  }
}
