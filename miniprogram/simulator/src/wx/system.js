/** What the phone says about itself, and its small services: brightness, clipboard, network, buzz. */
import { change, device, listen } from "../device.js";
import { log } from "../frame/log.js";
import { call, Refused, source } from "./calls.js";

const themes = source();
const networks = source();
const ignored = source();
listen((name, value) => {
  if (name === "theme") themes.tell({ theme: value });
  if (name === "online") networks.tell({ isConnected: value, networkType: value ? "wifi" : "none" });
});

function screen() {
  const box = document.querySelector(".sim-phone").getBoundingClientRect();
  const page = document.querySelector(".sim-pages").getBoundingClientRect();
  const [width, height] = [Math.round(box.width), Math.round(box.height)];
  return { pixelRatio: 2, screenWidth: width, screenHeight: height, windowWidth: Math.round(page.width), windowHeight: Math.round(page.height), statusBarHeight: 32, safeArea: { left: 0, right: width, top: 32, bottom: height - 16, width, height: height - 48 }, screenTop: Math.round(page.top - box.top) };
}

const base = () => ({ SDKVersion: "3.5.8", enableDebug: false, host: { appId: "" }, language: device.language, version: "8.0.50", theme: device.theme, fontSizeSetting: device.fontSize, fontSizeScaleFactor: device.fontSize / 16, mode: "default" });
const machine = () => ({ abi: "arm64", deviceAbi: "arm64", benchmarkLevel: 40, brand: "Huitou", model: "phone frame", system: "frame 1", platform: "devtools", cpuType: "frame", memorySize: 4096 });
const setting = () => ({ bluetoothEnabled: false, locationEnabled: true, wifiEnabled: device.online, deviceOrientation: "portrait" });
const all = () => ({ ...base(), ...machine(), ...screen(), ...setting(), errMsg: "getSystemInfo:ok" });

async function copy({ data }) {
  if (typeof data !== "string") throw new Refused("parameter error: parameter.data should be String");
  clipboard = data;
  await navigator.clipboard?.writeText(data).catch(() => {});
  document.querySelector(".sim-phone").dataset.clipboard = data;
}
let clipboard = "";

function random({ length }) {
  const bytes = new Uint8Array(length);
  crypto.getRandomValues(bytes);
  return { randomValues: bytes.buffer };
}

export const system = {
  getSystemInfoSync: all,
  getSystemInfo: call("getSystemInfo", all),
  getSystemInfoAsync: call("getSystemInfoAsync", all),
  getAppBaseInfo: base,
  getDeviceInfo: machine,
  getWindowInfo: screen,
  getSystemSetting: setting,
  getAppAuthorizeSetting: () => ({ cameraAuthorized: "authorized", locationAuthorized: "authorized", notificationAuthorized: "authorized", phoneCalendarAuthorized: "not determined" }),
  getExtConfigSync: () => ({}),
  getExtConfig: call("getExtConfig", () => ({ extConfig: {} })),
  getAccountInfoSync: () => ({ miniProgram: { appId: "wxhuitoudemo000001", envVersion: "develop", version: "" } }),
  getMenuButtonBoundingClientRect: () => ({ width: 87, height: 32, top: 38, right: screen().screenWidth - 8, bottom: 70, left: screen().screenWidth - 95 }),
  getLocale: () => device.language,
  onThemeChange: themes.on,
  offThemeChange: themes.off,
  onNetworkStatusChange: networks.on,
  offNetworkStatusChange: networks.off,
  getNetworkType: call("getNetworkType", () => ({ networkType: device.online ? "wifi" : "none", isConnected: device.online })),
  setScreenBrightness: call("setScreenBrightness", ({ value }) => {
    if (typeof value !== "number" || (value !== -1 && (value < 0 || value > 1))) throw new Refused("invalid value");
    change("brightness", value === -1 ? 0.6 : value);
  }),
  getScreenBrightness: call("getScreenBrightness", () => ({ value: device.brightness })),
  setKeepScreenOn: call("setKeepScreenOn", ({ keepScreenOn }) => change("keepScreenOn", Boolean(keepScreenOn))),
  setClipboardData: call("setClipboardData", copy),
  getClipboardData: call("getClipboardData", () => ({ data: clipboard })),
  getRandomValues: call("getRandomValues", random),
  vibrateShort: call("vibrateShort", () => log("vibrateShort")),
  vibrateLong: call("vibrateLong", () => log("vibrateLong")),
  setVisualEffectOnCapture: call("setVisualEffectOnCapture", ({ visualEffect }) => log(`setVisualEffectOnCapture ${visualEffect}`)),
  onUserCaptureScreen: ignored.on,
  offUserCaptureScreen: ignored.off,
  onMemoryWarning: ignored.on,
  onWindowResize: ignored.on,
  offWindowResize: ignored.off,
  makePhoneCall: call("makePhoneCall", ({ phoneNumber }) => log(`makePhoneCall ${phoneNumber}`)),
  openLocation: call("openLocation", ({ name = "", latitude, longitude }) => log(`openLocation ${name} ${latitude},${longitude}`)),
  getUpdateManager: () => ({ onCheckForUpdate() {}, onUpdateReady() {}, onUpdateFailed() {}, applyUpdate() {} }),
  reportEvent: (name, data) => log(`reportEvent ${name} ${JSON.stringify(data ?? {})}`),
  getLogManager: () => logger,
  getRealtimeLogManager: () => logger,
  base64ToArrayBuffer: (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)).buffer,
  arrayBufferToBase64: (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))),
  nextTick: (work) => setTimeout(work, 0),
};

const logger = { info: console.info, warn: console.warn, error: console.error, debug: console.debug, log: console.log, setFilterMsg() {}, addFilterMsg() {} };
