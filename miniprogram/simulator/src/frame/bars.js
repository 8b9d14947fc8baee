/** The bars WeChat draws around a page. */
import { device, t } from "../device.js";
import { h, one } from "../dom.js";
import { phone } from "../phone.js";
import { firstPage, isTab, tabBar, themed } from "../runtime/theme.js";

export function drawBars() {
  const page = phone.router.top;
  if (!page) return;
  one(".sim-network").textContent = device.online ? "●●●● Wi-Fi" : t("无网络", "no network");
  drawTop(page, themed(page.window));
  drawTabs(page, tabBar());
}

function drawTop(page, look) {
  const bar = one(".sim-nav");
  bar.hidden = look.navigationStyle === "custom";
  const dark = look.navigationBarTextStyle !== "white";
  for (const node of [bar, one(".sim-status")]) {
    node.style.background = look.navigationBarBackgroundColor;
    node.style.color = dark ? "#000" : "#fff";
  }
  one(".sim-pages").style.background = look.backgroundColor ?? "";
  const back = phone.router.stack.length > 1 && h("button", { className: "sim-back", type: "button", "aria-label": t("返回", "Back"), text: "‹", onclick: () => phone.router.navigateBack() });
  const home = !back && !isTab(page.route) && page.route !== firstPage() && h("button", { className: "sim-back", type: "button", "aria-label": t("首页", "Home"), text: "⌂", onclick: () => phone.router.home() });
  bar.replaceChildren(...[back || home || h("span"), h("b", { className: "sim-title", text: `${look.loading ? "… " : ""}${look.navigationBarTitleText}` }), capsule(page)].filter(Boolean));
}

const capsule = (page) => h("span", { className: "sim-capsule" },
  h("button", { type: "button", "aria-label": t("更多", "More"), text: "⋯", onclick: () => phone.share(null, {}, page) }),
  h("button", { type: "button", "aria-label": t("离开小程序", "Leave"), text: "◎", onclick: () => phone.showChat?.() }));

function drawTabs(page, bar) {
  const nav = one(".sim-tabs");
  nav.hidden = !bar || !isTab(page.route);
  if (nav.hidden) return;
  const look = themed(bar);
  nav.style.background = look.backgroundColor ?? "";
  nav.replaceChildren(...bar.list.map((item, index) => tab(item, index, page, look)));
}

function tab(given, index, page, look) {
  const item = themed(given);
  const here = item.pagePath === page.route;
  const icon = here ? (item.selectedIconPath ?? item.iconPath) : item.iconPath;
  const badge = phone.badges.get(index);
  const button = h("button", { type: "button", className: here ? "is-here" : "", "aria-current": here ? "page" : undefined, onclick: () => phone.router.switchTab({ url: `/${item.pagePath}` }) },
    icon ? h("img", { src: `files/${icon.replace(/^\//, "")}`, alt: "" }) : null,
    h("span", { text: phone.tabTexts.get(index) ?? item.text }),
    badge ? h("i", { text: badge }) : null);
  button.style.color = here ? look.selectedColor : look.color;
  return button;
}
