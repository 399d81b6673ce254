// What a reader takes hold of in a picture: its levels, as handles, and its traces, step by step.
//
// A panel says where they are. They lie above the picture, so a new picture leaves the reader's
// focus and grasp where they were. For keys and screen readers each of them is a slider.
// Rows are traces too: their numbers, from the top, are `rows`, and the one that is chosen is `row`.
// A handle that goes across has an `x` and a `top` in place of a `y`. A field is grasped anywhere.

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
// slider, value, words, at } where `at` makes a value from a height, or has `x` in place of y, and makes
// one from how far right it is; with { chip, icon } it is a word to take hold of; its `fields`,
// { field: true, key, name, top, height, left, width, knob, slider, value, words, at, moved } where
// `at` makes a value from a place and `moved` one from a key; and its `traces`, each { key, name,
// top, height, left, width, T, t, words }. `set` is told a value, `look` a step or null,
// and of rows a number, and whether it is to stay chosen.
function handsOn(place, { set, look, grasp, release }, spec) {
  const made = new Map(), layer = element("div", { class: "snn-hands" });
  place.append(layer);
  let drag = null;

  const across = (item) => item.x !== undefined, line = (item) => (across(item) ? item.x : item.y);
  const pointOf = ({ clientX, clientY }, { left, top } = place.getBoundingClientRect()) => [clientX - left, clientY - top];
  const along = (event, item) => pointOf(event)[across(item) ? 0 : 1];
  const move = ({ name, slider }, value) => set({ [name]: snapped(value, slider) });
  function keys(made, action) {
    made.addEventListener("keydown", (event) => {
      if (!MOVES.has(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      action(event.key);
    });
  }

  // Something that a pointer drags and keys move. `hold` is told where the pointer takes hold of it,
  // and returns what follows the pointer.
  function grasped(kind, hold, knob = element("span", { class: "snn-knob" })) {
    const made = element("div", { class: kind, role: "slider", tabindex: 0 }, knob);
    made.addEventListener("pointerdown", (event) => {
      if (event.button > 0 || drag) return;
      made.setPointerCapture(event.pointerId);
      drag = { pointer: event.pointerId, follow: hold(event) };
      grasp();
    });
    made.addEventListener("pointermove", (event) => { if (drag?.pointer === event.pointerId) drag.follow(event); });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) made.addEventListener(end, (event) => {
      if (drag?.pointer !== event.pointerId) return;
      if (end === "pointerup") drag.follow(event);
      drag = null;
      release();
    });
    made.addEventListener("blur", () => { if (!drag) release(); });
    keys(made, (key) => {
      grasp(false);
      move(made.item, (made.item.moved ?? moved)(key, made.item.value, made.item.slider));
    });
    return made;
  }

  function handle({ chip, icon }) {
    const knob = chip && element("span", { class: "snn-chip" }, chip);
    if (icon) knob.insertAdjacentHTML("afterbegin", `<svg viewBox="0 0 16 12" aria-hidden="true"><path d="${icon}"/></svg>`);
    const made = grasped("snn-hand", (event) => {
      const { item } = nearestTo(event, made), from = line(item) - along(event, item);
      return (event) => move(item, item.at(along(event, item) + from));
    }, knob);
    return made;
  }

  // A finger that goes up or down scrolls the page, but on the knob; where it rests, it chooses.
  function field() {
    const made = grasped("snn-field", (start) => {
      let waits = start.pointerType === "touch" && start.target === made;
      const follow = (event) => {
        if (waits && event.type === "pointermove" && Math.abs(event.clientX - start.clientX) < 8) return;
        waits = false;
        move(made.item, made.item.at(...pointOf(event)));
      };
      if (!waits) follow(start);
      return follow;
    });
    return made;
  }

  // Of the handles whose bands lie above each other there the one that is meant.
  function nearestTo(event, one) {
    const far = ({ item }) => Math.abs(line(item) - along(event, item)), { clientX: x, clientY: y } = event;
    const reached = [...made.values()].filter((other) => {
      const { left, right, top, bottom } = other.getBoundingClientRect();
      const there = x >= left && x <= right && y >= top && y <= bottom;
      return other.item.at && !other.item.field && there && far(other) <= REACH;
    });
    return reached.reduce((best, other) => (far(other) < far(best) ? other : best), one);
  }

  function steps() {
    const made = element("div", { class: "snn-trace", role: "slider", tabindex: 0, "aria-valuemin": 0 });
    const within = (count) => ({ low: 0, high: count - 1, step: 1 });
    keys(made, (key) => {
      const { t, T, rows, row } = made.item;
      if (rows) look(t, rows[moved(DOWNWARD[key] ?? key, rows.indexOf(row), within(rows.length))], true);
      else look(moved(key, t ?? 0, within(T)));
    });
    made.addEventListener("focus", () => { if (made.matches(":focus-visible") && !made.item.rows) look(made.item.t ?? 0); });
    made.addEventListener("blur", () => look(null));
    return made;
  }
  // A pointer anywhere on a trace, above a handle's band too.
  function pointed(event) {
    if (drag) return;
    const box = place.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
    for (const { item: part } of made.values()) {
      if (part.T && y >= part.top && y <= part.top + part.height && x >= part.left && x <= part.left + part.width) {
        const at = (share, count) => clipped(Math.floor(share * count), [0, count - 1]), { rows } = part;
        return look(at((x - part.left) / part.width, part.T), rows?.[at((y - part.top) / part.height, rows.length)], event.type === "pointerdown");
      }
    }
  }
  layer.addEventListener("pointermove", pointed);
  layer.addEventListener("pointerdown", pointed);
  // A finger leaves with each tap; what it chose stays until it taps elsewhere.
  layer.addEventListener("pointerleave", (event) => {
    if (event.pointerType !== "touch" && !drag && !layer.querySelector(".snn-trace:focus-visible")) look(null);
  });

  // Put them where the panels want them.
  return function show(parts) {
    const gone = new Set(made.keys());
    for (const part of parts) {
      if (!made.has(part.key)) {
        made.set(part.key, part.field ? field() : part.at ? handle(part) : steps());
        layer.append(made.get(part.key));
        made.get(part.key).dataset.symbol = part.at ? meaningOf(part.name, spec) : "v";
      }
      gone.delete(part.key);
      const one = made.get(part.key);
      one.item = part;
      const { top = part.y - REACH, height = 2 * REACH, left = part.x - REACH, width = 2 * REACH } = part;
      const place = { top, height, left, width };
      for (const [name, length] of Object.entries(place)) one.style[name] = `${near(length)}px`;
      one.style.setProperty("--width", `${near(width)}px`);
      if (part.side) one.className = `snn-hand ${part.side}`;
      if (part.at) one.setAttribute("aria-orientation", across(part) || part.field ? "horizontal" : "vertical");
      if (part.field) Object.assign(one.firstChild.style, { left: `${near(part.knob[0] - left)}px`, top: `${near(part.knob[1] - top)}px` });
      const said = part.at
        ? { "aria-valuemin": part.slider.low, "aria-valuemax": part.slider.high, "aria-valuenow": part.value }
        : { "aria-valuemax": (part.rows?.length ?? part.T) - 1, "aria-valuenow": (part.rows ? part.row : part.t) ?? 0 };
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

// Rows are counted from the top.
const DOWNWARD = { ArrowUp: "ArrowLeft", ArrowDown: "ArrowRight", PageUp: "PageDown", PageDown: "PageUp" };
const REACH = 16;  // from a level, in pixels: what a finger may miss it by
