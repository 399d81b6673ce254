// All values of one slider at once: a column for each, with the spikes of its run; time goes up.

function total(seq) {
  let sum = 0;
  for (let k = 0; k < seq.length; k += 1) sum += seq[k];
  return sum;
}

// What neuron 0 of each layer does at each value that a slider can have, or at every second, third
// one, …, where they are many: the values, how far they are apart, and for each of them the spikes
// of each layer, and how many these are.
function columnsOf(spec, spikes) {
  const most = clipped(Math.floor(1e6 / spec.T / spec.layers.length), [20, 200]);
  let known = null;
  return (values, name) => {
    const key = JSON.stringify({ ...values, [name]: null });
    if (known?.key !== key) {
      const { low, high, step } = spec.sliders.find((slider) => slider.name === name);
      const apart = step * Math.max(1, Math.ceil((high - low) / step / most - 1e-9));
      const places = Array.from({ length: 1 + Math.floor((high - low) / apart + 1e-9) }, (_, k) => Number((low + k * apart).toPrecision(12)));
      const runs = places.map((value) => spikes({ ...values, [name]: value }));
      known = { key, places, apart, runs, counts: new Map(places.map((value, p) => [value, runs[p].map(total)])) };
    }
    return known;
  };
}

// The spikes of neuron 0 of a layer in all columns, and larger those of the present one. Neighbours
// that fire in the same step are one stroke. The column is taken hold of anywhere.
function drawColumns({ width, top, spec, done, shown, values, columns, ghosts, t: looked, part }, k) {
  const { against, layers, show, T, N, words } = spec, { name } = layers[k];
  const slider = spec.sliders.find((one) => one.name === against), { low, high } = slider, value = values[against];
  const { places, apart, runs } = columns(values, against), height = Math.round(180 * part);
  const box = frame(width, top + 26, height, [low, high], [-0.5, T - 0.5]), foot = box.top + height;
  const wide = box.x(apart) - box.x(0), thick = near(clipped((0.6 * height) / T, [1.6, 4])), last = places.length;
  const edges = places.map((place) => `M${near(box.x(place) - wide / 2)} `);
  let marks = "", own = "", spikes = 0;
  for (let t = 0; t < shown[k]; t += 1) {
    const y = near(box.y(t)), here = done.layers[k].s[t * N];
    for (let from = 0, p = 0; p <= last; p += 1) {
      if (p < last && runs[p][k][t]) continue;
      if (p > from) marks += `${edges[from]}${y}h${near((p - from) * wide)}`;
      from = p + 1;
    }
    if (here) own += `M${near(box.x(value))} ${y}h0`;
    spikes += here;
  }
  const why = marks || shown[k] < T ? "" : text((LEFT + width - RIGHT) / 2, box.top + height / 2 + 4,
    escaped(filled(words, "flat", { name: against })), 'class="why" text-anchor="middle"');
  // The step that the reader looks at in the trace lies across here.
  const across = looked === null ? "" : `<path class="looked" d="M${LEFT} ${near(box.y(looked))}H${width - RIGHT}"/>`;
  const title = filled(words, "columns", { name, against }), x = box.x(value);
  const field = {
    field: true, key: `columns ${k}`, name: against, slider, value, at: box.place, knob: [x, foot + 4],
    left: LEFT, width: width - LEFT - RIGHT, top: box.top, height, label: `${against}, ${title}`,
    words: `${short(value)}; ${filled(words, "count", { name, spikes, steps: T, rate: Number((spikes / T).toFixed(4)) })}`,
  };
  // The axis of a firing rate that follows is this one's too.
  const shared = k === layers.length - 1 && show[show.indexOf("columns") + 1] === "rate";
  return [box.yAxis(4, true) + text(LEFT, top + 13, escaped(title)) + across +
    box.inside(lined(`columns ${k}`, "spike", marks, ghosts, `stroke-width="${thick}"`)) +
    `<path class="here" d="M${near(x)} ${box.top}V${foot + (shared ? 32 : 0)}"/>` +
    `<path class="spike own" stroke-width="5" d="${own}"/>${why}` +
    (shared ? `<path class="axis" d="M${LEFT} ${foot}H${width - RIGHT}"/>` : box.xAxis(against)), height + (shared ? 38 : 68), [field]];
}

VIEWS.columns = drawColumns;
