/** The phone's line to the local WeChat. The server behind it holds the sandbox's key; the page never sees it. */
import { device } from "./device.js";

export class BridgeError extends Error {}

async function ask(method, path, body) {
  const response = await fetch(`/bridge/${path}`, {
    method,
    headers: { "Content-Type": "application/json", "X-Phone-Frame": "1" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new BridgeError(answer.error?.message ?? `${response.status}`);
  return answer;
}

/** A telephone number that goes with a name, the same every time. */
function numberOf(name) {
  let sum = 7;
  for (const sign of name) sum = (sum * 31 + sign.codePointAt(0)) % 100_000_000;
  return `138${String(sum).padStart(8, "0")}`;
}

let me;
/** The sandbox's user whose phone this is, made when there is none. */
export function person() {
  me ??= (async () => {
    const found = await ask("POST", "users", { name: device.who });
    return found.phone ? found : ask("POST", "users", { name: device.who, phone: numberOf(device.who) });
  })();
  me.catch(() => (me = undefined));
  return me;
}

export const people = () => ask("GET", "users?limit=100");
export const setPhone = (phone) => ask("POST", "users", { name: device.who, phone });
export const loginCode = async () => (await person(), ask("POST", "login-code", { name: device.who }));
export const phoneCode = async () => (await person(), ask("POST", "phone-code", { name: device.who }));
export const subscribe = async (templates) => (await person(), ask("POST", "subscribe", { name: device.who, templates }));
export const templates = async () => (await ask("GET", "templates")).data;

/** Messages after `cursor`, oldest first, with the templates' words. */
export async function inbox(cursor) {
  const user = await person();
  const [page, known] = await Promise.all([ask("GET", `outbox?openid=${encodeURIComponent(user.openid)}&cursor=${cursor}&limit=200`), templates()]);
  const cards = page.data.map((message) => card(message, known.find((template) => template.id === message.template_id)));
  return { cards, cursor: page.next_cursor };
}

function card(message, template) {
  const names = new Map((template?.keywords ?? []).map((keyword) => [keyword.key, keyword.name]));
  return {
    id: message.msgid,
    at: message.at,
    title: template?.title ?? message.template_id,
    lines: Object.entries(message.data).map(([key, value]) => [names.get(key) ?? key, value]),
    page: message.page,
  };
}
