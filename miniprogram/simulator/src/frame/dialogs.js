/** What WeChat lays over a page: toast, loading, dialogs, sheets, the permission pop-up, a scanner. */
import { h, one } from "../dom.js";
import { t } from "../device.js";
import { asTap } from "../runtime/gestures.js";

const layer = () => one(".sim-overlay");

/** Show `box` until `settle` was called; its answer is handed on. */
function over(make, kind = "") {
  return new Promise((resolve) => {
    const cover = h("div", { className: `sim-cover ${kind}` });
    cover.append(make((answer) => {
      cover.remove();
      resolve(answer);
    }));
    layer().append(cover);
    cover.querySelector("input, button")?.focus({ preventScroll: true });
  });
}

const button = (text, onclick, className = "") => h("button", { type: "button", className, onclick, text });

/** @returns {Promise<{yes: boolean, text: string}>} */
export function ask({ title, text, yes, no, input }) {
  return over((settle) => {
    const field = input && h("input", { placeholder: input.placeholder ?? "", value: input.value ?? "" });
    const done = (answer) => asTap(() => settle({ yes: answer, text: field?.value ?? "" }));
    return h("div", { className: "sim-dialog", role: "dialog", "aria-modal": "true", "aria-label": title || text },
      title ? h("h2", { text: title }) : null,
      input ? field : h("p", { text }),
      h("footer", {}, no ? button(no, () => done(false), "no") : null, button(yes, () => done(true), "yes")));
  });
}

/** @returns {Promise<number | null>} */
export function sheet(items, title) {
  return over((settle) =>
    h("div", { className: "sim-sheet", role: "dialog", "aria-modal": "true", "aria-label": title || t("请选择", "Choose") },
      title ? h("p", { text: title }) : null,
      ...items.map((item, index) => button(item, () => settle(index))),
      button(t("取消", "Cancel"), () => settle(null), "no")), "low");
}

const PICKERS = { date: "date", time: "time" };

/** @returns {Promise<any>} */
export function pickerDialog({ mode, value, start, end, fields, range, rangeKey }) {
  return over((settle) => {
    const columns = mode === "multiSelector" ? range.map((column, index) => select(column, rangeKey, value?.[index] ?? 0)) : [];
    const type = mode === "date" && fields === "month" ? "month" : PICKERS[mode];
    const field = columns.length > 0 ? null : h("input", { type: fields === "year" ? "number" : (type ?? "text"), value: value ?? "", min: start || undefined, max: end || undefined, "aria-label": t("选择", "Choose") });
    const read = () => (field ? field.value || null : columns.map((column) => column.selectedIndex));
    return h("div", { className: "sim-sheet sim-picker", role: "dialog", "aria-modal": "true" }, field ?? h("div", {}, ...columns),
      h("footer", {}, button(t("取消", "Cancel"), () => settle(null), "no"), button(t("确定", "OK"), () => settle(read()), "yes")));
  }, "low");
}

const select = (items, key, chosen) => h("select", {}, ...items.map((item, index) => h("option", { text: String(key ? item[key] : item), selected: index === chosen })));

/** WeChat's pop-up for subscribe messages. @returns {Promise<Record<string, "accept" | "reject">>} */
export function subscribeDialog(templates) {
  return over((settle) => {
    const boxes = templates.map((template) => h("input", { type: "checkbox", checked: true, value: template.id }));
    const answer = (allow) => settle(Object.fromEntries(boxes.map((box) => [box.value, allow && box.checked ? "accept" : "reject"])));
    return h("div", { className: "sim-sheet sim-subscribe", role: "dialog", "aria-modal": "true", "aria-label": t("订阅消息", "Subscribe to messages") },
      h("h2", { text: t("申请发送一次以下消息", "asks to send you one of each") }),
      ...templates.map((template, index) => h("label", {}, boxes[index], ` ${template.title}`)),
      h("footer", {}, button(t("取消", "Cancel"), () => answer(false), "no"), button(t("允许", "Allow"), () => answer(true), "yes")));
  }, "low");
}

/** A code typed, pasted, scanned by a gun, or read by the camera where the browser can. */
export function scanDialog() {
  return over((settle) => {
    const field = h("input", { inputMode: "numeric", placeholder: t("用扫码枪扫、粘贴或输入", "scan with a gun, paste or type"), "aria-label": t("扫到的内容", "What was scanned") });
    const done = () => field.value.trim() && settle(field.value.trim());
    field.addEventListener("keydown", (event) => event.key === "Enter" && done());
    return h("div", { className: "sim-dialog sim-scan", role: "dialog", "aria-modal": "true", "aria-label": t("扫一扫", "Scan") },
      h("h2", { text: t("扫一扫", "Scan") }), camera(settle), field,
      h("footer", {}, button(t("取消", "Cancel"), () => settle(null), "no"), button(t("确定", "OK"), done, "yes")));
  });
}

/** Nothing where BarcodeDetector or a camera is missing. */
function camera(settle) {
  if (!("BarcodeDetector" in globalThis) || !navigator.mediaDevices) return null;
  const video = h("video", { muted: true, playsInline: true });
  return h("div", {}, video, button(t("打开相机", "Open the camera"), async (event) => {
    event.target.remove();
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    video.srcObject = stream;
    await video.play();
    const found = await watch(video);
    for (const track of stream.getTracks()) track.stop();
    if (found) settle(found);
  }));
}

async function watch(video) {
  const detector = new globalThis.BarcodeDetector({ formats: ["qr_code", "code_128"] });
  while (video.isConnected) {
    const [found] = await detector.detect(video).catch(() => []);
    if (found) return found.rawValue;
    await new Promise((next) => setTimeout(next, 200));
  }
  return null;
}

let fading;
const MARKS = { success: "✓", error: "×", loading: "⋯" };

/** @param {{title: string, icon: string, duration: number, mask?: boolean} | null} what */
export function toast(what) {
  clearTimeout(fading);
  one(".sim-toast")?.remove();
  if (!what) return;
  const mark = MARKS[what.icon];
  layer().append(h("div", { className: `sim-toast${mark ? " has-mark" : ""}`, role: "status" }, mark ? h("b", { text: mark }) : null, h("span", { text: what.title })));
  if (what.duration) fading = setTimeout(() => toast(null), what.duration);
}

export const loading = (what) => toast(what && { ...what, icon: "loading", duration: 0 });
