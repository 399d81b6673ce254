"""Backend 'triton': one fused loop over time on the GPU, made from the equations.

The forward pass reads x and writes s. The backward pass reads x and the gradient of s, computes
the states again in registers, and writes the gradient of x: five passes over memory in all, and
nothing of shape [T, N] is kept between the two but the input itself. Where T is too long for the
registers, the backward pass first keeps the state at some steps, in a small piece of memory that
does not grow with N.

Arithmetic is IEEE's: no multiplication and addition are fused to one rounding, and a division is
correctly rounded. So with + - * / alone the potentials are those of the reference on the CPU, to
the bit. PyTorch itself differs on CUDA: there it divides a tensor by a Python number by multiplying
with the number's inverse, which rounds otherwise unless the number is a power of two.
"""

import functools
import linecache
import math
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
import triton

from .dynamics import Dynamics, Runner, membrane_dtype
from .fused import Compiled, Given, fill_in
from .program import FORMS, Line, Program, digest, source

__all__ = ["Triton", "prepare"]

WARPS = 4
THREADS = 32 * WARPS
"""Threads of a program. It computes as many neurons, or two or four times as many."""
AHEAD = 4
"""Steps whose inputs the forward pass loads before it computes the first of them."""
REGISTERS = 48
"""Registers of a thread for what the backward pass keeps; more would slow it down."""
PROGRAMS = 4
"""Programs on a multiprocessor where states are kept in memory, so that this memory is bounded."""
SPAN = 16
"""Segments up to which the first state of each is kept; beyond, only about 2 sqrt(segments) are."""
CACHE = 40 << 20
"""Bytes of input that programs may work on at once, so that it is read only once from memory."""

_HEAD = """
import triton
import triton.language as tl
{mathematics}

@device
def number(x):
    return tl.full((), x, tl.{dtype})

@device
def step(u):
    return tl.where(u >= number(0), number(1), tl.where(u < number(0), number(0), u))

@device
def saturate(x):
    least = tl.where(x < number(-{largest}), number(-{largest}), x)
    return tl.where(x > number({largest}), number({largest}), least)

@device
def unsaturated(x):
    return tl.abs(x) < number({largest})

@device
def where(condition, yes, no):
    return tl.where(condition, yes, no)

@device
def relu(x):
    return tl.where(x <= number(0), number(0), x)

@device
def sign(x):
    return tl.where(x > number(0), number(1), tl.where(x < number(0), number(-1), number(0)))

@device
def abs(x):
    return tl.abs(x)

@device
def divide(x, y):
    return {divide}

@device
def ratio(x, y):
    return {ratio}

@device
def sqrt(x):
    return {sqrt}

@device
def sigmoid(x):
    return divide(number(1), number(1) + exp(-x))
"""

_COMPILED = """
from triton.language.extra.libdevice import atan, cos, erf, exp, log, sin, tanh
from triton.language.extra.libdevice import fast_dividef, pow as power

device = triton.jit
"""

_INTERPRETED = """
import numpy
from triton.runtime.interpreter import interpreter_builder

def device(function):
    return function  # plain Python: the interpreter's own calls are slow

def cos(x):
    return tl.cos(x)

def erf(x):
    return tl.erf(x)

def exp(x):
    return tl.exp(x)

def log(x):
    return tl.log(x)

def sin(x):
    return tl.sin(x)

def tanh(x):
    return tl.tensor(interpreter_builder.unary_op(x.handle, numpy.tanh), x.type)

def atan(x):
    return tl.tensor(interpreter_builder.unary_op(x.handle, numpy.arctan), x.type)

def power(x, y):
    both = interpreter_builder.binary_op(x.handle, y.handle, numpy.power)
    return tl.tensor(both, (x + y).type)
"""

_KERNELS = """
@triton.jit(do_not_specialize=range({forward_count}))  # one kernel for every size
def forward({forward_arguments}, AHEAD: tl.constexpr, BLOCK: tl.constexpr):
    lane = tl.arange(0, BLOCK)
    start = tl.program_id(0).to(tl.int64) * BLOCK
    inside = lane < tl.minimum(N - start, BLOCK).to(tl.int32)
    {forward_numbers}
    {load}
    for begin in range(0, T, AHEAD):
        left = T - begin
        {places}
        ahead = ()
        for k in tl.static_range(AHEAD):
            ahead += (tl.load(x_at + lane, inside & (k < left), 0),)
            x_at += x_row
        for k in tl.static_range(AHEAD):
            x = ahead[k].to({dtype})
            {step}
            {write}
            {go_on_if_there}
    {store}


@triton.jit(do_not_specialize=range({backward_count}))
def backward({backward_arguments}, SEGMENT: tl.constexpr, BLOCK: tl.constexpr):
    lane = tl.arange(0, BLOCK)
    segments = (T + SEGMENT - 1) // SEGMENT
    spans = (segments + span - 1) // span
    marks += tl.program_id(0).to(tl.int64) * ((spans + span) * {states} * BLOCK)
    {backward_numbers}
    blocks = ((N + BLOCK - 1) // BLOCK).to(tl.int32)
    for block in range(tl.program_id(0), blocks, tl.num_programs(0)):
        start = tl.cast(block, tl.int64) * BLOCK
        inside = lane < tl.minimum(N - start, BLOCK).to(tl.int32)
        {load}
        {load_gradients}
        # First, where j is `spans`, go forward to the last span of segments, keeping the state at
        # the start of each span. Then take the spans, the last one first: forward, keeping the
        # state at the start of each segment, and back, a segment's states in registers.
        for j in range(spans, -1, -1):
            first = tl.minimum(j, spans - 1) * span
            end = tl.where(j < spans, tl.minimum(first + span, segments), first)
            slot = j
            again = inside & (j < spans - 1)
            {recall}
            for i in range(tl.where(j < spans, first, 0), tl.where(j < spans, end - 1, end)):
                slot = tl.where(j < spans, spans + i - first, i // span)
                wanted = inside & ((j < spans) | (i % span == 0))
                {mark}
                begin = i * SEGMENT
                {place}
                x_kept = ()
                for k in tl.static_range(SEGMENT):
                    x_kept += (tl.load(x_at + lane, inside, 0),)
                    x_at += x_row
                for k in tl.static_range(SEGMENT):
                    x = x_kept[k].to({dtype})
                    {advance}
                    {go_on}
            for i in range(end - 1, first - 1, -1):
                begin = i * SEGMENT
                left = T - begin
                {gradient_places}
                {empty}
                for k in tl.static_range(SEGMENT):
                    {read}
                for k in tl.static_range(SEGMENT):
                    {keep}
                    x = x_kept[k].to({dtype})
                    {advance}
                    {go_on}
                for k in tl.static_range(SEGMENT - 1, -1, -1):
                    {take}
                    {advance}
                    {upstream}
                    {back}
                    {downstream}
                slot = spans + i - 1 - first
                again = inside & (i > first)
                {recall}
        {store_gradients}
"""


_FORMS = {**FORMS, "div": "divide({}, {})", "pow": "power({}, {})", "inside": "unsaturated({})"}
_SLOPE_FORMS = {**_FORMS, "div": "ratio({}, {})", "fma": "tl.fma({}, {}, {})"}
"""How operations are written for Triton: in a step, where bits count, and in gradients."""


class _Variant(NamedTuple):
    """What a kernel's text depends on, besides the equations."""

    dtype: str
    traced: bool
    """Forward: write H and V of each step. Backward: take gradients of them."""
    interpreted: bool


def _text(program: Program, variant: _Variant) -> str:
    """Return the source of the module with the kernels `forward` and `backward`.

    A pointer to [T, N] is NAME_seq, and NAME_row tells from one step to the next; a pointer to [N]
    is NAME_all, and NAME_stride tells from one neuron to the next. Where the row or the stride is
    0, an input is the same everywhere and an output isn't wanted. The values of one step and one
    block of neurons are NAME.
    """
    states, vectors, learned = list(program.states), list(program.vectors), program.learned
    back = program.backward(variant.traced)
    columns = [*states, *vectors]
    made = ["s", "h", "z_v_next"] if variant.traced else ["s"]
    given = ["x", *(f"g_{name}" for name in made)]
    dtype = f"tl.{variant.dtype}"
    at_column = "(start + lane) * {n}_stride"

    def place(name: str, step: str = "begin") -> str:
        return f"{name}_at = {name}_seq + (({step}) * {name}_row + start)"

    def load_column(name: str, outside: int) -> str:
        return f"{name} = tl.load({name}_all + {at_column.format(n=name)}, inside, {outside})"

    def store_column(name: str, value: str) -> str:
        where = at_column.format(n=name)
        return f"tl.store({name}_all + {where}, {value}, inside & ({name}_stride > 0))"

    def mark(number: int) -> str:
        return f"marks + ((slot * {len(states)} + {number}) * BLOCK + lane)"

    def arguments(
        rows: Sequence[str], columns: Sequence[str], steps: Sequence[str], numbers: Iterable[str]
    ) -> list[str]:
        """Return the arguments of a kernel."""
        tensors = [(f"{n}_seq", f"{n}_row") for n in rows]
        tensors += [(f"{n}_all", f"{n}_stride") for n in columns]
        return [
            *(pointer for pointer, _ in tensors),
            *(f"{distance}: tl.int64" for _, distance in tensors),
            *(f"{number}: tl.int32" for number in steps),
            "N: tl.int64",
            *(f"{number}: tl.float64" for number in (*program.given_numbers, *numbers)),
        ]

    ends = [f"{name}_end" for name in states]
    slopes = [
        *(f"g_{name}_end" for name in states),
        *(f"g_{name}" for name in states),
        *(f"g_{name}" for name in learned),
    ]
    numbers = [*program.forward.numbers], [*program.advance.numbers, *back.numbers]
    forward = arguments(["x", *made], [*columns, *ends], ["T"], numbers[0])
    backward = arguments([*given, "g_x"], [*columns, *slopes], ["T", "span"], numbers[1])
    backward = ["marks", *backward]

    parts: dict[str, Sequence[str]] = {
        "dtype": [dtype],
        "states": [str(len(states))],
        "forward_arguments": [", ".join(forward)],
        "forward_count": [str(len(forward))],
        "backward_arguments": [", ".join(backward)],
        "backward_count": [str(len(backward))],
        "forward_numbers": [f"{n} = number({n})" for n in (*program.given_numbers, *numbers[0])],
        "backward_numbers": [f"{n} = number({n})" for n in (*program.given_numbers, *numbers[1])],
        "load": [  # outside, a parameter is 1: one may divide by it
            *(load_column(n, 0) for n in states),
            *(load_column(n, 1) for n in vectors),
        ],
        "step": source(program.forward.lines, _FORMS),
        "advance": source(program.advance.lines, _FORMS),
        "places": [place(n) for n in ("x", *made)],
        "write": [
            line
            for n in made
            for line in (
                f"tl.store({n}_at + lane, {n}, inside & (k < left))",
                f"{n}_at += {n}_row",
            )
        ],
        "go_on": [f"{n} = tl.broadcast_to({final}, [BLOCK])" for n, final in program.final.items()],
        "go_on_if_there": [
            f"{n} = tl.where(k < left, {final}, {n})" for n, final in program.final.items()
        ],
        "store": [store_column(f"{n}_end", n) for n in states],
        "place": [place("x")],
        "load_gradients": [
            *(
                f"g_{n} = tl.load(g_{n}_end_all + {at_column.format(n=f'g_{n}_end')}, inside, 0)"
                for n in states
            ),
            *(f"sum_{n} = tl.full([BLOCK], 0, {dtype})" for n in learned),
        ],
        "mark": [
            "tl.debug_barrier()",
            *(f"tl.store({mark(number)}, {n}, wanted)" for number, n in enumerate(states)),
        ],
        "recall": [
            "tl.debug_barrier()",
            *(f"{n} = tl.load({mark(number)}, again, {n})" for number, n in enumerate(states)),
        ],
        "gradient_places": [
            *(place(n) for n in given),
            place("g_x", "begin + SEGMENT - 1"),
        ],
        "empty": [f"{n}_kept = ()" for n in (*given, *states)],
        "read": [
            line
            for n in given
            for line in (
                f"{n}_kept += (tl.load({n}_at + lane, inside & (k < left), 0),)",
                f"{n}_at += {n}_row",
            )
        ],
        "keep": [f"{n}_kept += ({n},)" for n in states],
        "take": [
            f"x = x_kept[k].to({dtype})",
            *(f"{n} = {n}_kept[k]" for n in states),
        ],
        "upstream": [
            *(f"old_{n} = g_{n}" for n in states),
            *(f"g_{final} = g_{n}" for n, final in program.final.items()),
            f"g_s = g_s_kept[k].to({dtype})",
            *(["g_h = g_h_kept[k]", "g_z_v_next += g_z_v_next_kept[k]"] if variant.traced else []),
        ],
        "back": source(_with_fma(program.opened(back.lines)), _SLOPE_FORMS),
        "downstream": [
            "tl.store(g_x_at + lane, g_x, inside & (k < left) & (g_x_row > 0))",
            "g_x_at -= g_x_row",
            *(f"g_{n} = tl.where(k < left, g_{n}, old_{n})" for n in states),
            *(f"sum_{n} += tl.where(k < left, g_{n}, number(0))" for n in learned),
        ],
        "store_gradients": [
            *(store_column(f"g_{n}", f"g_{n}") for n in states),
            *(store_column(f"g_{n}", f"sum_{n}") for n in learned),
        ],
    }
    single = variant.dtype == "float32"
    head = _HEAD.format(
        largest=torch.finfo(getattr(torch, variant.dtype)).max,
        mathematics=_INTERPRETED if variant.interpreted else _COMPILED,
        dtype=variant.dtype,
        divide="tl.div_rn(x, y)" if single else "x / y",  # `/` of float32 is off by a bit or two
        ratio="fast_dividef(x, y)" if single and not variant.interpreted else "x / y",
        sqrt="tl.sqrt_rn(x)" if single else "tl.sqrt(x)",
    )
    return head + fill_in(_KERNELS, parts)


def _with_fma(lines: Sequence[Line]) -> list[Line]:
    """Write a sum of a product that nothing else reads as one operation, with one rounding."""
    uses = Counter(word for line in lines for word in line.operands)
    products = {z.target: z for z in lines if z.operation == "mul" and uses[z.target] == 1}
    made: list[Line] = []
    for line in lines:
        one = next((word for word in line.operands if word in products), None)
        if line.operation == "add" and one is not None:
            other = line.operands[line.operands[0] == one]
            made.remove(products[one])
            line = Line(line.target, "fma", (*products[one].operands, other))
        made.append(line)
    return made


# --- compiling -----------------------------------------------------------------------------------

_modules: dict[str, dict[str, Any]] = {}
_writing = threading.Lock()


@functools.lru_cache(maxsize=1024)
def _kernels(program: Program, variant: _Variant) -> dict[str, Any]:
    """Return the kernels `forward` and `backward` for a program; Triton compiles them when called.

    Triton reads the source of what it compiles, and keeps the result on disk under its digest.
    """
    text = _text(program, variant)
    with _writing:
        if text not in _modules:
            name = f"snnbook_triton_{digest(text)}"
            filename = f"<{name}>"
            linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
            module: dict[str, Any] = {"__name__": name}
            exec(compile(text, filename, "exec"), module)
            _modules[text] = module
    return _modules[text]


def _variant(x: torch.Tensor, traced: bool) -> _Variant:
    dtype = str(membrane_dtype(x.dtype)).removeprefix("torch.")
    return _Variant(dtype, traced, triton.knobs.runtime.interpret)


# --- running -------------------------------------------------------------------------------------


def prepare(neuron: Dynamics) -> Runner:
    """Return the run of a neuron in one fused kernel, as the reference's `run`.

    Of the input, ``[T, N, *]`` on a GPU, nothing but itself is saved for the backward pass; half
    precision is read as such and computed with in float32.

    Raises:
        EquationError: an equation or the surrogate function can't be compiled.
    """
    return Compiled(Triton(), neuron)


class Triton:
    """The kernels as `snnbook.backends.fused` calls them."""

    widens = False

    def forward(
        self, program: Program, traced: bool, given: Given
    ) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """Return rows (S and, where `traced`, H and V) and ends (the states after the run)."""
        x, dtype = given.x, membrane_dtype(given.x.dtype)
        _needs_a_gpu(x)
        T, N, block = len(x), x[0].numel(), 2 * THREADS
        rows = [x.new_empty(x.shape)]
        rows += [x.new_empty(x.shape, dtype=dtype) for _ in range(2 if traced else 0)]
        ends = [x.new_empty(x.shape[1:], dtype=dtype) for _ in program.states]
        columns = [*given.states, *given.vectors, *ends]
        numbers = [*given.numbers, *program.forward.numbers.values()]
        _launch(
            _kernels(program, _variant(x, traced))["forward"],
            -(-N // block),
            [*_strided([x, *rows], columns), T, N, *numbers],
            AHEAD=AHEAD,
            BLOCK=block,
        )
        return rows, ends

    def backward(
        self,
        program: Program,
        traced: bool,
        given: Given,
        g_rows: Sequence[torch.Tensor | None],
        g_ends: Sequence[torch.Tensor | None],
        x_wanted: bool,
    ) -> tuple[torch.Tensor | None, list[torch.Tensor], list[torch.Tensor]]:
        """Return the gradients of x, of the states and, per neuron, of the learned parameters."""
        x, dtype, count = given.x, membrane_dtype(given.x.dtype), len(program.states)
        T, N = len(x), x[0].numel()
        nothing = x.new_zeros(1, dtype=dtype).as_strided((N,), (0,))

        def row(g: torch.Tensor | None, dtype: torch.dtype) -> torch.Tensor:
            return x.new_zeros(N, dtype=dtype).as_strided((T, N), (0, 1)) if g is None else g

        g_s, *g_traces = g_rows
        g_x = x.new_empty(x.shape) if x_wanted else None
        rows = [x, row(g_s, x.dtype), *(row(g, dtype) for g in g_traces), row(g_x, x.dtype)]
        ends = [nothing if g is None else g for g in g_ends]
        made = [x.new_empty(x.shape[1:], dtype=dtype) for _ in (*program.states, *program.learned)]
        plan = _plan(x, kept=1 + len(g_rows) + count)
        marks = x.new_empty(plan.programs * plan.slots * count * plan.block, dtype=dtype)
        numbers = program.advance.numbers | program.backward(traced).numbers
        _launch(
            _kernels(program, _variant(x, traced))["backward"],
            plan.programs,
            [
                marks,
                *_strided(rows, [*given.states, *given.vectors, *ends, *made]),
                *(T, plan.span, N, *given.numbers, *numbers.values()),
            ],
            SEGMENT=plan.segment,
            BLOCK=plan.block,
        )
        return g_x, made[:count], made[count:]


def _needs_a_gpu(x: torch.Tensor) -> None:
    if x.device.type != "cuda" and not triton.knobs.runtime.interpret:
        raise ValueError(
            f"backend 'triton' runs on a GPU, but the input is on {x.device}; move the layer and "
            "its input to the GPU (.to('cuda')), or use backend 'numba' or 'torch', or 'auto'"
        )


def _strided(rows: Sequence[torch.Tensor], columns: Sequence[torch.Tensor]) -> list[Any]:
    """Return tensors of shape [T, N, *] and [N, *] as kernels take them: pointers, then strides."""
    pointers, strides = [], []
    columns = [column.flatten() for column in columns]
    for seq in (row.flatten(1) for row in rows):
        if seq.stride(0) == 0:
            pointer, stride = seq[0].contiguous(), 0
        else:
            pointer = seq if seq.stride(1) == 1 else seq.contiguous()
            stride = pointer.stride(0)
        pointers.append(pointer)
        strides.append(stride)
    return [*pointers, *columns, *strides, *(column.stride(0) for column in columns)]


def _launch(kernel: Any, programs: int, arguments: Sequence[Any], **constants: int) -> None:
    if not programs:
        return
    device = arguments[0].device
    quietly = np.errstate(all="ignore")  # as on a GPU, where no kernel warns of a division by zero
    with torch.cuda.device(device) if device.type == "cuda" else quietly:
        kernel[(programs,)](*arguments, **constants, num_warps=WARPS, enable_fp_fusion=False)


class _Plan(NamedTuple):
    """How the backward pass goes through time and neurons."""

    segment: int
    """Steps whose states are in registers at once."""
    span: int
    """Segments between two states that are kept through the whole backward pass."""
    slots: int
    """States that each program keeps in memory."""
    block: int
    """Neurons that a program computes together."""
    programs: int


def _plan(x: torch.Tensor, kept: int) -> _Plan:
    """Return the plan for input `x` of shape [T, N, *], with `kept` values for each element."""
    T, N, size = len(x), x[0].numel(), membrane_dtype(x.dtype).itemsize // 4
    segment = 4 if T <= 4 or 8 * kept * size > REGISTERS else 8
    segments = -(-T // segment)
    span = segments if segments <= SPAN else math.isqrt(segments - 1) + 1
    slots = -(-segments // span) + span if segments > 1 else 0
    chip = _multiprocessors(x.device) * PROGRAMS
    width = 4
    while width > 1 and (
        segment * kept * size * width > REGISTERS
        or (slots and chip * THREADS * width * T * x.itemsize > CACHE)
    ):
        width //= 2
    programs = -(-N // (THREADS * width))
    return _Plan(segment, span, slots, THREADS * width, min(programs, chip) if slots else programs)


def _multiprocessors(device: torch.device) -> int:
    if device.type != "cuda":
        return 1  # the interpreter's programs run one after the other
    return int(torch.cuda.get_device_properties(device).multi_processor_count)
