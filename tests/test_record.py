"""`snnbook.record`: what a run did."""

import copy
import pickle

import pytest
import torch
from neurons import LIBRARY, OWN, inputs
from torch import nn

from snnbook.neuron import IFNode, LIFNode
from snnbook.record import Recorder


@pytest.mark.parametrize("kind", LIBRARY + OWN, ids=lambda kind: kind.__name__)
def test_both_step_modes_are_recorded_alike(kind):
    x_seq = inputs(9, 2, 3).requires_grad_()
    layer = kind()
    with Recorder(layer) as singly:
        for x in x_seq:
            layer(x)
    layer.reset()
    layer.step_mode = "m"
    with Recorder(layer) as at_once:
        layer(x_seq[:4])
        layer(x_seq[4:])
    for name in ("x", "h", "s", "v"):
        one, other = getattr(singly.only, name), getattr(at_once.only, name)
        assert one.shape == (9, 2, 3)
        assert not one.requires_grad
        assert torch.equal(one, other)


def test_the_record_obeys_the_three_equations():
    layer = IFNode(v_reset=None, step_mode="m")
    with Recorder(layer) as record:
        layer(inputs(30, 8))
    x, h, s, v = (getattr(record.only, name) for name in "xhsv")
    before = torch.cat([torch.zeros(1, 8), v[:-1]])
    assert torch.equal(h, before + x)
    assert torch.equal(s, (h >= 1).float())
    assert torch.equal(v, h - s)


def test_layers_by_name():
    net = nn.Sequential(nn.Linear(3, 4), LIFNode(), nn.Sequential(IFNode()))
    with Recorder(net) as record:
        net(inputs(2, 3))
    assert list(record) == ["1", "2.0"]
    assert len(record) == 2
    assert record["1"].v.shape == (1, 2, 4)
    assert torch.equal(record["2.0"].x, record["1"].s)
    with pytest.raises(KeyError, match=r"no spiking layer '0'; there are 1, 2\.0"):
        record["0"]
    with pytest.raises(ValueError, match=r"2 layers: choose one of 1, 2\.0"):
        _ = record.only


def test_chosen_layers_and_quantities_in_several_blocks():
    net = nn.Sequential(LIFNode(step_mode="m"), IFNode(step_mode="m"))
    with Recorder(net) as whole, Recorder(net, ["1"], ["s", "h"]) as chosen:
        net(inputs(3, 2))
    net(inputs(5, 2))
    with whole, chosen:
        net(inputs(4, 2))
    assert list(chosen) == ["1"]
    assert chosen.only.s.shape == (7, 2)
    for name in "sh":
        assert torch.equal(getattr(chosen["1"], name), getattr(whole["1"], name))
    with pytest.raises(AttributeError, match=r"layer 1: v was not recorded; .*asked for s, h"):
        _ = chosen.only.v


def test_recording_stops_with_the_block_even_after_an_error():
    layer = IFNode()
    recorder = Recorder(layer)

    def fail():
        with recorder:
            layer(torch.ones(2))
            layer(torch.tensor(1.0))

    with pytest.raises(ValueError, match="shape"):
        fail()
    layer(torch.ones(2))
    assert recorder.only.s.shape == (1, 2)
    assert layer._observers == []


def test_recording_does_not_change_the_run():
    layer = LIFNode(step_mode="m")
    x_seq = inputs(5, 3)
    with Recorder(layer) as outer, Recorder(layer) as inner:
        recorded = layer(x_seq)
    layer.reset()
    assert torch.equal(layer(x_seq), recorded)
    assert torch.equal(outer.only.v, inner.only.v)


def test_nothing_to_record():
    with pytest.raises(ValueError, match="no spiking layer in this Linear"):
        Recorder(nn.Linear(2, 2))


def test_an_empty_record_says_so():
    with Recorder(IFNode()) as record:
        pass
    with pytest.raises(RuntimeError, match="IFNode was recorded with no step"):
        _ = record.only.v


def test_inputs_of_different_shapes_in_one_recording():
    layer = IFNode()
    with Recorder(layer) as record:
        layer(torch.ones(2))
        layer.reset()
        layer(torch.ones(3))
    with pytest.raises(RuntimeError, match=r"different inputs, \[2\].* and \[3\]"):
        _ = record.only.s


def test_a_record_is_a_copy():
    net = nn.Sequential(IFNode(step_mode="m"), nn.Dropout(0.5, inplace=True))
    torch.manual_seed(0)
    buffer = torch.full((4, 50), 2.0)
    with Recorder(net) as record:
        net(buffer)
    buffer.zero_()
    assert record["0"].s.unique().tolist() == [1.0]
    assert record["0"].x.unique().tolist() == [2.0]


def test_inputs_of_different_dtypes_are_not_joined():
    layer = LIFNode()
    with Recorder(layer) as record:
        layer(torch.ones(2))
        layer.reset()
        layer(torch.ones(2, dtype=torch.float64))
    with pytest.raises(RuntimeError, match=r"float32, cpu.* and .*float64, cpu"):
        record.only.s  # noqa: B018


def test_a_recorder_records_each_step_once():
    layer = LIFNode()
    with Recorder(layer) as record:
        with pytest.raises(RuntimeError, match="records already"), record:
            pass
        layer(torch.ones(2))
    assert record.only.s.shape == (1, 2)


def test_a_record_is_copied_and_says_what_it_has():
    layer = LIFNode()
    with Recorder(layer) as record:
        layer(torch.ones(2))
    for again in (copy.deepcopy(record), pickle.loads(pickle.dumps(record))):
        assert torch.equal(again.only.v, record.only.v)
    with pytest.raises(AttributeError, match=r"w was not recorded; .* for x, h, s, v"):
        record.only.w  # noqa: B018


@pytest.mark.parametrize("detach", [1, None, "no"])
def test_to_detach_is_true_or_false(detach):
    with pytest.raises(ValueError, match=r"Recorder: detach=.*: wanted one of True, False"):
        Recorder(LIFNode(), detach=detach)
