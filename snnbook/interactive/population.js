// A population: the distribution of its input, held at its peak and at its shoulder; a row for each
// neuron, with its rate; and the fraction that fires at each step. Entries of VIEWS in views.js.

const BELL = 76, FIELD = 192, SMALL = 160, SHARE = 36;  // heights in pixels; SMALL is a field on a phone
const BINS = 100;  // on the input's axis, about
const DEVIATIONS = [0, 1];  // noise at the peak of a bell, and at its shoulder
const LAW = Float32Array.from({ length: 161 }, (_, k) => (k - 80) / 16);  // noise, all there is of it
const MASS = Array.from(LAW.subarray(1), (z, k) => Math.exp(-((z + LAW[k]) ** 2) / 8) / 16 / Math.sqrt(2 * Math.PI));

// What the picture of an input's distribution needs to know: its axis, which holds all that sliders
// can make of it, how wide a bin is, and the sliders that move the peak and the shoulder, if any.
function shapeOf(spec, given) {
  if (!spec.panels.some(([view]) => view === "bell")) return null;
  const own = spec.sliders.filter(({ name }) => spec.inputs.includes(name)), corners = own.slice(0, 3), runs = [given(spec.start)];
  for (let corner = 0; corner < 2 ** corners.length; corner += 1) {
    runs.push(given({ ...spec.start, ...Object.fromEntries(corners.map(({ name, low, high }, k) => [name, corner & (1 << k) ? high : low])) }));
  }
  const [low, high] = extent(runs, []), size = niceStep(high - low, BINS);
  const shape = { size, limits: [low - 2 * size, high + 2 * size] };
  if (!spec.alike) return shape;
  const moving = (of) => own.filter((slider) => {
    const [a, b] = [slider.low, slider.high].map((value) => given({ ...spec.start, [slider.name]: value }, DEVIATIONS));
    return Math.abs(of(a) - of(b)) > 1e-4 * Math.max(...[...a, ...b].map(Math.abs));
  });
  const places = moving(([peak]) => peak), widths = moving(([peak, shoulder]) => shoulder - peak);
  const peak = places.find((one) => !widths.includes(one)) ?? places[0], others = widths.filter((one) => one !== peak);
  return { ...shape, peak, shoulder: others.find((one) => !places.includes(one)) ?? others[0], given };
}

// For some noise where the input sends it -> the share of all numbers that lies below a value.
function below(sent) {
  return (value) => {
    let sum = 0;
    for (let k = 0; k < MASS.length; k += 1) {
      const [low, high] = sent[k] < sent[k + 1] ? [sent[k], sent[k + 1]] : [sent[k + 1], sent[k]];
      if (value > low) sum += value >= high ? MASS[k] : (MASS[k] * (value - low)) / (high - low);
    }
    return sum;
  };
}

// How often the input has each value: a bar for each bin, counted from the very numbers that the
// neurons get; and a line, the share that a bin around each value can expect. Two sliders are handles.
function bell({ width, top, spec, done, values: now, ghosts, shape: { size, limits, peak, shoulder, given } }) {
  const first = Math.round(limits[0] / size), counts = new Array(Math.round(limits[1] / size) - first + 1).fill(0), { words } = spec;
  let outside = 0;
  for (const x of done.x) {
    const bin = Math.round(x / size) - first;
    if (bin in counts) counts[bin] += 1; else outside += 1;
  }
  const shares = counts.map((count) => count / done.x.length), line = [];
  const lower = given && below(given(now, LAW)), around = (value) => lower(value + size / 2) - lower(value - size / 2);
  if (given) {
    const edges = Array.from({ length: 4 * counts.length + 4 }, (_, k) => lower((first + (k - 2) / 4 - 0.5) * size));
    edges.slice(4).forEach((edge, k) => line.push([(first + k / 4 - 0.5) * size, edge - edges[k]]));
  }
  const most = Math.max(...shares, ...line.map(([, share]) => share)) || 1;
  const box = frame(width, top + 26, BELL, limits, [0, most]), foot = box.top + BELL;
  const bars = shares.map((share, k) => (share ? `M${near(box.x((first + k - 0.5) * size))} ${foot}V${near(box.y(share))}` +
    `H${near(box.x((first + k + 0.5) * size))}V${foot}` : "")).join("");
  const curve = line.filter(([, share]) => share > 1e-4 * most).map(([value, share], k) => `${k ? "L" : "M"}${near(box.x(value))} ${near(box.y(share))}`).join("");

  const [zero, one] = given ? given(now, DEVIATIONS) : [], parts = [], tall = given ? around(zero) : 0;
  const levels = [[peak, 0, tall], [shoulder, 1, tall * Math.exp(-0.5)]].filter(([slider]) => slider);
  let held = "";
  for (const [slider, which, share] of levels) {
    const { name } = slider, x = clipped(box.x([zero, one][which]), [LEFT, width - RIGHT]), y = box.y(share), right = which === 1;
    held += right ? `<path class="here" d="M${near(box.x(zero))} ${near(y)}H${near(x)}"/>` : `<path class="here" d="M${near(x)} ${near(y)}V${foot}"/>`;
    held += text(x + (right ? 12 : -12), y + 4, `${escaped(name)} ${short(now[name])}`, `class="grip" text-anchor="${right ? "start" : "end"}"`);
    parts.push({
      key: `bell ${name}`, name, slider, side: "across given", x, top: y - REACH, height: 2 * REACH, value: now[name],
      at: (place) => solved((value) => given({ ...now, [name]: value }, DEVIATIONS)[which], box.place(place), slider),
      label: `${name}, ${words.bell}`, words: short(now[name]),
    });
  }
  const far = outside ? text(width - RIGHT, top + 13, escaped(filled(words, "outside", { count: outside })), 'class="leaves" text-anchor="end"') : "";
  return [text(LEFT, top + 13, escaped(words.bell)) + far + `<path class="histogram" d="${bars}"/>` + lined("bell", "curve", curve, ghosts) +
    held + box.xAxis(""), BELL + 48, parts];
}

// For each layer how many spikes each neuron makes in the steps that are shown, and the neurons in
// the order of their rows.
function ranked({ N }, { layers }, shown, sorted) {
  return layers.map(({ s }, k) => {
    const counts = new Float64Array(N), rows = [...counts.keys()];
    for (let at = 0; at < shown[k] * N; at += 1) counts[at % N] += s[at];
    return { counts, rows: sorted ? rows.sort((a, b) => counts[b] - counts[a]) : rows };
  });
}

// A raster with the rate of each row beside it. A row is chosen with the pointer or with keys. While
// a hand is on the figure the axis of the rates stands still; a bar that is longer ends in an arrow.
function population(scene, k) {
  const { width, top, spec, shown, n, t, side, margin, held, ranks, sorted } = scene, { counts, rows } = ranks[k], { words } = spec;
  const rate = (neuron) => (shown[k] ? counts[neuron] / shown[k] : 0), field = margin ? FIELD : SMALL, row = Math.min(12, field / spec.N), height = row * spec.N;
  const bare = spec.panels.some(([view, layer]) => view === "fraction" && layer === k);  // it has the axis
  const [raster, tall] = VIEWS.raster({ ...scene, tall: field, rows, bare, title: words[sorted ? "sorted" : "rows"] }, k);
  const most = held("rates", () => span(0, Math.max(...ranks.map((one, layer) => one.counts.reduce((a, b) => Math.max(a, b), 0) / (shown[layer] || 1))) || 0.1, 2)[1]);
  const left = width - RIGHT + 10, long = side + RIGHT - 12, box = frame(width, top + 20, height, [-0.5, spec.T - 0.5], [spec.N - 0.5, -0.5]);
  let bars = "", arrows = "";
  rows.forEach((neuron, place) => {
    const y = near(box.y(place)), part = rate(neuron) / most;
    if (part > 0) bars += `M${left} ${y}h${near(Math.min(part, 1) * long)}`;
    if (part > 1 + 1e-9) arrows += `M${near(left + long - 4)} ${near(y - 4)}l4 4l-4 4`;
  });
  const chosen = near(box.y(rows.indexOf(n))), foot = box.top + height;
  const svg = `<path class="picked" stroke-width="${near(Math.max(2, row))}" d="M${LEFT} ${chosen}H${near(left + long)}"/>` + raster +
    `<path class="rate rows" stroke-width="${near(Math.max(0.5, 0.7 * row))}" d="${bars}"/><path class="leaves" d="${arrows}"/>` +
    `<path class="axis" d="M${left} ${box.top}V${foot}"/>` + text(left, top + 13, escaped(words.rates)) + text(left, foot + 14, 0, 'class="rates"') +
    text(left + long, foot + 14, short(most), 'class="rates" text-anchor="end"') + box.mark(t);
  const part = {
    key: `rows ${k}`, label: `${spec.layers[k].name}, ${words.neuron}`, left: LEFT, width: width - LEFT - RIGHT, top: box.top, height,
    T: shown[k], t, rows, row: n, words: filled(words, "row", { n, rate: Number(rate(n).toFixed(4)) }),
  };
  return [svg, tall, [part]];
}

// The fraction of the neurons that fire at each step: the mean of S over them.
function fraction({ width, top, spec, done, shown, t }, k) {
  const { N, words } = spec, { s } = done.layers[k], box = frame(width, top + 20, SHARE, [-0.5, spec.T - 0.5], [0, 1]), points = [];
  let path = `M${near(box.x(-0.5))} ${box.top + SHARE}`;
  for (let step = 0; step < shown[k]; step += 1) {
    let sum = 0;
    for (let n = 0; n < N; n += 1) sum += s[step * N + n];
    points.push([step, sum / N]);
    path += `V${near(box.y(sum / N))}H${near(box.x(step + 0.5))}`;
  }
  const followed = spec.panels.some(([view]) => view === "trace");  // whose axis has the name of both
  return [box.yAxis(2) + text(LEFT, top + 13, escaped(filled(words, "fraction", { name: spec.layers[k].name }))) +
    box.inside(`<path class="share" d="${path}V${box.top + SHARE}"/>`) + box.mark(t) + box.beyond(points, words) +
    box.xAxis(followed ? "" : words.step, true), SHARE + (followed ? 46 : 62)];
}
