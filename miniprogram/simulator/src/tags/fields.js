/** Tags people type into or switch: button, input, textarea, switch, checkbox, radio, picker, slider. */
import { h } from "../dom.js";
import { t } from "../device.js";
import { pickerDialog, sheet } from "../frame/dialogs.js";
import { log } from "../frame/log.js";
import { phone } from "../phone.js";
import { asTap } from "../runtime/gestures.js";
import { account, agreePrivacy, phoneNumber } from "../wx/account.js";
import { asField, instanceOf, tag } from "./tag.js";

export function fields() {
  tag("button", { properties: { disabled: false, loading: false, type: "default", size: "default", plain: false, openType: "", formType: "", hoverClass: "button-hover" }, made: button, changed: dressed });
  for (const name of ["input", "textarea"]) tag(name, { leaf: true, properties: { value: "", type: "text", password: false, placeholder: "", placeholderClass: "", placeholderStyle: "", disabled: false, maxlength: 140, focus: false, autoFocus: false, confirmType: "done", name: "", adjustPosition: true, cursorSpacing: 0, autoHeight: false, controlled: false }, made: (self, dom) => typed(self, dom, name), changed: retyped });
  tag("switch", { leaf: true, properties: { checked: false, disabled: false, color: "", type: "switch", name: "" }, made: toggle, changed: toggled });
  tag("checkbox", { properties: { checked: false, disabled: false, color: "", value: "" }, made: choice, changed: toggled });
  tag("radio", { properties: { checked: false, disabled: false, color: "", value: "" }, made: choice, changed: toggled });
  for (const name of ["checkbox-group", "radio-group"]) tag(name, { properties: { name: "" }, made: (self, dom) => asField(self, dom, () => chosen(dom, name), () => {}) });
  tag("picker", { properties: { mode: "selector", range: null, rangeKey: "", value: null, start: "", end: "", fields: "day", disabled: false, headerText: "", name: "" }, made: picker });
  tag("slider", { leaf: true, properties: { min: 0, max: 100, step: 1, value: 0, disabled: false, showValue: false, name: "" }, made: slider, changed: (self) => self.native && (self.native.value = self.data.value) });
}

/* ---------- button ---------- */

function button(self, dom) {
  dom.setAttribute("role", "button");
  self.press = () => asTap(() => self.tell("tap", {}, { bubbles: true, composed: true }));
  self._exparserNode.addListener("tap", (event) => {
    if (self.data.disabled) return false;
    if (self.data.formType) submit(dom, self.data.formType);
    if (self.data.openType) opened(self, event);
    return undefined;
  }, { capture: true });
}

function dressed(self, dom, name) {
  if (["type", "size"].includes(name)) dom.setAttribute(name, self.data[name]);
  if (["plain", "loading"].includes(name)) dom.toggleAttribute(name, Boolean(self.data[name]));
  if (name === "disabled") dom.setAttribute("aria-disabled", String(Boolean(self.data.disabled)));
}

const OPEN = {
  getPhoneNumber: async (self) => {
    try {
      await account.requirePrivacyAuthorize();
    } catch {
      self.tell("getphonenumber", { errMsg: "getPhoneNumber:fail privacy permission is not authorized", errno: 104 });
      return;
    }
    self.tell("getphonenumber", await phoneNumber());
  },
  agreePrivacyAuthorization: (self) => {
    agreePrivacy();
    self.tell("agreeprivacyauthorization");
  },
  share: (self) => phone.share(self.dom.dataset, self._exparserNode.dataset),
  openSetting: (self) => self.tell("opensetting", { authSetting: {} }),
  contact: () => log(t("打开客服会话", "opens the customer service chat")),
  feedback: () => log("feedback"),
};

function opened(self) {
  const kinds = self.data.openType.split("|");
  for (const kind of kinds) OPEN[kind]?.(self);
}

/* ---------- forms ---------- */

function submit(dom, how) {
  const form = dom.closest("wx-form");
  if (!form) return;
  const all = [...form.querySelectorAll("*")].map((node) => node.__field).filter((field) => field?.name());
  if (how === "reset") all.forEach((field) => field.reset());
  instanceOf(form).tell(how, { value: Object.fromEntries(all.map((field) => [field.name(), field.read()])) });
}

/* ---------- typing ---------- */

const KEYBOARDS = { number: "numeric", digit: "decimal", idcard: "text" };

function typed(self, dom, kind) {
  const native = h(kind, { className: "sim-native", autocomplete: "off" });
  self.native = native;
  dom.append(native);
  const at = () => ({ value: native.value, cursor: native.selectionStart ?? native.value.length });
  native.addEventListener("input", () => self.tell("input", { ...at(), keyCode: 0 }));
  native.addEventListener("focus", () => self.tell("focus", { value: native.value, height: 0 }));
  native.addEventListener("blur", () => self.tell("blur", at()));
  native.addEventListener("keydown", (event) => event.key === "Enter" && kind === "input" && self.tell("confirm", { value: native.value }));
  self.press = () => native.focus();
  asField(self, dom, () => native.value, () => (native.value = ""));
}

function retyped(self, _dom, name) {
  const { native, data } = self;
  if (!native) return;
  if (name === "value" && native.value !== String(data.value ?? "")) native.value = data.value ?? "";
  if (name === "placeholder") native.placeholder = data.placeholder;
  if (name === "disabled") native.disabled = Boolean(data.disabled);
  if (name === "maxlength") data.maxlength >= 0 ? (native.maxLength = data.maxlength) : native.removeAttribute("maxlength");
  if (name === "type" || name === "password") {
    native.inputMode = KEYBOARDS[data.type] ?? "";
    if (native.tagName === "INPUT") native.type = data.password ? "password" : "text";
  }
  if ((name === "focus" || name === "autoFocus") && data[name]) requestAnimationFrame(() => native.focus());
}

/* ---------- switching ---------- */

function toggle(self, dom) {
  dom.setAttribute("role", "switch");
  dom.append(h("span", { className: "sim-knob" }));
  self.press = () => {
    if (self.data.disabled) return;
    self.on = !self.on;
    mark(self, dom);
    self.tell("change", { value: self.on });
  };
  self._exparserNode.addListener("tap", () => self.press());
  asField(self, dom, () => self.on, () => (self.on = false));
}

function toggled(self, dom, name) {
  if (name === "checked") {
    self.on = Boolean(self.data.checked);
    mark(self, dom);
  }
}

function mark(self, dom) {
  dom.toggleAttribute("checked", self.on);
  dom.setAttribute("aria-checked", String(self.on));
}

function choice(self, dom) {
  const radio = dom.tagName === "WX-RADIO";
  dom.setAttribute("role", radio ? "radio" : "checkbox");
  dom.prepend(h("span", { className: "sim-box" }));
  self.press = () => {
    if (self.data.disabled || (radio && self.on)) return;
    const group = dom.closest(radio ? "wx-radio-group" : "wx-checkbox-group");
    if (radio) for (const other of group?.querySelectorAll("wx-radio") ?? []) set(other, false);
    set(dom, radio || !self.on);
    instanceOf(group)?.tell("change", { value: chosen(group, group.tagName.slice(3).toLowerCase()) });
  };
  self._exparserNode.addListener("tap", () => self.press());
}

function set(dom, on) {
  const self = instanceOf(dom);
  self.on = on;
  mark(self, dom);
}

function chosen(group, kind) {
  const all = [...group.querySelectorAll("wx-checkbox, wx-radio")].map(instanceOf).filter((one) => one.on);
  return kind === "radio-group" ? (all[0]?.data.value ?? "") : all.map((one) => one.data.value);
}

function slider(self, dom) {
  const native = h("input", { type: "range", className: "sim-native" });
  self.native = native;
  dom.append(native);
  native.addEventListener("input", () => self.tell("changing", { value: Number(native.value) }));
  native.addEventListener("change", () => self.tell("change", { value: Number(native.value) }));
  requestAnimationFrame(() => Object.assign(native, { min: self.data.min, max: self.data.max, step: self.data.step, value: self.data.value, disabled: self.data.disabled }));
}

/* ---------- picking ---------- */

function picker(self) {
  self.press = async () => {
    if (self.data.disabled) return;
    const value = self.data.mode === "selector" ? await picked(self.data) : await pickerDialog(self.data);
    if (value === null) self.tell("cancel");
    else self.tell("change", { value });
  };
  self._exparserNode.addListener("tap", () => void self.press());
}

const picked = ({ range, rangeKey, headerText }) => sheet((range ?? []).map((item) => String(rangeKey ? item[rangeKey] : item)), headerText);
