/** A small reader of style sheets: rules by their braces, nothing looked into. */

const NESTED = /^@(media|supports|layer|container)\b/;

/** @typedef {{kind: "style", selector: string, body: string} | {kind: "raw", head: string, body: string} | {kind: "statement", text: string} | {kind: "group", head: string, rules: Rule[]}} Rule */

/** @param {string} text without comments @returns {Rule[]} */
export function parse(text) {
  /** @type {Rule[]} */
  const rules = [];
  let at = 0;
  while (at < text.length) {
    const stop = next(text, at, "{;");
    if (stop === -1) break;
    const head = text.slice(at, stop).trim();
    if (text[stop] === ";") {
      if (head) rules.push({ kind: "statement", text: `${head};` });
      at = stop + 1;
      continue;
    }
    const end = closing(text, stop);
    rules.push(rule(head, text.slice(stop + 1, end)));
    at = end + 1;
  }
  const rest = text.slice(at).trim();
  if (rest) throw new Error(`style sheet ends in the middle of: ${rest.slice(0, 60)}`);
  return rules;
}

/** @returns {Rule} */
function rule(head, body) {
  if (NESTED.test(head)) return { kind: "group", head, rules: parse(body) };
  if (head.startsWith("@")) return { kind: "raw", head, body };
  return { kind: "style", selector: head.replace(/\s+/g, " "), body };
}

/** Where the first of `wanted` stands outside strings; -1 when nowhere. */
function next(text, from, wanted) {
  let quote = "";
  for (let at = from; at < text.length; at += 1) {
    const sign = text[at];
    if (quote) {
      if (sign === "\\") at += 1;
      else if (sign === quote) quote = "";
    } else if (sign === '"' || sign === "'") quote = sign;
    else if (wanted.includes(sign)) return at;
  }
  return -1;
}

function closing(text, open) {
  let depth = 0;
  for (let at = open; at !== -1; at = next(text, at + 1, "{}")) {
    depth += text[at] === "{" ? 1 : -1;
    if (depth === 0) return at;
  }
  throw new Error(`a brace is not closed: ${text.slice(Math.max(0, open - 40), open + 40)}`);
}
