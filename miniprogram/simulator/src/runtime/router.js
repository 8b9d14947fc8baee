/** The page stack: navigateTo, redirectTo, switchTab, reLaunch, navigateBack. */
import { Refused } from "../wx/calls.js";
import { Channel } from "./channel.js";
import { Page } from "./page.js";
import { firstPage, isTab } from "./theme.js";

const MOST_PAGES = 10;

export class Router {
  /** @param {{path: string, json: any, kind: string}[]} units */
  constructor(units) {
    this.units = new Map(units.filter((unit) => unit.kind === "page").map((unit) => [unit.path, unit]));
    /** @type {Page[]} */
    this.stack = [];
    this.tabs = new Map();
    this.changed = () => {};
  }

  begin(screen) {
    this.screen = screen;
  }

  get top() {
    return this.stack.at(-1);
  }

  /** A path as WeChat reads it, against the page on top. */
  parse(url) {
    const [place, search = ""] = String(url).split("?");
    const base = this.top ? this.top.route.split("/").slice(0, -1) : [];
    const parts = place.startsWith("/") ? [] : base;
    for (const part of place.split("/")) {
      if (part === "..") parts.pop();
      else if (part && part !== ".") parts.push(part);
    }
    const route = parts.join("/").replace(/\.html$/, "");
    const query = Object.fromEntries(search.split("&").filter(Boolean).map(split));
    const unit = this.units.get(route);
    if (!unit) throw new Refused(`page "${route}" is not found`);
    return { route, query, unit };
  }

  navigateTo({ url, events }) {
    const target = this.parse(url);
    if (isTab(target.route)) throw new Refused("can not navigateTo a tabbar page");
    if (this.stack.length >= MOST_PAGES) throw new Refused("webview count limit exceed");
    const [here, there] = [new Channel(events), new Channel()];
    this.top?.cover();
    const page = this.push(target);
    page.channel = joined(there, here);
    this.launch(page);
    return { eventChannel: joined(here, there) };
  }

  redirectTo({ url }) {
    const target = this.parse(url);
    if (isTab(target.route)) throw new Refused("can not redirectTo a tabbar page");
    this.stack.pop()?.close();
    this.launch(this.push(target));
  }

  reLaunch({ url }) {
    const target = this.parse(url);
    for (const page of [...this.stack].reverse()) page.close();
    for (const page of this.tabs.values()) if (!this.stack.includes(page)) page.close();
    this.stack = [];
    this.tabs.clear();
    this.launch(this.push(target));
  }

  switchTab({ url }) {
    const { route, unit } = this.parse(url);
    if (!isTab(route)) throw new Refused("can not switch to no-tabBar page");
    if (this.top?.route === route) return;
    this.top?.cover();
    for (const page of this.stack.splice(0)) if (!isTab(page.route)) page.close();
    const kept = this.tabs.get(route);
    if (!kept) return void this.launch(this.push({ route, unit, query: {} }));
    this.stack.push(kept);
    kept.show();
    this.changed();
  }

  navigateBack({ delta = 1 } = {}) {
    if (this.stack.length < 2) throw new Refused("cannot navigate back at first page.");
    for (let left = Math.min(delta, this.stack.length - 1); left > 0; left -= 1) this.stack.pop().close();
    this.top.show();
    this.changed();
  }

  push({ route, unit, query }) {
    const page = new Page(unit, query);
    this.stack.push(page);
    if (isTab(route)) this.tabs.set(route, page);
    return page;
  }

  launch(page) {
    page.open(this.screen);
    this.changed();
  }

  home() {
    this.reLaunch({ url: `/${firstPage()}` });
  }
}

function split(pair) {
  const at = pair.indexOf("=");
  const [name, value] = at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
  // WeChat hands queries over as they are written; pages decode what they encoded.
  return [name, value];
}

/** What one side says the other hears. */
function joined(own, other) {
  return { on: own.on.bind(own), once: own.once.bind(own), off: own.off.bind(own), emit: other.emit.bind(other) };
}
