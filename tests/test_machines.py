"""Random sequences of calls: a layer's memory is that of a pure function and a dict.

Hypothesis drives a layer through inputs, resets, copies, switches, refused calls and interrupts.
The reference has no memory: it is `functional.run`, whose state is a dict here in the test.
"""

import copy
import pickle
from unittest import mock

import pytest
import torch
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from laws import law

from snnbook import functional, layer, neuron
from snnbook.backends import reference

# Only + - * / in these, so every backend and step mode gives the same bits.
KINDS = {
    "IFNode": neuron.IFNode,
    "IFNode, soft": lambda: neuron.IFNode(v_reset=None),
    "LIFNode": neuron.LIFNode,
    "LIFNode, soft": lambda: neuron.LIFNode(tau=3.0, v_reset=None, decay_input=False),
    "CUBALIFNode": neuron.CUBALIFNode,
    "ALIFNode": neuron.ALIFNode,
    "QIFNode": neuron.QIFNode,
    "IzhikevichNode": lambda: neuron.IzhikevichNode(a=0.1, b=0.1),
    "KLIFNode": neuron.KLIFNode,
    "LINode": neuron.LINode,
    "SynapseFilter": layer.SynapseFilter,
}
SHAPES = [(2,), (1, 3)]
seeds = st.integers(0, 2**16)


class Memory(RuleBasedStateMachine):
    """A layer, and beside it the state that it must have."""

    kinds = KINDS

    @initialize(data=st.data(), shape=st.sampled_from(SHAPES))
    def make(self, data, shape):
        kind = data.draw(st.sampled_from(sorted(self.kinds)))
        self.make_layer, self.shape = self.kinds[kind], shape
        self.layer, self.pure = self.make_layer(), self.make_layer()
        self.state = None

    def inputs(self, T, seed):
        generator = torch.Generator().manual_seed(seed)
        return torch.rand(T, *self.shape, generator=generator) * 2.4 - 0.4

    def expected(self, x_seq):
        """Take the pure steps, one at a time; return what they give."""
        y_list = []
        for x in x_seq:
            y_seq, self.state = functional.run(self.pure, x.unsqueeze(0), self.state)
            y_list.append(y_seq[0])
        return torch.stack(y_list)

    def call(self, x_seq):
        if self.layer.step_mode == "m":
            return self.layer(x_seq)
        return torch.stack([self.layer(x) for x in x_seq])

    @rule(T=st.integers(1, 4), seed=seeds)
    def go_on(self, T, seed):
        x_seq = self.inputs(T, seed)
        assert torch.equal(self.call(x_seq), self.expected(x_seq))

    @rule(T=st.integers(1, 3), seed=seeds)
    def go_on_with_a_gradient(self, T, seed):
        x_seq = self.inputs(T, seed).requires_grad_()
        y_seq = self.call(x_seq)
        assert y_seq.requires_grad
        y_seq.sum().backward()
        assert x_seq.grad is not None
        functional.detach_net(self.layer)
        assert torch.equal(y_seq, self.expected(x_seq.detach()))
        self.state = {name: value.detach() for name, value in self.state.items()}

    @rule()
    def reset(self):
        functional.reset_net(self.layer)
        self.state = None

    @rule()
    def detach(self):
        functional.detach_net(self.layer)

    @rule(mode=st.sampled_from("sm"))
    def switch_the_step_mode(self, mode):
        functional.set_step_mode(self.layer, mode)

    @rule(backend=st.sampled_from(["torch", "numba", "auto"]))
    def switch_the_backend(self, backend):
        functional.set_backend(self.layer, backend)

    @rule(training=st.booleans())
    def switch_the_training(self, training):
        self.layer.train(training)

    @rule()
    def copy(self):
        self.layer = copy.deepcopy(self.layer)

    @rule()
    def pickle(self):
        self.layer = pickle.loads(pickle.dumps(self.layer))

    @rule()
    def save_and_load(self):
        """The numbers of a layer are saved, not what it remembers: both go their own ways."""
        other = self.make_layer()
        other.load_state_dict(self.layer.state_dict())
        self.layer.load_state_dict(other.state_dict())

    @rule(seed=seeds)
    def set_the_potential(self, seed):
        if self.state is not None:
            v = self.inputs(1, seed)[0]
            self.layer.v = v
            self.state = {**self.state, "v": v}

    @rule(wrong=st.sampled_from(["shape", "dtype", "kind", "steps"]))
    def give_a_wrong_input(self, wrong):
        one = self.inputs(1, 0) if self.layer.step_mode == "m" else self.inputs(1, 0)[0]
        given = {
            "shape": one.new_ones(*one.shape[:-1], one.shape[-1] + 1),
            "dtype": one.to(torch.complex64),
            "kind": one.numpy(),
            "steps": one[:0] if self.layer.step_mode == "m" else one.new_ones(()),
        }[wrong]
        if wrong == "shape" and self.state is None:
            return  # then it would be the first input
        with pytest.raises((TypeError, ValueError, RuntimeError)):
            self.layer(given)

    @rule(
        after=st.integers(0, 3),
        error=st.sampled_from([KeyboardInterrupt, MemoryError, ZeroDivisionError]),
    )
    def interrupt(self, after, error):
        """A call that ends in the middle leaves the state of before."""
        self.layer.backend = "torch"
        functional.set_step_mode(self.layer, "m")
        done, fire = [], reference.fire

        def firing(*arguments):
            if len(done) == after:
                raise error
            done.append(1)
            return fire(*arguments)

        with mock.patch.object(reference, "fire", firing), pytest.raises(error):
            self.layer(self.inputs(5, 1))

    @invariant()
    def the_states_agree(self):
        for name in self.layer.states if hasattr(self, "layer") else ():
            value = getattr(self.layer, name)
            if self.state is None:
                assert not isinstance(value, torch.Tensor) or value.ndim == 0
            else:
                assert torch.equal(value, self.state[name]), name
                assert not value.requires_grad or isinstance(self.layer, neuron.KLIFNode)


class Remembering(neuron.LIFNode):
    """A layer with a fault: nothing makes it forget."""

    def reset(self):
        pass


def test_a_layer_remembers_what_a_pure_function_returns():
    """About 10,000 calls."""
    run_state_machine_as_test(Memory, settings=law(200, stateful_step_count=50))


def test_the_machine_finds_a_layer_that_keeps_its_state_over_a_reset(monkeypatch):
    monkeypatch.setattr(Memory, "kinds", {"Remembering": Remembering})
    quick = settings(law(200, stateful_step_count=50), phases=[Phase.generate])
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Memory, settings=quick)
