/** Toasts, dialogs, sheets, navigation and tab bars, scanning, sharing. */
import { t } from "../device.js";
import { ask, loading, scanDialog, sheet, toast } from "../frame/dialogs.js";
import { log } from "../frame/log.js";
import { phone } from "../phone.js";
import { call, Refused } from "./calls.js";

async function showModal({ title = "", content = "", showCancel = true, cancelText, confirmText, editable = false, placeholderText = "" }) {
  const { yes, text } = await ask({ title, text: content, yes: confirmText || t("确定", "OK"), no: showCancel ? cancelText || t("取消", "Cancel") : undefined, input: editable ? { placeholder: placeholderText, value: content } : undefined });
  return { confirm: yes, cancel: !yes, content: editable && yes ? text : null };
}

async function showActionSheet({ itemList, alertText }) {
  const tapIndex = await sheet(itemList, alertText);
  if (tapIndex === null) throw new Refused("cancel");
  return { tapIndex };
}

async function scanCode() {
  const result = await scanDialog();
  if (!result) throw new Refused("cancel");
  return { result, scanType: /^\d{16,}$/.test(result) ? "CODE_128" : "QR_CODE", charSet: "UTF-8", path: "" };
}

const bar = (name, apply) => call(name, (options) => void (apply(options), phone.draw()));

function badges(index, value) {
  phone.badges.set(index, value);
  phone.draw();
}

export const surface = {
  showToast: call("showToast", ({ title, icon = "success", duration = 1500, mask }) => toast({ title, icon, duration, mask })),
  hideToast: call("hideToast", () => toast(null)),
  showLoading: call("showLoading", ({ title = "", mask }) => loading({ title, mask })),
  hideLoading: call("hideLoading", () => loading(null)),
  showModal: call("showModal", showModal),
  showActionSheet: call("showActionSheet", showActionSheet),
  scanCode: call("scanCode", scanCode),
  setNavigationBarTitle: bar("setNavigationBarTitle", ({ title }) => (phone.router.top.window.navigationBarTitleText = title)),
  setNavigationBarColor: bar("setNavigationBarColor", ({ frontColor, backgroundColor }) => Object.assign(phone.router.top.window, { navigationBarTextStyle: frontColor === "#ffffff" ? "white" : "black", navigationBarBackgroundColor: backgroundColor })),
  showNavigationBarLoading: bar("showNavigationBarLoading", () => (phone.router.top.window.loading = true)),
  hideNavigationBarLoading: bar("hideNavigationBarLoading", () => (phone.router.top.window.loading = false)),
  setBackgroundColor: call("setBackgroundColor", () => ({})),
  setBackgroundTextStyle: call("setBackgroundTextStyle", () => ({})),
  setTabBarBadge: call("setTabBarBadge", ({ index, text }) => badges(index, text)),
  removeTabBarBadge: call("removeTabBarBadge", ({ index }) => badges(index, "")),
  showTabBarRedDot: call("showTabBarRedDot", ({ index }) => badges(index, "•")),
  hideTabBarRedDot: call("hideTabBarRedDot", ({ index }) => badges(index, "")),
  setTabBarItem: call("setTabBarItem", ({ index, text }) => {
    phone.tabTexts.set(index, text);
    phone.draw();
  }),
  setTabBarStyle: call("setTabBarStyle", () => ({})),
  showShareMenu: call("showShareMenu", () => ({})),
  hideShareMenu: call("hideShareMenu", () => ({})),
  updateShareMenu: call("updateShareMenu", () => ({})),
  startPullDownRefresh: call("startPullDownRefresh", () => phone.pull()),
  stopPullDownRefresh: call("stopPullDownRefresh", () => phone.stopPull()),
  pageScrollTo: call("pageScrollTo", ({ scrollTop, selector }) => {
    const { scroller, body } = phone.router.top;
    if (selector) body.querySelector(selector)?.scrollIntoView();
    else scroller.scrollTop = scrollTop;
  }),
  previewImage: call("previewImage", ({ current, urls }) => log(`previewImage ${current ?? urls[0]}`)),
  saveImageToPhotosAlbum: call("saveImageToPhotosAlbum", ({ filePath }) => log(`saveImageToPhotosAlbum ${filePath}`)),
  openDocument: call("openDocument", ({ filePath }) => (log(`openDocument ${filePath}`), toast({ title: t("文件已打开", "File opened"), icon: "none", duration: 1500 }))),
  shareFileMessage: call("shareFileMessage", ({ fileName }) => (log(`shareFileMessage ${fileName}`), toast({ title: t("文件已发送", "File sent"), icon: "none", duration: 1500 }))),
  enableAlertBeforeUnload: call("enableAlertBeforeUnload", () => ({})),
  disableAlertBeforeUnload: call("disableAlertBeforeUnload", () => ({})),
  canIUse: () => true,
  getLaunchOptionsSync: () => phone.launched,
  getEnterOptionsSync: () => phone.launched,
  env: { USER_DATA_PATH: "wxfile://usr" },
};
