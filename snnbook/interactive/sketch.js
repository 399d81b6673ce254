// A figure in which a reader draws, and a trained network reads what is drawn.
//
// It stands below figure.js, whose helpers it uses. `SKETCH_STYLE` is sketch.css. What is drawn
// becomes SIDE x SIDE pixels with values 0 to LEVELS, as those of the data set were made: a bitmap
// of black and white, cut into blocks whose black pixels are counted.

const SIDE = 8, BLOCK = 4, FINE = SIDE * BLOCK, LEVELS = BLOCK * BLOCK;

// --- from strokes to pixels ----------------------------------------------------------------------

// The lines of a drawing, moved and stretched such that it fills the bitmap from top to bottom.
// A drawing keeps its shape but for its width, which goes some way to the usual width of a digit.
function normalized(strokes, pen = 2.5, usual = 14, most = 1.6) {
  const points = strokes.flat(), [xs, ys] = [0, 1].map((k) => points.map((point) => point[k]));
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const width = right - left, height = Math.max(bottom - top, width / 3, 1e-6);
  const tall = (FINE - 2 * pen) / height;
  const wide = Math.min(width > 0 ? usual / width : tall, most * tall);
  const [x0, y0] = [(left + right) / 2, (top + bottom) / 2];
  return strokes.map((line) => line.map(([x, y]) => [FINE / 2 + wide * (x - x0), FINE / 2 + tall * (y - y0)]));
}

// For each pixel of the bitmap the distance of its centre from the nearest line, squared.
function distances(lines) {
  const found = new Float64Array(FINE * FINE).fill(Infinity);
  for (const line of lines) {
    for (let k = 0; k < line.length; k += 1) {
      const [ax, ay] = line[Math.max(0, k - 1)], [bx, by] = line[k];
      if (k === 0 && line.length > 1) continue;
      const [dx, dy] = [bx - ax, by - ay], length = dx * dx + dy * dy || 1;
      for (let n = 0; n < found.length; n += 1) {
        const [px, py] = [(n % FINE) + 0.5 - ax, Math.floor(n / FINE) + 0.5 - ay];
        const along = Math.min(1, Math.max(0, (px * dx + py * dy) / length));
        const distance = (px - along * dx) ** 2 + (py - along * dy) ** 2;
        if (distance < found[n]) found[n] = distance;
      }
    }
  }
  return found;
}

// Strokes, lists of points [x, y] -> pixels, 0 to LEVELS. The pen is as broad as makes the ink that
// of an average picture of the data set: `ink` is its sum of pixels.
function pixelsOf(strokes, ink) {
  const pixels = new Array(SIDE * SIDE).fill(0);
  if (!strokes.some((line) => line.length)) return pixels;
  const found = distances(normalized(strokes.filter((line) => line.length)));
  const pen = Math.min(5.5 ** 2, Math.max(1.2 ** 2, found.toSorted()[Math.round(ink)]));
  found.forEach((distance, n) => {
    const row = Math.floor(n / FINE / BLOCK), column = Math.floor((n % FINE) / BLOCK);
    if (distance <= pen) pixels[SIDE * row + column] += 1;
  });
  return pixels;
}

// --- what the network makes of it -----------------------------------------------------------------

function reader(spec) {
  const net = network(spec.entries), { T, classes } = spec, K = classes.length;
  return (pixels) => {
    const x = new Float64Array(T * pixels.length);
    for (let t = 0; t < T; t += 1) pixels.forEach((ink, i) => { x[t * pixels.length + i] = ink / LEVELS; });
    const layers = net.forward(x, T), hidden = layers[spec.hidden], outputs = layers.at(-1);
    const means = classes.map((_, k) => classesAt(outputs, K, k).reduce((sum, y) => sum + y, 0) / T);
    const most = Math.max(...means), powers = means.map((mean) => Math.exp(mean - most));
    const shares = powers.map((power) => power / powers.reduce((sum, one) => sum + one, 0));
    const order = [...shares.keys()].sort((a, b) => shares[b] - shares[a]);
    const drawn = pixels.some((ink) => ink > 0), sure = drawn && shares[order[0]] >= spec.sure;
    return { hidden, outputs, shares, order, drawn, sure, spikes: hidden.reduce((sum, s) => sum + s, 0) };
  };
}

const classesAt = (outputs, K, k) => [...outputs].filter((_, n) => n % K === k);

// --- pictures of it --------------------------------------------------------------------------------

function bars({ width, spec, reading }) {
  const { classes, words } = spec, K = classes.length, height = 60, top = 20;
  const box = frame(width, top, height, [-0.5, K - 0.5], [0, 1]), thick = (0.6 * (width - LEFT - RIGHT)) / K;
  let svg = box.yAxis(2) + text(LEFT, 13, escaped(words.shares));
  classes.forEach((name, k) => {
    const best = k === reading.order[0] && reading.sure;
    svg += `<path class="${best ? "best" : "bar"}" stroke-width="${near(thick)}" ` +
      `d="M${near(box.x(k))} ${near(box.y(0))}V${near(box.y(reading.shares[k]))}"/>` +
      text(box.x(k), top + height + 16, escaped(name), 'text-anchor="middle"');
  });
  return [svg, top + height + 24];
}

// The spikes of the hidden layer up to the present step: a row for each neuron, a column for each step.
function raster({ width, top, spec, reading, steps }) {
  const { T, words } = spec, N = reading.hidden.length / T, height = 200, row = height / N;
  const box = frame(width, top + 20, height, [-0.5, T - 0.5], [N - 0.5, -0.5]);
  let marks = "", axis = "";
  for (let n = 0; n < N; n += Math.max(1, niceStep(N, 4))) axis += text(LEFT - 6, box.y(n) + 4, n, 'text-anchor="end"');
  for (let k = 0; k < steps * N; k += 1) {
    const t = Math.floor(k / N), y = near(box.y(k % N));
    if (reading.hidden[k]) marks += `M${near(box.x(t - 0.35))} ${y}H${near(box.x(t + 0.35))}`;
  }
  return [axis + text(LEFT, top + 13, escaped(words.hidden)) + box.xAxis(words.step, true) +
    `<path class="spike" stroke-width="${near(Math.max(1, 0.8 * row))}" d="${marks}"/>`, height + 62];
}

// The output of each class up to the present step; its name stands where it ends.
function lines({ width, top, spec, reading, steps }) {
  const { T, classes, words } = spec, K = classes.length, height = 200;
  const limits = span(...extent([[...reading.outputs]], [])), reach = Math.max(1, T - 1);
  const box = frame(width - 16, top + 20, height, [-0.5, reach + 0.5], limits);
  let svg = box.yAxis(4) + text(LEFT, top + 13, escaped(words.outputs));
  for (const k of [...reading.order].reverse()) {
    const values = classesAt(reading.outputs, K, k).slice(0, steps), best = k === reading.order[0];
    const path = values.map((y, t) => `${near(box.x(t))} ${near(box.y(y))}`).join("L");
    svg += `<path class="${best ? "potential" : "other"}" d="${path ? `M${path}h0.1` : ""}"/>`;
    if (steps && (best || k === reading.order[1])) {
      svg += text(box.x(values.length - 1) + 8, box.y(values.at(-1)) + 4, escaped(classes[k]));
    }
  }
  return [svg + box.xAxis(words.step, true), height + 62];
}

// A picture of SIDE x SIDE pixels in a square of 100 x 100.
function grid(pixels) {
  const size = 100 / SIDE;
  return pixels.map((ink, n) => (ink === 0 ? "" :
    `<rect class="ink" x="${size * (n % SIDE)}" y="${size * Math.floor(n / SIDE)}" width="${size}" ` +
    `height="${size}" opacity="${ink / LEVELS}"/>`)).join("");
}

// --- the figure ------------------------------------------------------------------------------------

function square(attributes, words) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 100 100");
  svg.setAttribute("aria-hidden", "true");
  return [svg, element("div", attributes, svg, ...(words ? [element("p", {}, words)] : []))];
}

function mountSketch(root, spec, first, told = () => {}) {
  const figure = stage(root, spec, first, told, drawn), read = reader(spec), { words, T } = spec;
  const [paper, pad] = square({ class: "snn-pad", tabindex: 0, role: "application", "aria-label": words.draw });
  const [small, seen] = square({ class: "snn-seen" }, words.seen);
  const answer = element("strong", { "aria-hidden": "true" });
  seen.append(answer);
  root.querySelector(".snn-live").prepend(element("div", { class: "snn-pads" }, pad, seen));

  let strokes = [], pixels = [], shown = null, cell = null, reading = null;
  const clear = () => { strokes = []; pixels = new Array(SIDE * SIDE).fill(0); };
  const show = () => { figure.set({ steps: T }, true); };
  figure.button(words.clear, () => { clear(); show(); });
  if (!figure.reduced) {
    let step = 0;
    const begin = () => { step = 0; };
    const action = () => { step += 1; figure.set({ steps: step }, true); return step < T; };
    figure.player(words.play, begin, action, 250);
  }

  const at = (event) => {
    const box = pad.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  const far = ([x, y], [a, b]) => Math.hypot(x - a, y - b) > 0.01;
  function follow(event) {
    for (const one of event.getCoalescedEvents?.() ?? []) {
      if (far(at(one), strokes.at(-1).at(-1))) strokes.at(-1).push(at(one));
    }
    if (far(at(event), strokes.at(-1).at(-1))) strokes.at(-1).push(at(event));
    pixels = pixelsOf(strokes, spec.ink);
    show();
  }
  let pen = null;
  pad.addEventListener("pointerdown", (event) => {
    if (pen !== null || event.button > 0) return;
    pen = event.pointerId;
    cell = null;
    pad.setPointerCapture?.(pen);
    strokes.push([at(event)]);
    follow(event);
  });
  pad.addEventListener("pointermove", (event) => { if (event.pointerId === pen) follow(event); });
  for (const end of ["pointerup", "pointercancel"]) {
    pad.addEventListener(end, (event) => { if (event.pointerId === pen) pen = null; });
  }
  pad.addEventListener("keydown", (event) => {
    const [row, column] = [Math.floor((cell ?? 0) / SIDE), (cell ?? 0) % SIDE];
    const to = {
      ArrowRight: [row, column + 1], ArrowLeft: [row, column - 1], ArrowUp: [row - 1, column], ArrowDown: [row + 1, column],
    }[event.key];
    const ink = { " ": LEVELS, Enter: LEVELS, Backspace: 0, Delete: 0 }[event.key];
    if (to === undefined && ink === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (to !== undefined && cell !== null) {
      cell = SIDE * Math.min(Math.max(to[0], 0), SIDE - 1) + Math.min(Math.max(to[1], 0), SIDE - 1);
    } else cell ??= 0;
    if (ink !== undefined) {
      strokes = [];
      pixels[cell] = ink;
    }
    show();
  });
  pad.addEventListener("blur", () => { cell = null; figure.later(false); });

  function drawn(values, width) {
    if (shown !== values.picture) {  // another test picture
      strokes = [];
      pixels = [...spec.pictures[Math.min(values.picture, spec.pictures.length - 1)]];
      shown = values.picture;
    }
    reading = read(pixels);
    const path = strokes.map((line) => `M${line.map(([x, y]) => `${near(100 * x)} ${near(100 * y)}`).join("L")}h0.01`);
    const size = 100 / SIDE, [x, y] = [size * ((cell ?? 0) % SIDE), size * Math.floor((cell ?? 0) / SIDE)];
    const mark = `<rect class="cell" x="${x}" y="${y}" width="${size}" height="${size}"/>`;
    paper.innerHTML = (strokes.length ? `<path class="pen" d="${path.join("")}"/>` : grid(pixels)) +
      (cell === null ? "" : mark);
    small.innerHTML = grid(pixels) + (cell === null ? "" : mark);
    answer.textContent = reading.sure ? spec.classes[reading.order[0]] : "?";
    return { ...panels(values, width), words: said() };
  }

  function panels(values, width) {
    const columns = width >= 560 ? 2 : 1, one = (width - 16 * (columns - 1)) / columns;
    const { steps } = values, [above, top] = bars({ width, spec, reading });
    const [spikes, height] = raster({ width: one, top: 0, spec, reading, steps });
    const [ends, more] = lines({ width: one, top: 0, spec, reading, steps });
    const [x, y] = columns === 2 ? [one + 16, top] : [0, top + height];
    const svg = `${above}<g transform="translate(0 ${top})">${spikes}</g><g transform="translate(${near(x)} ${near(y)})">${ends}</g>`;
    return { svg, height: columns === 2 ? top + Math.max(height, more) : top + height + more };
  }

  function said() {
    const { shares, order: [best, second], spikes, drawn, sure } = reading;
    if (!drawn) return words.empty;
    return filled(words, sure ? "says" : "unsure", {
      best: spec.classes[best], share: shares[best].toFixed(2), second: spec.classes[second],
      other: shares[second].toFixed(2), spikes,
    });
  }

  figure.begin();
  root.snnbook = {
    read, set: figure.set, draw: figure.draw,
    pixelsOf: (drawing) => pixelsOf(drawing, spec.ink),
    get pixels() { return pixels; },
    get reading() { return reading; },
    get values() { return figure.values; },
  };
  return { set: (some) => figure.set(some) };
}
