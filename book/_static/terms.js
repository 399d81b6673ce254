// The first use of a term shows what the glossary says first of it: on hover, focus, or a tap.
"use strict";

const note = document.createElement("div");
note.id = "term-note";
note.setAttribute("role", "tooltip");
note.hidden = true;
(document.querySelector("main") ?? document.body).append(note);
let shown = null;

const show = (link) => {
  const { sentence } = link.querySelector(".term-use").dataset;
  if (!sentence) return;
  shown = link;
  note.textContent = sentence;
  note.hidden = false;
  link.setAttribute("aria-describedby", note.id);
  const box = link.getBoundingClientRect();
  const width = document.documentElement.clientWidth;
  note.style.left = `${Math.max(8, Math.min(box.left, width - note.offsetWidth - 8))}px`;
  const below = box.bottom + 6;
  const fits = below + note.offsetHeight < window.innerHeight;
  note.style.top = `${fits ? below : box.top - note.offsetHeight - 6}px`;
};
const hide = () => {
  shown?.removeAttribute("aria-describedby");
  shown = null;
  note.hidden = true;
};

for (const use of document.querySelectorAll(".term-use")) {
  const link = use.closest("a");
  if (!link) continue;
  link.addEventListener("pointerenter", (e) => e.pointerType === "mouse" && show(link));
  link.addEventListener("pointerleave", (e) => e.pointerType === "mouse" && hide());
  link.addEventListener("focus", () => link.matches(":focus-visible") && show(link));
  link.addEventListener("blur", hide);
  // The first tap shows the sentence, the second one leads to the glossary.
  link.addEventListener("click", (event) => {
    if (event.pointerType !== "touch" || shown === link) return;
    event.preventDefault();
    show(link);
  });
}
document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
document.addEventListener("pointerdown", (e) => shown && !shown.contains(e.target) && hide());
window.addEventListener("scroll", hide, { passive: true });
