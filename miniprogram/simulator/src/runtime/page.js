/** One page of the stack: its component, its frame on the screen, its life. */
import exparser from "miniprogram-exparser";
import RootComponent from "j-component/src/render/component.js";
import tools from "j-component/src/tool/utils.js";

import { h } from "../dom.js";
import { windowOf } from "./theme.js";

let pageNumber = 0;

/** The root without j-component's own touch listeners: gestures.js hears for the whole screen. */
class Root extends RootComponent {
  _bindEvent() {}
}

export class Page {
  /** @param {{path: string, json: any}} unit @param {Record<string, string>} query */
  constructor(unit, query) {
    pageNumber += 1;
    this.id = pageNumber;
    this.unit = unit;
    this.query = query;
    this.shown = false;
    this.window = windowOf(unit.json);
    this.channel = null;
    this.body = h("div", { className: "sim-body" });
    this.scroller = h("div", { className: "sim-scroll", onscroll: () => this.scrolled() }, this.body);
    this.element = h("section", { className: "sim-page", "data-route": unit.path }, this.scroller);
    this.atBottom = false;
  }

  get route() {
    return this.unit.path;
  }

  /** created → attached → onLoad → onShow → ready, as WeChat does it. */
  open(screen) {
    screen.append(this.element);
    this.root = new Root(tools.cache(this.unit.path), known(this.unit.path, this.query));
    this.instance = this.root.instance;
    Object.assign(this.instance, { route: this.route, options: this.query, getPageId: () => `pageId:${this.id}`, getOpenerEventChannel: () => this.channel });
    this.body.append(this.root.dom);
    this.root.parentNode = this.body;
    exparser.Element.pretendAttached(this.root._exparserNode);
    this.call("onLoad", this.query);
    this.show();
    walk(this.root._exparserNode, (node) => node.triggerLifeTime("ready", []));
    this.call("onReady");
  }

  show() {
    if (this.shown) return;
    this.shown = true;
    this.element.classList.add("is-shown");
    this.tell("show");
    this.call("onShow");
  }

  hide() {
    if (!this.shown) return;
    this.shown = false;
    this.tell("hide");
    this.call("onHide");
  }

  /** Out of sight, still alive under another page. */
  cover() {
    this.hide();
    this.element.classList.remove("is-shown");
  }

  close() {
    this.shown = false;
    this.call("onUnload");
    this.root.detach();
    this.element.remove();
  }

  call(name, ...given) {
    try {
      return this.instance[name]?.(...given);
    } catch (problem) {
      console.error(`${this.route} ${name}`, problem);
      return undefined;
    }
  }

  tell(lifetime) {
    // exparser hands it down to every component itself.
    this.root._exparserNode.triggerPageLifeTime(lifetime, []);
  }

  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    this.call("onPageScroll", { scrollTop });
    const near = scrollHeight - clientHeight - scrollTop <= (this.window.onReachBottomDistance ?? 50);
    if (near && !this.atBottom) this.call("onReachBottom");
    this.atBottom = near;
  }
}

/** Of the query, what the page has declared as properties; the rest comes in onLoad alone. */
function known(place, query) {
  const declared = tools.cache(place).definition.properties ?? {};
  return Object.fromEntries(Object.entries(query).filter(([name]) => name in declared));
}

/** Every component below, children first. */
function walk(node, visit) {
  if (node instanceof exparser.Component && node.shadowRoot instanceof exparser.Element) walk(node.shadowRoot, visit);
  for (const child of node.childNodes) if (child instanceof exparser.Element) walk(child, visit);
  if (node instanceof exparser.Component) visit(node);
}
