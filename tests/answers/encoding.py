"""Answers to the exercises of the chapter Encoding and decoding."""

import math

import numpy as np
import torch

from snnbook import encoding

from . import right, wrong

# --- warm-up -------------------------------------------------------------------------------------

WARM_UP = "encoding/warm-up"
DIGITS = [1, 1, 0, 0]

right(WARM_UP)([7, 2, DIGITS])
right(WARM_UP, "floats in tuples")((7.0, 2.0, (1.0, 1.0, 0.0, 0.0)))
right(WARM_UP, "tensors")([torch.tensor(7.0), torch.tensor([2]), torch.tensor(DIGITS)])
right(WARM_UP, "arrays")([np.int64(7), np.float32(2), np.array(DIGITS)])

wrong(WARM_UP, "whole number")([7.5, 2, DIGITS])
wrong(WARM_UP, "rounded up|too large")([8, 2, DIGITS])
wrong(WARM_UP, "hard reset")([5, 2, DIGITS])
wrong(WARM_UP, "every step")([10, 2, DIGITS])
wrong(WARM_UP, "large number fire late|early")([7, 7, DIGITS])
wrong(WARM_UP, "one too late|nearest", "counted from one, or T for T - 1")([7, 3, DIGITS])
wrong(WARM_UP, "step.*2\\.25|whole number", "not rounded")([7, 2.25, DIGITS])
wrong(WARM_UP, "largest digit", "last digit first")([7, 2, [0, 0, 1, 1]])
wrong(WARM_UP, "rate of 0.75", "three spikes of four")([7, 2, [1, 1, 1, 0]])
wrong(WARM_UP, "phase spikes.*zeros and ones|phase spikes", "the digits alone")([7, 2, [1, 1]])
wrong(WARM_UP, "phase spikes", "the steps of the spikes")([7, 2, [0, 1]])
wrong(WARM_UP, "text")([7, 2, "1100"])
wrong(WARM_UP, "phase spikes", "the worths")([7, 2, [0.5, 0.25, 0, 0]])
wrong(WARM_UP, "step.*list", "the train of the latency code")(
    [7, [0, 0, 1, 0, 0, 0, 0, 0, 0, 0], DIGITS]
)
wrong(WARM_UP, "parts")([7, 2, 1, 1, 0, 0])
wrong(WARM_UP, "None")([7, None, DIGITS])
wrong(WARM_UP, "exchanged|step|number of spikes", "in another order")([2, 7, DIGITS])

# --- derive --------------------------------------------------------------------------------------

DERIVE = "encoding/derive"


@right(DERIVE)
def the_formula(x, error):
    return max(math.ceil(x * (1 - x) / error**2), 1)


@right(DERIVE)
def with_cases(x, error):
    if x in (0, 1):
        return 1
    return math.ceil((x - x**2) / (error * error))


@right(DERIVE)
def by_trial(x, error):
    T = 1
    while math.sqrt(x * (1 - x) / T) > error:
        T += 1
    return T


@right(DERIVE)
def in_numpy(x, error):
    return np.maximum(1, np.ceil(x * (1 - x) / error**2))


@wrong(DERIVE, "square")
def not_squared(x, error):
    return max(1, math.ceil(x * (1 - x) / error))


@wrong(DERIVE, "0 or 1")
def without_the_pixels_of_0_and_1(x, error):
    return math.ceil(x * (1 - x) / error**2)


@wrong(DERIVE, "round")
def rounds_down(x, error):
    return max(1, int(x * (1 - x) / error**2))


@wrong(DERIVE, "[Rr]ound|whole")
def does_not_round(x, error):
    return max(1, x * (1 - x) / error**2)


@wrong(DERIVE, "x = 1/2")
def for_the_worst_pixel(x, error):
    return math.ceil(1 / (4 * error**2))


@wrong(DERIVE, "variance")
def as_if_poisson(x, error):
    return max(1, math.ceil(x / error**2))


@wrong(DERIVE, "soft reset")
def of_the_soft_reset(x, error):
    return math.ceil(1 / error)


@wrong(DERIVE, "upside down|smaller|large")
def upside_down(x, error):
    return max(1, math.ceil(error**2 / max(x * (1 - x), 1e-9)))


@wrong(DERIVE, "exchanged")
def swapped(error, x):
    return max(1, math.ceil(x * (1 - x) / error**2))


@wrong(DERIVE, "print")
def prints(x, error):
    print(max(1, math.ceil(x * (1 - x) / error**2)))


@wrong(DERIVE, "ZeroDivisionError")
def divides_by_the_variance(x, error):
    return math.ceil(1 / (error**2 / (x * (1 - x))))


@wrong(DERIVE, "same|depend")
def a_fixed_number(x, error):
    return 2500


@wrong(DERIVE, "arguments")
def without_the_error(x):
    return math.ceil(x * (1 - x) / 0.01**2)


@wrong(DERIVE, "one step more")
def always_one_more(x, error):
    return 1 + math.floor(x * (1 - x) / error**2)


# --- build ---------------------------------------------------------------------------------------

BUILD = "encoding/build"


@right(BUILD)
def the_solution(s_seq):
    T = len(s_seq)
    step = (s_seq.cumsum(0) == 0).sum(0).clamp(max=T - 1)
    return 1 - step.to(s_seq.dtype) / (T - 1)


@right(BUILD)
def by_the_library(s_seq):
    return encoding.from_latency(s_seq, silent=0.0)


@right(BUILD)
def with_a_mask(s_seq):
    T = s_seq.shape[0]
    step = torch.where(s_seq.any(dim=0), s_seq.argmax(dim=0), T - 1)
    return ((T - 1 - step) / (T - 1)).to(s_seq.dtype)


@right(BUILD)
def in_loops(s_seq):
    T, N = s_seq.shape
    numbers = torch.zeros(N, dtype=s_seq.dtype)
    for n in range(N):
        for t in range(T):
            if s_seq[t, n] == 1:
                numbers[n] = 1 - t / (T - 1)
                break
    return numbers.to(s_seq.device)


@right(BUILD)
def the_greatest_worth(s_seq):
    worth = torch.linspace(1, 0, len(s_seq), dtype=s_seq.dtype, device=s_seq.device)
    return (worth[:, None] * s_seq).max(0).values


@wrong(BUILD, "argmax|never fires|[Ss]ilence")
def argmax(s_seq):
    return 1 - s_seq.argmax(0).to(s_seq.dtype) / (len(s_seq) - 1)


@wrong(BUILD, "divide by T")
def divided_by_T(s_seq):
    step = (s_seq.cumsum(0) == 0).sum(0)
    return 1 - step.to(s_seq.dtype) / len(s_seq)


@wrong(BUILD, "below 0")
def negative_for_silence(s_seq):
    step = (s_seq.cumsum(0) == 0).sum(0)
    return 1 - step.to(s_seq.dtype) / (len(s_seq) - 1)


@wrong(BUILD, "all spikes")
def adds_all_spikes(s_seq):
    worth = torch.linspace(1, 0, len(s_seq), dtype=s_seq.dtype, device=s_seq.device)
    return worth @ s_seq


@wrong(BUILD, "rate")
def the_rate(s_seq):
    return s_seq.mean(0)


@wrong(BUILD, "last spike")
def the_last_spike(s_seq):
    T = len(s_seq)
    steps = torch.arange(T, dtype=s_seq.dtype, device=s_seq.device)[:, None]
    last = (steps * s_seq).max(0).values
    return torch.where(s_seq.any(0), 1 - last / (T - 1), 0.0).to(s_seq.dtype)


@wrong(BUILD, "grow with the step")
def upside_down_in_time(s_seq):
    T = len(s_seq)
    return (s_seq.cumsum(0) == 0).sum(0).clamp(max=T - 1).to(s_seq.dtype) / (T - 1)


@wrong(BUILD, "step of the first spike|dtype")
def the_step(s_seq):
    return (s_seq.cumsum(0) == 0).sum(0)


@wrong(BUILD, "shape")
def over_the_neurons(s_seq):
    T = len(s_seq)
    return 1 - (s_seq.cumsum(1) == 0).sum(1).clamp(max=T - 1).to(s_seq.dtype) / (T - 1)


@wrong(BUILD, "dtype")
def always_in_float32(s_seq):
    return the_solution(s_seq).float()


@wrong(BUILD, "list")
def as_a_list(s_seq):
    return the_solution(s_seq).tolist()


@wrong(BUILD, "never fired")
def refuses_silence(s_seq):
    return encoding.from_latency(s_seq)


@wrong(BUILD, "in place")
def changes_the_spikes(s_seq):
    s_seq[-1] = 1
    return the_solution(s_seq)


@wrong(BUILD, "print")
def prints_them(s_seq):
    print(the_solution(s_seq))


@wrong(BUILD, "[Ss]ilence|too large")
def silence_is_a_half(s_seq):
    return encoding.from_latency(s_seq, silent=0.5)


# --- break ---------------------------------------------------------------------------------------

BREAK = "encoding/break"


@right(BREAK)
def noise_of_the_spikes_shape(x, T, generator):
    noise = torch.rand(T, x.shape[0], x.shape[1], generator=generator).to(x.device)
    return (noise < x).to(x.dtype)


@right(BREAK)
def one_step_after_another(x, T, generator):
    steps = [torch.rand(x.shape, generator=generator).to(x.device) < x for _ in range(T)]
    return torch.stack(steps).to(x.dtype)


@right(BREAK)
def one_sample_after_another(x, T, generator):
    trains = [torch.rand(T, len(row), generator=generator).to(x.device) < row for row in x]
    return torch.stack(trains, dim=1).to(x.dtype)


@right(BREAK)
def torchs_own(x, T, generator):
    return torch.bernoulli(x.cpu().expand(T, *x.shape), generator=generator).to(x.device)


@right(BREAK)
def with_the_library(x, T, generator):
    return encoding.bernoulli(x.cpu(), T, generator=generator).to(x.device)


@wrong(BREAK, "[Aa]ll samples")
def still_shared(x, T, generator):
    noise = torch.rand(T, 1, x.shape[1], generator=generator).to(x.device)
    return (noise < x.unsqueeze(0)).to(x.dtype)


@wrong(BREAK, "[Aa]ll steps")
def drawn_once(x, T, generator):
    noise = torch.rand(x.shape, generator=generator).to(x.device)
    return (noise < x).to(x.dtype).repeat(T, 1, 1)


@wrong(BREAK, "[Aa]ll pixels")
def a_number_for_each_sample(x, T, generator):
    noise = torch.rand(T, x.shape[0], 1, generator=generator).to(x.device)
    return (noise < x).to(x.dtype)


@wrong(BREAK, "whole step")
def a_number_for_each_step(x, T, generator):
    noise = torch.rand(T, 1, 1, generator=generator).to(x.device)
    return (noise < x).to(x.dtype)


@wrong(BREAK, "without the generator")
def forgets_the_generator(x, T, generator):
    return (torch.rand(T, *x.shape, device=x.device) < x).to(x.dtype)


@wrong(BREAK, "fixed seed|generator of your own")
def a_generator_of_its_own(x, T, generator):
    mine = torch.Generator().manual_seed(42)
    return (torch.rand(T, *x.shape, generator=mine).to(x.device) < x).to(x.dtype)


@wrong(BREAK, "above x|1 - x")
def the_wrong_way_round(x, T, generator):
    noise = torch.rand(T, *x.shape, generator=generator).to(x.device)
    return (noise > x).to(x.dtype)


@wrong(BREAK, "at most x")
def at_most(x, T, generator):
    noise = torch.rand(T, *x.shape, generator=generator).to(x.device)
    return (noise <= x).to(x.dtype)


@wrong(BREAK, "dtype")
def returns_truth_values(x, T, generator):
    return torch.rand(T, *x.shape, generator=generator).to(x.device) < x


@wrong(BREAK, "shape")
def batch_first(x, T, generator):
    noise = torch.rand(x.shape[0], T, x.shape[1], generator=generator).to(x.device)
    return (noise < x[:, None]).to(x.dtype)


@wrong(BREAK, "numbers themselves")
def no_noise(x, T, generator):
    return x.unsqueeze(0).repeat(T, 1, 1)


@wrong(BREAK, "shape")
def one_step_only(x, T, generator):
    return (torch.rand(x.shape, generator=generator).to(x.device) < x).to(x.dtype)


@wrong(BREAK, "firing rates")
def normal_noise(x, T, generator):
    noise = torch.randn(T, *x.shape, generator=generator).to(x.device)
    return (noise < x).to(x.dtype)


@wrong(BREAK, "print|nothing|None")
def returns_nothing(x, T, generator):
    noise = torch.rand(T, *x.shape, generator=generator).to(x.device)
    print((noise < x).float())


@wrong(BREAK, "arguments")
def takes_no_generator(x, T):
    return (torch.rand(T, *x.shape) < x).float()


@wrong(BREAK, "dtype")
def always_float32(x, T, generator):
    return (torch.rand(T, *x.shape, generator=generator).to(x.device) < x).float()


@wrong(BREAK, "same generator again")
def only_the_seed_of_the_generator(x, T, generator):
    torch.manual_seed(generator.initial_seed())
    return (torch.rand(T, *x.shape).to(x.device) < x).to(x.dtype)


@wrong(BREAK, "another sample")
def one_noise_rolled_from_sample_to_sample(x, T, generator):
    base = torch.rand(T, x.shape[1], generator=generator).to(x.device)
    noise = torch.stack([base.roll(n, dims=1) for n in range(len(x))], 1)
    return (noise < x).to(x.dtype)


@wrong(BREAK, "in place")
def overwrites_the_batch(x, T, generator):
    s_seq = (torch.rand(T, *x.shape, generator=generator).to(x.device) < x).to(x.dtype)
    x.copy_(s_seq.mean(0))
    return s_seq


@wrong(BREAK, "0.03")
def noise_of_ten_levels(x, T, generator):
    noise = torch.randint(0, 10, (T, *x.shape), generator=generator).to(x.device) / 10
    return (noise < x).to(x.dtype)
