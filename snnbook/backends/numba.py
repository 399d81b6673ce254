"""Backend 'numba': one compiled loop over time on the CPU, made from the equations.

The backward pass computes the states again block by block, in the cache (see `fused`).

Each call is split over threads by neurons. The threads are Python's own and the kernels release
the interpreter's lock, so there is no parallel runtime that a fork or a second caller could hang.
"""

import ctypes
import functools
import importlib.util
import math
import mmap
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, TypeAlias

import numba
import torch

from .dynamics import Dynamics, Runner
from .fused import Compiled, Given, fill_in
from .program import FORMS, Program, digest, source

__all__ = ["BLOCK", "Numba", "cache_folder", "prepare"]

BLOCK = 2048
"""Neurons that a thread computes together: their states and gradients stay in the cache."""
SEGMENT = 64
"""The fewest steps whose states are kept while the backward pass goes through them."""
LARGE = 4 << 20
"""Bytes from which huge pages are asked for, as NumPy does."""
SMALL = 1 << 21
"""Elements up to which one thread is the fastest; beyond, each has at least a quarter as many."""

_madvise = ctypes.CDLL(None).madvise if hasattr(mmap, "MADV_HUGEPAGE") else None

Kernel: TypeAlias = Callable[..., None]

_HEAD = """
# Made by snnbook from a neuron's equations, for numba {version}.
import math
import numpy as np
from numba import carray, njit, types
from numba.extending import intrinsic

number = np.{dtype}
largest = number(np.finfo(number).max)

@intrinsic
def pointer(typing, address):
    def cast(context, builder, signature, arguments):
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))
    return types.CPointer(types.{dtype})(address), cast
"""

_FORMS = {
    **FORMS,
    **{name: f"math.{name}({{}})" for name in ("exp", "log", "sqrt", "sin", "cos", "tanh")},
    **{name: f"math.{name}({{}})" for name in ("atan", "erf")},
    "pow": "{} ** {}",
    "where": "({1} if {0} else {2})",
    "step": "(number(1) if {0} >= number(0) else number(0) if {0} < number(0) else {0})",
    "saturate": "(largest if {0} > largest else -largest if {0} < -largest else {0})",
    "inside": "abs({}) < largest",
    "relu": "(number(0) if {0} <= number(0) else {0})",
    "sign": "(number(1) if {0} > number(0) else number(-1) if {0} < number(0) else number(0))",
    "sigmoid": "number(1) / (number(1) + math.exp(-{}))",
}
"""How operations are written for Numba."""

_FORWARD = """
@njit(error_model="numpy", nogil=True, cache=True)
def kernel(low, high, steps, size, {arguments}):
    {arrays}
    {numbers}
    for start in range(low, high, {block}):
        stop = min(start + {block}, high)
        {views}
        for i in range(stop - start):
            {begin}
        for t in range(steps):
            {row_views}
            for i in range(stop - start):
                {load}
                {step}
                {store}
"""

_BACKWARD = """
@njit(error_model="numpy", nogil=True, cache=True)
def kernel(low, high, steps, size, segment, {arguments}):
    {arrays}
    {numbers}
    segments = (steps + segment - 1) // segment
    {buffers}
    for start in range(low, high, {block}):
        stop = min(start + {block}, high)
        width = stop - start
        {views}
        for i in range(width):
            {begin}
        # Leg 0 goes forward to the last segment and marks the state at the start of each. Every
        # further leg takes a segment, the last one first: forward, keeping what each step going
        # back needs, and back.
        for leg in range(segments + 1):
            first = segments - max(leg, 1)
            begin = 0 if leg == 0 else first * segment
            end = first * segment if leg == 0 else min(begin + segment, steps)
            if leg > 1:
                for i in range(width):
                    {recall}
            for t in range(begin, end):
                if leg == 0 and t % segment == 0:
                    for i in range(width):
                        {mark}
                x_ = x_seq[t, start:stop]
                {kept_views}
                for i in range(width):
                    {load}
                    {keep}
                    {step}
                    {go_on}
            if leg > 0:
                for t in range(end - 1, begin - 1, -1):
                    {kept_views}
                    {gradient_row_views}
                    for i in range(width):
                        {load_kept}
                        {back}
                        {store}
"""


class _Variant(NamedTuple):
    """What a kernel's text depends on, besides the equations."""

    dtype: str
    traced: bool
    """Forward: write H and V of each step. Backward: take gradients of them."""


def _forward_text(program: Program, variant: _Variant) -> str:
    """Return the source of a module with the function `kernel`, the forward pass.

    An array of shape [T, N] is NAME_seq, one of shape [N] NAME_all; their parts for one step and
    one block of neurons are NAME_, and the value for one neuron is NAME. What is there before the
    first step is NAME_first, where NAME_stride leads from one neuron to the next: it is 0 where
    the value is the same for all.
    """
    states, vectors, lines = program.states, program.vectors, program.forward
    made = ["s", "h", "z_v_next"] if variant.traced else ["s"]
    numbers = [*program.given_numbers, *lines.numbers]
    rows = ["x", *made]
    columns = [*(f"{n}_first" for n in states), *(f"{n}_all" for n in (*vectors, *states))]
    parts = {
        **_arguments(rows, columns, [f"{n}_stride" for n in states], numbers),
        "views": [f"{n}_ = {n}_all[start:stop]" for n in (*vectors, *states)],
        "begin": [_first(n) for n in states],
        "row_views": [f"{n}_ = {n}_seq[t, start:stop]" for n in ("x", *made)],
        "load": [f"{n} = {n}_[i]" for n in ("x", *states, *vectors) if n in lines.reads],
        "step": source(lines.lines, _FORMS),
        "store": [
            *(f"{n}_[i] = {n}" for n in made),
            *(f"{n}_[i] = {final}" for n, final in program.final.items()),
        ],
    }
    return _module(_FORWARD, parts, variant)


def _arguments(
    rows: Sequence[str], columns: Sequence[str], strides: Sequence[str], numbers: Sequence[str]
) -> dict[str, Sequence[str]]:
    """Return the arguments of a kernel, addresses of arrays first, and what it makes of them."""
    addresses = [*(f"{n}_seq" for n in rows), *columns]
    return {
        "arguments": [", ".join([*addresses, *strides, *numbers])],
        "arrays": [
            *(f"{n}_seq = carray(pointer({n}_seq), (steps, size))" for n in rows),
            *(f"{n} = carray(pointer({n}), size)" for n in columns),
        ],
        "numbers": [f"{n} = number({n})" for n in numbers],
    }


def _first(name: str) -> str:
    return f"{name}_[i] = {name}_first[(start + i) * {name}_stride]"


def _backward_text(program: Program, variant: _Variant) -> str:
    """Return the source of a module with the function `kernel`, the backward pass.

    What it keeps of a state or H at each step is NAME_kept, and NAME_mark is a state at the start
    of each segment. The gradient by a state after the last step is g_NAME_first, since the way back
    begins there. The rest is named as in the forward pass.
    """
    states, vectors = program.states, program.vectors
    advance, back = program.advance, program.backward(variant.traced)
    kept = [n for n in ("h", *states) if n in back.reads]
    upstream = ["g_s", "g_h", "g_z_v_next"] if variant.traced else ["g_s"]
    gradients = [f"g_{n}" for n in (*states, *program.learned)]
    numbers = [*program.given_numbers, *advance.numbers, *back.numbers]
    rows = ["x", *upstream, "g_x"]
    columns = [f"{n}_first" for n in (*states, *(f"g_{n}" for n in states))]
    columns += [f"{n}_all" for n in (*vectors, *gradients)]
    strides = [f"{n}_stride" for n in (*states, *(f"g_{n}" for n in states))]
    parts = {
        **_arguments(rows, columns, strides, numbers),
        "buffers": [
            *(f"{n}_kept = np.empty((segment, {BLOCK}), number)" for n in kept),
            *(f"{n}_mark = np.empty((segments, {BLOCK}), number)" for n in states),
            *(f"{n}_buffer = np.empty({BLOCK}, number)" for n in states),
        ],
        "views": [
            *(f"{n}_ = {n}_buffer[:width]" for n in states),
            *(f"{n}_ = {n}_all[start:stop]" for n in (*vectors, *gradients)),
        ],
        "begin": [
            *(_first(n) for n in (*states, *(f"g_{n}" for n in states))),
            *(f"g_{n}_[i] = number(0)" for n in program.learned),
        ],
        "recall": [f"{n}_[i] = {n}_mark[first, i]" for n in states],
        "mark": [f"{n}_mark[t // segment, i] = {n}_[i]" for n in states],
        "kept_views": [f"{n}_row = {n}_kept[t % segment]" for n in kept],
        "load": [f"{n} = {n}_[i]" for n in ("x", *states, *vectors) if n in advance.reads],
        "keep": [f"{n}_row[i] = {n}_[i]" for n in kept if n != "h"],
        "step": source(advance.lines, _FORMS),
        "go_on": [
            *(f"{n}_row[i] = {n}" for n in kept if n == "h"),
            *(f"{n}_[i] = {final}" for n, final in program.final.items()),
        ],
        "gradient_row_views": [f"{n}_ = {n}_seq[t, start:stop]" for n in ("x", *upstream, "g_x")],
        "load_kept": [
            *(f"{n} = {n}_row[i]" for n in kept),
            *(f"{n} = {n}_[i]" for n in ("x", *vectors, "g_s", "g_h") if n in back.reads),
            *(f"g_{final} = g_{n}_[i]" for n, final in program.final.items()),
            *(f"{n} += {n}_[i]" for n in upstream if n == "g_z_v_next"),
        ],
        "back": source(program.opened(back.lines), _FORMS),
        "store": [
            "g_x_[i] = g_x",
            *(f"g_{n}_[i] = g_{n}" for n in states),
            *(f"g_{n}_[i] += g_{n}" for n in program.learned),
        ],
    }
    return _module(_BACKWARD, parts, variant)


# --- compiling -----------------------------------------------------------------------------------

_kernels: dict[str, Kernel] = {}
_compiling = threading.Lock()


@functools.lru_cache(maxsize=1024)
def _kernel(
    write: Callable[..., str], program: Program, dtype: torch.dtype, traced: bool
) -> Kernel:
    """Return the kernel whose text `write` gives for a program; it is compiled when called.

    It is found by what the text is made from, so that the text of one that is on disk needn't be
    made again.
    """
    variant = _Variant(str(dtype).removeprefix("torch."), traced)
    key = digest(f"{program.digest(traced)} {write.__name__} {variant} {numba.__version__}")
    with _compiling:
        if key not in _kernels:
            _kernels[key] = _loaded(key, functools.partial(write, program, variant)).kernel
    return _kernels[key]


def _module(template: str, parts: Mapping[str, Sequence[str]], variant: _Variant) -> str:
    head = _HEAD.format(version=numba.__version__, dtype=variant.dtype)
    return head + fill_in(template, {"block": [str(BLOCK)], **parts})


def _loaded(key: str, make: Callable[[], str]) -> ModuleType:
    """Write a kernel's text to the cache folder, unless it is there, and import it from there.

    Numba keeps the machine code beside the text, for the next process. Where the folder can't be
    written, or its disk is full, the kernel is compiled in memory.
    """
    name = f"snnbook_kernel_{key}"
    path = cache_folder() / f"{name}.py"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            with tempfile.TemporaryDirectory(dir=path.parent) as folder:
                file = Path(folder, path.name)
                file.write_text(make())
                os.replace(file, path)  # whole or not at all, whoever else starts just now
    except OSError:
        module = ModuleType(name)
        exec(
            compile(make().replace("cache=True", "cache=False"), f"<{name}>", "exec"), vars(module)
        )
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


def _call(kernel: Kernel, *arguments: Any) -> None:
    """Call a kernel, also where Numba can't keep its machine code on disk.

    Then Numba raises before it runs it, but has it in memory.
    """
    try:
        kernel(*arguments)
    except OSError:
        kernel(*arguments)


def _over_neurons(kernel: Kernel, steps: int, size: int, *arguments: Any) -> None:
    """Call ``kernel(low, high, steps, size, *arguments)`` on ranges of neurons.

    There are as many ranges as torch has threads, or fewer where that is faster.
    """
    global _pool
    arguments = (steps, size, *arguments)
    count = min(torch.get_num_threads(), 4 * steps * size // SMALL, -(-size // BLOCK))
    if steps * size <= SMALL or count == 1:
        _call(kernel, 0, size, *arguments)
        return
    width = -(-size // count // BLOCK) * BLOCK
    if _pool is None:
        _pool = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="snnbook")
    edges = [*range(width, size, width), size]
    others = [_pool.submit(_call, kernel, low, high, *arguments) for low, high in pairwise(edges)]
    _call(kernel, 0, edges[0], *arguments)
    for other in others:
        other.result()


# --- running -------------------------------------------------------------------------------------


def prepare(neuron: Dynamics) -> Runner:
    """Return the run of a neuron in one compiled loop over time, as the reference's `run`.

    Of the input, ``[T, N, *]`` on the CPU, nothing but itself is saved for the backward pass; half
    precision is converted to float32 first.

    Raises:
        EquationError: an equation or the surrogate function can't be compiled.
    """
    return Compiled(Numba(), neuron)


class Numba:
    """The kernels as `snnbook.backends.fused` calls them."""

    widens = True

    def forward(
        self, program: Program, traced: bool, given: Given
    ) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """Return rows (S and, where `traced`, H and V) and ends (the states after the run)."""
        if given.x.device.type != "cpu":
            raise ValueError(
                f"backend 'numba' runs on the CPU, but the input is on {given.x.device}; use "
                "backend 'triton' or 'torch' there, or 'auto'"
            )
        x = _dense(given.x)
        rows = [_empty_like(x) for _ in range(3 if traced else 1)]
        ends = [_empty_like(state) for state in given.states]
        first = [_dense_or_one(state) for state in given.states]
        vectors = [_dense(vector) for vector in given.vectors]
        _over_neurons(
            _kernel(_forward_text, program, x.dtype, traced),
            len(x),
            x.numel() // len(x),
            *[tensor.data_ptr() for tensor in (x, *rows, *first, *vectors, *ends)],
            *[_stride(tensor) for tensor in first],
            *given.numbers,
            *program.forward.numbers.values(),
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
        x, state = _dense(given.x), given.states[0]
        upstream = [torch.zeros_like(x) if g is None else _dense(g) for g in g_rows]
        g_x = _empty_like(x)
        g_states = [_empty_like(state) for _ in g_ends]
        g_learned = [_empty_like(state) for _ in program.learned]
        first = [_dense_or_one(state) for state in given.states]
        first += [state.new_zeros(()) if g is None else _dense_or_one(g) for g in g_ends]
        vectors = [_dense(vector) for vector in given.vectors]
        tensors = (x, *upstream, g_x, *first, *vectors, *g_states, *g_learned)
        _over_neurons(
            _kernel(_backward_text, program, x.dtype, traced),
            len(x),
            x.numel() // len(x),
            len(x) if len(x) <= 2 * SEGMENT else max(SEGMENT, math.isqrt(len(x))),
            *[tensor.data_ptr() for tensor in tensors],
            *[_stride(tensor) for tensor in first],
            *given.numbers,
            *program.advance.numbers.values(),
            *program.backward(traced).numbers.values(),
        )
        return g_x if x_wanted else None, g_states, g_learned


def _empty_like(tensor: torch.Tensor) -> torch.Tensor:
    """Return a new tensor; the system is asked for huge pages where it is large.

    The system clears each page of fresh memory when it is first written, and finding that out
    takes longer than writing: with pages of 2 MiB instead of 4 KiB, that happens 512 times less.
    """
    made = torch.empty_like(tensor, memory_format=torch.contiguous_format)
    if made.nbytes >= LARGE and _madvise is not None:
        start = -(-made.data_ptr() // mmap.PAGESIZE) * mmap.PAGESIZE
        length = made.data_ptr() + made.nbytes - start
        _madvise(ctypes.c_void_p(start), ctypes.c_size_t(length), mmap.MADV_HUGEPAGE)
    return made


def _dense(tensor: torch.Tensor) -> torch.Tensor:
    """Return a tensor, or a copy whose elements follow each other as they are."""
    return (tensor if tensor.is_contiguous() else tensor.contiguous()).resolve_neg()


def _dense_or_one(tensor: torch.Tensor) -> torch.Tensor:
    """Return a tensor, one that is one number expanded, or a copy."""
    return _dense(tensor) if any(tensor.stride()) else tensor.resolve_neg()


def _stride(tensor: torch.Tensor) -> int:
    """Return the distance of one element to the next."""
    return 1 if any(tensor.stride()) else 0
