/** Fingers and mice become WeChat's touch, tap and longpress; only while a tap runs is `tapping()` true. */
import exparser from "miniprogram-exparser";

const MOVED_PX = 10;
const LONG_MS = 350;
const PULL_PX = 70;
let inTap = 0;

export const tapping = () => inTap > 0;

/** Run as if a finger had just tapped: also what a native button of WeChat tells the page. */
export function asTap(work) {
  inTap += 1;
  try {
    return work();
  } finally {
    inTap -= 1;
  }
}

function elementOf(dom) {
  for (let node = dom; node instanceof Node; node = node.parentNode) if (node.__wxElement) return node.__wxElement;
  return null;
}

/** @param {HTMLElement} screen @param {() => void} pulled when the page is drawn down at its top */
export function follow(screen, pulled) {
  let press = null;
  const touch = (event) => {
    const box = screen.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    return { identifier: 0, clientX: x, clientY: y, pageX: x, pageY: y };
  };
  const tell = (name, event, detail = {}) => {
    const target = elementOf(press.target);
    if (!target) return;
    const point = touch(event);
    const made = exparser.Event.create(name, detail, {
      originalEvent: event,
      bubbles: true,
      capturePhase: true,
      composed: true,
      extraFields: { touches: name === "touchend" || name === "touchcancel" ? [] : [point], changedTouches: [point] },
    });
    exparser.Event.dispatchEvent(target, made);
  };
  const end = (event, name) => {
    if (!press || event.pointerId !== press.id) return;
    clearTimeout(press.timer);
    tell(name, event);
    const { clientX: x, clientY: y } = touch(event);
    if (name === "touchend" && press.still) asTap(() => tell("tap", event, { x, y }));
    if (name === "touchend" && event.clientY - press.y > PULL_PX && press.atTop) pulled();
    press = null;
  };

  screen.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button !== 0) return;
    const scroller = event.target.closest?.(".sim-scroll");
    press = { id: event.pointerId, target: event.target, x: event.clientX, y: event.clientY, still: true, atTop: scroller?.scrollTop === 0 };
    press.timer = setTimeout(() => {
      if (!press?.still) return;
      press.still = !tellsLongPress(press.target);
      tell("longpress", event, { x: touch(event).clientX, y: touch(event).clientY });
    }, LONG_MS);
    tell("touchstart", event);
  });
  screen.addEventListener("pointermove", (event) => {
    if (!press || event.pointerId !== press.id) return;
    if (Math.abs(event.clientX - press.x) > MOVED_PX || Math.abs(event.clientY - press.y) > MOVED_PX) press.still = false;
    tell("touchmove", event);
  });
  window.addEventListener("pointerup", (event) => end(event, "touchend"));
  window.addEventListener("pointercancel", (event) => end(event, "touchcancel"));
}

/** A slow tap is still a tap unless somebody waits for a long one. */
function tellsLongPress(dom) {
  for (let node = elementOf(dom); node; node = node.parentNode ?? node.ownerShadowRoot?.getHostNode?.()) {
    if (node._vt?.event && ("longpress" in node._vt.event || "longtap" in node._vt.event)) return true;
  }
  return false;
}
