"""Answers to the exercises of the chapter Training a classifier."""

import math

import torch
from torch.nn import functional as F

from snnbook import functional

from . import right, wrong

# ---------------------------------------------------------------------------------------- warm-up

INPUT, SPIKES, LOGITS, COUNT, MOST = [5, 32, 784], [5, 32, 300], [32, 10], 238510, 1500

right("classifier/warm-up", "as shapes")([INPUT, SPIKES, LOGITS, COUNT, MOST])
right("classifier/warm-up", "tuples and torch's own")(
    [torch.Size(INPUT), (5, 32, 300), (32, 10), 784 * 300 + 300 + 3010, 5 * 300.0]
)
wrong("classifier/warm-up", "batch first", "batch first")(
    [[32, 5, 784], SPIKES, LOGITS, COUNT, MOST]
)
wrong("classifier/warm-up", "no time", "input without T")([[32, 784], SPIKES, LOGITS, COUNT, MOST])
wrong("classifier/warm-up", "rows and columns", "as pictures")(
    [[5, 32, 28, 28], SPIKES, LOGITS, COUNT, MOST]
)
wrong("classifier/warm-up", "time dimension", "logits in time")(
    [INPUT, SPIKES, [5, 32, 10], COUNT, MOST]
)
wrong("classifier/warm-up", "has a bias as well", "no biases")(
    [INPUT, SPIKES, LOGITS, 238200, MOST]
)
wrong("classifier/warm-up", "whole batch", "spikes of the batch")(
    [INPUT, SPIKES, LOGITS, COUNT, 48000]
)
wrong("classifier/warm-up", "never fire", "the readout fires")([INPUT, SPIKES, LOGITS, COUNT, 1550])
wrong("classifier/warm-up", "wanted are 5", "four parts")([INPUT, SPIKES, LOGITS, COUNT])

# ------------------------------------------------------------------------------------------ build


@right("classifier/build")
def the_solution(net, optimizer, x, y, T):
    functional.reset_net(net)
    y_seq = torch.stack([net(x) for _ in range(T)])
    loss = F.cross_entropy(y_seq.mean(0), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


@right("classifier/build")
def with_the_helper(net, optimizer, x, y, T):
    optimizer.zero_grad(set_to_none=False)
    functional.reset_net(net)
    loss = F.cross_entropy(functional.multi_step_forward(x.expand(T, *x.shape), net).mean(0), y)
    loss.backward()
    optimizer.step()
    return loss.detach()


@right("classifier/build")
def a_running_sum_and_reset_last(net, optimizer, x, y, T):
    functional.reset_net(net)
    total = 0.0
    for _ in range(T):
        total = total + net(x)
    loss = torch.nn.CrossEntropyLoss()(total / T, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    functional.reset_net(net)
    return loss.tolist()


@wrong("classifier/build", "loss.item")
def the_loss_with_its_graph(net, optimizer, x, y, T):
    functional.reset_net(net)
    loss = F.cross_entropy(torch.stack([net(x) for _ in range(T)]).mean(0), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


@wrong("classifier/build", "another step mode")
def leaves_the_network_in_multi_step_mode(net, optimizer, x, y, T):
    functional.set_step_mode(net, "m")
    functional.reset_net(net)
    loss = F.cross_entropy(net(x.expand(T, *x.shape)).mean(0), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.reset_net(net)
    return loss.item()


@wrong("classifier/build", "potentials of the first")
def no_reset(net, optimizer, x, y, T):
    y_seq = torch.stack([net(x) for _ in range(T)])
    loss = F.cross_entropy(y_seq.mean(0), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("classifier/build", "keep the potentials")
def detach_in_place_of_reset(net, optimizer, x, y, T):
    functional.detach_net(net)
    loss = F.cross_entropy(torch.stack([net(x) for _ in range(T)]).mean(0), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("classifier/build", "zero_grad")
def no_zero_grad(net, optimizer, x, y, T):
    functional.reset_net(net)
    loss = F.cross_entropy(torch.stack([net(x) for _ in range(T)]).mean(0), y)
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("classifier/build", "remembers nothing")
def reset_in_the_loop(net, optimizer, x, y, T):
    total = 0
    for _ in range(T):
        functional.reset_net(net)
        total = total + net(x)
    loss = F.cross_entropy(total / T, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("classifier/build", "weights stay")
def zeroed_after_backward(net, optimizer, x, y, T):
    functional.reset_net(net)
    loss = F.cross_entropy(torch.stack([net(x) for _ in range(T)]).mean(0), y)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


@wrong("classifier/build", "their mean")
def the_sum(net, optimizer, x, y, T):
    functional.reset_net(net)
    loss = F.cross_entropy(sum(net(x) for _ in range(T)), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("classifier/build", "last step")
def only_the_last(net, optimizer, x, y, T):
    functional.reset_net(net)
    for _ in range(T):
        out = net(x)
    loss = F.cross_entropy(out, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("classifier/build", "softmax")
def softmax_first(net, optimizer, x, y, T):
    functional.reset_net(net)
    shares = torch.stack([net(x) for _ in range(T)]).mean(0).softmax(-1)
    loss = F.cross_entropy(shares, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("classifier/build", "each step of time")
def learns_at_each_step(net, optimizer, x, y, T):
    functional.reset_net(net)
    losses = []
    for _ in range(T):
        loss = F.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        functional.detach_net(net)
        losses.append(loss.item())
    return sum(losses) / T


@wrong("classifier/build", "None")
def forgets_to_return(net, optimizer, x, y, T):
    the_solution(net, optimizer, x, y, T)


# ----------------------------------------------------------------------------------------- choose


@right("classifier/choose")
def by_sorting(tried, give):
    best = max(tried.values())[0]
    good = [(count, price) for price, (share, count) in tried.items() if best - share <= give]
    return sorted(good)[0][1]


@right("classifier/choose")
def by_a_loop(tried, give):
    best, chosen = max(share for share, _ in tried.values()), None
    for price, (share, count) in tried.items():
        enough = share >= best - give
        if enough and (chosen is None or count < tried[chosen][1]):
            chosen = price
    return chosen


@wrong("classifier/choose", "changes its input `tried` in place")
def deletes_from_the_dict(tried, give):
    best = max(share for share, _ in tried.values())
    for price in [*tried]:
        if tried[price][0] < best - give:
            del tried[price]
    return min(tried, key=lambda price: tried[price][1])


@wrong("classifier/choose", "most accurate")
def the_best(tried, give):
    return max(tried, key=lambda price: tried[price][0])


@wrong("classifier/choose", "accurate enough")
def the_thriftiest(tried, give):
    return min(tried, key=lambda price: tried[price][1])


@wrong("classifier/choose", "highest price")
def the_dearest(tried, give):
    best = max(share for share, _ in tried.values())
    return max(price for price, (share, _) in tried.items() if share >= best - give)


@wrong("classifier/choose", "number of spikes")
def returns_the_spikes(tried, give):
    best = max(share for share, _ in tried.values())
    return min(count for share, count in tried.values() if share >= best - give)


@wrong("classifier/choose", "return the accuracy")
def returns_the_accuracy(tried, give):
    return tried[by_a_loop(tried, give)][0]


@wrong("classifier/choose", "first that is")
def the_first(tried, give):
    best = max(share for share, _ in tried.values())
    good = [price for price, (share, _) in tried.items() if share >= best - give]
    return good[0]


# ----------------------------------------------------------------------------------------- derive

right("classifier/derive", "with exp")(lambda K: -math.log(math.exp(1) / (math.exp(1) + K - 1)))
right("classifier/derive", "a difference")(lambda K: math.log(math.e + K - 1) - 1)
right("classifier/derive", "torch")(
    lambda K: F.cross_entropy(torch.eye(K)[:1].double(), torch.tensor([0]))
)
wrong("classifier/derive", "one softmax", "nothing is left")(lambda K: 0)
wrong("classifier/derive", "guesses", "a guess")(lambda K: math.log(K))
wrong("classifier/derive", "subtracted", "without the logit")(lambda K: math.log(math.e + K - 1))
wrong("classifier/derive", "count K zeros", "K zeros")(lambda K: math.log((math.e + K) / math.e))
wrong("classifier/derive", "probability of the right", "a probability")(
    lambda K: math.e / (math.e + K - 1)
)
wrong("classifier/derive", "sign", "no minus")(lambda K: math.log(math.e / (math.e + K - 1)))

# ------------------------------------------------------------------------------------------ break


@right("classifier/break")
def whole_lists(net, batches, T):
    hits = []
    for x, y in batches:
        functional.reset_net(net)
        hits += (net(x.expand(T, *x.shape)).sum(0).argmax(-1) == y).tolist()
    return sum(hits) / len(hits)


@right("classifier/break")
def weighted_shares(net, batches, T):
    shares, sizes = [], []
    for x, y in batches:
        functional.reset_net(net)
        y_seq = net(x.repeat(T, 1, 1))
        shares.append((y_seq.mean(0).argmax(1) == y).double().mean() * len(y))
        sizes.append(len(y))
    return sum(shares) / sum(sizes)


@wrong("classifier/break", "potentials of the batch before")
def as_it_stands(net, batches, T):
    shares = []
    for x, y in batches:
        said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
        shares.append((said == y).float().mean().item())
    return sum(shares) / len(shares)


@wrong("classifier/break", "smaller")
def reset_only(net, batches, T):
    shares = []
    for x, y in batches:
        functional.reset_net(net)
        said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
        shares.append((said == y).float().mean().item())
    return sum(shares) / len(shares)


@wrong("classifier/break", "last step")
def reads_the_last(net, batches, T):
    right = count = 0
    for x, y in batches:
        functional.reset_net(net)
        right += (net(x.expand(T, *x.shape))[-1].argmax(1) == y).sum().item()
        count += len(y)
    return right / count


@wrong("classifier/break", "share of wrong answers")
def an_error_rate(net, batches, T):
    return 1 - whole_lists(net, batches, T)


@wrong("classifier/break", "percentage")
def in_per_cent(net, batches, T):
    return 100 * whole_lists(net, batches, T)


@wrong("classifier/break", "Divide by")
def only_counted(net, batches, T):
    return whole_lists(net, batches, T) * sum(len(y) for _, y in batches)
