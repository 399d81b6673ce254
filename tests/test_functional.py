"""`snnbook.functional`: whole networks."""

import pytest
import torch
from neurons import OldStyleNode, inputs
from torch import nn

from snnbook import functional
from snnbook.neuron import IFNode, LIFNode


def net(step_mode="s"):
    return nn.Sequential(
        nn.Linear(4, 6), LIFNode(step_mode=step_mode), nn.Linear(6, 2), IFNode(step_mode=step_mode)
    )


def test_step_by_step_equals_layer_by_layer():
    torch.manual_seed(0)
    model, x_seq = net(), inputs(7, 5, 4) * 3
    with torch.no_grad():
        model[2].weight.abs_().mul_(3)
    stepwise = functional.multi_step_forward(x_seq, model)
    functional.reset_net(model)
    functional.set_step_mode(model, "m")
    torch.testing.assert_close(stepwise, model(x_seq))
    assert 0 < stepwise.mean() < 1


@pytest.mark.parametrize("several", [list, tuple, nn.ModuleList, lambda a: nn.Sequential(*a)])
def test_multi_step_forward_of_several_modules(several):
    x_seq = inputs(5, 3)
    stepwise = functional.multi_step_forward(x_seq, several([nn.Identity(), IFNode()]))
    assert torch.equal(stepwise, IFNode(step_mode="m")(x_seq))
    assert torch.equal(functional.multi_step_forward(x_seq, several([])), x_seq)


def test_multi_step_forward_refuses_layers_that_want_a_sequence():
    with pytest.raises(ValueError, match=r"layer 1 is in step mode 'm'.*set_step_mode\(net, 's'\)"):
        functional.multi_step_forward(inputs(5, 3, 4), net("m"))
    with pytest.raises(ValueError, match="layer IFNode is in step mode 'm'"):
        functional.multi_step_forward(inputs(5, 3), IFNode(step_mode="m"))


@pytest.mark.parametrize("function", [functional.multi_step_forward, functional.seq_to_ann_forward])
@pytest.mark.parametrize("shape", [(3,), (0, 3)])
def test_sequences_are_checked(function, shape):
    with pytest.raises(ValueError, match=r"wanted a sequence \[T, N, \*\] with T >= 1"):
        function(torch.zeros(shape), nn.Identity())


def test_seq_to_ann_forward():
    conv = nn.Conv2d(1, 2, 3)
    x_seq = inputs(4, 3, 1, 5, 5)
    wanted = torch.stack([conv(x) for x in x_seq])
    torch.testing.assert_close(functional.seq_to_ann_forward(x_seq, conv), wanted)
    flat = functional.seq_to_ann_forward(x_seq, [conv, nn.Flatten()])
    assert flat.shape == (4, 3, 18)


def test_seq_to_ann_forward_refuses_spiking_layers():
    with pytest.raises(ValueError, match="layer 1 has a state"):
        functional.seq_to_ann_forward(inputs(3, 2, 4), net())


def test_reset_net_finds_a_layer_that_was_added_later():
    model = net()
    model(inputs(5, 4))
    functional.reset_net(model)
    model.append(IFNode())
    model(inputs(5, 4))
    functional.reset_net(model)
    assert [model[i].v for i in (1, 3, 4)] == [0.0, 0.0, 0.0]


def test_reset_net_resets_other_stateful_modules_and_the_net_itself():
    class Counter(nn.Module):
        count = 3

        def reset(self):
            self.count = 0

    counter = Counter()
    functional.reset_net(nn.Sequential(counter))
    assert counter.count == 0
    layer = IFNode()
    layer(torch.ones(2))
    functional.reset_net(layer)
    assert layer.v == 0.0


def test_detach_net():
    model = net()
    model(inputs(5, 4))
    assert model[1].v.requires_grad
    values = model[1].v.clone()
    functional.detach_net(model)
    assert not any(model[i].v.requires_grad for i in (1, 3))
    assert torch.equal(model[1].v, values)


def test_set_step_mode():
    model = net()
    functional.set_step_mode(model, "m")
    assert [model[i].step_mode for i in (1, 3)] == ["m", "m"]
    with pytest.raises(ValueError, match="step_mode='x': wanted one of 's', 'm'"):
        functional.set_step_mode(model, "x")


def test_a_step_mode_that_one_module_refuses_is_set_in_none():
    class Fixed(nn.Module):
        step_mode = property(lambda self: "s")

    model = nn.Sequential(IFNode(), Fixed(), LIFNode())
    with pytest.raises(AttributeError):
        functional.set_step_mode(model, "m")
    assert [module.step_mode for module in model] == ["s", "s", "s"]


def test_modules_of_one_class_only():
    model = nn.Sequential(IFNode(), LIFNode(), OldStyleNode())
    functional.set_step_mode(model, "m", instance=LIFNode)
    functional.set_backend(model, "numba", instance=(IFNode, LIFNode))
    assert [layer.step_mode for layer in model] == ["s", "m", "s"]
    assert [layer.backend for layer in model] == ["numba", "numba", "torch"]


def test_set_backend_changes_all_layers_or_none():
    model = nn.Sequential(IFNode(), OldStyleNode())
    functional.set_backend(model, "auto")
    assert [layer.backend for layer in model] == ["auto", "auto"]
    with pytest.raises(ValueError, match="backend of 1='numba': wanted one of 'torch', 'auto'"):
        functional.set_backend(model, "numba")
    assert [layer.backend for layer in model] == ["auto", "auto"]
    with pytest.raises(ValueError, match="backend='cupy': wanted one of 'torch', 'numba', 'tri"):
        functional.set_backend(model, "cupy")


def test_spiking_layers():
    model = nn.Sequential(nn.Linear(2, 2), nn.Sequential(IFNode()))
    assert [name for name, _ in functional.spiking_layers(model)] == ["1.0"]
    assert [name for name, _ in functional.spiking_layers(IFNode())] == ["IFNode"]


def test_a_function_is_not_a_module():
    with pytest.raises(TypeError, match=r"wanted a module that can be called.* not builtin"):
        functional.multi_step_forward(inputs(3, 2), torch.relu)
