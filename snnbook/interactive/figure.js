// A figure that a reader plays with: sliders, the run of a neuron, and what views.js draws of it.
//
// `mountExplorer` draws one figure from its specification, which snnbook.interactive writes, on a
// `stage`, which other kinds of figures share. In a notebook `renderer` connects a figure to Python;
// in a page without a kernel `mountAll` mounts it. `STYLE` is figure.css; `FUNCTIONS` is the code of
// the neurons, printed from their equations: figure.py writes both above this. Nothing is evaluated,
// and no style is written into the page as text: a strict content-security policy allows it all.

// --- the neurons -------------------------------------------------------------------------------

// What a function that was printed from an equation reads, in either precision.
function kit(f, largest) {
  const saturate = (x) => Math.min(Math.max(x, -largest), largest);
  const relu = (x) => (x > 0 || x !== x ? x : 0);
  const sigmoid = (x) => 1 / (1 + Math.exp(-x));
  function erf(x) {
    const size = Math.abs(x);
    if (size > 6) return Math.sign(x);
    let term = size, sum = size;  // Maclaurin's series of the scaled function: all terms positive
    for (let n = 1; term > 1e-17 * sum; n += 1) { term *= (2 * size * size) / (2 * n + 1); sum += term; }
    return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * Math.exp(-size * size) * sum;
  }
  return { f, largest, saturate, relu, sigmoid, erf };
}
const PRECISION = {
  single: kit(Math.fround, 3.4028234663852886e38),
  double: kit((x) => x, Number.MAX_VALUE),
};

// The name of a function in the specification -> the function.
const compiled = (name, precision = "single") => FUNCTIONS[name](PRECISION[precision]);

// --- noise: the numbers of snnbook.interactive.noise, to the bit ---------------------------------

const MIDDLE = [2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087,
  -0.00125372503, -0.00417768164, 0.246640727, 1.50140941];
const TAIL = [-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
  -0.0076224613, 0.00943887047, 1.00167406, 2.83297682];
const ATANH = [1 / 13, 1 / 11, 1 / 9, 1 / 7, 1 / 5, 1 / 3, 1];
const polynomial = (coefficients, x) => coefficients.reduce((total, c) => total * x + c, 0);

function mixed(word) {
  word = Math.imul(word ^ (word >>> 16), 0x7feb352d);
  word = Math.imul(word ^ (word >>> 15), 0x846ca68b);
  return (word ^ (word >>> 16)) >>> 0;
}

function log(y) {
  let m = y / 2, e = 0;
  while (m < 0.5) { m *= 2; e -= 1; }
  const s = (m - 0.75) / (m + 0.75);
  return (e + 1) * 0.6931471805599453 - 0.2876820724517809 + 2 * s * polynomial(ATANH, s * s);
}

function normal(seed, count) {
  const key = mixed(seed + 0x9e3779b9), numbers = new Float32Array(count);
  for (let k = 0; k < count; k += 1) {
    const x = 2 * ((mixed(mixed(k) ^ key) + 0.5) / 2 ** 32) - 1;
    const w = -log((1 - x) * (1 + x));
    const root = w < 5 ? polynomial(MIDDLE, w - 2.5) : polynomial(TAIL, Math.sqrt(w) - 3);
    numbers[k] = root * x * 1.4142135623730951;
  }
  return numbers;
}

// --- the figure --------------------------------------------------------------------------------

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// Return a function that writes a picture. Where the new markup has the tags of the last one, only
// the attributes and words that differ are set: the browser makes, lays out and paints the less.
const PART = /<(?:"[^"]*"|[^>"])*>|[^<]+/g, ATTRIBUTE = / ([\w:-]+)="([^"]*)"/g;
const attributesOf = (tag) => [...tag.matchAll(ATTRIBUTE)].map(([, name, value]) => [name, value]);
const tagOf = (part) => /^<\/?\w+|^/.exec(part)[0] + (part.endsWith("/>") ? "/" : "");
const alike = (one, other) => one === other || (tagOf(one) === tagOf(other) && !`${one}${other}`.includes("&"));

function writerOf(picture) {
  let last = [], nodes = [];
  function change(node, part, old) {
    if (part[0] !== "<") { node.nodeValue = part; return; }
    const before = new Map(attributesOf(old));
    for (const [name, value] of attributesOf(part)) {
      if (before.get(name) !== value) node.setAttribute(name, value);
      before.delete(name);
    }
    for (const name of before.keys()) node.removeAttribute(name);
  }
  return (markup) => {
    const parts = markup.match(PART) ?? [];
    if (parts.length === last.length && parts.every((part, k) => alike(part, last[k]))) {
      parts.forEach((part, k) => { if (part !== last[k]) change(nodes[k], part, last[k]); });
    } else {
      picture.innerHTML = markup;
      const walk = document.createTreeWalker(picture);
      nodes = parts.map((part) => (part.startsWith("</") ? null : walk.nextNode()));
    }
    last = parts;
  };
}

// JupyterLab takes the arrow keys away from a slider, so the slider listens to them itself.
function steered(input, changed) {
  input.addEventListener("input", changed);
  input.addEventListener("keydown", (event) => {
    if (!MOVES.has(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    const [low, high, step] = ["min", "max", "step"].map((name) => Number(input[name]));
    input.value = moved(event.key, Number(input.value), { low, high, step });
    changed();
  });
  return input;
}

function dark(root) {
  const { theme, mode, jpThemeLight } = document.documentElement.dataset;
  if (theme === "dark" || theme === "light") return theme === "dark";
  const light = jpThemeLight ?? document.body.dataset.jpThemeLight;
  if (light !== undefined) return light === "false";
  if (document.body.classList.contains("vscode-dark")) return true;
  if (document.documentElement.getAttribute("theme") === "dark") return true;
  if (document.body.classList.contains("vscode-light") || mode === "light") return false;
  return mode === "auto" && matchMedia("(prefers-color-scheme: dark)").matches;
}

// A figure that fails says so in its own place, beside its still picture; the others go on.
function attempt(root, action) {
  try {
    return action();
  } catch (error) {
    const words = root.dataset.broken.replace("{why}", () => error.message);
    root.classList.remove("snn-alive");
    root.classList.add("snn-broken");
    root.querySelector(".snn-live").replaceChildren(element("p", { role: "alert" }, words));
    console.warn(error);
    return undefined;
  }
}

// The frame of a figure: sliders, buttons, a picture, a line of words. `drawn` returns what they are
// to show: { svg, height, words }.
function stage(root, spec, first, told, drawn) {
  const top = root.getRootNode(), tree = top instanceof ShadowRoot ? top : document;
  if (!tree.adoptedStyleSheets.some((sheet) => sheet.snnbook)) {
    const sheet = Object.assign(new CSSStyleSheet(), { snnbook: true });
    sheet.replaceSync(STYLE);
    tree.adoptedStyleSheets = [...tree.adoptedStyleSheets, sheet];
  }

  const live = root.querySelector(".snn-live");
  let values = { ...first }, waiting = false, wide = 0;
  let touched = false, speaking = null;  // nothing is spoken before the reader moves something

  // A hand is on the figure from when it takes hold of something until it lets go.
  // Meanwhile the lines as they were are shown too, as ghosts.
  let hand = false;
  const kept = {}, ghosts = {};
  function grasp(anew = true) {
    if (hand && !anew) return;
    release();
    for (const line of picture.querySelectorAll("[data-line]")) ghosts[line.dataset.line] = line.getAttribute("d");
    hand = true;
  }
  function release() {
    if (hand) later(false);
    hand = false;
    for (const line of Object.keys(ghosts)) delete ghosts[line];
  }
  // A thing that stands still as long as a hand is on the figure.
  function held(name, make) {
    if (!hand || !(name in kept)) kept[name] = make();
    return kept[name];
  }
  function holds(target) {
    target.addEventListener("pointerdown", () => grasp());
    target.addEventListener("keydown", (event) => { if (MOVES.has(event.key)) grasp(false); }, { capture: true });
    for (const end of ["pointerup", "pointercancel", "blur"]) target.addEventListener(end, release);
  }

  const controls = element("div", { class: "snn-controls" }), inputs = {}, toggles = {};
  for (const { name, low, high, step, names } of spec.sliders.filter(({ inside, toggle }) => !inside && !toggle)) {
    const output = element("output"), input = element("input", { type: "range", min: low, max: high, step });
    input.setAttribute("aria-label", name);
    if (names) output.className = "snn-name";
    inputs[name] = { input, output, names };
    steered(input, () => set({ [name]: Number(input.value) }, true));
    holds(input);
    const meaning = meaningOf(name, spec), symbol = meaning ? { class: "snn-symbol", "data-symbol": meaning } : {};
    controls.append(element("label", meaning ? { "data-symbol": meaning } : {}, element("code", symbol, name), input, output));
  }
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const write = writerOf(picture);
  picture.setAttribute("role", "img");
  const status = element("p", { class: "snn-status", "aria-hidden": "true" }), spoken = element("p", { role: "status" });
  spoken.style.cssText = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);margin:0";
  const buttons = element("div", { class: "snn-buttons" }), place = element("div", { class: "snn-picture" }, picture);
  const reading = element("p", { class: "snn-reading", "aria-hidden": "true" });
  const found = element("p", { class: "snn-found", "aria-hidden": "true" });
  const below = element("div", {}, status, found);
  live.replaceChildren(controls, buttons, place, below, reading, spoken);
  const listeners = { set: (some) => set(some, true), look: (...what) => looked(...what), grasp, release };
  const showHands = handsOn(place, listeners, spec);
  const scope = root.closest("section") ?? root;
  if (scope !== root && !scope.classList.contains("snn-read")) readSymbols(scope, spec);
  lightSymbols(root, scope);
  let looked = () => {};

  function button(words, clicked) {
    const made = element("button", { type: "button" }, words);
    made.addEventListener("click", clicked);
    buttons.append(made);
    return made;
  }
  // A button that is pressed where a slider of 0 and 1, made with `toggle`, is 1.
  function toggle(name, words) {
    toggles[name] = button(words, () => set({ [name]: 1 - values[name] }, true));
  }
  // A button that starts `action` again and again, until it returns false or the button is pressed.
  function player(words, begin, action, pause) {
    let timer = null;
    const made = button(words, () => {
      if (timer !== null) return stop();
      begin();
      made.textContent = spec.words.pause;
      timer = setInterval(() => { if (!root.isConnected || !action()) stop(); }, pause);
    });
    function stop() {
      clearInterval(timer);
      timer = null;
      made.textContent = words;
    }
    return stop;
  }
  function set(some, ours = false) {
    values = { ...values, ...some };
    if (ours) told(values);
    later();
  }
  function later(mine = true) {
    touched ||= mine;
    if (!waiting) requestAnimationFrame(() => attempt(root, draw));
    waiting = true;
  }
  function draw() {
    waiting = false;
    const width = Math.max(260, live.clientWidth);  // read first: the browser lays out only once
    if (width !== wide) below.style.minHeight = "";
    wide = width;
    for (const one of [root, scope]) one.classList.toggle("snn-dark", dark(root));
    for (const [name, { input, output, names }] of Object.entries(inputs)) {
      const shown = names ? names[values[name]] : short(values[name]);
      input.value = values[name];
      output.value = shown;
      input.setAttribute("aria-valuetext", shown);
    }
    for (const [name, made] of Object.entries(toggles)) made.setAttribute("aria-pressed", values[name] === 1);
    const { svg, height, words, parts = [], read = null, answer, said = [] } = drawn(values, width, { held, ghosts });
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    picture.style.height = `${height}px`;
    write(svg);
    picture.setAttribute("aria-label", [words, ...said].join("\n"));
    showHands(parts);
    if (read !== null) reading.innerHTML = read;
    if (answer !== undefined && found.textContent !== answer) found.textContent = answer;
    found.classList.toggle("reached", found.textContent.startsWith("✓"));
    status.textContent = words;
    clearTimeout(speaking);
    const told = [words, ...(answer?.startsWith("✓") ? [answer] : [])].join("\n");
    if (touched) speaking = setTimeout(() => { spoken.textContent = told; }, 600);
    root.dispatchEvent(new CustomEvent("snn-drawn", { detail: { values } }));
  }
  // Draw it for the first time, and whenever the page around it changes.
  function begin() {
    draw();
    root.classList.add("snn-alive");
    new ResizeObserver(() => later(false)).observe(live);
    // A longer sentence, or one more, makes room once; then the page below stands still.
    new ResizeObserver(() => { below.style.minHeight = `${below.getBoundingClientRect().height}px`; }).observe(below);
    new MutationObserver(() => later(false)).observe(document.documentElement, { attributes: true });
  }
  const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return {
    begin, button, buttons, draw, grasp, later, picture, place, player, reading, reduced, release, set,
    status, toggle,
    get values() { return values; },
    set looked(heard) { looked = heard; },
  };
}

// A goal's sentence where the reader has found it, from the values and what is known of the run; else
// its question.
function answers(spec) {
  if (!spec.goal) return () => "";
  const reached = compiled(spec.goal.code, "double");
  return (values, data) => {
    const result = [0];
    reached(values, data, 1, 1, 1, result);
    const shown = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, short(value)]));
    return Number(result[0]) ? `✓ ${filled({ ...spec.words, says: spec.goal.says }, "says", shown)}` : spec.goal.asks;
  };
}

// --- in a page, and in a notebook ----------------------------------------------------------------

function mountAll(figure, mount) {
  const place = `[data-figure="${figure}"]`;
  for (const root of document.querySelectorAll(`${place}:not(.snn-alive, .snn-broken)`)) {
    attempt(root, () => {  // a copy has no data of its own
      const data = root.querySelector("script") ?? document.querySelector(`${place} script`);
      const { spec, values } = JSON.parse(data.textContent);
      mount(root, spec, values);
    });
  }
}

// The widget of a notebook.
const renderer = (mount) => ({
  render({ model, el }) {
    const root = element("figure", { class: "snn-explore" }, element("div", { class: "snn-live" }));
    el.append(root);
    const spec = model.get("spec"), start = model.get("values");
    root.dataset.broken = spec.words.broken;
    let last = JSON.stringify(start);
    const figure = attempt(root, () => mount(root, spec, start, (values) => {
      last = JSON.stringify(values);
      model.set("values", values);
      model.save_changes();
    }));
    const heard = () => {
      if (JSON.stringify(model.get("values")) !== last) figure?.set(model.get("values"));
    };
    model.on("change:values", heard);
    return () => model.off("change:values", heard);
  },
});
