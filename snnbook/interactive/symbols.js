// Symbols: X is green, V and H are blue, S is orange, in the picture, below it, and around it in the
// page's formulas, code and words. What the reader points at lights up wherever it stands.

const MEANINGS = { x: "x", x_seq: "x", X: "x", v: "v", v_seq: "v", V: "v", h: "v", h_seq: "v", H: "v", s: "s", s_seq: "s", S: "s" };
const LEVEL_NAMES = { Vthreshold: "v_threshold", Vreset: "v_reset" };

// What a name or a letter means: a mark of the picture, or a slider of this name.
function meaningOf(name, spec) {
  if (spec.inputs?.includes(name)) return "x";
  if (Object.hasOwn(MEANINGS, name)) return MEANINGS[name];
  if (/^v_(threshold|reset)$/.test(name) || spec.sliders.some((slider) => slider.name === name)) return name;
  return null;
}

// A number or a letter of an equation, in the colour of what it stands for.
function symbol(name, words) {
  const meaning = MEANINGS[name.split("[")[0]] ?? (/^v_(threshold|reset)$/.test(name) ? name : null);
  return meaning ? `<span class="snn-symbol" data-symbol="${meaning}">${escaped(words)}</span>` : escaped(words);
}

// Give the symbols in the section around a figure their meanings.
function readSymbols(scope, spec) {
  const give = (node, meaning) => {
    if (!meaning) return;
    node.classList.add("snn-symbol");
    node.dataset.symbol ??= meaning;
  };
  const free = (node) => !node.closest(".snn-explore, .snn-check");
  scope.classList.add("snn-read");
  for (const node of scope.querySelectorAll("msub")) if (free(node)) give(node, LEVEL_NAMES[node.textContent.replace(/\s/g, "")]);
  for (const node of scope.querySelectorAll("mi")) {
    if (free(node) && !node.closest("[data-symbol]")) give(node, meaningOf(node.textContent.trim(), spec));
  }
  for (const node of scope.querySelectorAll("code:not(pre code), .highlight pre span.n")) {
    if (free(node)) give(node, meaningOf(node.textContent.trim(), spec));
  }
}

// Light up what the reader points at or has chosen.
function lightSymbols(root, scope) {
  const light = (event) => {
    const meaning = event.target.closest?.("[data-symbol]")?.dataset.symbol ?? null;
    if ((root.dataset.lit ?? null) === meaning) return;
    if (meaning === null) delete root.dataset.lit;
    else root.dataset.lit = meaning;
    for (const node of scope.querySelectorAll("[data-symbol]")) node.classList.toggle("snn-lit", node.dataset.symbol === meaning);
  };
  for (const kind of ["pointerover", "focusin"]) scope.addEventListener(kind, light);
  scope.addEventListener("pointerleave", light);
}
