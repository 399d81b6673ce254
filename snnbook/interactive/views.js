// What a figure shows: one table, VIEWS, and what its entries draw with. Those of explore alone join
// from files of their own.
//
// An entry draws one panel. From a scene and the number of a layer it makes the panel's SVG and its
// height. What views there are, and which have a panel for each layer, snnbook.interactive.views
// says. The colours mean one thing everywhere: X green, V blue, S orange; what has a variant is told
// apart by its line style, and by its name at its line.

const LEFT = 46, RIGHT = 14;

function niceStep(span, count) {
  const raw = span / count, power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].map((m) => m * power).find((step) => step >= raw * 0.999);
}

// Round numbers from one end to the other, about as many as wanted and three at least.
function ticks(low, high, count) {
  const step = niceStep(high - low, count), found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k += 1) {
    found.push(Number((k * step).toPrecision(12)));
  }
  return found.length > 2 || count > 9 ? found : ticks(low, high, count + 1);
}

// The smallest and the greatest of some numbers, widened to full steps.
function span(low, high, count = 4) {
  if (!(high > low)) high = low + 1;
  const step = niceStep(high - low, count);
  return [Math.floor(low / step + 1e-6) * step, Math.ceil(high / step - 1e-6) * step];
}

// Of a panel's height: less on a phone, where many panels stand below each other.
const partOf = (width, many) => (width < 480 && many ? 0.7 : 1);
const near = (x) => Math.round(x * 10) / 10;
const clipped = (x, [low, high]) => Math.min(Math.max(x, low), high);
const short = (x, digits = 4) => Number(x.toPrecision(digits)).toString().replace("-", "−");
const text = (x, y, words, more = "") => `<text x="${near(x)}" y="${near(y)}" ${more}>${words}</text>`;
const escaped = (words) => String(words).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

// A sentence of the figure's words with each {name} in it replaced by its value, and
// {count:spike|spikes} by the form that fits the count: snnbook.interactive.views says which.
function filled(words, sentence, values) {
  const form = (n) => words.plural[n < 100 ? n : 100 + (n % 100)];
  return words[sentence].replace(/\{(\w+)(?::([^}]*))?\}/g, (_, name, forms) => {
    if (forms === undefined) return values[name];
    const all = forms.split("|"), n = Number(values[name]);
    return (Number.isInteger(n) && n >= 0 ? all[form(n)] : undefined) ?? all.at(-1);
  });
}

function frame(width, top, height, [xlow, xhigh], [ylow, yhigh]) {
  const w = width - LEFT - RIGHT;
  return {
    width, top, height, limits: [ylow, yhigh],
    x: (value) => LEFT + ((value - xlow) / (xhigh - xlow)) * w,
    y: (value) => top + height - ((value - ylow) / (yhigh - ylow)) * height,
    value: (y) => ylow + ((top + height - y) / height) * (yhigh - ylow),
    place: (x) => xlow + ((x - LEFT) / w) * (xhigh - xlow),
    yAxis(count, whole = false) {
      return ticks(ylow, yhigh, count).filter((v) => !whole || v % 1 === 0).map((v) =>
        `<path class="grid" d="M${LEFT} ${near(this.y(v))}H${width - RIGHT}"/>` +
        text(LEFT - 6, this.y(v) + 4, short(v), 'class="y" text-anchor="end"')).join("");
    },
    xAxis(label, whole = false) {
      const y = top + height, count = Math.max(3, Math.floor(w / 90));
      return `<path class="axis" d="M${LEFT} ${y}H${width - RIGHT}"/>` +
        ticks(xlow, xhigh, count).filter((v) => !whole || v % 1 === 0).map((v) =>
          text(this.x(v), y + 16, short(v), 'class="x" text-anchor="middle"')).join("") +
        text(width - RIGHT, y + 32, escaped(label), 'text-anchor="end"');
    },
    // What lies inside the axes; whatever leaves them ends at their edge.
    inside: (svg) => `<svg role="presentation" x="${LEFT}" y="${top - 1}" width="${w}" height="${height + 2}" ` +
      `viewBox="${LEFT} ${top - 1} ${w} ${height + 2}">${svg}</svg>`,
    // The step that the reader looks at, with dots at some heights.
    mark(t, heights = []) {
      if (t === null || t === undefined) return "";
      const x = near(this.x(t));
      return `<path class="looked" d="M${x} ${top}V${top + height}"/>` +
        heights.filter((y) => y >= top - 1 && y <= top + height + 1).map((y) => `<circle class="looked" r="4" cx="${x}" cy="${y}"/>`).join("");
    },
    // Arrows where values [place, value] leave the axes, the farthest with its number; `say` is told it.
    beyond(points, words, say = () => {}) {
      let svg = "";
      for (const [sign, edge, sentence] of [[1, yhigh, "above"], [-1, ylow, "below"]]) {
        const outside = points.filter(([, value]) => sign * value > sign * edge + 1e-9 * Math.abs(yhigh - ylow));
        if (!outside.length) continue;
        const farthest = outside.reduce((one, other) => (sign * other[1] > sign * one[1] ? other : one));
        const y = this.y(edge), places = [], value = short(farthest[1]);
        say(value);
        for (const [place] of outside) {
          const x = near(this.x(place));
          if (!places.length || x - places.at(-1) > 9) places.push(x);
        }
        svg += `<path class="leaves" d="${places.map((x) => `M${x - 4} ${near(y + 6 * sign)}l4 ${-6 * sign}l4 ${6 * sign}`).join("")}"/>`;
        const x = clipped(this.x(farthest[0]), [LEFT, width - RIGHT]), right = x > LEFT + w / 2;
        svg += text(x + (right ? -7 : 7), y + (sign > 0 ? 12 : -4), filled(words, sentence, { value }),
          `class="leaves"${right ? ' text-anchor="end"' : ""}`);
      }
      return svg;
    },
    // A name at the right end of its line: beside it where there is a margin, else above or below.
    named: (words, y, below, margin, more = "") => (margin
      ? text(width - RIGHT + 20, y + 4, escaped(words), more)
      : text(width - RIGHT - 4, clipped(y + (below ? 13 : -4), [top + 4, top + height + 8]), escaped(words), `text-anchor="end" ${more}`)),
  };
}

// Why no spike is to be seen. Where the potential heads for something, more steps may bring one.
function silence(words, most, threshold, goal = null) {
  if (!(most < threshold) || !Number.isFinite(most)) return words.nothing;
  let digits = 4;
  while (digits < 8 && most.toPrecision(digits) === threshold.toPrecision(digits)) digits += 1;
  const values = { most: short(most, digits), threshold: short(threshold), goal: short(goal ?? 0) };
  return filled(words, goal !== null && goal >= threshold ? "not_yet" : "silent", values);
}

// A line that leaves a ghost of itself as long as a hand is on the figure.
const lined = (key, kind, d, ghosts = {}, more = "") =>
  (key in ghosts ? `<path class="ghost" ${more} d="${ghosts[key]}"/>` : "") +
  `<path class="${kind}" data-line="${key}" ${more} d="${d}"/>`;

// A step of a neuron of a layer, by default 0: its equations, filled in with the numbers that stood
// there. `mark` makes of a name and what is written for it what is shown.
function stepOf(spec, done, k, t, mark = (name, words) => words, neuron = 0) {
  const layer = spec.layers[k], { h, s, v, states, levels } = done.layers[k], at = t * spec.N + neuron;
  const values = { ...levels, "X[t]": done.x[at], "H[t]": h[at], "S[t]": s[at], "V[t]": v[at] };
  const first = (name) => (typeof layer.first[name] === "string" ? levels[layer.first[name]] : layer.first[name]);
  for (const [name, seq] of Object.entries({ ...states, v })) {
    const letter = name.length === 1 ? name.toUpperCase() : name;
    values[`${letter}[t]`] = seq[at];
    values[`${letter}[t-1]`] = t ? seq[at - spec.N] : first(name);
  }
  const number = (name, before, after) => {
    const written = short(values[name]), bare = /(^|[(|]|, )$/.test(before) && !after.startsWith("^");
    return written.startsWith("−") && !bare ? `(${written})` : written;
  };
  return layer.steps.map(([left, right]) => {
    const pieces = right.split(/\{([^}]+)\}/);  // what stands between two numbers, and their names
    const line = pieces.map((piece, n) => (n % 2 ? mark(piece, number(piece, pieces[n - 1], pieces[n + 1])) : mark("", piece)));
    return `${mark(left, left.replace("[t]", `[${t}]`))} = ${line.join("")} = ${mark(left, short(values[left]))}`;
  });
}

// The least and the greatest of the finite values, and of some levels.
function extent(arrays, levels) {
  let low = Math.min(0, ...levels), high = Math.max(0.1, ...levels);
  for (const values of arrays) {
    for (const value of values) {
      if (value < low && value > -Infinity) low = value;
      if (value > high && value < Infinity) high = value;
    }
  }
  return [low, high];
}

// Values far outside are left out, so that an exploding neuron doesn't flatten all the rest.
function range(arrays, levels) {
  const scale = 4 * Math.max(1, ...levels.map(Math.abs)), [low, high] = extent(arrays, levels);
  return span(Math.max(low, -scale), Math.min(high, scale));
}

// The levels of a layer's potential, with the ends of the sliders that move them.
function levelsOf(layer, values, sliders = []) {
  const names = ["v_threshold", ...(layer.soft ? [] : ["v_reset"])];  // those of a neuron's potential
  return names.map((name) => ({
    name, value: values[name], slider: (layer.follows ?? []).includes(name) && sliders.find((one) => one.name === name),
  }));
}

// Axes that stand still, wherever the sliders are. The potential's has room for all levels that can
// be set and for what the layers do at first; and, as far as half as much again, for what they do
// along each slider, but in a crowd. The input's has room for all of it.
function axes({ run }, spec) {
  const crowd = spec.show?.includes("population"), N = crowd ? clipped(Math.floor(2e5 / spec.T), [1, Math.min(spec.N, 64)]) : 1;
  const first = run(spec.start, spec.T, N), along = [first];
  for (const { name, low, high } of spec.sliders) {
    for (let k = 0; k <= 8; k += 1) along.push(run({ ...spec.start, [name]: low + ((high - low) * k) / 8 }, spec.T, N));
  }
  const levels = spec.layers.flatMap((layer, k) => levelsOf(layer, first.layers[k].levels, spec.sliders).flatMap(
    ({ value, slider }) => (slider ? [slider.low, slider.high] : [value])));
  const potentials = (runs) => runs.flatMap(({ layers }) => layers.flatMap(({ h, v }) => [h, v]));
  const base = range(potentials([first]), levels), room = crowd ? 0 : (base[1] - base[0]) / 2;
  const all = extent(potentials(along), levels);
  const reach = span(Math.min(base[0], Math.max(all[0], base[0] - room)), Math.max(base[1], Math.min(all[1], base[1] + room)), 6);
  return { potential: reach, input: span(...extent(along.map(({ x }) => x), [])) };
}

// The style of a layer's line, short.
const sample = (x, y, long, k) => `<path class="potential style${k % 3}" d="M${near(x)} ${near(y)}h${long}"/>`;

// The value of a slider at which what it moves, up or down throughout, has a level.
function solved(of, level, slider) {
  const rises = of(slider.high) > of(slider.low);
  let [from, to] = [slider.low, slider.high];
  for (let n = 0; n < 20 && to - from > slider.step / 4; n += 1) {
    const half = (from + to) / 2;
    if ((of(half) < level) === rises) from = half; else to = half;
  }
  return (from + to) / 2;
}

// Potentials of one neuron of some layers in one frame: to H[t], a spike, then V[t]. At the step that
// the reader looks at a crowd shows all of its potentials, as dashes.
function membranes({ width, top, spec, done, shown, limits, values: now, goals, ghosts, t: looked, said, margin, part = 1, n: neuron = 0, crowd }, ks, title, last, blocks = false) {
  const resting = goals?.(now) ?? [];
  const height = crowd ? LOW : Math.round(TALL * part), several = ks.length > 1, shared = {}, rows = 18 * (ks.length - 1);
  const tracks = ks.map((k) => {
    const { h, s, v, levels } = done.layers[k], ours = (a) => (spec.N === 1 ? a : a.filter((_, n) => n % spec.N === neuron));
    const [H, S, V] = [h, s, v].map(ours), layer = spec.layers[k];
    return { k, layer, levels, H, S, V, T: shown[k], lines: levelsOf(layer, levels, spec.sliders), points: [] };
  });
  const box = frame(width, top + 20, height, [-0.5, spec.T - 0.5], limits?.potential ??
    range(tracks.flatMap(({ H, V }) => [H, V]), tracks.flatMap(({ lines }) => lines.map(({ value }) => value))));
  const far = [box.top - 1e4, box.top + 1e4], at = (value) => near(clipped(box.y(value), far));
  const wide = (width - LEFT - RIGHT) / spec.T, roomy = wide > 6, foot = box.top + height;
  let inside = "", below = "", named = "", excess = "", circles = [];
  for (const [row, { k, layer, levels, H, S, V, T, points }] of tracks.entries()) {
    const base = foot + 22 + 18 * row, style = several ? ` style${k % 3}` : "";
    let line = "", up = "", marks = "", dots = "";
    for (let t = 0; t < T && Number.isFinite(H[t]) && Number.isFinite(V[t]); t += 1) {
      const x = near(box.x(t)), top = at(H[t]);
      line += `${t ? "L" : "M"}${x} ${top}`;
      points.push([t, H[t]], [t, V[t]]);
      if (roomy) dots += `M${x} ${top}h0`;
      if (S[t]) {
        const bottom = at(V[t]);
        up += `M${x} ${bottom}V${top}`;
        marks += `M${x} ${base}V${near(base - 14 * S[t])}`;
        line += `V${bottom}`;
        if (roomy) dots += `M${x} ${bottom}h0`;
        if (blocks) excess += excesses(t, H[t], V[t], levels.v_threshold * S[t], row);
      }
    }
    inside += lined(`trace ${k}`, `potential${style}`, line, ghosts) + `<path class="spike${style}" d="${up}"/><path class="step" d="${dots}"/>` +
      (row ? `<path class="hole" d="${dots}"/>` : "");
    if (looked !== null && looked < points.length / 2) circles.push(at(H[looked]), at(V[looked]));
    if (crowd && looked !== null && looked < T) {
      const all = done.layers[k].h.subarray(looked * spec.N, (looked + 1) * spec.N);
      inside += `<path class="others" d="${Array.from(all, (one) => (Number.isFinite(one) ? `M${near(box.x(looked) - 6)} ${at(one)}h12` : "")).join("")}"/>`;
    }
    // What isn't there says why.
    const count = points.length / 2, most = points.reduce((one, [, value]) => Math.max(one, value), -Infinity);
    let why = "";
    if (count < T) why = filled(spec.words, "lost", { step: count });
    else if (T === spec.T && !marks) why = silence(spec.words, most, levels.v_threshold, resting[k] ?? null);
    below += (several ? sample(2, base - 6, 12, k) : "") + text(LEFT - 6, base - 2, "S[t]", 'text-anchor="end"') +
      `<path class="spike" d="${marks}"/>` + (why ? text(LEFT + 4, base - 2, escaped(why), 'class="why"') : "");
  }
  // The excess of a spike, the part that is kept below the part that is lost; and what the next step
  // starts from.
  function excesses(t, h, v, paid, row) {
    const half = Math.min(9, 0.42 * wide), long = (2 * half) / ks.length, left = box.x(t) - half + long * row;
    const part = (kind, from, to) => (to > from ? block(kind, left, at(to), long, at(from) - at(to)) : "");
    const kept = clipped(v, [0, h - paid]);
    return part("kept-on", paid, paid + kept) + part("lost", paid + kept, h) + part("kept-on", 0, v);
  }

  const parts = [], middle = { left: LEFT, width: width - LEFT - RIGHT }, names = tracks.map(({ layer }) => layer.name).join(", ");
  if (spec.sliders) {
    const T = Math.max(...tracks.map((one) => one.T));
    const told = (k) => [...(several ? [spec.layers[k].name] : []), ...stepOf(spec, done, k, looked, undefined, neuron)].join("; ");
    parts.push({
      ...middle, key: `trace ${ks}`, label: `${spec.words.step}, ${names}`, top: box.top, height: height + 26 + rows, T, t: looked,
      words: looked === null || looked >= T ? spec.words.point : ks.map(told).join(". "),
    });
  }
  const handle = (name, k, slider, y, more) => parts.push({
    ...middle, key: `${name} ${k}`, name, label: `${slider.name}, ${several ? names : spec.layers[k].name}`, slider, side: "right", value: now[slider.name],
    y: clipped(y, [box.top, box.top + height]), at: box.value, words: short(now[slider.name]), ...more,
  });
  for (const { k, lines } of tracks) {
    const goal = resting[k] ?? null;
    if (goal !== null && shared.goal !== goal) {
      shared.goal = goal;
      const y = box.y(goal), [low, high] = box.limits, out = goal > high ? " ↑" : goal < low ? " ↓" : "";
      const words = filled(spec.words, "heads", { value: short(goal) });
      if (!out) named += `<path class="level goal" d="M${LEFT} ${near(y)}H${width - RIGHT}"/>`;
      named += text(LEFT + 12, clipped(y - 4, [box.top + 12, box.top + height - 4]), escaped(words + out), 'class="goal"');
      const slider = spec.inputs.length === 1 && spec.sliders.find((one) => one.name === spec.inputs[0]);
      const heads = (value) => goals({ ...now, [slider.name]: value })[k];
      if (slider && heads(slider.low) !== null && heads(slider.high) !== null) {
        handle(slider.name, k, slider, y, { side: "left", words: `${short(now[slider.name])}; ${words}`, at: (place) => solved(heads, box.value(place), slider) });
      }
    }
    const apart = lines.length < 2 ? 0 : Math.max(0, 14 - (box.y(lines[1].value) - box.y(lines[0].value))) / 2;
    for (const { name, value, slider } of lines) {
      if (shared[name] === value) continue;
      shared[name] = value;
      if (slider) handle(name, k, slider, box.y(value));
      const y = near(box.y(value)), reset = name !== "v_threshold", below = reset && y < box.top + height - 14;
      named += `<path class="level ${name}" d="M${LEFT} ${y}H${width - RIGHT}"/>` + box.named(name, margin ? y + (reset ? apart : -apart) : y, below, margin, `data-symbol="${name}"`);
    }
  }
  const tell = ({ layer, points }) => box.beyond(points, spec.words, (value) =>
    said?.push(filled(spec.words, "leaves", { name: layer.name, value })));
  const svg = box.yAxis(crowd ? 4 : 6) + title + box.inside(excess + inside) + box.mark(looked, circles) + named + tracks.map(tell).join("") + below;
  const under = frame(width, box.top, height + 26 + rows, [-0.5, spec.T - 0.5], box.limits);
  return [svg + (last ? under.xAxis(spec.words.step, true) : ""), height + rows + (last ? 90 : 62), parts];
}

// --- an account ------------------------------------------------------------------------------------

// Where the input of neuron 0 of a layer went in the first T steps, as snnbook.interactive.account
// says; `spikes` are what each spike paid and lost, [t, paid, lost].
function accountOf(spec, done, k, T) {
  const { h, s, v, levels } = done.layers[k], { first } = spec.layers[k], { N } = spec;
  let before = Math.fround(typeof first.v === "string" ? levels[first.v] : first.v), input = 0, paid = 0, reset = 0, leaked = 0;
  const start = before, spikes = [];
  for (let t = 0; t < T; t += 1) {
    const at = t * N, cost = levels.v_threshold * s[at];
    input += done.x[at];
    paid += s[at];
    reset += h[at] - v[at];
    leaked += before + done.x[at] - h[at];
    if (s[at]) spikes.push([t, cost, h[at] - v[at] - cost]);
    before = v[at];
  }
  paid *= levels.v_threshold;
  const all = { input, paid, kept: before - start, lost: reset - paid, leaked };
  const least = 1e-5 * Object.values(all).reduce((sum, value) => sum + Math.abs(value), 0);
  const parts = Object.entries(all).slice(1).map(([name, value]) => [name, Math.abs(value) >= least ? value : 0]);
  return { ...all, spikes, least, parts: parts.filter(([name, value]) => name !== "leaked" || value) };
}

// An entry of an account in words.
const accounted = (words, name, value, written = String(Number(value.toFixed(4))).replace("-", "−")) =>
  filled(words, `account_${name}`, { value: written });

const block = (kind, x, y, width, height) =>
  `<path class="block ${kind}" d="M${near(x)} ${near(y)}H${near(x + width)}V${near(y + height)}H${near(x)}Z"/>`;

// The accounts of all layers: at the left what came in, at the right where it went. An entry below 0
// came in from elsewhere. All have one scale, that of the whole run.
function balances({ spec, ghosts, t: looked }, place, accounts, whole) {
  const each = place.width / accounts.length, top = place.top + 40, height = place.height - 40, { words } = spec;
  const known = ({ least }) => Number.isFinite(least), positive = (value) => Math.max(value, 0);
  const most = Math.max(0, ...whole.filter(known).map(({ input, parts }) => parts.reduce((sum, [, value]) => sum + positive(-value), positive(input))));
  let svg = text(place.left + 10, place.top + 13, escaped(words.account));
  accounts.forEach((one, k) => {
    const { input, parts, spikes, least } = one;
    const left = place.left + 10 + each * k, scale = height / most, foot = top + height;
    const ends = { in: foot, out: foot }, columns = { in: [left, 10], out: [left + 12, Math.min(28, each - 76)] };
    svg += `<g class="balance">${sample(left, top - 14, 20, k)}` + text(left + 26, top - 10, escaped(spec.layers[k].name));
    if (!most || !known(one)) {
      svg += `${text(left, foot - 4, escaped(known(one) ? words.account_empty : ""), 'class="why"')}</g>`;
      return;
    }
    const put = (side, kind, value) => {
      const [x, width] = columns[side], long = value * scale;
      ends[side] -= long;
      return block(kind, x, ends[side], width, long);
    };
    const labels = [];
    svg += put(input < 0 ? "out" : "in", "came", Math.abs(input));
    let border = "";
    for (const [name, value] of parts) {
      const side = value < 0 ? "in" : "out", from = ends[side];
      // One block for each spike, where they can be told apart.
      const bricks = { paid: 1, lost: 2 }[name] ? spikes.map((one) => [one[0], one[name === "paid" ? 1 : 2]]).filter(([, size]) => Math.abs(size) > least) : [];
      const even = bricks.every(([, size]) => size * value > 0 && Math.abs(size) * scale > 3);
      if (value) {
        for (const [t, size] of bricks.length && even ? bricks : [[null, value]]) {
          svg += put(side, `${name}${t !== null && t === looked ? " chosen" : ""}`, Math.abs(size));
        }
      }
      border += `M${near(columns[side][0])} ${near(ends[side])}h${near(columns[side][1] + 4)}`;
      labels.push([name, value, (from + ends[side]) / 2]);
    }
    // The names of the entries, below each other, each as near to its block as the others let it be.
    labels.sort(([, , a], [, , b]) => b - a);
    let low = foot + 6;
    const heights = labels.map(([, , y]) => (low = Math.min(low - 15, y)) + 4);
    const lift = Math.max(0, top + 8 - heights.at(-1));
    labels.forEach(([name, value], n) => { svg += text(columns.out[0] + columns.out[1] + 6, heights[n] + lift, escaped(accounted(words, name, value, short(value, 3))), `class="entry ${name}"`); });
    svg += `<path class="axis" d="M${near(left)} ${foot}H${near(columns.out[0] + columns.out[1])}"/>` + text(left, foot + 16, escaped(accounted(words, "input", input, short(input, 3))), 'class="entry came"');
    svg += `${lined(`account ${k}`, "border", border, ghosts)}</g>`;
  });
  return svg;
}

// Each view draws one panel.
const VIEWS = {
  // What goes in: one line for one neuron.
  input({ width, top, spec, done, shown, limits, ghosts, t, n: neuron = 0 }) {
    const height = 56, values = done.x.filter((_, k) => k % spec.N === neuron);
    const box = frame(width, top + 20, height, [-0.5, spec.T - 0.5], limits?.input ?? span(...extent([values], [])));
    let path = "", drawing = false;
    for (let t = 0; t < shown.max; t += 1) {
      const y = near(box.y(values[t])), finite = Number.isFinite(values[t]);
      if (finite) path += `${drawing ? "V" : `M${near(box.x(t - 0.5))} `}${y}H${near(box.x(t + 0.5))}`;
      drawing = finite;
    }
    return [box.yAxis(2) + text(LEFT, top + 13, escaped(spec.words.given_x)) +
      box.inside(lined("input", "input", path, ghosts)) + box.mark(t) +
      box.beyond(Array.from(values.slice(0, shown.max), (value, t) => [t, value]), spec.words), height + 34];
  },

  // The potential of one neuron of a layer: to H[t], a spike, then V[t].
  trace(scene, k) {
    const { n, crowd, spec } = scene, layer = spec.layers[k].name, name = crowd ? filled(spec.words, "one", { name: layer, n }) : layer;
    const words = filled(spec.words, "potential", { name });
    return membranes(scene, [k], text(LEFT, scene.top + 13, escaped(words)), k === spec.layers.length - 1);
  },

  // The potentials of neuron 0 of all layers in one frame, what exceeds the threshold as blocks, and
  // where the input went: beside the frame, or below it where there is no room.
  account(scene) {
    const { spec, top, done, shown } = scene, all = scene.width + scene.margin, layers = spec.layers.map((_, k) => k);
    const wide = scene.margin > 0 && layers.length < 3, columns = wide ? 116 * layers.length : all, width = all - columns;
    const inner = wide ? { ...scene, width: width - scene.margin } : scene;
    let title = text(LEFT, top + 13, escaped(spec.words.together)), x = LEFT + 62;
    for (const k of layers) {
      title += sample(x, top + 9, 20, k) + text(x + 26, top + 13, escaped(spec.layers[k].name));
      x += 44 + 7 * spec.layers[k].name.length;
    }
    const [left, height, parts] = membranes(inner, layers, title, true, true);
    const place = wide ? { left: width, top, width: columns, height: TALL + 20 } : { left: 0, top: top + height, width: all, height: 140 };
    const right = balances(scene, place, layers.map((k) => accountOf(spec, done, k, shown[k])), layers.map((k) => accountOf(spec, done, k, spec.T)));
    return [left + right, wide ? Math.max(height, place.height + 30) : height + place.height + 34, parts];
  },

  // The spikes of all neurons of one layer, a row each; `rows` are the neurons in another order.
  raster({ width, top, spec, done, shown, tall = 260, rows, sorted, bare, title = spec.words.neuron }, k) {
    const last = !bare && k === spec.layers.length - 1;
    const layer = spec.layers[k], { s } = done.layers[k], row = Math.min(12, tall / spec.N);
    const height = row * spec.N, limits = [spec.N - 0.5, -0.5], long = near(Math.max(1, 0.8 * row));
    const box = frame(width, top + 20, height, [-0.5, spec.T - 0.5], limits);
    const step = Math.max(1, niceStep(spec.N, 4)), thick = Math.min(spec.thick ?? 2, 0.8 * (width - 60) / spec.T);
    let marks = "", axis = "";
    const heights = Array.from({ length: spec.N }, (_, n) => ` ${near(box.y(n - 0.4))}v${long}`);
    for (let t = 0; t < shown[k]; t += 1) {
      const column = `M${near(box.x(t))}`;  // a number is written once: that takes longer than to draw it
      for (let n = 0; n < spec.N; n += 1) if (s[t * spec.N + (rows ? rows[n] : n)]) marks += column + heights[n];
    }
    let why = "";
    if (!marks && shown[k] === spec.T) {
      const { h, levels } = done.layers[k], most = h ? h.reduce((one, value) => Math.max(one, value), -Infinity) : NaN;
      why = text((LEFT + width - RIGHT) / 2, box.top + height / 2 + 4, escaped(silence(spec.words, most, levels?.v_threshold)),
        'class="why" text-anchor="middle"');
    }
    for (let n = 0; n < spec.N && !(rows && sorted); n += step) axis += text(LEFT - 6, box.y(n) + 4, n, 'class="y" text-anchor="end"');
    return [axis + text(LEFT, top + 13, `${escaped(layer.name)}: ${escaped(title)}`) +
      `<path class="grid" d="M${LEFT} ${box.top}V${box.top + height}"/>` +
      `<path class="spike" stroke-width="${thick}" d="${marks}"/>${why}` +
      (last ? box.xAxis(spec.words.step, true) : ""), height + (last ? 62 : 30)];
  },

  // The firing rate of neuron 0 of every layer, against the value of one slider: stairs, since a
  // count of spikes is a whole number. While a hand is on the figure its axis stands still.
  rate({ width, top, spec, values, stairs, held, ghosts, part }) {
    const slider = spec.sliders.find(({ name }) => name === spec.against), { low, high } = slider;
    const height = Math.round(130 * part), curves = stairs(values, spec.against), finite = (rate) => Number.isFinite(rate);
    const most = Math.max(0.1, ...curves.flatMap(({ corners }) => corners.map(([, rate]) => rate)).filter(finite));
    const box = frame(width, top + 20, height, [low, high], held("rate", () => span(0, most)));
    let lines = "", dots = "", names = "";
    const points = curves.flatMap(({ corners }) => corners.filter(([, rate]) => finite(rate)));
    curves.forEach(({ corners, here }, k) => {
      let path = "", drawing = false;
      for (const [value, rate] of corners) {
        const x = near(box.x(value)), y = near(box.y(rate));
        path += `${drawing ? `H${x}` : ""}${finite(rate) ? (drawing ? `V${y}` : `M${x} ${y}`) : ""}`;
        drawing = finite(rate);
      }
      if (drawing) path += `H${near(box.x(high))}`;
      lines += lined(`rate ${k}`, `rate style${k % 3}`, path, ghosts);
      if (finite(here)) {
        dots += `<circle class="rate style${k % 3}" r="5" cx="${near(box.x(values[spec.against]))}" cy="${near(box.y(here))}"/>`;
      }
      if (curves.length > 1) names += nameOf(k);
    });

    // A layer's name stands where its line is farthest from the others.
    function nameOf(k) {
      const at = (value, { corners }) => corners.findLast(([from]) => from <= value)?.[1] ?? corners[0][1];
      let best = null;
      for (let p = 2; p <= 18; p += 1) {
        const value = low + ((high - low) * p) / 20, mine = at(value, curves[k]);
        const gaps = curves.filter((_, other) => other !== k).map((other) => mine - at(value, other));
        const gap = gaps.reduce((one, other) => (Math.abs(other) < Math.abs(one) ? other : one));
        if (finite(mine) && (!best || Math.abs(gap) > Math.abs(best.gap) + 1e-9)) best = { value, mine, gap };
      }
      if (!best) return "";
      const above = best.gap > 0 || (best.gap === 0 && k === 0);
      const y = clipped(box.y(best.mine) + (above ? -7 : 16 + 14 * Math.max(0, k - 1)), [box.top + 10, box.top + height - 4]);
      return text(box.x(best.value), y, escaped(spec.layers[k].name), `text-anchor="${above ? "end" : "start"}"`);
    }
    const flat = curves.every(({ corners }) => corners.every(([, rate]) => rate === 0));
    const why = flat ? text((LEFT + width - RIGHT) / 2, box.top + height / 2, escaped(filled(spec.words, "flat", { name: spec.against })),
      'class="why" text-anchor="middle"') : "";
    // The dots are taken hold of where they stand: across their curves.
    const x = box.x(values[spec.against]), told = curves.map(({ here }, k) => `${spec.layers[k].name} ${short(here)}`).join(", ");
    const hand = {
      key: "rate", name: spec.against, slider, side: spec.inputs.includes(spec.against) ? "dot given" : "dot", x,
      top: box.top, height: height + 6, at: box.place, value: values[spec.against],
      label: `${spec.against}, ${spec.words.rate}`, words: `${short(values[spec.against])}; ${told}`,
    };
    const here = `<path class="here" d="M${near(x)} ${box.top}V${box.top + height}"/>`;
    return [box.yAxis(4) + text(LEFT, top + 13, escaped(spec.words.rate)) + here + box.inside(lines) + dots + names + why +
      box.beyond(points, spec.words) + box.xAxis(spec.against), height + 62, [hand]];
  },
};

const TALL = 170, LOW = 104;  // of the potential's axis, and below a crowd
