"use strict";
/* The counter beyond plain HTML: steps without reloading, a scan gun wherever the cursor is, a camera, a sound for each outcome.
   Without it every form[data-work] still works as a page. Nothing is kept for later: what gets no answer stays where it was typed,
   and the form's own key makes trying again harmless. */
(() => {
  const part = (id) => document.getElementById(id);
  const [scan, typed, billFirst, work, net] = ["scan", "typed", "bill-first", "work", "net"].map(part);
  if (!scan) return;
  const PATIENCE = 15000; // ms until an answer counts as lost
  const SAME_CODE = 3000; // ms in which the same code again is the gun's stutter
  const GUN_GAP = 80; // ms between two characters of a gun; people type slower, and so does a busy machine
  const PAUSE = 1000; // ms after which what is typed has nothing to do with what was typed before
  const SHORTEST_CODE = 13; // characters of a coupon code; with the cursor in no field nobody types even six
  const SHORTEST_SCAN = 6;

  // ---- sound and touch
  const TONES = { good: [[880, 0, 0.12], [1320, 0.12, 0.18]], warn: [[440, 0, 0.2]], bad: [[220, 0, 0.2], [165, 0.22, 0.35]] };
  let audio = null;
  const unlock = () => {
    audio = audio || new AudioContext();
    if (audio.state === "suspended") audio.resume();
  };
  ["pointerdown", "keydown"].forEach((kind) => document.addEventListener(kind, unlock, { capture: true }));
  const signal = (kind) => {
    if (navigator.vibrate) navigator.vibrate(kind === "good" ? 60 : [120, 60, 120]);
    if (!audio || isOn("mute")) return;
    for (const [hertz, after, seconds] of TONES[kind]) {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      volume.gain.value = 0.2;
      tone.frequency.value = hertz;
      tone.connect(volume).connect(audio.destination);
      tone.start(audio.currentTime + after);
      tone.stop(audio.currentTime + after + seconds);
    }
  };

  // ---- switches that this device remembers
  const isOn = (id) => window.localStorage.getItem(`counter-${id}`) === "on";
  const switchable = (id, act) => {
    const button = part(id);
    const show = () => { button.setAttribute("aria-pressed", String(isOn(id))); button.classList.toggle("active", isOn(id)); act(isOn(id)); };
    button.addEventListener("click", () => { window.localStorage.setItem(`counter-${id}`, isOn(id) ? "off" : "on"); show(); typed.focus(); });
    show();
  };
  part("tools").hidden = false;
  switchable("mute", () => {});
  switchable("keyboard", (on) => { typed.inputMode = on ? "none" : "text"; });

  // ---- one step after the other
  const lost = (text) => { net.textContent = text; net.hidden = false; signal("bad"); };
  let isBusy = false;
  const send = async (form) => {
    if (isBusy) return false;
    if (!navigator.onLine) { lost(net.dataset.offline); return false; }
    isBusy = true;
    form.setAttribute("aria-busy", "true");
    try {
      const body = new URLSearchParams(new FormData(form));
      const html = await window.huitou.load(form.getAttribute("action"), { method: "POST", body, signal: AbortSignal.timeout(PATIENCE) });
      net.hidden = true;
      window.huitou.put(work, html);
    } catch {
      lost(net.dataset.lost);
      return false;
    } finally {
      isBusy = false;
      form.removeAttribute("aria-busy");
    }
    arrived();
    return true;
  };
  const arrived = () => {
    const band = work.querySelector("[data-sound]");
    if (band) signal(band.dataset.sound);
    count();
    (work.querySelector("[data-focus]") || typed).focus();
  };
  let last = { code: "", at: 0 };
  const sendScan = async () => {
    const code = typed.value.trim();
    if (code && code === last.code && Date.now() - last.at < SAME_CODE) { typed.value = ""; return; }
    last = { code, at: Date.now() };
    if (!await send(scan)) { last.code = ""; return; }
    if (work.querySelector(".band-bad, .band-warn")) { typed.select(); return; }
    typed.value = "";
    billFirst.value = "";
  };
  // Whoever was served is left: what was held for them is given back behind the clerk's back. Without an answer its time does it.
  const leave = () => {
    const form = work.querySelector("form[data-leave]");
    if (!form) return;
    const body = new URLSearchParams(new FormData(form));
    window.huitou.load(form.getAttribute("action"), { method: "POST", body, keepalive: true }).catch(() => null);
  };
  const clear = () => {
    leave();
    work.replaceChildren(part("fresh").content.firstElementChild.cloneNode(true));
    net.hidden = true;
    typed.value = "";
    billFirst.value = "";
    last.code = "";
    stop();
    typed.focus();
  };
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.matches("form[data-leave]")) { event.preventDefault(); clear(); return; }
    if (!form.matches("form[data-work]")) return;
    event.preventDefault();
    if (form === scan) { sendScan(); return; }
    if (!form.dataset.confirm || await window.huitou.ask(form.dataset.confirm)) send(form);
  }, true);
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form && form.dataset.workOn === "change") send(form);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-clear]")) { event.preventDefault(); clear(); }
  });

  // ---- how long a bill can still be undone
  let ticking = 0;
  const count = () => {
    window.clearInterval(ticking);
    const button = work.querySelector("[data-seconds]");
    if (!button) return;
    const end = performance.now() + Number(button.dataset.seconds) * 1000;
    const tick = () => {
      const left = Math.max(0, Math.round((end - performance.now()) / 1000));
      button.querySelector("[data-left]").textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      button.disabled = left === 0;
    };
    tick();
    ticking = window.setInterval(tick, 1000);
  };

  // ---- keys, and a gun that types while the cursor is elsewhere: no scan may press the button that happens to be there
  let burst = null;
  const scanned = () => {
    const member = /28\d{18}$/.exec(burst.text);
    if (member) return member[0];
    if (!burst.field) return burst.text.length >= SHORTEST_SCAN ? burst.text : "";
    return burst.isFast && burst.text.length >= SHORTEST_CODE ? burst.text : "";
  };
  const note = (event) => {
    const field = document.activeElement.matches("input, textarea") ? document.activeElement : null;
    if (!burst || event.timeStamp - burst.at > PAUSE || burst.field !== field) {
      burst = { text: "", isFast: true, field, before: field ? field.value : "" };
    } else if (event.timeStamp - burst.at > GUN_GAP) {
      burst.isFast = false;
    }
    burst.text += event.key;
    burst.at = event.timeStamp;
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "F2") { event.preventDefault(); typed.focus(); typed.select(); return; }
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) { clear(); return; }
    if (document.activeElement === typed || event.ctrlKey || event.altKey || event.metaKey) { burst = null; return; }
    if (event.key.length === 1) { note(event); return; }
    if (event.key !== "Enter" || !burst) return;
    const code = event.timeStamp - burst.at < PAUSE ? scanned() : "";
    if (code) {
      event.preventDefault();
      event.stopPropagation();
      if (burst.field) burst.field.value = burst.before + burst.text.slice(0, -code.length);
      typed.value = code;
      scan.requestSubmit();
    }
    burst = null;
  }, true);

  // ---- the camera: the browser's own reader, else frames read by the server
  const [camera, view, says, cameraButton] = ["camera", "view", "camera-says", "use-camera"].map(part);
  const detector = "BarcodeDetector" in window ? new window.BarcodeDetector({ formats: ["qr_code", "code_128"] }) : null;
  const wait = (ms) => new Promise((done) => { window.setTimeout(done, ms); });
  let [stream, turn] = [null, 0];
  // Whatever of the camera is still under way has nothing to say any more.
  const pause = () => {
    turn += 1;
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
  };
  const stop = () => {
    pause();
    camera.hidden = true;
    cameraButton.setAttribute("aria-pressed", "false");
  };
  const read = async (source, width, height) => {
    if (detector) { const found = await detector.detect(source); return found.length ? found[0].rawValue : null; }
    const scale = Math.min(1, 640 / Math.max(width, height), 480 / Math.min(width, height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.floor(width * scale);
    canvas.height = Math.floor(height * scale);
    canvas.getContext("2d").drawImage(source, 0, 0, canvas.width, canvas.height);
    const frame = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", 0.7); });
    const headers = { "X-CSRFToken": scan.elements.csrf_token.value, "Content-Type": "image/jpeg" };
    const answer = await fetch("/counter/frame", { method: "POST", body: frame, headers, credentials: "same-origin" });
    if (!answer.ok) await wait(2000);
    return answer.ok ? (await answer.json()).text : null;
  };
  const found = (text) => { stop(); typed.value = text; scan.requestSubmit(); };
  const look = async () => {
    turn += 1;
    const mine = turn;
    camera.hidden = false;
    says.textContent = net.dataset.cameraLooking;
    cameraButton.setAttribute("aria-pressed", "true");
    let opened;
    try {
      opened = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 640 }, height: { ideal: 480 } } });
    } catch {
      if (mine === turn) says.textContent = net.dataset.cameraNone;
      return;
    }
    if (mine !== turn) { opened.getTracks().forEach((track) => track.stop()); return; }
    stream = opened;
    view.srcObject = stream;
    await view.play().catch(() => null);
    while (mine === turn) {
      const text = view.videoWidth ? await read(view, view.videoWidth, view.videoHeight).catch(() => null) : null;
      if (text && mine === turn) { found(text); return; }
      await wait(350);
    }
  };
  cameraButton.addEventListener("click", () => { if (camera.hidden) look(); else stop(); });
  part("photo").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (!file) return;
    pause();
    const picture = await createImageBitmap(file).catch(() => null);
    const text = picture && await read(picture, picture.width, picture.height).catch(() => null);
    if (text) found(text); else says.textContent = net.dataset.cameraNothing;
  });

  count();
})();
