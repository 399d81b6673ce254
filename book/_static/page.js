// What every page does by itself.
"use strict";

// The contents at the side show where the reader is.
const aside = document.querySelector(".bd-sidebar-secondary");
const follow = () => {
  const active = [...(aside?.querySelectorAll(".page-toc .nav-link.active") ?? [])].at(-1);
  if (!active || aside.scrollHeight <= aside.clientHeight) return;
  const box = aside.getBoundingClientRect();
  const line = active.getBoundingClientRect();
  if (line.top < box.top + 40 || line.bottom > box.bottom - 40) {
    aside.scrollTop += (line.top + line.bottom - box.top - box.bottom) / 2;
  }
};
const changed = new MutationObserver(() => requestAnimationFrame(follow));
if (aside) changed.observe(aside, { subtree: true, attributeFilter: ["class"] });

// Paper is white: a page is printed in its light theme, whichever the reader has.
const root = document.documentElement;
let theme = null;
window.addEventListener("beforeprint", () => {
  theme ??= root.dataset.theme;
  root.dataset.theme = "light";
});
window.addEventListener("afterprint", () => {
  if (theme !== null) root.dataset.theme = theme;
  theme = null;
});
