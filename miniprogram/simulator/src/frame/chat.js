/** The chat: messages that reached this person's WeChat, as cards; a tap opens their page in the mini-program. */
import * as bridge from "../bridge.js";
import { device, t } from "../device.js";
import { h, one } from "../dom.js";
import { phone } from "../phone.js";
import { log } from "./log.js";

const POLL_MS = 2000;
const NOTE_MS = 4000;
const cards = [];
let [cursor, unread, first] = [0, 0, true];

export function beginChat() {
  phone.showChat = showChat;
  phone.unread = () => unread;
  void poll();
}

async function poll() {
  try {
    if (device.online) await fetchNew();
  } catch (problem) {
    if (first) log(`${t("收件箱", "inbox")}: ${problem.message}`, "bad");
  }
  setTimeout(poll, POLL_MS);
}

async function fetchNew() {
  const found = await bridge.inbox(cursor);
  cursor = found.cursor ?? cursor;
  for (const card of found.cards) cards.push(card);
  if (!first && found.cards.length > 0) arrived(found.cards);
  if (found.cards.length > 0 || first) draw();
  first = false;
}

function arrived(fresh) {
  if (one(".sim-chat").hidden) unread += fresh.length;
  const note = one(".sim-note");
  note.replaceChildren(h("button", { type: "button", onclick: showChat }, h("b", { text: t("服务通知", "Service messages") }), h("span", { text: fresh.at(-1).title })));
  note.hidden = false;
  setTimeout(() => (note.hidden = true), NOTE_MS);
  phone.drawPanel?.();
}

export function showChat() {
  unread = 0;
  one(".sim-chat").hidden = false;
  one(".sim-note").hidden = true;
  phone.leave();
  draw();
  phone.drawPanel?.();
}

function hideChat() {
  one(".sim-chat").hidden = true;
  phone.comeBack();
  phone.drawPanel?.();
}

function draw() {
  const view = one(".sim-chat");
  const list = cards.map((card) => h("li", {}, h("time", { text: new Date(card.at * 1000).toLocaleString(device.language === "en" ? "en-GB" : "zh-CN", { dateStyle: "medium", timeStyle: "short" }) }), bubble(card)));
  view.replaceChildren(
    h("header", {}, h("button", { type: "button", text: `‹ ${t("小程序", "Mini-program")}`, onclick: hideChat }), h("b", { text: t("服务通知", "Service messages") })),
    list.length > 0 ? h("ol", {}, ...list) : h("p", { text: t("还没有消息。授权订阅后，商家发出的消息会出现在这里。", "No messages yet. Once you allow some, what the shop sends appears here.") }));
  view.querySelector("li:last-child")?.scrollIntoView();
}

function bubble(card) {
  const lines = card.lines.flatMap(([name, value]) => [h("dt", { text: name }), h("dd", { text: value })]);
  const inside = [h("h2", { text: card.title }), h("dl", {}, ...lines)];
  if (!card.page) return h("article", { className: "sim-card" }, ...inside);
  return h("button", { type: "button", className: "sim-card", onclick: () => openPage(card.page) }, ...inside, h("span", { className: "sim-more", text: t("进入小程序查看 ›", "Open the mini-program ›") }));
}

function openPage(page) {
  one(".sim-chat").hidden = true;
  phone.open(page.startsWith("/") ? page : `/${page}`);
  phone.drawPanel?.();
}
