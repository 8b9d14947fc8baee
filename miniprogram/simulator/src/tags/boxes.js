/** Tags that hold others: view, text, scroll-view, swiper, navigator, label, form. */
import { phone } from "../phone.js";
import { instanceOf, tag } from "./tag.js";

const ROUTES = { navigate: "navigateTo", redirect: "redirectTo", switchTab: "switchTab", reLaunch: "reLaunch", navigateBack: "navigateBack" };

function hover(self, dom) {
  const name = () => self.data.hoverClass;
  dom.addEventListener("pointerdown", () => name() && name() !== "none" && dom.classList.add(...name().split(" ")));
  for (const over of ["pointerup", "pointerleave", "pointercancel"]) dom.addEventListener(over, () => name() && name() !== "none" && dom.classList.remove(...name().split(" ")));
}

export function boxes() {
  for (const name of ["view", "cover-view", "swiper-item", "picker-view-column", "page-container", "root-portal"]) tag(name, { properties: { hoverClass: "none" }, made: hover });
  tag("text", { properties: { userSelect: false, selectable: false, space: "", decode: false } });
  tag("block");
  tag("navigator", { properties: { url: "", openType: "navigate", delta: 1, hoverClass: "navigator-hover" }, made: navigator });
  tag("label", { properties: { for: "" }, made: label });
  tag("form", { properties: { reportSubmit: false } });
  scrollView();
  swiper();
  pageMeta();
}

function navigator(self, dom) {
  hover(self, dom);
  self._exparserNode.addListener("tap", () => {
    const { openType, url, delta } = self.data;
    phone.router[ROUTES[openType] ?? "navigateTo"]({ url, delta });
  });
}

/** A tap on a label is one on its field. */
function label(self, dom) {
  self._exparserNode.addListener("tap", (event) => {
    const own = "wx-switch, wx-checkbox, wx-radio, wx-input, wx-textarea, wx-button";
    const target = self.data.for ? document.getElementById(self.data.for) : dom.querySelector(own);
    const tapped = event.target.$$;
    if (target && !target.contains(tapped)) instanceOf(target)?.press?.();
  });
}

function scrollView() {
  tag("scroll-view", {
    properties: { scrollX: false, scrollY: false, scrollTop: 0, scrollLeft: 0, scrollIntoView: "", upperThreshold: 50, lowerThreshold: 50, scrollWithAnimation: false, refresherEnabled: false, refresherTriggered: false, enhanced: false, showScrollbar: true, enableFlex: false },
    made: (self, dom) => dom.addEventListener("scroll", () => scrolled(self, dom)),
    changed: (self, dom, name) => {
      const { data } = self;
      if (name === "scrollX") dom.style.overflowX = data.scrollX ? "auto" : "hidden";
      if (name === "scrollY") dom.style.overflowY = data.scrollY ? "auto" : "hidden";
      if (name === "scrollTop" && data.scrollTop !== null) requestAnimationFrame(() => (dom.scrollTop = data.scrollTop));
      if (name === "scrollLeft" && data.scrollLeft) requestAnimationFrame(() => (dom.scrollLeft = data.scrollLeft));
      if (name === "scrollIntoView" && data.scrollIntoView) requestAnimationFrame(() => dom.querySelector(`#${CSS.escape(data.scrollIntoView)}`)?.scrollIntoView());
    },
  });
}

function scrolled(self, dom) {
  const { scrollTop, scrollLeft, scrollHeight, scrollWidth, clientHeight } = dom;
  self.tell("scroll", { scrollTop, scrollLeft, scrollHeight, scrollWidth });
  const low = scrollHeight - clientHeight - scrollTop <= self.data.lowerThreshold;
  if (low && !self.low) self.tell("scrolltolower", { direction: "bottom" });
  if (scrollTop <= self.data.upperThreshold && self.low === false && !self.high) self.tell("scrolltoupper", { direction: "top" });
  [self.low, self.high] = [low, scrollTop <= self.data.upperThreshold];
}

function swiper() {
  tag("swiper", {
    properties: { current: 0, indicatorDots: false, autoplay: false, interval: 5000, duration: 500, circular: false, vertical: false },
    made: (self, dom) => {
      dom.addEventListener("scrollend", () => {
        const current = Math.round(dom.scrollLeft / (dom.clientWidth || 1));
        if (current !== (self.shown ?? self.data.current)) self.tell("change", { current, source: "touch" });
        self.shown = current;
      });
    },
    changed: (self, dom, name) => {
      if (name === "current") requestAnimationFrame(() => dom.scrollTo({ left: self.data.current * dom.clientWidth }));
    },
  });
}

/** page-meta: the sizes a page gives its text. */
function pageMeta() {
  tag("page-meta", {
    leaf: false,
    properties: { rootFontSize: "", pageFontSize: "", pageStyle: "", backgroundColor: "" },
    changed: (self, dom) =>
      requestAnimationFrame(() => {
        const body = dom.closest(".sim-body");
        if (!body) return;
        const size = (value) => (value === "system" ? `${phone.fontSize()}px` : value);
        if (self.data.rootFontSize) body.style.setProperty("--rem", size(self.data.rootFontSize));
        if (self.data.pageFontSize) body.style.fontSize = size(self.data.pageFontSize);
      }),
  });
  tag("navigation-bar", { leaf: true });
}
