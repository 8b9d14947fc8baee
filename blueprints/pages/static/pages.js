"use strict";
/* What every page does beyond plain HTML. It works on attributes:
   form[data-confirm="what will happen"]   asks in a dialog before it is sent; a button's own question goes before its form's
   [data-poll="2"][data-poll-url]          is fetched anew every so many seconds; stops when what comes has no data-poll any more
   [data-poll][data-poll-end="reload"]     … and then the page is, for what stands beside it came to be as well
   form[data-swap="#target"]               is sent in the background; its answer's <main> part or fragment goes into the target
   form[data-swap][data-swap-on="input"]   … whenever something in it changes, half a second later
   form[data-look="#target"][data-look-url]  shows what it would do: sent there whenever something in it changes, besides being a form
   button[data-swap="#target"][formaction]   puts its answer into the target; [data-focus] in it is where typing goes on
   [data-press="id"]                       presses that button when it changes
   Every form is sent once: its buttons rest until the answer is here. */
(() => {
  document.documentElement.dataset.scripted = "yes";
  const text = (name) => document.body.dataset[`text${name}`] || "";

  // ---- asking first
  const ask = (question) => new Promise((resolve) => {
    const dialog = document.createElement("dialog");
    const words = document.createElement("p");
    words.textContent = question;
    const row = document.createElement("div");
    row.className = "d-flex gap-2 justify-content-end";
    const button = (label, style, value) => {
      const one = document.createElement("button");
      one.type = "button";
      one.className = `btn btn-${style}`;
      one.textContent = label;
      one.addEventListener("click", () => dialog.close(value));
      row.append(one);
      return one;
    };
    button(text("Cancel"), "outline-secondary", "");
    const yes = button(text("Confirm"), "primary", "yes");
    dialog.setAttribute("aria-label", text("Confirm"));
    dialog.append(words, row);
    dialog.addEventListener("close", () => { dialog.remove(); resolve(dialog.returnValue === "yes"); });
    document.body.append(dialog);
    dialog.showModal();
    yes.focus();
  });

  // ---- fragments
  const load = async (url, options) => {
    const answer = await fetch(url, { headers: { "X-Fragment": "1" }, credentials: "same-origin", ...options });
    if (answer.redirected && new URL(answer.url).pathname.endsWith("/sign-in")) { window.location.reload(); }
    // What broke is a whole page, and no part of this one.
    if (answer.status >= 500) throw new Error(String(answer.status));
    return answer.text();
  };
  const put = (target, html) => {
    const parsed = new DOMParser().parseFromString(html, "text/html");
    const part = parsed.querySelector("[data-fragment]") || parsed.body;
    target.replaceChildren(...part.childNodes);
    watch(target);
    const first = target.querySelector("[data-focus]");
    if (first) first.focus();
  };

  // Somebody reads what a button would do: its form stays where it is, or their yes would press nothing.
  const isAsking = () => document.querySelector("dialog[open]") !== null;
  // Where the keyboard was, in what takes its place.
  const sign = (one) => `${one.textContent} ${one.form ? one.form.action : one.href}`;
  const heldIn = (element, fresh) => {
    const held = document.activeElement;
    if (!element.contains(held)) return null;
    return [...fresh.querySelectorAll(held.tagName)].find((one) => sign(one) === sign(held));
  };
  const poll = (element) => {
    const seconds = Number(element.dataset.poll);
    const again = async () => {
      if (!element.isConnected) return;
      if (document.hidden || isAsking()) { window.setTimeout(again, seconds * 1000); return; }
      try {
        const html = await load(element.dataset.pollUrl);
        if (isAsking()) { window.setTimeout(again, seconds * 1000); return; }
        const parsed = new DOMParser().parseFromString(html, "text/html").body;
        const fresh = parsed.querySelector("[data-fragment]") || parsed.firstElementChild;
        if (!fresh) return;
        if (element.dataset.pollEnd === "reload" && !fresh.dataset.poll) { window.location.reload(); return; }
        const held = heldIn(element, fresh);
        element.replaceWith(fresh);
        if (held) held.focus();
        watch(fresh);
      } catch {
        window.setTimeout(again, seconds * 3000);
      }
    };
    window.setTimeout(again, seconds * 1000);
  };

  const swap = (form) => {
    const target = document.querySelector(form.dataset.swap);
    let turn = 0;
    const send = async () => {
      const mine = ++turn;
      target.setAttribute("aria-busy", "true");
      const data = new URLSearchParams(new FormData(form));
      const url = form.action || window.location.href;
      try {
        const html = form.method === "get" ? await load(`${url}?${data}`) : await load(url, { method: "POST", body: data });
        if (mine === turn) put(target, html);
      } catch {
        if (mine === turn) target.textContent = text("Failed");
      }
      if (mine === turn) target.removeAttribute("aria-busy");
    };
    form.addEventListener("submit", (event) => { event.preventDefault(); send(); });
    if (form.dataset.swapOn === "input") {
      let timer = 0;
      form.addEventListener("input", () => { window.clearTimeout(timer); timer = window.setTimeout(send, 500); });
    }
  };

  const look = (form) => {
    const target = document.querySelector(form.dataset.look);
    let turn = 0;
    let timer = 0;
    const send = async () => {
      const mine = ++turn;
      target.setAttribute("aria-busy", "true");
      try {
        const html = await load(form.dataset.lookUrl, { method: "POST", body: new URLSearchParams(new FormData(form)) });
        if (mine === turn) put(target, html);
      } catch {
        if (mine === turn) target.textContent = text("Failed");
      }
      if (mine === turn) target.removeAttribute("aria-busy");
    };
    form.addEventListener("input", () => { window.clearTimeout(timer); timer = window.setTimeout(send, 400); });
    send();
  };

  // One button's answer goes into a part of the page; what the form would do is looked at anew.
  const swapBy = async (form, button) => {
    const target = document.querySelector(button.dataset.swap);
    target.setAttribute("aria-busy", "true");
    try {
      put(target, await load(button.formAction, { method: "POST", body: new URLSearchParams(new FormData(form, button)) }));
      form.dispatchEvent(new Event("input"));
    } catch {
      target.textContent = text("Failed");
    }
    target.removeAttribute("aria-busy");
  };

  const each = (root, selector, act) => {
    if (root.matches && root.matches(selector)) act(root);
    root.querySelectorAll(selector).forEach(act);
  };
  const watch = (root) => {
    each(root, "[data-poll]", poll);
    each(root, "form[data-swap]", swap);
    each(root, "form[data-look]", look);
  };

  // ---- once, and only after a yes
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.dataset.swap) return;
    if (event.submitter && event.submitter.dataset.swap) { event.preventDefault(); swapBy(form, event.submitter); return; }
    const by = event.submitter;
    const question = (by && by.dataset.confirm) || form.dataset.confirm;
    if (question && !form.dataset.confirmed) {
      event.preventDefault();
      if (await ask(question)) { form.dataset.confirmed = "yes"; form.requestSubmit(by); delete form.dataset.confirmed; }
      return;
    }
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    // A page that comes back from the browser's memory may send again.
    window.addEventListener("pageshow", () => { delete form.dataset.sent; }, { once: true });
  });

  document.addEventListener("change", (event) => {
    const button = event.target.dataset.press && document.getElementById(event.target.dataset.press);
    if (button) button.form.requestSubmit(button);
  });

  // ---- the connection
  const offline = document.getElementById("offline");
  const tell = () => { offline.textContent = text("Offline"); offline.hidden = navigator.onLine; };
  window.addEventListener("online", tell);
  window.addEventListener("offline", tell);
  tell();

  window.huitou = { ask, load, put };
  watch(document.body);
})();
