/** What the compiled WXML draws, made fit for the renderer. */

/** @param {string} place */
export function templateOf(place) {
  // What is compiled keeps its state in here: one for each, or they would draw with each other's.
  const own = {};
  const generate = globalThis.simulatorWxml(`${place}.wxml`, own);
  if (typeof generate !== "function") throw new Error(`${place}.wxml was not compiled`);
  return (data) => tidy(generate(data, {}, own));
}

function tidy(node) {
  if (node.attr) {
    if (typeof node.attr.style === "string") node.attr.style = inPhoneUnits(node.attr.style);
    if ("hidden" in node.attr) node.attr.hidden = Boolean(node.attr.hidden) && node.attr.hidden !== "false";
  }
  node.children = (node.children ?? []).filter((child) => child !== null && child !== undefined).map((child) => (typeof child === "object" ? tidy(child) : String(child)));
  return node;
}

/** rpx, vh, vw and rem mean the phone's, not the browser's. */
export function inPhoneUnits(style) {
  return style
    .replace(/(?:env|constant)\(\s*safe-area-inset-(\w+)[^)]*\)/g, "var(--safe-$1, 0px)")
    .replace(/(-?\d*\.?\d+)(rpx|vh|vw|rem)\b/g, "calc($1 * var(--$2))");
}
