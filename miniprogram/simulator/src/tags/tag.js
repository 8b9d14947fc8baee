/** How a built-in tag is made: an element of the renderer that may fill its own node and holds what stands between its tags. */
import exparser from "miniprogram-exparser";
import ComponentManager from "j-component/src/componentmanager.js";
import CONSTANT from "j-component/src/tool/constant.js";

const ROOT = { tagName: "shadow", componentId: "", content: "", key: "", attrs: [], event: {}, generics: [], slotName: "" };

/** The drawn tree must be new each time: the renderer writes into it. */
const holding = () => ({ ...ROOT, type: CONSTANT.TYPE_ROOT, children: [{ ...ROOT, type: CONSTANT.TYPE_SLOT, tagName: "slot", attrs: [], event: {}, children: [], generics: [] }] });
const empty = () => ({ ...ROOT, type: CONSTANT.TYPE_ROOT, children: [] });

const TYPES = { string: String, number: Number, boolean: Boolean };

/** Every tag may be hidden. */
const COMMON = { hidden: false };

/**
 * @param {string} name
 * @param {{properties?: Record<string, any>, leaf?: boolean, made?: (self: any, dom: HTMLElement) => void, changed?: (self: any, dom: HTMLElement, name: string) => void, gone?: (self: any) => void}} how
 *   `properties` by their defaults (null: anything); `changed` is called for each one after it was set.
 */
export function tag(name, { properties = {}, leaf = false, made, changed, gone } = {}) {
  const all = { ...COMMON, ...properties };
  const declared = Object.entries(all).map(([key, value]) => [key, { type: value === null ? null : (TYPES[typeof value] ?? null), value, observer: observing(key, changed) }]);
  new ComponentManager({
    id: name,
    tagName: `wx-${name}`,
    template: leaf ? empty : holding,
    properties: Object.fromEntries(declared),
    lifetimes: {
      created() {
        this.dom = this._exparserNode.$$;
        this.tell = (event, detail = {}, options = {}) => exparser.triggerEvent(this._exparserNode, event, detail, options);
        made?.(this, this.dom);
        for (const key of Object.keys(properties)) changed?.(this, this.dom, key);
      },
      detached() {
        gone?.(this);
      },
    },
  });
}

function observing(key, changed) {
  return function observed(value) {
    const dom = this._exparserNode.$$;
    if (key === "hidden") dom.toggleAttribute("hidden", Boolean(value));
    if (key === "disabled") dom.toggleAttribute("disabled", Boolean(value));
    if (this.dom) changed?.(this, dom, key);
  };
}

/** The instance of a built-in tag behind a node on the screen. */
export const instanceOf = (dom) => (dom?.__wxElement ? exparser.Element.getMethodCaller(dom.__wxElement) : null);

/** Give a form what this field holds. */
export function asField(self, dom, read, reset) {
  dom.__field = { name: () => self.data.name, read, reset };
}
