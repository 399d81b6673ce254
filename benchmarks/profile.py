"""Show where a call of snnbook's backend 'numba' spends its time: ``python -m benchmarks.profile``.

The stages of a call are measured one by one, in this process:

- nothing: a function that autograd knows and that does nothing, as PyTorch calls it. No layer with
  a backward pass of its own can be faster;
- call: the same layer with one neuron: all that Python and PyTorch do for a call;
- kernel: the compiled kernels alone, with memory that is written again and again;
- rest: what the whole call takes longer. That is fresh memory, and Python's own memory that the
  kernel has driven out of the processor's caches.

Page faults are counted: each is a page of fresh memory that the operating system has to clear.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from torch.autograd.function import once_differentiable

from snnbook.backends import numba as backend
from snnbook.neuron import LIFNode
from snnbook.surrogate import ATan

from . import harness, neurons, report

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

HEAD = ("", "whole", "nothing", "call", "kernel", "rest", "page faults", "clone", "its page faults")


class _Nothing(torch.autograd.Function):
    """A function that autograd knows, with the results of a layer, and no work at all."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, s: torch.Tensor, v: torch.Tensor) -> Any:
        """Return the spikes and the state, which were there before."""
        ctx.save_for_backward(x)
        return s.view_as(s), v.view_as(v)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: torch.Tensor) -> Any:
        """Return the gradient of the spikes as that of the input."""
        return grads[0], None, None


def seconds(call: Callable[[], Any], least: float) -> float:
    """Return the median time of a call, over at least so many seconds or 5,000 calls, and 20."""
    call()
    times: list[float] = []
    begin = time.perf_counter()
    while len(times) < 20 or (time.perf_counter() - begin < least and len(times) < 5_000):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def faults(call: Callable[[], Any], calls: int = 10) -> float:
    """Return the page faults of a call, on average; NaN where they aren't counted."""
    if resource is None:
        return float("nan")
    call()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(calls):
        call()
    return (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / calls


def calls(shape: Sequence[int]) -> dict[str, dict[str, Callable[[], Any]]]:
    """Return the stages of `forward` and of `training` for an input of a shape [T, N, *]."""
    x, g = neurons.problem(shape, "cpu", torch.float32)
    x.requires_grad_()
    layer = LIFNode(surrogate_function=ATan(), step_mode="m", backend="numba")

    def forward(x: torch.Tensor) -> torch.Tensor:
        layer.reset()
        with torch.no_grad():
            return layer(x)

    def training(x: torch.Tensor, g: torch.Tensor) -> Any:
        layer.reset()
        return torch.autograd.grad(layer(x), x, g)

    one, s, v = (torch.zeros(shape[0], 1, requires_grad=k == 0) for k in range(3))
    state = layer.initial_state(x[0])
    compiled: Any = backend.prepare(layer.dynamics())
    steps, given = compiled.program, compiled.given((x, *state.values()))
    kernels = compiled.engine

    def kernel(back: bool) -> None:
        backend._empty_like.number = 0  # type: ignore[attr-defined]  # see _Kept
        kernels.forward(steps, False, given)
        if back:
            kernels.backward(steps, False, given, [g], [None], True)

    return {
        "forward": {
            "whole": lambda: forward(x),
            "nothing": lambda: None,
            "call": lambda: forward(one),
            "kernel": lambda: kernel(back=False),
            "clone": x.detach().clone,
        },
        "training": {
            "whole": lambda: training(x, g),
            "nothing": lambda: torch.autograd.grad(_Nothing.apply(one, s, v)[0], one, s),
            "call": lambda: training(one, s),
            "kernel": lambda: kernel(back=True),
            "clone": x.detach().clone,
        },
    }


class _Kept:
    """Gives the same memory again, from the first piece on when `number` is set to 0."""

    def __init__(self) -> None:
        self.tensors: list[torch.Tensor] = []
        self.number = 0

    def __call__(self, tensor: torch.Tensor) -> torch.Tensor:
        """Return memory for a tensor like this one."""
        if self.number == len(self.tensors):
            self.tensors.append(torch.empty(tensor.shape, dtype=tensor.dtype))
        self.number += 1
        return self.tensors[self.number - 1]


def measured(stages: dict[str, Callable[[], Any]], least: float) -> dict[str, float]:
    """Return the time of each stage, and what remains of the whole."""
    took = {}
    for name, call in stages.items():
        memory = _Kept() if name == "kernel" else backend._empty_like
        with mock.patch.object(backend, "_empty_like", memory):
            took[name] = seconds(call, least)
    return took | {"rest": max(0.0, took["whole"] - took["call"] - took["kernel"])}


def main(arguments: Sequence[str] | None = None) -> str:
    """Measure, and write a page; return it too."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tiny shape, and no file")
    parser.add_argument("--threads", type=int, help="torch.set_num_threads (default: the cores)")
    options = parser.parse_args(arguments)
    machine = harness.machine()
    torch.set_num_threads(options.threads or machine["cores"])
    parts = ["# Where the time of a call goes", (__doc__ or "").split("\n\n", 1)[1].strip()]
    versions = ", ".join(f"{n} {v}" for n, v in harness.versions().items())
    parts.append(f"{machine['processor']}, {machine['cores']} cores. {versions}.")
    for work, title in (("forward", "Forward"), ("training", "Forward and backward")):
        rows = []
        for shape in neurons.TINY if options.quick else neurons.CPU_SHAPES:
            stages = calls(shape)[work]
            took = measured(stages, 0.0 if options.quick else 0.2)
            counted = [f"{faults(stages[name]):.0f}" for name in ("whole", "clone")]
            texts = [report.time(took[name]) for name in (*HEAD[1:6], "clone")]
            rows.append([str(list(shape)), *texts[:5], counted[0], texts[5], counted[1]])
        parts += [f"## {title}", report.table(HEAD, rows)]
    page = "\n\n".join(parts) + "\n"
    if not options.quick:
        path = Path(harness.RESULTS) / f"profile-{harness.kind('cpu')}.md"
        path.write_text(page, "utf-8")
        print("wrote", path)
    return page


if __name__ == "__main__":
    main()
