"""Wrong use gets a clear word, and what works elsewhere works here."""

import pytest
import torch
from torch import nn

from snnbook import functional
from snnbook.neuron import BaseNode, IFNode
from snnbook.record import Recorder


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


@pytest.mark.parametrize("backend", ["torch", "numba"])
def test_a_second_backward_pass_names_the_remedy(backend):
    layer, x = IFNode(step_mode="m", backend=backend), torch.ones(2, 2, requires_grad=True)
    layer(x).sum().backward()
    with pytest.raises(RuntimeError) as caught:
        layer(x).sum().backward()
    assert "detach_net" in "".join(caught.value.__notes__)


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
