/** The phone frame: what the mini-program's scripts find when they run, and how it starts. */
import { change, device, listen, PhoneDate, t } from "./device.js";
import { one } from "./dom.js";
import { drawBars } from "./frame/bars.js";
import { beginChat } from "./frame/chat.js";
import { log } from "./frame/log.js";
import { beginPanel } from "./frame/panel.js";
import { buildFrame } from "./frame/shell.js";
import { openShare } from "./frame/share.js";
import { phone } from "./phone.js";
import { app, globals, load, prepare } from "./runtime/definitions.js";
import { follow } from "./runtime/gestures.js";
import { Router } from "./runtime/router.js";
import { firstPage, useManifest } from "./runtime/theme.js";
import { boxes } from "./tags/boxes.js";
import { fields } from "./tags/fields.js";
import { pictures } from "./tags/pictures.js";
import { appFailed, appHidden, appShown, wx } from "./wx/index.js";

const MINI_PROGRAM_LINK = 1001; // scene: opened from the list of mini-programs
const SERVICE_MESSAGE = 1014; // scene: opened from a subscribe message

Object.assign(globalThis, globals, { wx, simulatorDate: PhoneDate, getCurrentPages: () => phone.router.stack.map((page) => page.instance) });

addEventListener("error", (event) => failed(event.message));
addEventListener("unhandledrejection", (event) => failed(event.reason?.errMsg ?? event.reason?.message ?? String(event.reason)));

function failed(text) {
  log(text, "bad");
  appFailed.tell(text);
}

function applyDevice() {
  const root = document.documentElement;
  root.dataset.theme = device.theme;
  root.lang = device.language === "en" ? "en" : "zh-CN";
  const dim = one(".sim-dim");
  dim.style.opacity = String(Math.min(0.5, Math.max(0, 0.6 - device.brightness)));
  one(".sim-phone").dataset.brightness = String(device.brightness);
}

function refreshing() {
  const page = phone.router.top;
  if (!page?.window.enablePullDownRefresh) return;
  one(".sim-pull").classList.add("is-on");
  page.call("onPullDownRefresh");
}

/** The mini-program opens at `url`: the first time, or from a message. */
function open(url, scene) {
  const { route, query } = phone.router.parse(url);
  phone.launched = { path: route, query, scene, referrerInfo: {}, shareTicket: "" };
  appear();
  phone.router.reLaunch({ url });
}

function appear() {
  if (phone.visible) return;
  phone.visible = true;
  app.instance.onShow?.(phone.launched);
  appShown.tell(phone.launched);
}

function leave() {
  if (!phone.visible) return;
  phone.visible = false;
  phone.router.top?.hide();
  app.instance.onHide?.();
  appHidden.tell();
}

function comeBack() {
  appear();
  phone.router.top?.show();
}

function start(manifest) {
  useManifest(manifest);
  boxes();
  fields();
  pictures();
  prepare(manifest.units);
  const router = new Router(manifest.units);
  Object.assign(phone, { router, manifest, draw: drawBars, pull: refreshing, stopPull: () => one(".sim-pull").classList.remove("is-on"), share: openShare, open: (url) => open(url, SERVICE_MESSAGE), leave, comeBack });
  buildFrame();
  router.begin(one(".sim-pages"));
  router.changed = drawBars;
  follow(one(".sim-pages"), refreshing);
  listen((name) => (applyDevice(), name === "theme" && drawBars()));
  applyDevice();
  beginPanel();
  beginChat();
  launch(router);
}

function launch(router) {
  const asked = new URLSearchParams(location.search).get("page") ?? firstPage();
  const url = asked.startsWith("/") ? asked : `/${asked}`;
  const { route, query } = router.parse(url);
  phone.launched = { path: route, query, scene: MINI_PROGRAM_LINK, referrerInfo: {}, shareTicket: "" };
  app.instance = { globalData: {}, ...app.definition };
  app.instance.onLaunch?.(phone.launched);
  appear();
  router.reLaunch({ url });
  one(".sim-phone").dataset.state = "running";
}

globalThis.simulator = {
  load,
  start: (manifest) => {
    try {
      start(manifest);
    } catch (problem) {
      console.error(problem);
      one("#phone-frame").append(`${t("无法启动", "Could not start")}: ${problem.message}`);
    }
  },
  change,
};
