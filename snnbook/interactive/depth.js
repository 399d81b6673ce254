// A figure of depth: what each layer of a network does while the reader moves its numbers.
//
// `spec` is written by snnbook.interactive.depth, which does the same in PyTorch.

// Values of the sliders -> for each layer that fires its rate, and how often its H lies in each bin.
function prober(spec) {
  const net = network(spec.entries), x = unpacked(spec.x), { T, bins, limits: [low, high] } = spec;
  let first = null;  // what the first weights make of x: no slider moves it
  return ({ scale = 1, ...numbers }) => {
    const found = [];
    let y = x;
    net.layers.forEach((layer, k) => {
      const { values } = layer, fires = spec.names[k];
      if (fires) for (const name of Object.keys(values)) if (name in numbers) values[name] = numbers[name];
      y = k || values ? layer.forward(y, T) : (first ??= layer.forward(y, T));
      if (!values) y = y.map((one) => scale * one);
      if (!fires) return;
      const counts = new Array(bins).fill(0);
      let spikes = 0;
      for (let i = 0; i < y.length; i += 1) {
        const bin = Math.floor(((layer.h[i] - low) / (high - low)) * bins);
        if (bin === bin) counts[Math.min(Math.max(bin, 0), bins - 1)] += 1;
        spikes += y[i];
      }
      const rate = spikes / y.length;
      found.push({ name: fires, rate, counts, h: layer.h, s: y, threshold: values.v_threshold });
    });
    return found;
  };
}

// The firing rate of each layer as a bar.
function rates({ width, top, spec, layers }) {
  const height = 96;
  const box = frame(width, top + 20, height, [0.5, layers.length + 0.5], [0, 1]);
  const bars = layers.map(({ rate }, k) => `M${near(box.x(k + 1))} ${near(box.y(0))}V${near(box.y(rate))}`).join("");
  const under = box.top + height, numbers = layers.map((_, k) =>
    text(box.x(k + 1), under + 16, k + 1, 'text-anchor="middle"')).join("");
  return [box.yAxis(4) + text(LEFT, top + 13, escaped(spec.words.rate)) + numbers +
    text(width - RIGHT, under + 32, escaped(spec.words.depth), 'text-anchor="end"') +
    `<path class="axis" d="M${LEFT} ${under}H${width - RIGHT}"/><path class="bar rates" stroke-width="${near(0.5 * (box.x(2) - box.x(1)))}" d="${bars}"/>`, height + 62];
}

// The potentials of one layer: how often each occurs, those that fire in another colour.
function potentials({ width, top, spec, layer: { name, rate, counts, threshold }, last }) {
  const height = 36, { bins, limits: [low, high] } = spec, most = Math.max(...counts, 1);
  const box = frame(width, top + 20, height, [low, high], [0, most]), size = (high - low) / bins;
  const paths = { bar: "", spike: "" };
  counts.forEach((count, k) => {
    if (!count) return;
    const kind = low + k * size >= threshold ? "spike" : "bar";
    paths[kind] += `M${near(box.x(low + (k + 0.5) * size))} ${near(box.y(0))}V${near(box.y(count) - 1)}`;
  });
  const thick = near(box.x(size) - box.x(0)), x = near(box.x(threshold));
  const title = filled(spec.words, "potentials", { name, rate: rate.toFixed(4) });
  return [text(LEFT, top + 13, escaped(title)) + Object.entries(paths).map(([kind, d]) =>
    `<path class="${kind}" stroke-width="${thick}" d="${d}"/>`).join("") +
    `<path class="axis" d="M${LEFT} ${box.top + height}H${width - RIGHT}"/>` +
    `<path class="level" d="M${x} ${box.top - 2}V${box.top + height}"/>` +
    (last ? box.xAxis("H[t]") : ""), height + (last ? 62 : 28)];
}

function mountProber(root, spec, first, told = () => {}) {
  const probe = prober(spec), figure = stage(root, spec, first, told, drawn);
  figure.button(spec.words.start, () => figure.set(spec.start, true));

  function drawn(values, width) {
    const layers = probe(values), svgs = [];
    let top = 0;
    const add = ([svg, height]) => { svgs.push(svg); top += height; };
    add(rates({ width, top, spec, layers }));
    layers.forEach((layer, k) => add(potentials({ width, top, spec, layer, last: k === layers.length - 1 })));
    return { svg: svgs.join(""), height: top, words: said(layers) };
  }

  function said(layers) {
    const [silent, saturated] = spec.sick, { words } = spec;
    const sick = layers.find(({ rate }) => rate < silent || rate > saturated);
    const verdict = !sick ? "firing" : sick.rate < silent ? "first_silent" : "first_saturated";
    const shown = layers.map(({ rate }) => rate.toFixed(3)).join(", ");
    return filled(words, "probed", { rates: shown, verdict: filled(words, verdict, { name: sick?.name }) });
  }

  figure.begin();
  root.snnbook = {
    run: (some) => probe({ ...figure.values, ...some }), set: figure.set, draw: figure.draw,
    get values() { return figure.values; },
  };
  return { set: (some) => figure.set(some) };
}
