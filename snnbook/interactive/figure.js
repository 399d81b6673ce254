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

// --- the run -------------------------------------------------------------------------------------

function engine(spec) {
  const inputs = compiled(spec.input);
  const runs = spec.layers.map((layer) => compiled(layer.code));
  const noise = spec.seed === null ? new Float32Array(spec.T * spec.N) : normal(spec.seed, spec.T * spec.N);
  // The values of one layer: its own, and those of the sliders.
  const own = (layer, values) => {
    const all = { ...layer.values };
    for (const name of layer.follows) all[name] = values[name];
    return all;
  };
  function run(values, T = spec.T, N = spec.N) {
    const x = new Float32Array(T * N);
    inputs({ ...spec.fixed, ...values }, { noise }, spec.N, T, N, x);
    const layers = spec.layers.map((layer, k) => {
      const seq = () => new Float32Array(T * N), [h, s, v] = [seq(), seq(), seq()];
      const others = Object.keys(layer.first).filter((name) => name !== "v").map((name) => [name, seq()]);
      const done = { h, s, v, states: Object.fromEntries(others) };
      runs[k](own(layer, values), x, T, N, h, s, v, done.states);
      done.spikes = done.s.reduce((sum, s) => sum + s, 0);
      done.levels = own(layer, values);
      return done;
    });
    return { x, layers };
  }

  // The input alone: as it is, or of one step for each number of some other noise.
  function given(values, other) {
    const x = new Float32Array(other ? other.length : spec.T * spec.N), all = { ...spec.fixed, ...values };
    if (other) inputs(all, { noise: other }, other.length, 1, other.length, x);
    else inputs(all, { noise }, spec.N, spec.T, spec.N, x);
    return x;
  }

  // How many spikes neuron 0 of each layer makes; nothing else is kept, since it is asked for often.
  const { T } = spec, scratch = Array.from({ length: 4 }, () => new Float32Array(T));
  function counts(values) {
    const [x, h, s, v] = scratch;
    inputs({ ...spec.fixed, ...values }, { noise }, spec.N, T, 1, x);
    return spec.layers.map((layer, k) => {
      runs[k](own(layer, values), x, T, 1, h, s, v);
      return s.reduce((sum, one) => sum + one, 0);
    });
  }

  // The firing rate of neuron 0 of each layer against the value of one slider: the corners of its
  // stairs, [from here on, this rate], and the rate at the slider's own value. It is counted at each
  // value that the slider can have; between two of them the place of each step is halved in.
  let known = null;
  function stairs(values, name) {
    const { low, high, step } = spec.sliders.find((slider) => slider.name === name);
    const most = Math.max(120, Math.floor(5e6 / T / spec.layers.length)), cells = Math.round((high - low) / step);
    const parts = Math.max(1, Math.min(cells, most)), width = cells === parts ? step : (high - low) / parts;
    const grid = Array.from({ length: parts + 1 }, (_, k) => Math.min(high, Number((low + k * width).toPrecision(12))));
    const here = values[name];
    if (!grid.includes(here) && here > low && here < high) grid.splice(grid.findIndex((value) => value > here), 0, here);
    if (grid.at(-1) < high) grid.push(high);
    const key = JSON.stringify([{ ...values, [name]: null }, grid.includes(here) && grid.length]);
    const now = counts(values);
    if (known?.key !== key || !known.grid.includes(here)) {
      const corners = spec.layers.map(() => []), fine = (high - low) / 2000;
      let left = most;
      const change = (place, before, after) => after.forEach((count, k) => {
        if (!Object.is(count, before[k])) corners[k].push([place, count / T]);
      });
      const between = (a, before, b, after) => {
        if (after.every((count, k) => Object.is(count, before[k]))) return;
        if (b - a <= fine || left <= 0) return change((a + b) / 2, before, after);
        const middle = (a + b) / 2, there = counts({ ...values, [name]: middle });
        left -= 1;
        between(a, before, middle, there);
        between(middle, there, b, after);
      };
      let before = null;
      grid.forEach((value, p) => {
        const after = counts({ ...values, [name]: value });
        if (before === null) after.forEach((count, k) => corners[k].push([value, count / T]));
        else between(grid[p - 1], before, value, after);
        before = after;
      });
      known = { key, grid, corners };
    }
    return known.corners.map((corners, k) => ({ corners, here: now[k] / T }));
  }

  // Where the potential of neuron 0 of each layer heads for under a constant input, if nothing fires;
  // null where it comes to no rest.
  let rest = null;
  function goals(values) {
    if (!spec.steady) return spec.layers.map(() => null);
    const key = JSON.stringify(values);
    if (rest?.key !== key) {
      const long = 2000, [x, h, s, v] = Array.from({ length: 4 }, () => new Float32Array(long));
      inputs({ ...spec.fixed, ...values }, { noise }, spec.N, long, 1, x);
      const found = spec.layers.map((layer, k) => {
        runs[k]({ ...own(layer, values), v_threshold: 3e38 }, x, long, 1, h, s, v);
        const [end, before] = [h.at(-1), h.at(long / 2)];
        return Math.abs(end - before) <= 1e-5 * (1 + Math.abs(end)) && Math.abs(end) < 1e6 ? end : null;
      });
      rest = { key, found };
    }
    return rest.found;
  }
  return { run, given, stairs, goals };
}

// --- the figure --------------------------------------------------------------------------------

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
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
  let values = { ...first }, waiting = false;
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
  picture.setAttribute("role", "img");
  const status = element("p", { class: "snn-status", "aria-hidden": "true" }), spoken = element("p", { role: "status" });
  spoken.style.cssText = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);margin:0";
  const buttons = element("div", { class: "snn-buttons" }), place = element("div", { class: "snn-picture" }, picture);
  const reading = element("p", { class: "snn-reading", "aria-hidden": "true" });
  const found = element("p", { class: "snn-found", "aria-hidden": "true" });
  live.replaceChildren(controls, buttons, place, reading, status, found, spoken);
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
    picture.innerHTML = svg;
    picture.setAttribute("aria-label", [words, ...said].join("\n"));
    showHands(parts);
    if (read !== null) reading.innerHTML = read;
    if (answer !== undefined && found.textContent !== answer) found.textContent = answer;
    status.textContent = words;
    clearTimeout(speaking);
    const told = [words, ...(answer ? [answer] : [])].join("\n");
    if (touched) speaking = setTimeout(() => { spoken.textContent = told; }, 600);
    root.dispatchEvent(new CustomEvent("snn-drawn", { detail: { values } }));
  }
  // Draw it for the first time, and whenever the page around it changes.
  function begin() {
    draw();
    root.classList.add("snn-alive");
    new ResizeObserver(() => later(false)).observe(live);
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

// A goal's sentence where the reader has found it, from the values and what is known of the run.
function answers(spec) {
  if (!spec.goal) return () => "";
  const reached = compiled(spec.goal.code, "double");
  return (values, data) => {
    const result = [0];
    reached(values, data, 1, 1, 1, result);
    const shown = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, short(value)]));
    return Number(result[0]) ? `✓ ${filled({ ...spec.words, says: spec.goal.says }, "says", shown)}` : "";
  };
}

// --- a figure of explore ---------------------------------------------------------------------------

function mountExplorer(root, spec, first, told = () => {}) {
  const { run, given, stairs, goals } = engine(spec), limits = axes({ run }, spec), shape = shapeOf(spec, given);
  const figure = stage(root, spec, first, told, drawn), answer = answers(spec);
  let cursor = spec.T - 1, time = null, pause = () => {};
  let looking = null, last = null;  // the step that the reader looks at, and the run as it is drawn
  // In a crowd the reader has chosen a neuron, and points at another one.
  const crowd = spec.panels.some(([view]) => view === "population");
  let chosen = 0, pointed = null, sorted = false;
  figure.looked = (t, n = null, keep = false) => {
    if (keep && n !== null) chosen = n;
    if (t === looking && n === pointed && !keep) return;
    [looking, pointed] = [t, n];
    figure.later(false);
  };
  const accounts = spec.panels.some(([view]) => view === "account");
  if (accounts) figure.status.style.minHeight = `${2.8 * spec.layers.length}em`;  // two lines for each
  const traced = accounts || spec.panels.some(([view]) => view === "trace");
  // Room for a step in numbers, about as many lines as it takes: one column, or two.
  const many = spec.layers.length, long = ([, right]) => right.replace(/\{[^}]+\}/g, "12345").length + 16;
  const rows = (room) => spec.layers.map(({ steps }) => steps.reduce((sum, line) => sum + Math.ceil(long(line) / room), many > 1 ? 1 : 0));
  figure.reading.style.setProperty("--all", traced ? rows(48).reduce((sum, one) => sum + one, 0) : 0);
  figure.reading.style.setProperty("--beside", traced ? Math.max(...rows(many > 1 ? 44 : 88)) * Math.ceil(many / 2) : 0);
  if (spec.play) {
    if (!figure.reduced) {
      const begin = () => { if (cursor === spec.T - 1) cursor = -1; };
      const action = () => { if (cursor < spec.T - 1) go(cursor + 1); return cursor < spec.T - 1; };
      pause = figure.player(spec.words.play, begin, action, Math.min(250, 8000 / spec.T));
    }
    figure.button(spec.words.forward, () => { pause(); go((cursor + 1) % spec.T); });
    const output = element("output"), input = element("input", { type: "range", min: 0, max: spec.T - 1, step: 1 });
    input.setAttribute("aria-label", spec.words.step);
    steered(input, () => { pause(); go(Number(input.value)); });
    time = { input, output };
    figure.buttons.append(element("label", {}, element("code", {}, "t"), input, output));
  }
  if (crowd) {
    const made = figure.button(spec.words.sort, () => {
      sorted = !sorted;
      made.setAttribute("aria-pressed", sorted);
      figure.later(false);
    });
    made.setAttribute("aria-pressed", sorted);
  }
  figure.button(spec.words.start, () => { pause(); cursor = spec.T - 1; figure.set(spec.start, true); });

  function go(t) {
    cursor = Math.min(Math.max(t, 0), spec.T - 1);
    figure.later();
  }

  function drawn(values, all, { held, ghosts }) {
    const margin = traced && all >= 560 ? 84 : 0, side = crowd ? Math.max(margin, 52) : margin, width = all - side;
    if (time) {
      time.input.value = cursor;
      time.output.value = cursor;
    }
    const same = last && spec.sliders.every(({ name }) => last.values[name] === values[name]);
    const done = same ? last.done : run(values);
    last = { values, done };
    // A layer in step mode 's' has been called up to the present step; one in 'm' knows it all.
    const shown = spec.layers.map(({ mode }) => (spec.play && mode === "s" ? cursor + 1 : spec.T));
    shown.max = Math.max(...shown);
    const t = looking ?? (spec.play ? cursor : null);
    const n = accounts ? 0 : pointed ?? chosen, ranks = crowd ? ranked(spec, done, shown, sorted) : [];
    const scene = { width, spec, done, shown, values, stairs, goals, limits, held, ghosts, t, margin, said: [], side, n, crowd, ranks, sorted, shape };
    let top = 0, svg = "";
    const parts = [];
    for (const [view, k] of spec.panels) {
      const room = view === "bell" || (view === "rate" && accounts) ? all : width;  // as wide as what stands above it
      const [drawn, height, more = []] = VIEWS[view]({ ...scene, top, width: room }, k);
      parts.push(...more);
      svg += `<g class="panel ${view}">${drawn}</g>`;
      top += height;
    }
    const answer = answered(values, done);
    const named = (k) => (spec.layers.length > 1 ? [`<b>${escaped(spec.layers[k].name)}</b>`] : []);
    const steps = (k) => `<span>${[...named(k), ...stepOf(spec, done, k, t, symbol, n)].join("\n")}</span>`;
    const read = traced ? (t === null ? `<span>${escaped(spec.words[crowd ? "point_row" : "point"])}</span>` : spec.layers.map((_, k) => steps(k)).join("")) : null;
    return { svg, height: top, words: described(done, shown), parts, read, answer, said: scene.said };
  }

  // What a goal may name of a run.
  function answered(values, done) {
    const data = {};
    done.layers.forEach(({ spikes, v }, k) => {
      const end = spec.layers.length > 1 ? `_${k}` : "";
      const { lost } = accountOf(spec, done, k, spec.T);
      Object.assign(data, { [`spikes${end}`]: spikes, [`v${end}`]: v.at(-spec.N), [`lost${end}`]: lost });
    });
    return answer(values, data);
  }

  // The figure in words: what the status line shows and a screen reader says.
  function described(done, shown) {
    return spec.layers.map(({ name }, k) => {
      const { h, s, v, spikes } = done.layers[k], all = spec.T * spec.N;
      const rate = Number((spikes / all).toFixed(4)), at = cursor * spec.N;
      const [x, H, V] = [done.x, h, v].map((seq) => short(seq[at]));
      const words = spec.play ? filled(spec.words, "now", { name, t: cursor, x, h: H, s: s[at], v: V })
        : filled(spec.words, "count", { name, spikes, steps: spec.T, rate });
      const { input, parts, least } = accounts ? accountOf(spec, done, k, shown[k]) : {};
      if (!Number.isFinite(least)) return words;
      return `${words}; ${accounted(spec.words, "input", input)} = ${parts.map((part) => accounted(spec.words, ...part)).join(" + ")}`;
    }).join("\n");
  }

  figure.begin();
  root.snnbook = {
    run: (some) => run({ ...figure.values, ...some }), set: figure.set, draw: figure.draw,
    get values() { return figure.values; },
  };
  return { set: (some) => figure.set(some) };
}

// --- in a page, and in a notebook ----------------------------------------------------------------

function mountAll(figure, mount) {
  for (const root of document.querySelectorAll(`[data-figure="${figure}"]:not(.snn-alive, .snn-broken)`)) {
    attempt(root, () => {
      const { spec, values } = JSON.parse(root.querySelector("script").textContent);
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
