// A network in the page: dense layers and neurons, one after the other, forward and back.
//
//   const net = network(entries)       what read_network of snnbook.interactive.network returned
//   const outputs = net.forward(x, T, B = 1)
//                                      x: numbers of shape [T, B, inputs]; for each layer its
//                                      output, a Float64Array [T, B, outputs]; each call starts
//                                      from the first states
//   net.layers[k].h, net.layers[k].v   of a neuron: H and V of the last call, in the same shape
//   net.layers[k].forward(x, T, state) one layer alone; a neuron goes on from a state, if one is
//                                      given, and its last state is in net.layers[k].state
//   net.layers[k].values               of a neuron: its numbers, which a slider may change
//   const g_x = net.backward(g)        g: the gradient of a loss by the last output of the last
//                                      call; returns that by x, and adds that by each parameter
//                                      to its gradient; only where read_network(learns=True)
//   net.parameters                     [{ layer, name, value, gradient }], two Float64Arrays
//   const optimizer = adam(net.parameters, { lr })    or sgd: optimizer.step(), optimizer.zero()
//
// All numbers are doubles. PyTorch's float64 gives the same but for the order in which it adds.

function unpacked({ type, numbers, step }) {
  const bytes = Uint8Array.from(atob(numbers), (c) => c.charCodeAt(0));
  const kinds = { Int8Array, Int16Array, Float32Array, Float64Array };
  return Float64Array.from(new kinds[type](bytes.buffer), (number) => number * step);
}

function parameter(layer, name, value) {
  return { layer, name, value, gradient: new Float64Array(value.length) };
}

// y = x W^T + b for each of the rows of x.
function dense(entry, k) {
  const weight = parameter(k, "weight", unpacked(entry.weight));
  const bias = entry.bias && parameter(k, "bias", unpacked(entry.bias));
  const inputs = entry.inputs, outputs = weight.value.length / inputs;
  let last = null;
  return {
    parameters: [weight, bias].filter((p) => p && entry.learned.includes(p.name)),
    forward(x) {
      const rows = x.length / inputs, y = new Float64Array(rows * outputs), w = weight.value;
      const turned = w.map((_, n) => w[(n % outputs) * inputs + Math.floor(n / outputs)]);  // [inputs, outputs]
      for (let r = 0; r < rows; r += 1) {
        const to = r * outputs;
        for (let i = 0; i < inputs; i += 1) {
          const one = x[r * inputs + i], from = i * outputs;
          if (one === 0) continue;  // most inputs are spikes, and few of them 1
          for (let o = 0; o < outputs; o += 1) y[to + o] += turned[from + o] * one;
        }
        if (bias) for (let o = 0; o < outputs; o += 1) y[to + o] += bias.value[o];
      }
      last = x;
      return y;
    },
    backward(g) {
      const x = last, w = weight.value, g_x = new Float64Array(x.length);
      for (let r = 0; r * outputs < g.length; r += 1) {
        for (let o = 0; o < outputs; o += 1) {
          const g_y = g[r * outputs + o];
          if (bias) bias.gradient[o] += g_y;
          for (let i = 0; i < inputs; i += 1) {
            weight.gradient[o * inputs + i] += g_y * x[r * inputs + i];
            g_x[r * inputs + i] += g_y * w[o * inputs + i];
          }
        }
      }
      return g_x;
    },
  };
}

// Neurons, or a readout: the code that is printed from their equations.
function node(entry, k) {
  const run = compiled(entry.code, "double"), back = entry.back && compiled(entry.back, "double");
  const values = { ...entry.values }, others = Object.keys(entry.first).filter((name) => name !== "v");
  const learned = (entry.learned ?? []).map((name) => parameter(k, name, Float64Array.of(values[name])));
  const now = () => ({ ...values, ...Object.fromEntries(learned.map((p) => [p.name, p.value[0]])) });
  let last = null;
  const layer = {
    parameters: learned,
    values,
    forward(x, T, from = null) {
      const seq = () => new Float64Array(x.length), N = x.length / T, [h, s, v] = [seq(), seq(), seq()];
      const states = Object.fromEntries(others.map((name) => [name, seq()]));
      run(now(), x, T, N, h, s, v, states, from);
      last = { x, T, from };
      const state = Object.entries({ ...states, v }).map(([name, one]) => [name, one.slice(-N)]);
      Object.assign(layer, { h, v, state: Object.fromEntries(state) });
      return s;
    },
    backward(g) {
      const { x, T, from } = last, g_x = new Float64Array(x.length);
      if (from) throw new Error("the way back begins at the first states; the last call didn't");
      const sums = Object.fromEntries(learned.map((p) => [p.name, 0]));
      back(now(), x, T, x.length / T, g, g_x, sums);
      for (const p of learned) p.gradient[0] += sums[p.name];
      return g_x;
    },
  };
  return layer;
}

function network(entries) {
  const layers = entries.map((entry, k) => (entry.code ? node : dense)(entry, k));
  const inputs = entries.find((entry) => entry.inputs)?.inputs;
  return {
    layers,
    parameters: layers.flatMap((layer) => layer.parameters),
    forward(x, T, B = 1) {
      if (inputs && x.length !== T * B * inputs) {
        throw new Error(`the input has ${x.length} numbers; wanted ${T} x ${B} x ${inputs}`);
      }
      const outputs = [];
      for (const layer of layers) outputs.push(layer.forward(outputs.at(-1) ?? x, T));
      return outputs;
    },
    backward: (g) => layers.reduceRight((g, layer) => layer.backward(g), g),
  };
}

// --- optimizers: PyTorch's, with its default values ------------------------------------------------

const zero = (parameters) => () => parameters.forEach(({ gradient }) => gradient.fill(0));

function sgd(parameters, { lr }) {
  const step = () => {
    for (const { value, gradient } of parameters) value.forEach((_, i) => { value[i] -= lr * gradient[i]; });
  };
  return { step, zero: zero(parameters) };
}

function adam(parameters, { lr, betas: [one, two] = [0.9, 0.999], eps = 1e-8 }) {
  const means = parameters.map(({ value }) => [new Float64Array(value.length), new Float64Array(value.length)]);
  let steps = 0;
  const step = () => {
    steps += 1;
    parameters.forEach(({ value, gradient }, k) => {
      const [m, v] = means[k];
      for (let i = 0; i < value.length; i += 1) {
        m[i] = one * m[i] + (1 - one) * gradient[i];
        v[i] = two * v[i] + (1 - two) * gradient[i] ** 2;
        const root = Math.sqrt(v[i]) / Math.sqrt(1 - two ** steps) + eps;
        value[i] -= ((lr / (1 - one ** steps)) * m[i]) / root;
      }
    });
  };
  return { step, zero: zero(parameters) };
}
