"""`snnbook.diagnosis`: it names what is wrong with a network, and nothing where nothing is."""

import copy
import math

import pytest
import torch
from patients import FAULTS, healthy, sick, trained
from torch import nn

import snnbook
from snnbook import functional, neuron, surrogate
from snnbook.diagnosis import (
    HEADS,
    ILLNESSES,
    RULES,
    SENTENCES,
    Diagnosis,
    LayerReport,
    diagnose,
    fit_rates_,
    free_membrane,
    rate_normal_,
)
from snnbook.layer import Dropout, Recurrent, SeqToANNContainer
from snnbook.memory import MemoryModule
from snnbook.neuron import IFNode, LIFNode, LINode
from snnbook.record import Recorder

SICK = [(fault, seed) for fault in FAULTS for seed in range(100, 108)]
HEALTHY = [(healthy, seed) for seed in range(100, 128)] + [
    (trained, seed) for seed in range(128, 140)
]


def test_it_names_the_illness_and_the_layer_of_nearly_every_sick_network():
    missed = []
    for fault, seed in SICK:
        patient, illness, place = sick(fault, seed)
        found = diagnose(*patient)
        if (found.illness, found.sick) != (illness, place):
            missed.append(f"{fault}, seed {seed}: {found.illness} in {found.sick}, not {place}")
    assert len(SICK) >= 80
    assert len(missed) <= 0.05 * len(SICK), "\n".join(missed)


def test_it_finds_nothing_in_a_healthy_network():
    found = [(make.__name__, seed, diagnose(*make(seed))) for make, seed in HEALTHY]
    alarms = [f"{name} {seed}: {d.illness} in {d.sick}\n{d}" for name, seed, d in found if d.sick]
    assert len(HEALTHY) >= 40
    assert not alarms, "\n".join(alarms)


# --- what is measured ----------------------------------------------------------------------------


def small_net(**options):
    torch.manual_seed(0)
    layers = [nn.Linear(6, 20), LIFNode(**options), nn.Linear(20, 20), IFNode(), nn.Linear(20, 3)]
    net = nn.Sequential(*layers)
    functional.set_step_mode(net, "m")
    return net


def small_batch(steps=7, samples=5):
    generator = torch.Generator().manual_seed(1)
    x = 4 * torch.rand(steps, samples, 6, generator=generator)
    return x, torch.arange(samples) % 3


def test_the_rows_are_what_the_formulas_say():
    """Against the definitions, written out with PyTorch alone, on one layer's H and S."""
    net, (x, target) = small_net(v_reset=-1.0, surrogate_function=surrogate.ATan()), small_batch()
    nn.init.normal_(net[0].weight)
    row = diagnose(net, x, target).layers[0]
    current = net[0](x).detach().requires_grad_()
    done = net[1].run(current, trace=True)
    done.s_seq.retain_grad()
    logits = net[4](net[3](net[2](done.s_seq))).mean(0)
    nn.functional.cross_entropy(logits, target).backward()
    u = (done.h_seq - 1).detach()
    slope = 1 / (1 + (math.pi * u) ** 2)  # ATan with alpha = 2
    spikes = done.s_seq.detach()
    wanted = {
        "rate": spikes.mean(),
        "never": (spikes.sum((0, 1)) == 0).float().mean(),
        "always": (spikes.sum((0, 1)) > 0.9 * 35).float().mean(),
        "mean": u.mean() / 2,
        "std": u.std() / 2,
        "near": (slope >= 0.1).float().mean(),
        "slope": slope.mean(),
        "slope_rms": slope.square().mean().sqrt(),
        "gradient": current.grad.norm(),
        "gain": current.grad.norm() / done.s_seq.grad.norm(),
        "overshoot": u[spikes == 1].median() / 2,
        "signal": current.detach().std((0, 1)).mean() / 2 / 2,
        "finite": 1.0,
        "threshold": 2.0,
        "divisor": 2.0,
        "steps": 7,
    }
    assert 0.1 < wanted["rate"] < 0.9
    assert {name: getattr(row, name) for name in wanted} == pytest.approx(
        {name: float(value) for name, value in wanted.items()}, rel=1e-4
    )


@pytest.mark.parametrize("theta", [surrogate.Rect(2.0), lambda u: surrogate.Rect(2.0)(u)])
def test_the_support_is_read_off_the_surrogate_itself(theta):
    net, (x, _) = small_net(surrogate_function=theta), small_batch()
    with Recorder(net) as record:
        net(x)
    functional.reset_net(net)
    inside = ((record["1"].h - 1).abs() < 0.25).double().mean().item()
    assert diagnose(net, x).layers[0].near == pytest.approx(inside)
    assert 0.01 < inside < 0.9


@pytest.mark.parametrize("theta", [surrogate.heaviside, lambda u: (u >= 0).to(u.dtype)])
def test_a_theta_without_a_slope_is_too_narrow(theta):
    net, (x, target) = small_net(surrogate_function=theta), small_batch()
    found = diagnose(net, x, target)
    assert (found.sick, found.illness) == ("1", "narrow surrogate")


def test_the_whole_input_logits_and_loss():
    net, (x, target) = small_net(), small_batch()
    found = diagnose(net, x, target)
    logits = net(x).mean(0)
    assert found.input_largest == pytest.approx(x.max().item())
    assert found.input_rms == pytest.approx(x.square().mean().sqrt().item())
    assert found.logits_std == pytest.approx(logits.std(0).mean().item(), rel=1e-4)
    assert found.loss == pytest.approx(nn.functional.cross_entropy(logits, target).item())
    assert math.isnan(diagnose(net, x).loss)


def test_a_loss_may_be_any_function_of_the_output():
    net, (x, target) = small_net(), small_batch()
    by_classes = diagnose(net, x, target)
    functional.reset_net(net)
    by_function = diagnose(net, x, lambda y: nn.functional.cross_entropy(y.mean(0), target))
    assert by_function == by_classes


def test_one_step_at_a_time_gives_what_a_sequence_gives():
    class Loop(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = small_net()
            functional.set_step_mode(self, "s")

        def forward(self, x_seq):
            return torch.stack([self.net(x) for x in x_seq])

    x, target = small_batch()
    singly, at_once = diagnose(Loop(), x, target), diagnose(small_net(), x, target)
    assert [row.name for row in singly.layers] == ["net.1", "net.3"]
    for one, other in zip(singly.layers, at_once.layers, strict=True):
        for name in LayerReport.__dataclass_fields__:
            if name != "name":
                assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-4), name


def test_layers_in_other_modules_are_found():
    torch.manual_seed(0)
    feedback = nn.Linear(8, 8)
    inner = nn.Sequential(nn.Linear(6, 8), Recurrent(LIFNode(), feedback), nn.Linear(8, 8))
    net = nn.Sequential(inner, SeqToANNContainer(nn.Linear(8, 8)), IFNode(), LINode())
    functional.set_step_mode(net, "m")
    x, target = small_batch()
    found = diagnose(net, x, target % 2)
    assert [row.name for row in found.layers] == ["0.1.layer", "2"]
    assert all(row.gradient > 0 for row in found.layers)


def test_a_reader_s_neurons_and_every_neuron_of_the_library_can_be_looked_at():
    from neurons import LIBRARY, OWN

    x, target = small_batch()
    for kind in LIBRARY + OWN:
        net = nn.Sequential(nn.Linear(6, 9), kind(step_mode="m"), nn.Linear(9, 3))
        (row,) = diagnose(net, x, target).layers
        assert math.isfinite(row.mean), kind
        assert row.gain >= 0, kind


def test_the_last_layer_s_own_spikes_are_no_readout():
    net, (x, _) = small_net()[:4], small_batch()
    assert math.isnan(diagnose(net, x).logits_std)


def test_a_layer_that_the_pass_leaves_out_has_no_row():
    class Half(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.spare = small_net(), LIFNode()

        def forward(self, x):
            return self.used(x)

    net, (x, target) = Half(), small_batch()
    assert [row.name for row in diagnose(net, x).layers] == ["used.1", "used.3"]
    net.used = nn.Linear(6, 3)
    with pytest.raises(ValueError, match="the pass ran none of the layers spare"):
        diagnose(net, x, target)


# --- more of what it tells -----------------------------------------------------------------------


def test_nan_and_infinity_are_found_where_they_begin():
    net, (x, target) = small_net(), small_batch()
    x[3, 2, 1] = math.nan
    found = diagnose(net, x, target)
    assert (found.sick, found.illness) == ("input", "not finite")
    net[2].weight.data[0, 0] = math.nan
    found = diagnose(net, small_batch()[0], target)
    assert (found.sick, found.illness) == ("3", "not finite")


def test_a_silent_layer_under_a_box_can_not_wake():
    patient, _, name = sick("small weights", 103)
    patient.net.get_submodule(name).surrogate_function = surrogate.Rect()
    found = diagnose(*patient)
    assert (found.sick, found.illness) == (name, "silent")
    assert "no learning can wake it" in found.cause
    assert "ATan" in found.remedy


@pytest.mark.parametrize(
    ("fault", "word"), [("threshold", "threshold it is 30"), ("leak", "tau = 1e+03")]
)
def test_the_settings_say_why_a_layer_is_silent(fault, word):
    patient, _, name = sick(fault, 100)
    patient.net.get_submodule(name).surrogate_function = surrogate.ATan()
    assert word in diagnose(*patient).cause


def test_too_large_weights_in_the_middle_are_no_fault_of_the_input():
    patient = copy.deepcopy(healthy(100))
    name = patient.spiking[1]
    with torch.no_grad():
        patient.feeding(name).weight *= 30
    found = diagnose(*patient)
    assert (found.sick, found.illness) == (name, "overdriven")


@pytest.mark.parametrize("kind", [Dropout, LINode, Recurrent])
def test_every_module_with_a_state_must_be_reset(kind):
    net = nn.Sequential(*small_net()[:4], kind(step_mode="m"))
    x, _ = small_batch()
    net(x)
    for layer in (net[1], net[3]):
        layer.reset()
    found = diagnose(net, x)
    assert (found.sick, found.illness, found.unreset) == ("4", "not reset", ["4"])
    functional.reset_net(net)
    assert diagnose(net, x).unreset == []


def test_a_forgotten_reset_is_found_where_the_next_batch_is_of_another_size():
    net = small_net()
    net(small_batch(samples=9)[0])
    assert diagnose(net, *small_batch()).unreset == ["1", "3"]


def test_a_state_set_to_its_first_value_by_hand_counts_as_reset():
    net = small_net()
    net[1].v = 0.0
    assert diagnose(net, *small_batch()).unreset == []


# --- what is printed -----------------------------------------------------------------------------


def test_the_printed_table_is_aligned_and_ends_with_the_sentences():
    patient, _, name = sick("dead", 101)
    found = diagnose(*patient)
    lines = str(found).splitlines()
    table = lines[: len(found.layers) + 1]
    assert len({len(line) for line in table}) == 1
    assert [line.split()[0] for line in table] == ["layer", *patient.spiking]
    assert f"Layer {name} gets the same current" in lines[-2]
    assert lines[-1] == found.remedy
    assert repr(found) == str(found)


def test_a_notebook_shows_a_table():
    page = diagnose(small_net(), small_batch()[0])._repr_html_()
    assert page.count("<tr>") == 3
    assert page.count('<th scope="col">') == len(HEADS)
    assert page.endswith("</p>")


def test_every_illness_has_its_sentences_and_every_sentence_its_numbers():
    rules = [rule for rules in RULES.values() for rule in rules]
    assert {rule.illness for rule in rules} | {"not reset"} == set(ILLNESSES)
    assert all(rule.why for rule in rules)
    row = LayerReport("3", *[0.5] * 15, 7)
    found = Diagnosis([row], [], 1.0, 0.5, 1.0, 0.1, 2.3)
    for symptom, cause, remedy in SENTENCES.values():
        for sentence in (symptom, cause, remedy):
            said = sentence.format(name="3", row=row, d=found)
            assert not said or said[-1] == "."


def test_a_healthy_one_has_no_illness_and_no_remedy():
    found = diagnose(*healthy(100))
    assert (found.sick, found.illness, found.cause, found.remedy) == (None, None, "", "")
    assert found.symptom == SENTENCES[""][0]


# --- nothing is changed --------------------------------------------------------------------------


def everything(net):
    """All that a call might leave behind in a net: what is in it, and who it belongs to."""
    kept = {name: value.clone() for name, value in net.state_dict().items()}
    grads = {
        name: p.grad if p.grad is None else p.grad.clone() for name, p in net.named_parameters()
    }
    states = {
        name: (dict(m._memory), m.training, len(m._forward_pre_hooks), len(m._forward_hooks))
        for name, m in net.named_modules()
        if isinstance(m, MemoryModule)
    }
    observers = [len(m._observers) for m in net.modules() if hasattr(m, "_observers")]
    return kept, grads, states, observers, torch.get_rng_state(), torch.is_grad_enabled()


def same(a, b):
    if isinstance(a, torch.Tensor):
        return isinstance(b, torch.Tensor) and torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


class Noisy(nn.Module):
    """It draws random numbers, and fails if it is told to."""

    fails = False

    def forward(self, x):
        if self.fails:
            raise ArithmeticError("on purpose")
        return x + 0 * torch.rand_like(x)


def in_use():
    """A net with a state, gradients, running means, random numbers and an observer."""
    noisy, norm = Noisy(), SeqToANNContainer(nn.BatchNorm1d(6))
    net = nn.Sequential(norm, *small_net(), noisy, nn.Dropout(0.5))
    x, target = small_batch()
    nn.functional.cross_entropy(net(x).mean(0), target).backward()
    return net, noisy, x, target


@pytest.mark.parametrize("examine", [diagnose, lambda net, x, _: fit_rates_(net, x, 0.9999)])
@pytest.mark.parametrize("fails", [False, True])
def test_nothing_is_left_changed(examine, fails):
    net, noisy, x, target = in_use()
    noisy.fails = fails
    given, recorder = x.clone(), Recorder(net)
    with recorder:
        before = everything(net)
        try:
            examine(net, x, target)
        except (ArithmeticError, ValueError):
            assert fails or examine is not diagnose
        assert same(before, everything(net))
    assert torch.equal(given, x)
    assert len(recorder["2"]._parts["s"]) == 0  # the reader's own recording saw none of it


def test_fitting_changes_the_weights_only():
    net, _, x, _ = in_use()
    before = everything(net)
    assert fit_rates_(net, x, 0.2) is net
    after = everything(net)
    changed = {name for name in after[0] if not torch.equal(after[0][name], before[0][name])}
    assert changed == {"0.0.weight", "1.weight", "3.weight"}
    assert same(before[1:], after[1:])


def test_a_diagnosis_works_where_no_gradient_is_wanted():
    net, (x, target) = small_net(), small_batch()
    wanted = diagnose(net, x, target)
    with torch.no_grad():
        assert diagnose(net, x, target) == wanted
    with torch.inference_mode():
        assert diagnose(net, x.clone(), target) == wanted


# --- clear words ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda net, x, y: diagnose(7, x), TypeError, "wanted a module"),
        (lambda net, x, y: diagnose(net, [1.0]), TypeError, "batch is list; wanted a torch.Tensor"),
        (lambda net, x, y: diagnose(net, x, 7), TypeError, r"loss=7; .*classes \[N\]"),
        (lambda net, x, y: diagnose(nn.Linear(6, 2), x), ValueError, "no layer of spiking neurons"),
        (lambda net, x, y: diagnose(LINode(step_mode="m"), x), ValueError, "no layer of spiking"),
        (lambda net, x, y: diagnose(net, x[:, :1]), ValueError, "one sample; wanted two or more"),
        (lambda net, x, y: diagnose(net, x, lambda out: out), ValueError, "wanted one number"),
        (lambda net, x, y: diagnose(net, x, lambda out: x.sum()), ValueError, "depends on what"),
        (lambda net, x, y: fit_rates_(7, x), TypeError, "wanted a module"),
        (lambda net, x, y: fit_rates_(net, [1.0]), TypeError, "fit_rates_: the batch is list"),
        (lambda net, x, y: rate_normal_(net[0].bias, 0.1, net[1]), ValueError, r"tensor \[outputs"),
        (lambda net, x, y: fit_rates_(net, x, 0), ValueError, "above 0 and below 1"),
        (lambda net, x, y: fit_rates_(net, x, 1.0), ValueError, "above 0 and below 1"),
        (lambda net, x, y: fit_rates_(net, x, "a"), ValueError, "above 0 and below 1"),
        (lambda net, x, y: fit_rates_(net[1:], x @ net[0].weight.T), ValueError, "feed layer 1"),
        (lambda net, x, y: fit_rates_(nn.Linear(6, 6), x), ValueError, "no layer of spiking"),
        (lambda net, x, y: fit_rates_(net, 0 * x), ValueError, "however its weights are scaled"),
        (lambda net, x, y: rate_normal_(net[0].weight, 2, net[1]), ValueError, "below 1"),
        (lambda net, x, y: rate_normal_(net[0].weight, 0.1, net[0]), TypeError, "is Linear"),
        (lambda net, x, y: rate_normal_(net[0].weight, 0.9, net[1]), ValueError, "the layer fires"),
        (
            lambda net, x, y: rate_normal_(net[0].weight, 0.1, net[1], input_rate=2.0),
            ValueError,
            "input_rate=2.0; wanted 0 to 1",
        ),
        (lambda net, x, y: free_membrane(9, 0.1, 0.1, net[0]), TypeError, "is Linear; wanted a"),
        (
            lambda net, x, y: free_membrane(9, 0.1, 0.1, neuron.QIFNode()),
            ValueError,
            "isn't linear",
        ),
        (lambda net, x, y: free_membrane(9, 0.1, 0.1, neuron.KLIFNode()), ValueError, "KLIFNode"),
        (lambda net, x, y: free_membrane(0, 0.1, 0.1, net[1]), ValueError, "fan_in=0; .*least 1"),
        (lambda net, x, y: free_membrane(10**400, 0.1, 0.1, net[1]), ValueError, "fan_in=1000"),
        (lambda net, x, y: free_membrane(9.0, 0.1, 0.1, net[1]), TypeError, "a whole number"),
        (lambda net, x, y: free_membrane(9, 1.5, 0.1, net[1]), ValueError, "rate=1.5; .*0 to 1"),
        (lambda net, x, y: free_membrane(9, -0.1, 0.1, net[1]), ValueError, "by that of steps"),
        (lambda net, x, y: free_membrane(9, "1", 0.1, net[1]), TypeError, "rate='1'; wanted"),
        (lambda net, x, y: free_membrane(9, 0.1, -0.1, net[1]), ValueError, "std=-0.1; .*in mean"),
        (lambda net, x, y: free_membrane(9, 0.1, math.inf, net[1]), ValueError, "std=inf; wanted"),
        (lambda net, x, y: free_membrane(9, 0.1, 1, net[1], math.nan), ValueError, "mean=nan"),
        (lambda net, x, y: free_membrane(9, 0.1, 1, net[1], steps=0), ValueError, "steps=0; want"),
    ],
)
def test_a_wrong_call_gets_a_clear_word(call, error, words):
    with pytest.raises(error, match=words):
        call(small_net(), *small_batch())


def test_the_room_loads_when_it_is_first_used():
    assert snnbook.diagnosis.diagnose is diagnose


# --- weights to begin with -----------------------------------------------------------------------


@pytest.mark.parametrize("tau", [2.0, 10.0])
@pytest.mark.parametrize("decay_input", [True, False])
@pytest.mark.parametrize("steps", [3, 60])
def test_the_free_membrane_of_a_lif_is_the_closed_form(tau, decay_input, steps):
    n, r, mu, sigma = 100, 0.1, 0.02, 0.1
    layer = LIFNode(tau=tau, decay_input=decay_input)
    a, k = 1 - 1 / tau, 1 if decay_input else tau
    mean, noise, spread = free_membrane(n, r, sigma, layer, mu, steps=steps)
    assert mean == pytest.approx(k * n * r * mu * (1 - a**steps))
    assert spread == pytest.approx(k**2 * n * r**2 * sigma**2 * (1 - a**steps) ** 2)
    gain = k**2 / (2 * tau - 1) * (1 - a ** (2 * steps))
    assert noise == pytest.approx(gain * n * r * (1 - r) * (mu**2 + sigma**2))


@pytest.mark.parametrize(
    "layer",
    [LIFNode(tau=5.0, v_reset=0.3), LINode(tau=4.0), neuron.CUBALIFNode(c_decay=0.8), IFNode()],
    ids=lambda layer: type(layer).__name__,
)
def test_the_free_membrane_is_what_many_random_neurons_do(layer):
    n, r, mu, sigma, steps = 80, 0.2, 0.02, 0.1, 12
    generator = torch.Generator().manual_seed(0)
    weights = mu + sigma * torch.randn(1500, n, generator=generator)
    x = (torch.rand(steps, 300, n, generator=generator) < r).float()
    free = copy.deepcopy(layer)
    if hasattr(free, "v_threshold"):
        free.v_threshold = 1e9
    v = free.run(x @ weights.T, trace=True).v_seq[-1]
    law = free_membrane(n, r, sigma, layer, mu, steps=steps)
    noise = v.var(0).mean().item()
    assert v.mean().item() == pytest.approx(law.mean, abs=0.1 * (law.noise + law.spread) ** 0.5)
    assert noise == pytest.approx(law.noise, rel=0.05)
    assert v.mean(0).var().item() - noise / 300 == pytest.approx(law.spread, rel=0.1)


@pytest.mark.parametrize(
    ("layer", "rate", "input_rate"),
    [
        (LIFNode(), 0.1, None),
        (LIFNode(tau=10.0), 0.05, 0.2),
        (LIFNode(tau=4.0, decay_input=False, v_reset=None), 0.2, 0.1),
        (IFNode(), 0.15, None),
        (neuron.ALIFNode(), 0.1, 0.3),
        (neuron.CUBALIFNode(), 0.1, 0.05),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else str(value),
)
def test_the_mean_field_gives_the_wanted_rate_in_the_first_layer(layer, rate, input_rate):
    steps, generator = 40, torch.Generator().manual_seed(0)
    weight = torch.empty(1500, 200)
    assert rate_normal_(weight, rate, layer, input_rate, steps, generator) is weight
    assert abs(weight.mean()) < 4 * weight.std() / weight.numel() ** 0.5
    x = torch.rand(steps, 16, 200, generator=generator) < (input_rate or rate)
    assert layer.run(x.float() @ weight.T).s_seq.mean().item() == pytest.approx(rate, abs=0.01)


def test_inputs_may_have_each_their_own_rate():
    rates = torch.linspace(0, 0.6, 200)
    generator = torch.Generator().manual_seed(0)
    weight = rate_normal_(torch.empty(1500, 200), 0.1, LIFNode(), rates, 40, generator)
    x = (torch.rand(40, 16, 200, generator=generator) < rates).float()
    assert LIFNode().run(x @ weight.T).s_seq.mean().item() == pytest.approx(0.1, abs=0.01)


def test_the_weights_of_a_rate_come_from_the_generator_alone():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    one, other = (
        rate_normal_(torch.empty(4, 9), 0.1, LIFNode(), generator=torch.Generator().manual_seed(5))
        for _ in range(2)
    )
    assert torch.equal(one, other)
    assert torch.equal(before, torch.get_rng_state())


def test_the_kernel_of_a_convolution_counts_as_fan_in():
    generator = torch.Generator().manual_seed(0)
    flat = rate_normal_(torch.empty(500, 18), 0.1, LIFNode(), generator=generator)
    kernels = rate_normal_(torch.empty(500, 2, 3, 3), 0.1, LIFNode(), generator=generator)
    assert kernels.std() == pytest.approx(flat.std().item(), rel=0.05)


@pytest.mark.parametrize("seed", range(100, 106))
def test_every_layer_fires_at_the_fitted_rate(seed):
    patient = copy.deepcopy(healthy(seed))
    fit_rates_(patient.net, patient.x, 0.12)
    rates = [row.rate for row in diagnose(patient.net, patient.x).layers]
    assert rates == pytest.approx([0.12] * len(rates), abs=0.005)


def test_a_layer_with_feedback_and_one_behind_batch_norm_are_fitted():
    torch.manual_seed(0)
    block = SeqToANNContainer(nn.Linear(6, 30), nn.BatchNorm1d(30))
    loop = Recurrent(IFNode(), nn.Linear(30, 30))
    net = nn.Sequential(block, LIFNode(), nn.Linear(30, 30), loop, nn.Linear(30, 2))
    functional.set_step_mode(net, "m")
    x, _ = small_batch(steps=20, samples=20)
    rates = [row.rate for row in diagnose(fit_rates_(net, x, 0.2), x).layers]
    assert rates == pytest.approx([0.2, 0.2], abs=0.01)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_weights_are_not_fitted_to_what_is_not_finite(bad):
    net = nn.Sequential(nn.Linear(3, 3), LIFNode(step_mode="m"))
    before = net[0].weight.clone()
    with pytest.raises(ValueError, match="the batch holds infinity or NaN"):
        fit_rates_(net, torch.full((4, 2, 3), bad))
    assert torch.equal(net[0].weight, before)


def test_a_loss_of_two_arguments_is_explained():
    net = nn.Sequential(nn.Linear(3, 3), LIFNode(step_mode="m"))
    with pytest.raises(TypeError) as caught:
        diagnose(net, torch.rand(4, 2, 3), nn.CrossEntropyLoss())
    assert "lambda out: criterion(out, target)" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    "weight",
    [[1.0], nn.Linear(3, 3), torch.ones(3, 3, dtype=torch.int64), torch.ones(0, 3), torch.ones(3)],
)
def test_a_weight_is_a_floating_point_tensor(weight):
    with pytest.raises((TypeError, ValueError), match="wanted a floating-point tensor"):
        rate_normal_(weight, 0.1, LIFNode())


def test_the_default_device_is_not_asked():
    net = nn.Sequential(nn.Linear(3, 3), LIFNode(step_mode="m"))
    net(torch.rand(4, 2, 3))
    batch, classes = torch.rand(4, 2, 3), torch.zeros(2, dtype=torch.int64)
    torch.manual_seed(0)
    wanted = repr(diagnose(net, batch, classes)), free_membrane(9, 0.1, 0.1, net[1])
    weight = rate_normal_(torch.ones(3, 3), 0.1, net[1], generator=torch.Generator().manual_seed(0))
    generator, again = torch.Generator().manual_seed(0), torch.ones(3, 3)
    with torch.device("meta"):
        found = repr(diagnose(net, batch, classes)), free_membrane(9, 0.1, 0.1, net[1])
        rate_normal_(again, 0.1, net[1], generator=generator)
    assert found == wanted
    assert torch.equal(again, weight)
