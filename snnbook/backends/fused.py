"""What the compiled backends share: a neuron's kernels as a function that autograd knows.

The forward pass reads x and writes s. The backward pass reads x and the gradient of s, computes the
states again, and writes the gradient of x. So of all that has the shape ``[T, N]``, only the input
itself is kept between the two.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import torch
from torch.autograd.function import once_differentiable

from . import Dynamics, Run, State, membrane_dtype, program
from .program import Program


class Given(NamedTuple):
    """What a kernel is given.

    Attributes:
        x: the input, shape ``[T, N, *]``.
        states: the states before the first step, ``[N, *]``.
        vectors: the parameters that are tensors, ``[N, *]``.
        scalars: the values of those that are tensors but hold only one number.
    """

    x: torch.Tensor
    states: Sequence[torch.Tensor]
    vectors: Sequence[torch.Tensor]
    scalars: Sequence[float]


class Kernels(Protocol):
    """A backend's two kernels."""

    def forward(
        self, program: Program, traced: bool, given: Given
    ) -> tuple[Sequence[torch.Tensor], Sequence[torch.Tensor]]:
        """Return rows and ends.

        Rows are S and, where `traced`, H and V, of shape ``[T, N, *]``; ends are the states after
        the last step, of shape ``[N, *]``.
        """

    def backward(
        self,
        program: Program,
        traced: bool,
        given: Given,
        g_rows: Sequence[torch.Tensor | None],
        g_ends: Sequence[torch.Tensor | None],
        x_wanted: bool,
    ) -> tuple[torch.Tensor | None, Sequence[torch.Tensor], Sequence[torch.Tensor]]:
        """Return the gradients of x, of the states and, per neuron, of the learned parameters.

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
    steps = program.of(neuron, state)
    parameters = [neuron.parameters[name] for name in steps.parameters]
    tensors = [tensor.resolve_neg() for tensor in (x_seq, *state.values(), *parameters)]
    if torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors):
        results = _Fused.apply(kernels, steps, traced, *tensors)  # type: ignore[no-untyped-call]
    else:
        results = _forward(kernels, steps, traced, tensors)
    s_seq, *rest = results
    h_seq, v_seq = rest[len(state) :] if traced else (None, None)
    return Run(s_seq, dict(zip(state, rest, strict=False)), h_seq, v_seq)


def _forward(
    kernels: Kernels, steps: Program, traced: bool, tensors: Sequence[torch.Tensor]
) -> tuple[torch.Tensor, ...]:
    """Return S, the final states and, where `traced`, H and V."""
    rows, ends = kernels.forward(steps, traced, _given(steps, tensors))
    return rows[0], *ends, *rows[1:]


def _given(steps: Program, tensors: Sequence[torch.Tensor]) -> Given:
    """Return what the kernels are given, from the input, the states and the parameters."""
    x, count, scalars = tensors[0], len(steps.states), len(steps.scalars)
    states, parameters = tensors[1 : 1 + count], tensors[1 + count :]
    vectors = [
        vector.to(x.device, membrane_dtype(x.dtype)).expand(x.shape[1:])
        for vector in parameters[scalars:]
    ]
    return Given(x, states, vectors, [float(scalar.detach()) for scalar in parameters[:scalars]])


class _Fused(torch.autograd.Function):
    """The kernels as a function that autograd knows."""

    @staticmethod
    def forward(
        ctx: Any, kernels: Kernels, steps: Program, traced: bool, *tensors: torch.Tensor
    ) -> Any:
        """Return S, the final states and, where `traced`, H and V."""
        ctx.save_for_backward(*tensors)
        ctx.kernels, ctx.steps, ctx.traced = kernels, steps, traced
        ctx.set_materialize_grads(False)
        return _forward(kernels, steps, traced, tensors)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: torch.Tensor | None) -> Any:
        """Return the gradients of x, of the first states and of the parameters."""
        steps, tensors = ctx.steps, ctx.saved_tensors
        count = len(steps.states)
        wanted = ctx.needs_input_grad[3:]
        g_x, g_states, g_learned = ctx.kernels.backward(
            steps,
            ctx.traced,
            _given(steps, tensors),
            [grads[0], *grads[1 + count :]],
            grads[1 : 1 + count],
            wanted[0],
        )
        learned = dict(zip(steps.learned, g_learned, strict=True))
        g_parameters: list[torch.Tensor | None] = []
        for name, parameter in zip(steps.tensors, tensors[1 + count :], strict=True):
            g = learned.get(name)
            g_parameters.append(g if g is None else g.sum_to_size(parameter.shape).to(parameter))
        return None, None, None, g_x, *g_states, *g_parameters


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
