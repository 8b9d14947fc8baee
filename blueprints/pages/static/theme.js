"use strict";
// Before anything is drawn: with no choice of the reader's own, light or dark as the device has it, and as it changes.
(() => {
  if (document.documentElement.dataset.bsTheme) return;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const follow = () => { document.documentElement.dataset.bsTheme = dark.matches ? "dark" : "light"; };
  dark.addEventListener("change", follow);
  follow();
})();
