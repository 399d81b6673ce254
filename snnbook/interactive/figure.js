// A figure that a reader plays with: sliders, the run of a neuron, pictures of it.
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
      const done = { h: new Float32Array(T * N), s: new Float32Array(T * N), v: new Float32Array(T * N) };
      runs[k](own(layer, values), x, T, N, done.h, done.s, done.v);
      done.spikes = done.s.reduce((sum, s) => sum + s, 0);
      done.levels = own(layer, values);
      return done;
    });
    return { x, layers };
  }
  return { run };
}

// --- drawing -----------------------------------------------------------------------------------

const LEFT = 46, RIGHT = 14;

function niceStep(span, count) {
  const raw = span / count, power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].map((m) => m * power).find((step) => step >= raw * 0.999);
}

function ticks(low, high, count) {
  const step = niceStep(high - low, count), found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k += 1) {
    found.push(Number((k * step).toPrecision(12)));
  }
  return found;
}

// The smallest and the greatest of some numbers, widened to full steps.
function span(low, high, count = 4) {
  if (!(high > low)) high = low + 1;
  const step = niceStep(high - low, count);
  return [Math.floor(low / step + 1e-6) * step, Math.ceil(high / step - 1e-6) * step];
}

const near = (x) => Math.round(x * 10) / 10;
const short = (x) => Number(x.toPrecision(4)).toString().replace("-", "−");
const text = (x, y, words, more = "") => `<text x="${near(x)}" y="${near(y)}" ${more}>${words}</text>`;
// A sentence with the {names} in it replaced by their values.
const filled = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const escaped = (words) => String(words).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

function frame(width, top, height, [xlow, xhigh], [ylow, yhigh]) {
  const w = width - LEFT - RIGHT;
  return {
    width, top, height,
    x: (value) => LEFT + ((value - xlow) / (xhigh - xlow)) * w,
    y: (value) => top + height - ((value - ylow) / (yhigh - ylow)) * height,
    yAxis(count, whole = false) {
      return ticks(ylow, yhigh, count).filter((v) => !whole || v % 1 === 0).map((v) =>
        `<path class="grid" d="M${LEFT} ${near(this.y(v))}H${width - RIGHT}"/>` +
        text(LEFT - 6, this.y(v) + 4, short(v), 'text-anchor="end"')).join("");
    },
    xAxis(label, whole = false) {
      const y = top + height, count = Math.max(3, Math.floor(w / 90));
      return `<path class="axis" d="M${LEFT} ${y}H${width - RIGHT}"/>` +
        ticks(xlow, xhigh, count).filter((v) => !whole || v % 1 === 0).map((v) =>
          text(this.x(v), y + 16, short(v), 'text-anchor="middle"')).join("") +
        text(width - RIGHT, y + 32, escaped(label), 'text-anchor="end"');
    },
  };
}

// The least and the greatest of the finite values, and of some levels.
function extent(arrays, levels) {
  let low = Math.min(0, ...levels), high = Math.max(0.1, ...levels);
  for (const values of arrays) {
    for (const value of values.filter(Number.isFinite)) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return [low, high];
}

// Values far outside are cut off, so that an exploding neuron doesn't flatten all the rest.
function range(arrays, levels) {
  const scale = 4 * Math.max(1, ...levels.map(Math.abs)), [low, high] = extent(arrays, levels);
  return span(Math.max(low, -scale), Math.min(high, scale));
}

// Each view draws one panel: from a scene and the number of a layer, its SVG and its height. What
// views there are, and which have a panel for each layer, snnbook.interactive.views says.
const VIEWS = {
  // What goes in: one line for neuron 0.
  input({ width, top, spec, done, shown }) {
    const height = 56, values = done.x.filter((_, k) => k % spec.N === 0);
    const box = frame(width, top + 20, height, [-0.5, spec.T - 0.5], span(...extent([values], [])));
    let path = "", drawing = false;
    for (let t = 0; t < shown.max; t += 1) {
      const y = near(box.y(values[t])), finite = Number.isFinite(values[t]);
      if (finite) path += `${drawing ? "V" : `M${near(box.x(t - 0.5))} `}${y}H${near(box.x(t + 0.5))}`;
      drawing = finite;
    }
    return [box.yAxis(2) + text(LEFT, top + 13, "X[t]") + `<path class="input" d="${path}"/>`, height + 34];
  },

  // The potential of neuron 0 of one layer: to H[t], a spike, then V[t].
  trace({ width, top, spec, done, shown }, k) {
    const last = k === spec.layers.length - 1;
    const layer = spec.layers[k], { h, s, v, levels } = done.layers[k], T = shown[k];
    const height = 150, threshold = levels.v_threshold;
    const inView = [threshold, ...(layer.soft ? [] : [levels.v_reset])];
    const ours = (a) => (spec.N === 1 ? a : a.filter((_, n) => n % spec.N === 0));
    const [H, S, V] = [h, s, v].map(ours);
    const limits = range([H, V], inView);
    const box = frame(width, top + 20, height, [-0.5, spec.T - 0.5], limits);
    const cut = (value) => near(box.y(Math.min(Math.max(value, limits[0]), limits[1])));
    const roomy = (width - LEFT - RIGHT) / spec.T > 6;
    let line = "", up = "", marks = "", dots = "";
    for (let t = 0; t < T && Number.isFinite(H[t]) && Number.isFinite(V[t]); t += 1) {
      const x = near(box.x(t)), top = cut(H[t]);
      line += `${t ? "L" : "M"}${x} ${top}`;
      if (roomy) dots += `M${x} ${top}h0`;
      if (S[t]) {
        const bottom = cut(V[t]);
        up += `M${x} ${bottom}V${top}`;
        marks += `M${x} ${box.top + height + 8}v14`;
        line += `V${bottom}`;
        if (roomy) dots += `M${x} ${bottom}h0`;
      }
    }
    const y = near(box.y(threshold));
    const svg = box.yAxis(4) + text(LEFT, top + 13, escaped(layer.name)) +
      `<path class="level" d="M${LEFT} ${y}H${width - RIGHT}M${width - 116} ${top + 9}h24"/>` +
      text(width - RIGHT, top + 13, "v_threshold", 'text-anchor="end"') +
      `<path class="potential" d="${line}"/><path class="spike" d="${up}"/>` +
      `<path class="step" d="${dots}"/>` +
      text(LEFT - 6, box.top + height + 20, "S[t]", 'text-anchor="end"') +
      `<path class="spike" d="${marks}"/>`;
    const under = frame(width, box.top, height + 26, [-0.5, spec.T - 0.5], limits);
    return [svg + (last ? under.xAxis(spec.words.step, true) : ""), height + (last ? 90 : 62)];
  },

  // The spikes of all neurons of one layer, a row each.
  raster({ width, top, spec, done, shown, tall = 260 }, k) {
    const last = k === spec.layers.length - 1;
    const layer = spec.layers[k], { s } = done.layers[k], row = Math.min(12, tall / spec.N);
    const height = row * spec.N, limits = [spec.N - 0.5, -0.5];
    const box = frame(width, top + 20, height, [-0.5, spec.T - 0.5], limits);
    const step = Math.max(1, niceStep(spec.N, 4)), thick = Math.min(spec.thick ?? 2, 0.8 * (width - 60) / spec.T);
    let marks = "", axis = "";
    for (let t = 0; t < shown[k]; t += 1) {
      for (let n = 0; n < spec.N; n += 1) {
        if (s[t * spec.N + n]) marks += `M${near(box.x(t))} ${near(box.y(n - 0.4))}v${near(0.8 * row)}`;
      }
    }
    for (let n = 0; n < spec.N; n += step) axis += text(LEFT - 6, box.y(n) + 4, n, 'text-anchor="end"');
    return [axis + text(LEFT, top + 13, `${escaped(layer.name)}: ${escaped(spec.words.neuron)}`) +
      `<path class="grid" d="M${LEFT} ${box.top}V${box.top + height}"/>` +
      `<path class="spike" stroke-width="${thick}" d="${marks}"/>` +
      (last ? box.xAxis(spec.words.step, true) : ""), height + (last ? 62 : 30)];
  },

  // The firing rate of neuron 0 of every layer, against the value of one slider.
  rate({ width, top, spec, values, run }) {
    const { low, high } = spec.sliders.find((slider) => slider.name === spec.against);
    const height = 130, points = 120, curves = spec.layers.map(() => []);
    const legend = curves.length < 2 ? 0 : 20;
    for (let p = 0; p <= points; p += 1) {
      const value = low + ((high - low) * p) / points;
      const there = run({ ...values, [spec.against]: value }, spec.T, 1);
      there.layers.forEach((layer, k) => curves[k].push([value, layer.spikes / spec.T]));
    }
    const most = Math.max(0.1, ...curves.flat().map(([, rate]) => rate));
    const box = frame(width, top + 20 + legend, height, [low, high], span(0, most));
    let svg = box.yAxis(4) + text(LEFT, top + 13, escaped(spec.words.rate));
    const here = run(values, spec.T, 1);
    curves.forEach((curve, k) => {
      svg += `<path class="color${k % 3}" d="M${curve.map(([x, y]) =>
        `${near(box.x(x))} ${near(box.y(y))}`).join("L")}"/>`;
      const x = box.x(values[spec.against]), y = box.y(here.layers[k].spikes / spec.T);
      svg += `<circle r="5" cx="${near(x)}" cy="${near(y)}"/>`;
      if (legend) {
        const x = LEFT + (k * (width - LEFT - RIGHT)) / curves.length;
        svg += `<path class="color${k % 3}" d="M${near(x)} ${top + 29}h28"/>` +
          text(x + 34, top + 33, escaped(spec.layers[k].name));
      }
    });
    return [svg + box.xAxis(spec.against), height + 62 + legend];
  },
};

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
    const step = Number(input.step), value = Number(input.value);
    const to = {
      ArrowRight: value + step, ArrowUp: value + step, ArrowLeft: value - step, ArrowDown: value - step,
      PageUp: value + 10 * step, PageDown: value - 10 * step, Home: Number(input.min), End: Number(input.max),
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    input.value = to;
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
    const words = filled(root.dataset.broken, { why: error.message });
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
  const top = root.getRootNode(), place = top instanceof ShadowRoot ? top : document;
  if (!place.adoptedStyleSheets.some((sheet) => sheet.snnbook)) {
    const sheet = Object.assign(new CSSStyleSheet(), { snnbook: true });
    sheet.replaceSync(STYLE);
    place.adoptedStyleSheets = [...place.adoptedStyleSheets, sheet];
  }

  const live = root.querySelector(".snn-live");
  let values = { ...first }, waiting = false;
  let moved = false, speaking = null;  // nothing is spoken before the reader moves something

  const controls = element("div", { class: "snn-controls" }), inputs = {};
  for (const { name, low, high, step, names } of spec.sliders) {
    const output = element("output"), input = element("input", { type: "range", min: low, max: high, step });
    input.setAttribute("aria-label", name);
    if (names) output.className = "snn-name";
    inputs[name] = { input, output, names };
    steered(input, () => set({ [name]: Number(input.value) }, true));
    controls.append(element("label", {}, element("code", {}, name), input, output));
  }
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  picture.setAttribute("role", "img");
  const status = element("p", { class: "snn-status", "aria-hidden": "true" }), spoken = element("p", { role: "status" });
  spoken.style.cssText = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);margin:0";
  const buttons = element("div", { class: "snn-buttons" });
  live.replaceChildren(controls, buttons, picture, status, spoken);

  function button(words, clicked) {
    const made = element("button", { type: "button" }, words);
    made.addEventListener("click", clicked);
    buttons.append(made);
    return made;
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
    moved ||= mine;
    if (!waiting) requestAnimationFrame(() => attempt(root, draw));
    waiting = true;
  }
  function draw() {
    waiting = false;
    root.classList.toggle("snn-dark", dark(root));
    for (const [name, { input, output, names }] of Object.entries(inputs)) {
      const shown = names ? names[values[name]] : short(values[name]);
      input.value = values[name];
      output.value = shown;
      input.setAttribute("aria-valuetext", shown);
    }
    const width = Math.max(260, live.clientWidth), { svg, height, words } = drawn(values, width);
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    picture.style.height = `${height}px`;
    picture.innerHTML = svg;
    picture.setAttribute("aria-label", words);
    status.textContent = words;
    clearTimeout(speaking);
    if (moved) speaking = setTimeout(() => { spoken.textContent = words; }, 600);
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
  return { begin, button, buttons, draw, later, picture, player, reduced, set, get values() { return values; } };
}

// --- a figure of explore ---------------------------------------------------------------------------

function mountExplorer(root, spec, first, told = () => {}) {
  const { run } = engine(spec);
  const figure = stage(root, spec, first, told, drawn);
  let cursor = spec.T - 1, time = null, pause = () => {};
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
  figure.button(spec.words.start, () => { pause(); cursor = spec.T - 1; figure.set(spec.start, true); });

  function go(t) {
    cursor = Math.min(Math.max(t, 0), spec.T - 1);
    figure.later();
  }

  function drawn(values, width) {
    if (time) {
      time.input.value = cursor;
      time.output.value = cursor;
    }
    const done = run(values);
    // A layer in step mode 's' has been called up to the present step; one in 'm' knows it all.
    const shown = spec.layers.map(({ mode }) => (spec.play && mode === "s" ? cursor + 1 : spec.T));
    shown.max = Math.max(...shown);
    let top = 0, svg = "";
    for (const [view, k] of spec.panels) {
      const [drawn, height] = VIEWS[view]({ width, top, spec, done, shown, values, run }, k);
      svg += drawn;
      top += height;
    }
    return { svg, height: top, words: described(done) };
  }

  // The figure in words: what the status line shows and a screen reader says.
  function described(done) {
    return spec.layers.map(({ name, mode }, k) => {
      const { h, s, v, spikes } = done.layers[k], all = spec.T * spec.N;
      const rate = (spikes / all).toFixed(4), at = cursor * spec.N;
      if (!spec.play) return filled(spec.words.count, { name, spikes, steps: spec.T, rate });
      const [x, H, V] = [done.x, h, v].map((seq) => short(seq[at]));
      return filled(spec.words.now, { name, t: cursor, x, h: H, s: s[at], v: V });
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
    const root = element("div", { class: "snn-explore" }, element("div", { class: "snn-live" }));
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
