"""What the compiled backends share: a neuron's kernels as a function that autograd knows.

The forward pass reads x and writes s. The backward pass reads x and the gradient of s, computes the
states again, and writes the gradient of x. So of all that has the shape ``[T, N]``, only the input
itself is kept between the two.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import torch
from torch.autograd.function import once_differentiable

from . import Dynamics, Run, State, membrane_dtype
from .program import Program, trace


class Kernels(Protocol):
    """A backend's two kernels. Both fill in tensors that they are given.

    ``rows`` are S and, where `traced`, H and V, of shape ``[T, N]`` like x. ``columns`` are the
    first states and the parameters that are tensors, ``ends`` the last states, of shape ``[N]``.
    """

    def forward(
        self,
        program: Program,
        traced: bool,
        x: torch.Tensor,
        columns: Sequence[torch.Tensor],
        rows: Sequence[torch.Tensor],
        ends: Sequence[torch.Tensor],
    ) -> None:
        """Fill in `rows` and `ends`."""

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
        """Fill in `g_x` and `g_columns`, the gradients; where they are None, they aren't wanted.

        `g_rows` and `g_ends` are the gradients of the results; None stands for zeros.
        """


def run(kernels: Kernels, neuron: Dynamics, x_seq: torch.Tensor, state: State, traced: bool) -> Run:
    """Run a neuron over time with a backend's kernels; see the reference's `run`.

    Args:
        kernels: the backend's kernels.
        neuron: the equations and their parameters.
        x_seq: input, shape ``[T, N, *]``, of the dtype that the kernels read.
        state: the state before the first step, each of shape ``[N, *]``.
        traced: keep H and V of every step too.

    Raises:
        EquationError: an equation or the surrogate function can't be compiled.
    """
    program = trace(neuron, tuple(state))
    step, dtype = x_seq.shape[1:], membrane_dtype(x_seq.dtype)
    columns = [value.flatten() for value in state.values()]
    vectors = [value.to(x_seq.device, dtype) for value in program.vectors.values()]
    columns += [value.expand(step).flatten() for value in vectors]
    s, *rest = _Fused.apply(kernels, program, traced, x_seq.flatten(1), *columns)  # type: ignore[no-untyped-call]
    last = {name: value.reshape(step) for name, value in zip(state, rest, strict=False)}
    h, v = (seq.reshape(x_seq.shape) for seq in rest[len(state) :]) if traced else (None, None)
    return Run(s.reshape(x_seq.shape), last, h, v)


class _Fused(torch.autograd.Function):
    """The kernels as a function that autograd knows."""

    @staticmethod
    def forward(
        ctx: Any,
        kernels: Kernels,
        program: Program,
        traced: bool,
        x: torch.Tensor,
        *columns: torch.Tensor,
    ) -> Any:
        """Return S, the final states and, where `traced`, H and V."""
        dtype = membrane_dtype(x.dtype)
        rows = [x.new_empty(x.shape)]
        rows += [x.new_empty(x.shape, dtype=dtype) for _ in range(2 if traced else 0)]
        ends = [x.new_empty(x.shape[1], dtype=dtype) for _ in program.final]
        if x.shape[1]:
            kernels.forward(program, traced, x, columns, rows, ends)
        ctx.save_for_backward(x, *columns)
        ctx.kernels, ctx.program, ctx.traced = kernels, program, traced
        ctx.set_materialize_grads(False)
        return rows[0], *ends, *rows[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: torch.Tensor | None) -> Any:
        """Return the gradients of x, of the first states and of the parameters."""
        x, *columns = ctx.saved_tensors
        _, _, _, x_wanted, *wanted = ctx.needs_input_grad
        count = len(ctx.program.final)
        g_rows, g_ends = [grads[0], *grads[1 + count :]], grads[1 : 1 + count]
        g_x = x.new_empty(x.shape) if x_wanted else None
        dtype = membrane_dtype(x.dtype)
        g_columns = [x.new_empty(x.shape[1], dtype=dtype) if want else None for want in wanted]
        if x.shape[1]:
            ctx.kernels.backward(
                ctx.program, ctx.traced, x, columns, g_rows, g_ends, g_x, g_columns
            )
        return None, None, None, g_x, *g_columns


def filled(template: str, parts: Mapping[str, Sequence[str]]) -> str:
    """Fill in a template: a part alone on its line becomes as many lines, indented alike."""
    lines = []
    for line in template.splitlines():
        name = line.strip().strip("{}")
        if line.strip() == f"{{{name}}}":
            indent = line[: len(line) - len(line.lstrip())]
            lines += [indent + part for part in parts[name]]
        else:
            lines.append(line.format(**{n: p[0] for n, p in parts.items() if p}))
    return "\n".join(lines)
