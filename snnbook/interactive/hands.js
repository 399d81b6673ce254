// What a reader takes hold of in a picture: its levels, as handles, and its traces, step by step.
//
// A panel says where they are. They lie above the picture, so a new picture leaves the reader's
// focus and grasp where they were. For keys and screen readers each of them is a slider.

const MOVES = new Set(["ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown", "PageUp", "PageDown", "Home", "End"]);

// A key -> the value to which it moves a slider.
function moved(key, value, { low, high, step }) {
  const to = {
    ArrowRight: value + step, ArrowUp: value + step, ArrowLeft: value - step, ArrowDown: value - step,
    PageUp: value + 10 * step, PageDown: value - 10 * step, Home: low, End: high,
  }[key];
  return snapped(to, { low, high, step });
}

// The nearest value that a slider can have, as it would write it.
function snapped(value, { low, high, step }) {
  const most = Math.floor((high - low) / step + 1e-9), steps = clipped(Math.round((value - low) / step), [0, most]);
  return Number((low + steps * step).toPrecision(12));
}

// `place` holds the picture. A panel's parts are its `hands`, each { key, name, side, y, left, width,
// slider, value, words, at } where `at` makes a value from a height; or, where it is moved across,
// { across, chip, icon, idle, x, top, height } in place of side and y, and `at` makes a value from how far
// right it is; and its `traces`, each { key, name, top, height, left, width, T, t, words }. `set` is
// told a value, `look` a step or null.
function handsOn(place, { set, look, grasp, release }, spec) {
  const made = new Map(), layer = element("div", { class: "snn-hands" });
  place.append(layer);
  let drag = null;

  const heightOf = (event) => event.clientY - place.getBoundingClientRect().top;
  const pointOf = (event, { across }) => (across ? event.clientX - place.getBoundingClientRect().left : heightOf(event));
  const move = ({ name, slider }, value) => set({ [name]: snapped(value, slider) });
  function keys(made, action) {
    made.addEventListener("keydown", (event) => {
      if (!MOVES.has(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      action(event.key);
    });
  }

  function handle({ across, chip, icon }) {
    const knob = element("span", { class: across ? "snn-chip" : "snn-knob" }, ...(across ? [chip] : []));
    if (icon) knob.insertAdjacentHTML("afterbegin", `<svg viewBox="0 0 16 12" aria-hidden="true"><path d="${icon}"/></svg>`);
    const made = element("div", { role: "slider", tabindex: 0, "aria-orientation": across ? "horizontal" : "vertical" }, knob);
    made.addEventListener("pointerdown", (event) => {
      if (event.button > 0 || drag) return;
      const nearest = made.item.across ? made : nearestTo(event, made), { item } = nearest;
      made.setPointerCapture(event.pointerId);
      drag = { pointer: event.pointerId, from: (item.across ? item.x : item.y) - pointOf(event, item), nearest };
      grasp();
    });
    made.addEventListener("pointermove", (event) => {
      if (drag?.pointer !== event.pointerId) return;
      const { item } = drag.nearest;
      move(item, item.at(pointOf(event, item) + drag.from));
    });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) made.addEventListener(end, (event) => {
      if (drag?.pointer !== event.pointerId) return;
      drag = null;
      release();
    });
    made.addEventListener("blur", () => { if (!drag) release(); });
    keys(made, (key) => {
      grasp(false);
      move(made.item, moved(key, made.item.value, made.item.slider));
    });
    return made;
  }

  // Of the handles whose bands lie above each other there the one that is meant.
  function nearestTo(event, one) {
    const y = heightOf(event), far = ({ item }) => Math.abs(item.y - y);
    const reached = [...made.values()].filter((other) => {
      const { left, right } = other.getBoundingClientRect();
      return other.item.at && !other.item.across && far(other) <= REACH && event.clientX >= left && event.clientX <= right;
    });
    return reached.reduce((best, other) => (far(other) < far(best) ? other : best), one);
  }

  function steps() {
    const made = element("div", { class: "snn-trace", role: "slider", tabindex: 0, "aria-valuemin": 0 });
    keys(made, (key) => look(moved(key, made.item.t ?? 0, { low: 0, high: made.item.T - 1, step: 1 })));
    made.addEventListener("focus", () => { if (made.matches(":focus-visible")) look(made.item.t ?? 0); });
    made.addEventListener("blur", () => look(null));
    return made;
  }
  // A pointer anywhere on a trace, above a handle's band too.
  function pointed(event) {
    if (drag) return;
    const box = place.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
    for (const { item: part } of made.values()) {
      if (part.T && y >= part.top && y <= part.top + part.height && x >= part.left && x <= part.left + part.width) {
        return look(clipped(Math.floor(((x - part.left) / part.width) * part.T), [0, part.T - 1]));
      }
    }
  }
  layer.addEventListener("pointermove", pointed);
  layer.addEventListener("pointerdown", pointed);
  layer.addEventListener("pointerleave", () => { if (!drag && !layer.querySelector(".snn-trace:focus-visible")) look(null); });

  // Put them where the panels want them.
  return function show(parts) {
    const gone = new Set(made.keys());
    for (const part of parts) {
      if (!made.has(part.key)) {
        made.set(part.key, part.at ? handle(part) : steps());
        layer.append(made.get(part.key));
        made.get(part.key).dataset.symbol = part.at ? meaningOf(part.name, spec) : "v";
      }
      gone.delete(part.key);
      const one = made.get(part.key);
      one.item = part;
      const band = part.at && !part.across ? [part.y - REACH, 2 * REACH] : [part.top, part.height];
      const place = { top: band[0], height: band[1], left: part.left, width: part.width };
      for (const [name, length] of Object.entries(place)) one.style[name] = `${near(length)}px`;
      one.style.setProperty("--width", `${near(part.width)}px`);
      if (part.at) one.className = `snn-hand ${part.across ? `across${part.idle ? " idle" : ""}` : part.side}`;
      const said = part.at
        ? { "aria-valuemin": part.slider.low, "aria-valuemax": part.slider.high, "aria-valuenow": part.value }
        : { "aria-valuemax": part.T - 1, "aria-valuenow": part.t ?? 0 };
      for (const [name, value] of Object.entries({ ...said, "aria-label": part.label, "aria-valuetext": part.words })) {
        if (one.getAttribute(name) !== String(value)) one.setAttribute(name, value);
      }
    }
    for (const key of gone) {
      made.get(key).remove();
      made.delete(key);
    }
  };
}

const REACH = 16;  // from a level, in pixels: what a finger may miss it by
