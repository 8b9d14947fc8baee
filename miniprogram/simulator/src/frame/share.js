/** Sharing: what a friend would get, and a way to be that friend. */
import { t } from "../device.js";
import { phone } from "../phone.js";
import { ask } from "./dialogs.js";
import { log } from "./log.js";

/** @param {DOMStringMap | null} _dom @param {Record<string, any>} dataset of the button that was pressed */
export async function openShare(_dom, dataset = {}) {
  const page = phone.router.top;
  const from = _dom === null ? "menu" : "button";
  if (typeof page.instance.onShareAppMessage !== "function") return void log(t("此页面不可分享", "this page is not shared"));
  const told = page.call("onShareAppMessage", { from, target: { dataset } }) ?? {};
  const shared = told.promise ? await told.promise : told;
  const path = shared.path ?? `/${page.route}`;
  const { yes, text } = await ask({ title: `${t("发送给朋友", "Send to a friend")}: ${shared.title ?? ""}`, yes: t("以朋友身份打开", "Open as the friend"), no: t("关闭", "Close"), input: { value: t("小明", "Ming"), placeholder: t("朋友的名字", "the friend's name") } });
  log(`${t("分享", "shared")} ${path}`);
  if (yes && text) window.open(`?${new URLSearchParams({ who: text, page: path })}`, "_blank", "noopener");
}
