/** Tags that show something: image, icon, canvas, progress, rich-text; camera and web-view as a note. */
import { h } from "../dom.js";
import { t } from "../device.js";
import { local } from "../wx/request.js";
import { tag } from "./tag.js";

const FITS = { scaleToFill: "fill", aspectFit: "contain", aspectFill: "cover" };
const SYMBOLS = { success: "✓", success_no_circle: "✓", info: "i", warn: "!", waiting: "…", cancel: "×", download: "↓", search: "⌕", clear: "×" };
const RICH = new Set(["p", "div", "span", "b", "strong", "i", "em", "u", "h1", "h2", "h3", "h4", "ul", "ol", "li", "br", "table", "tbody", "tr", "td", "th", "blockquote", "hr", "a"]);

export function pictures() {
  tag("image", { leaf: true, properties: { src: "", mode: "scaleToFill", lazyLoad: false, webp: false, showMenuByLongpress: false }, made: image, changed: redrawn });
  tag("cover-image", { leaf: true, properties: { src: "", mode: "scaleToFill" }, made: image, changed: redrawn });
  tag("icon", { leaf: true, properties: { type: "success", size: 23, color: "" }, changed: (self, dom) => Object.assign(dom, { textContent: SYMBOLS[self.data.type] ?? "" }) });
  tag("canvas", { leaf: true, properties: { type: "", canvasId: "", disableScroll: false }, made: canvas });
  tag("progress", { leaf: true, properties: { percent: 0, showInfo: false, strokeWidth: 6, activeColor: "", color: "", backgroundColor: "", active: false, borderRadius: 0 }, made: (_self, dom) => dom.append(h("span", { className: "sim-bar" })), changed: progressed });
  tag("rich-text", { leaf: true, properties: { nodes: null, space: "" }, changed: rich });
  tag("camera", { leaf: true, made: (_self, dom) => (dom.textContent = t("（手机上这里是相机）", "(a camera on a phone)")) });
  tag("web-view", { leaf: true, properties: { src: "" }, changed: (self, dom) => (dom.textContent = self.data.src) });
}

/** A picture of the mini-program, of our server, or data. */
function address(src) {
  if (!src || /^(data|blob):/.test(src)) return src;
  if (/^https?:/.test(src)) {
    try {
      return local(src);
    } catch {
      return "";
    }
  }
  return src.startsWith("/api/") ? src : `files/${src.replace(/^\/+/, "")}`;
}

function image(self, dom) {
  const native = h("img", { className: "sim-native", alt: "" });
  self.native = native;
  dom.append(native);
  native.addEventListener("load", () => self.tell("load", { width: native.naturalWidth, height: native.naturalHeight }));
  native.addEventListener("error", () => self.data.src && self.tell("error", { errMsg: "GET image fail" }));
}

function redrawn(self, dom, name) {
  const { native, data } = self;
  if (!native) return;
  if (name === "src") data.src ? (native.src = address(data.src)) : native.removeAttribute("src");
  if (name === "mode") {
    dom.setAttribute("mode", data.mode);
    native.style.objectFit = FITS[data.mode] ?? "none";
  }
}

function canvas(_self, dom) {
  const native = h("canvas", { className: "sim-native" });
  dom.append(native);
  native.createImage = () => new Image();
  native.requestAnimationFrame = (work) => requestAnimationFrame(work);
  native.cancelAnimationFrame = (id) => cancelAnimationFrame(id);
}

function progressed(self, dom) {
  const bar = dom.querySelector(".sim-bar");
  if (!bar) return;
  bar.style.width = `${Math.min(100, Math.max(0, self.data.percent))}%`;
  bar.style.background = self.data.activeColor || self.data.color || "";
  dom.style.height = `${self.data.strokeWidth}px`;
}

function rich(self, dom) {
  const { nodes } = self.data;
  dom.replaceChildren();
  if (typeof nodes === "string") {
    const read = new DOMParser().parseFromString(nodes, "text/html");
    dom.append(...[...read.body.childNodes].map(cleaned));
  } else if (Array.isArray(nodes)) dom.append(...nodes.map(fromNode));
}

/** Tags WeChat shows, without any attribute. */
function cleaned(node) {
  if (node.nodeType === Node.TEXT_NODE) return document.createTextNode(node.textContent);
  const name = node.nodeName.toLowerCase();
  return h(RICH.has(name) ? name : "span", {}, ...[...node.childNodes].map(cleaned));
}

function fromNode(node) {
  if (node.type === "text") return document.createTextNode(node.text ?? "");
  return h(RICH.has(node.name) ? node.name : "span", {}, ...(node.children ?? []).map(fromNode));
}
