"""A network in a page: it runs and learns as PyTorch does in float64, in a real browser."""

import copy
import itertools

import numpy as np
import pytest
import test_golden
import torch
from live import PAGE
from neurons import LIBRARY, RUNAWAYS, AdaptiveNode, SquareIFNode, inputs, runaway_input
from torch import nn

from snnbook import functional, neuron, surrogate
from snnbook.equation import exp, where
from snnbook.interactive.figure import SCRIPT
from snnbook.interactive.network import NETWORK, read_network
from snnbook.interactive.script import apart
from snnbook.layer import SynapseFilter
from snnbook.neuron import BaseNode, IFNode, LIFNode, LINode
from snnbook.surrogate import Surrogate

SURROGATES = tuple(
    kind
    for kind in map(surrogate.__dict__.get, surrogate.__all__)
    if isinstance(kind, type) and issubclass(kind, Surrogate) and kind is not Surrogate
)


@pytest.fixture(scope="module")
def engine(chromium):
    """A page with the script of the figures and of the networks in it."""
    page = chromium.new_page()
    page.set_content(PAGE.format(""))
    names = "const FUNCTIONS = {}; Object.assign(window, { FUNCTIONS, network, sgd, adam });"
    page.add_script_tag(type="module", content=f"{SCRIPT}{NETWORK}{names}")
    page.wait_for_function("window.network !== undefined")
    yield page
    page.close()


def asked(engine, code, given):
    """What a function of the page answers; the printed functions in `given` are put there first."""
    given, functions = apart(given)
    engine.evaluate(f"void Object.assign(FUNCTIONS, {functions})")
    return engine.evaluate(code, given)


RUN = """(cases) => cases.map(([entries, x, T, B, g]) => {
  const net = network(entries), outputs = net.forward(Float64Array.from(x), T, B);
  const back = () => [...net.backward(Float64Array.from(g))];
  return {
    s: [...outputs.at(-1)], x: g ? back() : [],
    parameters: net.parameters.map(({ value, gradient }) => [[...value], [...gradient]]),
  };
})"""


class Case:
    """A network, an input and a gradient of its output: in PyTorch, and for the page."""

    def __init__(self, *layers, x=None, g=None, shape=(60, 2, 4)):
        self.net = nn.Sequential(*layers).double()
        functional.set_step_mode(self.net, "m")
        self.entries = read_network(self.net, learns=True)
        self.x = inputs(*shape, dtype=torch.float64) if x is None else x
        self.x = self.x.clone().requires_grad_()
        self.s = self.net(self.x)
        self.g = torch.randn(self.s.shape, generator=torch.Generator().manual_seed(1)).double()
        self.g = self.g if g is None else g
        if self.s.requires_grad:
            self.s.backward(self.g)

    def given(self):
        B = self.x[0].numel() // self.x.shape[-1]
        x, g = self.x.detach().flatten().tolist(), self.g.flatten().tolist()
        return [self.entries, x, len(self.x), B, g]

    def agrees(self, done):
        page, wanted = torch.tensor(done["s"], dtype=torch.float64), self.s.detach().flatten()
        if ((wanted == 0) | (wanted == 1)).all():  # spikes
            assert torch.equal(page, wanted), self.net
        else:
            same(page, wanted, self.net)
        found = [done["x"], *(gradient for _, gradient in done["parameters"])]
        wanted = [self.x.grad, *(p.grad for p in self.net.parameters())]
        for page, torch_gradient in zip(found, wanted, strict=True):
            page = torch.tensor(page, dtype=torch.float64)
            same(page, torch_gradient.flatten(), self.net)


def same(page, wanted, what):
    """1e-10 relative; what is nothing but rounding beside the greatest may differ by that."""
    least = 1e-14 * wanted.abs().max().item()
    torch.testing.assert_close(page, wanted, rtol=1e-10, atol=least, msg=lambda m: f"{what}: {m}")


def compare(engine, cases):
    for case, done in zip(cases, asked(engine, RUN, [c.given() for c in cases]), strict=True):
        case.agrees(done)


MODES = [
    {"v_reset": v_reset, "detach_reset": detach}
    for v_reset, detach in itertools.product((0.0, None), (False, True))
]


@pytest.mark.parametrize("kind", [*LIBRARY, SquareIFNode, AdaptiveNode])
def test_every_neuron_learns_in_the_page(engine, kind):
    cases = [Case(kind(**modes, surrogate_function=surrogate.ATan())) for modes in MODES]
    assert all(0 < case.s.mean() < 1 for case in cases)
    assert all(case.x.grad.abs().sum() > 0 for case in cases)
    compare(engine, cases)


@pytest.mark.parametrize("kind", SURROGATES)
@pytest.mark.parametrize("spiking", [True, False], ids=["spiking", "smooth"])
def test_every_surrogate_learns_in_the_page(engine, kind, spiking):
    numbers = {n: 1.3 * f.default for n, f in kind._fields.items() if n != "spiking"}
    theta = kind(**numbers, spiking=spiking)
    layers = [LIFNode(3.0, **modes, surrogate_function=theta) for modes in MODES]
    compare(engine, [Case(layer) for layer in layers])


def test_the_golden_traces(engine):
    with np.load(test_golden.GOLDEN / "visible.npz") as file:
        arrays = {name: torch.from_numpy(file[name]) for name in file.files}
    cases = []
    for case in test_golden.CASES:
        x, gs = (arrays[f"{case['id']}/{name}"] for name in ("x", "gs"))
        cases.append(Case(test_golden.build(case, arrays), x=x, g=gs))
        assert torch.equal(cases[-1].s, arrays[f"{case['id']}/s"])
    compare(engine, cases)


class Readers(BaseNode):
    """A reader's neuron, with whatever an equation may use, and a learned number."""

    states = {"slow": 0.1}  # noqa: RUF012

    def __init__(self, **options):
        super().__init__(**options)
        self.gain = nn.Parameter(torch.tensor(0.8))

    def update_slow(slow, s):
        return slow * 0.9 + s / 4

    def charge(v, x, slow, gain):
        return v * exp(-1 / gain) + where(x > 0.3, gain * x**2, abs(x) ** gain) - slow / (1 + v**2)


class Algebraic(Surrogate):
    """A reader's surrogate function."""

    alpha: float = 2.0

    def primitive(u, alpha):
        return (1 + alpha * u / (1 + (alpha * u) ** 2) ** 0.5) / 2


def test_a_readers_neuron_and_surrogate_learn_in_the_page(engine):
    cases = [Case(Readers(**modes, surrogate_function=Algebraic())) for modes in MODES]
    assert all(case.net[0].gain.grad != 0 for case in cases)
    compare(engine, cases)


@pytest.mark.parametrize("kind", RUNAWAYS)
def test_a_neuron_that_runs_away_learns_as_in_pytorch(engine, kind):
    x = runaway_input(torch.float64)[:, :3].unsqueeze(1)  # JSON has no infinity
    case = Case(RUNAWAYS[kind](), x=x)
    assert all(p.grad.isfinite().all() for p in (case.x, *case.net.parameters()))
    compare(engine, [case])


class Started(IFNode):
    """Its first potential is learned, through the field that names it."""

    def __init__(self, **options):
        super().__init__(**options)
        self.v_reset = nn.Parameter(torch.tensor(-0.25))
        self.v_threshold = nn.Parameter(torch.tensor(0.9))


def test_a_learned_first_value_and_threshold(engine):
    case = Case(Started())
    assert {*dict(case.net.named_parameters())} == {"0.v_reset", "0.v_threshold"}
    order = [entry["learned"] for entry in case.entries]
    assert order == [["v_reset", "v_threshold"]]
    (done,) = asked(engine, RUN, [case.given()])
    found = dict(zip(order[0], done["parameters"], strict=True))
    done["parameters"] = [found[name] for name, _ in case.net[0].named_parameters()]
    case.agrees(done)


def dense_net(seed=0):
    torch.manual_seed(seed)
    lif = LIFNode(4.0, decay_input=False, surrogate_function=surrogate.Sigmoid())
    net = nn.Sequential(
        nn.Linear(6, 9),
        lif,
        nn.Linear(9, 3, bias=False),
        neuron.ParametricLIFNode(surrogate_function=surrogate.ATan()),
        SynapseFilter(3.0),
        LINode(5.0),
    )
    with torch.no_grad():
        net[0].weight *= 3
        net[2].weight *= 4
    return net


@pytest.mark.parametrize("seed", range(3))
def test_a_dense_network(engine, seed):
    case = Case(*dense_net(seed), shape=(30, 5, 6))
    assert case.net[0].weight.grad.abs().max() > 0
    compare(engine, [case])


TRAIN = """([entries, x, wanted, T, B, optimizer, options, rounds]) => {
  const net = network(entries), losses = [];
  const learner = window[optimizer](net.parameters, options);
  for (let round = 0; round < rounds; round += 1) {
    const y = net.forward(Float64Array.from(x), T, B).at(-1), g = y.map((y, k) => y - wanted[k]);
    losses.push(g.reduce((sum, d) => sum + d * d / 2, 0));
    learner.zero();
    net.backward(g);
    learner.step();
  }
  return [losses, net.parameters.map(({ value }) => [...value])];
}"""


@pytest.mark.parametrize(
    ("name", "kind", "lr"), [("sgd", torch.optim.SGD, 0.003), ("adam", torch.optim.Adam, 0.02)]
)
def test_a_training_goes_the_same_way(engine, name, kind, lr):
    net = dense_net().double()
    functional.set_step_mode(net, "m")
    x, wanted = inputs(20, 4, 6, dtype=torch.float64), inputs(20, 4, 3, seed=1).double()
    entries = read_network(net, learns=True)
    optimizer, losses = kind(net.parameters(), lr=lr), []
    for _ in range(50):
        functional.reset_net(net)
        loss = (net(x) - wanted).square().sum() / 2
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    given = [entries, x.flatten().tolist(), wanted.flatten().tolist(), 20, 4, name, {"lr": lr}, 50]
    page, values = asked(engine, TRAIN, given)
    assert losses[-1] < 0.7 * losses[0]
    same(torch.tensor(page, dtype=torch.float64), torch.tensor(losses, dtype=torch.float64), name)
    for found, parameter in zip(values, net.parameters(), strict=True):
        same(torch.tensor(found, dtype=torch.float64), parameter.detach().flatten(), name)


def test_weights_that_float32_holds_take_four_bytes_each():
    net = nn.Sequential(nn.Linear(64, 128), LIFNode(), nn.Linear(128, 10))
    single = read_network(net)
    assert single == read_network(copy.deepcopy(net).double())
    sizes = [len(entry["weight"]["numbers"]) for entry in (single[0], single[2])]
    assert sum(sizes) < 64 * 128 * 5.4 + 128 * 10 * 5.4
    assert "back" not in single[1]
    net.double()[0].weight.data += 1e-12
    assert read_network(net)[0]["weight"]["type"] == "Float64Array"


def test_what_is_no_such_network_is_refused():
    for net, kind, words in [
        (LIFNode(), TypeError, "wanted a torch.nn.Sequential"),
        (nn.Sequential(), ValueError, "no layers"),
        (nn.Sequential(nn.Conv2d(1, 1, 1)), TypeError, r"net\[0\]"),
        (nn.Sequential(nn.Linear(1, 1), nn.ReLU()), TypeError, r"net\[1\]"),
    ]:
        with pytest.raises(kind, match=words):
            read_network(net)
    net = nn.Sequential(nn.Linear(1, 1))
    net[0].bias.data.fill_(torch.nan)
    with pytest.raises(ValueError, match=r"net\[0\].bias.*finite"):
        read_network(net)


def test_an_input_of_another_size_is_refused(engine):
    with pytest.raises(Exception, match="the input has 4 numbers; wanted 3 x 1 x 6"):
        asked(engine, RUN, [[read_network(dense_net()), [0, 0, 0, 0], 3, 1, None]])


PIECES = """(cases) => cases.map(([entries, x, T, cut, N]) => {
  const { layers: [layer] } = network(entries), all = Float64Array.from(x);
  const whole = layer.forward(all, T), end = layer.state;
  const first = layer.forward(all.slice(0, cut * N), cut);
  const rest = layer.forward(all.slice(cut * N), T - cut, layer.state), state = layer.state;
  let refused = "";
  try { layer.backward(whole); } catch (error) { refused = error.message; }
  const given = (numbers) => [...numbers].map(String);
  const of = (state) => Object.entries(state).map(([name, numbers]) => [name, given(numbers)]);
  const pieces = given([...first, ...rest]);
  return { whole: given(whole), pieces, end: of(end), state: of(state), refused };
})"""


def test_a_neuron_goes_on_from_its_state(engine):
    """Two pieces give what the whole gives, and what functional.run gives from that state."""
    T, cut, N, cases, layers = 60, 23, 8, [], []
    x = inputs(T, N, dtype=torch.float64)
    for kind, modes in itertools.product([*LIBRARY, SquareIFNode, AdaptiveNode], MODES[::2]):
        layers.append(kind(**modes).double())
        entries = read_network(nn.Sequential(layers[-1]), learns=True)
        cases.append([entries, x.flatten().tolist(), T, cut, N])
    for layer, done in zip(layers, asked(engine, PIECES, cases), strict=True):
        assert done["pieces"] == done["whole"], layer
        assert done["state"] == done["end"], layer
        assert "begins at the first states" in done["refused"]
        with torch.no_grad():
            _, before = functional.run(layer, x[:cut])
            _, state = functional.run(layer, x[cut:], before)
        assert {name for name, _ in done["state"]} == state.keys()
        for name, numbers in done["state"]:
            page = torch.tensor([float(y) for y in numbers], dtype=torch.float64)
            same(page, state[name].flatten(), layer)


def test_the_script_is_short():
    assert len(NETWORK.splitlines()) <= 150
