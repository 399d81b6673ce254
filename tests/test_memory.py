"""`snnbook.memory`: what a module remembers from call to call."""

import copy
import pickle

import pytest
import torch
from neurons import inputs
from torch import nn
from torch.nn.utils import parametrize

from snnbook import functional
from snnbook.fields import AtLeast
from snnbook.memory import MemoryModule
from snnbook.neuron import BaseNode, IFNode, LIFNode


class Named(BaseNode):
    """In the manner of SpikingJelly, with a further state that the class names."""

    states = {"w": 0.5}  # noqa: RUF012

    def neuronal_charge(self, x):
        self.w = self.w + x
        self.v = self.v + self.w


class Registered(BaseNode):
    """The same, where each layer registers it."""

    neuronal_charge = Named.neuronal_charge

    def __post_init__(self):
        self.register_memory("w", 0.5)


@pytest.mark.parametrize("kind", [Named, Registered])
def test_a_further_state_is_reset_copied_and_pickled(kind):
    layer = kind(v_threshold=99.0, step_mode="m")
    layer(torch.ones(3, 2))
    assert layer.w.tolist() == [3.5, 3.5]
    assert layer.v.tolist() == [7.5, 7.5]
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert torch.equal(twin.w, layer.w)
        twin.reset()
        assert (twin.w, twin.v) == (0.5, 0.0)
    assert layer.w.tolist() == [3.5, 3.5]
    layer.double()
    assert layer.w.dtype == torch.float64
    functional.reset_net(layer)
    assert (layer.w, layer.v) == (0.5, 0.0)


def test_a_state_is_set_from_below_too():
    layer = LIFNode()
    object.__setattr__(layer, "v", torch.full((2,), 0.5))
    assert layer(torch.zeros(2)).tolist() == [0.0, 0.0]
    assert layer.v.tolist() == [0.25, 0.25]


def test_a_state_is_registered_for_one_module_only():
    one, other = IFNode(), IFNode()
    one.register_memory("w", 1.0)
    assert one.w == 1.0
    assert not hasattr(other, "w")


@pytest.mark.parametrize("backend", ["torch", "numba"])
def test_a_state_that_no_equation_changes_stays(backend):
    layer = IFNode(step_mode="m", backend=backend)
    layer.register_memory("w", 1.0)
    layer(torch.ones(2, 3))
    layer(torch.ones(2, 3))
    assert layer.w.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("name", ["v_threshold", "run", "a b", "class", "_memory", 3])
def test_a_name_that_is_taken_is_refused(name):
    with pytest.raises((AttributeError, TypeError), match="choose another name"):
        IFNode().register_memory(name, 1.0)


def test_a_step_that_fails_leaves_the_state():
    class Fussy(BaseNode):
        def neuronal_charge(self, x):
            self.v = self.v + x
            if x.max() > 3:
                raise KeyboardInterrupt

    layer = Fussy(v_threshold=99.0, step_mode="m")
    layer(torch.ones(2, 1))
    with pytest.raises(KeyboardInterrupt):
        layer(torch.arange(5.0).reshape(5, 1))
    assert layer.v.tolist() == [2.0]


def helper(x):
    return x.mul_(0.5)


@pytest.mark.parametrize(
    "charge",
    [lambda v, x: v + helper(x), lambda v, x: v + torch.mul(x, 0.5, out=x)],
    ids=["helper", "out"],
)
def test_a_step_may_not_change_its_input(charge):
    layer = type("Sly", (BaseNode,), {"charge": charge})()
    with pytest.raises(RuntimeError, match="changed its input in place"):
        layer(torch.ones(2))
    assert layer.v == 0.0


def test_neither_may_a_method():
    class Sly(BaseNode):
        def neuronal_charge(self, x):
            self.v = self.v + x.mul_(0.5)

    with pytest.raises(RuntimeError, match="changed its input in place"):
        Sly()(torch.ones(2))


def test_a_parametrized_layer_with_a_state_is_copied():
    layer = LIFNode(tau=nn.Parameter(torch.tensor(2.0)))
    parametrize.register_parametrization(layer, "tau", AtLeast(1.0))
    x = inputs(3)
    layer(x)
    twin = copy.deepcopy(layer)
    assert torch.equal(twin.v, layer.v)
    assert not twin.v.requires_grad
    assert torch.equal(twin(x), layer(x))


def test_a_module_of_its_own():
    class Sum(MemoryModule):
        states = {"total": 0.0}  # noqa: RUF012

        def _steps(self, x_seq):
            from snnbook.backends import Run
            from snnbook.memory import step_of

            total = self._state_for(step_of(x_seq))["total"] + x_seq.cumsum(0)
            return Run(total, {"total": total[-1]})

    module = Sum(step_mode="m")
    assert module(torch.ones(3, 2))[-1].tolist() == [3.0, 3.0]
    module.step_mode = "s"
    assert module(torch.ones(2)).tolist() == [4.0, 4.0]
    module.reset()
    assert module.total == 0.0


@pytest.mark.parametrize(
    ("threshold", "fits"),
    [
        (torch.tensor(1.0), True),
        (torch.ones(3), False),
        (torch.ones(3, device="meta"), True),
        (torch.ones(4, device="meta"), False),
        (torch.tensor(1.0, dtype=torch.float64, device="meta"), False),
    ],
)
def test_a_value_lies_where_the_input_lies_or_is_one_number(threshold, fits):
    layer, x = LIFNode(v_threshold=threshold), torch.empty(2, 3, device="meta")
    if fits:
        assert layer(x).shape == x.shape
        return
    with pytest.raises(RuntimeError, match="doesn't fit a membrane"):
        layer(x)


def test_without_states_there_are_none():
    assert dict(MemoryModule().states) == {}
    MemoryModule().reset()


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")  # of PyTorch's own code
def test_torch_jit_script_is_refused():
    with pytest.raises(RuntimeError, match=r"LIFNode: torch\.jit\.script can't read"):
        torch.jit.script(LIFNode())


def test_a_value_that_does_not_fit_is_named():
    layer = IFNode()
    layer.register_memory("w", torch.zeros(3))
    with pytest.raises(RuntimeError, match=r"^IFNode: w is \[3\] .*, which doesn't fit"):
        layer(torch.ones(2, 4))


def test_what_is_done_to_a_first_value_leaves_the_field():
    layer = IFNode(v_reset=torch.zeros(3))
    layer.v.add_(1.0)
    assert torch.equal(layer.v_reset, torch.zeros(3))


def test_a_state_that_a_transform_left_is_not_read_but_may_be_set():
    layer = IFNode()
    torch.vmap(layer)(torch.ones(2, 3))
    with pytest.raises(RuntimeError, match=r"IFNode: the state was made inside .* is gone\. Call"):
        _ = layer.v
    layer.v = torch.full((3,), 0.5)
    assert torch.equal(layer.v, torch.full((3,), 0.5))


def test_a_first_value_is_spread_over_the_batch():
    layer = IFNode()
    layer.register_memory("w", torch.tensor([1.0, 2.0, 3.0]))
    layer(torch.ones(2, 3))
    assert layer.w.tolist() == [[1.0, 2.0, 3.0]] * 2
