/** The wx object. What is not here says so when it is called. */
import { phone } from "../phone.js";
import { queryIn } from "../runtime/selector.js";
import { account } from "./account.js";
import { call, source } from "./calls.js";
import { fileSystem } from "./files.js";
import { surface } from "./interface.js";
import { download, request } from "./request.js";
import { storage } from "./storage.js";
import { system } from "./system.js";

export const appShown = source();
export const appHidden = source();
export const appFailed = source();
const quiet = source();

const routes = Object.fromEntries(["navigateTo", "redirectTo", "switchTab", "reLaunch", "navigateBack"].map((name) => [name, call(name, (options) => phone.router[name](options))]));

const known = {
  ...storage,
  ...system,
  ...account,
  ...surface,
  ...fileSystem,
  ...routes,
  request,
  downloadFile: call("downloadFile", download),
  createSelectorQuery: () => queryIn(phone.router.top.root._exparserNode),
  onAppShow: appShown.on,
  offAppShow: appShown.off,
  onAppHide: appHidden.on,
  offAppHide: appHidden.off,
  onError: appFailed.on,
  offError: appFailed.off,
  onUnhandledRejection: quiet.on,
  offUnhandledRejection: quiet.off,
  onPageNotFound: quiet.on,
};

export const wx = new Proxy(known, {
  get(target, name) {
    if (name in target || typeof name !== "string") return target[name];
    console.error(`wx.${name} is not in the phone frame`);
    return undefined;
  },
});
