/**
 * The phone itself: whose it is, its clock, theme, language, network. Kept per browser; the address may set it:
 * ?who=&theme=&lang=&font=&clock=&offline=1&page=
 */
const KEPT = "phone-frame";
const DEFAULTS = { who: "小雨", theme: "light", language: "zh_CN", fontSize: 16, clockOffsetSeconds: 0, online: true, brightness: 0.6, keepScreenOn: false };
const listeners = new Set();

/** @returns {Partial<typeof DEFAULTS>} */
function fromAddress() {
  const query = new URLSearchParams(location.search);
  const given = {};
  if (query.get("who")) given.who = query.get("who").slice(0, 40);
  if (["light", "dark"].includes(query.get("theme"))) given.theme = query.get("theme");
  if (query.get("lang")) given.language = query.get("lang").startsWith("en") ? "en" : "zh_CN";
  if (Number(query.get("font"))) given.fontSize = Number(query.get("font"));
  if (query.has("clock")) given.clockOffsetSeconds = Number(query.get("clock")) || 0;
  if (query.has("offline")) given.online = query.get("offline") !== "1";
  return given;
}

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "{}");
  } catch {
    return {};
  }
}

export const device = { ...DEFAULTS, ...kept(), ...fromAddress() };

/** Change one thing and tell everybody who listens. */
export function change(name, value) {
  const before = device[name];
  device[name] = value;
  const { brightness: _b, keepScreenOn: _k, ...lasting } = device;
  localStorage.setItem(KEPT, JSON.stringify(lasting));
  if (before !== value) for (const tell of listeners) tell(name, value);
}

/** `tell(name, value)` after each change; returns how to stop. */
export function listen(tell) {
  listeners.add(tell);
  return () => listeners.delete(tell);
}

/** Start the phone anew with what was changed, as WeChat does when its language or font changes. */
export function restart(changes = {}) {
  for (const [name, value] of Object.entries(changes)) change(name, value);
  location.assign(location.pathname);
}

/** The frame's own texts. */
export const t = (zh, en) => (device.language === "en" ? en : zh);

/** The phone's clock, in milliseconds. */
export const now = () => Date.now() + device.clockOffsetSeconds * 1000;

/** What the mini-program's scripts know as Date. */
export class PhoneDate extends Date {
  constructor(...given) {
    if (given.length === 0) super(now());
    else super(...given);
  }

  static now() {
    return now();
  }
}
