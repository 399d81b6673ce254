"""Backend 'numba': one compiled loop over time on the CPU, made from the equations.

The backward pass computes the states again block by block, in the cache (see `fused`).

Each call is split over threads by neurons. The threads are Python's own and the kernels release
the interpreter's lock, so there is no parallel runtime that a fork or a second caller could hang.
"""

import importlib.util
import math
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numba
import torch

from . import Dynamics, Run, State, fused, membrane_dtype
from .fused import filled
from .program import Program, Writer, backward_lines, digest, forward_lines

BLOCK = 512
"""Neurons that a thread computes together: their states and gradients stay in the cache."""
SEGMENT = 64
"""The fewest steps whose states are kept while the backward pass goes through them."""
SMALL = 1 << 19
"""Elements below which a second thread costs more than it saves."""

_HEAD = """
# Made by snnbook from a neuron's equations, for numba {version}.
import math
import numpy as np
from numba import njit

number = np.{dtype}
device = njit(error_model="numpy", inline="always")
kernel = njit(error_model="numpy", nogil=True, cache={cache})

@device
def step(u):
    return number(1) if u >= number(0) else number(0)

@device
def where(condition, yes, no):
    return yes if condition else no

@device
def relu(x):
    return x if x > number(0) else number(0)

@device
def sign(x):
    return number(1) if x > number(0) else (number(-1) if x < number(0) else number(0))

@device
def sigmoid(x):
    return number(1) / (number(1) + math.exp(-x))
"""
_HEAD += "\n".join(
    f"@device\ndef {name}(x):\n    return math.{name}(x)\n"
    for name in ("exp", "log", "sqrt", "sin", "cos", "tanh", "atan", "erf")
)


_KERNELS = """
@kernel
def forward(low, high, {rows}, {columns}):
    {numbers}
    for start in range(low, high, {block}):
        stop = min(start + {block}, high)
        {column_views}
        for t in range(x_seq.shape[0]):
            {row_views}
            for i in range(stop - start):
                {load}
                {step}
                {write}
                {store}

@kernel
def backward(low, high, segment, {gradient_rows}, {gradient_columns}):
    {numbers}
    steps = x_seq.shape[0]
    segments = (steps + segment - 1) // segment
    spare = segments + segment
    {buffers}
    for start in range(low, high, {block}):
        stop = min(start + {block}, high)
        size = stop - start
        {gradient_views}
        for i in range(size):
            {first}
        # Leg 0 goes forward to the last segment and keeps the state at the start of each. Every
        # further leg takes a segment, the last one first: forward, keeping each state, and back.
        for leg in range(segments + 1):
            first = segments - max(leg, 1)
            begin = 0 if leg == 0 else first * segment
            end = first * segment if leg == 0 else min(begin + segment, steps)
            if leg > 1:
                for i in range(size):
                    {recall}
            for t in range(begin, end):
                row = segments + t - begin
                if leg == 0:
                    row = spare if t % segment else t // segment
                x_ = x_seq[t, start:stop]
                {keep_views}
                for i in range(size):
                    {load}
                    {keep}
                    {step}
                    {store}
            if leg > 0:
                for t in range(end - 1, begin - 1, -1):
                    {kept_views}
                    {gradient_row_views}
                    for i in range(size):
                        {load_kept}
                        {step}
                        {upstream}
                        {back}
                        {downstream}
"""


class _Variant(NamedTuple):
    """What a kernel's text depends on, besides the equations."""

    dtype: str
    traced: bool
    """Forward: write H and V of each step. Backward: take gradients of them."""
    cache: bool


def _text(program: Program, variant: _Variant) -> str:
    """Return the source of the module with the kernels `forward` and `backward`.

    An array of shape [T, N] is NAME_seq, one of shape [N] NAME_all; their parts for one step and
    one block of neurons are NAME_, and the value for one neuron is NAME.
    """
    writer = Writer()
    step, back = forward_lines(program, writer), backward_lines(program, writer)
    states, vectors, scalars = list(program.final), list(program.vectors), list(program.scalars)
    made = ["s", "h", "z_v_next"] if variant.traced else ["s"]
    gradients = [f"g_{name}" for name in (*states, *program.learned)]
    upstream = ["x", *(f"g_{name}" for name in made), "g_x"]
    columns = [*states, *vectors]
    parts = {
        "block": [str(BLOCK)],
        "rows": [", ".join(f"{n}_seq" for n in ("x", *made))],
        "columns": [", ".join([*(f"{n}_all" for n in columns), *scalars])],
        "numbers": [f"{n} = number({n})" for n in scalars],
        "column_views": [f"{n}_ = {n}_all[start:stop]" for n in columns],
        "row_views": [f"{n}_ = {n}_seq[t, start:stop]" for n in ("x", *made)],
        "load": [f"{n} = {n}_[i]" for n in ("x", *columns)],
        "step": step,
        "write": [f"{n}_[i] = {n}" for n in made],
        "store": [f"{n}_[i] = {final}" for n, final in program.final.items()],
        "gradient_rows": [", ".join(f"{n}_seq" for n in upstream)],
        "gradient_columns": [", ".join([*(f"{n}_all" for n in (*columns, *gradients)), *scalars])],
        "buffers": [
            line
            for n in states
            for line in (
                f"{n}_kept = np.empty((spare + 1, {BLOCK}), number)",
                f"{n}_ = np.empty({BLOCK}, number)",
            )
        ],
        "gradient_views": [f"{n}_ = {n}_all[start:stop]" for n in (*vectors, *gradients)],
        "first": [f"{n}_[i] = {n}_all[start + i]" for n in states],
        "recall": [f"{n}_[i] = {n}_kept[first, i]" for n in states],
        "keep_views": [f"{n}_row = {n}_kept[row]" for n in states],
        "keep": [f"{n}_row[i] = {n}" for n in states],
        "kept_views": [f"{n}_row = {n}_kept[segments + t - begin]" for n in states],
        "gradient_row_views": [f"{n}_ = {n}_seq[t, start:stop]" for n in upstream],
        "load_kept": [
            "x = x_[i]",
            *(f"{n} = {n}_row[i]" for n in states),
            *(f"{n} = {n}_[i]" for n in vectors),
        ],
        "upstream": [
            *(f"g_{final} = g_{n}_[i]" for n, final in program.final.items()),
            *(
                ["g_s = g_s_[i]", "g_h = g_h_[i]", "g_z_v_next += g_z_v_next_[i]"]
                if variant.traced
                else ["g_s = g_s_[i]", "g_h = number(0)"]
            ),
        ],
        "back": back,
        "downstream": [
            "g_x_[i] = g_x",
            *(f"g_{n}_[i] = g_{n}" for n in states),
            *(f"g_{n}_[i] += g_{n}" for n in program.learned),
        ],
    }
    head = _HEAD.format(version=numba.__version__, **variant._asdict())
    return "\n\n".join([head, *writer.text, filled(_KERNELS, parts)])


# --- compiling -----------------------------------------------------------------------------------

_kernels: dict[Any, ModuleType] = {}
_compiling = threading.Lock()


def _compiled(program: Program, dtype: torch.dtype, traced: bool) -> ModuleType:
    """Return the module with the kernels for a program, compiled at its first use."""
    key = (program.key, dtype, traced)
    if key not in _kernels:
        with _compiling:
            if key not in _kernels:
                _kernels[key] = _loaded(program, str(dtype).removeprefix("torch."), traced)
    return _kernels[key]


def _loaded(program: Program, dtype: str, traced: bool) -> ModuleType:
    """Write the kernels' text to the cache folder and import it from there.

    Numba keeps the machine code beside the text, for the next process. Where the folder can't be
    written, the kernels are compiled in memory.
    """
    text = _text(program, _Variant(dtype, traced, cache=True))
    name = f"snnbook_kernels_{digest(text)}"
    path = cache_folder() / f"{name}.py"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:
            with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
                file.write(text)
            os.replace(file.name, path)  # whole or not at all, whoever else starts just now
    except OSError:
        module = ModuleType(name)
        text = _text(program, _Variant(dtype, traced, cache=False))
        exec(compile(text, f"<{name}>", "exec"), module.__dict__)
        return module
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where Numba looks for the functions of kernels that it loads
    spec.loader.exec_module(module)
    return module


def cache_folder() -> Path:
    """Return the folder for compiled kernels: ``$SNNBOOK_CACHE``, or one in the user's cache."""
    if folder := os.environ.get("SNNBOOK_CACHE"):
        return Path(folder)
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "snnbook"


# --- threads -------------------------------------------------------------------------------------

_pool: ThreadPoolExecutor | None = None


def _forget_pool() -> None:
    """In a forked child the pool's threads don't exist: make a new pool when one is needed."""
    global _pool
    _pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pool)


def _over_neurons(kernel: Callable[..., None], steps: int, size: int, *arguments: Any) -> None:
    """Call ``kernel(low, high, *arguments)`` on ranges of neurons, as many as torch has threads."""
    global _pool
    count = min(torch.get_num_threads(), steps * size // SMALL + 1, -(-size // BLOCK) or 1)
    width = -(-size // count // BLOCK) * BLOCK if count > 1 else size
    if count == 1:
        kernel(0, size, *arguments)
        return
    if _pool is None:
        _pool = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="snnbook")
    edges = [*range(width, size, width), size]
    others = [_pool.submit(kernel, low, high, *arguments) for low, high in pairwise(edges)]
    kernel(0, edges[0], *arguments)
    for other in others:
        other.result()


# --- running -------------------------------------------------------------------------------------


def run(neuron: Dynamics, x_seq: torch.Tensor, state: State, *, trace: bool = False) -> Run:
    """Run a neuron over time in one compiled loop; see the reference's `run`.

    Args:
        neuron: the equations and their parameters.
        x_seq: input, shape ``[T, N, *]``, on the CPU. It is saved for the backward pass, and
            nothing else of its size; half precision is converted to float32 first.
        state: the state before the first step, each of shape ``[N, *]``.
        trace: keep H and V of every step too.

    Returns:
        The spikes, the state after the last step and, with `trace`, H and V.

    Raises:
        ValueError: the input is not on the CPU.
        EquationError: an equation or the surrogate function can't be compiled.
    """
    if x_seq.device.type != "cpu":
        raise ValueError(
            f"backend 'numba' runs on the CPU, but the input is on {x_seq.device}; use backend "
            "'triton' or 'torch' there, or 'auto'"
        )
    x = x_seq.to(membrane_dtype(x_seq.dtype))
    done = fused.run(_Kernels(), neuron, x, state, trace)
    return done._replace(s_seq=done.s_seq.to(x_seq.dtype))


class _Kernels:
    """The kernels as `snnbook.backends.fused` calls them."""

    def forward(
        self,
        program: Program,
        traced: bool,
        x: torch.Tensor,
        columns: Sequence[torch.Tensor],
        rows: Sequence[torch.Tensor],
        ends: Sequence[torch.Tensor],
    ) -> None:
        """Fill in S, H and V, which are `rows`, and the final states, which are `ends`."""
        for end, column in zip(ends, columns, strict=False):
            end.copy_(column)  # the kernel updates the states in place
        arrays = _arrays([x, *rows, *ends, *columns[len(ends) :]])
        kernel = _compiled(program, x.dtype, traced).forward
        _over_neurons(kernel, *x.shape, *arrays, *program.scalars.values())

    def backward(
        self,
        program: Program,
        traced: bool,
        x: torch.Tensor,
        columns: Sequence[torch.Tensor],
        g_rows: Sequence[torch.Tensor | None],
        g_ends: Sequence[torch.Tensor | None],
        g_x: torch.Tensor | None,
        g_columns: Sequence[torch.Tensor | None],
    ) -> None:
        """Fill in `g_x` and `g_columns`, where wanted, from the gradients of the results."""
        upstream = [torch.zeros_like(x) if g is None else g for g in g_rows]
        g_states = [
            torch.empty_like(columns[0]) if g is None else g for g in g_columns[: len(g_ends)]
        ]
        for g_state, g_end in zip(g_states, g_ends, strict=True):  # updated in place
            g_state.zero_() if g_end is None else g_state.copy_(g_end)
        learned = [g.zero_() for g in g_columns[len(g_ends) :] if g is not None]
        rows = [x, *upstream, torch.empty_like(x) if g_x is None else g_x]
        _over_neurons(
            _compiled(program, x.dtype, traced).backward,
            *x.shape,
            len(x) if len(x) <= 2 * SEGMENT else max(SEGMENT, math.isqrt(len(x))),
            *_arrays([*rows, *columns, *g_states, *learned]),
            *program.scalars.values(),
        )


def _arrays(tensors: Iterable[torch.Tensor]) -> list[Any]:
    return [tensor.detach().contiguous().numpy() for tensor in tensors]
