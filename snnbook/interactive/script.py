"""One loop over time in JavaScript, made from the equations, for pages without a kernel.

The functions round each result by a function ``f``. Where it is ``Math.fround`` they compute in
float32 as PyTorch does, in the same order; where it gives back what it is given, in float64. What
the equations make from plain numbers alone stays in double precision until it meets a tensor.
``erf``, ``relu`` and ``sigmoid``, which JavaScript lacks, ``saturate`` and the number ``largest``
are to be given too.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

import torch

from ..backends import Dynamics
from ..backends.program import FORMS, Line, Lines, Program
from ..backends.trace import Variable, explained, settings, variable
from ..equation import Equation

__all__ = ["GIVEN", "Printed", "Script", "apart", "fill_script", "gradient_script", "run_script"]

GIVEN = {"t": "t", "i": "i", "noise": "data.noise[t * columns + i]"}
"""The arguments of an input that are no parameters: the step, the neuron's number, noise. For each
its name in JavaScript."""


class Printed(str):
    """The text of a function in JavaScript: in a figure's specification, no mere words."""

    __slots__ = ()


class Script(NamedTuple):
    """A function in JavaScript.

    Attributes:
        text: the function.
        reads: the names of the parameters, or the arguments, that its results depend on.
    """

    text: Printed
    reads: frozenset[str]


_RUN = """
(p, x_seq, T, N, h_seq, s_seq, v_seq, z_seq, from) => {{
  {constants}
  for (let i = 0; i < N; i += 1) {{
    {first}
    for (let t = 0; t < T; t += 1) {{
      const x = x_seq[t * N + i];
      {step}
      {last}
      h_seq[t * N + i] = h;
      s_seq[t * N + i] = s;
      v_seq[t * N + i] = z_v;
      {states}
    }}
  }}
}}
"""
_GRADIENT = """
(p, x_seq, T, N, g_s_seq, g_x_seq, g) => {{
  {constants}
  {kept}
  for (let i = 0; i < N; i += 1) {{
    {first}
    for (let t = 0; t < T; t += 1) {{
      const x = x_seq[t * N + i];
      {keep}
      {step}
      {keep_h}
      {last}
    }}
    {seeds}
    for (let t = T - 1; t >= 0; t -= 1) {{
      const x = x_seq[t * N + i], g_s = g_s_seq[t * N + i];
      {recall}
      {back}
      g_x_seq[t * N + i] = g_x;
      {carry}
    }}
    {ends}
  }}
}}
"""
_FILL = """
(p, data, columns, T, N, filled) => {{
  {constants}
  for (let t = 0; t < T; t += 1) {{
    for (let i = 0; i < N; i += 1) {{
      {step}
      filled[t * N + i] = result;
    }}
  }}
}}
"""


def run_script(
    neuron: Dynamics, first: Mapping[str, str | float], tensors: Collection[str]
) -> Script:
    """Return a function that runs a neuron over time.

    It is ``(p, x_seq, T, N, h_seq, s_seq, v_seq, z_seq, from) => …``: from the parameters
    ``p.tau``, …, the numbers of the surrogate function ``p.surrogate_function.alpha``, …, where it
    isn't to spike, and the input of shape ``[T, N]`` it fills in H, S and V, of the same shape, and
    where `z_seq` is given, each further state after its step, in ``z_seq.w``, …. Where `from` is
    given, the states begin there: ``from.v``, ``from.w``, …, each of shape ``[N]``.

    Args:
        neuron: the equations. The values of the parameters don't matter, but those that are True
            or False.
        first: for each state's name its first value, a number or the name of a parameter.
        tensors: the names of the parameters that are tensors, of one number; the others are plain
            numbers.

    Raises:
        EquationError: an equation can't be printed.
    """
    steps = _program(neuron, first)
    reads = _names(neuron, first, steps.forward.reads)
    numbers = {variable("p", name) for name in reads if name not in tensors}
    text = _RUN.format(
        constants=_constants(neuron, reads, steps.forward.reads),
        first=" ".join(_first(first, "from")),
        step=_rows(6, _written(steps.forward.lines, steps.forward.numbers, numbers)),
        last=" ".join(f"{word} = {after};" for word, after in steps.final.items()),
        states=" ".join(
            f"if (z_seq) z_seq.{name}[t * N + i] = {variable('z', name)};"
            for name in first
            if name != "v"
        ),
    )
    return Script(Printed(text), reads)


def gradient_script(
    neuron: Dynamics, first: Mapping[str, str | float], learned: Collection[str] = ()
) -> Script:
    """Return a function that goes back through the run of a neuron over time.

    It is ``(p, x_seq, T, N, g_s_seq, g_x_seq, g) => …``: from the parameters, the numbers of the
    surrogate function ``p.surrogate_function.alpha``, …, the input and the gradient of a loss by
    the spikes, of shape ``[T, N]``, it fills in the gradient by the input, of the same shape, and
    adds that by each learned parameter to ``g.w``, …. It runs the neuron again on its way, and
    writes the same derivatives as the compiled backends.

    Args:
        neuron: as in `run_script`.
        first: as in `run_script`.
        learned: the names of the parameters for which a gradient is wanted.

    Raises:
        EquationError: an equation or the surrogate function can't be printed.
    """
    steps = _program(neuron, first, learned)
    back = steps.backward(False)
    words = steps.advance.reads | back.reads
    reads = _names(neuron, first, words)
    kept = [word for word in ("h", *steps.states) if word in back.reads]
    starts = {variable("z", n): name for n, name in first.items() if name in learned}
    text = _GRADIENT.format(
        constants=_constants(neuron, reads, words),
        kept=" ".join(f"const {word}_kept = new Float64Array(T);" for word in kept),
        first=" ".join(_first(first)),
        keep=" ".join(f"{word}_kept[t] = {word};" for word in kept if word != "h"),
        step=_rows(6, _written(steps.advance.lines, steps.advance.numbers)),
        keep_h="h_kept[t] = h;" if "h" in kept else "",
        last=" ".join(f"{word} = {after};" for word, after in steps.final.items()),
        seeds=" ".join(f"let g_{word}_kept = 0;" for word in steps.states),
        recall=" ".join(
            [
                *(f"const {word} = {word}_kept[t];" for word in kept),
                *(f"const g_{after} = g_{word}_kept;" for word, after in steps.final.items()),
            ]
        ),
        back=_rows(6, _written(steps.opened(back.lines), back.numbers)),
        carry=" ".join(
            [
                *(f"g_{word}_kept = g_{word};" for word in steps.states),
                *(f"g.{name} += g_{variable('p', name)};" for name in learned),
            ]
        ),
        ends=" ".join(f"g.{name} += g_{word}_kept;" for word, name in starts.items()),
    )
    return Script(Printed(text), reads)


def apart(data: Any) -> tuple[Any, str]:
    """Return data with a name in the place of each function, and an object of the functions.

    The object is JavaScript: what takes ``{ f, largest, saturate, relu, sigmoid, erf }`` and
    returns a function, under its name. So a page gets its functions as a script, and no script has
    to make them from a text.
    """
    names: dict[str, str] = {}

    def named(data: Any) -> Any:
        if isinstance(data, Printed):
            return names.setdefault(data, f"f{len(names)}")
        if isinstance(data, Mapping):
            return {key: named(value) for key, value in data.items()}
        return [named(one) for one in data] if isinstance(data, list) else data

    data = named(data)
    given = "{ f, largest, saturate, relu, sigmoid, erf }"
    return data, f"{{{', '.join(f'{name}: ({given}) => {text}' for text, name in names.items())}}}"


def _program(
    neuron: Dynamics, first: Mapping[str, str | float], learned: Collection[str] = ()
) -> Program:
    """Return the program of a neuron whose parameters are all given, but True and False."""
    given = {
        name: value if isinstance(value, bool) else torch.zeros((), requires_grad=name in learned)
        for name, value in neuron.parameters.items()
    }
    return Program(neuron._replace(parameters=given), tuple(first))


def fill_script(source: Equation, given: Mapping[str, str] = GIVEN) -> Script:
    """Return a function that computes a number for each step and neuron.

    It is ``(p, data, columns, T, N, filled) => …``: from the numbers ``p.…`` and what lies in
    `data`, of ``columns`` neurons, it fills in the numbers, shape ``[T, N]``.

    Args:
        source: the equation. Its arguments are those of `given` and plain numbers.
        given: for each argument that is no plain number its name in JavaScript.

    Raises:
        EquationError: the equation can't be printed.
    """
    source.meaning()
    tape: list[Variable] = []
    places = {name: given.get(name, variable("p", name)) for name in source.arguments}
    with explained("A figure runs in the page, where there is nothing else."):
        x = source(**{name: Variable(tape, "given", word) for name, word in places.items()})
        if not isinstance(x, (Variable, int, float)):
            raise TypeError(f"{source!r} gives {x!r}; wanted one number for each step and neuron")
        lines = Lines(tape, {"result": x})
    reads = frozenset(name for name, word in places.items() if word in lines.reads)
    plain = {name: places[name] for name in sorted(reads - {*given})}
    step = _written(lines.lines, lines.numbers, plain.values())
    constants = " ".join(f"const {word} = p.{name};" for name, word in plain.items())
    return Script(Printed(_FILL.format(constants=constants, step=_rows(6, step))), reads)


def _names(
    neuron: Dynamics, first: Mapping[str, str | float], words: Collection[str]
) -> frozenset[str]:
    """Return the names of the parameters that are read, at the first step too."""
    starts = {name for name in first.values() if isinstance(name, str)}
    return frozenset(n for n in neuron.parameters if variable("p", n) in words) | starts


def _constants(neuron: Dynamics, names: Collection[str], words: Collection[str]) -> str:
    """Return what is read once: parameters, and numbers of the surrogate function."""
    theta: Any = neuron.surrogate
    numbers = {} if neuron.fire is None else {variable("q", n): n for n in settings(theta)}
    lines = [f"const {variable('p', name)} = p.{name};" for name in sorted(names)]
    lines += [
        f"const {word} = f(p.surrogate_function.{name});"
        for word, name in numbers.items()
        if word in words
    ]
    return " ".join(lines)


def _first(values: Mapping[str, str | float], given: str = "") -> Iterable[str]:
    """Return the first value of each state: what is given, if anything is, else its own."""
    for name, value in values.items():
        start = variable("p", value) if isinstance(value, str) else _literal(value)
        words = f"{given} ? {given}.{name}[i] : f({start})" if given else f"f({start})"
        yield f"let {variable('z', name)} = {words};"


def _rows(indent: int, lines: Iterable[str]) -> str:
    return f"\n{' ' * indent}".join(lines)


def _literal(value: float) -> str:
    return repr(float(value)).replace("inf", "Infinity").replace("nan", "NaN").removesuffix(".0")


_FORMS = {
    **FORMS,
    "eq": "{} === {}",
    "ne": "{} !== {}",
    "and": "{} && {}",
    "or": "{} || {}",
    "step": "{0} >= 0 ? 1 : {0} < 0 ? 0 : NaN",
    "where": "{} ? {} : {}",
    "inside": "Math.abs({}) < largest",
    **{name: f"{name}({{}})" for name in ("erf", "relu", "saturate", "sigmoid")},
    "pow": "Math.pow({}, {})",
}
"""How operations are written in JavaScript, if not as a function of `Math`."""
_EXACT = {"copy", "detach", "spike", "step", "saturate", "where", "neg", "abs"}
_EXACT |= {"lt", "le", "gt", "ge", "eq", "ne", "and", "or", "inside"}
"""Operations whose result needs no rounding."""


def _written(
    lines: Iterable[Line], constants: Mapping[str, float], numbers: Collection[str] = ()
) -> list[str]:
    """Return lines in JavaScript; `numbers` are the variables that are plain numbers."""
    text = [f"const {name} = {_literal(value)};" for name, value in constants.items()]
    plain = {*numbers, *constants}

    def is_plain(word: str) -> bool:
        return word in plain or word.startswith("number(")

    for target, operation, operands in lines:
        words = [word.removeprefix("number(").rstrip(")") for word in operands]
        if all(map(is_plain, operands)) and operation != "copy":  # a copy is a result
            plain.add(target)
            text.append(f"const {target} = {_applied(operation, words)};")
            continue
        for k, operand in enumerate(operands):
            if is_plain(operand) and (operation, k) != ("where", 0):
                words[k] = f"f({words[k]})"
        if operation == "div" and is_plain(operands[0]) and operands[0] != "number(1)":
            operation, words = "mul", [f"f(1 / {words[1]})", words[0]]  # as PyTorch does it
        value = _applied(operation, words)
        text.append(f"const {target} = {value if operation in _EXACT else f'f({value})'};")
    return text


def _applied(operation: str, words: list[str]) -> str:
    return _FORMS.get(operation, f"Math.{operation}({{}})").format(*words)
