"""Backend 'numba' agrees with the reference, keeps little, and is safe under threads and forks."""

import functools
import multiprocessing
import operator
import os
import random
import subprocess
import sys
import textwrap
import threading
import time
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from laws import law
from neurons import (
    LIBRARY,
    ROUNDINGS,
    AdaptiveNode,
    OldStyleNode,
    SquareIFNode,
    inputs,
    with_tau,
)
from test_golden import CASES, arrays, build  # noqa: F401
from test_surrogate import ALL as SURROGATES
from torch import nn
from torch._subclasses import FakeTensorMode
from torch.autograd import forward_ad
from torch.fx.experimental.proxy_tensor import make_fx

from snnbook import backends, equation, functional, neuron, surrogate
from snnbook.backends import numba as backend
from snnbook.backends import program
from snnbook.equation import Equation, EquationError, where
from snnbook.fields import Number
from snnbook.neuron import BaseNode, IFNode, LIFNode
from snnbook.symbolic import from_source

KINDS = (*LIBRARY, SquareIFNode, AdaptiveNode)


@pytest.fixture(autouse=True)
def _threads_soon(monkeypatch):
    """Let small input, too, be split over threads, also where there is one core."""
    monkeypatch.setattr(backend, "SMALL", 1 << 14)
    torch.set_num_threads(2)


each = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


def outcome(layer, x_seq, state=None, run=BaseNode.run):
    """Run a layer and its backward pass; return all results and all gradients, by name."""
    first = layer.initial_state(x_seq[0]) if state is None else state
    first = {name: value.detach().clone().requires_grad_() for name, value in first.items()}
    x = x_seq.detach().clone().requires_grad_()
    done = run(layer, x, first, trace=True)
    results = {"s": done.s_seq, "h": done.h_seq, "v_seq": done.v_seq, **done.state}
    loss = sum(
        (value.float() * inputs(*value.shape, seed=seed)).sum()
        for seed, value in enumerate(results.values())
    )
    learned = {name: p for name, p in layer.named_parameters() if p.requires_grad}
    leaves = {"x": x, **first, **learned}
    names, tensors = zip(*leaves.items(), strict=True)
    gradients = torch.autograd.grad(loss, tensors, allow_unused=True)
    return results, dict(zip(names, gradients, strict=True))


def assert_agree(layer, x_seq, exact=True):
    layer.backend = "torch"
    wanted, wanted_gradients = outcome(layer, x_seq)
    layer.backend = "numba"
    given, gradients = outcome(layer, x_seq)
    near = (wanted["h"] - torch.as_tensor(layer.v_threshold)).abs() < 1e-5
    if exact or near.any():
        for name, value in wanted.items():
            if exact:
                assert torch.equal(given[name], value), name
    else:
        assert torch.equal(given["s"], wanted["s"])
    if exact or not near.any():
        for name, value in wanted_gradients.items():
            if value is None:
                value = torch.zeros_like(gradients[name])
            torch.testing.assert_close(
                gradients[name],
                value,
                rtol=1e-5,
                atol=1e-5 * float(value.abs().max().clamp(min=1)) if value.numel() else 0.0,
                msg=lambda text, name=name: f"gradient of {name}: {text}",
            )


# Only + - * / in these: the same bits. The others use exp or sigmoid, which libraries round apart.
EXACT = {IFNode, LIFNode, neuron.QIFNode, neuron.IzhikevichNode, neuron.KLIFNode}
EXACT |= {neuron.CUBALIFNode, SquareIFNode, AdaptiveNode}


any_data = given(
    steps=st.sampled_from([1, 2, 7, 130, 200]),
    shape=st.lists(st.integers(0, 5), min_size=1, max_size=3),
    seed=st.integers(0, 2**16),
)


# Each case below compiles two kernels, which takes two seconds: `make test` runs some of them.
def some(cases, every):
    """Leave all but every so-many-th case to `make test-all`."""
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else [case]),
            marks=pytest.mark.sweep if number % every else (),
        )
        for number, case in enumerate(cases)
    ]


SOFT = [(kind, bool(number % 2)) for number, kind in enumerate(KINDS)]
BOTH = [pair for kind, soft in SOFT for pair in ((kind, soft), (kind, not soft))]


@pytest.mark.parametrize(
    ("kind", "soft"), some(BOTH, 2), ids=lambda value: getattr(value, "__name__", value)
)
@any_data
@law(15)
def test_agrees_with_the_reference(kind, soft, steps, shape, seed):
    layer = kind(v_reset=None if soft else -0.1, detach_reset=soft)
    assert_agree(layer, inputs(steps, *shape, seed=seed), exact=kind in EXACT)


# Each surrogate's slope meets the reference in test_right_numbers, by a kernel of its own.
@pytest.mark.parametrize("theta", some(SURROGATES, 5), ids=lambda kind: kind.__name__)
@any_data
@law(10)
def test_surrogates_agree_with_the_reference(theta, steps, shape, seed):
    assert_agree(LIFNode(surrogate_function=theta()), inputs(steps, *shape, seed=seed))


@pytest.mark.parametrize("blocks", [1, 2])
@pytest.mark.parametrize("more", [-1, 0, 1])
def test_block_edges(blocks, more):
    assert_agree(LIFNode(), inputs(5, blocks * backend.BLOCK + more))
    assert_agree(LIFNode(), inputs(5, 1))


@pytest.mark.parametrize("huge_pages", [True, False])
def test_large_input(huge_pages, monkeypatch):
    if not huge_pages:
        monkeypatch.setattr(backend, "_madvise", None)
    x = inputs(2, backend.LARGE // 8 + 5)
    assert x.nbytes > backend.LARGE
    assert_agree(LIFNode(), x)


@pytest.mark.parametrize("way", ["expanded", "transposed"])
def test_any_layout_of_the_state(way):
    x, v = inputs(4, 3, 3), inputs(3) / 2
    state = {"v": v.expand(3, 3) if way == "expanded" else (v + v[:, None]).t()}
    results = []
    for name in ("torch", "numba"):
        first = {"v": state["v"].detach().requires_grad_()}
        done = LIFNode(backend=name).run(x, first)
        (done.s_seq.sum() + (done.state["v"] * x[0].t()).sum()).backward()
        results.append((done.s_seq, done.state["v"], first["v"].grad))
    for one, other in zip(*results, strict=True):
        torch.testing.assert_close(one, other)


def test_states_before_the_first_step_take_no_memory():
    x = inputs(6, 50).requires_grad_()
    saved = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: saved.append(t) or t, lambda t: t):
        LIFNode(step_mode="m", backend="numba")(x)
    assert sum(t.untyped_storage().nbytes() for t in saved) == x.nbytes + 4


@pytest.mark.parametrize("steps", [63, 64, 65, 127, 128, 129, 192, 1000])
def test_segment_edges(steps):
    assert_agree(neuron.CUBALIFNode(c_decay=0.9, v_decay=0.8), inputs(steps, 3) * 0.2)


def test_several_threads_share_the_neurons():
    assert_agree(LIFNode(), inputs(40, 9001))


@pytest.mark.parametrize("case", some(CASES, 12), ids=lambda case: f"{case['id']}-{case['neuron']}")
def test_golden_traces(case, arrays):  # noqa: F811
    layer = build(case, arrays)
    layer.backend = "numba"
    x, s, v, gs, gx = (arrays[f"{case['id']}/{name}"] for name in ("x", "s", "v", "gs", "gx"))
    x = x.clone().requires_grad_()
    spikes = layer(x)
    (spikes * gs).sum().backward()
    assert torch.equal(spikes, s)
    torch.testing.assert_close(layer.v_seq.detach(), v, rtol=1e-9, atol=1e-13)
    torch.testing.assert_close(x.grad, gx, rtol=1e-9, atol=1e-13)
    for name, parameter in layer.named_parameters():
        wanted = arrays[f"{case['id']}/gp_{name}"]
        torch.testing.assert_close(parameter.grad, wanted, rtol=1e-9, atol=1e-13)


GIVEN = [
    (name, shape, learned)
    for learned in (False, True)
    for shape in ((), (3,), (2, 1))
    for name in ("tau", "v_threshold", "v_reset")
]


@pytest.mark.parametrize(("name", "shape", "learned"), some(GIVEN, 6))
def test_numbers_tensors_and_learned_parameters(name, shape, learned):
    value = torch.full(shape, 1.25) + inputs(*shape) * 0.1
    layer = LIFNode(**{name: nn.Parameter(value) if learned else value})
    assert_agree(layer, inputs(9, 2, 3) * 2)


def test_without_spiking_the_run_is_smooth():
    layer = LIFNode(surrogate_function=surrogate.ATan(spiking=False), backend="numba").double()
    x = inputs(4, 3, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: layer.run(x).s_seq, x)
    assert torch.autograd.gradcheck(lambda x: layer.run(x).state["v"], x)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision(dtype):
    x = inputs(8, 5, dtype=dtype)
    results = [LIFNode(backend=name, step_mode="m")(x) for name in ("torch", "numba")]
    assert results[1].dtype == dtype
    assert torch.equal(*results)


@pytest.mark.parametrize(
    "x",
    [
        inputs(6, 4, 3).transpose(1, 2),
        inputs(12, 3)[::2],
        inputs(1, 3).expand(6, 3),
        inputs(6, 1).expand(6, 4),
        inputs(6, 0, 3),
    ],
    ids=["transposed", "strided", "expanded-time", "expanded-neurons", "empty"],
)
def test_any_layout_of_the_input(x):
    assert_agree(LIFNode(), x)


def test_only_the_input_is_saved():
    x = inputs(50, 20).requires_grad_()
    saved = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: saved.append(t) or t, lambda t: t):
        LIFNode(step_mode="m", backend="numba")(x)
    large = [t for t in saved if t.numel() >= x.numel()]
    assert [t.data_ptr() for t in large] == [x.data_ptr()]
    assert sum(t.numel() for t in saved) <= x.numel() + 2 * 20


def test_the_input_is_not_changed():
    x = inputs(5, 3)
    before = x.clone()
    state = {"v": torch.full((3,), 0.5)}
    functional.run(LIFNode(backend="numba"), x, state)
    assert torch.equal(x, before)
    assert torch.equal(state["v"], torch.full((3,), 0.5))


@pytest.mark.sweep
@each
def test_a_wrong_derivative_is_noticed(kind, monkeypatch):
    """The comparisons above can fail: with one rule of the chain rule 1 % off, they do."""
    wrong_rule(monkeypatch, "mul")
    with pytest.raises(AssertionError, match="gradient of"):
        assert_agree(kind(), inputs(20, 30), exact=kind in EXACT)


def wrong_rule(monkeypatch, operation):
    """Make each gradient of an operation 1 % too large, in programs made from now on."""
    right = program.RULES[operation]

    def wrong(*values):
        return tuple(None if g is None else 1.01 * g for g in right(*values))

    monkeypatch.setitem(program.RULES, operation, wrong)
    monkeypatch.setattr(program, "_kept", functools.lru_cache(lambda key: []))


OPERATIONS = {
    "add": "v + x",
    "sub": "v - x",
    "mul": "v * x",
    "div": "v + x / (2 + abs(v))",
    "neg": "v + -x",
    "abs": "v + abs(x)",
    "pow": "v + (1 + abs(x)) ** v + abs(x) ** 4 + 3**x",
    "exp": "v + exp(x)",
    "log": "v + log(2 + abs(x))",
    "sqrt": "v + sqrt(1 + abs(x)) + (2 + x) ** 0.5",
    "sin": "v + sin(x)",
    "cos": "v + cos(x)",
    "tanh": "v + tanh(x)",
    "atan": "v + atan(x)",
    "erf": "v + erf(x)",
    "sigmoid": "v + sigmoid(x)",
    "relu": "relu(v + x)",
    "sign": "v + x * sign(x)",
    "where": "where(x < v, x, -v) + where((v > 0) & (x > 0) | (v < -1), x, v) + (v >= x)",
}
"""For each operation an equation that uses it."""


def own(source):
    """Return a neuron whose charge is an equation given as text."""

    class Own(BaseNode):
        v_reset = 0.25
        charge = from_source("charge", ("v", "x"), source)

    return Own(surrogate_function=surrogate.ATan())


@pytest.mark.sweep
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_agrees_with_the_reference(operation):
    assert_agree(own(OPERATIONS[operation]), inputs(5, 40) / 2, exact=False)


@pytest.mark.parametrize("first", range(4))
def test_operations_together_agree_with_the_reference(first):
    """A few kernels for all operations; each has one of its own in `make test-all`."""
    some_of = list(OPERATIONS.values())[first::4]
    source = " + ".join(f"({one}) / {4 + number}" for number, one in enumerate(some_of))
    assert_agree(own(source), inputs(5, 40) / 2, exact=False)


RULED = [*sorted(OPERATIONS.keys() & program.RULES.keys()), "spike"]


@pytest.mark.parametrize(
    "operation",
    [pytest.param(name, marks=() if name == "mul" else pytest.mark.sweep) for name in RULED],
)
def test_every_wrong_rule_is_noticed(operation, monkeypatch):
    wrong_rule(monkeypatch, operation)
    with pytest.raises(AssertionError, match="gradient of"):
        assert_agree(own(OPERATIONS.get(operation, "v + x")), inputs(5, 40) / 2, exact=False)


def test_every_rule_is_tested():
    assert program.RULES.keys() <= {*OPERATIONS, "spike", "saturate"}


# --- equations that can and can't be compiled ----------------------------------------------------


def test_an_equation_needs_no_source():
    class Nameless(BaseNode):
        charge = Equation(eval("lambda v, x: v + x / 3"))

    assert_agree(Nameless(), inputs(6, 4))


def test_an_equation_may_be_made_of_others():
    class Doubled(BaseNode):
        def charge(v, x, v_reset):
            for _ in range(2):
                v = LIFNode.charge(v, x, 3.0, v_reset, True)
            return v

    assert_agree(Doubled(), inputs(6, 4))


def test_numbers_of_numpy():
    class Third(BaseNode):
        third: Number = np.float64(1) / 3

        def charge(v, x, third):
            return third * v + x * third

    assert_agree(Third(), inputs(6, 4))


@pytest.mark.parametrize(
    "source",
    some(ROUNDINGS, len(ROUNDINGS)),
)
@given(tau=st.floats(1, 50), seed=st.integers(0, 2**16))
@law(10)
def test_plain_numbers_round_as_in_the_reference(source, tau, seed):
    """What is made from numbers alone is in double precision until it meets a tensor."""
    for value in (tau, torch.tensor(tau), tau + inputs(30, seed=seed).abs()):
        assert_agree(with_tau(source, value), inputs(7, 30, seed=seed), exact="exp" not in source)


def test_equations_may_call_functions_of_their_module():
    class Closed(BaseNode):
        share: Number = 1 / 2

        def charge(v, x, share):
            part = share * x
            return v + part + abs(x) ** 2 / 7 - equation.exp(-x) * 1e-3 + equation.pi * 1e-3

    assert_agree(Closed(), inputs(6, 4), exact=False)


class Straight(surrogate.Surrogate):
    """A surrogate function with a gradient of its own."""

    def primitive(u):
        return u

    def gradient(self, u):
        return torch.ones_like(u)


class Worded(BaseNode):
    word: str = "a"

    def charge(v, x, word):
        return v + x


class Foreign(BaseNode):
    def charge(v, x):
        return v + torch.sin(x)


class Branching(BaseNode):
    """It can run for a single neuron only, and not be compiled at all."""

    def charge(v, x):
        return v + x if v.mean() > -99 else x


class Counting(BaseNode):
    def charge(v, x):
        return v + ((x > 0) + (x > 0.5)) * x


class Combining(BaseNode):
    flag: bool = True

    def charge(v, x, flag):
        return v + where((x > 0) & flag, x, 0)


class Numbers:
    gain = 1.0

    class inner:
        class most:
            gain = 3.0

    def times(self, x):
        return self.gain * x


HIDDEN = [1.0, torch.ones(()), functools.partial(operator.mul, 2.0), Numbers()]
GAIN = 2.0
RANDOM = np.random.default_rng(0)


def gains(x, by=[1.0]):  # noqa: B006  what is tested
    return x * by[0]


def twice(x):
    return GAIN * x


def importing(v, x):
    from random import random

    return v + random() * x


READING = {
    "a global": (lambda v, x: v + GAIN * x, "GAIN = 2.0"),
    "an attribute": (lambda v, x: v + Numbers.gain * x, r"Numbers.gain = 1.0"),
    "deep down": (lambda v, x: v + Numbers.inner.most.gain * x, "Numbers.inner.most.gain = 3.0"),
    "an object": (lambda v, x: v + HIDDEN[3].times(x), "HIDDEN = "),
    "in a lambda": (lambda v, x: v + (lambda a: a * HIDDEN[0])(x), "HIDDEN = "),
    "a tensor": (lambda v, x: v + x * HIDDEN[1], "HIDDEN = "),
    "in a helper": (lambda v, x: v + twice(x), "GAIN = 2.0"),
    "a default": (lambda v, x: v + gains(x), "calls gains, which may .* change unseen"),
    "an import": (importing, "imports random; import it outside"),
    "an import by a call": (lambda v, x: v + __import__("random").random() * x, "__import__"),
    "the globals": (lambda v, x: v + globals()["GAIN"] * x, "calls globals, which may .* unseen"),
    "noise": (lambda v, x: v + x + random.choice([0.0, 1.0]), "Noise belongs in the input"),
    "another noise": (lambda v, x: v + x + random.random(), "Noise belongs in the input"),
    "an object of NumPy": (lambda v, x: v + x + RANDOM.random(), "RANDOM = "),
    "the time": (lambda v, x: v + x + time.time(), "another value each time"),
}


@pytest.mark.parametrize("what", READING)
def test_a_value_from_outside_is_refused(what):
    """A kernel would keep it, whatever becomes of it; 'auto' lets the reference run."""
    function, message = READING[what]

    class Reading(BaseNode):
        charge = Equation(function)

    with pytest.raises(EquationError, match=message):
        Reading(backend="numba").run(inputs(6, 4))
    assert Reading().run(inputs(6, 4)).s_seq.shape == (6, 4)
    with pytest.warns(UserWarning, match="backend 'auto' runs 'torch' instead"):
        Reading(backend="auto").run(inputs(6, 4))


def test_a_helper_defined_anew_is_seen():
    scope = {"exp": equation.exp}
    exec("def charge(v, x):\n    return v + helper(x)\n", scope)

    class Helped(BaseNode):
        charge = Equation(scope["charge"])

    for body in ("x / 2", "x / 3", "x * exp(-x)"):
        exec(f"def helper(x):\n    return {body}\n", scope)
        assert_agree(Helped(), inputs(6, 4), exact="exp" not in body)


class Underscored(BaseNode):
    """A neuron whose names look like those that a kernel makes for itself."""

    states = {"v_next": 0.3, "v_": 0.0, "v_first": 0.1}  # noqa: RUF012
    gain: torch.Tensor = torch.ones(2)
    gain_: torch.Tensor = torch.ones(2) / 2

    def update_v_next(v_next, x):
        return v_next / 2 + x

    def update_v_(v_, x):
        return v_ / 4 + x

    def update_v_first(v_first, v_next):
        return v_first / 2 + v_next

    def charge(v, v_next, v_, v_first, gain, gain_):
        return v / 2 + gain * v_next + gain_ * (v_ - v_first)


def test_names_never_clash():
    assert_agree(Underscored(), inputs(9, 2))


@pytest.mark.parametrize("exponent", some([0, 1, 2, 3], 2))
def test_powers_of_zero(exponent):
    class Powered(BaseNode):
        n: Number = 0.0

        def charge(v, x, n):
            return v / 2 + x + v**n

    assert_agree(Powered(n=exponent), torch.full((4, 1), 0.3))


def test_a_plain_condition_chooses_for_all():
    class Choosing(BaseNode):
        tau: Number = 2.0
        flag: bool = True

        def charge(v, x, tau, flag):
            return v + where(tau > 1.5, x, v) + where(flag, x, 0)

    for tau in (1.0, 2.0):
        assert_agree(Choosing(tau=tau), inputs(6, 4))


def test_a_tensor_that_stores_its_negative():
    assert_agree(LIFNode(), torch._neg_view(-inputs(6, 4)))


def test_whatever_changes_in_a_layer_is_seen():
    layer, x = LIFNode(surrogate_function=surrogate.ATan()), inputs(6, 4)
    changes = {
        "tau": [3.0, torch.tensor(1.7), nn.Parameter(torch.tensor(1.3)), inputs(4) + 2, 3.0],
        "v_reset": [None, -0.1, torch.tensor(0.1), 0.0],
        "decay_input": [False, True],
        "detach_reset": [True, False],
        "surrogate_function": [surrogate.Sigmoid(), surrogate.ATan(alpha=3.0)],
    }
    for name, values in changes.items():
        for value in values:
            setattr(layer, name, value)
            assert_agree(layer, x)
    for layer.surrogate_function.alpha in (1.0, 5.0):
        assert_agree(layer, x)
    layer.surrogate_function.spiking = False
    assert not set(layer.run(x).s_seq.unique().tolist()) <= {0, 1}
    layer.surrogate_function.spiking = True
    assert_agree(layer, x)
    layer.tau = nn.Parameter(torch.tensor(1.3))
    for learned in (False, True):
        layer.tau.requires_grad_(learned)
        assert_agree(layer, x)
    with torch.no_grad():
        layer.tau.fill_(5.5)
    assert_agree(layer, x)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (Foreign(), r"can't be compiled: sin\(\): .*functions of snnbook.equation"),
        (Branching(), "can't be compiled: 'Variable' object has no attribute 'mean'"),
        (Counting(), "a condition is no number"),
        (Combining(), "combine two conditions"),
        (IFNode(surrogate_function=torch.relu), "is not just an equation"),
        (IFNode(surrogate_function=Straight()), "is not just an equation"),
        (Worded(), "the attribute word is 'a'; a compiled equation takes numbers"),
    ],
)
def test_what_cannot_be_compiled_says_so(layer, message):
    layer.backend = "numba"
    with pytest.raises(EquationError, match=message):
        layer.run(inputs(3, 2))
    layer.backend = "auto"
    with pytest.warns(UserWarning, match="backend 'auto' runs 'torch' instead of 'numba'"):
        given = layer.run(inputs(3, 2)).s_seq
    layer.backend = "torch"
    assert torch.equal(given, layer.run(inputs(3, 2)).s_seq)


def test_old_style_neurons_run_on_torch_only():
    with pytest.raises(ValueError, match="only backend 'torch' can run, not 'numba'"):
        OldStyleNode(backend="numba")(torch.ones(2))
    assert OldStyleNode(backend="auto")(torch.ones(2)).tolist() == [1.0, 1.0]


def test_other_devices_are_refused():
    with pytest.raises(ValueError, match="runs on the CPU, but the input is on meta"):
        IFNode(backend="numba")(torch.ones(2, device="meta"))


# --- in company ----------------------------------------------------------------------------------


def test_no_grad_and_autocast():
    x = inputs(5, 3).requires_grad_()
    wanted = LIFNode().run(x).s_seq
    with torch.no_grad():
        assert torch.equal(LIFNode(backend="numba").run(x).s_seq, wanted)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(LIFNode(backend="numba").run(x).s_seq, wanted)


def test_checkpoint():
    layer = LIFNode(backend="numba")
    gradients = []
    for wrapped in (False, True):
        x = inputs(5, 3).requires_grad_()
        s_seq = (
            torch.utils.checkpoint.checkpoint(lambda x: layer.run(x).s_seq, x, use_reentrant=False)
            if wrapped
            else layer.run(x).s_seq
        )
        s_seq.sum().backward()
        gradients.append(x.grad)
    assert torch.equal(*gradients)


def test_function_transforms_fall_back():
    x = inputs(5, 3, 2)

    def loss(layer, x):
        return functional.run(layer, x)[0].sum()

    wanted = torch.func.grad(lambda x: loss(LIFNode(), x))(x)
    with pytest.warns(UserWarning, match="inside a function transform"):
        given = torch.func.grad(lambda x: loss(LIFNode(backend="numba"), x))(x)
    assert torch.equal(given, wanted)
    with pytest.warns(UserWarning, match="inside a function transform"):
        torch.func.vmap(lambda x: loss(LIFNode(backend="numba"), x), in_dims=1)(x)


def test_traced_and_fake_tensors_fall_back():
    layer, x = LIFNode(backend="numba"), inputs(5, 3)
    with pytest.warns(UserWarning, match="can't be traced"):
        traced = make_fx(lambda x: layer.run(x).s_seq)(x)
    assert torch.equal(traced(2 * x), LIFNode().run(2 * x).s_seq)
    with FakeTensorMode(), pytest.warns(UserWarning, match="memory of a FakeTensor"):
        assert layer.run(torch.rand(5, 3)).s_seq.shape == (5, 3)


def test_forward_mode_falls_back():
    theta = surrogate.Sigmoid(spiking=False)
    layer, x = LIFNode(backend="numba", surrogate_function=theta), inputs(5, 3)
    with forward_ad.dual_level(), pytest.warns(UserWarning, match="in forward mode"):
        layer.run(x)


@pytest.mark.parametrize("theta", [surrogate.ATan(), surrogate.ATan(spiking=False)])
def test_a_second_derivative_is_the_references(theta):
    found = []
    for name in ("torch", "numba"):
        layer = neuron.ParametricLIFNode(backend=name, surrogate_function=theta)
        x = inputs(5, 3).requires_grad_()
        leaves = (x, layer.w)
        g = torch.autograd.grad(layer.run(x).s_seq.sum(), leaves, create_graph=True)
        found.append(torch.autograd.grad(sum(one.square().sum() for one in g), leaves))
    torch.testing.assert_close(*found, rtol=1e-5, atol=1e-5)
    assert all(one.abs().sum() > 0 for one in found[1])


def test_several_gradients_at_once():
    found = []
    for name in ("torch", "numba"):
        x = inputs(5, 3).requires_grad_()
        s_seq = LIFNode(backend=name).run(x).s_seq
        each_way = torch.eye(15).reshape(15, 5, 3)
        found += torch.autograd.grad(s_seq, x, each_way, is_grads_batched=True)
    torch.testing.assert_close(*found, rtol=1e-5, atol=1e-6)


def test_eight_threads_at_once():
    x = inputs(40, 5000)
    wanted = outcome(LIFNode(), x)[1]["x"]
    results, start = [None] * 8, threading.Barrier(8)

    def work(index):
        start.wait()
        for _ in range(5):
            results[index] = outcome(LIFNode(backend="numba"), x)[1]["x"]

    threads = [threading.Thread(target=work, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    for result in results:
        torch.testing.assert_close(result, wanted, rtol=1e-5, atol=1e-5)


def _in_child(layer, x_seq, queue):
    queue.put(layer.run(x_seq).s_seq.numpy())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_computes_too():
    """The child's own pool of threads computes; PyTorch's parallel operations would hang there."""
    layer, x_seq = LIFNode(backend="numba"), inputs(40, 9000)
    wanted = layer.run(x_seq).s_seq
    assert backend._pool is not None
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12: threads and fork
        child = context.Process(target=_in_child, args=(layer, x_seq, queue))
        child.start()
    assert torch.equal(torch.from_numpy(queue.get(timeout=60)), wanted)
    child.join(timeout=60)
    assert child.exitcode == 0


class _Samples(torch.utils.data.Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        return LIFNode(backend="numba").run(inputs(4, 300, seed=index)).s_seq


def test_data_loader_workers():
    wanted = [LIFNode().run(inputs(4, 300, seed=index)).s_seq for index in range(4)]
    LIFNode(backend="numba").run(inputs(40, 9000))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        loaded = list(torch.utils.data.DataLoader(_Samples(), num_workers=2, timeout=60))
    assert all(torch.equal(a[0], b) for a, b in zip(loaded, wanted, strict=True))


def test_the_number_of_threads_is_torchs(monkeypatch):
    calls = []
    monkeypatch.setattr(torch, "get_num_threads", lambda: 3)
    backend._over_neurons(lambda *a: calls.append(a), 1000, 4000)
    assert sorted(calls) == [(0, 2048, 1000, 4000), (2048, 4000, 1000, 4000)]  # whole blocks
    calls.clear()
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    backend._over_neurons(lambda *a: calls.append(a), 1000, 4000)
    assert calls == [(0, 4000, 1000, 4000)]


def as_operator(layer, x_seq, state, trace):
    """Run a layer as torch.compile does: the kernels as an operator."""
    return backends.run_while_compiling("numba", layer.dynamics(), x_seq, state, trace)


@pytest.mark.parametrize("number", range(len(SOFT) + 1))
def test_the_operator_of_torch_compile_gives_the_same(number):
    """torch.compile itself is at work in `test_saving`, in a process of its own."""
    if number < len(SOFT):
        kind, soft = SOFT[number]
        layer = kind(v_reset=None if soft else -0.1, detach_reset=soft, backend="numba")
    else:
        layer = LIFNode(tau=nn.Parameter(torch.full((3,), 1.25)), backend="numba")
    found = [outcome(layer, inputs(7, 2, 3), run=run) for run in (BaseNode.run, as_operator)]
    for wanted, seen in zip(*found, strict=True):
        assert wanted.keys() == seen.keys()
        for name, value in wanted.items():
            assert torch.equal(seen[name], torch.zeros(2, 3) if value is None else value), name


def _python(code, **environment):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# --- the cache on disk ---------------------------------------------------------------------------

RUN = """
import sys, torch
from snnbook import neuron
x = torch.linspace(0, 2, 12).reshape(4, 3).requires_grad_()
neuron.LIFNode(backend="numba").run(x).s_seq.sum().backward()
from snnbook.backends import numba
forward, backward = numba._kernels.values()
hits = [kernel.stats.cache_hits.total() for kernel in (forward, backward)]
print(sum(hits), x.grad.sum().item(), "sympy" in sys.modules)
"""


def test_kernels_are_kept_for_the_next_process(tmp_path):
    first, second = (_python(RUN, SNNBOOK_CACHE=str(tmp_path)).split() for _ in range(2))
    assert (first[0], second[0]) == ("0", "2")
    assert first[1] == second[1]
    assert second[2] == "False"  # SymPy takes long to import


def test_several_processes_may_start_at_once(tmp_path):
    environment = {**os.environ, "SNNBOOK_CACHE": str(tmp_path)}
    children = [
        subprocess.Popen(
            [sys.executable, "-c", RUN], env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    outputs = [child.communicate(timeout=120)[0].split()[1] for child in children]
    assert len(set(outputs)) == 1
    assert [path.suffix for path in tmp_path.iterdir() if path.is_file()] == [".py"] * 2


def test_a_cache_that_cannot_be_written(tmp_path):
    blocked = tmp_path / "file"
    blocked.touch()
    hits, total, _ = _python(RUN, SNNBOOK_CACHE=str(blocked / "folder")).split()
    assert hits == "0"
    assert total == _python(RUN, SNNBOOK_CACHE=str(tmp_path)).split()[1]


def test_the_cache_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("SNNBOOK_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert backend.cache_folder() == tmp_path / "snnbook"
    monkeypatch.setenv("SNNBOOK_CACHE", str(tmp_path / "own"))
    assert backend.cache_folder() == tmp_path / "own"


# --- choosing ------------------------------------------------------------------------------------


def test_auto_takes_numba_on_the_cpu(monkeypatch):
    used = []
    right = backend.prepare
    monkeypatch.setattr(backend, "prepare", lambda *a: used.append(1) or right(*a))
    LIFNode(backend="auto").run(inputs(3, 2))
    assert used == [1]


def test_a_missing_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "snnbook.backends.numba", None)
    with pytest.raises(ImportError, match=r"can't be imported.*pip install numba"):
        IFNode(backend="numba").run(inputs(3, 2))
    backends._automatic.cache_clear()
    with pytest.warns(UserWarning, match="backend 'auto' chose 'torch'"):
        IFNode(backend="auto").run(inputs(3, 2))
    IFNode(backend="auto").run(inputs(3, 2))  # said once
    backends._automatic.cache_clear()


def test_a_state_from_inference_mode_is_learned_from():
    layer = LIFNode(backend="numba")
    with torch.inference_mode():
        _, state = functional.run(layer, torch.ones(3, 2))
    x_seq = torch.ones(3, 2, requires_grad=True)
    functional.run(layer, x_seq, state)[0].sum().backward()
    assert x_seq.grad.abs().min() > 0
