"""What the compiled backends share: a neuron's kernels as a function that autograd knows.

The forward pass reads x and writes s. The backward pass reads x and the gradient of s, computes the
states again, and writes the gradient of x. So of all that has the shape ``[T, N]``, only the input
itself is kept between the two.
"""

import sys
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import torch

from ..equation import EquationError
from ..surrogate import in_forward_mode
from . import program, reference
from .dynamics import Dynamics, Run, State, is_traced, membrane_dtype, saved, transformed
from .program import Program

__all__ = ["Compiled", "Engine", "Given", "fill_in"]


class Given(NamedTuple):
    """What a kernel is given.

    Attributes:
        x: the input, shape ``[T, N, *]``.
        states: the states before the first step, ``[N, *]``.
        vectors: the parameters that are tensors, ``[N, *]``.
        numbers: the values of those that are tensors but hold only one number, then those of the
            surrogate function.
    """

    x: torch.Tensor
    states: Sequence[torch.Tensor]
    vectors: Sequence[torch.Tensor]
    numbers: Sequence[float]


class Engine(Protocol):
    """A compiled backend: its two kernels, for any program."""

    widens: bool
    """Whether half-precision input has to be converted to float32 first."""

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


class Compiled:
    """A neuron with its kernels, ready to be run: ``compiled(x_seq, state, trace)`` as a `Runner`.

    Where no kernel can be called (in function transforms, in forward mode, for tensors without
    memory) the reference runs instead, and a warning says so.

    Args:
        engine: the backend's kernels.
        neuron: the equations and their parameters.

    Raises:
        EquationError: an equation or the surrogate function can't be compiled.
    """

    def __init__(self, engine: Engine, neuron: Dynamics) -> None:
        self.engine, self.neuron = engine, neuron
        self.program = program.of(neuron, neuron.states)
        self.parameters = [neuron.parameters[name] for name in self.program.parameters]
        theta: Any = neuron.surrogate
        primitives = [] if neuron.fire is None else [theta.primitive]
        names = [name for primitive in primitives for name in primitive.arguments[1:]]
        self.settings = [float(getattr(theta, name)) for name in names]

        read = [*neuron.equations(), *primitives]
        self._meanings = [(one, one.meaning()) for one in read]

    def still(self) -> bool:
        """Whether the functions that the equations call mean what they meant."""
        try:
            return all(one.meaning() is meant for one, meant in self._meanings)
        except EquationError:
            return False

    def __call__(self, x_seq: torch.Tensor, state: State, trace: bool = False) -> Run:
        """Run the neuron over time; see the reference's `run`."""
        if reason := _no_kernels_here(x_seq):
            name = type(self.engine).__name__.lower()
            warnings.warn(f"backend {name!r} {reason}; backend 'torch' runs instead", stacklevel=2)
            return reference.run(self.neuron, x_seq, state, trace)
        dtype = x_seq.dtype
        wide = membrane_dtype(dtype)
        x = x_seq.to(wide) if self.engine.widens and dtype is not wide else x_seq
        tensors = (x, *(state[name] for name in self.neuron.states), *self.parameters)
        if torch.is_grad_enabled() and not torch.is_inference_mode_enabled():
            # What was made in inference mode can't be saved for a backward pass; a copy can.
            tensors = tuple(z.clone() if z.is_inference() else z for z in tensors)
        if torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors):
            results = _Fused.apply(self, trace, *tensors)  # type: ignore[no-untyped-call]
        else:
            results = self.forward(trace, tensors)
        count = 1 + len(self.neuron.states)
        ends = dict(zip(self.neuron.states, results[1:count], strict=True))
        ends = {name: ends.get(name, state[name]) for name in state}
        s_seq = results[0].to(dtype) if x is not x_seq else results[0]
        return Run(s_seq, ends, *results[count:])

    def forward(self, traced: bool, tensors: Sequence[torch.Tensor]) -> tuple[torch.Tensor, ...]:
        """Return S, the final states and, where `traced`, H and V."""
        rows, ends = self.engine.forward(self.program, traced, self.given(tensors))
        return rows[0], *ends, *rows[1:]

    def given(self, tensors: Sequence[torch.Tensor]) -> Given:
        """Return what the kernels are given, from the input, the states and the parameters."""
        x, steps = tensors[0], self.program
        count = 1 + len(steps.states)
        middle = count + len(steps.scalars)
        vectors = [
            vector.to(x.device, membrane_dtype(x.dtype)).expand(x.shape[1:])
            for vector in tensors[middle:]
        ]
        numbers = [float(scalar.detach()) for scalar in tensors[count:middle]]
        return Given(x, tensors[1:count], vectors, numbers + self.settings)

    def backward(
        self,
        traced: bool,
        tensors: Sequence[torch.Tensor],
        grads: Sequence[torch.Tensor | None],
        x_wanted: bool,
    ) -> list[torch.Tensor | None]:
        """Return the gradients of the input, the states and the parameters."""
        steps = self.program
        count = 1 + len(steps.states)
        g_rows, g_ends = [grads[0], *grads[count:]], grads[1:count]
        done = self.engine.backward(steps, traced, self.given(tensors), g_rows, g_ends, x_wanted)
        learned = dict(zip(steps.learned, done[2], strict=True))
        g_parameters = []
        for name, p in zip((*steps.scalars, *steps.vectors), tensors[count:], strict=True):
            g = learned.get(name)
            g_parameters.append(g if g is None else g.sum_to_size(p.shape).to(p))
        return [done[0], *done[1], *g_parameters]

    def backward_by_reference(
        self,
        traced: bool,
        tensors: Sequence[torch.Tensor],
        grads: Sequence[torch.Tensor | None],
        wanted: Sequence[bool],
    ) -> list[torch.Tensor | None]:
        """Return the same gradients so that they can be differentiated again."""
        again = torch.is_grad_enabled()
        count = 1 + len(self.program.states)
        with torch.enable_grad():
            parameters = dict(zip(self.program.parameters, tensors[count:], strict=True))
            neuron = self.neuron._replace(parameters={**self.neuron.parameters, **parameters})
            state = dict(zip(self.neuron.states, tensors[1:count], strict=True))
            done = reference.run(neuron, tensors[0], state, traced)
            results = [done.s_seq, *done.state.values(), done.h_seq, done.v_seq]
            pairs = [
                (result, g)
                for result, g in zip(results, grads, strict=False)
                if g is not None and result is not None and result.requires_grad
            ]
            leaves = [t for t, is_wanted in zip(tensors, wanted, strict=True) if is_wanted]
            found = iter(
                torch.autograd.grad(
                    [result for result, _ in pairs],
                    leaves,
                    [g for _, g in pairs],
                    create_graph=again,
                    allow_unused=True,
                )
            )
        return [next(found) if is_wanted else None for is_wanted in wanted]


class _Fused(torch.autograd.Function):
    """The kernels as a function that autograd knows."""

    @staticmethod
    def forward(ctx: Any, compiled: Compiled, traced: bool, *tensors: torch.Tensor) -> Any:
        """Return S, the final states and, where `traced`, H and V."""
        ctx.save_for_backward(*tensors)
        ctx.compiled, ctx.traced = compiled, traced
        ctx.set_materialize_grads(False)
        return compiled.forward(traced, tensors)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor | None) -> Any:
        """Return the gradients of x, of the first states and of the parameters."""
        tensors = saved(ctx)
        wanted = ctx.needs_input_grad[2:]
        if torch.is_grad_enabled() or not all(map(_has_memory, grads)):
            # create_graph=True, or is_grads_batched=True
            found = ctx.compiled.backward_by_reference(ctx.traced, tensors, grads, wanted)
        else:
            found = ctx.compiled.backward(ctx.traced, tensors, grads, wanted[0])
        return None, None, *found


def _no_kernels_here(x_seq: torch.Tensor) -> str:
    """Return why no compiled kernel can be called just now, or ''."""
    if transformed():
        return "can't be used inside a function transform (torch.func)"
    if type(x_seq) is not torch.Tensor and type(x_seq) is not torch.nn.Parameter:
        return f"can't read the memory of a {type(x_seq).__name__}"
    if _is_made_a_graph():
        return "can't be traced (make_fx, torch.jit.trace)"
    if in_forward_mode():
        return "has no derivative in forward mode"
    return ""


def _has_memory(tensor: torch.Tensor | None) -> bool:
    try:
        return tensor is None or tensor.data_ptr() is not None
    except RuntimeError:  # a stand-in of a function transform
        return False


def _is_made_a_graph() -> bool:
    """Whether make_fx or torch.jit.trace write down what is done; the first only once loaded."""
    proxies = sys.modules.get("torch.fx.experimental.proxy_tensor")
    return is_traced() or (proxies is not None and proxies.get_proxy_mode() is not None)


def fill_in(template: str, parts: Mapping[str, Sequence[str]]) -> str:
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
