"""What a module remembers from one call to the next: state, reset, detach, step mode.

A neuron, a recurrent layer, a synapse and a readout stand on `MemoryModule`. Whoever resets,
detaches, copies or switches a whole net knows only this floor.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Self

import torch

from .backends.dynamics import Run, State, alike, is_traced, membrane_dtype, transformed
from .fields import FLOATS, Declared, number, one_of, read, shown, taken

__all__ = ["MemoryModule", "StateOf", "cut", "step_of"]


class StateOf:
    """The attribute of a module that holds one state: ``layer.v``."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, module: "MemoryModule | None", owner: type) -> Any:
        if module is None:
            return self
        if self.name in (memory := module._alive()):
            return memory[self.name]
        value = module._first_value(self.name)
        if isinstance(value, torch.Tensor):  # from now on it is a state that may be changed
            module._memory[self.name] = value
        return value

    def __set__(self, module: "MemoryModule", value: Any) -> None:
        module._set_state(self.name, value)

    def __delete__(self, module: "MemoryModule") -> None:
        raise AttributeError(
            f"{type(module).__name__}: the state {self.name} can't be deleted; reset() forgets it"
        )


class MemoryModule(Declared):
    r"""Base of all modules that remember something between two calls.

    A subclass names what it remembers in `states`, each with its first value: a number, or the name
    of an attribute. It says in ``_steps`` how a sequence goes on from the present state.

    Args:
        step_mode: 's', a call is one step, ``[N, *]``; or 'm', a call is a sequence,
            ``[T, N, *]``. A module that has just been reset can't tell the two apart: in step mode
            's' it takes ``[T, N, *]`` for one step of T samples.

    Raises:
        TypeError: in a class body, a state whose name means something else already.
    """

    step_mode: Annotated[str, one_of("s", "m")] = "s"

    states: ClassVar[Mapping[str, str | float]] = {}

    _memory: dict[str, Any]
    """The states but for those that are still first values. A call replaces it as a whole."""
    _first: dict[str, str | float]
    _inside: bool

    def __init_subclass__(cls, **options: Any) -> None:
        own = cls.__dict__.get("states", {})
        if not isinstance(own, Mapping):
            raise TypeError(
                f"class {cls.__name__}: states={shown(own)}; wanted each state with its first "
                'value: states = {"a": 0.0}'
            )
        for state in own:
            hides = state in cls.__dict__ or taken(cls, state) or state in cls._fields
            if hides and not isinstance(getattr(cls, str(state), None), StateOf):
                raise TypeError(
                    f"class {cls.__name__}: a state can't be called {state!r}, which means "
                    "something else already; choose another name"
                )
        cls.states = {
            n: v for base in reversed(cls.__mro__) for n, v in vars(base).get("states", {}).items()
        }
        super().__init_subclass__(**options)
        for state in own:
            setattr(cls, state, StateOf(state))

    def __init__(self, *values: Any, **named: Any) -> None:
        self.__dict__.update(_memory={}, _first=dict(self.states), _inside=False)
        super().__init__(*values, **named)

    # --- state -----------------------------------------------------------------------------------

    def reset(self) -> None:
        """Forget the past: each state is its first value again."""
        self.__dict__.update(_memory={}, _inside=False)

    def detach(self) -> None:
        """Cut the states out of the autograd graph; their values stay."""
        self.__dict__["_memory"] = {name: cut(value) for name, value in self._alive().items()}

    def register_memory(self, name: str, value: float | str) -> None:
        """Add a state to this module only, as in SpikingJelly; `states` adds one to a class.

        Args:
            name: the state's name; from now on ``module.name`` is the state.
            value: its first value, or the name of the attribute that is it.

        Raises:
            AttributeError: the name means something else already, or is none.
        """
        state = isinstance(getattr(type(self), str(name), None), StateOf)
        if not state and (taken(type(self), name) or hasattr(self, name)):
            raise AttributeError(
                f"{type(self).__name__}: a state can't be called {name!r}; choose another name"
            )
        self._first[name] = value
        if not isinstance(getattr(type(self), name, None), StateOf):
            setattr(type(self), name, StateOf(name))

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.__dict__.get("_first", ()):
            self._set_state(name, value)
        else:
            super().__setattr__(name, value)

    def _set_state(self, name: str, value: Any) -> None:
        self.__dict__.update(_memory={**self._memory, name: value}, _inside=False)

    def _first_value(self, name: str) -> Any:
        """Return the value of a state before the first input."""
        first: Any = self._first.get(name, name)
        if first == name or (isinstance(first, str) and not hasattr(self, first)):
            why = f"the state {name} begins as {first!r}; wanted a number, or an attribute's name"
            raise AttributeError(f"{type(self).__name__}: {why}")
        value = getattr(self, first) if isinstance(first, str) else first
        return 0.0 if value is None else value.clone() if isinstance(value, torch.Tensor) else value

    def _alive(self) -> dict[str, Any]:
        """Return the states but for the first values, unless a function transform has left them."""
        if self._inside and self._memory and not transformed():
            raise RuntimeError(
                f"{type(self).__name__}: the state was made inside a function transform "
                "(torch.func) and is gone. Call reset(); inside a transform use functional.run."
            )
        return self._memory

    def _state_for(self, like: torch.Tensor) -> State:
        """Return the state to go on from, checked against a step of the input."""
        state, memory = {}, self._alive()
        for name in self._first:
            value = memory.get(name)
            if not isinstance(value, torch.Tensor):  # the first value, or one set by hand
                value = memory.get(name, self._first_value(name))
                state[name] = self._spread(name, value, like)
                continue
            self._check_state(name, value, like)
            state[name] = value.clone() if _from_inference(value) else value
        return state

    def _spread(self, name: str, value: Any, like: torch.Tensor) -> torch.Tensor:
        """Return a number, or a tensor of a parameter's shape, in the shape of one step.

        It may be one element expanded, so nothing may be changed in place.
        """
        if not isinstance(value, torch.Tensor):
            value = read(f"{type(self).__name__}: the state {name}", number(), value)
            return like.new_full((), value).expand_as(like)
        self._check_parameter(name, value, like)
        return torch.zeros_like(like) + value

    def _check_state(self, name: str, value: torch.Tensor, wanted: torch.Tensor) -> None:
        if alike(value, wanted):
            return
        hint = ""
        if value.shape == wanted.shape[1:] and self.step_mode == "s":
            hint = " If the input is a whole sequence [T, N, *], set step_mode='m'."
        if value.shape[1:] == wanted.shape and self.step_mode == "m":
            hint = " If the input is one step [N, *], set step_mode='s'."
        raise RuntimeError(
            f"{type(self).__name__}: the state {name} is {shown(value)}, from an earlier "
            f"input, but this input needs {shown(wanted)}. Call reset() before an input that "
            f"doesn't continue the last one (functional.reset_net(net) for a whole net).{hint}"
        )

    def _check_parameter(self, name: str, value: torch.Tensor, like: torch.Tensor) -> None:
        """Raise an error unless a tensor broadcasts to one step of the input."""
        try:
            fits = torch.broadcast_shapes(value.shape, like.shape) == like.shape
        except RuntimeError:
            fits = False
        fits = fits and torch.promote_types(value.dtype, like.dtype) == like.dtype
        everywhere = value.ndim == 0 and value.device.type == "cpu"  # as for PyTorch's operators
        if not fits or not (everywhere or value.device == like.device):
            raise RuntimeError(
                f"{type(self).__name__}: {name} is {shown(value)}, which doesn't fit a "
                f"membrane of {shown(like)}. Give it a shape that broadcasts to one step, and "
                "the input's dtype and device (layer.to(x) moves the layer)."
            )

    # --- a call ----------------------------------------------------------------------------------

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        r"""Take one step ('s') or a sequence of steps ('m') on from the present state.

        Args:
            x: input, shape ``[N, *]`` in step mode 's' or ``[T, N, *]`` in 'm'. Integer and bool
                input is promoted to the default floating-point dtype.

        Returns:
            The output of the step or of each step, in the dtype of the input (after promotion).

        Raises:
            TypeError: x isn't a real, dense tensor.
            ValueError: a rank that doesn't suit the step mode, or T = 0.
            RuntimeError: a state left from an earlier input differs in shape, dtype or device, or
                a parameter doesn't fit the input; or the call is part of something that would lose
                the state: an export, a trace, a recomputation in a backward pass.
        """
        if torch.compiler.is_exporting() or is_traced():
            raise RuntimeError(
                f"{type(self).__name__}: an exported or traced layer would forget its state "
                "between two calls. Export its pure form, y_seq, state = functional.run(layer, "
                "x_seq, state), which takes the state and returns it."
            )
        if _in_backward_pass():
            raise RuntimeError(
                f"{type(self).__name__} was called again in a backward pass, as "
                "torch.utils.checkpoint does, but its state has moved on since. Checkpoint its "
                "pure form: functional.run(layer, x_seq, state)."
            )
        single = self.step_mode == "s"
        x = self._checked(x, rank=1 if single else 2)
        x_seq = x.unsqueeze(0) if single else x
        before = [(z, _version(z)) for z in (x_seq, *self._memory.values())]
        done = self._steps(x_seq)
        if any(_version(z) != was for z, was in before):
            raise RuntimeError(
                f"{type(self).__name__}: a step changed its input in place, which belongs to the "
                "caller, or a state. Write y = x * 0.5, not x.mul_(0.5)."
            )
        self._keep_run(x_seq, done)
        return done.s_seq[0] if single else done.s_seq

    def _steps(self, x_seq: torch.Tensor) -> Run:
        """Return what the module does with a sequence, from the present state on."""
        raise NotImplementedError

    def _keep_run(self, x_seq: torch.Tensor, done: Run) -> None:
        """Keep the state after a call. Only here does a call change the module."""
        # This goes past nn.Module.__setattr__, which is slow.
        self.__dict__["_memory"] = done.state
        self.__dict__["_inside"] = transformed()

    def _checked(self, x: torch.Tensor, rank: int) -> torch.Tensor:
        """Return the input as floating point, or say what is wrong with it."""
        name = type(self).__name__
        if not isinstance(x, torch.Tensor):
            raise TypeError(f"{name}: the input is {type(x).__name__}; wanted a torch.Tensor")
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
        if x.layout is not torch.strided or x.is_nested:
            kind = "nested" if x.is_nested else x.layout
            raise TypeError(f"{name}: the input is {kind}; wanted a dense tensor, x.to_dense()")
        if x.dtype in FLOATS:
            return x
        if x.dtype not in _WHOLE:
            raise TypeError(
                f"{name}: the input's dtype is {x.dtype}; wanted real numbers: x.float() or x.real"
            )
        return x.to(torch.get_default_dtype())

    # --- copies and moves ------------------------------------------------------------------------

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy or a pickle keeps: everything, the states cut out of the graph."""
        memory = {name: cut(value) for name, value in self._alive().items()}
        return {**super().__getstate__(), "_memory": memory}

    def _apply(self, fn: Callable[[torch.Tensor], torch.Tensor], recurse: bool = True) -> Self:
        """Move the states along when the module is moved, for example by ``layer.to(device)``."""
        memory = dict(self._alive())
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        for name, value in memory.items():
            if isinstance(value, torch.Tensor):
                moved = fn(value)
                memory[name] = value.to(moved.device, membrane_dtype(moved.dtype))
        self.__dict__["_memory"] = memory
        return self

    def _replicate_for_data_parallel(self) -> Any:
        raise RuntimeError(
            f"{type(self).__name__}: nn.DataParallel runs copies of a layer and throws them away, "
            "with the state that they reached. Use torch.nn.parallel.DistributedDataParallel."
        )

    def __prepare_scriptable__(self) -> Any:
        raise RuntimeError(
            f"{type(self).__name__}: torch.jit.script can't read an equation. Use torch.compile; "
            "or export the pure form, functional.run, with torch.export."
        )


def step_of(x_seq: torch.Tensor) -> torch.Tensor:
    """Return a step of the input in the dtype of the membrane."""
    return x_seq[0].detach().to(membrane_dtype(x_seq.dtype))


_WHOLE = {torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64}
_WHOLE |= {torch.uint16, torch.uint32, torch.uint64}


def cut(value: Any) -> Any:
    """Return a tensor without its graph, and anything else as it is."""
    return value.detach() if isinstance(value, torch.Tensor) else value


def _from_inference(value: torch.Tensor) -> bool:
    """Whether a state was left by a call in inference mode, which is over."""
    if torch.compiler.is_compiling():
        return False
    return value.is_inference() and not torch.is_inference_mode_enabled()


def _version(x: Any) -> int:
    """Return how often a tensor was changed in place, where PyTorch counts that."""
    if torch.compiler.is_compiling() or not isinstance(x, torch.Tensor) or x.is_inference():
        return 0
    return x._version


def _in_backward_pass() -> bool:
    """Whether autograd runs a backward pass just now; PyTorch has no public word for it."""
    return not torch.compiler.is_compiling() and torch._C._current_graph_task_id() != -1
