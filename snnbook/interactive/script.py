"""One loop over time in JavaScript, made from the equations, for pages without a kernel.

The functions compute in float32 as PyTorch does, in the same order. Each result is rounded by a
function ``f``, which is to be ``Math.fround``. What the equations make from plain numbers alone
stays in double precision until it meets a tensor. ``erf``, ``relu`` and ``sigmoid``, which
JavaScript lacks, are to be defined too.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from ..backends import Dynamics
from ..backends.program import FORMS, Lines
from ..backends.trace import Variable, explained, one_step, settings, variable
from ..equation import Equation

__all__ = ["GIVEN", "Script", "fill_script", "run_script"]

GIVEN = {"t": "t", "i": "i", "noise": "data.noise[t * columns + i]"}
"""The arguments of an input that are no parameters: the step, the neuron's number, noise. For each
its name in JavaScript."""


class Script(NamedTuple):
    """A function in JavaScript.

    Attributes:
        text: the function.
        reads: the names of the parameters, or the arguments, that its results depend on.
    """

    text: str
    reads: frozenset[str]


_RUN = """
(p, x_seq, T, N, h_seq, s_seq, v_seq) => {{
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
    }}
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

    It is ``(p, x_seq, T, N, h_seq, s_seq, v_seq) => …``: from the parameters ``p.tau``, … and the
    input of shape ``[T, N]`` it fills in H, S and V, of the same shape.

    Args:
        neuron: the equations. The values of the parameters don't matter, but those that are True
            or False.
        first: for each state's name its first value, a number or the name of a parameter.
        tensors: the names of the parameters that are tensors, of one number; the others are plain
            numbers.

    Raises:
        EquationError: an equation can't be printed.
    """
    tape: list[Variable] = []
    given: dict[str, Any] = {n: Variable(tape, "given", f"p_{n}") for n in neuron.parameters}
    given |= {name: value for name, value in neuron.parameters.items() if isinstance(value, bool)}
    states = {name: variable("z", name) for name in first}
    state = {name: Variable(tape, "given", word) for name, word in states.items()}
    x = Variable(tape, "given", "x")
    lines = Lines(tape, one_step(neuron._replace(parameters=given), x, state))
    starts = {name for name in first.values() if isinstance(name, str)}
    reads = _parameters(lines.reads) | starts
    numbers = {f"p_{name}" for name in reads if name not in tensors}
    text = _RUN.format(
        constants=f"{_constants(reads)} {_settings(neuron, lines.reads)}",
        first=" ".join(f"let {states[n]} = f({_first(value)});" for n, value in first.items()),
        step="\n      ".join(_written(lines, numbers)),
        last=" ".join(f"{word} = {word}_next;" for word in states.values()),
    )
    return Script(text, reads)


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
    places = {name: given.get(name, f"p_{name}") for name in source.arguments}
    with explained():
        x = source(**{name: Variable(tape, "given", word) for name, word in places.items()})
        if not isinstance(x, (Variable, int, float)):
            raise TypeError(f"{source!r} gives {x!r}; wanted one number for each step and neuron")
        lines = Lines(tape, {"result": x})
    plain = _parameters(lines.reads)
    step = _written(lines, {f"p_{name}" for name in plain})
    text = _FILL.format(constants=_constants(plain), step="\n      ".join(step))
    return Script(text, plain | {name for name, word in given.items() if word in lines.reads})


def _parameters(words: Iterable[str]) -> frozenset[str]:
    return frozenset(word.removeprefix("p_") for word in words if word.startswith("p_"))


def _constants(names: Collection[str]) -> str:
    return " ".join(f"const p_{name} = p.{name};" for name in sorted(names))


def _settings(neuron: Dynamics, reads: Collection[str]) -> str:
    """Return the numbers of the surrogate function that are read: where it isn't to spike."""
    theta: Any = neuron.surrogate
    words = {name: variable("q", name) for name in settings(theta)}
    return " ".join(
        f"const {word} = f({_literal(getattr(theta, name))});"
        for name, word in words.items()
        if word in reads
    )


def _first(value: str | float) -> str:
    return f"p_{value}" if isinstance(value, str) else _literal(value)


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
    **{name: f"{name}({{}})" for name in ("erf", "relu", "saturate", "sigmoid")},
    "pow": "Math.pow({}, {})",
}
"""How operations are written in JavaScript, if not as a function of `Math`."""
_EXACT = {"copy", "detach", "spike", "step", "saturate", "where", "neg", "abs"}
_EXACT |= {"lt", "le", "gt", "ge", "eq", "ne", "and", "or"}
"""Operations whose result needs no rounding."""


def _written(lines: Lines, numbers: Collection[str]) -> list[str]:
    """Return lines in JavaScript; `numbers` are the variables that are plain numbers."""
    text = [f"const {name} = {_literal(value)};" for name, value in lines.numbers.items()]
    plain = {*numbers, *lines.numbers}

    def is_plain(word: str) -> bool:
        return word in plain or word.startswith("number(")

    for target, operation, operands in lines.lines:
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
