// A figure of calls: in which order the layers of a network are called, in both step modes.
//
// `spec` is written by snnbook.interactive.calls, which makes the same calls in PyTorch.

const CALL_MODES = ["s", "m"], ALIKE = 1e-9;

// The calls of a mode in their order: block by block. In mode 's' a step is a block.
function callsOf(mode, T, L, cut) {
  const blocks = mode === "s" ? Array.from({ length: T }, (_, t) => [t, t + 1]) : [[0, cut], [cut, T]];
  return blocks.filter(([first, end]) => first < end).flatMap(([first, end]) =>
    Array.from({ length: L }, (_, layer) => ({ first, end, layer })));
}

// A mode and the values of the sliders -> what the calls that the cells allow have given.
function caller(spec) {
  const net = network(spec.entries), { T, widths } = spec, L = spec.entries.length, x = unpacked(spec.x);
  const inputs = x.length / T, X = Array.from({ length: T }, (_, t) => x.slice(t * inputs, (t + 1) * inputs));

  function made(mode, { cells, cut, reset, feedback }) {
    const rows = Array.from({ length: L + 1 }, () => []), v = rows.map(() => []), states = new Array(L).fill(null);
    const todo = callsOf(mode, T, L, cut);
    let made = 0, done = 0, stuck = false, last = null;
    for (; todo.length; last = todo.shift()) {
      const { first, end, layer } = todo[0], steps = end - first, [input] = rows, output = rows[L];
      stuck = feedback === 1 && steps > 1;
      for (let t = input.length; t < (stuck ? first + 1 : end); t += 1) {
        input.push(feedback && t ? X[t].map((one, i) => one + spec.strength * output[t - 1][i]) : X[t]);
      }
      if (stuck || done + steps > cells) break;
      const given = Float64Array.from(rows[layer].slice(first, end).flatMap((one) => [...one]));
      const y = net.layers[layer].forward(given, steps, states[layer]), N = y.length / steps;
      for (let t = 0; t < steps; t += 1) rows[layer + 1].push(y.slice(t * N, (t + 1) * N));
      if (spec.entries[layer].code) {
        states[layer] = net.layers[layer].state;
        v[layer].push(...net.layers[layer].v);
      }
      made += 1;
      done += steps;
      if (reset && end === cut && end < T && layer === L - 1) states.fill(null);
    }
    const next = todo[0] ?? null, kept = states.flatMap((state) => Object.values(state ?? {}));
    return {
      made, done, last, next, rows, v, stuck: next !== null && stuck,
      memory: kept.reduce((sum, one) => sum + one.length, 0),
      given: next ? (next.end - next.first) * widths[next.layer] : 0,
      states: states.map((state) => state && [...state.v]),
    };
  }

  const differ = (one, other) => one.flatMap((row, k) => row.slice(0, other[k].length).map(
    (numbers, t) => ({ t, layer: k, differs: numbers.some((y, i) => Math.abs(y - other[k][t][i]) > ALIKE) })));
  const outputs = ({ rows }) => rows.slice(1);
  // Both modes at some values of the sliders, and for each cell that both have done whether it differs.
  function both(values) {
    values = { ...spec.fixed, ...values };
    const modes = CALL_MODES.map((mode) => {
      const one = made(mode, values);
      const before = values.reset ? differ(outputs(one), outputs(made(mode, { ...values, reset: 0 }))) : [];
      return { mode, ...one, changed: before.filter(({ differs }) => differs) };
    });
    return { values, modes, shared: differ(...modes.map(outputs)) };
  }

  // What the axes have room for: all that the reader can make of it.
  function limits() {
    const ends = Object.fromEntries(spec.sliders.map(({ name, low, high }) => [name, [low, high]]));
    const none = () => [0, 1e-9], numbers = [none(), ...spec.entries.map(none)], potentials = spec.entries.map(none);
    const widen = (reach, y) => { reach[0] = Math.min(reach[0], y); reach[1] = Math.max(reach[1], y); };
    const [from, to] = ends.cut ?? [T, T];
    let held = 0;
    for (let cut = from; cut <= to; cut += 1) {
      for (const reset of ends.reset ?? [0]) {
        for (const feedback of ends.feedback ?? [0]) {
          const { rows, v } = made("s", { cells: T * L, cut, reset, feedback });
          rows.forEach((row, k) => row.forEach((given) => given.forEach((y) => widen(numbers[k], y))));
          v.forEach((all, k) => all.forEach((one) => widen(potentials[k], one)));
        }
      }
    }
    for (let cells = 0; cells <= T * L; cells += 1) {
      for (const mode of CALL_MODES) {
        const { memory, given } = made(mode, { cells, cut: T, reset: 0, feedback: 0 });
        held = Math.max(held, memory + given);
      }
    }
    return { numbers, potentials, held };
  }
  return { both, limits };
}

// --- pictures of it --------------------------------------------------------------------------------

const NAMES = 72, GUTTER = 20, ROW = 34, HEAD = 46, FOOT = 52, CUT = 26;

// Whether the next call has begun to get its cells, and needs more of them.
const waiting = ({ next, stuck, done }, { cells }) => next !== null && !stuck && cells > done;

// The grid of one mode, `left` and `top` in the picture.
function cellsOf({ left, top, width, spec, limits, now, values }) {
  const { T, words, names, fires } = spec, L = names.length - 1, { rows, next, last, stuck, mode } = now;
  const step = (width - NAMES - 4) / T, cuts = spec.sliders.some(({ name }) => name === "cut");
  const high = ROW - 6, head = HEAD + (cuts ? CUT : 0), bottom = top + head + (L + 1) * ROW;
  const x = (t) => left + NAMES + t * step, y = (k) => bottom - (k + 1) * ROW;  // of a cell's corner
  const wide = step - GUTTER, edge = (t) => x(t) - GUTTER / 2;
  const box = (t, k, kind, end = t + 1) => `<rect class="${kind}" rx="3" x="${near(x(t))}" y="${near(y(k) + 3)}" ` +
    `width="${near((end - t - 1) * step + wide)}" height="${high}"/>`;
  // A bar from 0, as it begins at a place of its own: its height is what the greatest number needs.
  const bar = (one, [low, most], top) => {
    const unit = (high - 6) / (most - low);
    return `${near(top + most * unit)}v${near(-one * unit) || -0.5}`;
  };
  const changed = new Set(now.changed.map(({ t, layer }) => `${t} ${layer + 1}`));
  const thick = near(Math.min(4, (0.6 * wide) / Math.max(...spec.widths)));
  const d = { number: "", spike: "", silent: "" };
  let boxes = "", more = "";

  for (let k = 0; k <= L; k += 1) {
    more += text(left + NAMES - 26, y(k) + ROW / 2 + 4, escaped(names[k]), 'class="name" text-anchor="end"');
    for (let t = 0; t < T; t += 1) {
      const numbers = rows[k][t], kind = !numbers ? "box" : changed.has(`${t} ${k}`) ? "box changed" : "box done";
      boxes += box(t, k, kind);
      numbers?.forEach((one, i) => {
        const place = near(x(t) + (wide * (i + 0.5)) / numbers.length), base = y(k) + ROW - 6;
        if (k && fires[k - 1]) {
          if (one) d.spike += `M${place} ${near(base)}v${near(-one * (high - 6))}`;
          else d.silent += `M${place} ${near(base - 1)}h0`;
        } else d.number += `M${place} ${bar(one, limits.numbers[k], y(k) + 6)}`;
      });
    }
  }
  if (stuck) {
    more += box(next.first, next.layer + 1, "call stuck", next.end);
    for (let t = next.first + 1; t < next.end; t += 1) more += text(x(t) + wide / 2, y(0) + ROW / 2 + 5, "?", 'class="stuck" text-anchor="middle"');
  } else if (waiting(now, values)) more += box(next.first, next.layer + 1, "call begun", next.end);
  if (last) more += box(last.first, last.layer + 1, "call", last.end);

  // The output goes into the next step: down between two columns.
  let fed = "", never = "";
  if (values.feedback) {
    for (let t = 1; t < T; t += 1) {
      const path = `M${near(x(t - 1) + wide)} ${near(y(L) + 9)}H${near(edge(t))}V${near(y(0) + ROW / 2)}H${near(x(t) - 1)}m-4 -3.5l4 3.5l-4 3.5`;
      if (rows[L][t - 1]) fed += path;
      else if (stuck && t > next.first && t < next.end) never += path;
    }
  }
  // The state of each layer, on the edge that it has reached.
  let tokens = "", bars = "";
  now.states.forEach((state, k) => {
    if (!state) return;
    const start = edge(rows[k + 1].length) - (GUTTER - 2) / 2;
    tokens += `<rect class="token" rx="3" x="${near(start)}" y="${near(y(k + 1) + 2)}" width="${GUTTER - 2}" height="${ROW - 4}"/>`;
    state.forEach((v, i) => {
      bars += `M${near(start + 2 + ((GUTTER - 6) * (i + 0.5)) / state.length)} ${bar(v, limits.potentials[k], y(k + 1) + 6)}`;
    });
  });

  const coloured = (kind, count, letter) => `<tspan class="${kind}">${count} ${letter}</tspan>`;
  const title = `<text class="made" x="${near(left)}" y="${top + 14}" font-weight="600">${escaped(filled(words, `order_${mode}`, { calls: now.made }))}</text>` +
    text(left, top + 33, `${escaped(filled(words, "held", { held: now.memory + now.given }))} = ${coloured("v", now.memory, "V")} + ${coloured("x", now.given, "X")}`, 'class="sum"');
  const unit = Math.min(6, (width - 204) / limits.held), at = left + 204, dash = unit > 4 ? `stroke-dasharray="${near(unit - 1.5)} 1.5"` : "";
  const memory = now.memory * unit, given = now.given * unit;
  const held = `<path class="held memory" ${dash} d="M${near(at)} ${top + 28}h${near(memory)}"/>` +
    `<path class="held number" ${dash} d="M${near(at + memory)} ${top + 28}h${near(given)}"/>`;

  let cut = "";
  if (cuts) {
    const place = near(values.cut < T ? edge(values.cut) : x(T) - GUTTER / 2);
    cut = `<path class="cut${values.cut < T ? "" : " parked"}" d="M${place} ${top + head - 12}V${bottom + 4}"/>`;
    const right = values.cut > T / 2, said = values.cut === T ? "cut" : values.reset ? "forgets" : "goes_on";
    cut += text(place + (right ? -14 : 14), top + head - 9, escaped(words[said]), `class="cut-words"${right ? ' text-anchor="end"' : ""}`);
  }
  const axis = Array.from({ length: T }, (_, t) => text(x(t) + wide / 2, bottom + 16, t, 'class="x" text-anchor="middle"')).join("") +
    text(left + NAMES - 26, bottom + 16, escaped(words.steps), 'text-anchor="end"') +
    (spec.sliders.some(({ name }) => name === "cells") && mode === "s" ? `<path class="axis" d="M${near(x(0))} ${bottom + 36}H${near(x(T))}"/>` : "");
  const svg = `<g class="panel calls" data-mode="${mode}">${boxes}` +
    `<path class="number" stroke-width="${thick}" d="${d.number}"/><path class="spike" stroke-width="${thick}" d="${d.spike}"/>` +
    `<path class="silent" stroke-width="3" d="${d.silent}"/><path class="fed" d="${fed}"/><path class="fed stuck" d="${never}"/>${cut}` +
    `${tokens}<path class="kept" stroke-width="${near(Math.min(3, (GUTTER - 6) / Math.max(...spec.widths) - 0.4))}" d="${bars}"/>${more}${title}${held}${axis}</g>`;
  return { svg, height: bottom - top + FOOT, places: { x, y, step, edge, bottom } };
}

// --- the figure ------------------------------------------------------------------------------------

function mountCaller(root, spec, first, told = () => {}) {
  const { both, limits } = caller(spec), { T, words } = spec, L = spec.entries.length, all = T * L;
  const figure = stage(root, spec, first, told, drawn), known = limits();
  const sliders = Object.fromEntries(spec.sliders.map((slider) => [slider.name, slider]));
  const now = () => ({ ...spec.fixed, ...figure.values });
  let pause = () => {};
  const go = (cells) => figure.set({ cells: Math.min(Math.max(cells, 0), all) }, true);
  if (sliders.cells) {
    if (!figure.reduced) {
      const begin = () => { if (now().cells === all) go(0); };
      pause = figure.player(words.play, begin, () => { go(now().cells + 1); return now().cells < all; }, 300);
    }
    figure.button(words.cell, () => { pause(); go((now().cells + 1) % (all + 1)); });
  }
  figure.button(words.start, () => { pause(); figure.set(spec.start, true); });
  for (const { name, toggle } of spec.sliders) if (toggle) figure.toggle(name, toggle);

  // After how many cells the calls of a mode come back: what a reader can choose there.
  function stops(mode, cut) {
    const ends = [0];
    for (const { first, end } of callsOf(mode, T, L, cut)) ends.push(ends.at(-1) + end - first);
    return ends;
  }
  // Where the reader takes hold of the calls of a mode, and of the cut.
  function partsOf(one, { x, y, step, edge, bottom }, values, said) {
    const parts = [], { mode } = one, grid = { left: x(0) - GUTTER, width: T * step + GUTTER };
    const calls = callsOf(mode, T, L, values.cut), ends = stops(mode, values.cut);
    if (sliders.cells) {
      const { first, layer } = one.last ?? { first: 0, layer: -1 };
      const knob = mode === "s" ? [x(0) + (one.done / L) * step, bottom + 36] : [edge(first), y(layer + 1) + ROW / 2];
      parts.push({
        ...grid, field: true, key: `cells ${mode}`, name: "cells", label: `cells, ${filled(words, `order_${mode}`, { calls: one.made })}`,
        top: y(L), height: bottom + 50 - y(L), knob, slider: sliders.cells, value: values.cells, words: said,
        at(px, py) {
          const t = Math.floor((px - x(0)) / step), k = Math.floor((bottom - py) / ROW) - 1;
          if (t < 0) return mode === "s" ? 0 : ends[Math.min(Math.max(k + 1, 0), L)];
          if (mode === "s" && py > bottom) return Math.round(((px - x(0)) / step) * L);
          const index = calls.findIndex((call) => call.first <= t && t < call.end && call.layer === Math.min(Math.max(k, 0), L - 1));
          return k < 0 ? ends[Math.max(0, index)] : ends[index + 1] ?? all;
        },
        moved(key, value, slider) {
          if (key === "Home" || key === "End" || key.startsWith("Page")) return moved(key, value, slider);
          return key === "ArrowRight" || key === "ArrowUp" ? ends.find((end) => end > value) ?? all : ends.findLast((end) => end < value) ?? 0;
        },
      });
    }
    if (sliders.cut) {
      const shown = values.cut < T ? words[values.reset ? "forgets" : "goes_on"] : words.none;
      parts.push({
        side: "across", key: `cut ${mode}`, name: "cut", label: `cut, mode '${mode}'`, slider: sliders.cut, value: values.cut,
        x: edge(values.cut), top: y(L) - 12 - REACH, words: `${values.cut}; ${shown}`, at: (px) => Math.round((px - edge(0)) / step),
      });
    }
    return parts;
  }

  function drawn(values, width) {
    const done = both(values), said = described(done), columns = width >= 560 ? 2 : 1, one = (width - 24 * (columns - 1)) / columns;
    const parts = [];
    let svg = "", height = 0;
    done.modes.forEach((now, k) => {
      const left = columns === 2 ? k * (one + 24) : 0, top = columns === 2 ? 0 : height;
      const grid = cellsOf({ left, top, width: one, spec, limits: known, now, values: done.values });
      svg += grid.svg;
      height = top + grid.height;
      parts.push(...partsOf(now, grid.places, done.values, said[k]));
    });
    return { svg, height, words: said.join("\n"), parts };
  }

  // A sentence or two for each mode, and how they compare.
  function described({ values, modes, shared }) {
    const said = modes.map(({ mode, made, done, memory, given, changed, stuck, next }) => [
      filled(words, "called", { name: mode, calls: made, done, cells: all, held: memory + given }),
      ...(values.reset && values.cut < T ? [filled(words, "changed", { changed: changed.length })] : []),
      ...(stuck ? [filled(words, "future", { t: next.first + 1, before: next.first })] : []),
      ...(waiting({ next, stuck, done }, values) ? [filled(words, "waits", {
        steps: next.end - next.first, more: done + next.end - next.first - values.cells })] : []),
    ].join(" "));
    const differ = shared.filter(({ differs }) => differs).length;
    if (shared.length) said.push(filled(words, differ ? "unlike" : "alike", { both: shared.length, differ }));
    return values.reset && values.cut === T ? [...said, words.no_cut] : said;
  }

  figure.begin();
  root.snnbook = {
    run: (some) => both({ ...figure.values, ...some }), set: figure.set, draw: figure.draw,
    get values() { return figure.values; },
  };
  return { set: (some) => figure.set(some) };
}
