r"""Layers of spiking neurons: parameters, state and step mode around one equation each.

A step has three parts, in this order (Fang et al. 2023, doi:10.1126/sciadv.adi1480):

- charge: :math:`H[t] = f(V[t-1], X[t])`, one equation per kind of neuron;
- fire: :math:`S[t] = \Theta(H[t] - V_{threshold})`;
- reset: :math:`V[t] = S[t] V_{reset} + (1 - S[t]) H[t]` (hard reset), or
  :math:`V[t] = H[t] - V_{threshold} S[t]` (soft reset, where `v_reset` is None).

Potentials have no unit here. Time is counted in steps, and so are time constants.
"""

import functools
import inspect
import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Self, TypeAlias, cast

import torch
from torch import nn

from . import backends
from .backends import Dynamics, Run, State, membrane_dtype, reference
from .equation import Equation, Formulas, Value, equation, exp, relu, sigmoid, symbol
from .fields import (
    Declared,
    Fraction,
    Number,
    OptionalNumber,
    TimeConstant,
    number,
    one_of,
    own_copy,
)
from .surrogate import Sigmoid

Theta: TypeAlias = Callable[[torch.Tensor], torch.Tensor]
"""A surrogate function: Θ of a tensor, with a gradient for the backward pass."""


def _surrogate(value: Any) -> Theta:
    """Return the layer's own surrogate function; None stands for `Sigmoid`."""
    if value is None:
        return Sigmoid()
    if isinstance(value, type) or not callable(value):
        raise TypeError("wanted a surrogate function, for example surrogate.ATan(), or None")
    return own_copy(value)  # type: ignore[no-any-return]


_SYMBOLS = {"x", "h", "s", "v"}
"""The names that every equation may use: no attribute and no further state has one of them."""


class _StateOf:
    """The attribute of a layer that holds one state: ``layer.v``."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, layer: "BaseNode | None", owner: type) -> Any:
        if layer is None:
            return self
        return layer._memory.get(self.name, layer._initial(self.name))

    def __set__(self, layer: "BaseNode", value: Any) -> None:
        layer._memory[self.name] = value


class BaseNode(Declared):
    r"""A layer of spiking neurons. The input's shape says how many: one for each element.

    A subclass is a neuron. It defines one equation, ``charge``, of ``v``, ``x`` and the names of
    the layer's own attributes::

        class Leaky(BaseNode):
            tau: TimeConstant = 2.0

            def charge(v, x, tau):
                return v + (x - v) / tau

    A further state is named in `states` with its first value (a number or an attribute's name) and
    has an equation ``update_NAME``. It runs before ``charge``; if it reads ``h`` or ``s``, it runs
    after firing instead. In the manner of SpikingJelly, a subclass may also override the methods
    `neuronal_charge`, `neuronal_fire` and `neuronal_reset`, which work on ``self.v``.

    Args:
        v_threshold: the neuron fires where H[t] >= v_threshold.
        v_reset: the potential after a spike (hard reset), or None: subtract v_threshold (soft).
        surrogate_function: Θ with a gradient for the backward pass; None means `Sigmoid`. The
            layer keeps a copy of its own.
        detach_reset: let no gradient flow through the reset.
        step_mode: 's', a call is one step, ``[N, *]``; or 'm', a call is a sequence,
            ``[T, N, *]``.
        backend: what runs the equations over time; see `supported_backends`.
        store_v_seq: keep V of each step of the last call in `v_seq`, shape ``[T, N, *]``
            (step mode 'm' only).

    A number may be given as an int, a float, a floating-point tensor or a parameter. A tensor
    broadcasts to the shape of a step.

    Attributes:
        v: membrane potential V. A float (or the tensor `v_reset`) until the first input gives it a
            shape, dtype and device: the input's, but at least float32. `reset` undoes that.
        v_seq: see `store_v_seq`; None before the first call.

    Raises:
        TypeError: an argument of the wrong type, or a neuron without an equation.
        ValueError: an argument out of its range, an unknown step mode or backend.
    """

    v_threshold: Number = 1.0
    v_reset: OptionalNumber = 0.0
    surrogate_function: Annotated[Theta | None, _surrogate] = None
    detach_reset: bool = False
    step_mode: Annotated[str, one_of("s", "m")] = "s"
    backend: Annotated[str, one_of(*backends.NAMES)] = "torch"
    store_v_seq: bool = False

    states: ClassVar[Mapping[str, str | float]] = {}
    charge: ClassVar[Equation]
    v = _StateOf("v")

    @equation
    def fire(h: Value, v_threshold: Value) -> Value:
        """The argument of Θ."""
        return h - v_threshold

    @equation
    def hard_reset(h: Value, s: Value, v_reset: Value) -> Value:
        """V[t] where `v_reset` is a number."""
        return s * v_reset + (1 - s) * h

    @equation
    def soft_reset(h: Value, s: Value, v_threshold: Value) -> Value:
        """V[t] where `v_reset` is None."""
        return h - v_threshold * s

    _EQUATIONS: ClassVar = ("charge", "fire", "hard_reset", "soft_reset")
    _METHODS: ClassVar = ("neuronal_charge", "neuronal_fire", "neuronal_reset")

    def __init_subclass__(cls, **options: Any) -> None:
        cls.states = {
            n: v for base in reversed(cls.__mro__) for n, v in vars(base).get("states", {}).items()
        }
        cls._check_names()
        for name in cls._EQUATIONS + tuple(f"update_{state}" for state in cls.states):
            written: Any = cls.__dict__.get(name)
            if isinstance(written, staticmethod):
                written = written.__func__
            if inspect.isfunction(written):
                written = Equation(written)
                setattr(cls, name, written)
            if written is None:
                continue
            for argument in written.arguments:  # a plain default in the class body is a field too
                if isinstance(cls.__dict__.get(argument), (bool, int, float, torch.Tensor)):
                    kind = bool if isinstance(cls.__dict__[argument], bool) else Number
                    cls.__annotations__.setdefault(argument, kind)
        for state in cls.states:
            setattr(cls, state, _StateOf(state))
        super().__init_subclass__(**options)

    @classmethod
    def _check_names(cls) -> None:
        """Refuse a class whose names would be taken for something else."""

        def refuse(why: str) -> None:
            raise TypeError(f"class {cls.__name__}: {why}")

        for name in ("single_step_forward", "multi_step_forward"):
            if name in cls.__dict__:
                refuse(f"{name} would never be called; override {', '.join(cls._METHODS)} instead")
        if "charge" in cls.__dict__ and cls.neuronal_charge is not BaseNode.neuronal_charge:
            refuse("it has both charge and neuronal_charge; keep one of them")
        if "reset" in cls.__dict__ and "self" not in inspect.signature(cls.reset).parameters:
            refuse("reset() forgets the state; the equations are hard_reset and soft_reset")
        for state in cls.states:
            own = cls.__dict__.get(state)
            if state in _SYMBOLS or own is not None or hasattr(BaseNode, state):
                refuse(f"a state can't be called {state!r}, which means something else already")
            if not hasattr(cls, f"update_{state}"):
                refuse(f"the state {state!r} has no equation; define update_{state}({state}, …)")
        for name in _SYMBOLS & {*cls.__dict__, *inspect.get_annotations(cls)}:
            refuse(f"{name!r} is a symbol of the equations and can't be an attribute")

    def __init__(self, *values: Any, **named: Any) -> None:
        self._memory: dict[str, Any] = {}
        self._observers: list[Callable[[BaseNode, torch.Tensor, Run], None]] = []
        super().__init__(*values, **named)
        if not hasattr(self, "charge") and not self._by_methods():
            raise TypeError(
                f"{type(self).__name__} has no equation. Define charge(v, x, …) in the class: "
                "the membrane potential before firing, from the one before and the input."
            )
        self.v_seq: torch.Tensor | None = None

    # --- state -----------------------------------------------------------------------------------

    def reset(self) -> None:
        """Forget the past: each state is its first value again, and `v_seq` is None."""
        self._memory.clear()
        self.__dict__["v_seq"] = None

    def detach(self) -> None:
        """Cut the states out of the autograd graph; their values stay."""
        for name, value in self._memory.items():
            if isinstance(value, torch.Tensor):
                self._memory[name] = value.detach()

    def _initial(self, name: str) -> Any:
        """Return the value of a state before the first input."""
        first: Any = self.states[name] if name != "v" else "v_reset"
        value = getattr(self, first) if isinstance(first, str) else first
        return 0.0 if value is None else value.clone() if isinstance(value, torch.Tensor) else value

    def initial_state(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        r"""Return the state before the first step, shaped for input `x`.

        Args:
            x: input of one step, shape ``[N, *]``.

        Returns:
            For each state's name a tensor of x's shape and device, in at least float32.
        """
        x = x.to(membrane_dtype(x.dtype))
        names = ("v", *self.states)
        return {name: self._filled(name, self._initial(name), x).clone() for name in names}

    def _filled(self, name: str, value: Any, like: torch.Tensor) -> torch.Tensor:
        """Return a number, or a tensor of a parameter's shape, in the shape of one step.

        It may be one element expanded, so nothing may be changed in place.
        """
        if isinstance(value, (int, float)):
            return like.new_full((), value).expand_as(like)
        if not isinstance(value, torch.Tensor):
            raise TypeError(
                f"{type(self).__name__}: the state {name} is {type(value).__name__}; wanted a "
                "number or a torch.Tensor"
            )
        self._check_parameter(name, value, like)
        return torch.zeros_like(like) + value

    def _current_state(self, x_seq: torch.Tensor) -> State:
        """Return the state to go on from, checked against the input."""
        like = x_seq[0].detach()
        if like.dtype != torch.float32:
            like = like.to(membrane_dtype(like.dtype))
        state = {}
        for name in ("v", *self.states):
            value = self._memory.get(name)
            if isinstance(value, torch.Tensor):
                self._check_state(name, value, like)
                state[name] = value
            else:  # the first value, or one set by hand
                value = self._initial(name) if name not in self._memory else value
                state[name] = self._filled(name, value, like)
        return state

    def _check_state(self, name: str, value: torch.Tensor, wanted: torch.Tensor) -> None:
        if _alike(value, wanted):
            return
        hint = ""
        if value.shape == wanted.shape[1:] and self.step_mode == "s":
            hint = " If the input is a whole sequence [T, N, *], set step_mode='m'."
        if value.shape[1:] == wanted.shape and self.step_mode == "m":
            hint = " If the input is one step [N, *], set step_mode='s'."
        raise RuntimeError(
            f"{type(self).__name__}: the state {name} is {_describe(value)}, from an earlier "
            f"input, but this input needs {_describe(wanted)}. Call reset() before an input that "
            f"doesn't continue the last one (functional.reset_net(net) for a whole net).{hint}"
        )

    def _check_parameter(self, name: str, value: torch.Tensor, like: torch.Tensor) -> None:
        try:
            fits = torch.broadcast_shapes(value.shape, like.shape) == like.shape
        except RuntimeError:
            fits = False
        fits = fits and torch.promote_types(value.dtype, like.dtype) == like.dtype
        everywhere = value.ndim == 0 and value.device.type == "cpu"  # as for PyTorch's operators
        if not fits or not (everywhere or value.device == like.device):
            raise RuntimeError(
                f"{type(self).__name__}: {name} is {_describe(value)}, which doesn't fit a "
                f"membrane of {_describe(like)}. Give it a shape that broadcasts to one step, and "
                "the input's dtype and device (layer.to(x) moves the layer)."
            )

    # --- running ---------------------------------------------------------------------------------

    @property
    def supported_backends(self) -> tuple[str, ...]:
        """The names that `backend` may take for this layer."""
        return ("torch", "auto") if self._by_methods() else backends.NAMES

    @classmethod
    def _by_methods(cls) -> bool:
        """Whether a step is overridden methods, in the manner of SpikingJelly, not equations."""
        return not (
            cls.neuronal_charge is BaseNode.neuronal_charge
            and cls.neuronal_fire is BaseNode.neuronal_fire
            and cls.neuronal_reset is BaseNode.neuronal_reset
        )

    def _after(self) -> set[str]:
        """Return the names of the states that are updated after firing."""
        return {n for n in self.states if {"h", "s"} & {*getattr(self, f"update_{n}").arguments}}

    def dynamics(self) -> Dynamics:
        """Return the layer's equations with their present parameters, ready for a backend.

        Raises:
            TypeError: the neuron overrides a method such as `neuronal_charge`, so it has no
                complete set of equations.
            AttributeError: an equation names an attribute that the layer doesn't have.
        """
        if self._by_methods():
            raise TypeError(
                f"{type(self).__name__} overrides {' or '.join(self._METHODS)}, so it can only be "
                "called, not run as equations. Define charge(v, x, …) instead."
            )
        return self._dynamics()

    def _dynamics(self) -> Dynamics:
        charge = getattr(self, "charge", None)  # see neuronal_charge
        reset = self.soft_reset if self.v_reset is None else self.hard_reset
        updates = {name: getattr(self, f"update_{name}") for name in self.states}
        after = self._after() if updates else set()
        names = _parameter_names(tuple(updates), charge, self.fire, reset, *updates.values())
        return Dynamics(
            charge=charge,  # type: ignore[arg-type]
            fire=self.fire,
            reset=reset,
            before={name: e for name, e in updates.items() if name not in after},
            after={name: e for name, e in updates.items() if name in after},
            surrogate=cast(Theta, self.surrogate_function),
            parameters={name: self._parameter(name) for name in names},
            detach_reset=self.detach_reset,
        )

    def _parameter(self, name: str) -> Any:
        value = getattr(self, name, _MISSING)
        if value is _MISSING:
            raise AttributeError(
                f"an equation of {type(self).__name__} names '{name}', but the layer has no such "
                f"attribute. Declare it in the class ({name}: Number = …) or set it in __init__."
            )
        return 0.0 if value is None and name == "v_reset" else value

    def run(self, x_seq: torch.Tensor, state: State | None = None, *, trace: bool = False) -> Run:
        r"""Run the layer's equations over a sequence, as a pure function.

        Neither `v` nor any other attribute is read or changed but the parameters.

        Args:
            x_seq: input, shape ``[T, N, *]``, whatever `step_mode` is.
            state: the state before the first step; None means `initial_state`.
            trace: keep H and V of each step too.

        Raises:
            TypeError: x_seq isn't a real tensor, or the neuron overrides a step's methods.
            ValueError: a wrong rank, or T = 0.
            RuntimeError: a state or a parameter doesn't fit the input.
        """
        x_seq = self._checked(x_seq, rank=2)
        neuron = self.dynamics()
        first = self.initial_state(x_seq[0].detach())
        if state is None:
            state = first
        elif set(state) != set(first):
            raise ValueError(
                f"{type(self).__name__}: the state has {sorted(state)}; wanted {sorted(first)}"
            )
        for name, value in state.items():
            if not _alike(value, first[name]):
                raise RuntimeError(
                    f"{type(self).__name__}: the given state {name} is {_describe(value)}, but "
                    f"this input needs {_describe(first[name])}"
                )
        return self._run(neuron, x_seq, state, trace)

    def _run(self, neuron: Dynamics, x_seq: torch.Tensor, state: State, trace: bool) -> Run:
        for name, value in neuron.parameters.items():
            if isinstance(value, torch.Tensor):
                self._check_parameter(name, value, state["v"])
                if value.dtype != state["v"].dtype:  # else a part of an equation is less precise
                    parameters = {**neuron.parameters, name: value.to(state["v"].dtype)}
                    neuron = neuron._replace(parameters=parameters)
        done = backends.run(self.backend, neuron, x_seq, state, trace=trace)
        return self._kept_shape(state, done)

    def _kept_shape(self, before: State, done: Run) -> Run:
        """Return `done`, unless a step gave a state another shape, dtype or device."""
        for name, value in done.state.items():
            if not _alike(value, before[name]):
                raise RuntimeError(
                    f"{type(self).__name__}: a step turned the state {name} from "
                    f"{_describe(before[name])} into {_describe(value)}, but a step keeps shape, "
                    "dtype and device"
                )
        return done

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        r"""Take one step ('s') or a sequence of steps ('m') on from the present state.

        Args:
            x: input, shape ``[N, *]`` in step mode 's' or ``[T, N, *]`` in 'm'. Integer and bool
                input is promoted to the default floating-point dtype.

        Returns:
            Spikes in the shape and dtype of the input (after promotion): 0 or 1, or the values of
            the surrogate function's primitive where its ``spiking`` is False.

        Raises:
            TypeError: x isn't a real tensor.
            ValueError: a rank that doesn't suit the step mode, or T = 0.
            RuntimeError: a state left from an earlier input differs in shape, dtype or device, or
                a parameter doesn't fit the input.
        """
        single = self.step_mode == "s"
        x = self._checked(x, rank=1 if single else 2)
        x_seq = x.unsqueeze(0) if single else x
        state = self._current_state(x_seq)
        trace = bool(self._observers) or (self.store_v_seq and not single)
        if self._by_methods():
            if self.backend not in self.supported_backends:
                raise ValueError(
                    f"{type(self).__name__} overrides {' or '.join(self._METHODS)}, which only "
                    f"backend 'torch' can run, not {self.backend!r}"
                )
            done = self._run_methods(x_seq, state, trace)
        else:
            done = self._run(self._dynamics(), x_seq, state, trace)
        v_seq = done.v_seq if self.store_v_seq and not single else None
        # This goes past nn.Module.__setattr__, which is slow.
        self.__dict__.update(_memory=dict(done.state), v_seq=v_seq)
        for observer in self._observers:
            observer(self, x_seq, done)
        return done.s_seq[0] if single else done.s_seq

    def _checked(self, x: torch.Tensor, rank: int) -> torch.Tensor:
        """Return the input as floating point, or say what is wrong with it."""
        name = type(self).__name__
        if not isinstance(x, torch.Tensor):
            raise TypeError(f"{name}: the input is {type(x).__name__}; wanted a torch.Tensor")
        if x.is_complex():
            raise TypeError(f"{name}: the input's dtype is {x.dtype}; wanted real numbers")
        if x.ndim < rank:
            wanted, way = {
                1: ("one step [N, *] (step_mode='s')", "x.reshape(1) for a single neuron"),
                2: ("a sequence [T, N, *] (step_mode='m')", "step_mode='s' for a single step"),
            }[rank]
            raise ValueError(
                f"{name}: the input has shape {list(x.shape)}; wanted {wanted}. Use {way}."
            )
        if rank == 2 and x.shape[0] == 0:
            raise ValueError(
                f"{name}: the input has shape {list(x.shape)}, so T = 0; wanted at least one time "
                "step in the first dimension of [T, N, *]"
            )
        return x if x.is_floating_point() else x.to(torch.get_default_dtype())

    # --- a step in the manner of SpikingJelly ----------------------------------------------------

    def neuronal_charge(self, x: torch.Tensor) -> None:
        r"""Turn ``self.v`` from V[t-1] into H[t]; a subclass may override it.

        Args:
            x: input of one step, shape ``[N, *]``.
        """
        x = x.to(membrane_dtype(x.dtype))
        h, state = reference.charge(self._dynamics(), x, self._memory)
        self._memory = {**state, "v": h}

    def neuronal_fire(self) -> torch.Tensor:
        """Return the spikes for H[t] in ``self.v``; a subclass may override it."""
        return reference.fire(self._dynamics(), self.v, self._memory)

    def neuronal_reset(self, spike: torch.Tensor) -> None:
        r"""Turn ``self.v`` from H[t] into V[t]; a subclass may override it.

        Args:
            spike: the spikes of this step, shape ``[N, *]``.
        """
        self._memory = dict(reference.reset(self._dynamics(), self.v, spike, self._memory))

    def _run_methods(self, x_seq: torch.Tensor, state: State, trace: bool) -> Run:
        """Run the overridden methods over time; the counterpart of the reference's `run`."""
        self._memory = {name: value.clone() for name, value in state.items()}
        steps = []
        for x in x_seq.unbind(0):
            if self.neuronal_charge(x.to(membrane_dtype(x.dtype))) is not None:  # type: ignore[func-returns-value]
                raise TypeError(
                    f"{type(self).__name__}.neuronal_charge returned a value; it must set self.v"
                )
            h = self.v.clone()  # a copy: the methods may work in place
            s = self.neuronal_fire()
            self.neuronal_reset(s)
            steps.append((s.to(x.dtype), h, self.v.clone()))
        done = Run(torch.stack([s for s, _, _ in steps]), self._memory)
        self._kept_shape(state, done)
        if not trace:
            return done
        return Run(*done[:2], *(torch.stack([step[k] for step in steps]) for k in (1, 2)))

    # --- the rest --------------------------------------------------------------------------------

    def equations(self) -> Formulas:
        """Return the layer's own equations as formulas; a notebook typesets them.

        They are printed from the functions that run, for the layer's reset mode.

        Raises:
            TypeError: the neuron overrides methods instead of defining equations.
            EquationError: an equation can't be traced with symbols.
        """
        neuron = self.dynamics()
        fixed: dict[str, Value] = {
            name: value for name, value in neuron.parameters.items() if isinstance(value, bool)
        }
        if self.v_reset is None:
            fixed["v_reset"] = 0
        letters = {name: name.upper() if len(name) == 1 else symbol(name) for name in self.states}
        now = {"x": "X[t]", "h": "H[t]", "s": "S[t]", "v": "V[t-1]"}
        names = {**now, **{name: f"{letters[name]}[t-1]" for name in self.states}}

        def formula(e: Equation) -> str:
            used = {n: value for n, value in fixed.items() if n in e.arguments}
            return e.latex(names, **used)

        rows = []
        for name, update in neuron.before.items():
            rows.append((f"{letters[name]}[t]", formula(update)))
            names[name] = f"{letters[name]}[t]"  # what follows reads the new value
        rows.append(("H[t]", formula(neuron.charge)))
        rows.append(("S[t]", rf"\Theta\left({formula(neuron.fire)}\right)"))
        rows.append(("V[t]", formula(neuron.reset)))
        rows += [(f"{letters[name]}[t]", formula(e)) for name, e in neuron.after.items()]
        return Formulas(rows)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy or a pickle keeps: everything, the states cut out of the graph."""
        memory = {
            name: value.detach() if isinstance(value, torch.Tensor) else value
            for name, value in self._memory.items()
        }
        v_seq = None if self.v_seq is None else self.v_seq.detach()
        return {**self.__dict__, "_memory": memory, "v_seq": v_seq, "_observers": []}

    def _apply(self, fn: Callable[[torch.Tensor], torch.Tensor], recurse: bool = True) -> Self:
        """Move the states along when the layer is moved, for example by ``layer.to(device)``."""
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        for name, value in self._memory.items():
            if isinstance(value, torch.Tensor):
                moved = fn(value)
                self._memory[name] = value.to(moved.device, membrane_dtype(moved.dtype))
        return self


def _alike(value: Any, wanted: torch.Tensor) -> bool:
    return (
        isinstance(value, torch.Tensor)
        and value.shape == wanted.shape
        and value.dtype == wanted.dtype
        and value.device == wanted.device
    )


_MISSING = object()


@functools.lru_cache(maxsize=1024)
def _parameter_names(states: tuple[str, ...], *equations: Equation | None) -> tuple[str, ...]:
    """Return the names of the attributes that equations use."""
    names = {name for e in equations if e is not None for name in e.arguments}
    return tuple(sorted(names - {*_SYMBOLS, *states}))


def _describe(value: Any) -> str:
    if not isinstance(value, torch.Tensor):
        return f"{value!r} (no tensor)"
    return f"{list(value.shape)} ({str(value.dtype).removeprefix('torch.')}, {value.device})"


# --- the neurons ---------------------------------------------------------------------------------


class IFNode(BaseNode):
    """Integrate-and-fire: the membrane adds up its input and forgets nothing.

    Source: Lapicque 1907, without the leak; see doi:10.1007/s00422-007-0190-0.
    """

    @equation
    def charge(v: Value, x: Value) -> Value:
        """H[t]."""
        return v + x


class LIFNode(BaseNode):
    """Leaky integrate-and-fire: the membrane decays towards its resting value, `v_reset`.

    Source: Gerstner et al. 2014, Neuronal Dynamics, chapter 1.3, doi:10.1017/CBO9781107447615.

    Args:
        tau: membrane time constant, in steps, at least 1.
        decay_input: divide the input by `tau` too. With True, a constant input x settles at
            v_reset + x; with False, at v_reset + tau x.
    """

    tau: TimeConstant = 2.0
    decay_input: bool = True

    @equation
    def charge(v: Value, x: Value, tau: Value, v_reset: Value, decay_input: bool) -> Value:
        """H[t]."""
        if decay_input:
            return v + (x - (v - v_reset)) / tau
        return v - (v - v_reset) / tau + x


_leaky_charge = LIFNode.charge


class ParametricLIFNode(BaseNode):
    """Leaky integrate-and-fire with a learned time constant, one for the whole layer.

    Source: Fang et al. 2021, doi:10.1109/ICCV48922.2021.00266.

    Args:
        init_tau: the time constant to start from, in steps, above 1.
        decay_input: as in `LIFNode`.

    Attributes:
        w: the learned parameter, shape []; 1/tau = sigmoid(w).
    """

    init_tau: Annotated[float, number(above=1.0)] = 2.0
    decay_input: bool = True

    def __post_init__(self) -> None:
        """Create the parameter."""
        self.w = nn.Parameter(torch.tensor(-math.log(self.init_tau - 1)))

    @equation
    def charge(v: Value, x: Value, w: Value, v_reset: Value, decay_input: bool) -> Value:
        """H[t]."""
        if decay_input:
            return v + (x - (v - v_reset)) * sigmoid(w)
        return v - (v - v_reset) * sigmoid(w) + x


class QIFNode(BaseNode):
    """Quadratic integrate-and-fire: above `v_c` the membrane drives itself upwards.

    Source: Gerstner et al. 2014, chapter 5.3; Latham et al. 2000, doi:10.1152/jn.2000.83.2.808.

    Args:
        tau: membrane time constant, in steps, at least 1.
        v_c: critical potential, above which the potential rises by itself.
        a0: strength of the quadratic term.
        v_rest: resting potential.
    """

    tau: TimeConstant = 2.0
    v_c: Number = 0.8
    a0: Number = 1.0
    v_threshold: Number = 1.0
    v_rest: Number = 0.0
    v_reset: OptionalNumber = -0.1

    @equation
    def charge(v: Value, x: Value, tau: Value, v_c: Value, a0: Value, v_rest: Value) -> Value:
        """H[t]."""
        return v + (x + a0 * (v - v_rest) * (v - v_c)) / tau


class EIFNode(BaseNode):
    """Exponential integrate-and-fire: the upstroke of a spike as an exponential.

    Source: Fourcaud-Trocmé et al. 2003, doi:10.1523/JNEUROSCI.23-37-11628.2003.

    Args:
        tau: membrane time constant, in steps, at least 1.
        delta_T: sharpness of the upstroke, above 0. Where it is much smaller than the potentials,
            the exponential overflows: the potential is infinite, and NaN after a hard reset.
        theta_rh: rheobase threshold, where the upstroke sets in.
        v_rest: resting potential.
    """

    tau: TimeConstant = 2.0
    delta_T: Annotated[float | torch.Tensor, number(above=0.0)] = 1.0
    theta_rh: Number = 0.8
    v_threshold: Number = 1.0
    v_rest: Number = 0.0
    v_reset: OptionalNumber = -0.1

    @equation
    def charge(
        v: Value, x: Value, tau: Value, delta_T: Value, theta_rh: Value, v_rest: Value
    ) -> Value:
        """H[t]."""
        return v + (x + v_rest - v + delta_T * exp((v - theta_rh) / delta_T)) / tau


class IzhikevichNode(BaseNode):
    """A quadratic neuron with a second state, `w`, that adapts to its own firing.

    With ``a = b = 0``, the defaults, nothing adapts. Source: Izhikevich 2003,
    doi:10.1109/TNN.2003.820440, in the discrete form of SpikingJelly.

    Args:
        tau: membrane time constant, in steps, at least 1.
        v_c: critical potential.
        a0: strength of the quadratic term.
        v_rest: resting potential.
        w_rest: first value of the adaptation w.
        tau_w: time constant of the adaptation, in steps, at least 1.
        a: how strongly w follows the membrane potential.
        b: what each spike adds to w.
    """

    tau: TimeConstant = 2.0
    v_c: Number = 0.8
    a0: Number = 1.0
    v_threshold: Number = 1.0
    v_reset: OptionalNumber = 0.0
    v_rest: Number = -0.1
    w_rest: Number = 0.0
    tau_w: TimeConstant = 2.0
    a: Number = 0.0
    b: Number = 0.0

    states: ClassVar = {"w": "w_rest"}

    @equation
    def charge(
        v: Value, x: Value, w: Value, tau: Value, v_c: Value, a0: Value, v_rest: Value
    ) -> Value:
        """H[t]."""
        return v + (x + a0 * (v - v_rest) * (v - v_c) - w) / tau

    @equation
    def update_w(
        w: Value, h: Value, s: Value, a: Value, b: Value, tau_w: Value, v_rest: Value
    ) -> Value:
        """W[t]: it follows the membrane potential, and each spike adds to it."""
        return w + (a * (h - v_rest) - w) / tau_w + b * s


class KLIFNode(BaseNode):
    """Leaky integrate-and-fire with a learned gain k before firing.

    Source: Jiang & Zhang 2023, arXiv:2302.09238.

    Args:
        tau: membrane time constant, in steps, at least 1.
        decay_input: as in `LIFNode`.
        scale_reset: divide the potential by k again at reset.

    Attributes:
        k: the learned gain, shape [], 1 at first.
    """

    tau: TimeConstant = 2.0
    decay_input: bool = True
    scale_reset: bool = False

    def __post_init__(self) -> None:
        """Create the parameter."""
        self.k = nn.Parameter(torch.tensor(1.0))

    @equation
    def charge(
        v: Value, x: Value, k: Value, tau: Value, v_reset: Value, decay_input: bool
    ) -> Value:
        """H[t], which is never negative."""
        return relu(k * _leaky_charge(v, x, tau, v_reset, decay_input))

    @equation
    def hard_reset(h: Value, s: Value, k: Value, v_reset: Value, scale_reset: bool) -> Value:
        """V[t] where `v_reset` is a number."""
        return s * v_reset + (1 - s) * (h / k if scale_reset else h)

    @equation
    def soft_reset(h: Value, s: Value, k: Value, v_threshold: Value, scale_reset: bool) -> Value:
        """V[t] where `v_reset` is None."""
        return (h - v_threshold * s) / k if scale_reset else h - v_threshold * s


class CUBALIFNode(BaseNode):
    """Current-based leaky integrate-and-fire: a synaptic current `i` filters the input.

    SnnTorch calls it Synaptic, with alpha for c and beta for d. Source: Neftci, Mostafa & Zenke
    2019, doi:10.1109/MSP.2019.2931595.

    Args:
        c: what the current keeps from one step to the next, from 0 to 1.
        d: what the membrane keeps from one step to the next, from 0 to 1.
    """

    c: Fraction = 0.5
    d: Fraction = 0.5

    states: ClassVar = {"i": 0.0}

    @equation
    def update_i(i: Value, x: Value, c: Value) -> Value:
        """I[t], the synaptic current."""
        return c * i + x

    @equation
    def charge(v: Value, i: Value, d: Value) -> Value:
        """H[t]."""
        return d * v + i
