/** What the phone did that no screen shows: buzzes, refused calls. The side panel lists the latest. */
const KEPT = 30;
const lines = [];
let draw = () => {};

export function log(text, kind = "") {
  lines.unshift({ text: String(text).slice(0, 300), kind, at: new Date() });
  lines.length = Math.min(lines.length, KEPT);
  draw(lines);
}

export const onLog = (work) => void (draw = work);
