"""`snnbook.layer`: what networks need besides neurons."""

import copy
from functools import partial

import pytest
import torch
from neurons import inputs
from torch import nn

from snnbook import functional
from snnbook.layer import Dropout, Recurrent, SeqToANNContainer, SynapseFilter
from snnbook.neuron import ALIFNode, IFNode, LIFNode, LINode


def test_the_container_folds_time_into_the_batch():
    torch.manual_seed(0)
    conv = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten())
    x_seq = inputs(4, 3, 1, 5, 5)
    wanted = copy.deepcopy(conv)(x_seq.reshape(12, 1, 5, 5)).reshape(4, 3, 18)
    container = SeqToANNContainer(*conv)
    torch.testing.assert_close(container(x_seq), wanted)
    net = nn.Sequential(container, LIFNode(step_mode="m"), nn.Linear(18, 2), LINode(step_mode="m"))
    net(x_seq).sum().backward()
    assert conv[0].weight.grad.abs().max() > 0
    functional.set_step_mode(net, "s")
    assert net(x_seq[0]).shape == net.eval()(x_seq[0]).shape == (3, 2)


def test_the_container_refuses_what_has_a_state_and_what_is_no_sequence():
    with pytest.raises(ValueError, match="1 is IFNode, which has a state"):
        SeqToANNContainer(nn.Identity(), IFNode())
    with pytest.raises(ValueError, match="1 is IFNode, which has a state"):
        SeqToANNContainer(nn.Identity()).append(IFNode())
    with pytest.raises(ValueError, match=r"wanted a sequence \[T, N, \*\]"):
        SeqToANNContainer(nn.Identity())(torch.ones(3))
    with pytest.raises(ValueError, match="wanted one of 's', 'm'"):
        SeqToANNContainer(nn.Identity()).step_mode = "x"


@pytest.mark.parametrize("inner", ["s", "m"])
@pytest.mark.parametrize("outer", ["s", "m"])
def test_feedback_equals_a_loop_by_hand(outer, inner):
    torch.manual_seed(0)
    x_seq = inputs(6, 4, 3).requires_grad_()
    net = Recurrent(LIFNode(step_mode=inner), nn.Linear(3, 3), step_mode=outer)
    y_seq = net(x_seq) if outer == "m" else torch.stack([net(x) for x in x_seq])
    hand, feedback = LIFNode(), copy.deepcopy(net.feedback)
    y, wanted = torch.zeros(4, 3), []
    for x in (x_hand := x_seq.detach().clone().requires_grad_()):
        y = hand(x + feedback(y))
        wanted.append(y)
    assert torch.equal(y_seq, torch.stack(wanted))
    assert 0 < y_seq.mean() < 1
    weights = inputs(*y_seq.shape, seed=1)
    (y_seq * weights).sum().backward()
    (torch.stack(wanted) * weights).sum().backward()
    torch.testing.assert_close(x_seq.grad, x_hand.grad)
    torch.testing.assert_close(net.feedback.weight.grad, feedback.weight.grad)
    functional.reset_net(net)
    assert (net.y, net.layer.v) == (0.0, 0.0)


def test_a_step_that_fails_leaves_a_recurrent_layer_as_it_was():
    class Fussy(nn.Linear):
        calls = 0

        def forward(self, y):
            self.calls += 1
            if self.calls == 4:
                raise KeyboardInterrupt
            return super().forward(y)

    net = Recurrent(LIFNode(v_threshold=9.0), Fussy(2, 2), step_mode="m")
    net.feedback = nn.Sequential(net.feedback, IFNode(9.0))
    net(inputs(1, 2))
    v, y, back = net.layer.v.clone(), net.y.clone(), net.feedback[1].v.clone()
    with pytest.raises(KeyboardInterrupt):
        net(inputs(5, 2))
    assert torch.equal(net.layer.v, v)
    assert torch.equal(net.feedback[1].v, back)
    assert back.abs().min() > 0
    assert torch.equal(net.y, y)


def test_neurons_in_the_feedback_follow_the_step_mode():
    net = Recurrent(LIFNode(), nn.Sequential(nn.Linear(2, 2), IFNode()))
    x_seq = inputs(5, 3, 2)
    singly = torch.stack([net(x) for x in x_seq])
    functional.reset_net(net)
    functional.set_step_mode(net, "m")
    assert torch.equal(net(x_seq), singly)


def test_feedback_keeps_the_shape():
    with pytest.raises(ValueError, match="both must keep the shape"):
        Recurrent(nn.LSTM(2, 2))(torch.ones(3, 2))
    with pytest.raises(ValueError, match=r"an input of shape \[4, 1\] became \[4, 3\]"):
        Recurrent(IFNode(), nn.Linear(1, 3))(torch.ones(4, 1))
    with pytest.raises(TypeError, match="layer=3: wanted Module, not int"):
        Recurrent(3)


@pytest.mark.parametrize("backend", ["torch", "numba"])
def test_closed_forms_of_the_filters(backend):
    t = torch.arange(1, 9, dtype=torch.float64)
    ones = torch.ones(8, 1, dtype=torch.float64)
    pulse = torch.cat([ones[:1], 0 * ones[1:]])
    mode = {"step_mode": "m", "backend": backend}
    current = SynapseFilter(tau=4.0, **mode)(pulse)
    torch.testing.assert_close(current[:, 0], 0.75 ** (t - 1))
    readout = LINode(tau=4.0, **mode)(2 * ones)
    torch.testing.assert_close(readout[:, 0], 2 * (1 - 0.75**t))
    sharp = LINode(tau=4.0, decay_input=False, **mode)(2 * ones)
    torch.testing.assert_close(sharp[:, 0], 8 * (1 - 0.75**t))


@pytest.mark.parametrize("backend", ["torch", "numba"])
def test_each_spike_lifts_the_threshold_of_an_adaptive_neuron(backend):
    layer = ALIFNode(tau=1.0, beta=0.5, tau_a=2.0, step_mode="m", backend=backend)
    # H is the input; the threshold is 1 + a / 2, and a follows 0, 1, 1.5, .75, 1.375.
    s_seq = layer(torch.tensor([[1.0], [1.5], [1.7], [1.375], [1.68]]))
    assert s_seq.flatten().tolist() == [1.0, 1.0, 0.0, 1.0, 0.0]
    assert layer.a.tolist() == [0.6875]


def test_dropout_has_one_mask_until_reset():
    torch.manual_seed(0)
    layer, x_seq = Dropout(0.25, step_mode="m"), torch.ones(5, 400)
    y_seq = layer(x_seq)
    assert torch.equal(y_seq, y_seq[:1].expand_as(y_seq))
    assert sorted(y_seq.unique().tolist()) == pytest.approx([0.0, 4 / 3])
    assert 0.15 < (y_seq == 0).float().mean() < 0.35
    assert torch.equal(layer(x_seq), y_seq)
    layer.reset()
    assert not torch.equal(layer(x_seq), y_seq)
    layer.eval()
    assert torch.equal(layer(x_seq), x_seq)
    assert Dropout(1.0, step_mode="m")(x_seq).abs().max() == 0


def put(container, module):
    container[0] = module


PUT = [
    put,
    lambda container, module: container.insert(0, module),
    lambda container, module: setattr(container, "spikes", module),
    lambda container, module: container[1].append(module),
]


@pytest.mark.parametrize("way", PUT)
def test_a_state_is_refused_however_it_came_into_the_container(way):
    container = SeqToANNContainer(nn.Linear(2, 2), nn.Sequential())
    way(container, LIFNode())
    with pytest.raises(ValueError, match="is LIFNode, which has a state"):
        container(torch.ones(3, 1, 2))


@pytest.mark.parametrize("inner", [nn.LSTM(2, 2), nn.Flatten(0)])
def test_folded_modules_give_an_output_for_each_sample(inner):
    for call in (SeqToANNContainer(inner), partial(functional.seq_to_ann_forward, layers=inner)):
        with pytest.raises(ValueError, match=r"the modules gave .*wanted a tensor \[6, \*\]"):
            call(torch.ones(3, 2, 2))


@pytest.mark.parametrize("step_mode", ["s", "m"])
def test_a_batch_norm_beside_a_neuron_in_the_feedback_sees_the_batch(step_mode):
    x_seq, norm = inputs(4, 2, 2), nn.BatchNorm1d(2)
    inside = nn.Sequential(norm, LINode(step_mode=step_mode))
    net = Recurrent(inside, SeqToANNContainer(nn.Linear(2, 2, bias=False)), step_mode="m")
    nn.init.zeros_(net.feedback[0].weight)
    hand = LINode()
    wanted = torch.stack([hand(copy.deepcopy(norm)(x)) for x in x_seq])
    assert torch.equal(net(x_seq), wanted)
    assert (inside[1].step_mode, net.feedback.step_mode) == (step_mode, "m")


def test_a_recurrent_layer_forgets_as_a_whole():
    net = Recurrent(LIFNode(), nn.Linear(2, 2), step_mode="m")
    net(inputs(3, 1, 2))
    net.detach()
    assert not net.layer.v.requires_grad
    net.reset()
    assert (net.y, net.layer.v) == (0.0, 0.0)


def test_dropout_is_0_where_the_input_is_infinite():
    dropped = Dropout(1.0)(torch.tensor([torch.inf, torch.nan, 1.0]))
    assert dropped.tolist() == [0.0, 0.0, 0.0]
