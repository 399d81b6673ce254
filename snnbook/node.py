r"""One equation, run over time as a layer.

A step has three parts, in this order (Fang et al. 2023, doi:10.1126/sciadv.adi1480):

- charge: :math:`H[t] = f(V[t-1], X[t])`, one equation per kind of neuron;
- fire: :math:`S[t] = \Theta(H[t] - V_{threshold})`;
- reset: :math:`V[t] = S[t] V_{reset} + (1 - S[t]) H[t]` (hard reset), or
  :math:`V[t] = H[t] - V_{threshold} S[t]` (soft reset, where `v_reset` is None).

Potentials have no unit here. Time is counted in steps, and so are time constants.
"""

import copy
import functools
import graphlib
import inspect
import numbers
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, ClassVar, TypeAlias, cast

import torch

from . import backends
from .backends import Dynamics, Run, State, reference
from .backends.dynamics import alike, membrane_dtype, saved, transformed
from .backends.plan import Plan, plan_for
from .equation import Equation
from .fields import Number, OptionalNumber, one_of, shown
from .memory import MemoryModule, StateOf, cut, step_of
from .surrogate import Sigmoid
from .symbolic import Formulas, latex, symbol

__all__ = ["BaseNode", "Node", "Theta"]

Theta: TypeAlias = Callable[[torch.Tensor], torch.Tensor]
"""A surrogate function: Θ of a tensor, with a gradient for the backward pass."""

_SYMBOLS = {"x", "h", "s", "v"}
"""The names that every equation may use: no field and no further state has one of them."""

_FIRING = ("fire", "hard_reset", "soft_reset")
_BY_METHODS = ("neuronal_charge", "neuronal_fire", "neuronal_reset")


def _surrogate(value: Any) -> Theta:
    """Return the layer's own surrogate function; None stands for `Sigmoid`."""
    if value is None:
        return Sigmoid()
    if isinstance(value, type) or not callable(value):
        raise TypeError("wanted a surrogate function, for example surrogate.ATan(), or None")
    return copy.deepcopy(value)  # type: ignore[no-any-return]


class Node(MemoryModule):
    r"""A layer of one equation, run over time: no spikes, its output is the potential itself.

    A subclass defines ``charge``, of ``v``, ``x``, its states and fields. The value of each is a
    field, an annotated name of the class; see `BaseNode`.

    Args:
        step_mode: see `MemoryModule`.
        backend: what runs the equations over time; see `supported_backends`.
        store_v_seq: keep V of each step of the last call in `v_seq`, shape ``[T, N, *]``
            (step mode 'm' only).

    Attributes:
        v: membrane potential V. A float until the first input gives it a shape, dtype and device:
            the input's, but at least float32. `reset` undoes that.
        v_seq: see `store_v_seq`; None before the first call.

    Raises:
        TypeError: an argument of the wrong type, or a class without an equation.
        ValueError: an argument out of its range, an unknown step mode or backend.
    """

    step_mode: Annotated[str, one_of("s", "m")] = "s"
    backend: Annotated[str, one_of(*backends.NAMES)] = "torch"
    store_v_seq: bool = False

    charge: ClassVar[Equation]
    v: ClassVar[Any] = StateOf("v")

    _observers: list[Callable[["Node", torch.Tensor, Run], None]]
    _plan: Plan | None
    v_seq: torch.Tensor | None

    _EQUATIONS: ClassVar[tuple[str, ...]] = ("charge",)
    _METHODS: ClassVar[tuple[str, ...]] = ()
    _order: ClassVar[tuple[tuple[str, ...], tuple[str, ...]]] = ((), ())
    _v_first: ClassVar[str | float] = 0.0

    def __init_subclass__(cls, **options: Any) -> None:
        own = cls.__dict__.get("states", {})
        named = own if isinstance(own, Mapping) else ()  # MemoryModule says what is wrong with it
        names = _SYMBOLS & {*named, *cls.__dict__, *inspect.get_annotations(cls)}
        if names and cls.__name__ != "Node":
            cls._refuse(f"{min(names)!r} is a symbol of the equations; no state or field has it")
        for name in (*_FIRING, *_BY_METHODS):
            if name in cls.__dict__ and name not in (*cls._EQUATIONS, *cls._METHODS):
                cls._refuse(f"{name} would never run: a Node has no spikes. Derive from BaseNode")
        written = [n for n in cls.__dict__ if n in cls._EQUATIONS or n.startswith("update_")]
        for name in written:
            function: Any = cls.__dict__[name]
            function = function.__func__ if isinstance(function, staticmethod) else function
            if not isinstance(function, Equation):
                setattr(cls, name, Equation(function))
        super().__init_subclass__(**options)
        for name in written:
            if name.startswith("update_") and name.removeprefix("update_") not in cls.states:
                state = name.removeprefix("update_")
                cls._refuse(f"{name} would never run; name its state: states = {{{state!r}: 0.0}}")
        cls._order = cls._ordered()
        for name, one in cls._equations().items():
            if not {*_SYMBOLS, *cls.states} & {*one.arguments}:
                cls._refuse(
                    f"{name} reads nothing that each neuron has of its own, so it gives one value "
                    "for all; name what it is of: v, x, h, s or a state"
                )
            late = "hs" if name == "charge" or len(cls._EQUATIONS) == 1 else "s" * (name == "fire")
            for argument in one.arguments:
                if argument in late:
                    cls._refuse(f"{name} reads {argument} too early: charge gives h, fire gives s")
                plain = getattr(cls, argument, None)
                if argument in cls._fields or argument in {*_SYMBOLS, *cls.states}:
                    continue
                if plain is not None and not hasattr(plain, "__get__"):
                    cls._refuse(
                        f"{name} reads {argument}, a plain value of the class. A value is a field "
                        f"because it is annotated: write {argument}: Number = {plain!r}"
                    )

    @classmethod
    def _refuse(cls, why: str) -> None:
        raise TypeError(f"class {cls.__name__}: {why}")

    @classmethod
    def _equations(cls) -> dict[str, Equation]:
        """Return the class's equations by name."""
        names = (*cls._EQUATIONS, *(f"update_{state}" for state in cls.states))
        return {name: getattr(cls, name) for name in names if hasattr(cls, name)}

    @classmethod
    def _ordered(cls) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the states that are updated before charging and after firing, in their order.

        An update that reads ``h`` or ``s`` comes after firing. Of those on one side, each reads the
        new value of every other state that it names, in whichever order `states` names them.
        """
        reads = {}
        for state in sorted(cls.states):
            update = getattr(cls, f"update_{state}", None)
            if update is not None:
                reads[state] = {*update.arguments}
            elif not cls._by_methods():
                cls._refuse(
                    f"the state {state!r} has no equation; define update_{state}({state}, …)"
                )
        after = {state for state, arguments in reads.items() if {"h", "s"} & arguments}
        sides = []
        for side in (reads.keys() - after, after):
            graph = {state: (reads[state] & side) - {state} for state in sorted(side)}
            try:
                sides.append(tuple(graphlib.TopologicalSorter(graph).static_order()))
            except graphlib.CycleError as error:
                circle = " and ".join(sorted({*error.args[1]}))
                cls._refuse(f"the updates of {circle} read each other's new values; let one not")
        return sides[0], sides[1]

    @classmethod
    def _by_methods(cls) -> list[str]:
        """Return the methods that are overridden, in the manner of SpikingJelly: not equations."""
        base = next(kind for kind in cls.__mro__ if "_METHODS" in kind.__dict__)
        return [name for name in cls._METHODS if getattr(cls, name) is not getattr(base, name)]

    def __init__(self, *values: Any, **named: Any) -> None:
        self.__dict__.update(_observers=[], _plan=None, v_seq=None)
        super().__init__(*values, **named)
        self.__dict__["_first"] = {"v": self._v_first, **self._first}
        if not hasattr(self, "charge") and "neuronal_charge" not in self._by_methods():
            raise TypeError(
                f"{type(self).__name__} has no equation. Define charge(v, x, …) in the class: "
                "the membrane potential before firing, from the one before and the input."
            )

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._equations() or name in self._METHODS:
            raise TypeError(
                f"{type(self).__name__}: an equation belongs to a class, not to one layer; define "
                f"a class with {name}(…) of its own"
            )
        super().__setattr__(name, value)

    def reset(self) -> None:
        """Forget the past: each state is its first value again, and `v_seq` is None."""
        super().reset()
        self.__dict__["v_seq"] = None

    def initial_state(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        r"""Return the state before the first step, shaped for input `x`.

        Args:
            x: input of one step, shape ``[N, *]``.

        Returns:
            For each state's name a tensor of x's shape and device, in at least float32.
        """
        x = self._checked(x, rank=0)
        x = x.to(membrane_dtype(x.dtype))
        return {n: self._spread(n, self._first_value(n), x).clone() for n in self._first}

    # --- running ---------------------------------------------------------------------------------

    @property
    def supported_backends(self) -> tuple[str, ...]:
        """The names that `backend` may take for this layer."""
        return ("torch", "auto") if self._by_methods() else backends.NAMES

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
        charge = getattr(self, "charge", None)  # None: see BaseNode.neuronal_charge
        before, after = ({n: getattr(self, f"update_{n}") for n in side} for side in self._order)
        neuron = Dynamics(charge, None, None, before, after, cast(Theta, None), {}, False)
        return self._with_parameters(neuron)

    def _with_parameters(self, neuron: Dynamics) -> Dynamics:
        names = {argument for one in neuron.equations() for argument in one.arguments}
        names -= {*_SYMBOLS, *self._first}
        return neuron._replace(parameters={name: self._parameter(name) for name in sorted(names)})

    def _parameter(self, name: str) -> Any:
        value = getattr(self, name, None)
        if not isinstance(value, numbers.Real | str | torch.Tensor) and name != "v_reset":
            raise AttributeError(
                f"an equation of {type(self).__name__} reads {name}, which is {shown(value)} here; "
                f"wanted a number or a tensor. Declare it in the class ({name}: Number = …) or set "
                "it in __init__."
            )
        return 0.0 if value is None else value

    def _steps(self, x_seq: torch.Tensor) -> Run:
        trace = bool(self._observers) or (self.store_v_seq and self.step_mode == "m")
        if torch.compiler.is_compiling():
            return self._while_compiling(x_seq, None, trace)
        plan, memory = plan_for(self, x_seq), self._memory
        if memory and memory is plan.left:
            state = memory
        elif plan.first is not None and not memory:
            state = plan.first
        else:
            state = self._state_for(step_of(x_seq))
        done = plan.run(x_seq, state, trace)
        if done.s_seq.requires_grad:
            done = _watched(done)
        plan.left = done.state
        return done

    def _while_compiling(self, x_seq: torch.Tensor, state: State | None, trace: bool) -> Run:
        """Run without a plan, for torch.compile and torch.export to follow."""
        like = step_of(x_seq)
        neuron = self.dynamics()
        for name, value in neuron.parameters.items():
            if isinstance(value, torch.Tensor):
                self._check_parameter(name, value, like)
        state = self._state_for(like) if state is None else state
        return backends.run_while_compiling(self.backend, neuron, x_seq, state, trace)

    def _keep_run(self, x_seq: torch.Tensor, done: Run) -> None:
        super()._keep_run(x_seq, done)
        self.__dict__["v_seq"] = done.v_seq if self.store_v_seq and self.step_mode == "m" else None
        for observer in self._observers:
            observer(self, x_seq, done)

    def run(self, x_seq: torch.Tensor, state: State | None = None, *, trace: bool = False) -> Run:
        r"""Run the layer's equations over a sequence, as a pure function.

        Neither `v` nor any other attribute is read or changed but the parameters.

        Args:
            x_seq: input, shape ``[T, N, *]``, whatever `step_mode` is.
            state: the state before the first step; None means `initial_state`.
            trace: keep H and V of each step too.

        Raises:
            TypeError: x_seq isn't a real tensor, the state no dict, or the neuron overrides a
                step's methods.
            ValueError: a wrong rank, T = 0, or a state with other names than the layer's.
            RuntimeError: a state or a parameter doesn't fit the input.
        """
        x_seq = self._checked(x_seq, rank=2)
        if state is not None:
            self._check_given(state, step_of(x_seq))
        trace = trace or bool(self._observers)
        if torch.compiler.is_compiling():
            state = self.initial_state(x_seq[0].detach()) if state is None else state
            return self._while_compiling(x_seq, state, trace)
        plan = plan_for(self, x_seq)
        if state is None:
            state = plan.first or self.initial_state(x_seq[0].detach())
        done = plan.run(x_seq, state, trace)
        for observer in self._observers:
            observer(self, x_seq, done)
        return done

    def _check_given(self, state: State, like: torch.Tensor) -> None:
        name = type(self).__name__
        if not isinstance(state, Mapping):
            raise TypeError(
                f"{name}: the state is {shown(state)}; wanted a dict of tensors by name"
            )
        if set(state) != set(self._first):
            raise ValueError(f"{name}: the state has {sorted(state)}; wanted {sorted(self._first)}")
        for key, value in state.items():
            if not alike(value, like):
                raise RuntimeError(
                    f"{name}: the given state {key} is {shown(value)}, but this input needs "
                    f"{shown(like)}"
                )

    # --- the rest --------------------------------------------------------------------------------

    def equations(self) -> Formulas:
        """Return the layer's own equations as formulas; a notebook typesets them.

        They are printed from the functions that run, for the layer's reset mode.

        Raises:
            TypeError: the neuron overrides methods instead of defining equations.
            EquationError: an equation can't be traced with symbols.
        """
        neuron = self.dynamics()
        fixed = {n: value for n, value in neuron.parameters.items() if isinstance(value, bool)}
        if getattr(self, "v_reset", self) is None:
            fixed["v_reset"] = 0
        letters = {name: name.upper() if len(name) == 1 else symbol(name) for name in self._first}
        names = {"x": "X[t]", "h": "H[t]", "s": "S[t]"}
        names |= {name: f"{letters[name]}[t-1]" for name in self._first}

        def formula(e: Equation) -> str:
            return latex(e, names, **{n: v for n, v in fixed.items() if n in e.arguments})

        def updated(updates: Mapping[str, Equation]) -> Iterator[tuple[str, str]]:
            for name, update in updates.items():
                yield f"{letters[name]}[t]", formula(update)
                names[name] = f"{letters[name]}[t]"  # what follows reads the new value

        rows = [*updated(neuron.before)]
        if neuron.fire is None or neuron.reset is None:
            return Formulas([*rows, ("V[t]", formula(neuron.charge))])
        rows.append(("H[t]", formula(neuron.charge)))
        rows.append(("S[t]", rf"\Theta\left({formula(neuron.fire)}\right)"))
        after = [*updated(neuron.after)]
        return Formulas([*rows, ("V[t]", formula(neuron.reset)), *after])

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy or a pickle keeps: no plan, no observer, no graph."""
        # super() first: it sees that a state is gone.
        return {**super().__getstate__(), "_plan": None, "v_seq": cut(self.v_seq), "_observers": []}


class BaseNode(Node):
    r"""A layer of spiking neurons. The input's shape says how many: one for each element.

    A subclass is a neuron. It defines one equation, ``charge``, of ``v``, ``x`` and the names of
    the layer's own fields, which are annotated::

        class Leaky(BaseNode):
            tau: TimeConstant = 2.0

            def charge(v, x, tau):
                return v + (x - v) / tau

    A further state is named in `states` with its first value (a number or an attribute's name) and
    has an equation ``update_NAME``. It runs before ``charge``; if it reads ``h`` or ``s``, it runs
    after firing instead. Where updates name each other's states, each reads the new values.
    In the manner of SpikingJelly, a subclass may also override the methods `neuronal_charge`,
    `neuronal_fire` and `neuronal_reset`, which work on ``self.v`` and the further states.

    Args:
        v_threshold: the neuron fires where H[t] >= v_threshold.
        v_reset: the potential after a spike (hard reset), or None: subtract v_threshold (soft).
        surrogate_function: Θ with a gradient for the backward pass; None means `Sigmoid`. The
            layer keeps a copy of its own.
        detach_reset: let no gradient flow through the reset.
        step_mode: see `MemoryModule`.
        backend: what runs the equations over time; see `supported_backends`.
        store_v_seq: keep V of each step of the last call in `v_seq`, shape ``[T, N, *]``
            (step mode 'm' only).

    A number may be given as an int, a float, a floating-point tensor or a parameter, finite. A
    tensor broadcasts to the shape of a step. H[t] and the further states stop at the largest number
    of their dtype: where a neuron runs away, or its input is infinite, it fires and goes on, and
    through that step flows no gradient. Quadratic and exponential neurons with a soft reset do run
    away: one spike takes v_threshold off a potential that drives itself upwards. A membrane that is
    not a number (NaN) gives NaN for its spikes, so that it doesn't pass for a silent one.

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

    _EQUATIONS: ClassVar[tuple[str, ...]] = ("charge", *_FIRING)
    _METHODS: ClassVar[tuple[str, ...]] = _BY_METHODS
    _v_first: ClassVar[str | float] = "v_reset"
    _now: ClassVar[torch.Tensor | None] = None
    """The input of the step that overridden methods take just now."""

    def fire(h, v_threshold):
        """The argument of Θ."""
        return h - v_threshold

    def hard_reset(h, s, v_reset):
        """V[t] where `v_reset` is a number."""
        return s * v_reset + (1 - s) * h

    def soft_reset(h, s, v_threshold):
        """V[t] where `v_reset` is None."""
        return h - v_threshold * s

    def __init_subclass__(cls, **options: Any) -> None:
        for name in ("single_step_forward", "multi_step_forward"):
            if name in cls.__dict__:
                cls._refuse(
                    f"{name} would never be called; override {', '.join(cls._METHODS)} instead"
                )
        if "charge" in cls.__dict__ and cls.neuronal_charge is not BaseNode.neuronal_charge:
            cls._refuse("it has both charge and neuronal_charge; keep one of them")
        own_reset = cls.__dict__.get("reset")
        if callable(own_reset) and "self" not in inspect.signature(own_reset).parameters:
            cls._refuse("reset() forgets the state; the equations are hard_reset and soft_reset")
        super().__init_subclass__(**options)

    def _dynamics(self) -> Dynamics:
        reset = self.soft_reset if self.v_reset is None else self.hard_reset
        theta = cast(Theta, self.surrogate_function)
        neuron = super()._dynamics()._replace(fire=self.fire, reset=reset, surrogate=theta)
        return self._with_parameters(neuron._replace(detach_reset=self.detach_reset))

    # --- a step in the manner of SpikingJelly ----------------------------------------------------

    def neuronal_charge(self, x: torch.Tensor) -> None:
        r"""Turn ``self.v`` from V[t-1] into H[t]; a subclass may override it.

        Args:
            x: input of one step, shape ``[N, *]``.
        """
        x = x.to(membrane_dtype(x.dtype))
        h, state = reference.charge(self._dynamics(), x, self._memory)
        self.__dict__["_memory"] = {**state, "v": h}

    def neuronal_fire(self) -> torch.Tensor:
        """Return the spikes for H[t] in ``self.v``; a subclass may override it."""
        x = cast(torch.Tensor, self._now)
        return reference.fire(self._dynamics(), x, self.v, self._memory)

    def neuronal_reset(self, spike: torch.Tensor) -> None:
        r"""Turn ``self.v`` from H[t] into V[t]; a subclass may override it.

        Args:
            spike: the spikes of this step, shape ``[N, *]``.
        """
        x = cast(torch.Tensor, self._now)
        self.__dict__["_memory"] = reference.reset(self._dynamics(), x, self.v, spike, self._memory)

    def __setattr__(self, name: str, value: Any) -> None:
        if self._now is not None and name not in self._first:
            raise TypeError(
                f"{type(self).__name__}: a step set self.{name}, which reset() would not forget. "
                f"Name it as a state of the class, states = {{{name!r}: 0.0}}, or, where it is to "
                "outlive reset(), keep it outside of the layer."
            )
        super().__setattr__(name, value)

    def _steps(self, x_seq: torch.Tensor) -> Run:
        return self._by_overridden_methods(x_seq) if self._by_methods() else super()._steps(x_seq)

    def _by_overridden_methods(self, x_seq: torch.Tensor) -> Run:
        """Run the overridden methods over time; the counterpart of the reference's `run`."""
        name = type(self).__name__
        if self.backend not in self.supported_backends:
            raise ValueError(
                f"{name} overrides {' or '.join(self._METHODS)}, which only backend 'torch' can "
                f"run, not {self.backend!r}"
            )
        memory, state = self._memory, self._state_for(step_of(x_seq))
        self.__dict__["_memory"] = {key: value.clone() for key, value in state.items()}
        steps = []
        try:
            for x in x_seq.unbind(0):
                self.__dict__["_now"] = x.to(membrane_dtype(x.dtype))
                _nothing(f"{name}.neuronal_charge", self.neuronal_charge(self._now), self.v)  # type: ignore[func-returns-value]
                self.__dict__["_memory"] = {n: reference.capped(z) for n, z in self._memory.items()}
                h = self.v.clone()  # a copy: the methods may work in place
                s = self.neuronal_fire()
                if not alike(s, h):
                    raise TypeError(
                        f"{name}.neuronal_fire returned {shown(s)}; wanted spikes for a membrane "
                        f"of {shown(h)}"
                    )
                _nothing(f"{name}.neuronal_reset", self.neuronal_reset(s.clone()), self.v)  # type: ignore[func-returns-value]
                steps.append((s.to(x.dtype), h, self.v.clone()))
            left = self._memory
        finally:  # whatever happened: only `_keep_run` changes the layer
            self.__dict__.update(_memory=memory, _now=None)
        s_seq, h_seq, v_seq = (torch.stack(rows) for rows in zip(*steps, strict=True))
        done = reference.checked(state, Run(s_seq, left, h_seq, v_seq), x, s)
        return done if torch.compiler.is_compiling() else _watched(done)


def _nothing(method: str, returned: Any, v: Any) -> None:
    if not isinstance(v, torch.Tensor):
        raise TypeError(f"{method} set self.v to {shown(v)}; wanted a value for each neuron")
    if returned is not None:
        raise TypeError(f"{method} returned a value; it must set self.v and return nothing")


def _watched(done: Run) -> Run:
    """Let a backward pass from a later call say what to do, where this call's is done already."""
    node: Any = done.s_seq.grad_fn
    for _ in range(3):  # what made the output: Θ, a kernel, or H's limits; it was stacked and cast
        if node is not None and _saved_in(node) is None:
            node = node.next_functions[-1][0] if node.next_functions else None
    name = _saved_in(node)
    if name is None or transformed():
        return done
    state = dict(done.state)
    for key, value in state.items():
        if value.requires_grad and value.grad_fn is not node:
            state[key] = value.view_as(value)  # only a later call's gradient comes this way
            state[key].register_hook(functools.partial(_look_back, node, name))
    return done._replace(state=state)


def _saved_in(node: Any) -> str | None:
    """Return the attribute in which a node keeps tensors; reading it would unpack them."""
    names = ("saved_tensors", "_saved_self", "_saved_result")
    return next((name for name in names if hasattr(type(node), name)), None)


def _look_back(node: Any, name: str, gradient: torch.Tensor) -> None:
    saved(node, name)
