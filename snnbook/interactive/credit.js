// A figure of credit: a neuron, and how far back the gradient of its last potential reaches.
//
// `spec` is written by snnbook.interactive.credit, which does the same in PyTorch.

// Values of the sliders -> the run of the neuron that they choose, and the credit of each input.
function tracer(spec) {
  const { T } = spec, fill = compiled(spec.input, "double"), nets = spec.nets.map((entry) => network([entry]));
  const noise = spec.seed === null ? new Float64Array(T) : Float64Array.from(normal(spec.seed, T));
  return (now) => {
    const number = 2 * Math.round(now.reset) + Math.round(now.detach_reset), net = nets[number];
    const [layer] = net.layers, x = new Float64Array(T), last = new Float64Array(T);
    const { surrogate_function: theta = {}, ...own } = layer.values;
    for (const name of Object.keys(own)) if (name in now) layer.values[name] = now[name];
    for (const name of Object.keys(theta)) if (name in now) theta[name] = now[name];
    fill({ ...spec.fixed, ...now }, { noise }, 1, T, 1, x);
    const [s] = net.forward(x, T);
    last[T - 1] = 1;
    const slope = net.backward(last), credit = slope.map((g) => g / slope[T - 1]);
    const first = credit.findIndex((c) => Math.abs(c) >= 0.01);
    const run = { h: layer.h, s, v: layer.v, levels: layer.values };
    return { number, run, credit, reach: first < 0 ? 0 : T - 1 - first };
  };
}

// The credit of each input as a bar.
function credits({ width, top, spec, credit, held, ghosts }) {
  const height = 110, { T } = spec, limits = held("credit", () => span(...extent([credit], []), 3));
  const box = frame(width, top + 20, height, [-0.5, T - 0.5], limits);
  let bars = "";
  credit.forEach((c, t) => { if (Number.isFinite(c)) bars += `M${near(box.x(t))} ${near(box.y(0))}V${near(clipped(box.y(c), [-1e4, 1e4]))}`; });
  const thick = Math.max(1, near(0.6 * (box.x(1) - box.x(0))));
  return [box.yAxis(3) + text(LEFT, top + 13, escaped(spec.words.credit)) +
    box.inside(lined("credit", "credit", bars, ghosts, `stroke-width="${thick}"`)) +
    box.beyond(Array.from(credit, (c, t) => [t, c]), spec.words) + box.xAxis(spec.words.step, true), height + 62];
}

function mountTracer(root, spec, first, told = () => {}) {
  const trace = tracer(spec), figure = stage(root, spec, first, told, drawn);
  const { soft } = spec.layers[trace(spec.start).number], layers = [{ soft, follows: spec.sliders.map(({ name }) => name) }];
  const limits = axes({ run: (values) => ({ x: [], layers: [trace(values).run] }) }, { ...spec, layers });
  figure.button(spec.words.start, () => figure.set(spec.start, true));

  function drawn(values, width, { held, ghosts }) {
    const { number, run, credit, reach } = trace(values), layer = spec.layers[number];
    const { T, words } = spec, shown = [T], scene = { T, N: 1, layers: [layer, {}], words };
    const [above, top] = VIEWS.trace({ width, top: 0, spec: scene, done: { layers: [run] }, shown, limits, ghosts }, 0);
    const [below, height] = credits({ width, top, spec, credit, held, ghosts });
    const spikes = run.s.reduce((sum, s) => sum + s, 0);
    return { svg: above + below, height: top + height, words: filled(words, "traced", { name: layer.name, spikes, reach }) };
  }

  figure.begin();
  root.snnbook = { trace, set: figure.set, draw: figure.draw, get values() { return figure.values; } };
  return { set: (some) => figure.set(some) };
}
