"""Answers to the exercises of the chapter Step modes."""

import copy

import numpy as np
import torch
from torch import nn

from snnbook import functional, layer, neuron

from . import right, wrong

# --- warm-up -------------------------------------------------------------------------------------

WARM_UP = "step_modes/warm-up"
WHOLE, STEP = [16, 8, 3, 32, 32], [8, 3, 32, 32]

right(WARM_UP)([WHOLE, STEP, STEP, WHOLE])
right(WARM_UP, "torch.Size")([torch.Size(s) for s in (WHOLE, STEP, STEP, WHOLE)])
right(WARM_UP, "tuples")(tuple(tuple(s) for s in (WHOLE, STEP, STEP, WHOLE)))
right(WARM_UP, "tensors of numbers")([torch.tensor(s) for s in (WHOLE, STEP, STEP, WHOLE)])

BATCH_FIRST = [8, 16, 3, 32, 32]
wrong(WARM_UP, "time first|Time first|batch first")([BATCH_FIRST, STEP, STEP, BATCH_FIRST])
wrong(WARM_UP, "sample|batch")([WHOLE, STEP, STEP[1:], WHOLE])
wrong(WARM_UP, "step|time")([WHOLE, STEP, WHOLE, WHOLE])
wrong(WARM_UP, "'s'|whole")([WHOLE, STEP, STEP, STEP])
wrong(WARM_UP, "last|channels")(
    [[16, 8, 32, 32, 3], [8, 32, 32, 3], [8, 32, 32, 3], [16, 8, 32, 32, 3]]
)
wrong(WARM_UP, "number|list")([5, 4, 4, 5])
wrong(WARM_UP, "number|list")([16 * 8 * 3 * 32 * 32, 8 * 3 * 32 * 32, 8 * 3 * 32 * 32, 393216])
wrong(WARM_UP, "tensor.*shape", "the tensors")(
    [torch.zeros(WHOLE), torch.zeros(STEP), torch.zeros(STEP), torch.zeros(WHOLE)]
)
wrong(WARM_UP, "text")(["[16, 8, 3, 32, 32]"] * 4)
wrong(WARM_UP, "None")([WHOLE, STEP, STEP, None])
wrong(WARM_UP, "parts")([WHOLE, STEP])
wrong(WARM_UP, "batch|sample")([[16, 3, 32, 32], [3, 32, 32], [3, 32, 32], [16, 3, 32, 32]])
wrong(WARM_UP, "list", "arrays of pixels")([np.zeros(WHOLE), np.zeros(STEP), STEP, WHOLE])
wrong(WARM_UP, "step|1", "a step keeps its time")([WHOLE, [1, *STEP], STEP, WHOLE])


# --- break ---------------------------------------------------------------------------------------

BREAK = "step_modes/break"


def run(x_seq):
    return functional.run(neuron.IFNode(), x_seq)[0]


@right(BREAK)
def transposes(batch_first):
    return run(batch_first.transpose(0, 1))


@right(BREAK)
def permutes(batch_first):
    return run(batch_first.permute(1, 0, 2))


@right(BREAK)
def loops(batch_first):
    layer = neuron.IFNode()
    return torch.stack([layer(batch_first[:, t]) for t in range(batch_first.shape[1])])


@right(BREAK)
def one_sample_after_another(batch_first):
    return torch.stack([run(sample) for sample in batch_first], dim=1)


@right(BREAK)
def contiguous(batch_first):
    layer = neuron.IFNode(step_mode="m")
    return layer(torch.einsum("ntc->tnc", batch_first).contiguous())


@wrong(BREAK, "leak|samples")
def as_it_stands(batch_first):
    return run(batch_first)


@wrong(BREAK, "leak|samples|before")
def transposes_the_spikes(batch_first):
    return run(batch_first).transpose(0, 1)


@wrong(BREAK, "time first|shape|twice|back")
def transposes_twice(batch_first):
    return run(batch_first.transpose(0, 1)).transpose(0, 1)


@wrong(BREAK, "reshape|numbers|transpose")
def reshapes(batch_first):
    N, T, C = batch_first.shape
    return run(batch_first.reshape(T, N, C))


@wrong(BREAK, "tuple|two|list")
def returns_both(batch_first):
    return functional.run(neuron.IFNode(), batch_first.transpose(0, 1))


@wrong(BREAK, "shape")
def other_dimensions(batch_first):
    return run(batch_first.transpose(1, 2))


@wrong(BREAK, "dict")
def returns_the_potential(batch_first):
    return functional.run(neuron.IFNode(), batch_first.transpose(0, 1))[1]


@wrong(BREAK, "one step|'s'|memory|step")
def all_at_once(batch_first):
    return neuron.IFNode()(batch_first.transpose(0, 1))


@wrong(BREAK, "in place|changes")
def in_place(batch_first):
    batch_first.transpose_(0, 1)
    return run(batch_first)


@wrong(BREAK, "backward|revers|order")
def backwards(batch_first):
    return run(batch_first.transpose(0, 1).flip(0))


@wrong(BREAK, "without the input|input|before|spikes")
def returns_the_input(batch_first):
    return batch_first.transpose(0, 1)


@wrong(BREAK, "print|nothing")
def prints(batch_first):
    print(run(batch_first.transpose(0, 1)))


shared = neuron.IFNode(step_mode="m")


@wrong(BREAK, "call to call")
def a_global_layer(batch_first):
    return shared(batch_first.transpose(0, 1))


@wrong(BREAK, "list")
def a_list(batch_first):
    return run(batch_first.transpose(0, 1)).tolist()


@wrong(BREAK, "dtype")
def converts(batch_first):
    return run(batch_first.transpose(0, 1).float())


@wrong(BREAK, "soft|subtract")
def softly(batch_first):
    return functional.run(neuron.IFNode(v_reset=None), batch_first.transpose(0, 1))[0]


@wrong(BREAK, "Error")
def matrices_only(batch_first):
    return run(batch_first.permute(1, 0))


# --- derive --------------------------------------------------------------------------------------

DERIVE = "step_modes/derive"


@right(DERIVE)
def the_formula(T, N):
    return (2 * T - 1) * T * N


@right(DERIVE)
def expanded(T, N):
    return 2 * T**2 * N - T * N


@right(DERIVE)
def summed(T, N):
    return float(sum(T * N for _ in range(T)) + sum(T * N for _ in range(T - 1)))


@wrong(DERIVE, "addition")
def without_additions(T, N):
    return T * T * N


@wrong(DERIVE, "addition|one")
def one_addition_too_many(T, N):
    return 2 * T * T * N


@wrong(DERIVE, "only|gradients")
def additions_only(T, N):
    return (T - 1) * T * N


@wrong(DERIVE, "full|size|T")
def rows_only(T, N):
    return (2 * T - 1) * N


@wrong(DERIVE, "N|neurons")
def without_N(T, N):
    return (2 * T - 1) * T


@wrong(DERIVE, "tensors")
def tensors(T, N):
    return 2 * T - 1


@wrong(DERIVE, "unbind")
def once(T, N):
    return T * N


@wrong(DERIVE, "sign|one")
def plus_one(T, N):
    return (2 * T + 1) * T * N


@wrong(DERIVE, "factor")
def the_factor(T, N):
    return 2 * (4 * T - 1) / (2 * T - 1)


@wrong(DERIVE, "twice|factor|bytes|times")
def in_bytes(T, N):
    return 4 * (2 * T - 1) * T * N


@wrong(DERIVE, "arguments are exchanged")
def swapped(N, T):
    return (2 * T - 1) * T * N


@wrong(DERIVE, "print")
def prints_it(T, N):
    print((2 * T - 1) * T * N)


@wrong(DERIVE, "depend|same")
def a_number(T, N):
    return 1200


@wrong(DERIVE, "two|tuple|list")
def with_the_factor(T, N):
    return (2 * T - 1) * T * N, 4


@wrong(DERIVE, "arguments")
def without_the_argument(T):
    return (2 * T - 1) * T


# --- build ---------------------------------------------------------------------------------------

BUILD = "step_modes/build"


@right(BUILD)
def the_solution(layer, x_seq, feedback):
    s, s_list = torch.zeros_like(x_seq[0]), []
    for x in x_seq.unbind(0):
        s = layer(x - feedback * s)
        s_list.append(s)
    return torch.stack(s_list)


@right(BUILD)
def in_an_output(layer, x_seq, feedback):
    layer.step_mode = "s"
    out = torch.zeros_like(x_seq)
    s = 0.0
    for t in range(len(x_seq)):
        s = layer(x_seq[t] - feedback * s)
        out[t] = s
    return out


@right(BUILD)
def restores_the_mode(layer, x_seq, feedback):
    layer.step_mode = "m"
    s_list = [torch.zeros_like(x_seq[:1])]
    for x in x_seq:
        s_list.append(layer(x[None] - feedback * s_list[-1]))
    layer.step_mode = "s"
    return torch.cat(s_list[1:])


@right(BUILD)
def resets_first(layer, x_seq, feedback):
    functional.reset_net(layer)
    return the_solution(layer, x_seq, feedback)


@right(BUILD)
def in_a_tensor_of_its_own(layer, x_seq, feedback):
    T, N = x_seq.shape
    out, s = torch.zeros(T, N), torch.zeros(N)
    for t in range(T):
        s = layer(x_seq[t] - feedback * s)
        out[t] = s
    return out


@wrong(BUILD, "too often")
def in_float32(layer, x_seq, feedback):
    return the_solution(layer, x_seq.float(), feedback)


@wrong(BUILD, "call to call")
def keeps_its_list(layer, x_seq, feedback, s_list=[]):  # noqa: B006
    s = 0.0
    for x in x_seq:
        s = layer(x - feedback * s)
        s_list.append(s)
    return torch.stack(s_list)


@wrong(BUILD, "add|sign|subtract")
def excites(layer, x_seq, feedback):
    return the_solution(layer, x_seq, -feedback)


@wrong(BUILD, "feedback")
def without_feedback(layer, x_seq, feedback):
    return torch.stack([layer(x) for x in x_seq])


@wrong(BUILD, "feedback")
def feedback_typed_in(layer, x_seq, feedback):
    return the_solution(layer, x_seq, 0.5)


@wrong(BUILD, "layer")
def another_layer(layer, x_seq, feedback):
    return the_solution(neuron.IFNode(), x_seq, feedback)


@wrong(BUILD, "layer")
def writes_the_neuron_out(layer, x_seq, feedback):
    v, s, s_list = 0.0, 0.0, []
    for x in x_seq:
        h = v + x - feedback * s
        s = (h >= layer.v_threshold).to(x.dtype)
        v = h - s * layer.v_threshold if layer.v_reset is None else s * layer.v_reset + (1 - s) * h
        s_list.append(s)
    return torch.stack(s_list)


@wrong(BUILD, "step mode|step_mode|mode")
def leaves_the_mode(layer, x_seq, feedback):
    layer.step_mode = "m"
    s_list = [torch.zeros_like(x_seq[:1])]
    for x in x_seq:
        s_list.append(layer(x[None] - feedback * s_list[-1]))
    return torch.cat(s_list[1:])


@wrong(BUILD, "in place|changes")
def changes_the_input(layer, x_seq, feedback):
    s, s_list = 0.0, []
    for x in x_seq:
        x -= feedback * s
        s = layer(x)
        s_list.append(s)
    return torch.stack(s_list)


@wrong(BUILD, "list")
def a_list_of_steps(layer, x_seq, feedback):
    return list(the_solution(layer, x_seq, feedback))


@wrong(BUILD, "shape|last")
def the_last_step(layer, x_seq, feedback):
    return the_solution(layer, x_seq, feedback)[-1]


@wrong(BUILD, "number|shape|rate")
def the_rate(layer, x_seq, feedback):
    return the_solution(layer, x_seq, feedback).mean()


@wrong(BUILD, "number.*wanted is a torch.Tensor")
def the_rate_as_a_number(layer, x_seq, feedback):
    return the_solution(layer, x_seq, feedback).mean().item()


@wrong(BUILD, "potential")
def the_potentials(layer, x_seq, feedback):
    s, v_list = 0.0, []
    for x in x_seq:
        s = layer(x - feedback * s)
        v_list.append(layer.v)
    return torch.stack(v_list)


@wrong(BUILD, "all spikes|before|last step|step before")
def all_spikes_so_far(layer, x_seq, feedback):
    total, s_list = 0.0, []
    for x in x_seq:
        s = layer(x - feedback * total)
        total = total + s
        s_list.append(s)
    return torch.stack(s_list)


@wrong(BUILD, "neuron|itself|others")
def inhibits_all(layer, x_seq, feedback):
    s, s_list = torch.zeros_like(x_seq[0]), []
    for x in x_seq:
        s = layer(x - feedback * s.sum(-1, keepdim=True))
        s_list.append(s)
    return torch.stack(s_list)


@wrong(BUILD, "begin|first step|step 0")
def begins_with_a_spike(layer, x_seq, feedback):
    s, s_list = torch.ones_like(x_seq[0]), []
    for x in x_seq:
        s = layer(x - feedback * s)
        s_list.append(s)
    return torch.stack(s_list)


@wrong(BUILD, "late|two steps|t - 2")
def two_steps_later(layer, x_seq, feedback):
    before, s, s_list = 0.0, 0.0, []
    for x in x_seq:
        before, s = s, layer(x - feedback * before)
        s_list.append(s)
    return torch.stack(s_list)


@wrong(BUILD, "reset|forget|memory")
def resets_in_every_step(layer, x_seq, feedback):
    s, s_list = 0.0, []
    for x in x_seq:
        layer.reset()
        s = layer(x - feedback * s)
        s_list.append(s)
    return torch.stack(s_list)


@wrong(BUILD, "whole|one call|twice")
def by_two_calls(layer, x_seq, feedback):
    first = copy.deepcopy(layer)
    s_seq = torch.stack([first(x) for x in x_seq])
    shifted = torch.cat([torch.zeros_like(s_seq[:1]), s_seq[:-1]])
    return torch.stack([layer(x) for x in x_seq - feedback * shifted])


@wrong(BUILD, "times|multipl|product")
def multiplies(layer, x_seq, feedback):
    s, s_list = 0.0, []
    for x in x_seq:
        s = layer(x * (1 - feedback * s))
        s_list.append(s)
    return torch.stack(s_list)


@wrong(BUILD, "threshold|changes|v_threshold")
def changes_the_threshold(layer, x_seq, feedback):
    s_seq = the_solution(layer, x_seq, feedback)
    layer.v_threshold = 5.0
    return s_seq


@wrong(BUILD, "Error")
def whole_sequence(layer, x_seq, feedback):
    s = layer(x_seq)
    return s - feedback * s.shift(1)


@wrong(BUILD, "one neuron|shape|neurons")
def the_first_neuron(layer, x_seq, feedback):
    return the_solution(layer, x_seq[:, :1], feedback)


@wrong(BUILD, "True|bool")
def truth_values(layer, x_seq, feedback):
    return the_solution(layer, x_seq, feedback).bool()


# --- convert -------------------------------------------------------------------------------------

CONVERT = "step_modes/convert"


class AsItIs(nn.Module):
    """The network of the exercise; the answers below change it."""

    def __init__(self):
        super().__init__()
        self.pool, self.one = nn.AvgPool2d(2), neuron.IFNode(v_threshold=0.5)
        self.flatten, self.two = nn.Flatten(), neuron.IFNode(v_threshold=2.0)

    def forward(self, x):
        return self.two(self.flatten(self.one(self.pool(x))))


class InModeM(AsItIs):
    def __init__(self):
        super().__init__()
        functional.set_step_mode(self, "m")


wrong(CONVERT, "Error", "unchanged")(AsItIs)
wrong(CONVERT, "Error", "the mode alone")(InModeM)


@right(CONVERT)
class WithSeqToAnn(InModeM):
    def forward(self, x_seq):
        s_seq = self.one(functional.seq_to_ann_forward(x_seq, self.pool))
        return self.two(functional.seq_to_ann_forward(s_seq, self.flatten))


@right(CONVERT)
class WithContainers(nn.Sequential):
    def __init__(self):
        super().__init__(
            layer.SeqToANNContainer(nn.AvgPool2d(2)),
            neuron.IFNode(v_threshold=0.5, step_mode="m"),
            layer.SeqToANNContainer(nn.Flatten()),
            neuron.IFNode(v_threshold=2.0, step_mode="m"),
        )


@right(CONVERT)
class ByHand(InModeM):
    def forward(self, x_seq):
        T, N = x_seq.shape[:2]
        pooled = self.pool(x_seq.flatten(0, 1)).unflatten(0, (T, N))
        return self.two(self.one(pooled).flatten(2))


@right(CONVERT)
class ByPureForm(AsItIs):
    def forward(self, x_seq):
        pooled = functional.seq_to_ann_forward(x_seq, [self.pool, self.flatten])
        s_seq, _ = functional.run(self.one, pooled)
        return functional.run(self.two, s_seq)[0]


@wrong(CONVERT, "mode 'm'|all steps for one")
class ForgetsTheMode(AsItIs):
    def forward(self, x_seq):
        return WithSeqToAnn.forward(self, x_seq)


@wrong(CONVERT, "first neuron|mode 's'")
class SwitchesTheSecondOnly(WithSeqToAnn):
    def __init__(self):
        super().__init__()
        self.one.step_mode = "s"


@wrong(CONVERT, "second neuron|mode 's'|never fire")
class SwitchesTheFirstOnly(WithSeqToAnn):
    def __init__(self):
        super().__init__()
        self.two.step_mode = "s"


@wrong(CONVERT, "once|step by step|loop")
class LoopsOverTime(AsItIs):
    def forward(self, x_seq):
        return torch.stack([super(LoopsOverTime, self).forward(x) for x in x_seq])


@wrong(CONVERT, "once|step by step|loop")
class LoopsByTheHelper(AsItIs):
    def forward(self, x_seq):
        layers = [self.pool, self.one, self.flatten, self.two]
        return functional.multi_step_forward(x_seq, layers)


@wrong(CONVERT, "all steps for one|batch|samples")
class EverythingAsABatch(AsItIs):
    def forward(self, x_seq):
        T, N = x_seq.shape[:2]
        return super().forward(x_seq.flatten(0, 1)).unflatten(0, (T, N))


@wrong(CONVERT, "Error.*state|state")
class NeuronsThroughTheHelper(AsItIs):
    def forward(self, x_seq):
        layers = [self.pool, self.one, self.flatten, self.two]
        return functional.seq_to_ann_forward(x_seq, layers)


@wrong(CONVERT, "shape")
class FlattensTheBatch(InModeM):
    def forward(self, x_seq):
        s_seq = self.one(functional.seq_to_ann_forward(x_seq, self.pool))
        return self.two(self.flatten(s_seq))


@wrong(CONVERT, "shape")
class LeavesTheBatchJoined(InModeM):
    def forward(self, x_seq):
        return WithSeqToAnn.forward(self, x_seq).flatten(0, 1)


@wrong(CONVERT, "shape")
class TheLastStep(InModeM):
    def forward(self, x_seq):
        return WithSeqToAnn.forward(self, x_seq)[-1]


@wrong(CONVERT, "shape")
class DoesNotFlatten(InModeM):
    def forward(self, x_seq):
        return self.two(self.one(functional.seq_to_ann_forward(x_seq, self.pool)))


@wrong(CONVERT, "threshold")
class DefaultThresholds(WithSeqToAnn):
    def __init__(self):
        super().__init__()
        self.one, self.two = neuron.IFNode(step_mode="m"), neuron.IFNode(step_mode="m")


@wrong(CONVERT, "samples|T and N|exchange")
class BatchFirst(InModeM):
    def forward(self, x_seq):
        return WithSeqToAnn.forward(self, x_seq.transpose(0, 1)).transpose(0, 1)


@wrong(CONVERT, "potential")
class ReturnsPotentials(WithSeqToAnn):
    def __init__(self):
        super().__init__()
        self.two.store_v_seq = True

    def forward(self, x_seq):
        super().forward(x_seq)
        return self.two.v_seq


@wrong(CONVERT, "None|return")
class ReturnsNothing(WithSeqToAnn):
    def forward(self, x_seq):
        super().forward(x_seq)


@wrong(CONVERT, "a tuple of 2|two")
class ReturnsBoth(WithSeqToAnn):
    def forward(self, x_seq):
        s_seq = super().forward(x_seq)
        return s_seq, self.two.v


@wrong(CONVERT, "max|mean|average")
class AnotherPooling(WithSeqToAnn):
    def __init__(self):
        super().__init__()
        self.pool = nn.MaxPool2d(2)


@wrong(CONVERT, "soft")
class SoftReset(WithSeqToAnn):
    def __init__(self):
        super().__init__()
        self.one.v_reset = self.two.v_reset = None


@wrong(CONVERT, "second|pass|left out")
class SkipsTheFirstNeuron(InModeM):
    def forward(self, x_seq):
        return self.two(functional.seq_to_ann_forward(x_seq, [self.pool, self.flatten]))


wrong(CONVERT, "hand in the class", "an object")(WithSeqToAnn())
wrong(CONVERT, "in place of a class", "a function")(lambda x_seq: x_seq)
wrong(CONVERT, "not derived from `Module`", "no module")(dict)


# --- choose --------------------------------------------------------------------------------------

CHOOSE = "step_modes/choose"


def chosen(a="m", b="s", c="s", d="m", single=16, multi=128):
    return {"a": a, "b": b, "c": c, "d": d, "numbers in 's'": single, "numbers in 'm'": multi}


right(CHOOSE)(chosen())
right(CHOOSE, "a list")(["m", "s", "s", "m", 16, 128])
right(CHOOSE, "tensors of one number")(chosen(single=torch.tensor(16), multi=np.int64(128)))

wrong(CHOOSE, "a: |fewer calls|fast")(chosen(a="s"))
wrong(CHOOSE, "b: |last step|stop")(chosen(b="m"))
wrong(CHOOSE, "c: |ahead|step before|known")(chosen(c="m"))
wrong(CHOOSE, "d: |another training|other order")(chosen(d="s"))
wrong(CHOOSE, "in all four", "everything exchanged")(chosen("s", "m", "m", "s"))
wrong(CHOOSE, "exchanged")(chosen(single=128, multi=16))
wrong(CHOOSE, "mode 's'.*(each step|own)", "the same twice")(chosen(single=128))
wrong(CHOOSE, "T.N|all steps", "the same twice, N")(chosen(multi=16))
wrong(CHOOSE, "samples|steps", "the steps alone")(chosen(single=8, multi=8))
wrong(CHOOSE, "samples|one number", "one sample")(chosen(single=1, multi=8))
wrong(CHOOSE, "two words|'s' or 'm'", "the names in words")(
    chosen("multi-step", "single-step", "single-step", "multi-step")
)
wrong(CHOOSE, "'s' or 'm'", "capitals")(chosen("M", "S", "S", "M"))
wrong(CHOOSE, "a shape|list|wanted is a whole number")(chosen(single=[16, 3], multi=[128, 3]))
wrong(CHOOSE, "too large")(chosen(single=16 * 3, multi=128 * 3))
wrong(CHOOSE, "wanted is a text")(chosen(1, 0, 0, 1))
wrong(CHOOSE, "True", "truth values")(chosen(True, False, False, True))
wrong(CHOOSE, "text")(chosen(single="16", multi="128"))
wrong(CHOOSE, "None")(chosen(multi=None))
wrong(CHOOSE, "parts")(["m", "s", "s", "m"])
wrong(CHOOSE, "no part numbers")({"a": "m", "b": "s", "c": "s", "d": "m"})
