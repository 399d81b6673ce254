// Exercises that are done in the page.
//
// What is known about an answer comes from the checker, snnbook/check/values.py, when the book is
// built: patterns of wrong answers in their order, and the sentence that goes with each. Here they
// are only tried. Nothing is sent anywhere: answers stay in this browser's localStorage.
"use strict";
(() => {
  // --- patterns: each test is the one of the same name in snnbook/check/patterns.py -------------

  const isNumber = (value) => typeof value === "number";
  const isList = Array.isArray;

  const TESTS = {
    anything: () => true,
    number: isNumber,
    finite: (value) => Number.isFinite(value),
    whole: (value) => Number.isInteger(value),
    truth: (value) => typeof value === "boolean",
    text: (value) => typeof value === "string",
    list: isList,
    near: (value, x, within) =>
      isNumber(value) && (value === x || Math.abs(value - x) <= within),
    above: (value, x) => isNumber(value) && value > x,
    below: (value, x) => isNumber(value) && value < x,
    same: (value, other) => value === other,
    entries: (value, ...patterns) =>
      isList(value) &&
      value.length === patterns.length &&
      patterns.every((pattern, i) => fits(pattern, value[i])),
    each: (value, pattern) => isList(value) && value.every((x) => fits(pattern, x)),
    some: (value, pattern) => isList(value) && value.some((x) => fits(pattern, x)),
    part: (value, index, pattern) => fits(pattern, value[index]),
    distinct: (value) => new Set(value).size === value.length,
    shape: (value, ...shape) => String(shapeOf(value)) === String(shape),
    flat: (value, pattern) => fits(pattern, flattened(value)),
    ordered: (value, pattern) =>
      value.every(isNumber) && fits(pattern, [...value].sort((a, b) => a - b)),
    constant: (value, within) =>
      value.length > 1 && value.every((x) => TESTS.near(x, value[0], room(value[0], within))),
    equal: (value, i, j, within) => TESTS.near(value[i], value[j], room(value[j], within)),
    most: (value, count, ...patterns) => counted(value, ...patterns) >= count,
    at: (value, places, pattern) => fits(pattern, places.map((i) => value[i])),
    less: (value, numbers, pattern) => fits(pattern, value.map((x, i) => x - numbers[i])),
    over: (value, numbers, pattern) => fits(pattern, value.map((x, i) => x / numbers[i])),
    rounded: (value, way, pattern) => fits(pattern, value.map(WAYS[way])),
    not: (value, pattern) => !fits(pattern, value),
    every: (value, ...patterns) => patterns.every((pattern) => fits(pattern, value)),
    either: (value, ...patterns) => patterns.some((pattern) => fits(pattern, value)),
  };

  // What a formula gives after an error: Python has stopped there, and nothing is known.
  const UNKNOWN = Symbol("unknown");

  const fits = ([test, ...operands], value) =>
    value === UNKNOWN || TESTS[test](value, ...operands);

  // To the nearest whole number; of two that are equally near, to the even one, as Python does.
  const nearest = (x) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));

  const WAYS = { down: Math.floor, up: Math.ceil, nearest };

  const room = (x, tolerance) => (Number.isFinite(x) ? tolerance * Math.max(1, Math.abs(x)) : 0);

  const counted = (value, ...patterns) =>
    patterns.filter((pattern, i) => fits(pattern, value[i])).length;

  const flattened = (value) => (isList(value) ? value.flat(Infinity) : [value]);

  function shapeOf(value) {
    if (!isList(value)) return [];
    const shapes = value.map(shapeOf);
    const ragged = shapes.some((shape) => shape === null || String(shape) !== String(shapes[0]));
    return ragged ? null : [value.length, ...(shapes[0] ?? [])];
  }

  // --- words: as in snnbook/check/kinds.py -------------------------------------------------------

  const shortened = (text, most) => (text.length <= most ? text : `${text.slice(0, most - 2)} …`);

  // Six digits, written as Python does.
  function digits(x) {
    if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
    if (Number.isInteger(x) && Math.abs(x) < 1e9) return String(x);
    // In the middle between two numbers of six digits Python takes the even one.
    const [, even] = /^(-?\d\.\d{4}[02468])50*e/.exec(x.toExponential(60)) ?? [];
    const [rounded, power] = x.toExponential(5).split("e");
    const digit = even ?? rounded;
    if (power >= -4 && power < 6) return String(Number(`${digit}e${power}`));
    return `${Number(digit)}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  }

  function shown(value) {
    if (isList(value)) {
      return `[${[...value.slice(0, 12).map(shown), ...(value.length > 12 ? ["…"] : [])].join(", ")}]`;
    }
    if (isNumber(value)) return digits(value);
    return { true: "True", false: "False", null: "None" }[String(value)] ?? value;
  }

  const show = (value, most = 60) => shortened(shown(value), most);

  const filled = (sentence, values) =>
    sentence.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

  function thing(value, kind, words) {
    const [, sentence] = words.things.find(
      ([pattern, , only]) => (!only || only === kind) && fits(pattern, value),
    );
    const n = isList(value) ? value.length : 0;
    return shortened(filled(sentence, { value: show(value, 50), n }), 120);
  }

  const READINGS = {
    length: (value) => value.length,
    shape: shapeOf,
    outside: (value, known) => Math.min(...value.filter((x) => !known.includes(x))),
    entry: (value, i) => value[i],
    unlike: (value, ...patterns) => value.find((x, i) => !fits(patterns[i], x)),
    count: counted,
    offset: (value, i, x) => Math.abs(value[i] - x),
    factor: (value, i, x) => value[i] / x,
  };

  // The sentence of the first rule that fits, about a value in the answer.
  function said(rules, answer, value) {
    const [, sentence, readings] = rules.find(([pattern]) => fits(pattern, answer));
    const read = Object.entries(readings).map(([name, [reading, ...operands]]) => [
      name,
      show(READINGS[reading](value, ...operands)),
    ]);
    return filled(sentence, Object.fromEntries(read));
  }

  // --- the verdict -------------------------------------------------------------------------------

  // The key of the heading, and what is said. Of a part that is not answered the value is undefined.
  function judge(sheet, words, values) {
    const { parts, wanted } = sheet;
    const missing = parts.filter((part, i) => values[i] === undefined).map((part) => part.name);
    if (missing.length) {
      const some = filled(words.PARTS_MISSING, { parts: missing.join(", ") });
      return ["YOUR_TURN", `${missing.length < parts.length ? some : words.NOTHING} ${wanted}`];
    }
    if (sheet.single && values[0] === null) return ["NOT_YET", `${words.NONE} ${wanted}`];
    const wrong = parts.map((part, i) => !fits(part.right, values[i]));
    const i = parts.findIndex((part, i) => wrong[i] || !fits(part.fits, values[i]));
    if (i < 0) return ["RIGHT", sheet.passed];
    const known = wrong.some(Boolean) && sheet.faults.find(([pattern]) => fits(pattern, values));
    const fault = known && !(sheet.single && !fits(parts[0].fits, values[0])) ? known[1] : "";
    const { kind, misfit, rules, fits: ofKind } = parts[i];
    if (!fits(ofKind, values[i])) {
      const strange = fault || filled(misfit, { given: thing(values[i], kind, words) });
      return ["NOT_YET", sheet.single ? `${strange} ${wanted}` : strange];
    }
    return ["NOT_YET", fault || said(rules, values, values[i])];
  }

  // The same for a formula, which is computed in each of the exercise's trials.
  function judgeFormula(sheet, words, text) {
    const { wanted, passed, names, cases, right, tried } = sheet;
    const notYet = (...sentences) => ["NOT_YET", sentences.filter(Boolean).join(" ")];
    if (!text.trim()) return ["YOUR_TURN", `${words.NOTHING} ${wanted}`];
    let formula;
    try {
      formula = parsed(text);
    } catch (error) {
      return notYet(filled(words.NO_FORMULA, { why: error.message }), wanted);
    }
    const inOrder = (order) => (values) =>
      outcome(formula, Object.fromEntries(names.map((name, i) => [name, values[order[i]]])));
    const allRight = (outcomes) => outcomes.every(({ value }, i) => fits(right[i], value));
    const order = names.map((name, i) => i);
    const given = cases.map(inOrder(order));
    if (allRight(given)) return ["RIGHT", passed];
    const turned = names.length > 1 && names.length < 4 ? permuted(order).slice(1) : [];
    const swapped = () => turned.some((other) => allRight(cases.map(inOrder(other)))) && sheet.swapped;
    const stop = given.findIndex(({ error }) => error);
    const values = given.map(({ value }, i) => (stop >= 0 && i >= stop ? UNKNOWN : value));
    const fault = sheet.faults.find(([pattern]) => fits(pattern, values))?.[1];
    const i = given.findIndex(({ value }, i) => !fits(sheet.fits, value) || !fits(right[i], value));
    if (given[i].error) {
      const { name, message } = given[i].error;
      return notYet(fault || swapped(), filled(words.RAISED, { type: name, error: message }), tried[i]);
    }
    if (!fits(sheet.fits, values[i])) {
      const misfit = filled(sheet.misfit, { given: thing(values[i], "", words) });
      return notYet(fault || misfit, fault && tried[i]);
    }
    const numbers = stop < 0 && values.every((x) => isNumber(x) && !Number.isNaN(x));
    const hint = fault || swapped() || (numbers && said(sheet.rules, values, values));
    return notYet(hint, tried[i], filled(sheet.different[i], { given: show(values[i]) }));
  }

  const permuted = (list) =>
    list.length < 2
      ? [list]
      : list.flatMap((x) => permuted(list.filter((y) => y !== x)).map((rest) => [x, ...rest]));

  // --- formulas, as Python reads and computes them -----------------------------------------------

  class PythonError extends Error {
    constructor(name, message) {
      super(message);
      this.name = name;
    }
  }

  const fail = (name, message) => {
    throw new PythonError(name, message);
  };

  function outcome(formula, names) {
    try {
      return { value: formula({ e: Math.E, pi: Math.PI, inf: Infinity, ...names }) };
    } catch (error) {
      return { error };
    }
  }

  const divided = (x, y) => (y === 0 ? fail("ZeroDivisionError", "division by zero") : x / y);
  const remainder = (x, y) => (divided(x, y), x % y && Math.sign(x) !== Math.sign(y) ? (x % y) + y : x % y);
  const domain = (x) => (Number.isNaN(x) ? fail("ValueError", "math domain error") : x);
  const finite = (x, from) =>
    Number.isFinite(x) || from === Infinity || from === -Infinity
      ? x
      : fail("OverflowError", "math range error");
  const whole = (way) => (x) =>
    Number.isFinite(x) ? way(x) : fail("OverflowError", "cannot convert float infinity to integer");
  const log = (x) => (x > 0 ? Math.log(x) : fail("ValueError", "math domain error"));

  function power(x, y) {
    if (x === 0 && y < 0) fail("ZeroDivisionError", "0.0 cannot be raised to a negative power");
    return finite(domain(x ** y), x === Infinity || y === Infinity ? Infinity : 0);
  }

  const FUNCTIONS = {
    exp: (x) => finite(Math.exp(x), x),
    expm1: (x) => finite(Math.expm1(x), x),
    log1p: (x) => (log(1 + x), Math.log1p(x)),
    log: (x, base) => (base === undefined ? log(x) : divided(log(x), log(base))),
    log2: (x) => (log(x), Math.log2(x)),
    log10: (x) => (log(x), Math.log10(x)),
    sqrt: (x) => domain(Math.sqrt(x)),
    floor: whole(Math.floor),
    ceil: whole(Math.ceil),
    int: whole(Math.trunc),
    round: (x, digits) => {
      const scaled = x * 10 ** (digits ?? 0);
      const tie = Math.abs(scaled % 1) === 0.5 && scaled / 10 ** digits === x;
      return digits && !tie ? Number(x.toFixed(digits)) : whole(nearest)(scaled) / 10 ** (digits ?? 0);
    },
    float: (x) => x,
    abs: Math.abs,
    pow: power,
    min: (...all) => Math.min(...all.flat()),
    max: (...all) => Math.max(...all.flat()),
    sum: (list) => list.reduce((a, b) => a + b, 0),
    range: (start, end) => {
      const first = end === undefined ? 0 : start;
      const count = Math.max(0, (end ?? start) - first);
      return count > 1e6 ? fail("MemoryError", "") : Array.from({ length: count }, (x, i) => first + i);
    },
  };

  // From the operators that bind least to those that bind most.
  const LEVELS = [
    { or: (x, y) => x || y },
    { and: (x, y) => x && y },
    {
      "<": (x, y) => x < y,
      ">": (x, y) => x > y,
      "<=": (x, y) => x <= y,
      ">=": (x, y) => x >= y,
      "==": (x, y) => x === y,
      "!=": (x, y) => x !== y,
    },
    { "+": (x, y) => x + y, "-": (x, y) => x - y },
    {
      "*": (x, y) => x * y,
      "/": divided,
      "//": (x, y) => (Number.isFinite(x) ? Math.floor(divided(x, y)) : NaN),
      "%": remainder,
    },
  ];

  const TOKEN = /\s*(\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?|[a-z_]\w*|\*\*|\/\/|[<>=!]=|[-+*\/%<>(),])/iy;

  // The tokens of a formula, with the signs that a keyboard may have in place of Python's.
  function tokens(text) {
    const python = text
      .replace(/^\s*return\s/, "")
      .replace(/\b(math|np|numpy|torch)\./g, "")
      .replace(/[−–]/g, "-")
      .replace(/[×·⋅]/g, "*")
      .replace(/÷/g, "/")
      .replace(/\^/g, "**")
      .replace(/τ/g, "tau")
      .trim();
    const found = [];
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < python.length) {
      const start = TOKEN.lastIndex;
      const match = TOKEN.exec(python);
      if (!match) throw new Error(python.slice(start).trim().slice(0, 20));
      found.push(match[1]);
    }
    return found;
  }

  // A function of the names' values. An error's message is what can't be read.
  function parsed(text) {
    const left = tokens(text);
    const next = (token) => left[0] === token && Boolean(left.shift());
    const expected = (token) => next(token) || stop();
    const stop = () => {
      throw new Error(left[0] ?? "the end");
    };
    const formula = expression();
    return left.length ? stop() : formula;

    function expression() {
      const value = level(0);
      if (!next("if")) return value;
      const test = level(0);
      expected("else");
      const other = expression();
      return (names) => (test(names) ? value(names) : other(names));
    }

    function level(depth) {
      if (depth === LEVELS.length) return signed();
      if (depth === 2 && next("not")) {
        const value = level(depth);
        return (names) => !value(names);
      }
      const values = [level(depth + 1)];
      const operators = [];
      while (Object.hasOwn(LEVELS[depth], left[0] ?? "")) {
        operators.push(LEVELS[depth][left.shift()]);
        values.push(level(depth + 1));
      }
      if (depth === 2 && operators.length) {
        // 0 < x < 1 is 0 < x and x < 1.
        return (names) =>
          operators.every((operator, i) => operator(values[i](names), values[i + 1](names)));
      }
      return (names) =>
        operators.reduce(
          (value, operator, i) => operator(value, values[i + 1](names)),
          values[0](names),
        );
    }

    function signed() {
      if (next("-")) {
        const value = signed();
        return (names) => -value(names);
      }
      if (next("+")) return signed();
      const base = atomic();
      if (!next("**")) return base;
      const exponent = signed();
      return (names) => power(base(names), exponent(names));
    }

    function atomic() {
      if (next("(")) {
        const value = terms(expression());
        expected(")");
        return value;
      }
      const token = left.shift() ?? stop();
      if (/^[.\d]/.test(token)) return () => Number(token);
      if (!/^\w/.test(token) || ["if", "else", "for", "in", "and", "or", "not"].includes(token)) {
        throw new Error(token);
      }
      if (next("(")) return call(token);
      return (names) =>
        Object.hasOwn(names, token)
          ? names[token]
          : fail("NameError", `name '${token}' is not defined`);
    }

    // After a term may stand `for name in range(…)`.
    function terms(term) {
      if (!next("for")) return term;
      const each = left.shift();
      expected("in");
      const list = expression();
      return (names) => list(names).map((x) => term({ ...names, [each]: x }));
    }

    function call(name) {
      const made = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : null;
      const run = made ?? (() => fail("NameError", `name '${name}' is not defined`));
      const values = [];
      while (!next(")")) {
        values.push(terms(expression()));
        if (left[0] !== ")") expected(",");
      }
      return (names) => run(...values.map((value) => value(names)));
    }
  }

  // --- what was typed ----------------------------------------------------------------------------

  const NAMED = { true: true, false: false, none: null, inf: Infinity, "-inf": -Infinity, nan: NaN };
  const LISTS = ["steps", "train", "potentials", "shape", "list"];
  const WHOLES = ["count", "step", "whole"];

  // What stands between quotes, as in Python; undefined where there are none.
  const unquoted = (text) => /^(["'])([^"']*)\1$/.exec(text)?.[2];

  // The value of a text without spaces, commas or brackets around it; a text stays one.
  function atom(text, kind) {
    const name = text.toLowerCase();
    if (Object.hasOwn(NAMED, name)) return NAMED[name];
    const grouped = /^[-+]?\d{1,3}([,_]\d{3})+$/;
    const plain = grouped.test(text) && (WHOLES.includes(kind) || text.includes("_"))
      ? text.replace(/[,_]/g, "")
      : text.replace(",", ".");
    const number = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
    if (number.test(plain)) return Number(plain);
    const [above, below, ...more] = plain.split("/");
    const fraction = below !== undefined && !more.length && [above, below].every((x) => number.test(x));
    return fraction ? Number(above) / Number(below) : unquoted(text) ?? text;
  }

  // The values between brackets, or between the ends of the text.
  function list(tokens, kind) {
    const values = [];
    while (tokens.length) {
      const token = tokens.shift();
      if (token === "]") break;
      values.push(token === "[" ? list(tokens, kind) : atom(token, kind));
    }
    return values;
  }

  // What a reader has typed, as a value; undefined where nothing stands. A comma between digits is a
  // decimal one in a number, and in a list whose entries stand between semicolons.
  function read(typed, kind) {
    const asList = LISTS.includes(kind);
    const signs = typed.trim().replace(/[−–]/g, "-");
    const alone = asList ? signs : signs.replace(/^\(([^(),;\s]*)\)$/, "$1");
    const text = alone.replace(/[({]/g, "[").replace(/[)}]/g, "]");
    if (!text) return undefined;
    if (kind === "text") return unquoted(typed.trim()) ?? typed.trim();
    if (unquoted(text) !== undefined) return unquoted(text);
    if (kind === "train" && /^[01]{2,}$/.test(text)) return [...text].map(Number);
    const together = text.replace(/\s*\/\s*/g, "/").replace(/^([-+])\s+/, "$1");
    const bracket = asList || text.startsWith("[");
    if (!bracket && !/[\s;]/.test(together) && together.split(",").length < 3) {
      return atom(together, kind);
    }
    const decimal = together.includes(";") ? together.replace(/(\d),(\d)/g, "$1.$2") : together;
    if (!bracket && !/^[-+\d.,;/\s]+$/.test(decimal)) return typed.trim();
    const values = list(decimal.match(/[[\]]|[^[\]\s,;]+/g) ?? [], kind);
    return values.length === 1 && text.startsWith("[") ? values[0] : values;
  }

  // What a value looks like when it is typed as it is shown.
  const bare = (text) => text.replace(/[[\]()\s]/g, "");

  // --- the page ----------------------------------------------------------------------------------

  // Base64, so that no answer is readable at a glance. It hides nothing from who wants to know.
  const decoded = (text) =>
    JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(text), (c) => c.charCodeAt(0))));

  // The browser may forbid to keep anything, or another page may have kept something else. Then an
  // answer lasts as long as the page.
  function attempt(action) {
    try {
      return action();
    } catch {
      return null;
    }
  }

  class Answer {
    constructor(form, words) {
      Object.assign(this, { form, words, sheet: decoded(form.dataset.sheet) });
      this.key = `snnbook/answer/${form.dataset.exercise}`;
      const parts = this.sheet.parts ?? [this.sheet];
      this.fields = parts.map((part, i) => form.elements[`part-${i}`]);
      this.output = form.querySelector("output");
      form.addEventListener("input", () => this.edited());
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.tell();
        this.keep(true);
      });
      this.restore();
      form.hidden = false;
    }

    get typed() {
      return this.fields.map((field) => field.value);
    }

    keep(judged) {
      attempt(() => localStorage.setItem(this.key, JSON.stringify({ typed: this.typed, judged })));
    }

    restore() {
      const before = attempt(() => JSON.parse(localStorage.getItem(this.key)));
      if (before?.typed?.length !== this.fields.length) return;
      this.fields.forEach((field, i) => (field.value = before.typed[i]));
      if (before.judged) this.tell();
    }

    edited() {
      this.silence();
      this.keep(false);
    }

    silence() {
      this.output.replaceChildren();
      delete this.output.dataset.verdict;
    }

    clear() {
      this.form.reset();
      this.silence();
      attempt(() => localStorage.removeItem(this.key));
    }

    tell() {
      const { sheet, words, typed, output } = this;
      const values = sheet.parts?.map((part, i) => read(typed[i], part.kind));
      const [verdict, message] = values
        ? judge(sheet, words, values)
        : judgeFormula(sheet, words, typed[0]);
      const changed = (values ?? []).flatMap((value, i) => {
        const { name, kind } = sheet.parts[i];
        const asTyped = value === undefined || bare(shown(value)) === bare(typed[i]);
        if (asTyped || kind === "text") return [];
        return [sheet.single ? show(value) : `${name}: ${show(value)}`];
      });
      const reading = paragraph(filled(words.READ_AS, { values: changed.join("; ") }));
      output.dataset.verdict = verdict;
      output.replaceChildren(
        paragraph(message, words[verdict]),
        ...(changed.length ? [reading] : []),
      );
    }
  }

  // A paragraph of text in which `code` may stand, after a heading.
  function paragraph(text, heading) {
    const element = document.createElement("p");
    const add = (tag, content) => {
      const inner = document.createElement(tag);
      inner.textContent = content;
      element.append(inner);
    };
    if (heading) add("strong", `${heading}.`);
    if (heading) element.append(" ");
    text.split(/`([^`]+)`/).forEach((piece, i) => (i % 2 ? add("code", piece) : element.append(piece)));
    return element;
  }

  const control = document.querySelector(".snn-answers");
  const words = decoded(control.dataset.words);
  const answers = [...document.querySelectorAll("form.snn-answer")].map(
    (form) => new Answer(form, words),
  );
  control.hidden = false;
  control.querySelector("button").addEventListener("click", () => {
    answers.forEach((answer) => answer.clear());
  });
})();
