// A figure that learns: networks, the distance of their spikes from the wanted ones, and the way
// back through all of it, in the reader's browser.
//
// `spec` is written by snnbook.interactive.learn, which does the same in PyTorch.

function learner(spec) {
  const x = unpacked(spec.x), T = spec.T, readout = network([spec.readout]);
  const nets = spec.nets.map(({ name, entries }) => {
    const net = network(entries);
    return { name, net, optimizer: adam(net.parameters, { lr: spec.lr }), losses: [] };
  });

  // Run a net, measure, and go back: the loss and the gradients at its present weights.
  function look(one, now) {
    for (const layer of one.net.layers) {
      const numbers = layer.values?.surrogate_function ?? {};
      for (const name of Object.keys(numbers)) if (name in now) numbers[name] = now[name];
    }
    one.s = one.net.forward(x, T).at(-1);
    const difference = one.s.map((s, t) => s - (t === now.target ? 1 : 0));
    const distance = readout.forward(difference, T).at(-1);
    one.optimizer.zero();
    one.net.backward(readout.backward(distance.map((d) => 2 * d)));
    one.loss = distance.reduce((sum, d) => sum + d * d, 0);
    one.spikes = [...one.s.keys()].filter((t) => one.s[t]);
    one.learns = one.loss > 0 && one.net.parameters.some((p) => p.gradient.some((g) => g !== 0));
  }
  return {
    nets,
    // The same weights, another wanted step, or another number of the surrogate functions.
    moved(now) {
      for (const one of nets) {
        look(one, now);
        one.losses[Math.max(0, one.losses.length - 1)] = one.loss;
      }
    },
    step(now) {
      for (const one of nets) {
        if (one.learns) {
          one.optimizer.step();
          look(one, now);
        }
        one.losses.push(one.loss);
      }
    },
  };
}

// The weights as bars, and at the end of each where the gradient sends it.
function weights({ width, top, spec, one, part }) {
  const { value, gradient } = one.net.parameters[0], height = Math.round(56 * part), N = value.length;
  const limits = span(...extent([value], []), 2), box = frame(width, top + 20, height, [-0.5, N - 0.5], limits);
  const thick = Math.min(40, Math.max(2, (0.55 * (width - LEFT - RIGHT)) / N)), most = Math.max(...gradient.map(Math.abs));
  let bars = "", arrows = "";
  value.forEach((w, i) => {
    const x = near(box.x(i)), y = box.y(w);
    bars += `M${x} ${near(box.y(0))}V${near(y)}`;
    const g = most > 0 ? gradient[i] / most : 0, end = near(y + 16 * g), tip = Math.sign(g) * 4;
    if (Math.abs(g) > 0.15) arrows += `M${x} ${near(y)}V${end}m-3 ${-tip}l3 ${tip}l3 ${-tip}`;
  });
  return [box.yAxis(2) + text(LEFT, top + 13, escaped(filled(spec.words, "weights", { name: one.name }))) +
    `<path class="bar" stroke-width="${near(thick)}" d="${bars}"/><path class="arrow" d="${arrows}"/>`, height + 32];
}

// The loss of each net after every step of learning.
function losses({ width, top, spec, nets }) {
  const count = Math.max(20, nets[0].losses.length - 1), height = 90;
  const most = Math.max(...nets.flatMap((one) => one.losses));
  const box = frame(width, top + 40, height, [0, count], span(0, most));
  let svg = box.yAxis(3) + text(LEFT, top + 13, escaped(spec.words.loss));
  nets.forEach((one, k) => {
    const line = one.losses.map((loss, n) => `${near(box.x(n))} ${near(box.y(loss))}`).join("L");
    const x = LEFT + (k * (width - LEFT - RIGHT)) / nets.length;
    svg += `<path class="loss style${k % 3}" d="M${line}h0.1"/><path class="loss style${k % 3}" d="M${near(x)} ${top + 29}h28"/>` +
      text(x + 34, top + 33, escaped(one.name));
  });
  return [svg + box.xAxis(spec.words.round, true), height + 82];
}

function mountLearner(root, spec, first, told = () => {}) {
  const figure = stage(root, spec, first, told, drawn);
  let learning = learner(spec), seen = null, done = 0, stepAt = null;

  function step() {
    learning.step(figure.values);
    figure.later();
    done += 1;
    return done < spec.rounds && learning.nets.some((one) => one.learns);
  }
  const begin = () => { done = 0; };
  let stop = () => {};
  if (figure.reduced) figure.button(spec.words.learn, () => { begin(); while (step()); });
  else stop = figure.player(spec.words.learn, begin, step, 60);
  figure.button(spec.words.once, () => { stop(); begin(); step(); });
  figure.button(spec.words.again, () => { stop(); learning = learner(spec); seen = null; figure.later(); });
  figure.picture.addEventListener("click", (event) => {
    const t = stepAt(event.clientX - figure.picture.getBoundingClientRect().left);
    if (t >= 0 && t < spec.T) figure.set({ target: t }, true);
  });

  function drawn(values, width) {
    if (seen !== values) learning.moved(values);
    seen = values;
    const { nets } = learning, { T, words } = spec, svgs = [];
    let top = 0;
    const part = partOf(width, nets.length > 1);
    const add = ([svg, height]) => { svgs.push(svg); top += height; };
    const layers = [{ name: words.input }, ...nets.map(({ name }) => ({ name, soft: spec.soft[name] }))];
    const runs = [{ s: unpacked(spec.x) }, ...nets.map(({ net, s }) => {
      const { h, v, values } = net.layers.at(-1);
      return { h, s, v, levels: values };
    })];
    const scene = (N) => ({
      width, top, part, tall: 120 * part, spec: { T, N, layers, words }, done: { layers: runs }, shown: layers.map(() => T),
    });
    add(VIEWS.raster(scene(spec.N), 0));
    let wanted = "";  // a band behind the potentials, as wide as a step
    const box = frame(width, 0, 0, [-0.5, T - 0.5], [0, 1]);
    nets.forEach((one, k) => {
      add(weights({ width, top, spec, one, part }));
      wanted += `M${near(box.x(values.target))} ${top + 20}v${Math.round(TALL * part) + 26}`;
      add(VIEWS.trace(scene(1), k + 1));
    });
    svgs.unshift(`<path class="wanted" stroke-width="${near(box.x(1) - box.x(0))}" d="${wanted}"/>`);
    stepAt = (x) => Math.round(((x - LEFT) / (width - LEFT - RIGHT)) * T - 0.5);
    add(losses({ width, top, spec, nets }));
    return { svg: svgs.join(""), height: top, words: said(values) };
  }

  function said({ target }) {
    const round = learning.nets[0].losses.length - 1;
    return learning.nets.map(({ name, spikes, loss, learns }) => {
      const still = learns || loss === 0 || round === 0 ? "" : ` ${spec.words.stuck}`;
      const steps = spikes.join(", ") || spec.words.none;
      return filled(spec.words, "learned", { name, round, target, spikes: steps, loss: loss.toFixed(3) }) + still;
    }).join("\n");
  }

  figure.begin();
  root.snnbook = {
    step(count) { for (let k = 0; k < count; k += 1) learning.step(figure.values); figure.draw(); },
    set: figure.set, draw: figure.draw,
    get nets() { return learning.nets; },
    get values() { return figure.values; },
  };
  return { set: (some) => figure.set(some) };
}
