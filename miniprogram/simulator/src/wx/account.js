/** Who the person is and what they allow: login, phone, subscriptions, privacy. All answered by the local WeChat. */
import * as bridge from "../bridge.js";
import { t } from "../device.js";
import { ask, subscribeDialog } from "../frame/dialogs.js";
import { log } from "../frame/log.js";
import { device } from "../device.js";
import { asTap, tapping } from "../runtime/gestures.js";
import { call, Refused } from "./calls.js";

const AGREED = () => `phone-privacy:${device.who}`;
let needed = null;
const waiting = new Set();

function offlineRefused() {
  if (!device.online) throw new Refused("net::ERR_INTERNET_DISCONNECTED", { errno: 600001 });
}

async function login() {
  offlineRefused();
  const { code } = await bridge.loginCode();
  return { code };
}

const MOST_TEMPLATES = 3;

/** Refused unless a finger tapped just now: WeChat's rule, and the reason why ids must be there beforehand. */
function requestSubscribeMessage({ tmplIds }) {
  if (!tapping()) {
    log(t("requestSubscribeMessage 不在点击中调用：被拒绝", "requestSubscribeMessage outside a tap: refused"), "bad");
    throw new Refused("can only be invoked by user TAP gesture.");
  }
  if (!Array.isArray(tmplIds) || tmplIds.length === 0) throw new Refused("invalid parameter", { errCode: 10001 });
  if (tmplIds.length > MOST_TEMPLATES) throw new Refused("Templates count out of max bounds", { errCode: 20003 });
  offlineRefused();
  return answered([...new Set(tmplIds)]);
}

async function answered(ids) {
  const known = await bridge.templates();
  const missing = ids.filter((id) => !known.some((template) => template.id === id));
  if (missing.length > 0) throw new Refused(`No template data return, verify the template id exist: ${missing.join()}`, { errCode: 20001 });
  const answers = await subscribeDialog(ids.map((id) => known.find((template) => template.id === id)));
  const { result } = await bridge.subscribe(answers);
  return result;
}

/** The event a getPhoneNumber button sends. */
export async function phoneNumber() {
  const user = await bridge.person();
  const shown = `${user.phone.slice(0, 3)}****${user.phone.slice(-4)}`;
  const { yes } = await ask({ title: t("申请获取并验证你的手机号", "asks for your phone number"), text: shown, yes: t("允许", "Allow"), no: t("不允许", "Refuse") });
  if (!yes) return { errMsg: "getPhoneNumber:fail user deny" };
  const { code } = await bridge.phoneCode();
  return { errMsg: "getPhoneNumber:ok", code };
}

/** A button with open-type agreePrivacyAuthorization was pressed. */
export function agreePrivacy() {
  localStorage.setItem(AGREED(), "1");
  settle({ event: "agree" });
}

function settle({ event }) {
  if (event === "exposureAuthorization") return;
  if (event === "agree") localStorage.setItem(AGREED(), "1");
  for (const done of waiting) done(event === "agree");
  waiting.clear();
}

function requirePrivacy() {
  if (localStorage.getItem(AGREED())) return undefined;
  const asked = new Promise((resolve, reject) => waiting.add((agreed) => (agreed ? resolve(undefined) : reject(new Refused("privacy permission is not authorized", { errno: 104 })))));
  if (needed) needed(settle, { referrer: "requirePrivacyAuthorize" });
  else ask({ title: t("隐私保护提示", "Privacy"), text: t("使用前请阅读并同意隐私保护指引。", "Please read and agree to the privacy guide first."), yes: t("同意", "Agree"), no: t("拒绝", "Refuse") }).then(({ yes }) => asTap(() => settle({ event: yes ? "agree" : "disagree" })));
  return asked;
}

async function getSetting({ withSubscriptions } = {}) {
  return { authSetting: {}, ...(withSubscriptions ? { subscriptionsSetting: { mainSwitch: true, itemSettings: {} } } : {}) };
}

export const account = {
  login: call("login", login),
  checkSession: call("checkSession", () => ({})),
  requestSubscribeMessage: call("requestSubscribeMessage", requestSubscribeMessage),
  getSetting: call("getSetting", getSetting),
  openSetting: call("openSetting", () => ({ authSetting: {} })),
  getPrivacySetting: call("getPrivacySetting", () => ({ needAuthorization: !localStorage.getItem(AGREED()), privacyContractName: t("《回头小程序隐私保护指引》", "Huitou privacy guide") })),
  requirePrivacyAuthorize: call("requirePrivacyAuthorize", requirePrivacy),
  onNeedPrivacyAuthorization: (tell) => void (needed = tell),
  openPrivacyContract: call("openPrivacyContract", async () => void (await ask({ title: t("隐私保护指引", "Privacy guide"), text: t("正式版在这里打开微信托管的隐私保护指引。", "On a phone WeChat shows its own copy of the privacy guide here."), yes: t("知道了", "Close") }))),
  authorize: call("authorize", () => ({})),
};
