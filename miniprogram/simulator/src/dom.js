/** One way to make elements. */

/** @param {string} tag @param {Record<string, any>} [with_] attributes; `on…` are listeners @param {...(Node|string|null|undefined)} children */
export function h(tag, with_ = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(with_)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "text") node.textContent = value;
    else if (name in node && name !== "list") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export const one = (selector) => document.querySelector(selector);
