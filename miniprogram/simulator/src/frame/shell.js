/** The frame around the pages: status bar, navigation bar, pages, tab bar, what lies over them. */
import { now } from "../device.js";
import { h, one } from "../dom.js";

const CLOCK_MS = 1000;

export function buildFrame() {
  const pages = h("div", { className: "sim-pages" }, h("div", { className: "sim-pull", "aria-hidden": "true" }, h("i"), h("i"), h("i")));
  // For pictures: as tall as the window, so that a long page shows whole.
  const tall = new URLSearchParams(location.search).has("tall");
  const phone = h("div", { className: tall ? "sim-phone is-tall" : "sim-phone", "data-state": "starting" },
    h("div", { className: "sim-status" }, h("span", { className: "sim-time" }), h("span", { className: "sim-network" })),
    h("header", { className: "sim-nav" }),
    pages,
    h("nav", { className: "sim-tabs" }),
    h("div", { className: "sim-overlay" }),
    h("section", { className: "sim-chat", hidden: true }),
    h("div", { className: "sim-note", role: "status", hidden: true }),
    h("div", { className: "sim-dim", "aria-hidden": "true" }));
  one("#phone-frame").append(h("main", { className: "sim-stand" }, phone), h("aside", { className: "sim-panel" }));
  new ResizeObserver(() => measure(phone, pages)).observe(pages);
  measure(phone, pages);
  setInterval(tick, CLOCK_MS);
  tick();
}

/** WeChat's units: 750 rpx are the phone's width, vh means the page area. */
function measure(phone, pages) {
  const { width, height } = pages.getBoundingClientRect();
  for (const [name, value] of [["rpx", width / 750], ["rem", width / 20], ["vw", width / 100], ["vh", height / 100]]) phone.style.setProperty(`--${name}`, `${value}px`);
}

function tick() {
  const at = new Date(now());
  one(".sim-time").textContent = `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
}
