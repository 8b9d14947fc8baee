/** The phone as its parts know it: the router, the bars' state, and what main.js plugs in. */
import { device } from "./device.js";

export const phone = {
  /** @type {import("./runtime/router.js").Router} */
  router: null,
  badges: new Map(),
  tabTexts: new Map(),
  launched: { path: "", query: {}, scene: 1001, referrerInfo: {} },
  draw: () => {},
  pull: () => {},
  stopPull: () => {},
  share: () => {},
  fontSize: () => device.fontSize,
};
