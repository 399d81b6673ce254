// A figure of codes: a picture is sent in spikes, and beside it stands what they tell of it.
//
// `spec` is written by snnbook.interactive.coding, which does the same in PyTorch.

// Uniform numbers from 0 to 1: those of torch.rand on the CPU for a seed, to the bit (MT19937).
function uniform(seed, count) {
  const state = new Uint32Array(624), numbers = new Float32Array(count);
  state[0] = seed;
  for (let k = 1; k < 624; k += 1) {
    state[k] = Math.imul(1812433253, state[k - 1] ^ (state[k - 1] >>> 30)) + k;
  }
  for (let n = 0, k = 0; n < count; n += 1, k = k === 623 ? 0 : k + 1) {
    const next = state[k === 623 ? 0 : k + 1];
    const both = (state[k] & 0x80000000) | (next & 0x7fffffff);
    state[k] = state[k < 227 ? k + 397 : k - 227] ^ (both >>> 1) ^ (next & 1 ? 0x9908b0df : 0);
    let word = state[k];
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    word ^= word >>> 18;
    numbers[n] = (word & 0xffffff) / 2 ** 24;
  }
  return numbers;
}

function coder(spec) {
  const x = Float32Array.from(spec.picture.values), N = x.length;
  const codes = spec.codes.map((code) => ({
    ...code, signal: compiled(code.signal), worth: compiled(code.worth), silence: compiled(code.silence),
    neuron: code.neuron && compiled(code.neuron.code), levels: code.neuron?.values,
  }));
  return ({ T, seed = 0, code: number = 0 }) => {
    const code = codes[number], [signal, h, fired, v] = [0, 1, 2, 3].map(() => new Float32Array(T * N));
    code.signal({ T }, { x, uniform: code.random ? uniform(seed, T * N) : [] }, N, T, N, signal);
    if (code.neuron) code.neuron(code.levels, signal, T, N, h, fired, v);
    const s = code.neuron ? fired : signal, worth = new Float32Array(T), silence = new Float32Array(1);
    code.worth({ T }, {}, 1, T, 1, worth);
    code.silence({ T }, {}, 1, 1, 1, silence);
    const told = new Array(N).fill(silence[0]);
    let spikes = 0;
    for (let t = 0; t < T; t += 1) {
      for (let n = 0; n < N; n += 1) {
        spikes += s[t * N + n];
        told[n] += worth[t] * s[t * N + n];
      }
    }
    const error = Math.sqrt(told.reduce((sum, value, n) => sum + (value - x[n]) ** 2, 0) / N);
    return { spec: { ...spec, T, N, layers: [{ name: code.name }], thick: 16 }, layers: [{ s }], told, spikes, error };
  };
}

// The picture that goes in, and the one that the spikes tell.
function pictures({ width, top, spec, done }) {
  const { rows, columns, values } = spec.picture, gap = 30;
  const cell = Math.min(18, Math.floor((width - LEFT - RIGHT - gap) / 2 / columns));
  const drawn = [[spec.words.given, values], [spec.words.back, done.told]].map(([title, numbers], k) => {
    const left = LEFT + k * (columns * cell + gap);
    const shades = new Map();  // how black -> the cells that are, as one path
    Array.from(numbers).forEach((value, n) => {
      const x = left + (n % columns) * cell, y = top + 20 + Math.floor(n / columns) * cell;
      const black = Math.round(255 * Math.min(Math.max(value, 0), 1)) / 255;
      shades.set(black, `${shades.get(black) ?? ""}M${x} ${y}h${cell}v${cell}h${-cell}z`);
    });
    const cells = [...shades].map(([black, d]) => `<path class="shade" fill-opacity="${black}" d="${d}"/>`);
    const frame = `x="${left}" y="${top + 20}" width="${columns * cell}" height="${rows * cell}"`;
    return `${text(left, top + 13, escaped(title))}<rect class="paper" ${frame}/>${cells.join("")}`;
  });
  return [drawn.join(""), rows * cell + 34];
}

function mountCoder(root, spec, first, told = () => {}) {
  const run = coder(spec), figure = stage(root, spec, first, told, drawn);
  figure.button(spec.words.start, () => figure.set(spec.start, true));

  function drawn(values, width) {
    const done = run(values), [above, top] = pictures({ width, top: 0, spec, done });
    const [below, height] = VIEWS.raster({ width, top, spec: done.spec, done, shown: [done.spec.T] }, 0);
    const said = { name: done.spec.layers[0].name, steps: done.spec.T, spikes: done.spikes, error: done.error.toFixed(4) };
    return { svg: above + below, height: top + height, words: filled(spec.words, "told", said) };
  }

  figure.begin();
  root.snnbook = {
    run: (some) => run({ ...figure.values, ...some }), set: figure.set, draw: figure.draw,
    get values() { return figure.values; },
  };
  return { set: (some) => figure.set(some) };
}
