// A figure of what lies in a potential: the reader paints the input, and each input lays a brick.
//
// `spec` is written by snnbook.interactive.bricks, which does the same in PyTorch. What is drawn
// comes from the layer's equation and its derivative, both printed: a brick is dH[t]/dX[s] · X[s].

// Values -> the run, and for each step its pile and what a gradient reaches of it.
function bricklayer(spec) {
  const { T, layer } = spec, run = compiled(layer.code), back = compiled(layer.back);
  return (values) => {
    const [x, h, s, v] = [0, 0, 0, 0].map(() => new Float32Array(T));
    x.forEach((_, t) => { x[t] = values[`x${t}`]; });
    const { reset = 0, detach = 0 } = values, own = (start) => ({ ...layer.values, v_start: start });
    const empty = 0;  // a hard reset to 0 is the only one that this figure takes
    for (const [from, to] of [[0, reset || T], [reset || T, T]]) {
      if (from < to) run(own(empty), x.subarray(from, to), to - from, 1, ...[h, s, v].map((seq) => seq.subarray(from, to)));
    }
    // dH[t]/dX[s] for the inputs from a step on; those before it are out of reach.
    const slopes = (from, t) => {
      const long = t + 1 - from, seed = new Float64Array(long), found = new Float64Array(long);
      seed[long - 1] = 1;
      back(own(from === 0 || from === reset ? empty : v[from - 1]), x.subarray(from, t + 1), long, 1, seed, found, {});
      return Float64Array.from({ length: T }, (_, k) => (k < from || k > t ? 0 : found[k - from]));
    };
    const bricks = [], gradient = [];
    for (let t = 0; t < T; t += 1) {
      const floor = reset <= t ? reset : 0, cut = detach <= t ? Math.max(floor, detach) : floor;
      const whole = slopes(floor, t);
      bricks.push(whole.map((slope, k) => slope * x[k]));
      gradient.push(cut === floor ? whole : slopes(cut, t));
    }
    const reach = gradient[T - 1].reduce((count, slope) => count + (slope !== 0), 0);
    return { x, h, s, v, bricks, gradient, reach, spikes: s.reduce((sum, one) => sum + one, 0) };
  };
}

const ROOM = 36;  // of a row for scissors, in pixels
const CHIP = 96;  // how wide a pair of scissors is

const SCISSORS = "M1 2L10 8.5M1 10L10 3.5M13 1.2a1.9 1.9 0 1 0 .01 0M13 7a1.9 1.9 0 1 0 .01 0";

function mountPainter(root, spec, first, told = () => {}) {
  const { T, words, cuts } = spec, lay = bricklayer(spec), figure = stage(root, spec, first, told, drawn);
  const threshold = spec.layer.values.v_threshold, answered = answers(spec);
  const slider = { low: 0, high: spec.high, step: spec.step };
  let looking = null, chosen = null, box = null;  // a step, a column, and the axes of the input
  figure.place.after(figure.buttons);
  figure.reading.style.setProperty("--all", 5);
  figure.reading.style.setProperty("--beside", 4);
  figure.looked = (t) => {
    if (t === looking) return;
    looking = t;
    if (t !== null) chosen = null;
    figure.later(false);
  };
  figure.button(words.start, () => figure.set(spec.start, true));
  figure.button(words.clear, () => figure.set(Object.fromEntries(spec.inputs.map((name) => [name, 0])), true));

  // --- painting: with one sweep of the mouse or of a finger, or column by column with keys ---------

  const pad = element("div", { class: "snn-paint", role: "group", "aria-label": words.paint });
  const columns = spec.inputs.map((name, t) => element("div", {
    role: "slider", tabindex: t ? -1 : 0, "aria-label": `X[${t}]`, "aria-orientation": "vertical",
    "aria-valuemin": 0, "aria-valuemax": spec.high,
  }));
  pad.append(...columns);
  figure.picture.after(pad);
  let brush = null;  // the pointer that paints, and where it was
  const choose = (t) => {
    if (t === chosen) return;
    chosen = t;
    figure.later(false);
  };
  const pointed = (event) => {
    const { left, top, width } = figure.place.getBoundingClientRect();
    return { t: clipped(box.step(event.clientX - left, width), [0, T - 1]), y: event.clientY - top };
  };
  function paint(event) {
    const to = pointed(event), from = brush.at ?? to, far = Math.abs(to.t - from.t), some = {};
    for (let k = 0; k <= far; k += 1) {
      const part = far ? k / far : 1, t = Math.round(from.t + part * (to.t - from.t));
      some[`x${t}`] = snapped(clipped(box.value(from.y + part * (to.y - from.y)), [0, spec.high]), slider);
    }
    brush.at = to;
    chosen = to.t;
    if (Object.entries(some).some(([name, value]) => figure.values[name] !== value)) figure.set(some, true);
    else figure.later(false);
  }
  pad.addEventListener("pointerdown", (event) => {
    if (brush || event.button > 0) return;
    event.preventDefault();
    pad.setPointerCapture(event.pointerId);
    brush = { pointer: event.pointerId, at: null };
    figure.grasp();
    paint(event);
  });
  pad.addEventListener("pointermove", (event) => {
    if (brush?.pointer === event.pointerId) paint(event);
    else if (!brush) choose(pointed(event).t);
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) pad.addEventListener(end, (event) => {
    if (brush?.pointer !== event.pointerId) return;
    brush = null;
    figure.release();
    figure.later(false);
  });
  pad.addEventListener("pointerleave", () => { if (!brush) choose(null); });
  columns.forEach((column, t) => {
    const to = (other) => columns[clipped(other, [0, T - 1])].focus();
    column.addEventListener("focus", () => {
      for (const one of columns) one.tabIndex = one === column ? 0 : -1;
      choose(t);
    });
    column.addEventListener("blur", () => { figure.release(); choose(null); });
    column.addEventListener("keydown", (event) => {
      if (!MOVES.has(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      if (event.key === "ArrowLeft" || event.key === "ArrowRight") return to(t + (event.key === "ArrowLeft" ? -1 : 1));
      figure.grasp(false);
      figure.set({ [`x${t}`]: moved(event.key, figure.values[`x${t}`], slider) }, true);
    });
  });

  // --- the picture -----------------------------------------------------------------------------------

  function drawn(values, width, { ghosts }) {
    const done = lay(values), wide = (width - LEFT - RIGHT) / T, thin = wide < 24 ? 1 : 0.08 * wide;
    const limits = [-0.5, T - 0.5], t = looking ?? T - 1, parts = [], panels = [];
    const one = brush ? null : chosen;  // whoever paints sees all of it
    const linked = (step, s) => (looking === null || step === looking) && (one === null || s === one);
    const faint = (yes) => (yes ? "" : " faint");
    const bar = (frame, kind, k, from, to, more = "") => {
      const [low, high] = [frame.y(from), frame.y(to)];
      return `<rect class="${kind}" x="${near(frame.x(k - 0.5) + thin)}" y="${near(high)}" ` +
        `width="${near(wide - 2 * thin)}" height="${near(low) - near(high)}" ${more}/>`;
    };
    const tops = (frame, values) => Array.from(values, (value, k) => (value > 0
      ? `M${near(frame.x(k - 0.5) + thin)} ${near(frame.y(value))}H${near(frame.x(k + 0.5) - thin)}` : "")).join("");
    const ghost = (key) => (key in ghosts ? `<path class="ghost" d="${ghosts[key]}"/>` : "");
    const number = (frame, k, y, value, more) => text(frame.x(k), y, short(value), `text-anchor="middle" ${more}`);
    const roomy = wide >= 26;
    let top = 0;

    // What goes in.
    const into = frame(width, top + 24, 96, limits, [0, spec.high]);
    let svg = "";
    done.x.forEach((x, k) => {
      const shown = (one === null || k === one) && (looking === null || done.bricks[looking][k] > 0);
      if (x > 0) svg += bar(into, `column${faint(shown)}`, k, 0, x, `data-s="${k}"`);
      if (k === chosen || (roomy && x > 0 && x < spec.high)) svg += number(into, k, into.y(x) - 4, x, `class="amount${faint(shown)}"`);
    });
    box = { value: into.value, step: (x, all) => Math.floor(((x * width) / all - LEFT) / wide) };
    panels.push(`<g class="panel input">${into.yAxis(2)}${text(LEFT, top + 13, escaped(words.painting))}` +
      `${lined("input", "input", tops(into, done.x))}${svg}${ghost("input")}<path class="axis" d="M${LEFT} ${into.top + into.height}H${width - RIGHT}"/></g>`);
    Object.assign(pad.style, { top: `${into.top - 10}px`, height: `${into.height + 20}px`, left: `${LEFT}px`, width: `${near(wide * T)}px` });
    columns.forEach((column, k) => {
      Object.assign(column.style, { left: `${near(wide * k)}px`, width: `${near(wide)}px` });
      const x = values[`x${k}`], said = { "aria-valuenow": x, "aria-valuetext": `${short(x)}; ${life(done, values, k)}` };
      for (const [name, value] of Object.entries(said)) {
        if (column.getAttribute(name) !== String(value)) column.setAttribute(name, value);
      }
    });
    top = into.top + into.height + 8;

    // What lies there.
    if (cuts.includes("reset")) top += scissors("reset", top, values, width, wide, parts, panels);
    const pile = frame(width, top + 34, 150, limits, [0, spec.most]);
    svg = "";
    let answersRow = "";
    done.bricks.forEach((bricks, step) => {
      let base = 0;
      const sent = done.s[step] > 0;
      bricks.forEach((height, s) => {
        if (!(height > 0)) return;
        const behind = done.gradient[step][s] === 0, kind = `brick${sent ? " sent" : ""}${behind ? " behind" : ""}`;
        const shown = linked(step, s);
        svg += bar(pile, `${kind}${faint(shown)}`, step, base, base + height, `data-s="${s}" data-t="${step}"`);
        if (roomy && pile.y(0) - pile.y(height) >= 16) {
          svg += number(pile, step, pile.y(base + height / 2) + 4, height, `class="inside${behind ? " behind" : ""}${faint(shown)}"`);
        }
        base += height;
      });
      const x = pile.x(step), y = pile.y(done.h[step]) - 3;
      if (sent) svg += `<path class="spike sent" d="M${near(x)} ${near(y)}v-14m-4 5l4 -5l4 5"/>`;
      answersRow += text(x, pile.top + pile.height + 17, short(done.s[step]), `text-anchor="middle" class="answer${sent ? " one" : ""}"`);
    });
    const floor = pile.top + pile.height, level = near(pile.y(threshold));
    panels.push(`<g class="panel pile">${pile.yAxis(4)}${text(LEFT, top + 13, escaped(filled(words, "pile", { name: spec.layer.name })))}` +
      `${lined("pile", "potential", tops(pile, done.h))}${svg}${ghost("pile")}<path class="axis" d="M${LEFT} ${floor}H${width - RIGHT}"/>` +
      `<path class="level v_threshold" d="M${LEFT} ${level}H${width - RIGHT}"/>${text(width - RIGHT, level - 5, "v_threshold", 'text-anchor="end" data-symbol="v_threshold"')}` +
      `${text(LEFT - 6, floor + 17, "S[t]", 'text-anchor="end"')}${answersRow}</g>`);
    parts.push({
      key: "trace", label: words.step, left: LEFT, width: width - LEFT - RIGHT, top: pile.top - 14, height: pile.height + 14, T, t: looking,
      words: looking === null ? words.point_pile : told_of(done, looking, (name, words) => words).concat(reached(done, looking) || []).join("; "),
    });
    top = floor + 26;

    // What a gradient reaches.
    let under = frame(width, pile.top, pile.height + 26, limits, pile.limits);
    if (cuts.length) {
      if (cuts.includes("detach")) top += scissors("detach", top, values, width, wide, parts, panels);
      const hollow = done.gradient.some((row, step) => row.some((slope, k) => slope === 0 && done.bricks[step][k] > 0));
      const slopes = done.gradient[t], high = Math.max(1, ...done.gradient.map((row, k) => row[k]));
      const reach = frame(width, top + 22, 34, limits, [0, high]);
      panels.push(`<g class="panel reach">${reach.yAxis(1, true)}${text(LEFT, top + 13, escaped(filled(words, hollow ? "hollow" : "gradient", { t })))}` +
        Array.from(slopes, (slope, k) => (slope ? bar(reach, `slope${faint(one === null || one === k)}`, k, 0, slope, `data-s="${k}"`) : "")).join("") +
        `<path class="axis" d="M${LEFT} ${reach.top + reach.height}H${width - RIGHT}"/></g>`);
      under = reach;
      top = reach.top + reach.height;
    }
    const lines = cuts.filter((name) => values[name] > 0).map((name) =>
      `<path class="cut ${name}" d="M${near(into.x(values[name] - 0.5))} ${name === "reset" ? into.top : pile.top - 8}V${top}"/>`).join("");
    const height = under.top + under.height + 36;
    const read = chosen !== null ? escaped(life(done, values, chosen))
      : [...told_of(done, t, symbol), ...(looking === null ? [words.point_pile] : [reached(done, t)])].join("\n");
    const { spikes, reach } = done, v = done.v[T - 1], inputs = done.x.filter((x) => x > 0).length;
    return {
      svg: lines + panels.join("") + `<g class="panel steps">${under.xAxis(words.step, true).replace(/^<path[^>]*>/, "")}</g>`, height, parts, words: said(done),
      read: `<span>${read}</span>`, answer: answered(values, { spikes, v, reach, inputs }),
    };
  }

  // A pair of scissors in its row: it stands before the step at which it cuts.
  function scissors(name, top, values, width, wide, parts, panels) {
    const x = LEFT + values[name] * wide, cut = values[name];
    if (!cut) panels.push(text(LEFT + CHIP / 2 + 8, top + 22, escaped(words.idle), 'class="why"'));
    parts.push({
      key: name, name, side: cut ? "chip" : "chip idle", chip: `${name}()`, icon: SCISSORS, label: `${name}()`, top: top + 2, height: 32,
      left: clipped(x - CHIP / 2, [0, width - CHIP]), width: CHIP, x, slider: spec.sliders.find((one) => one.name === name),
      value: cut, at: (place) => (place - LEFT) / wide, words: cut ? filled(words, "before", { t: cut }) : words.nowhere,
    });
    return ROOM;
  }

  // A pile in numbers, and what became of it.
  function told_of(done, t, mark) {
    const bricks = [...done.bricks[t]].filter((height) => height > 0), all = bricks.length > 5;
    const shown = (all ? [...bricks.slice(0, 3), null, bricks.at(-1)] : bricks).map((one) => (one === null ? "…" : mark("X[t]", short(one))));
    const pile = `${mark("H[t]", `H[${t}]`)} = ${shown.length > 1 ? `${shown.join(" + ")} = ` : ""}${mark("H[t]", short(done.h[t]))}`;
    const layer = { h: done.h, s: done.s, v: done.v, states: {}, levels: { ...spec.layer.values, v_start: 0 } };
    const lines = stepOf({ layers: [spec.layer], N: 1 }, { x: done.x, layers: [layer] }, 0, t, mark);
    return [pile, ...lines.slice(1)];
  }

  // How many inputs the gradient of a pile reaches, where that is a question.
  function reached(done, t) {
    const reach = done.gradient[t].reduce((count, slope) => count + (slope !== 0), 0);
    return cuts.length ? filled(words, "reached", { last: t, reach }) : "";
  }

  // What becomes of one input.
  function life(done, values, s) {
    const x = short(done.x[s]);
    if (!(done.x[s] > 0)) return filled(words, "no_brick", { s });
    const sent = done.s.findIndex((spike, t) => t >= s && spike > 0), { reset = 0, detach = 0 } = values;
    const emptied = reset > s && (sent < 0 || reset <= sent), end = emptied ? reset : sent;
    const kind = emptied ? "life_reset" : sent < 0 ? "life_stays" : "life_sent";
    const behind = detach > s && (end < 0 || detach < end + (emptied ? 0 : 1));
    return [filled(words, kind, { s, x, end }), ...(behind ? [filled(words, "life_behind", { cut: detach })] : [])].join(" ");
  }

  function said(done) {
    const { spikes } = done, v = Number(done.v[T - 1].toFixed(4));
    const bricks = done.s[T - 1] > 0 ? 0 : done.bricks[T - 1].reduce((count, height) => count + (height > 0), 0);
    return `${filled(words, "painted", { name: spec.layer.name, spikes, steps: T, bricks, v })} ${reached(done, T - 1)}`.trim();
  }

  figure.begin();
  root.snnbook = {
    lay: (some) => lay({ ...figure.values, ...some }), set: figure.set, draw: figure.draw,
    get values() { return figure.values; },
  };
  return { set: (some) => figure.set(some) };
}
