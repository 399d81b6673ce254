"""`snnbook.neuron`: one truth in every mode, and nothing silent."""

import copy
import inspect
import pickle

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from laws import law
from neurons import LIBRARY, OWN, AdaptiveNode, OldStyleNode, SquareIFNode, inputs
from torch import nn

from snnbook import functional, neuron, surrogate
from snnbook.fields import Number, TimeConstant
from snnbook.memory import MemoryModule
from snnbook.neuron import BaseNode, IFNode, LIFNode
from snnbook.record import Recorder

each = pytest.mark.parametrize("kind", LIBRARY + OWN, ids=lambda kind: kind.__name__)
each_of_the_library = pytest.mark.parametrize("kind", LIBRARY, ids=lambda kind: kind.__name__)


def states(layer):
    return {name: getattr(layer, name) for name in ("v", *layer.states)}


# --- one truth -----------------------------------------------------------------------------------


@each
@given(
    steps=st.integers(1, 12),
    shape=st.lists(st.integers(0, 4), min_size=1, max_size=3),
    soft=st.booleans(),
    detach=st.booleans(),
    seed=st.integers(0, 2**16),
)
@law(15)
def test_single_steps_equal_a_sequence(kind, steps, shape, soft, detach, seed):
    layer = kind(v_reset=None if soft else -0.1, detach_reset=detach)
    x_seq = inputs(steps, *shape, seed=seed).requires_grad_()
    weights = inputs(steps, *shape, seed=seed + 1)

    def outcome(s_seq):
        gradients = torch.autograd.grad(
            (s_seq * weights).sum(), [x_seq, *layer.parameters()], allow_unused=True
        )
        return s_seq, *gradients, *states(layer).values()

    singly = outcome(torch.stack([layer(x) for x in x_seq]))
    layer.reset()
    layer.step_mode = "m"
    at_once = outcome(layer(x_seq))
    for one, other in zip(singly, at_once, strict=True):
        assert (one is None and other is None) or torch.equal(one, other)


@each
def test_input_makes_some_neurons_fire_at_some_steps(kind):
    """The inputs of these tests are telling: neither silent nor always firing."""
    assert 0.05 < kind(step_mode="m")(inputs(12, 40)).mean() < 0.95


@each
def test_train_equals_eval(kind):
    layer = kind(step_mode="m")
    results = []
    for mode in (True, False):
        x_seq = inputs(6, 5).requires_grad_()
        layer.train(mode).reset()
        s_seq = layer(x_seq)
        s_seq.sum().backward()
        results.append((s_seq, x_seq.grad))
    assert torch.equal(results[0][0], results[1][0])
    assert torch.equal(results[0][1], results[1][1])
    assert results[0][1].abs().sum() > 0


@each_of_the_library
def test_double_precision_gradients_pass_gradcheck_without_spiking(kind):
    """With Θ's primitive in place of Θ the whole run is smooth, so autograd can be checked."""
    layer = kind(step_mode="m", surrogate_function=surrogate.Sigmoid(spiking=False)).double()
    x_seq = inputs(4, 3, dtype=torch.float64).requires_grad_()

    def run(x_seq):
        return functional.run(layer, x_seq)[0]

    assert torch.autograd.gradcheck(run, x_seq)


def test_the_pure_run_neither_reads_nor_changes_the_layer():
    layer = LIFNode(step_mode="m")
    layer(inputs(3, 4))
    before = layer.v
    s_seq, state = functional.run(layer, inputs(5, 2))
    assert layer.v is before
    assert torch.equal(s_seq, LIFNode(step_mode="m")(inputs(5, 2)))
    assert state["v"].shape == (2,)


@each_of_the_library
def test_a_run_can_be_cut_in_two(kind):
    layer = kind()
    x_seq = inputs(9, 4)
    whole, last = functional.run(layer, x_seq)
    first, state = functional.run(layer, x_seq[:4])
    second, state = functional.run(layer, x_seq[4:], state)
    assert torch.equal(torch.cat([first, second]), whole)
    assert all(torch.equal(state[name], last[name]) for name in last)


def test_function_transforms_of_the_pure_run():
    layer = LIFNode()
    x_seq = inputs(6, 3, 2).double()

    def loss(x_seq):
        return functional.run(layer, x_seq)[0].sum()

    per_neuron = torch.func.vmap(torch.func.grad(loss), in_dims=1, out_dims=1)(x_seq)
    torch.testing.assert_close(per_neuron, torch.func.grad(loss)(x_seq))


def test_hand_computed_steps():
    hard, soft = IFNode(v_reset=-0.5), IFNode(v_reset=None)
    for x, h, v_hard, v_soft in [(0.75, 0.25, 0.25, 0.75), (0.75, 1.0, -0.5, 0.5)]:
        x = torch.tensor([x])
        assert hard(x).item() == float(h >= 1)
        soft(x)
        assert (hard.v.item(), soft.v.item()) == (v_hard, v_soft)


def test_memory_of_autograd_grows_linearly_with_the_steps():
    """Indexing x_seq[t] would save or fill a whole [T, N] tensor at each step."""

    def backward_bytes(steps):
        x_seq = inputs(steps, 512).requires_grad_()
        s_seq = LIFNode(step_mode="m")(x_seq)
        with torch.profiler.profile(profile_memory=True) as profile:
            s_seq.sum().backward()
        return sum(max(e.self_cpu_memory_usage, 0) for e in profile.key_averages())

    assert backward_bytes(64) < 3 * backward_bytes(32)


# --- state ---------------------------------------------------------------------------------------


@each
def test_state_is_a_number_until_the_first_input(kind):
    layer = kind()
    fresh = states(layer)
    assert all(isinstance(value, float) for value in fresh.values())
    layer(inputs(2, 3))
    assert all(value.shape == (2, 3) for value in states(layer).values())
    layer.reset()
    assert states(layer) == fresh
    layer(inputs(4, 5, 6))
    assert layer.v.shape == (4, 5, 6)


def test_first_value_follows_the_reset_mode():
    assert IFNode().v == 0.0
    assert IFNode(v_reset=-0.25).v == -0.25
    assert IFNode(v_reset=None).v == 0.0
    assert neuron.IzhikevichNode(w_rest=0.5).w == 0.5


def test_state_belongs_to_the_layer_not_to_its_class():
    assert IFNode.v is LIFNode.v
    first, second = IFNode(), IFNode()
    first(torch.ones(2) / 2)
    assert second.v == 0.0


def test_state_can_be_set_by_hand():
    layer = IFNode()
    layer.v = 0.5
    assert layer(torch.tensor([0.25, 0.5])).tolist() == [0.0, 1.0]
    layer.v = torch.tensor([0.75, 0.0])
    assert layer(torch.tensor([0.25, 0.5])).tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (torch.zeros(2, 3), torch.zeros(4, 3), ["[2, 3]", "[4, 3]"]),
        (torch.zeros(1, 3), torch.zeros(4, 3), ["[1, 3]", "[4, 3]"]),
        (torch.zeros(3), torch.zeros(3).double(), ["float32", "float64"]),
        (torch.zeros(3).double(), torch.zeros(3), ["float64", "float32"]),
        (torch.zeros(3), torch.zeros(3, device="meta"), ["cpu", "meta"]),
    ],
    ids=["batch", "batch-of-one", "wider", "narrower", "device"],
)
def test_a_state_that_does_not_fit_is_an_error(first, second, words):
    layer = LIFNode()
    layer(first)
    kept = layer.v
    with pytest.raises(RuntimeError) as caught:
        layer(second)
    for word in ["LIFNode", "the state v", "reset()", "reset_net", *words]:
        assert word in str(caught.value)
    assert layer.v is kept  # neither wiped nor broadcast


def test_the_error_hints_at_the_other_step_mode():
    layer = IFNode()
    layer(torch.zeros(4, 3))
    with pytest.raises(RuntimeError, match="step_mode='m'"):
        layer(torch.zeros(10, 4, 3))
    layer = IFNode(step_mode="m")
    layer(torch.zeros(10, 4, 3))
    with pytest.raises(RuntimeError, match="step_mode='s'"):
        layer(torch.zeros(4, 3))


def test_a_fresh_layer_takes_a_sequence_for_one_step():
    layer = IFNode()
    layer(torch.zeros(10, 4, 3))
    assert layer.v.shape == (10, 4, 3)
    said = "in step mode 's' it takes ``[T, N, *]`` for one step of T samples"
    assert said in " ".join(MemoryModule.__doc__.split())
    with pytest.raises(RuntimeError, match=r"v is \[10, 4, 3\].*needs \[4, 3\]"):
        layer(torch.zeros(4, 3))


def test_a_second_backward_pass_needs_reset_or_detach():
    layer = IFNode()
    x = torch.tensor([0.3], requires_grad=True)
    layer(x).sum().backward()
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        layer(x).sum().backward()
    layer.reset()
    layer(x).sum().backward()
    layer.detach()
    assert layer.v.tolist() == pytest.approx([0.3])
    layer(x).sum().backward()


def test_detach_leaves_numbers_alone():
    layer = IFNode()
    layer.v = 0.5
    layer.detach()
    assert layer.v == 0.5


def test_state_dict_holds_parameters_and_no_state():
    layer = neuron.ParametricLIFNode(v_threshold=torch.tensor([1.0, 2.0]))
    layer(inputs(3, 2))
    assert set(layer.state_dict()) == {"w", "v_threshold"}
    assert IFNode().state_dict() == {}


def test_copies_keep_the_state_and_not_the_graph():
    layer = LIFNode(step_mode="m", store_v_seq=True)
    layer(inputs(3, 2).requires_grad_())
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert torch.equal(other.v, layer.v)
        assert not other.v.requires_grad
        assert torch.equal(other(inputs(2, 2)), copy.deepcopy(layer)(inputs(2, 2)))
    assert layer.v.requires_grad
    assert copy.deepcopy(IFNode()).v == 0.0


def test_moving_the_layer_moves_its_state():
    layer = LIFNode()
    layer.v = 0.5
    assert layer.double().v == 0.5
    layer(inputs(3).double())
    assert layer.float().v.dtype == torch.float32
    assert layer.half().v.dtype == torch.float32  # the membrane stays in single precision
    assert layer.to("meta").v.is_meta


def test_store_v_seq():
    layer = LIFNode(step_mode="m", store_v_seq=True)
    assert layer.v_seq is None
    layer(inputs(5, 3))
    assert layer.v_seq.shape == (5, 3)
    assert torch.equal(layer.v_seq[-1], layer.v)
    layer.reset()
    assert layer.v_seq is None
    layer.step_mode = "s"
    layer(inputs(3))
    assert layer.v_seq is None


# --- input ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.int64, torch.uint8, torch.bool])
def test_integer_input_is_promoted(dtype):
    layer = LIFNode()
    x = torch.ones(2, dtype=dtype)
    spikes = [layer(x) for _ in range(60)]
    assert layer.v.dtype == spikes[0].dtype == torch.float32
    assert torch.stack(spikes).sum() > 0  # truncated to whole numbers it would stay silent


def test_integer_input_follows_the_default_dtype():
    torch.set_default_dtype(torch.float64)
    try:
        assert IFNode()(torch.ones(2, dtype=torch.int64)).dtype == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


def test_an_equation_reads_half_precision_as_single():
    x = torch.full((1, 2), 300.0, dtype=torch.float16)  # its square is more than float16 holds
    layer = SquareIFNode(step_mode="m")
    with Recorder(layer) as record:
        layer(x)
    assert record.only.h.tolist() == [[90_000.0, 90_000.0]]


@each
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_keeps_its_membrane_in_single_precision(kind, dtype):
    layer = kind(step_mode="m")
    x_seq = inputs(8, 5, dtype=dtype).requires_grad_()
    s_seq = layer(x_seq)
    s_seq.sum().backward()
    assert s_seq.dtype == x_seq.grad.dtype == dtype
    assert layer.v.dtype == torch.float32
    if kind is not OldStyleNode:  # its method sees the input as it is
        assert torch.equal(s_seq.float(), kind(step_mode="m")(x_seq.detach().float()))


@pytest.mark.parametrize(
    ("mode", "x", "error", "message"),
    [
        ("s", torch.tensor(0.5), ValueError, r"shape \[\]; wanted one step \[N, \*\]"),
        ("m", torch.zeros(3), ValueError, r"shape \[3\]; wanted a sequence \[T, N, \*\]"),
        ("m", torch.zeros(0, 3), ValueError, r"shape \[0, 3\], so T = 0"),
        ("s", [0.5], TypeError, "the input is list; wanted a torch.Tensor"),
        ("s", torch.zeros(2, dtype=torch.complex64), TypeError, "complex64; wanted real"),
    ],
)
def test_bad_input(mode, x, error, message):
    with pytest.raises(error, match=f"IFNode: .*{message}"):
        IFNode(step_mode=mode)(x)


def test_an_empty_batch_is_fine():
    assert LIFNode(step_mode="m")(torch.zeros(4, 0, 3)).shape == (4, 0, 3)


# --- parameters ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [2, 2.0, torch.tensor(2.0), torch.tensor([2.0, 2.0, 2.0]), nn.Parameter(torch.tensor(2.0))],
)
@pytest.mark.parametrize("name", ["v_threshold", "v_reset", "tau"])
def test_numbers_tensors_and_parameters(name, value):
    layer = LIFNode(**{name: value}, step_mode="m")
    wanted = LIFNode(**{name: 2.0}, step_mode="m")
    x_seq = inputs(6, 4, 3) * 3
    assert torch.equal(layer(x_seq), wanted(x_seq))
    if isinstance(value, nn.Parameter):
        layer.reset()
        layer(x_seq).sum().backward()
        assert value.grad.abs() > 0
        assert [name for name, _ in layer.named_parameters()] == [name]
    elif isinstance(value, torch.Tensor):
        assert name in dict(layer.named_buffers())
    else:
        assert isinstance(getattr(layer, name), float)


def test_a_parameter_can_be_replaced():
    layer = IFNode(v_threshold=nn.Parameter(torch.tensor(1.0)))
    layer.v_threshold = torch.tensor([1.0, 2.0])
    assert dict(layer.named_parameters()) == {}
    layer.v_threshold = 3
    assert layer.v_threshold == 3.0
    assert layer.state_dict() == {}
    layer.v_threshold = nn.Parameter(torch.tensor(1.0))
    assert len(list(layer.parameters())) == 1


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (torch.ones(4), ["[4]", "[2, 3]"]),
        (torch.ones(5, 2, 3), ["[5, 2, 3]", "[2, 3]"]),
        (torch.ones(3, dtype=torch.float64), ["float64", "float32"]),
        (torch.ones(3, device="meta"), ["meta", "cpu"]),
    ],
)
@pytest.mark.parametrize("name", ["v_threshold", "tau", "v_reset"])
def test_a_parameter_that_does_not_fit_is_an_error(name, value, words):
    with pytest.raises(RuntimeError) as caught:
        LIFNode(**{name: value})(torch.zeros(2, 3))
    assert all(word in str(caught.value) for word in ["LIFNode: ", *words])


@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        ({"tau": 0.5}, ValueError, "tau=0.5: wanted a number .* of at least 1"),
        ({"tau": torch.tensor([2.0, 0.0])}, ValueError, "of at least 1"),
        ({"tau": "2"}, TypeError, "not str"),
        ({"tau": None}, TypeError, "not NoneType"),
        ({"tau": float("nan")}, ValueError, "tau=nan"),
        ({"v_threshold": True}, TypeError, "not bool"),
        ({"v_threshold": torch.tensor(1)}, TypeError, "dense, not .*int64"),
        ({"v_reset": "none"}, TypeError, "v_reset='none'"),
        ({"step_mode": "x"}, ValueError, "step_mode='x': wanted one of 's', 'm'"),
        ({"backend": "cupy"}, ValueError, "backend='cupy': wanted one of 'torch'"),
        ({"detach_reset": 1}, TypeError, "wanted True or False"),
        ({"surrogate_function": 3}, TypeError, "wanted a surrogate function"),
        ({"v_treshold": 1.0}, TypeError, "LIFNode: .*'v_treshold'; it takes tau, decay_input"),
    ],
)
def test_bad_parameters(bad, error, message):
    with pytest.raises(error, match=message):
        LIFNode(**bad)
    (name, value), layer = next(iter(bad.items())), LIFNode()
    if name != "v_treshold":
        with pytest.raises(error, match=message):
            setattr(layer, name, value)


@pytest.mark.parametrize("init_tau", [1.0, 0.5])
def test_parametric_lif_needs_a_time_constant_above_one(init_tau):
    with pytest.raises(ValueError, match="above 1"):
        neuron.ParametricLIFNode(init_tau=init_tau)


def test_parametric_lif_starts_at_its_time_constant():
    layer = neuron.ParametricLIFNode(init_tau=5.0)
    assert 1 / layer.w.sigmoid().item() == pytest.approx(5.0)
    with pytest.raises(AttributeError, match="init_tau is the first value of w; set that"):
        layer.init_tau = 10.0
    assert layer.init_tau == 5.0


def test_each_layer_has_its_own_surrogate_function():
    given_one = surrogate.ATan()
    layers = [
        IFNode(),
        IFNode(),
        IFNode(surrogate_function=given_one),
        IFNode(surrogate_function=given_one),
    ]
    assert len({id(layer.surrogate_function) for layer in [*layers]} | {id(given_one)}) == 5
    layers[2].surrogate_function.alpha = 7.0
    assert layers[3].surrogate_function.alpha == given_one.alpha == 2.0
    assert isinstance(layers[0].surrogate_function, surrogate.Sigmoid)


def test_any_function_can_be_the_surrogate_function():
    assert IFNode(surrogate_function=torch.relu)(torch.tensor([3.0])).item() == 2.0


def test_signatures():
    """Positional arguments come in the order that users of SpikingJelly know."""

    def names(kind):
        return list(inspect.signature(kind).parameters)

    base = ["v_threshold", "v_reset", "surrogate_function", "detach_reset"]
    base += ["step_mode", "backend", "store_v_seq"]
    assert names(IFNode) == base
    assert names(LIFNode) == ["tau", "decay_input", *base]
    assert names(neuron.ParametricLIFNode) == ["init_tau", "decay_input", *base]
    assert names(neuron.QIFNode)[:6] == ["tau", "v_c", "a0", "v_threshold", "v_rest", "v_reset"]
    assert names(neuron.EIFNode)[:4] == ["tau", "delta_T", "theta_rh", "v_threshold"]
    assert names(neuron.IzhikevichNode)[4:7] == ["v_reset", "v_rest", "w_rest"]
    assert names(neuron.KLIFNode) == ["tau", "decay_input", "scale_reset", *base]
    layer = LIFNode(3, False, 1.5, None)
    assert (layer.tau, layer.decay_input, layer.v_threshold, layer.v_reset) == (3, False, 1.5, None)
    assert "tau=3.0, decay_input=False" in repr(layer)


@pytest.mark.parametrize(("v_reset", "wanted"), [(0.0, [0.0, 0.25]), (None, [1.0, 0.25])])
def test_klif_scale_reset(v_reset, wanted):
    layer = neuron.KLIFNode(scale_reset=True, v_reset=v_reset)
    with torch.no_grad():
        layer.k.fill_(2.0)
    assert layer(torch.tensor([3.0, 0.5])).tolist() == [1.0, 0.0]  # H = k x / tau = [3, 0.5]
    assert layer.v.tolist() == wanted  # divided by k again: hard [0, H / k], soft (H - S) / k


def test_izhikevich_adapts_only_with_a_or_b():
    x_seq = torch.full((200, 1), 1.5)
    still = neuron.IzhikevichNode(step_mode="m")
    tired = neuron.IzhikevichNode(a=0.1, b=0.5, tau_w=50.0, step_mode="m")
    assert tired(x_seq).sum() < still(x_seq).sum()
    assert still.w.item() == 0.0
    assert tired.w.item() > 0.1


# --- a reader's own neuron -----------------------------------------------------------------------


def test_one_bare_equation_is_a_neuron():
    assert SquareIFNode()(torch.tensor([0.5, -1.0])).tolist() == [0.0, 1.0]
    assert next(iter(SquareIFNode().equations())) == ("H[t]", "V[t-1] + X[t]^{2}")


def test_old_style_equals_the_equation():
    x_seq = inputs(20, 6)
    results = []
    for kind in (SquareIFNode, OldStyleNode):
        layer = kind(step_mode="m", store_v_seq=True)
        x = x_seq.clone().requires_grad_()
        layer(x).sum().backward()
        results.append((layer.v_seq, x.grad))
    assert torch.equal(results[0][0], results[1][0])
    assert torch.equal(results[0][1], results[1][1])


def test_old_style_overriding_fire_and_reset_only():
    resets = []

    class Early(LIFNode):
        def neuronal_fire(self):
            return self.surrogate_function(self.v - self.v_threshold / 2)

        def neuronal_reset(self, spike):
            super().neuronal_reset(spike)
            resets.append(spike)

    layer = Early(step_mode="m")
    x_seq = inputs(10, 4)
    assert torch.equal(layer(x_seq), _with_threshold(x_seq))
    assert len(resets) == 10
    assert layer.supported_backends == ("torch", "auto")


def _with_threshold(x_seq):
    """A LIF neuron that fires at half the threshold, from the equations."""

    class Early(LIFNode):
        def fire(h, v_threshold):
            return h - v_threshold / 2

    return Early(step_mode="m")(x_seq)


@pytest.mark.parametrize("backend", ["torch", "numba"])
def test_the_input_may_stand_in_every_equation(backend):
    class Early(IFNode):
        def fire(h, x, v_threshold):
            return h + x - v_threshold

        def hard_reset(h, s, x, v_reset):
            return h - s * (h - v_reset) + x / 8

    layer, x_seq, v = Early(step_mode="m", backend=backend), inputs(10, 4), torch.zeros(4)
    for x, s in zip(x_seq, layer(x_seq), strict=True):
        h = v + x
        assert torch.equal(s, (h + x >= 1).float())
        v = h - s * h + x / 8
    torch.testing.assert_close(layer.v, v)


def test_old_style_has_no_pure_form():
    with pytest.raises(TypeError, match="OldStyleNode overrides neuronal_charge"):
        functional.run(OldStyleNode(), inputs(3, 2))
    with pytest.raises(TypeError, match=r"Define charge\(v, x, …\) instead"):
        OldStyleNode().equations()


def test_own_parameters():
    class Own(BaseNode):
        tau: TimeConstant = 4.0
        bias: Number = 0.5
        flag: bool = False

        def charge(v, x, tau, bias, flag, extra):
            return v + x / tau if flag else v + x / tau + bias + extra

        def __init__(self, *values, extra=0.0, **named):
            super().__init__(*values, **named)
            self.extra = extra

    assert Own(bias=0.25, extra=0.25)(torch.tensor([2.0])).item() == 1.0
    assert Own(flag=True)(torch.tensor([2.0])).item() == 0.0
    assert Own(bias=nn.Parameter(torch.tensor(0.5)))(torch.tensor([2.0])).item() == 1.0
    with pytest.raises(ValueError, match="of at least 1"):
        Own(tau=0.1)


def test_subclass_changes_a_default():
    class Slow(LIFNode):
        tau: Number = 20.0

    assert Slow().tau == 20.0
    assert Slow(tau=0.5).tau == 0.5  # declared again, without the limit


def test_missing_attribute_is_named():
    class Forgot(BaseNode):
        def charge(v, x, gain):
            return v + gain * x

    with pytest.raises(
        AttributeError, match=r"Forgot reads gain, which is None.*Declare it in the class"
    ):
        Forgot()(torch.zeros(1))


def test_a_neuron_needs_an_equation():
    with pytest.raises(TypeError, match=r"has no equation. Define charge\(v, x, …\)"):
        BaseNode()


def test_states_of_an_own_neuron():
    layer = AdaptiveNode(step_mode="m")
    layer(inputs(5, 3))
    assert layer.slow.shape == layer.trace.shape == (3,)
    left = [row for row, _ in layer.equations()]
    assert left == [r"\text{slow}[t]", "H[t]", "S[t]", "V[t]", r"\text{trace}[t]"]


@each_of_the_library
@pytest.mark.parametrize("v_reset", [0.0, None])
def test_equations_show_the_actual_reset_mode(kind, v_reset):
    rows = dict(kind(v_reset=v_reset).equations())
    threshold = r"\left(V_{\text{threshold}} + \beta A[t-1]\right)"
    threshold = threshold if kind is neuron.ALIFNode else r"V_{\text{threshold}}"
    assert rows["S[t]"] == rf"\Theta\left(H[t] - {threshold}\right)"
    assert (r"V_{\text{reset}}" in rows["V[t]"]) is (v_reset is not None)
    assert (r"V_{\text{threshold}} S[t]" in rows["V[t]"]) is (v_reset is None)
    assert r"V_{\text{reset}}" not in rows["H[t]"] or v_reset is not None


def test_equations_of_lif():
    assert dict(LIFNode().equations())["H[t]"] == (
        r"V[t-1] + \frac{X[t] - \left(V[t-1] - V_{\text{reset}}\right)}{\tau}"
    )
    assert dict(LIFNode(decay_input=False, v_reset=None).equations())["H[t]"] == (
        r"V[t-1] - \frac{V[t-1]}{\tau} + X[t]"
    )


def test_run_checks_the_given_state():
    layer = neuron.CUBALIFNode()
    with pytest.raises(ValueError, match=r"the state has \['v'\]; wanted \['i', 'v'\]"):
        functional.run(layer, inputs(3, 2), {"v": torch.zeros(2)})
    with pytest.raises(RuntimeError, match=r"the given state i is \[1\]"):
        functional.run(layer, inputs(3, 2), {"v": torch.zeros(2), "i": torch.zeros(1)})


def test_gradients_flow_through_the_initial_and_the_final_state():
    first = torch.zeros(3, requires_grad=True)
    _, last = functional.run(IFNode(detach_reset=True), inputs(1, 3) / 9, {"v": first})
    last["v"].sum().backward()
    assert torch.equal(first.grad, torch.ones(3))


# --- nothing silent: found by a reader who meant harm --------------------------------------------


def test_a_plain_value_in_a_subclass_is_a_new_default():
    class Slow(LIFNode):
        tau = 20.0
        v_reset = None
        step_mode = "m"

    layer = Slow()
    assert (layer.tau, layer.v_reset, layer.step_mode) == (20.0, None, "m")
    assert isinstance(Slow(tau=nn.Parameter(torch.tensor(3.0))).tau, nn.Parameter)


def test_a_default_is_not_shared():
    class Own(BaseNode):
        gain: Number = nn.Parameter(torch.ones(2))

        def charge(v, x, gain):
            return v + gain * x

    assert Own().gain is not Own().gain


def test_several_bases():
    class Noisy:
        noise = 0.0

    class Both(Noisy, LIFNode):
        pass

    class More(neuron.IzhikevichNode):
        states = {"z": 0.5}  # noqa: RUF012

        def update_z(z, x):
            return z + x

    assert Both(tau=3).tau == 3.0
    assert dict(More.states) == {"w": "w_rest", "z": 0.5}
    layer = More()
    layer(torch.ones(2))
    assert layer.z.tolist() == [1.5, 1.5]


@pytest.mark.parametrize("order", ["abcd", "dcba"])
def test_a_state_reads_the_new_values_of_those_that_it_names(order):
    """In whichever order they are named: a and b before charging, c and d after firing."""

    class Chain(BaseNode):
        states = dict.fromkeys(order, 0.0)

        def update_a(a, x):
            return a + x

        def update_b(b, a):
            return b + a

        def charge(v, b):
            return v + b

        def update_c(c, s):
            return c + s

        def update_d(d, c, s):
            return d + c

    rows = dict(Chain().equations())
    assert rows["B[t]"] == "B[t-1] + A[t]"
    assert rows["D[t]"] == "D[t-1] + C[t]"
    layer = Chain()
    layer(torch.tensor([1.25]))
    assert [getattr(layer, name).item() for name in "abcd"] == [1.25, 1.25, 1.0, 1.0]


def test_two_states_do_not_read_each_others_new_values():
    body = {"states": {"a": 0.0, "b": 0.0}, "update_a": lambda a, b, x: a + b + x}
    with pytest.raises(TypeError, match="updates of a and b read each other's new values"):
        type("Own", (IFNode,), {**body, "update_b": lambda b, a: b + a})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"states": {"x": 0.0}}, "'x' is a symbol of the equations"),
        ({"states": {"run": 0.0}}, "a state can't be called 'run'"),
        ({"states": {"w": 0.0}, "w": 1.0}, "a state can't be called 'w'"),
        ({"states": {"w": 0.0}}, r"define update_w\(w, …\)"),
        ({"h": 0.1}, "'h' is a symbol of the equations"),
        ({"run": 1.0, "__annotations__": {"run": float}}, "a field can't be called 'run'"),
        ({"reset": 1.0, "__annotations__": {"reset": float}}, "a field can't be called 'reset'"),
        ({"reset": lambda h, s: h}, "the equations are hard_reset and soft_reset"),
        ({"single_step_forward": lambda self, x: x}, "single_step_forward would never be called"),
        ({"multi_step_forward": lambda self, x: x}, "multi_step_forward would never be called"),
    ],
)
def test_names_that_mean_something_else(body, message):
    with pytest.raises(TypeError, match=f"class Own: .*{message}"):
        type("Own", (IFNode,), body)


@pytest.mark.parametrize("inherited", [True, False])
def test_what_an_equation_reads_is_declared(inherited):
    body = {"charge": lambda v, x, gain: v + gain * x}
    parent = type("Parent", (IFNode,), {"gain": 1.0}) if inherited else IFNode
    with pytest.raises(TypeError, match=r"charge reads gain, a plain .*write gain: Number = 1\.0"):
        type("Own", (parent,), body if inherited else {"gain": 1.0, **body})
    declared = type("Parent", (IFNode,), {"gain": 1.0, "__annotations__": {"gain": Number}})
    assert type("Own", (declared,), body)(gain=0.5)(torch.tensor([2.0])).item() == 1.0
    with pytest.raises(TypeError, match="gain='1'"):
        type("Own", (declared,), body)(gain="1")


def test_charge_beside_neuronal_charge():
    with pytest.raises(TypeError, match="both charge and neuronal_charge"):
        type("Own", (OldStyleNode,), {"charge": lambda v, x: v + x})


def test_a_staticmethod_is_an_equation_too():
    class Own(BaseNode):
        @staticmethod
        def charge(v, x):
            return v + x

    assert Own()(torch.ones(1)).item() == 1.0


def test_changing_v_in_place_leaves_the_parameter_alone():
    layer = LIFNode(v_reset=torch.zeros(3))
    layer.v += 1
    assert layer.v_reset.tolist() == [0, 0, 0]
    assert layer.v.tolist() == [1, 1, 1]


def test_a_step_keeps_the_shape_of_the_state():
    class Wide(BaseNode):
        def neuronal_charge(self, x):
            self.v = self.v + x * torch.ones(4, 1, 1)

    class Flat(IFNode):
        def neuronal_reset(self, spike):
            self.v = torch.zeros(1)

    class Closed(BaseNode):
        def charge(v, x):
            return v + x * torch.ones(4, 1, 1)

    for kind in (Wide, Flat, Closed):
        with pytest.raises(RuntimeError, match="a step turned the state v from"):
            kind()(torch.ones(2, 3))


def test_neuronal_charge_must_set_v():
    class Returns(BaseNode):
        def neuronal_charge(self, x):
            return self.v + x

    with pytest.raises(TypeError, match=r"must set self\.v"):
        Returns()(torch.ones(2))


def test_methods_that_work_in_place_are_recorded_rightly():
    class InPlace(BaseNode):
        def neuronal_charge(self, x):
            self.v += x

        def neuronal_reset(self, spike):
            self.v -= spike

    with Recorder(InPlace(step_mode="m", v_reset=None)) as record:
        next(iter(record._layers.values()))(torch.full((4, 1), 0.4))
    assert record.only.h.flatten().tolist() == pytest.approx([0.4, 0.8, 1.2, 0.6])
    assert record.only.v.flatten().tolist() == pytest.approx([0.4, 0.8, 0.2, 0.6])


def test_a_state_set_to_something_else():
    layer = IFNode()
    layer.v = [0.0]
    with pytest.raises(TypeError, match=r"the state v=\[0\.0\]: wanted a number"):
        layer(torch.ones(1))


def test_v_seq_is_never_left_over():
    layer = LIFNode(step_mode="m", store_v_seq=True)
    layer(inputs(3, 2))
    layer.store_v_seq = False
    layer(inputs(3, 2))
    assert layer.v_seq is None


def test_loaded_parameters_are_checked():
    layer = LIFNode(tau=nn.Parameter(torch.tensor(2.0)))
    with pytest.raises(RuntimeError, match="tau in the checkpoint is wrong: wanted a number"):
        layer.load_state_dict({"tau": torch.tensor(-3.0)})
    assert layer.tau.item() == 2.0
    layer.load_state_dict({"tau": torch.tensor(3.0)})
    assert layer.tau.item() == 3.0


def test_a_class_is_no_surrogate_function():
    with pytest.raises(TypeError, match=r"for example surrogate.ATan\(\)"):
        IFNode(surrogate_function=surrogate.ATan)


def test_an_error_inside_an_equation_names_it():
    class Wrong(BaseNode):
        def charge(v, x):
            return v.no_such_method(x)

    with pytest.raises(AttributeError) as caught:
        Wrong()(torch.ones(1))
    assert caught.value.__notes__ == ["This happened in Equation charge(v, x)."]


def test_setting_a_value_too_early():
    class Early(LIFNode):
        def __init__(self):
            self.tau = 5.0
            super().__init__()

    with pytest.raises(AttributeError, match=r"call super\(\).__init__\(\) before tau = …"):
        Early()


def test_a_learned_number_on_another_device_is_noticed():
    with pytest.raises(RuntimeError, match=r"tau is .*meta"):
        LIFNode(tau=torch.tensor(2.0, device="meta"))(torch.ones(2))


def test_a_tensor_of_less_precision_takes_part_in_the_dtype_of_the_membrane():
    class Decaying(BaseNode):
        tau: Number = 2.0

        def charge(v, x, tau):
            return v * (1 - 1 / tau) + x

    half = nn.Parameter(torch.tensor([1.7, 3.3], dtype=torch.float16))
    x_seq = inputs(5, 2)
    given = Decaying(tau=half).run(x_seq).s_seq
    assert torch.equal(given, Decaying(tau=half.detach().float()).run(x_seq).s_seq)
    given.sum().backward()
    assert half.grad.dtype == torch.float16


@pytest.mark.parametrize("backend", ["torch", "numba"])
@pytest.mark.parametrize("kind", [neuron.QIFNode, neuron.EIFNode, neuron.IzhikevichNode])
def test_a_neuron_that_runs_away_goes_on_and_is_never_nan(kind, backend):
    """A soft reset takes one threshold away, which doesn't hold such a potential back."""
    layer = kind(v_reset=None, step_mode="m", backend=backend)
    s_seq = layer(torch.full((60, 2), 3.0))
    assert torch.equal(s_seq[-20:], torch.ones(20, 2))
    assert torch.equal(layer.v, torch.full((2,), torch.finfo(torch.float32).max))
    layer.reset()
    layer.v_reset = 0.0
    layer(torch.full((60, 2), 3.0))
    assert layer.v.abs().max() < 10, "a hard reset does"
