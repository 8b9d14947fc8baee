/** The side panel: whose phone it is, and what can be changed about it from outside. */
import * as bridge from "../bridge.js";
import { change, device, listen, restart, t } from "../device.js";
import { h, one } from "../dom.js";
import { phone } from "../phone.js";
import { onLog } from "./log.js";

const FONTS = [["标准", "Normal", 16], ["大", "Large", 20], ["特大", "Largest", 24]];
const FIVE_MINUTES = 300;
let people = [];

export function beginPanel() {
  phone.drawPanel = draw;
  onLog(drawLog);
  listen(draw);
  draw();
  void bridge.person().then((user) => (phone.number = user.phone)).then(bridge.people).then((page) => ((people = page.data), draw())).catch(draw);
}

const row = (label, ...fields) => h("label", {}, h("span", { text: label }), ...fields);
const button = (text, onclick, className = "") => h("button", { type: "button", text, onclick, className });

function choice(label, value, options, chosen) {
  return row(label, h("select", { onchange: (event) => chosen(event.target.value) }, ...options.map(([key, text]) => h("option", { value: key, text, selected: String(key) === String(value) }))));
}

function draw() {
  const panel = one(".sim-panel");
  const unread = phone.unread?.() ?? 0;
  panel.replaceChildren(
    h("h1", { text: t("回头 · 顾客手机", "Huitou · a customer's phone") }),
    h("p", { className: "sim-soft", text: t("仅用于开发：真实的小程序代码，真实的服务器，本地的微信。", "For development: the mini-program's own code, the real server, a local WeChat.") }),
    ...who(),
    h("div", { className: "sim-buttons" },
      button(`${t("聊天", "Chat")}${unread ? ` (${unread})` : ""}`, () => phone.showChat(), "sim-to-chat"),
      button(t("下拉刷新", "Pull to refresh"), () => phone.pull()),
      button(t("重新启动", "Start again"), () => restart())),
    ...looks(),
    ...faults(),
    h("h2", { text: t("手机记录", "What the phone did") }),
    h("ol", { className: "sim-log" }));
}

function who() {
  const names = [...new Set([device.who, ...people.map((one_) => one_.name)])].slice(0, 50);
  const options = [...names.map((name) => [name, name]), ["", t("新的顾客…", "somebody new…")]];
  const chosen = (name) => {
    const found = name || prompt(t("顾客的名字", "The customer's name"))?.trim();
    if (found) restart({ who: found.slice(0, 40) });
    else draw();
  };
  const number = h("input", { value: phone.number ?? "", inputMode: "numeric", onchange: (event) => bridge.setPhone(event.target.value.replace(/\D/g, "")).then((user) => (phone.number = user.phone)) });
  return [choice(t("这是谁的手机", "Whose phone"), device.who, options, chosen), row(t("手机号", "Phone number"), number)];
}

function looks() {
  return [
    choice(t("外观", "Theme"), device.theme, [["light", t("浅色", "Light")], ["dark", t("深色", "Dark")]], (value) => change("theme", value)),
    choice(t("语言", "Language"), device.language, [["zh_CN", "简体中文"], ["en", "English"]], (value) => restart({ language: value })),
    choice(t("字体", "Font size"), device.fontSize, FONTS.map(([zh, en, size]) => [size, t(zh, en)]), (value) => restart({ fontSize: Number(value) })),
  ];
}

function faults() {
  const offline = h("input", { type: "checkbox", checked: !device.online, onchange: (event) => (change("online", !event.target.checked), phone.draw()) });
  const clock = h("input", { type: "number", step: "1", value: device.clockOffsetSeconds, onchange: (event) => change("clockOffsetSeconds", Math.trunc(Number(event.target.value)) || 0) });
  const shift = (seconds) => button(seconds === 0 ? "0" : `${seconds > 0 ? "+" : "−"}5 ${t("分", "min")}`, () => change("clockOffsetSeconds", seconds));
  return [
    row(t("断网", "Offline"), offline),
    row(t("手机时钟偏差(秒)", "Clock is off by (s)"), clock),
    h("div", { className: "sim-buttons" }, shift(-FIVE_MINUTES), shift(0), shift(FIVE_MINUTES)),
    row(t("屏幕亮度", "Brightness"), h("output", { text: `${Math.round(device.brightness * 100)} %${device.keepScreenOn ? ` · ${t("常亮", "kept on")}` : ""}` })),
  ];
}

function drawLog(lines) {
  one(".sim-log")?.replaceChildren(...lines.map((line) => h("li", { className: line.kind, text: line.text })));
}
