"""`snnbook.encoding`: laws of each code, its round trip, and what is refused."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from laws import law

from snnbook import encoding
from snnbook.encoding import (
    bernoulli,
    count,
    delta,
    direct,
    first_spike,
    from_delta,
    from_latency,
    from_phase,
    latency,
    phase,
    population,
    population_vector,
    rate,
)

DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
SHAPES = [(), (5,), (2, 3, 4, 5), (0,), (3, 0)]
each_input = law(200)
unit = st.lists(st.floats(0, 1), min_size=1, max_size=20).map(
    lambda values: torch.tensor(values, dtype=torch.float64)
)


def seeded(seed=0, device="cpu"):
    return torch.Generator(device).manual_seed(seed)


def uniform(*shape, seed=0, dtype=torch.float32):
    """Numbers from 0 to 1, both ends among them."""
    x = torch.rand(shape, generator=seeded(seed), dtype=torch.float64).to(dtype)
    if x.numel() > 1:
        x.view(-1)[0], x.view(-1)[-1] = 0, 1
    return x


def wide(x):
    """x in the dtype that is computed in."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def rounding(dtype):
    """A few units in the last place of numbers up to 1, in the dtype that is computed in."""
    return 4 * torch.finfo(torch.promote_types(dtype, torch.float32)).eps


ENCODERS = {
    "direct": lambda x: direct(x, 6),
    "bernoulli": lambda x: bernoulli(x, 6, generator=seeded(device=x.device)),
    "latency": lambda x: latency(x, 6),
    "phase": lambda x: phase(x, 6),
    "delta": lambda x: delta(x.expand(6, *x.shape) if isinstance(x, torch.Tensor) else x, 0.1),
}
DECODERS = {
    "count": count,
    "rate": rate,
    "first_spike": first_spike,
    "from_latency": lambda s: from_latency(s, silent=0),
    "from_phase": from_phase,
    "from_delta": lambda s: from_delta(s, 0.1, torch.zeros(s.shape[1:], device=s.device)),
}


def test_every_public_name_is_documented_and_tried():
    tried = {*ENCODERS, *DECODERS, "population", "population_vector"}
    assert tried == set(encoding.__all__)
    assert all(f"`{name}`" in encoding.__doc__ for name in encoding.__all__)
    for name in encoding.__all__:
        assert "gradient" in getattr(encoding, name).__doc__, name


# Shapes and dtypes


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ENCODERS)
def test_an_encoder_puts_time_first_and_keeps_the_dtype(name, shape, dtype):
    x = uniform(*shape, dtype=dtype)
    before = x.clone()
    s_seq = ENCODERS[name](x)
    assert s_seq.shape == (6, *shape)
    assert s_seq.dtype == dtype
    assert torch.equal(x, before)
    if name != "direct":
        assert set(s_seq.unique().tolist()) <= {-1.0, 0.0, 1.0}
    if name in ("bernoulli", "latency", "phase"):
        assert (s_seq >= 0).all()


@pytest.mark.parametrize("dtype", [*DTYPES, torch.bool, torch.uint8, torch.int8, torch.int64])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", DECODERS)
def test_a_decoder_takes_spikes_of_any_real_dtype(name, shape, dtype):
    s_seq = bernoulli(uniform(*shape), 6, generator=seeded(1)).to(dtype)
    x = DECODERS[name](s_seq)
    assert x.shape == ((6, *shape) if name == "from_delta" else shape)
    assert x.dtype == (
        torch.int64 if name == "first_spike" else torch.promote_types(dtype, torch.float32)
    )
    torch.testing.assert_close(x, DECODERS[name](s_seq.double()).to(x.dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_population_puts_the_neurons_last(shape, dtype):
    x = uniform(*shape, dtype=dtype)
    values = population(x, 22, 0.1)
    assert values.shape == (*shape, 22)
    assert values.dtype == dtype
    back = population_vector(values, 0.1)
    assert back.shape == shape
    assert back.dtype == torch.promote_types(dtype, torch.float32)
    assert (back - wide(x)).abs().le(0.005 * 0.1 + torch.finfo(dtype).eps).all()


def test_the_default_dtype_changes_nothing():
    spikes = torch.tensor([[True], [False]])
    torch.set_default_dtype(torch.float64)
    try:
        assert rate(spikes).dtype == torch.float32
        assert population_vector(population(uniform(3), 22, 0.1), 0.1).dtype == torch.float32
        assert latency(uniform(3), 4).dtype == torch.float32
    finally:
        torch.set_default_dtype(torch.float32)


def test_a_parameter_and_a_strided_view_are_tensors():
    x = torch.nn.Parameter(uniform(4, 6))
    assert torch.equal(latency(x.t(), 5), latency(x, 5).transpose(1, 2))
    assert torch.equal(phase(x[:, ::2], 5), phase(x, 5)[:, :, ::2])


@pytest.mark.parametrize("T", [3, np.int64(3), np.int8(3)])
def test_a_number_of_steps_may_come_from_numpy(T):
    assert direct(uniform(2), T).shape == (3, 2)
    assert phase(uniform(2), T).shape == (3, 2)


@pytest.mark.parametrize("number", [0.25, np.float32(0.25), Fraction(1, 4)])
def test_a_threshold_is_any_real_number(number):
    x_seq = torch.tensor([0, 0.25, 0.5])
    assert delta(x_seq, number).tolist() == [0, 1, 1]


# Direct current


def test_direct_repeats_and_shares_no_memory():
    x = uniform(3, 4)
    x_seq = direct(x, 5)
    assert torch.equal(rate(x_seq), direct(x, 5).mean(0))
    assert all(torch.equal(step, x) for step in x_seq)
    x_seq[0] = 7
    assert torch.equal(x_seq[1], x)
    assert x.max() <= 1


@each_input
@given(unit, st.integers(1, 40))
def test_direct_is_decoded_by_its_rate(x, T):
    assert (rate(direct(x, T)) - x).abs().max() <= 1e-15 * T


# Bernoulli


def test_bernoullis_error_falls_as_one_over_the_root_of_T():
    p = torch.arange(1, 20, dtype=torch.float64) / 20
    generator = seeded()
    steps = [8, 16, 32, 64, 128, 256]
    rms = []
    for T in steps:
        decoded = rate(bernoulli(p.expand(2000, 19), T, generator=generator))
        error = (decoded - p).square().mean(0).sqrt()
        ratio = error / (p * (1 - p) / T).sqrt()
        assert ratio.min() > 0.9
        assert ratio.max() < 1.1
        rms.append(error.square().mean().sqrt().log().item())
    slope = np.polyfit(np.log(steps), rms, 1)[0]
    assert abs(slope + 0.5) < 0.02


@pytest.mark.parametrize("dtype", DTYPES)
def test_bernoulli_fires_with_probability_x_in_every_dtype(dtype):
    """In float16 alone `rand` has 2^11 values: 0.0005 would fire twice too often, or never."""
    n = 2**22
    for p in (0.0005, 0.3, 0.9995):
        x = torch.full((n,), p, dtype=dtype)
        p = x[0].item()
        sd = math.sqrt(n * p * (1 - p))
        fired = bernoulli(x, 1, generator=seeded()).double().sum().item()
        assert abs(fired - n * p) <= 4 * sd, p


def test_zero_never_fires_and_one_always_does():
    x = torch.tensor([0.0, 1.0]).expand(2**20, 2)
    s_seq = bernoulli(x, 2, generator=seeded())
    assert s_seq[..., 0].max() == 0
    assert s_seq[..., 1].min() == 1


@pytest.mark.parametrize("noise", [0.0, 1 - 2**-24])
def test_the_comparison_is_strict(noise, monkeypatch):
    """The noise is 0 about once in 2^24 draws: too seldom to be waited for."""
    monkeypatch.setattr(
        torch, "rand", lambda shape, **options: torch.full(shape, noise, dtype=options["dtype"])
    )
    assert bernoulli(torch.tensor([0.0, 1.0]), 1, generator=seeded()).tolist() == [[0, 1]]


def test_each_sample_and_step_has_noise_of_its_own():
    T, N, p = 64, 256, 0.3
    s_seq = bernoulli(torch.full((N, 8), p), T, generator=seeded()).double()
    bound = math.sqrt(p * (1 - p) / T / N)
    mean = s_seq.mean((0, 1))  # of T·N draws; with shared noise it would be 16 times as far off
    assert (mean - p).abs().max() < 4 * bound
    variance = s_seq.flatten(1).mean(1).var().item()
    assert variance < 2 * p * (1 - p) / (N * 8)


def test_the_generator_alone_decides():
    x = uniform(1000)
    torch.manual_seed(1)
    first = bernoulli(x, 4, generator=seeded(3))
    state = torch.get_rng_state()
    torch.manual_seed(2)
    generator = seeded(3)
    assert torch.equal(bernoulli(x, 4, generator=generator), first)
    assert not torch.equal(bernoulli(x, 4, generator=generator), first)
    assert not torch.equal(bernoulli(x, 4, generator=seeded(4)), first)
    torch.manual_seed(1)
    assert torch.equal(torch.get_rng_state(), state)


# Latency


@each_input
@given(unit, st.integers(2, 300), st.sampled_from(DTYPES))
def test_latency_round_trip(x, T, dtype):
    x = x.to(dtype)
    s_seq = latency(x, T)
    assert (s_seq.sum(0) == 1).all()
    error = (from_latency(s_seq) - wide(x)).abs().max()
    assert error <= 1 / (2 * (T - 1)) + rounding(dtype)


@pytest.mark.parametrize("T", range(2, 40))
def test_latency_of_a_grid_is_exact(T):
    steps = torch.arange(T)
    x = 1 - steps.double() / (T - 1)
    assert torch.equal(first_spike(latency(x, T)), steps)
    assert (from_latency(latency(x, T)) - x).abs().max() < 1e-15


@pytest.mark.parametrize("T", range(2, 41, 2))
def test_a_tie_of_two_steps_goes_to_the_later_one(T):
    assert first_spike(latency(torch.tensor(0.5), T)) == T // 2


def test_latency_falls_with_x_and_its_ends_are_the_first_and_the_last_step():
    step = first_spike(latency(torch.linspace(0, 1, 1001), 17))
    assert (step.diff() <= 0).all()
    assert (step[0], step[-1]) == (16, 0)


def test_latency_error_is_uniform():
    x = (torch.arange(20_001, dtype=torch.float64)) / 20_000
    rms = (from_latency(latency(x, 33)) - x).square().mean().sqrt().item()
    assert rms == pytest.approx(1 / (math.sqrt(12) * 32), rel=1e-3)


def test_never_is_not_step_zero():
    s_seq = torch.tensor([[0.0, 1, 0, 0], [0, 0, 0, 1], [0, 1, 1, 1]])
    assert first_spike(s_seq).tolist() == [3, 0, 2, 1]
    assert from_latency(s_seq, silent=-1).tolist() == [-1, 1, 0, 0.5]
    with pytest.raises(ValueError, match=r"1 of 4 never fired.*silent="):
        from_latency(s_seq)


# Phase


@each_input
@given(unit, st.integers(1, 62), st.sampled_from(DTYPES))
def test_phase_round_trip(x, K, dtype):
    x = x.to(dtype)
    error = (from_phase(phase(x, K)) - wide(x)).abs().max()
    assert error <= 2.0 ** -(K + 1) + rounding(dtype)


@pytest.mark.parametrize("K", range(1, 12))
def test_phase_tells_each_interval_by_its_digits(K):
    number = torch.arange(2**K)
    digits = torch.tensor([[int(d) for d in f"{n:0{K}b}"] for n in range(2**K)]).t()
    for inside in (0, 0.5, 0.999):  # the lower end, which belongs to it, the middle, near the end
        assert torch.equal(phase((number + inside).double() / 2**K, K).long(), digits)
    assert torch.equal(from_phase(digits), (number + 0.5) / 2**K)


@pytest.mark.parametrize("K", [1, 8, 24, 53, 62])
@pytest.mark.parametrize("dtype", DTYPES)
def test_phase_of_one_is_all_ones(K, dtype):
    assert phase(torch.ones(2, dtype=dtype), K).min() == 1


def test_sixty_two_digits_of_a_small_number():
    x = torch.tensor(2.0**-62 + 2.0**-40, dtype=torch.float64)
    assert phase(x, 62).nonzero().flatten().tolist() == [39, 61]


# Population


@each_input
@given(unit, st.floats(0.01, 1), st.floats(3, 6), st.floats(0.05, 2))
def test_population_round_trip(x, width, pad, spacing):
    N = math.ceil((1 / width + 2 * pad) / spacing) + 1
    error = (population_vector(population(x, N, width, pad=pad), width, pad=pad) - x).abs().max()
    assert error <= 0.05 * width
    if spacing <= 1:
        assert error <= 0.005 * width


def test_population_values_are_gaussians_of_the_distance():
    x = torch.tensor([0.0, 0.5, 1.0], dtype=torch.float64)
    centres = torch.tensor([-0.75, -0.25, 0.25, 0.75, 1.25, 1.75], dtype=torch.float64)
    wanted = (-((x[:, None] - centres) ** 2) / (2 * 0.25**2)).exp()
    torch.testing.assert_close(population(x, 6, 0.25), wanted, rtol=1e-12, atol=0)


def test_population_without_padding_is_drawn_to_the_middle():
    low, middle, high = (
        population_vector(population(torch.tensor([0.0, 0.5, 1.0]), 16, 0.1, pad=0), 0.1, pad=0)
    ).tolist()
    assert low > 0.05
    assert middle == pytest.approx(0.5, abs=1e-6)
    assert high < 0.95


def test_population_of_spikes_reaches_its_law():
    """Its standard deviation is about width / sqrt(number of spikes)."""
    x = uniform(4000, dtype=torch.float64)
    errors = []
    for T in (16, 64, 256):
        s_seq = bernoulli(0.5 * population(x, 22, 0.1), T, generator=seeded())
        rms = (population_vector(count(s_seq), 0.1) - x).square().mean().sqrt().item()
        spikes = s_seq.sum((0, 2)).mean().item()
        assert rms == pytest.approx(0.1 / math.sqrt(spikes), rel=0.15)
        errors.append(math.log(rms))
    assert np.polyfit(np.log([16, 64, 256]), errors, 1)[0] == pytest.approx(-0.5, abs=0.03)


@each_input
@given(unit, st.integers(40, 200))
def test_population_by_latency_is_bounded_too(x, T):
    s_seq = latency(population(x, 22, 0.1), T)
    back = population_vector(from_latency(s_seq), 0.1)
    assert (back - x).abs().max() < 0.05 * 40 / T


def test_population_vector_ignores_the_size_of_activity():
    activity = torch.tensor([1.0, 2, 3, 2, 1, 0])
    wanted = population_vector(activity, 0.5)
    for size in (1e-30, 7.0, 1e38):
        torch.testing.assert_close(population_vector(activity * size, 0.5), wanted)


def test_a_silent_population_tells_no_number():
    activity = torch.zeros(2, 22)
    activity[0, 5] = 1
    with pytest.raises(ValueError, match=r"1 of 2 never fired.*silent="):
        population_vector(activity, 0.1)
    assert population_vector(activity, 0.1, silent=0.5)[1] == 0.5
    assert population_vector(activity[0], 0.1) == pytest.approx(-0.3 + 5 * 1.6 / 21)


# Delta


@each_input
@given(
    st.lists(st.floats(-1, 1), min_size=1, max_size=60),
    st.floats(1e-3, 10),
    st.floats(-10, 10),
    st.sampled_from([torch.float32, torch.float64]),
)
def test_delta_round_trip(changes, threshold, start, dtype):
    steps = torch.tensor([0.0, *changes], dtype=torch.float64)
    x_seq = (start + threshold * steps.cumsum(0)).to(dtype)
    s_seq = delta(x_seq, threshold)
    assert s_seq[0] == 0
    back = from_delta(s_seq, threshold, x_seq[0])
    room = 4 * torch.finfo(dtype).eps * (x_seq.abs().max().item() + threshold)
    # A change may round to a little more than the threshold in each step, and so add up.
    assert (back - x_seq).abs().max() <= threshold + room * len(steps)


def test_delta_spikes_of_a_ramp_and_of_a_jump():
    ramp = torch.arange(129, dtype=torch.float64) / 128
    s_seq = delta(ramp, 0.125)
    assert s_seq.nonzero().flatten().tolist() == list(range(16, 129, 16))
    assert torch.equal(delta(-ramp, 0.125), -s_seq)
    jump = torch.zeros(20)
    jump[5:] = 1
    assert delta(jump, 0.125).nonzero().flatten().tolist() == list(range(5, 13))
    assert from_delta(delta(jump, 0.125), 0.125, jump[0])[-1] == 1


def test_delta_follows_a_sine_only_where_a_step_is_below_the_threshold():
    t = torch.arange(1000, dtype=torch.float64)
    x_seq = 0.5 + 0.4 * (2 * math.pi * t / 250).sin()  # at most 0.01005 a step
    for threshold, spikes in ((0.2, 15), (0.1, 47), (0.05, 111), (0.02, 303), (0.011, 575)):
        s_seq = delta(x_seq, threshold)
        assert (from_delta(s_seq, threshold, x_seq[0]) - x_seq).abs().max() < threshold
        assert s_seq.abs().sum() == spikes
    overload = from_delta(delta(x_seq, 0.005), 0.005, x_seq[0]) - x_seq
    assert overload.abs().max() == pytest.approx(0.278, abs=1e-3)


def test_delta_sees_each_channel_alone():
    x_seq = uniform(30, 4, 3).cumsum(0)
    apart = torch.stack([delta(x_seq[:, n], 0.3) for n in range(4)], dim=1)
    assert torch.equal(delta(x_seq, 0.3), apart)
    assert torch.equal(
        from_delta(apart, 0.3, x_seq[0])[:, 2], from_delta(apart[:, 2], 0.3, x_seq[0, 2])
    )


# Counts and rates


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.bool, torch.int8])
def test_a_large_count_is_exact(dtype):
    s_seq = torch.ones(70_001, 2, dtype=dtype)
    assert count(s_seq).tolist() == [70_001, 70_001]
    assert rate(s_seq).tolist() == [1, 1]


def test_smooth_spikes_are_counted_but_have_no_first():
    s_seq = torch.tensor([0.25, 0.5, 0.25])
    assert count(s_seq) == 1
    for decode in (first_spike, from_phase, from_latency):
        with pytest.raises(ValueError, match="fractions"):
            decode(s_seq)


# Gradients


@pytest.mark.parametrize("name", [n for n in ENCODERS if n != "direct"])
def test_no_gradient_flows_through_a_spike_code(name):
    assert not ENCODERS[name](uniform(4).requires_grad_()).requires_grad


@pytest.mark.parametrize("name", ["first_spike", "from_latency"])
def test_no_gradient_flows_through_a_spike_time(name):
    assert not DECODERS[name](latency(uniform(4), 6).requires_grad_()).requires_grad


@pytest.mark.parametrize(
    "function",
    [
        lambda x: direct(x, 3),
        lambda x: population(x, 8, 0.3),
        lambda x: population_vector(population(x, 8, 0.3), 0.3),
        lambda x: population_vector(x.expand(8, 3).t() + torch.arange(8), 0.3),
    ],
)
def test_gradients_of_numbers_are_right(function):
    x = torch.tensor([0.2, 0.5, 0.8], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(function, x)


def test_gradients_of_linear_decoders_are_right():
    """They are linear in the spikes, so their gradient is the worth of a spike."""
    s_seq = torch.tensor([[0.0], [1], [0]], requires_grad=True)

    def worth(decoded):
        return torch.autograd.grad(decoded.sum(), s_seq)[0].flatten().tolist()

    assert worth(count(s_seq)) == [1, 1, 1]
    assert worth(rate(s_seq)) == pytest.approx([1 / 3] * 3)
    assert worth(from_phase(s_seq)) == [0.5, 0.25, 0.125]
    assert worth(from_delta(s_seq, 0.5, torch.zeros(1))) == [1.5, 1, 0.5]
    start = torch.zeros(1, requires_grad=True)
    assert torch.autograd.grad(from_delta(s_seq, 0.5, start).sum(), start)[0] == 3


def test_a_silent_population_has_no_gradient():
    activity = torch.zeros(2, 22)
    activity[0, 4] = 1
    activity.requires_grad_()
    population_vector(activity, 0.1, silent=0.0).sum().backward()
    assert activity.grad.isfinite().all()
    assert activity.grad[0].any()
    assert not activity.grad[1].any()


# What is refused

X = torch.tensor([0.0, 0.5, 1.0])
S = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
SPARSE = torch.eye(2).to_sparse()

NOT_NUMBERS = {
    "list": ([0.5], TypeError, "list.*tensor"),
    "number": (0.5, TypeError, "float.*tensor"),
    "none": (None, TypeError, "NoneType.*tensor"),
    "array": (np.array([0.5]), TypeError, "ndarray.*tensor"),
    "bool": (X > 0, TypeError, "bool.*floating"),
    "uint8": (X.byte(), TypeError, "uint8.*/ 255"),
    "int64": (X.long(), TypeError, "int64.*floating"),
    "complex": (X.cfloat(), TypeError, "complex64.*floating"),
    "float8": (X.to(torch.float8_e4m3fn), TypeError, "float8.*floating"),
    "sparse": (SPARSE, TypeError, "sparse.*dense"),
    "csr": (torch.eye(2).to_sparse_coo().coalesce(), TypeError, "sparse.*dense"),
    "meta": (X.to("meta"), TypeError, "meta.*dense"),
    "nan": (torch.tensor([0.5, math.nan]), ValueError, "nan"),
    "inf": (torch.tensor([0.5, math.inf]), ValueError, "inf"),
    "-inf": (torch.tensor([0.5, -math.inf]), ValueError, "-inf"),
}
OUT_OF_RANGE = {
    "negative": (torch.tensor([-1.0, 0.5]), ValueError, "-1.0 to 0.5.*from 0 to 1"),
    "just below": (torch.tensor(-1e-30), ValueError, "-1.000000"),
    "above": (torch.tensor([0.5, 3.0]), ValueError, "0.5 to 3.0.*from 0 to 1"),
    "just above": (torch.tensor(1 + 2**-23), ValueError, "1.00000011"),
    "just above in float64": (torch.tensor(1 + 2**-52).double() + 2**-52, ValueError, "1.000000"),
    "half precision": (torch.tensor(1.001, dtype=torch.float16), ValueError, "1.00097"),
    "pixels": (torch.arange(17.0), ValueError, "16.0"),
    "two values in a large batch": (torch.cat([torch.zeros(9999), X * 2]), ValueError, "2.0"),
    "needs gradient": ((X * 2).requires_grad_(), ValueError, "2.0"),
}


@pytest.mark.parametrize("case", {**NOT_NUMBERS, **OUT_OF_RANGE})
@pytest.mark.parametrize("name", ["direct", "bernoulli", "latency", "phase", "population"])
def test_numbers_that_have_no_code_are_refused(name, case):
    x, kind, words = {**NOT_NUMBERS, **OUT_OF_RANGE}[case]
    encode = {**ENCODERS, "population": lambda x: population(x, 22, 0.1)}[name]
    before = torch.get_rng_state()
    if name == "bernoulli":  # whatever the device of x is
        encode = lambda x: bernoulli(x, 6, generator=seeded())  # noqa: E731
    with pytest.raises(kind, match=f"^x .*{words}"):
        encode(x)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("case", NOT_NUMBERS)
def test_sequences_that_have_no_changes_are_refused(case):
    x_seq, kind, words = NOT_NUMBERS[case]
    with pytest.raises(kind, match=f"^x_seq .*{words}"):
        delta(x_seq, 0.1)
    with pytest.raises(kind, match=f"^start .*{words}"):
        from_delta(S, 0.1, x_seq)
    with pytest.raises(kind, match=f"^activity .*{words}"):
        population_vector(x_seq, 0.3)


NOT_STEPS = {
    "zero": (0, ValueError, "is 0"),
    "negative": (-3, ValueError, "is -3"),
    "huge": (2**70, ValueError, "16777216|62"),
    "float": (4.0, TypeError, "float.*an int"),
    "nan": (math.nan, TypeError, "float.*an int"),
    "bool": (True, TypeError, "bool.*an int"),
    "numpy bool": (np.bool_(True), TypeError, "bool.*an int"),
    "numpy float": (np.float64(4), TypeError, "float64.*an int"),
    "text": ("4", TypeError, "str.*an int"),
    "none": (None, TypeError, "NoneType.*an int"),
    "tensor": (torch.tensor(4), TypeError, "Tensor.*an int"),
    "shape": ((4,), TypeError, "tuple.*an int"),
}
TAKES_STEPS = {
    "direct": lambda T: direct(X, T),
    "bernoulli": lambda T: bernoulli(X, T, generator=seeded()),
    "latency": lambda T: latency(X, T),
    "phase": lambda T: phase(X, T),
    "population": lambda T: population(X, T, 0.5),
}


@pytest.mark.parametrize("case", NOT_STEPS)
@pytest.mark.parametrize("name", TAKES_STEPS)
def test_a_wrong_number_of_steps_or_neurons_is_refused(name, case):
    T, kind, words = NOT_STEPS[case]
    with pytest.raises(kind, match=f"^[TKN] .*({words})"):
        TAKES_STEPS[name](T)


def test_a_code_has_a_least_and_a_largest_number_of_steps():
    with pytest.raises(ValueError, match="T is 1; wanted an int from 2"):
        latency(X, 1)
    with pytest.raises(ValueError, match="K is 63; wanted an int from 1 to 62"):
        phase(X, 63)
    with pytest.raises(ValueError, match=r"s_seq\.shape\[0\].* is 1; wanted an int from 2"):
        from_latency(S[:1])
    with pytest.raises(ValueError, match=r"s_seq\.shape\[0\].* is 64; wanted an int from 1 to 62"):
        from_phase(S.repeat(32, 1))


@pytest.mark.parametrize("generator", [None, 0, "cpu", torch, torch.manual_seed, torch.Generator])
def test_a_generator_is_wanted(generator):
    with pytest.raises(TypeError, match=r"^generator .*torch\.Generator\('cpu'\)\.manual_seed"):
        bernoulli(X, 4, generator=generator)


def test_a_generator_is_wanted_by_name():
    with pytest.raises(TypeError, match="generator"):
        bernoulli(X, 4)
    with pytest.raises(TypeError, match="positional"):
        bernoulli(X, 4, seeded())


@pytest.mark.parametrize("place", ["cuda", "cuda:1", "mps", "cpu:1"])
def test_a_generator_on_another_device_is_refused(place):
    class Elsewhere(torch.Generator):
        device = torch.device(place)

    with pytest.raises(ValueError, match=rf"on {place}, x on cpu; .*Generator\('cpu'\)"):
        bernoulli(X, 4, generator=Elsewhere())


NOT_SPIKES = {
    "list": ([[0.0, 1.0]], TypeError, "list.*tensor"),
    "none": (None, TypeError, "NoneType.*tensor"),
    "array": (np.zeros((2, 2)), TypeError, "ndarray.*tensor"),
    "complex": (S.cfloat(), TypeError, "complex64.*spikes"),
    "float8": (S.to(torch.float8_e5m2), TypeError, "float8.*spikes"),
    "sparse": (S.to_sparse(), TypeError, "sparse.*dense"),
    "meta": (S.to("meta"), TypeError, "meta.*dense"),
    "nan": (S * math.nan, ValueError, "nan"),
    "inf": (S + math.inf, ValueError, "inf"),
    "two": (2 * S, ValueError, "2.0"),
    "counts": (S.long() * 3, ValueError, "3.0"),
    "minus two": (-2 * S, ValueError, "-2.0"),
    "no time": (S[0, 0], ValueError, r"shape \[\].*time first"),
    "no step": (S[:0], ValueError, r"shape\[0\].* is 0"),
}


@pytest.mark.parametrize("case", NOT_SPIKES)
@pytest.mark.parametrize("name", DECODERS)
def test_what_is_no_spike_train_is_refused(name, case):
    s_seq, kind, words = NOT_SPIKES[case]
    decode = {**DECODERS, "from_delta": lambda s: from_delta(s, 0.1, torch.zeros(2))}[name]
    with pytest.raises(kind, match=f"^s_seq.*{words}"):
        decode(s_seq)


@pytest.mark.parametrize("name", ["count", "rate", "first_spike", "from_latency", "from_phase"])
def test_signed_spikes_are_for_from_delta_alone(name):
    with pytest.raises(ValueError, match=r"from -1\.0 to -0\.0.*from 0 to 1"):
        DECODERS[name](-S)
    assert from_delta(-S, 0.5, torch.zeros(2)).tolist() == [[0, -0.5], [-0.5, -0.5]]


@pytest.mark.parametrize("x_seq", [torch.tensor(0.5), torch.zeros(0), torch.zeros(0, 3)])
def test_a_sequence_without_steps_is_refused(x_seq):
    with pytest.raises(ValueError, match=r"^x_seq.*(time first|is 0)"):
        delta(x_seq, 0.1)


NOT_POSITIVE = {
    "zero": (0, ValueError),
    "negative": (-0.1, ValueError),
    "nan": (math.nan, ValueError),
    "inf": (math.inf, ValueError),
    "huge": (10**400, ValueError),
    "underflow": (1e-60, ValueError),
    "bool": (True, TypeError),
    "text": ("0.1", TypeError),
    "none": (None, TypeError),
    "complex": (0.1j, TypeError),
    "tensor": (torch.tensor(0.1), TypeError),
}


@pytest.mark.parametrize("case", NOT_POSITIVE)
def test_a_wrong_threshold_or_width_is_refused(case):
    value, kind = NOT_POSITIVE[case]
    with pytest.raises(kind, match=r"^threshold .*wanted a number"):
        delta(X, value)
    with pytest.raises(kind, match=r"^threshold .*wanted a number"):
        from_delta(S, value, S[0])
    words = "^width .*wanted a number|wanted at most two widths"
    with pytest.raises(kind, match=words):
        population(X, 22, value)
    with pytest.raises(kind, match=words):
        population_vector(S, value)


@pytest.mark.parametrize("pad", [-1, math.nan, math.inf, 10**400, "3", None, True])
def test_a_wrong_pad_is_refused(pad):
    with pytest.raises((TypeError, ValueError), match=r"^pad .*wanted a number"):
        population(X, 22, 0.1, pad=pad)
    with pytest.raises((TypeError, ValueError), match=r"^pad .*wanted a number"):
        population_vector(S, 0.1, pad=pad)


@pytest.mark.parametrize(
    ("N", "width", "pad"), [(2, 0.1, 3), (8, 0.1, 3), (22, 1e-9, 3), (9, 1, 99)]
)
def test_gaps_between_tuning_curves_are_refused(N, width, pad):
    with pytest.raises(ValueError, match=r"leaves gaps.*more neurons, wider curves or less pad"):
        population(X, N, width, pad=pad)
    with pytest.raises(ValueError, match="leaves gaps"):
        population_vector(torch.ones(3, N), width, pad=pad)


@pytest.mark.parametrize(
    ("activity", "words"),
    [
        (torch.tensor(1.0), r"shape \[\]; wanted \[\*, N\]"),
        (torch.ones(3, 1), "N is 1"),
        (torch.ones(3, 0), "N is 0"),
        (-torch.ones(3, 22), "-1.0"),
    ],
)
def test_activity_of_no_population_is_refused(activity, words):
    with pytest.raises(ValueError, match=words):
        population_vector(activity, 0.1)


@pytest.mark.parametrize("silent", ["0", True, 1j, math.nan, math.inf, torch.tensor(0.0)])
def test_a_wrong_number_for_silence_is_refused(silent):
    with pytest.raises((TypeError, ValueError), match=r"^silent .*wanted a number"):
        from_latency(S, silent=silent)
    with pytest.raises((TypeError, ValueError), match=r"^silent .*wanted a number"):
        population_vector(torch.ones(22), 0.1, silent=silent)


@pytest.mark.parametrize(
    "start", [torch.zeros(()), torch.zeros(1), torch.zeros(1, 2), torch.zeros(3)]
)
def test_a_start_that_would_be_broadcast_is_refused(start):
    with pytest.raises(ValueError, match=r"^start has shape .*wanted x_seq\[0\], \[2\] on cpu"):
        from_delta(S, 0.1, start)


# Where a GPU is


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_all_stays_on_the_gpu():
    x = uniform(3, 4).cuda()
    for name, encode in ENCODERS.items():
        s_seq = encode(x)
        assert s_seq.is_cuda
        if name != "bernoulli":
            assert torch.equal(s_seq.cpu(), encode(x.cpu()))
    spikes = latency(x, 6)
    for decode in DECODERS.values():
        assert decode(spikes).is_cuda
        torch.testing.assert_close(decode(spikes).cpu(), decode(spikes.cpu()))
    assert population_vector(population(x, 22, 0.1), 0.1).is_cuda
    with pytest.raises(ValueError, match="generator is on cpu, x on cuda"):
        bernoulli(x, 4, generator=seeded())
