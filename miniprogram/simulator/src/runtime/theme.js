/** Colours and titles of app.json and the pages, with theme.json's @names filled in. */
import { device } from "../device.js";

let app = {};
let theme = {};
export function useManifest(manifest) {
  app = manifest.app;
  theme = manifest.theme ?? {};
}

const filled = (value) => (typeof value === "string" && value.startsWith("@") ? (theme[device.theme]?.[value.slice(1)] ?? "") : value);

/** @param {Record<string, any>} settings */
export const themed = (settings) => Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, filled(value)]));

/** app.json's `window`, the page's own words over it, unfilled: the theme may change. */
export const windowOf = (json) => ({ navigationBarTitleText: "", navigationBarBackgroundColor: "#000000", navigationBarTextStyle: "white", ...app.window, ...json });

export const tabBar = () => app.tabBar ?? null;
export const isTab = (route) => (app.tabBar?.list ?? []).some((item) => item.pagePath === route);
export const firstPage = () => app.entryPagePath ?? app.pages[0];
