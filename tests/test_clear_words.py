"""Wrong use gets a clear word, and what works elsewhere works here."""

import copy
import pickle
from functools import partial
from typing import ClassVar

import pytest
import torch
from neurons import OldStyleNode
from torch import nn

from snnbook import functional, surrogate
from snnbook.equation import EquationError
from snnbook.layer import SeqToANNContainer, SynapseFilter
from snnbook.neuron import ALIFNode, BaseNode, IFNode, LIFNode, LINode
from snnbook.node import Node
from snnbook.record import Recorder
from snnbook.surrogate import heaviside
from snnbook.symbolic import derivative, expression, latex

BACKENDS = ["torch", "numba"]


def net():
    return nn.Sequential(nn.Linear(2, 2), IFNode())


def test_a_modules_own_detach_and_reset_are_called():
    class Counter(nn.Module):
        calls = ()

        def detach(self):
            self.calls += ("detach",)

        def reset(self):
            functional.reset_net(self)
            self.calls += ("reset",)

    counter = Counter()
    functional.detach_net(nn.Sequential(counter))
    functional.reset_net(nn.Sequential(counter))
    assert counter.calls == ("detach", "reset")


def test_a_penalty_on_what_was_recorded_has_a_gradient():
    model = net()
    with Recorder(model, detach=False) as record:
        model(torch.ones(3, 2))
    record["1"].s.mean().backward()
    assert model[0].weight.grad.abs().max() > 0


def test_a_pure_run_is_recorded():
    layer = IFNode()
    with Recorder(layer) as record:
        functional.run(layer, torch.ones(4, 2))
    assert record.only.s.shape == (4, 2)


@pytest.mark.parametrize("wrong", [{"layers": 3}, {"quantities": 3}, {"layers": "IFNode"}])
def test_what_to_record_is_a_list(wrong):
    with pytest.raises(ValueError, match="wanted a list of some of"):
        Recorder(IFNode(), **wrong)


REPEATED = [(kind, b) for kind in (IFNode, ALIFNode, LINode, SynapseFilter) for b in BACKENDS]
REPEATED += [(OldStyleNode, "torch"), (partial(IFNode, surrogate_function=torch.sigmoid), "torch")]


@pytest.mark.parametrize("step_mode", ["s", "m"])
@pytest.mark.parametrize(("kind", "backend"), REPEATED)
def test_a_second_backward_pass_names_the_remedy(kind, backend, step_mode):
    layer, x = kind(step_mode=step_mode, backend=backend), torch.ones(2, 2, requires_grad=True)
    layer(x).sum().backward()
    with pytest.raises(RuntimeError) as caught:
        layer(x).sum().backward()
    notes = "".join(caught.value.__notes__)
    assert "functional.reset_net(net)" in notes
    assert "functional.detach_net(net)" in notes


@pytest.mark.parametrize("wanted", [3.0, "a", None])
def test_a_method_that_sets_v_to_something_else(wanted):
    class Own(BaseNode):
        def neuronal_charge(self, x):
            self.v = wanted

    with pytest.raises(TypeError, match=r"neuronal_charge set self\.v to"):
        Own()(torch.ones(2))


@pytest.mark.parametrize("charge", [lambda v, x: x > v, lambda v, x: (v + x).long(), lambda v: 1.0])
def test_a_charge_that_gives_no_potential(charge):
    kind = type("Own", (BaseNode,), {"charge": charge})
    with pytest.raises(TypeError, match="must return a value for each neuron"):
        kind()(torch.ones(2))


@pytest.mark.parametrize("theta", [torch.sum, lambda u: 1.0, lambda u: None, torch.Tensor.double])
def test_a_surrogate_function_gives_a_spike_for_each_neuron(theta):
    for kind in (IFNode, type("Own", (IFNode,), {"fire": lambda h: h.sum()})):
        with pytest.raises(TypeError, match="each must return a value for each neuron"):
            kind(surrogate_function=theta)(torch.ones(2))


@pytest.mark.parametrize("name", ["fire", "hard_reset", "soft_reset", "neuronal_charge"])
def test_a_node_without_spikes_refuses_what_would_never_run(name):
    with pytest.raises(TypeError, match=f"class Own: {name} would never run.*BaseNode"):
        type("Own", (Node,), {"charge": lambda v, x: v + x, name: lambda h: h})


@pytest.mark.parametrize("name", ["charge", "fire", "hard_reset", "soft_reset", "update_a"])
def test_an_equation_reads_what_each_neuron_has(name):
    states = {"a": 0.0} if name == "update_a" else {}
    with pytest.raises(TypeError, match=f"{name} reads nothing that each neuron has of its own"):
        type("Own", (LIFNode,), {"states": states, name: lambda v_threshold: v_threshold})


def test_an_equation_may_read_another_state_alone():
    class Own(LIFNode):
        states: ClassVar = {"a": 0.0}

        def update_a(a, x):
            return a + x

        def fire(a, v_threshold):
            return a - v_threshold

        def hard_reset(v):
            return v / 2

    x_seq = torch.tensor([[0.6], [0.6], [0.6]])
    spikes = [Own(step_mode="m", backend=b)(x_seq).flatten().tolist() for b in ("torch", "numba")]
    assert spikes == [[0, 1, 1]] * 2


def test_states_name_their_first_values():
    with pytest.raises(TypeError, match="wanted each state with its first value"):
        type("Own", (LIFNode,), {"states": ["a"]})


def test_a_state_is_not_deleted():
    layer = IFNode()
    layer(torch.ones(2) / 2)
    with pytest.raises(AttributeError, match="the state v can't be deleted; reset"):
        del layer.v
    assert torch.equal(layer.v, torch.ones(2) / 2)


@pytest.mark.parametrize("value", [1, 1.5, "a", torch.ones(2)])
def test_what_a_method_sets_is_a_state(value):
    class Own(BaseNode):
        def neuronal_charge(self, x):
            self.v = self.v + x
            self.last = value

    layer = Own()
    with pytest.raises(TypeError, match=r"a step set self\.last, which reset\(\) would not forget"):
        layer(torch.ones(2))
    assert layer.v == 0.0


def test_the_first_state_of_no_tensor():
    with pytest.raises(TypeError, match=r"the input is list; wanted a torch\.Tensor"):
        IFNode().initial_state([1.0])


def test_a_nested_tensor_is_refused():
    ragged = torch.nested.nested_tensor([torch.ones(2), torch.ones(3)], layout=torch.jagged)
    with pytest.raises((TypeError, ValueError), match="IFNode: the input"):
        IFNode()(ragged)


@pytest.mark.parametrize("use", [Recorder, functional.reset_net, functional.detach_net])
def test_one_layer_at_two_places(use):
    layer = IFNode(step_mode="m")
    with pytest.raises(ValueError, match=r"one IFNode stands at two places.*copy\.deepcopy"):
        use(nn.Sequential(nn.Linear(2, 2), layer, nn.Linear(2, 2), layer))
    block = nn.Sequential(nn.Linear(2, 2), layer)
    for twice in (nn.Sequential(layer, block), nn.Sequential(block, nn.Sequential(block))):
        with pytest.raises(ValueError, match="one IFNode stands at two places"):
            use(nn.ModuleList([twice]))
    own = nn.Module()  # another name for it is no second place
    own.chain, own.last = nn.Sequential(nn.Linear(2, 2), layer), layer
    use(own)


@pytest.mark.parametrize("chain", [nn.ModuleDict({"a": IFNode()}), nn.Module(), "ab", [1], None])
def test_a_chain_of_what_cannot_be_called(chain):
    for apply in (functional.multi_step_forward, functional.seq_to_ann_forward):
        with pytest.raises(
            TypeError, match=r"wanted a (module that can be called|list of modules)"
        ):
            apply(torch.ones(3, 2), chain)


@pytest.mark.parametrize(
    ("make", "near"),
    [
        (lambda: LIFNode(tua=2.0), "'tau'"),
        (lambda: LIFNode(v_treshold=2.0), "'v_threshold'"),
        (lambda: LIFNode(backend="nmba"), "'numba'"),
        (lambda: LIFNode(step_mode="M"), "'m'"),
        (lambda: functional.set_backend(IFNode(), "tirton"), "'triton'"),
    ],
)
def test_the_nearest_name_is_offered(make, near):
    with pytest.raises((TypeError, ValueError), match=f"Did you mean {near}"):
        make()


@pytest.mark.parametrize(
    "call",
    [
        lambda: heaviside(3),
        lambda: heaviside(torch.ones(2, dtype=torch.int64)),
        lambda: latex(3),
        lambda: expression(lambda x: x),
        lambda: derivative("x", "x"),
        lambda: SeqToANNContainer(nn.Linear(2, 2))([1.0]),
        lambda: type("Own", (LIFNode,), {"states": 3}),
    ],
)
def test_what_is_no_tensor_and_no_equation(call):
    with pytest.raises((TypeError, ValueError), match="; wanted "):
        call()


class Nothing(surrogate.Surrogate):
    def primitive(u):
        return None


def with_equations(base, **members):
    return type("Own", (base,), members)


def taught(charge):
    return with_equations(BaseNode, charge=charge)


@pytest.mark.parametrize(
    ("name", "equation"),
    [
        ("charge", lambda v, x, h: v + x + h),
        ("charge", lambda v, x, s: v + x + s),
        ("fire", lambda h, s: h - s),
    ],
)
def test_an_equation_reads_what_is_there_already(name, equation):
    with pytest.raises(TypeError, match=f"{name} reads [hs] too early"):
        with_equations(LIFNode, **{name: equation})


@pytest.mark.parametrize("update", [lambda w, h: w + h, lambda w, s: w + s])
def test_an_update_of_what_does_not_fire_reads_no_spikes(update):
    with pytest.raises(TypeError, match=r"update_w reads [hs] too early"):
        with_equations(Node, charge=lambda v, x: v + x, states={"w": 0.0}, update_w=update)


@pytest.mark.parametrize("value", [None, {"k": 2.0}, [2.0]])
def test_an_equation_reads_numbers(value):
    layer = taught(lambda v, x, k: v + x * k)()
    layer.k = value
    with pytest.raises(AttributeError, match=r"reads k, which is .* here; wanted a number"):
        layer(torch.ones(2))


def test_a_name_of_the_layer_is_no_number():
    with pytest.raises(AttributeError, match="reads reset, which is <bound method"):
        taught(lambda v, x, reset: v + x)()(torch.ones(2))


def test_methods_belong_to_a_class():
    layer = LIFNode()
    with pytest.raises(TypeError, match="define a class with neuronal_charge"):
        layer.neuronal_charge = lambda x: None


def test_to_fire_is_not_enough():
    with pytest.raises(TypeError, match=r"has no equation. Define charge"):
        with_equations(BaseNode, neuronal_fire=lambda self: self.v)()


def test_spikes_have_the_dtype_of_the_membrane():
    layer = with_equations(LIFNode, neuronal_fire=lambda self: self.v >= 1)()
    with pytest.raises(TypeError, match=r"returned \[2\] \(bool, cpu\); wanted spikes"):
        layer(torch.ones(2))
    with pytest.raises(TypeError, match=r"gave \[2\] \(bool, cpu\) for a membrane of"):
        LIFNode(surrogate_function=lambda u: u > 0)(torch.ones(2))


@pytest.mark.parametrize("first", ["nonsense", "w"])
def test_a_first_value_is_there(first):
    layer = with_equations(LIFNode, states={"w": first}, update_w=lambda w, x: w + x)()
    with pytest.raises(AttributeError, match=f"the state w begins as '{first}'"):
        layer(torch.ones(2))


def test_a_sparse_state_is_told_from_a_dense_one():
    sparse = torch.zeros(2).to_sparse()
    with pytest.raises(RuntimeError, match=r"given state v is \[2\] \(float32, cpu, sparse_coo\)"):
        functional.run(LIFNode(), torch.ones(3, 2), {"v": sparse})
    with pytest.raises(TypeError, match="sparse_coo"):
        surrogate.ATan()(sparse)


def test_a_surrogate_function_has_an_equation():
    with pytest.raises(TypeError, match="has no equation; define primitive"):
        type("Own", (surrogate.Surrogate,), {})()
    with pytest.raises(EquationError, match="it gives None, no number"):
        Nothing().gradient(torch.ones(2))


def test_a_choice_in_an_equation_names_where():
    with pytest.raises(RuntimeError) as caught:
        taught(lambda v, x: min(v, 1) + x)()(torch.ones(2))
    assert "where(a > b, x, y)" in caught.value.__notes__[0]


@pytest.mark.parametrize("module", [nn.LSTM(2, 2), nn.Identity()])
def test_each_step_gives_a_tensor(module):
    x_seq = torch.ones(3, 1, 2)
    if isinstance(module, nn.LSTM):
        with pytest.raises(ValueError, match="multi_step_forward: a step gave "):
            functional.multi_step_forward(x_seq, module)
    else:
        assert torch.equal(functional.multi_step_forward(x_seq, module), x_seq)


def test_a_state_that_a_step_registers_is_a_tensor():
    class Late(BaseNode):
        def neuronal_charge(self, x):
            if "w" not in self._first:
                self.register_memory("w", 0.0)
            self.w = self.w + (x if self.right else 1)
            self.v = self.v + self.w

    for right in (True, False):
        layer = Late()
        layer.right = right
        if right:
            layer(torch.ones(2))
            assert layer.w.tolist() == [1.0, 1.0]
        else:
            with pytest.raises(RuntimeError, match=r"the state w from \[2\] .* into 1"):
                layer(torch.ones(2))


USES = [
    copy.deepcopy,
    pickle.dumps,
    lambda layer: layer.double(),
    lambda layer: layer.detach(),
    lambda layer: layer(torch.ones(4, 2)),
]


@pytest.mark.parametrize("use", USES)
def test_a_state_that_a_transform_left_is_gone(use):
    layer = LIFNode(step_mode="m", store_v_seq=True)
    torch.func.vmap(layer)(torch.ones(3, 4, 2))
    with pytest.raises(RuntimeError, match=r"is gone. Call reset\(\)"):
        use(layer)
    layer.reset()
    use(layer)
