"""Numbers that were once wrong, or state that was lost, in silence: each kind with its value."""

import io

import numpy
import pytest
import torch
from neurons import LIBRARY, RUNAWAYS, inputs, runaway_input
from torch import nn
from torch.nn.utils import parametrize
from torch.utils.checkpoint import checkpoint

from snnbook import functional, neuron, surrogate
from snnbook.equation import EquationError, exp, where
from snnbook.fields import AtLeast, Positive
from snnbook.layer import SynapseFilter
from snnbook.neuron import ALIFNode, BaseNode, IFNode, LIFNode, LINode
from snnbook.surrogate import Surrogate


class Bump(Surrogate):
    """A reader's own surrogate: both branches overflow where they are not taken."""

    width: Positive = 1.0

    def primitive(u, width):
        return where(u < 0, exp(u / width) / 2, where(u > 3 * width, 1, 1 - exp(-u / width) / 2))


THETAS = [
    kind
    for kind in map(surrogate.__dict__.get, surrogate.__all__)
    if isinstance(kind, type) and issubclass(kind, Surrogate) and kind is not Surrogate
]
BACKENDS = ["torch", "numba", "triton"]


@pytest.fixture(autouse=True)
def _interpreter(monkeypatch):
    if not torch.cuda.is_available():
        monkeypatch.setenv("TRITON_INTERPRET", "1")


def needs(backend):
    if backend != "torch":
        pytest.importorskip(backend)
    return "cuda" if backend == "triton" and torch.cuda.is_available() else "cpu"


def extremes(theta, dtype):
    """Return 0, ±1e-30 … ±1e30 and the kinks, where one function meets another."""
    sizes = [10.0**k for k in range(-30, 31, 2)] + [88.0, 89.0, 104.0, 710.0, 746.0]
    for name in theta.primitive.arguments[1:]:
        if value := abs(getattr(theta, name)):
            sizes += [1 / value, 1 / (2 * value), 3 * value, 88 / value, 89 / value]
    return torch.tensor([0.0, *sizes, *(-size for size in sizes)], dtype=dtype)


def gradients(layer, x_seq, upstream):
    x = x_seq.clone().requires_grad_()
    done = layer.run(x)
    results = (done.s_seq.double(), done.state["v"].double())
    ((results[0] * upstream).sum() + results[1].sum()).backward()
    return results[0].detach().cpu(), x.grad.double().cpu()


@pytest.mark.parametrize(
    "v_reset",
    [pytest.param(0.0, id="hard"), pytest.param(None, id="soft", marks=pytest.mark.sweep)],
)
@pytest.mark.parametrize(
    "spiking",
    [pytest.param(True, id="spiking"), pytest.param(False, id="smooth", marks=pytest.mark.sweep)],
)
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", [*THETAS, Bump], ids=lambda kind: kind.__name__)
def test_every_surrogate_has_one_slope_on_every_backend(kind, backend, spiking, v_reset):
    device = needs(backend)
    theta = kind(spiking=spiking)
    u = extremes(theta, torch.float32)
    numbers = [float(getattr(theta, name)) for name in theta.primitive.arguments[1:]]
    exact = torch.as_tensor(theta.derivative(u.double(), *numbers)).double().expand_as(u)
    assert exact.isfinite().all()
    # A threshold of 0, so that u is the input; the second step sees what the reset left.
    net = IFNode(0.0, v_reset, theta, step_mode="m")
    x_seq = torch.stack([u, u.flip(0)])
    upstream = torch.tensor([[1.0], [0.5]], dtype=torch.float64, device=device)
    wanted_s, wanted = gradients(net, x_seq, upstream.cpu())
    net.backend = backend
    s, found = gradients(net.to(device), x_seq.to(device), upstream)
    torch.testing.assert_close(s, wanted_s, rtol=1e-6, atol=1e-6)
    finite = wanted.isfinite()
    assert finite.float().mean() > 0.9
    torch.testing.assert_close(found[finite], wanted[finite], rtol=2e-5, atol=1e-30)
    # One step, detached: nothing but the slope.
    net = IFNode(0.0, v_reset, theta, detach_reset=True, step_mode="m", backend=backend)
    x = u.to(device)[None].requires_grad_()
    net.to(device)(x).sum().backward()
    torch.testing.assert_close(x.grad[0].double().cpu(), exact, rtol=2e-5, atol=1e-30)


def test_a_loaded_layer_computes_what_the_saved_one_did():
    layer = LIFNode()
    sharp = surrogate.Sigmoid(alpha=9.0)
    saved = LIFNode(v_threshold=0.3, v_reset=None, tau=3.0, surrogate_function=sharp)
    layer.load_state_dict(saved.state_dict())
    assert (layer.v_threshold, layer.v_reset, layer.tau) == (0.3, None, 3.0)
    assert layer.surrogate_function.alpha == 9.0
    file = io.BytesIO()
    torch.save(layer.state_dict(), file)
    file.seek(0)
    again = LIFNode(surrogate_function=None)
    again.load_state_dict(torch.load(file, weights_only=True))
    assert (again.v_threshold, again.v_reset, again.tau) == (0.3, None, 3.0)


def test_a_refused_checkpoint_changes_nothing():
    layer = LIFNode(v_threshold=torch.ones(2), tau=torch.full((2,), 2.0))
    wrong = {"v_threshold": torch.full((2,), 7.0), "tau": torch.tensor([2.0, -3.0])}
    with pytest.raises(RuntimeError, match="tau in the checkpoint is wrong"):
        layer.load_state_dict(wrong)
    assert layer.v_threshold.tolist() == [1.0, 1.0]
    assert layer.tau.tolist() == [2.0, 2.0]


@pytest.mark.parametrize("backend", ["torch", "numba"])
def test_an_infinite_input_is_a_spike_and_the_neuron_goes_on(backend):
    layer = IFNode(step_mode="m", backend=backend)
    s_seq = layer(torch.tensor([[torch.inf], [2.0], [2.0]]))
    assert s_seq.flatten().tolist() == [1.0, 1.0, 1.0]
    assert layer.v.tolist() == [0.0]


class ByMethods(BaseNode):
    """In the manner of SpikingJelly, with a state that remembers the last input."""

    states = {"last": 0.0}  # noqa: RUF012

    def neuronal_charge(self, x):
        self.last = x
        self.v = self.v + x


@pytest.mark.parametrize("v_reset", [0.0, None])
@pytest.mark.parametrize("kind", [*LIBRARY, ByMethods])
def test_every_neuron_goes_on_after_an_infinite_input(kind, v_reset):
    layer = kind(v_reset=v_reset, step_mode="m", store_v_seq=True)
    x_seq = torch.tensor([[torch.inf, -torch.inf], [2.0, 2.0], [2.0, 2.0]]).requires_grad_()
    s_seq = layer(x_seq)
    s_seq.sum().backward()
    assert s_seq[0].tolist() == [1.0, 0.0]
    assert v_reset is None or layer.v_seq[0, 0] == v_reset
    for numbers in (s_seq, layer.v_seq, x_seq.grad, *layer._memory.values()):
        assert numbers.isfinite().all()


@pytest.mark.parametrize(
    ("backend", "dtype"),
    [
        ("torch", torch.float32),
        ("torch", torch.float64),
        ("numba", torch.float32),
        pytest.param("numba", torch.float64, marks=pytest.mark.sweep),
    ],
)
@pytest.mark.parametrize("kind", RUNAWAYS)
def test_a_neuron_that_runs_away_stops_at_the_largest_number(kind, backend, dtype):
    """It goes on to fire, no number becomes NaN, and the calm neuron learns as if it were alone."""
    runs = []
    for columns in (4, 1):
        layer = RUNAWAYS[kind]().to(dtype)
        layer.backend = backend
        x_seq = runaway_input(dtype)[:, :columns].requires_grad_()
        done = layer.run(x_seq, trace=True)
        (done.s_seq + done.v_seq / done.v_seq.detach().abs().clamp(min=1)).sum().backward()
        runs.append((done, x_seq.grad, [p.grad for p in layer.parameters()]))
    (done, slope, learned), (_, alone, _) = runs
    assert done.h_seq[:, -1].max() == torch.finfo(dtype).max
    assert (done.s_seq[3, -1] == 1).all()
    for numbers in (*done[:1], *done.state.values(), *done[2:], slope, *learned):
        assert numbers.isfinite().all()
    assert torch.equal(slope[:, :1], alone)
    assert (slope[:, 0] != 0).any()


def test_a_step_that_stopped_passes_no_gradient():
    layer = neuron.EIFNode(v_reset=None, backend="torch", step_mode="m")
    x_seq = torch.tensor([[1.0], [1e30], [0.0]]).requires_grad_()
    layer.run(x_seq).state["v"].sum().backward()
    assert x_seq.grad.tolist() == [[0.0], [0.0], [0.0]]


@pytest.mark.parametrize("backend", ["torch", "numba"])
def test_a_gradient_penalty_counts(backend):
    x = inputs(3, 2).requires_grad_()
    layer = LIFNode(step_mode="m", backend=backend, surrogate_function=surrogate.ATan())
    (slope,) = torch.autograd.grad(layer(x).sum(), x, create_graph=True)
    (slope**2).sum().backward()
    again = x.grad.clone()
    x.grad = None
    layer = LIFNode(step_mode="m", surrogate_function=surrogate.ATan())
    (slope,) = torch.autograd.grad(layer(x).sum(), x, create_graph=True)
    (slope**2).sum().backward()
    assert again.abs().max() > 0
    torch.testing.assert_close(again, x.grad)


class Last(BaseNode):
    states = {"last": 0.0}  # noqa: RUF012

    def update_last(last, x):
        return x

    def charge(v, x):
        return v + x


@pytest.mark.parametrize(
    ("kind", "backend"), [(Last, "torch"), (Last, "numba"), (ByMethods, "torch")]
)
def test_a_state_shares_no_memory_with_the_input(kind, backend):
    x = torch.ones(2, 2)
    layer = kind(step_mode="m", backend=backend)
    layer(x)
    x.zero_()
    assert layer.last.tolist() == [1.0, 1.0]


def test_a_state_shares_no_memory_with_a_parameter_or_another_state():
    class Sharing(IFNode):
        states = {"last": 0.0}  # noqa: RUF012

        def update_last(last, x):
            return x

        def hard_reset(h, v_reset):
            return v_reset

        def soft_reset(h, last):
            return last

    for v_reset in (torch.zeros(2), None):
        layer = Sharing(v_reset=v_reset)
        layer(torch.ones(2))
        layer.v += 1
        assert layer.last.tolist() == [1.0, 1.0]
        assert v_reset is None or layer.v_reset.tolist() == [0.0, 0.0]


def test_a_first_value_may_be_changed_in_place():
    layer = IFNode(v_threshold=0.5, v_reset=torch.zeros(2))
    layer.v[0] = 0.75
    assert layer.v_reset.tolist() == [0.0, 0.0]
    assert layer(torch.zeros(2)).tolist() == [1.0, 0.0]


@pytest.mark.parametrize("name", ["tau", "run", "training", "v_seq", "_memory", "a b", "class"])
def test_a_state_may_not_hide_something(name):
    with pytest.raises(TypeError, match="a state can't be called"):
        type("Own", (LIFNode,), {"states": {name: 1.5}})


@pytest.mark.parametrize("backend", ["torch", "numba"])
@pytest.mark.parametrize("kind", [IFNode, ALIFNode, LINode, SynapseFilter])
def test_what_was_saved_is_read_once(kind, backend):
    """Checkpoints, and other hooks on saved tensors, allow a backward pass to read each of them."""
    layer, gradients = kind(backend=backend), []

    def two_pieces(x):
        first, state = functional.run(layer, x[:3])
        return torch.cat([first, functional.run(layer, x[3:], state)[0]])

    for run in (two_pieces, lambda x: checkpoint(two_pieces, x, use_reentrant=False)):
        x = inputs(6, 3).requires_grad_()
        run(x).sum().backward()
        gradients.append(x.grad)
    assert torch.equal(*gradients)
    with torch.autograd.graph.save_on_cpu():
        layer(inputs(1, 3)[0].requires_grad_()).sum().backward()


def test_checkpointing_is_refused_with_the_way_that_works():
    x = torch.ones(2, 2, requires_grad=True)
    y = checkpoint(LIFNode(step_mode="m"), x, use_reentrant=False)
    with pytest.raises(RuntimeError, match=r"functional\.run"):
        y.sum().backward()


def test_a_learned_time_constant_stays_above_its_bound():
    layer = LIFNode(tau=nn.Parameter(torch.tensor(2.0)), step_mode="m")
    parametrize.register_parametrization(layer, "tau", AtLeast(1.0))
    layer.tau = 100.0
    assert layer.tau.item() == pytest.approx(100.0)
    with pytest.raises(ValueError, match="above 1"):
        layer.tau = 1.0
    with pytest.raises(ValueError, match="infinite"):
        AtLeast(torch.inf)


@pytest.mark.parametrize("make", [LIFNode, SynapseFilter, surrogate.Erf])
def test_a_number_that_float32_does_not_have_is_infinite(make):
    with pytest.raises(ValueError, match=r"=1e\+39: .*not infinite"):
        make(1e39)


def test_a_method_may_not_change_the_spikes():
    class Careless(LIFNode):
        def neuronal_reset(self, spike):
            spike.mul_(0)

    assert Careless(step_mode="m")(torch.full((3, 2), 3.0)).min() == 1


def test_a_step_may_not_change_a_state_in_place():
    class Careless(BaseNode):
        def charge(v, x):
            return nn.functional.relu(v, inplace=True) + x

    layer = Careless()
    layer.v = torch.tensor([-1.0, 0.5])
    with pytest.raises(RuntimeError, match=r"changed its input in place, .* or a state"):
        layer(torch.zeros(2))


@pytest.mark.parametrize(
    ("saved", "loaded"),
    [
        (surrogate.Sigmoid(5.0), surrogate.ATan(3.0)),
        (LIFNode(tau=7.0), SynapseFilter(tau=3.0)),
        (nn.Sequential(LIFNode(tau=7.0)), nn.Sequential(IFNode())),
    ],
)
def test_a_checkpoint_of_another_class_is_refused(saved, loaded):
    before = repr(loaded)
    with pytest.raises(RuntimeError, match="in the checkpoint; to keep this one's own numbers"):
        loaded.load_state_dict(saved.state_dict())
    loaded.load_state_dict(dict(saved.state_dict()))
    assert repr(loaded) == before


def test_a_checkpoint_of_a_base_class_is_loaded():
    class Own(LIFNode):
        pass

    layer = Own()
    layer.load_state_dict(LIFNode(tau=7.0).state_dict())
    assert layer.tau == 7.0


def test_a_parametrized_value_is_set_in_its_own_dtype():
    layer = LIFNode(tau=nn.Parameter(torch.tensor(2.0)))
    parametrize.register_parametrization(layer, "tau", AtLeast(1.0))
    layer.tau = torch.tensor(3.0, dtype=torch.float64)
    assert layer.tau.item() == 3.0
    with pytest.raises(ValueError, match=r"AtLeast: the value=0.5: wanted a number"):
        AtLeast(1.0).right_inverse(0.5)
    with pytest.raises(TypeError, match="AtLeast: low='1': wanted a number"):
        AtLeast("1")


@pytest.mark.parametrize(
    "noise",
    [
        "np.random.default_rng().random()",
        "np.random.rand()",
        "torch.rand(()).item()",
        "torch.normal(0.0, 1.0, (1,)).item()",
        "torch.initial_seed()",
    ],
)
def test_noise_of_a_library_is_not_frozen(noise):
    names = {"np": numpy, "torch": torch}
    exec(f"def charge(v, x): return v + x + {noise}", names)
    layer = type("Noisy", (BaseNode,), {"charge": names["charge"]})(step_mode="m", backend="numba")
    with pytest.raises(EquationError, match=r"Noise belongs|reads default_generator"):
        layer(torch.zeros(2, 1))


@pytest.mark.parametrize(
    "primitive",
    [
        lambda u: 1 / (1 + exp(-4 * u)),
        lambda u: exp(4 * u) / (1 + exp(4 * u)),
        lambda u: 1 - 1 / (exp(4 * u) + 1),
        lambda u: where(u < 0, 1 / (1 + exp(-4 * u)), 1 / (1 + exp(-4 * u))),
    ],
)
def test_a_logistic_step_has_a_slope_wherever_it_is_written(primitive):
    u = torch.tensor([0.0, 0.3, -1.0, 23.0, -23.0, 1000.0, -1000.0])
    theta = type("Own", (Surrogate,), {"primitive": primitive})()
    torch.testing.assert_close(theta.gradient(u), surrogate.Sigmoid(4.0).gradient(u))


def test_a_parametrized_value_stays_where_it_is():
    layer = LIFNode(tau=nn.Parameter(torch.tensor(2.0)))
    parametrize.register_parametrization(layer, "tau", AtLeast(1.0))
    three = torch.tensor(3.0)
    with torch.device("meta"):
        for value in (three, 3.0):
            layer.tau = value
            assert layer.tau.item() == 3.0
