/** wx.request to the real web server: whatever host the mini-program names, /api is reached through this page's own. */
import { device } from "../device.js";
import { Refused } from "./calls.js";

/** The part of an address that our server answers for; other hosts are not reached from here. */
export function local(url) {
  const found = new URL(url, location.origin);
  if (!found.pathname.startsWith("/api/")) throw new Refused(`url not in domain list: ${found.host}`, { errno: 600002 });
  return `${found.pathname}${found.search}`;
}

function withQuery(path, data) {
  if (!data || typeof data !== "object") return path;
  const query = new URLSearchParams(Object.entries(data).filter(([, value]) => value !== undefined));
  const text = query.toString();
  return text ? `${path}${path.includes("?") ? "&" : "?"}${text}` : path;
}

function bodyOf(data, headers) {
  if (data === undefined || typeof data === "string" || data instanceof ArrayBuffer) return data;
  return headers.get("Content-Type").includes("x-www-form-urlencoded") ? new URLSearchParams(data).toString() : JSON.stringify(data);
}

/** wx.request; returns a task that can be aborted. */
export function request(options) {
  const stop = new AbortController();
  const heads = new Set();
  const answer = send(options, stop, heads);
  const told = options.success || options.fail || options.complete;
  const both = answer.then(
    (value) => (options.success?.(value), options.complete?.(value), value),
    (problem) => {
      options.fail?.(problem);
      options.complete?.(problem);
      return told ? undefined : Promise.reject(problem);
    },
  );
  const task = { abort: () => stop.abort(), onHeadersReceived: (tell) => heads.add(tell), offHeadersReceived: (tell) => heads.delete(tell), onChunkReceived() {}, offChunkReceived() {} };
  return told ? task : Object.assign(both, task);
}

async function send({ url, data, header = {}, method = "GET", timeout = 60000, dataType = "json", responseType = "text" }, stop, heads) {
  const verb = method.toUpperCase();
  let slow = false;
  const timer = setTimeout(() => ((slow = true), stop.abort()), timeout);
  try {
    if (!device.online) throw new Refused("net::ERR_INTERNET_DISCONNECTED", { errno: 600001 });
    const headers = new Headers({ "Content-Type": "application/json", ...header });
    const inUrl = verb === "GET" || verb === "HEAD";
    const response = await fetch(inUrl ? withQuery(local(url), data) : local(url), { method: verb, headers, body: inUrl ? undefined : bodyOf(data, headers), signal: stop.signal, credentials: "omit", cache: "no-store" });
    const fields = Object.fromEntries(response.headers);
    heads.forEach((tell) => tell({ header: fields }));
    if (response.headers.get("X-Phone-Frame") === "unreachable") throw new Refused("net::ERR_CONNECTION_REFUSED", { errno: 600003 });
    return { data: await read(response, dataType, responseType), statusCode: response.status, header: fields, cookies: [], errMsg: "request:ok" };
  } catch (problem) {
    const why = problem instanceof Refused ? problem.message : slow ? "timeout" : stop.signal.aborted ? "abort" : String(problem.message);
    throw { errMsg: `request:fail ${why}`, errno: problem.more?.errno ?? (slow ? 5 : 600001) };
  } finally {
    clearTimeout(timer);
  }
}

async function read(response, dataType, responseType) {
  if (responseType === "arraybuffer") return response.arrayBuffer();
  const text = await response.text();
  if (dataType !== "json") return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** wx.downloadFile: a file of our server under a temporary address. */
export async function download({ url, header = {} }) {
  if (!device.online) throw new Refused("net::ERR_INTERNET_DISCONNECTED", { errno: 600001 });
  const response = await fetch(local(url), { headers: header, credentials: "omit" });
  return { tempFilePath: URL.createObjectURL(await response.blob()), statusCode: response.status };
}
