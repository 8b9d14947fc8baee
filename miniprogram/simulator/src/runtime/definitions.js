/** What Component(), Page(), App() and Behavior() of the mini-program's files define, by file. */
import exparser from "miniprogram-exparser";
import jComponent from "j-component";
import ComponentManager from "j-component/src/componentmanager.js";

import { queryIn } from "./selector.js";
import { templateOf } from "./template.js";

const definitions = new Map();
/** Components that also wear the page's classes (options.addGlobalClass, styleIsolation). */
const open = new Set();
let reading = "";
export const app = { definition: null, instance: null };

// j-component has no word for addGlobalClass, nor for ids that style sheets can name: they are put in where exparser hears.
const register = exparser.registerElement;
exparser.registerElement = (definition) => {
  if (open.has(definition.is)) definition.options.addGlobalClass = true;
  if (definition.options) definition.options.writeIdToDOM = true;
  return register.call(exparser, definition);
};
// The strict policy of this page allows styles set by script, not style attributes.
exparser.Element.prototype.setNodeStyle = function setNodeStyle(text, segment) {
  this.__styleSegments ??= [];
  this.__styleSegments[segment ?? 0] = text;
  if (this.$$) this.$$.style.cssText = this.__styleSegments.join(";");
};

/** Must be the same as in build/styles.js. */
export const prefixOf = (place) => place.replace(/[^\w]/g, "-");

/** Run a file; what it defines belongs to `place`. */
export function load(place, run) {
  reading = place;
  run();
  reading = "";
}

export const globals = {
  Component: (definition) => void definitions.set(reading, definition),
  Page: ({ data, behaviors, ...methods }) => void definitions.set(reading, { data, behaviors, methods }),
  App: (definition) => void (app.definition = definition),
  Behavior: (definition) => jComponent.behavior({ ...definition, ...flat(definition) }),
  getApp: () => app.instance,
};

/** Lifetimes may stand at the top or under `lifetimes`; exparser gets them in one place. */
function flat({ lifetimes = {}, created, attached, ready, moved, detached }) {
  return { lifetimes: { created, attached, ready, moved, detached, ...lifetimes } };
}

/** Make every unit known to the renderer. @param {{path: string, json: any, kind: string}[]} units */
export function prepare(units) {
  for (const unit of units) {
    const definition = definitions.get(unit.path);
    if (!definition) throw new Error(`${unit.path}.js calls neither Component() nor Page()`);
    const options = { ...definition.options, ...unit.json };
    const isPage = unit.kind === "page";
    if (isPage || options.addGlobalClass || ["apply-shared", "shared"].includes(options.styleIsolation)) open.add(unit.path);
    new ComponentManager(described(unit, definition, isPage));
  }
}

function described(unit, definition, isPage) {
  const { lifetimes } = flat(definition);
  return {
    ...definition,
    id: unit.path,
    path: unit.path,
    tagName: `mp-${prefixOf(unit.path)}`,
    template: templateOf(unit.path),
    usingComponents: unit.json.usingComponents,
    properties: { ...definition.properties },
    data: copied(definition.data),
    methods: { ...definition.methods },
    created: undefined,
    attached: undefined,
    ready: undefined,
    moved: undefined,
    detached: undefined,
    lifetimes: { ...lifetimes, created: withOwnTools(unit, lifetimes.created) },
    options: { ...definition.options, classPrefix: isPage ? "" : prefixOf(unit.path) },
  };
}

const copied = (data) => (data === undefined ? {} : JSON.parse(JSON.stringify(data)));

/** What WeChat gives every instance and j-component does not. */
function withOwnTools(unit, created) {
  return function createdWithTools() {
    this.is = unit.path;
    this.createSelectorQuery = () => queryIn(this._exparserNode);
    this.groupSetData = (work) => work?.();
    created?.call(this);
  };
}
