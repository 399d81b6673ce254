"""Backend 'triton' agrees with the reference, rounds as it does, and keeps little.

Where there is a GPU, these tests run on it. Elsewhere Triton's interpreter runs the same kernels
on the CPU, and Triton's compiler makes code for a GPU that nothing then runs.
"""

import copy
import functools
import os
import re
import subprocess
import sys
import textwrap

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from laws import law
from neurons import (
    LIBRARY,
    ROUNDINGS,
    RUNAWAYS,
    AdaptiveNode,
    SquareIFNode,
    inputs,
    runaway_input,
    with_tau,
)
from test_golden import CASES, arrays, build  # noqa: F401
from test_surrogate import ALL as SURROGATES
from torch import nn

from snnbook import neuron, surrogate
from snnbook.backends import program
from snnbook.equation import EquationError
from snnbook.fields import Number
from snnbook.neuron import BaseNode, IFNode, LIFNode
from snnbook.symbolic import from_source

pytest.importorskip("triton", reason="backend 'triton' needs Triton, which is not installed")

from snnbook.backends import triton as backend  # Triton is there

GPU = torch.cuda.is_available()
DEVICE = "cuda" if GPU else "cpu"
KINDS = (*LIBRARY, SquareIFNode, AdaptiveNode)
# Only + - * / in these: the same bits. The others use exp or sigmoid, which libraries round apart.
EXACT = {*KINDS} - {neuron.EIFNode, neuron.ParametricLIFNode}
each = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


@pytest.fixture(autouse=True, scope="module")
def _interpreter():
    """Without a GPU, let Triton's interpreter run the kernels that these tests make."""
    with pytest.MonkeyPatch.context() as patch:
        if not GPU:
            patch.setenv("TRITON_INTERPRET", "1")
        yield


def outcome(layer, x_seq, name):
    """Run a copy of a layer, and back; return all results and all gradients, on the CPU.

    The reference runs on the CPU: on CUDA, PyTorch divides by a Python number in another way.
    """
    device = DEVICE if name == "triton" else "cpu"
    layer = copy.deepcopy(layer).to(device)
    layer.backend = name
    x = x_seq.detach().to(device).requires_grad_()
    first = layer.initial_state(x[0])
    first = {name: (value + 0.125).detach().requires_grad_() for name, value in first.items()}
    done = layer.run(x, first, trace=True)
    results = {"s": done.s_seq, "h": done.h_seq, "v_seq": done.v_seq, **done.state}
    loss = sum(
        (value * inputs(*value.shape, seed=seed, dtype=value.dtype).to(device)).sum(dtype=x.dtype)
        for seed, value in enumerate(results.values())
    )
    leaves = {"x": x, **first, **dict(layer.named_parameters())}
    names, tensors = zip(*leaves.items(), strict=True)
    gradients = torch.autograd.grad(loss, tensors, allow_unused=True, materialize_grads=True)
    return (
        {name: value.detach().cpu() for name, value in results.items()},
        {name: value.cpu() for name, value in zip(names, gradients, strict=True)},
    )


def assert_agree(layer, x_seq, exact=True, tolerance=1e-5):
    wanted, wanted_gradients = outcome(layer, x_seq, "torch")
    given, gradients = outcome(layer, x_seq, "triton")
    threshold = torch.as_tensor(layer.v_threshold)
    if not exact and ((wanted["h"] - threshold).abs() < 1e-5).any():
        return
    for name, value in wanted.items():
        assert given[name].dtype == value.dtype
        if exact or (name == "s" and layer.surrogate_function.spiking):
            assert torch.equal(given[name], value), name
        else:
            torch.testing.assert_close(given[name], value, rtol=1e-5, atol=1e-5, msg=name)
    for name, value in wanted_gradients.items():
        assert gradients[name].dtype == value.dtype
        torch.testing.assert_close(
            gradients[name],
            value,
            rtol=tolerance,
            atol=tolerance * float(value.abs().max().clamp(min=1)) if value.numel() else 0.0,
            msg=lambda text, name=name: f"gradient of {name}: {text}",
        )


@each
@given(
    soft=st.booleans(),
    detach=st.booleans(),
    steps=st.sampled_from([1, 2, 7, 9, 20]),
    shape=st.lists(st.integers(0, 5), min_size=1, max_size=3),
    seed=st.integers(0, 2**16),
)
@law(6)
def test_agrees_with_the_reference(kind, soft, detach, steps, shape, seed):
    layer = kind(v_reset=None if soft else -0.1, detach_reset=detach)
    assert_agree(layer, inputs(steps, *shape, seed=seed), exact=kind in EXACT)


@pytest.mark.parametrize("kind", RUNAWAYS)
def test_a_neuron_that_runs_away(kind):
    x_seq = runaway_input().to(DEVICE).requires_grad_()
    layer = RUNAWAYS[kind]().to(DEVICE)
    layer.backend = "triton"
    done = layer.run(x_seq, trace=True)
    (done.s_seq + done.v_seq / done.v_seq.detach().abs().clamp(min=1)).sum().backward()
    learned = [p.grad for p in layer.parameters()]
    for numbers in (*done[:1], *done.state.values(), *done[2:], x_seq.grad, *learned):
        assert numbers.isfinite().all()
    other = RUNAWAYS[kind]()
    x = runaway_input().requires_grad_()
    right = other.run(x, trace=True)
    (right.s_seq + right.v_seq / right.v_seq.detach().abs().clamp(min=1)).sum().backward()
    torch.testing.assert_close(x_seq.grad.cpu(), x.grad)
    for p, q in zip(learned, other.parameters(), strict=True):
        torch.testing.assert_close(p.cpu(), q.grad)


@pytest.mark.parametrize("spiking", [True, False])
@pytest.mark.parametrize("theta", SURROGATES, ids=lambda kind: kind.__name__)
def test_surrogates_agree_with_the_reference(theta, spiking):
    layer = LIFNode(surrogate_function=theta())
    layer.surrogate_function.spiking = spiking
    assert_agree(layer, inputs(5, 40), exact=spiking)


@pytest.mark.parametrize("size", [1, 127, 128, 129, 513, 1100])
def test_block_edges(size):
    assert_agree(LIFNode(), inputs(5, size))


@pytest.mark.parametrize("steps", [3, 4, 5, 8, 9, 16, 128, 129, 200])
def test_segment_edges(steps):
    assert_agree(neuron.CUBALIFNode(c_decay=0.9, v_decay=0.8), inputs(steps, 3) * 0.2)


def test_programs_take_several_blocks():
    """Where states are kept in memory, few programs share the neurons, and the memory."""
    x = inputs(9, 128 * 9 + 1)
    plan = backend._plan(x.to(DEVICE), kept=3)
    assert GPU or plan.programs * plan.block < x.shape[1]
    assert_agree(LIFNode(), x)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']}-{case['neuron']}")
def test_golden_traces(case, arrays):  # noqa: F811
    layer = build(case, arrays).to(DEVICE)
    layer.backend = "triton"
    x, s, v, gs, gx = (arrays[f"{case['id']}/{name}"] for name in ("x", "s", "v", "gs", "gx"))
    x = x.to(DEVICE).requires_grad_()
    spikes = layer(x)
    (spikes * gs.to(DEVICE)).sum().backward()

    def close(given, wanted):
        torch.testing.assert_close(given.detach().cpu(), wanted, rtol=1e-9, atol=1e-13)

    assert torch.equal(spikes.cpu(), s)
    close(layer.v_seq, v)
    close(x.grad, gx)
    for name, parameter in layer.named_parameters():
        close(parameter.grad, arrays[f"{case['id']}/gp_{name}"])


@pytest.mark.parametrize("name", ["tau", "v_threshold", "v_reset"])
@pytest.mark.parametrize("shape", [(), (3,), (2, 1)])
@pytest.mark.parametrize("learned", [False, True])
def test_numbers_tensors_and_learned_parameters(name, shape, learned):
    value = torch.full(shape, 1.25) + inputs(*shape) * 0.1
    layer = LIFNode(**{name: nn.Parameter(value) if learned else value})
    assert_agree(layer, inputs(9, 2, 3) * 2)


def test_a_number_on_the_cpu_serves_an_input_elsewhere():
    layer = LIFNode(tau=nn.Parameter(torch.tensor(2.0)), backend="triton", step_mode="m")
    layer(inputs(5, 3).to(DEVICE)).sum().backward()
    assert layer.tau.grad.device.type == "cpu"


def test_without_spiking_the_run_is_smooth():
    layer = LIFNode(surrogate_function=surrogate.ATan(spiking=False), backend="triton").double()
    x = inputs(3, 2, dtype=torch.float64).to(DEVICE).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: layer.run(x).s_seq, x)
    assert torch.autograd.gradcheck(lambda x: layer.run(x).state["v"], x)


@pytest.mark.parametrize(("dtype", "step"), [(torch.float16, 2**-10), (torch.bfloat16, 2**-7)])
def test_half_precision_has_a_float32_membrane(dtype, step):
    x = inputs(12, 50, dtype=dtype)
    assert outcome(LIFNode(), x, "triton")[0]["h"].dtype == torch.float32
    assert_agree(LIFNode(), x, tolerance=step)


@pytest.mark.parametrize(
    "x",
    [
        inputs(6, 4, 3).transpose(1, 2),
        inputs(6, 5)[:, 1:4],
        inputs(12, 3)[::2],
        inputs(1, 3).expand(6, 3),
        inputs(6, 1).expand(6, 4),
        inputs(6, 0, 3),
        inputs(1, 1),
    ],
    ids=["transposed", "narrow", "strided", "expanded-time", "expanded-neurons", "empty", "one"],
)
def test_any_layout_of_the_input(x):
    assert_agree(LIFNode(), x)


@pytest.mark.parametrize("reduce", [torch.sum, lambda s: s.mean(0).square().sum(), torch.Tensor.t])
def test_any_layout_of_the_gradient(reduce):
    gradients = []
    for name in ("torch", "triton"):
        x = inputs(7, 6).to(DEVICE if name == "triton" else "cpu").requires_grad_()
        reduced = reduce(LIFNode(backend=name).run(x).s_seq)
        reduced.backward(torch.arange(reduced.numel()).reshape(reduced.shape).to(reduced))
        gradients.append(x.grad.cpu())
    torch.testing.assert_close(*gradients, rtol=1e-5, atol=1e-5)


def test_what_is_the_same_at_every_step_is_not_copied():
    seq = inputs(1, 3).expand(6, 3)
    assert [pointer.numel() for pointer in backend._strided([seq], [])[:1]] == [3]
    seq = inputs(6, 9)[:, 2:5]
    assert backend._strided([seq], [])[0] is seq


@pytest.mark.parametrize("used", ["s_seq", "h_seq", "v_seq", "state"])
def test_results_that_the_loss_does_not_use(used):
    gradients = []
    for name in ("torch", "triton"):
        x = inputs(7, 6, dtype=torch.float16).to(DEVICE if name == "triton" else "cpu")
        done = LIFNode(backend=name).run(x.requires_grad_(), trace=True)
        (done.state["v"] if used == "state" else getattr(done, used)).sum().backward()
        gradients.append(x.grad.cpu())
    torch.testing.assert_close(*gradients, rtol=2e-3, atol=2e-3)


def test_only_the_input_is_saved():
    x = inputs(50, 20).to(DEVICE).requires_grad_()
    saved = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: saved.append(t) or t, lambda t: t):
        LIFNode(step_mode="m", backend="triton")(x)
    large = [t for t in saved if t.numel() >= x.numel()]
    assert [t.data_ptr() for t in large] == [x.data_ptr()]
    assert sum(t.numel() for t in saved) <= x.numel() + 20


@pytest.mark.parametrize("steps", [1, 4, 8, 9, 100, 1000, 100_000])
def test_memory_of_the_backward_pass_is_bounded(steps):
    """It doesn't grow with N, and with T as its square root."""
    plans = [
        backend._plan(torch.empty(steps, size, device="meta"), kept=3) for size in (1, 2**20, 2**24)
    ]
    assert plans[1] == plans[2] or plans[1].slots == 0
    plan = plans[2]
    segments = -(-steps // plan.segment)
    assert plan.slots <= max(17, 2 * segments**0.5 + 2)
    assert plan.slots == 0 or plan.span * -(-segments // plan.span) >= segments
    assert plans[0].block == plan.block  # which the kernel is compiled for


def test_only_wanted_gradients_are_made():
    x = inputs(6, 3).to(DEVICE)
    layer = neuron.ParametricLIFNode(backend="triton").to(DEVICE)
    made = []
    with pytest.MonkeyPatch.context() as patch:
        right = backend.Triton.backward
        patch.setattr(backend.Triton, "backward", lambda *a: made.append(right(*a)) or made[-1])
        layer.run(x).s_seq.sum().backward()
    assert made[0][0] is None
    assert layer.w.grad is not None
    x.requires_grad_()
    layer.requires_grad_(False).run(x).state["v"].sum().backward()
    assert x.grad.abs().sum() > 0


def test_the_input_is_not_changed():
    x = inputs(5, 3).to(DEVICE)
    before = x.clone()
    state = {"v": torch.full((3,), 0.5, device=DEVICE)}
    LIFNode(backend="triton").run(x, state)
    assert torch.equal(x, before)
    assert state["v"].tolist() == [0.5] * 3


@each
def test_a_wrong_derivative_is_noticed(kind, monkeypatch):
    """The comparisons above can fail: with one rule of the chain rule 1 % off, they do."""
    right = program.RULES["mul"]
    monkeypatch.setitem(program.RULES, "mul", lambda *a: tuple(1.01 * g for g in right(*a)))
    monkeypatch.setattr(program, "_kept", functools.lru_cache(lambda key: []))
    with pytest.raises(AssertionError, match="gradient of"):
        assert_agree(kind(), inputs(8, 30), exact=kind in EXACT)


# --- equations -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "v + tanh(x) / 3",
        "v + atan(x) * sin(v) - cos(x)",
        "v + erf(x) ** 3 + sqrt(abs(x) + 1)",
        "v + log(2 + abs(x)) ** p + x ** 5 / 9",
        "v - sign(x) * 0.1 + (1 + x**2) ** -2",
        "v + exp(-(x**2)) * sigmoid(v)",
        "relu(v + x) + where(x < v, x, -v) / 9",
        "v + (1 + abs(x)) ** v + 3**x",
        "where((v > 0) & (x > 0) | (v < -1), x, v) + (v >= x)",
    ],
)
def test_every_function_of_an_equation(source):
    class Own(BaseNode):
        p: Number = 1.5
        charge = from_source("charge", ("v", "x", "p"), source)

    assert_agree(Own(), inputs(6, 40), exact=False)


@pytest.mark.parametrize("source", ROUNDINGS)
@pytest.mark.parametrize("tau", [1.0, 1.1, 3.0, 7.3])
def test_plain_numbers_round_as_in_the_reference(source, tau):
    """What is made from numbers alone is in double precision until it meets a tensor."""
    for value in (tau, torch.tensor(tau), tau + inputs(40).abs()):
        assert_agree(with_tau(source, value), inputs(6, 40), exact="exp" not in source)


def test_a_state_that_nothing_reads():
    class Forgetful(BaseNode):
        states = {"last": 0.0}  # noqa: RUF012

        def charge(v, x):
            return 2 * x

        def update_last(s):
            return 1 - s

    assert_agree(Forgetful(), inputs(6, 4))


def test_what_cannot_be_compiled_says_so():
    with pytest.raises(EquationError, match=r"surrogate function .* compiled"):
        IFNode(surrogate_function=torch.relu, backend="triton").run(inputs(3, 2).to(DEVICE))


def test_other_devices_are_refused(monkeypatch):
    monkeypatch.delenv("TRITON_INTERPRET", raising=False)
    with pytest.raises(ValueError, match=r"on a GPU, but the input is on cpu; .*to\('cuda'\)"):
        IFNode(backend="triton")(torch.ones(2))


# --- compiled for a GPU --------------------------------------------------------------------------

COMPILE = """
import types, torch, triton
from triton.backends.compiler import GPUTarget
from snnbook import neuron, surrogate
from snnbook.backends import triton as backend

backend._needs_a_gpu = lambda x: None  # there is none

class Driver:  # of a GPU that isn't there
    get_current_device = staticmethod(lambda: 0)
    get_current_stream = staticmethod(lambda device: 0)
    get_current_target = staticmethod(lambda: GPUTarget("cuda", 80, 32))

triton.runtime.driver.set_active(Driver())
made = {}

def launch(kernel, programs, arguments, **constants):
    options = {"num_warps": backend.WARPS, "enable_fp_fusion": False}
    made[kernel.fn.__name__] = kernel.warmup(*arguments, grid=(programs,), **constants, **options)
    kernels.add(kernel)

backend._launch = launch

def compile(layer, *shapes, **options):
    global kernels
    kernels = set()
    for shape in shapes:
        x = torch.zeros(shape, requires_grad=True, **options)
        state = layer.initial_state(x[0])
        done = backend.prepare(layer.dynamics())(x, state, False)
        done.s_seq.sum().backward()
    print(*(len(kernel.device_caches[0][0]) for kernel in kernels))
    return made["forward"].asm["ptx"], made["backward"].asm["ptx"]
"""


def compiled(code, tmp_path):
    """Run code that compiles for a GPU, in a process without interpreter; return what it prints."""
    environment = {**os.environ, "TRITON_CACHE_DIR": str(tmp_path)}
    environment.pop("TRITON_INTERPRET", None)
    command = [sys.executable, "-c", COMPILE + textwrap.dedent(code)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_compiled_kernels_round_as_pytorch_does(tmp_path):
    """Fused products are in sums of gradients only; a division in a step is correctly rounded."""
    forward, backward = compiled(
        """
        text = compile(neuron.LIFNode(surrogate_function=surrogate.ATan()), (8, 3))
        print("next".join(text))
        """,
        tmp_path,
    ).split("next")

    def found(operation):
        return [bool(re.search(rf"\b{operation}\b", ptx)) for ptx in (forward, backward)]

    assert found(r"fma\.rn\.f32") == [False, True]
    assert found(r"div\.rn\.f32") == [True, True]
    assert found(r"div\.full\.f32") == [False, False]
    assert found(r"div\.approx(\.ftz)?\.f32") == [False, True]


def test_another_size_is_not_compiled_again(tmp_path):
    shapes = "(8, 16), (8, 1), (8, 17), (8, 4096), (5, 100), (6, 3, 3), (200, 7)"
    printed = compiled(f"compile(neuron.IFNode(), {shapes})", tmp_path)
    assert printed.split() == ["1", "1"]


def test_half_and_double_precision_compile(tmp_path):
    compiled(
        """
        compile(neuron.ParametricLIFNode(), (4, 3), dtype=torch.float16)
        compile(neuron.EIFNode(), (4, 3), dtype=torch.float64)
        """,
        tmp_path,
    )


@pytest.mark.skipif(not GPU, reason="needs a GPU; a test above compiles without one")
def test_on_a_gpu_another_size_is_not_compiled_again(monkeypatch):
    monkeypatch.setattr(backend, "_modules", {})
    layer = IFNode(backend="triton").to(DEVICE)
    for shape in ((8, 16), (8, 1), (8, 17), (8, 4096), (5, 100), (200, 7)):
        layer.run(torch.rand(shape, device=DEVICE, requires_grad=True)).s_seq.sum().backward()
    (module,) = backend._modules.values()
    for name in ("forward", "backward"):
        assert [len(cache[0]) for cache in module[name].device_caches.values()] == [1]
