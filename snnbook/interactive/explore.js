// A figure of sliders and views: what `explore` shows.

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
      done.spikes = total(done.s);
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

  // The spikes of neuron 0 of each layer, and how many; nothing else is kept, since it is asked for often.
  const { T } = spec, scratch = Array.from({ length: 4 }, () => new Float32Array(T));
  function spikes(values) {
    const [x, h, s, v] = scratch;
    inputs({ ...spec.fixed, ...values }, { noise }, spec.N, T, 1, x);
    return spec.layers.map((layer, k) => {
      runs[k](own(layer, values), x, T, 1, h, s, v);
      return s.slice();
    });
  }
  const counts = (values) => spikes(values).map(total), columns = columnsOf(spec, spikes);

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
    const now = counts(values), seen = spec.show.includes("columns") ? columns(values, name).counts : new Map();
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
        const after = seen.get(value) ?? counts({ ...values, [name]: value });
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
  return { run, given, columns, stairs, goals };
}

// --- the figure ----------------------------------------------------------------------------------

function mountExplorer(root, spec, first, told = () => {}) {
  const { run, given, columns, stairs, goals } = engine(spec), limits = axes({ run }, spec);
  const shape = shapeOf(spec, given);
  const figure = stage(root, spec, first, told, drawn), answer = answers(spec);
  let cursor = spec.T - 1, time = null, pause = () => {};
  let looking = null, last = null;  // the step that the reader looks at, and the run as it is drawn
  // In a crowd the reader has chosen a neuron, and points at another one.
  const crowd = spec.show.includes("population");
  let chosen = 0, pointed = null, sorted = false;
  figure.looked = (t, n = null, keep = false) => {
    if (keep && n !== null) chosen = n;
    if (t === looking && n === pointed && !keep) return;
    [looking, pointed] = [t, n];
    figure.later(false);
  };
  const accounts = spec.show.includes("account"), traced = accounts || spec.show.includes("trace");
  // Room for a step in numbers, about as many lines as it takes: in two columns always, in one from
  // the first step on that the reader looks at.
  const many = spec.layers.length, long = ([, right]) => right.replace(/\{[^}]+\}/g, "12345").length + 16;
  const rows = (room) => spec.layers.map(({ steps }) => steps.reduce((sum, line) => sum + Math.ceil(long(line) / room), many > 1 ? 1 : 0));
  const longest = traced ? rows(48).reduce((sum, one) => sum + one, 0) : 0;
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
    const part = partOf(all, spec.panels.length > 2);
    const scene = { width, spec, done, shown, values, stairs, columns, goals, limits, held, ghosts, t, margin, part, said: [], side, n, crowd, ranks, sorted, shape };
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
    if (t !== null) figure.reading.style.setProperty("--all", longest);
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
