"""Time one layer of spiking neurons in several libraries: ``python -m benchmarks.neurons``.

Parts, each a section of the results:

- speed: forward alone, and forward with backward, over shapes [T, N, *];
- memory: the peak of forward with backward;
- growth: the cost as T, then N, grows tenfold;
- start: the import, and the first call with and without compiled kernels on disk.
"""

import argparse
import ctypes
import functools
import itertools
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import torch

from . import contestants, harness, report

CPU_SHAPES = ([4, 128, 256], [8, 32, 1024], [32, 64, 512], [128, 16, 512], [16, 128, 8192])
GPU_SHAPES = tuple([steps, 1 << 20] for steps in (4, 8, 16, 32, 128))
MEMORY_SHAPES = ([32, 64, 512], [16, 128, 8192])
GROWTH = {
    "T": ([10, 8192], [100, 8192], [1000, 8192]),
    "N": ([16, 1000], [16, 10_000], [16, 100_000], [16, 1_000_000]),
}
TINY = ([3, 4, 5],)
GROWING = ("snnbook", "SpikingJelly", "JAX", "clone")
"""Contestants whose growth is measured: those whose names start so."""


def problem(
    shape: Sequence[int], device: str, dtype: torch.dtype
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return an input that makes about a fifth of the neurons fire, and a gradient."""
    torch.manual_seed(0)
    x, g = 2 * torch.rand(shape), torch.randn(shape)
    return x.to(device, dtype), g.to(device, dtype)


def agreement(made: dict[str, contestants.Contestant], x: torch.Tensor, g: torch.Tensor) -> Any:
    """Compare each contestant with the reference, snnbook's backend 'torch'.

    Returns:
        For each contestant ``spikes``, the number of elements in which they differ, ``of`` how
        many, and ``gradient``, the norm of the difference relative to the gradient's own.
    """
    reference = contestants.make("snnbook torch", x, g)
    spikes, gradient = reference.spikes(), reference.gradient().float()
    found = {}
    for name, contestant in made.items():
        if name == "clone":
            continue
        different = int((contestant.spikes() != spikes).sum())
        error = (contestant.gradient().float() - gradient).norm() / gradient.norm()
        found[name] = {"spikes": different, "of": x.numel(), "gradient": float(f"{error:.2g}")}
    return found


def calls(
    name: str, shape: Sequence[int], device: str, dtype: torch.dtype
) -> dict[str, Callable[[], Any]]:
    """Return what is timed for one contestant."""
    made = contestants.make(name, *problem(shape, device, dtype))
    if device == "cpu":
        return {"forward": made.forward, "training": made.training}

    def synchronized(call: Callable[[], Any]) -> Callable[[], Any]:
        def both() -> None:
            call()
            torch.cuda.synchronize()

        return both

    return {"forward": synchronized(made.forward), "training": synchronized(made.training)}


def speed(
    shapes: Iterable[Sequence[int]], names: Sequence[str], options: argparse.Namespace
) -> dict[str, Any]:
    """Time forward, and forward with backward, for each shape."""
    results: dict[str, Any] = {}
    with harness.workers(names, calls, options) as workers:
        for shape, dtype in itertools.product(shapes, options.dtypes):
            x, g = problem(shape, options.device, dtype)
            made = {name: contestants.make(name, x, g) for name in names}
            label = str(list(shape)) + ("" if dtype == torch.float32 else " float16")
            entry: dict[str, Any] = {"shape": list(shape), "agreement": agreement(made, x, g)}
            del made, x, g
            for name, worker in workers.items():
                worker.make(name, shape, options.device, dtype)
            for work in options.work:
                turns = {n: functools.partial(w.turn, work) for n, w in workers.items()}
                entry[work] = harness.measure(turns, options.rounds, options.patience)
            results[label] = entry
            print(label, "measured, load", harness.load(), flush=True)
    return results


# --- memory --------------------------------------------------------------------------------------


def allocated(call: Callable[[], Any], device: str) -> int:
    """Return the peak of what PyTorch allocates during a call, in bytes."""
    if device != "cpu":
        torch.cuda.synchronize()
        before = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        call()
        torch.cuda.synchronize()
        return torch.cuda.max_memory_allocated() - before
    with torch.profiler.profile(
        activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True
    ) as profile:
        call()
    held = peak = 0
    for event in profile.profiler.kineto_results.events():
        if event.name() == "[memory]":
            held += event.nbytes()
            peak = max(peak, held)
    return peak


def resident(name: str, shape: Sequence[int]) -> int | None:
    """Return the growth of the peak of this process's memory by a call, in bytes; Linux only.

    It sees every library's memory, also what PyTorch doesn't allocate, but counts whole pages.
    """
    x, g = problem(shape, "cpu", torch.float32)
    call = contestants.make(name, x, g).training
    call()
    call()
    ctypes.CDLL(None).malloc_trim(0)  # give back what earlier calls have freed
    try:
        Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    except OSError:
        return None
    before = _status("VmRSS")
    call()
    return _status("VmHWM") - before


def _status(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(field + ":"))


def memory(
    shapes: Iterable[Sequence[int]], names: Sequence[str], options: argparse.Namespace
) -> dict[str, Any]:
    """Measure the peak memory of forward with backward, in sizes of the input.

    What every layer needs, the spikes and the gradient of the input, is not counted.
    """
    results: dict[str, Any] = {}
    for shape in shapes:
        x, g = problem(shape, options.device, torch.float32)
        size = x.numel() * x.element_size()
        entry: dict[str, Any] = {}
        for name in names:
            if name == "clone":
                continue
            entry[name] = {}
            if name != "JAX scan":
                call = contestants.make(name, x, g).training
                call()
                entry[name]["allocated"] = round(allocated(call, options.device) / size - 2, 4)
            if options.device == "cpu" and sys.platform == "linux" and not options.quick:
                peak = _in_fresh_process(resident, name, shape)
                if peak is not None:
                    entry[name]["resident"] = round(peak / size - 2, 2)
        results[str(list(shape))] = entry
    return results


def _in_fresh_process(function: Callable[..., Any], *arguments: Any) -> Any:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(function, *arguments).result()


# --- starting ------------------------------------------------------------------------------------

FIRST = """
import sys, time
import torch
from benchmarks import contestants, neurons
for library in {libraries}:
    __import__(library)
x, g = neurons.problem([8, 32, 1024], "{device}", torch.float32)
y = torch.ones_like(x, requires_grad=True)
torch.autograd.grad(2 * y, y, g)  # PyTorch's own first backward pass imports SymPy and more
start = time.perf_counter()
contestants.make({name!r}, x, g).training()
if "{device}" == "cuda":
    torch.cuda.synchronize()
print(time.perf_counter() - start)
"""


def start(options: argparse.Namespace) -> dict[str, Any]:
    """Time the import, and the first forward with backward, in fresh processes by turns."""

    def python(code: str, cache: str = "") -> str:
        return subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, **({"SNNBOOK_CACHE": cache} if cache else {})},
        ).stdout

    def turn(code: str) -> tuple[float, float]:
        before, start = os.times(), time.perf_counter()
        python(code)
        wall, after = time.perf_counter() - start, os.times()
        return wall, sum(after[:4]) - sum(before[:4])

    name = "snnbook numba" if options.device == "cpu" else "snnbook triton"
    compiler = name.split()[1]
    cases = {
        "snnbook torch": ("snnbook torch", ["snnbook"], False),
        f"{name}, first time": (name, ["snnbook", compiler], True),
        f"{name}, kernels on disk": (name, ["snnbook", compiler], False),
        "JAX scan": ("JAX scan", ["jax"], False),
    }
    if "JAX scan" not in contestants.available(options.device):
        del cases["JAX scan"]
    named = ["torch", *dict.fromkeys(one for _, names, _ in cases.values() for one in names)]
    imports = {one: functools.partial(turn, f"import {one}") for one in named}
    results: dict[str, Any] = {"import": harness.measure(imports, options.rounds, options.patience)}

    seconds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as kept:
        for _ in range(options.rounds):
            for case, (contestant, libraries, fresh) in cases.items():
                code = FIRST.format(libraries=libraries, name=contestant, device=options.device)
                with tempfile.TemporaryDirectory() as empty:
                    printed = python(code, empty if fresh else kept)
                seconds.setdefault(case, []).append(float(printed.split()[-1]))
    warm = {title: times[1:] or times for title, times in seconds.items()}  # 1: fills `kept`
    results["first call"] = {"seconds": warm, "others": [0.0] * max(1, options.rounds - 1)}
    return results


# --- the command ---------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure, and write the results down; return them too."""
    options = harness.options(__doc__, ("speed", "memory", "growth", "start"), arguments)
    on_cpu = options.device == "cpu"
    options.work = ("forward", "training")
    options.dtypes = (torch.float32,) if on_cpu else (torch.float32, torch.float16)
    warnings.filterwarnings("ignore", module="spikingjelly|snntorch|norse|jax")
    names = contestants.available(options.device, ours_only=options.ours)
    names = contestants.working(names, options.device)
    shapes = TINY if options.quick else CPU_SHAPES if on_cpu else GPU_SHAPES
    results = report.opened(options.out)
    if "speed" in options.parts:
        results["speed"] = speed(shapes, names, options)
    if "memory" in options.parts:
        some = TINY if options.quick else MEMORY_SHAPES if on_cpu else GPU_SHAPES[:3]
        results["memory"] = memory(some, names, options)
    options.work, options.dtypes = ("training",), (torch.float32,)
    some_names = [name for name in names if name.startswith(GROWING)]
    if "growth" in options.parts:
        results["growth"] = {
            letter: speed(TINY if options.quick else shapes, some_names, options)
            for letter, shapes in GROWTH.items()
        }
    if "start" in options.parts:
        results["start"] = start(options)
    return report.saved(results, options.out)


if __name__ == "__main__":
    main()
