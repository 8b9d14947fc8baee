/** wx storage: one drawer per person, in this browser. */
import { device } from "../device.js";
import { call, Refused } from "./calls.js";

const MOST_BYTES = 10 * 1024 * 1024;
const drawer = () => `phone:${device.who}:`;

function get(key) {
  const text = localStorage.getItem(drawer() + key);
  return text === null ? undefined : JSON.parse(text).value;
}

function set(key, value) {
  if (typeof key !== "string") throw new Refused("parameter error: parameter.key should be String");
  const text = JSON.stringify({ value });
  if (text.length > MOST_BYTES / 10) throw new Refused("entry size limit reached");
  localStorage.setItem(drawer() + key, text);
}

const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(drawer())).map((key) => key.slice(drawer().length));
const remove = (key) => localStorage.removeItem(drawer() + key);
const clear = () => keys().forEach(remove);
const info = () => ({ keys: keys(), currentSize: Math.ceil(keys().reduce((sum, key) => sum + localStorage.getItem(drawer() + key).length, 0) / 1024), limitSize: MOST_BYTES / 1024 });

export const storage = {
  getStorageSync: (key) => get(key) ?? "",
  setStorageSync: set,
  removeStorageSync: remove,
  clearStorageSync: clear,
  getStorageInfoSync: info,
  getStorage: call("getStorage", ({ key }) => {
    const data = get(key);
    if (data === undefined) throw new Refused("data not found");
    return { data };
  }),
  setStorage: call("setStorage", ({ key, data }) => set(key, data)),
  removeStorage: call("removeStorage", ({ key }) => remove(key)),
  clearStorage: call("clearStorage", clear),
  getStorageInfo: call("getStorageInfo", info),
};
