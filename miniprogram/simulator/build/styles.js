/**
 * WXSS to one CSS file. Lengths in rpx follow the phone's width, vh its page area; dark rules follow the frame's switch;
 * a page's rules stay on that page and a component's on its own nodes, as WeChat keeps them apart.
 */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import { parse } from "./css.js";
import { resolvePlace } from "./sources.js";

export const TAGS = ["view", "scroll-view", "swiper-item", "swiper", "icon", "text", "rich-text", "progress", "button", "checkbox-group", "checkbox", "form", "input", "label", "picker-view", "picker", "radio-group", "radio", "slider", "switch", "textarea", "navigator", "image", "canvas", "cover-view", "cover-image", "page-container", "camera", "web-view"];
const TAG = new RegExp(`(^|[\\s>+~(,])(${TAGS.join("|")})(?![\\w-])`, "g");
const PAGE = /(^|[\s>+~(,])page(?![\w-])/g;
const SCHEME = /prefers-color-scheme\s*:\s*(dark|light)/;

/** Class prefix of a component; must be the same in src/runtime/definitions.js. */
export const prefixOf = (place) => place.replace(/[^\w]/g, "-");

/** @param {string} root @param {import("./sources.js").App} app */
export function collectStyles(root, app) {
  const parts = [];
  const add = (place, scope) => {
    const file = path.join(root, `${place}.wxss`);
    if (existsSync(file)) parts.push(`/* ${place}.wxss */`, write(parse(withImports(root, `${place}.wxss`)), scope));
  };
  add("app", { kind: "app", place: "app" });
  for (const unit of app.pages) add(unit.path, { kind: "page", place: unit.path });
  for (const unit of app.components) add(unit.path, { kind: "component", place: unit.path });
  return parts.join("\n");
}

function withImports(root, file, seen = new Set()) {
  if (seen.has(file)) return "";
  seen.add(file);
  const text = readFileSync(path.join(root, file), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  return text.replace(/@import\s+(?:url\()?["']([^"']+)["']\)?\s*;/g, (_whole, place) => withImports(root, resolvePlace(file, place), seen));
}

/** @returns {string} */
function write(rules, scope, before = "") {
  return rules
    .map((rule) => {
      if (rule.kind === "style") return `${selectors(rule.selector, scope, before)}{${values(rule.body)}}`;
      if (rule.kind === "raw") return `${rule.head}{${values(rule.body)}}`;
      if (rule.kind === "statement") return rule.text;
      const scheme = SCHEME.exec(rule.head);
      if (scheme === null) return `${rule.head}{${write(rule.rules, scope, before)}}`;
      return write(rule.rules, scope, `:root[data-theme="${scheme[1]}"] `);
    })
    .join("\n");
}

function selectors(text, scope, before) {
  return text
    .split(/,(?![^(]*\))/)
    .map((one) => before + selector(one.trim(), scope))
    .join(",");
}

function selector(one, { kind, place }) {
  let text = one.replace(PAGE, "$1.sim-body").replace(TAG, "$1wx-$2");
  if (kind === "page") return `:where(.sim-page[data-route="${place}"]) ${text}`;
  if (kind === "app") return `:where(.sim-page) ${text}`;
  text = text.replace(/\.(-?[A-Za-z_][\w-]*)/g, (whole, name) => (name === "sim-body" ? whole : `.${prefixOf(place)}--${name}`));
  return text.replace(/:host(?:\(([^)]*)\))?/g, (_whole, inner = "") => `mp-${prefixOf(place)}${inner}`);
}

function values(text) {
  return text
    .replace(/(?:env|constant)\(\s*safe-area-inset-(\w+)[^)]*\)/g, "var(--safe-$1, 0px)")
    .replace(/(-?\d*\.?\d+)(rpx|vh|vw|rem)\b/g, (_whole, number, unit) => `calc(${number} * var(--${unit}))`);
}
