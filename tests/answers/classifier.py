"""Answers to the exercises of the chapter Training a classifier, as programs in their cells."""

from . import Cell, right, wrong

# ---------------------------------------------------------------------------------------- warm-up

right("classifier/warm-up", "plain")(
    Cell("""
shapes_and_sizes = [(5, 32, 784), (5, 32, 300), (32, 10), 238510, 1500]
""")
)
right("classifier/warm-up", "computed by names")(
    Cell("""
T, N, pixels, hidden, classes = 5, 32, 28 * 28, 300, 10
shapes_and_sizes = [
    (T, N, pixels),
    (T, N, hidden),
    (N, classes),
    pixels * hidden + hidden + hidden * classes + classes,
    T * hidden,
]
""")
)
right("classifier/warm-up", "torch.Size, parameters counted")(
    Cell("""
import torch
from torch import nn

layers = nn.Sequential(nn.Linear(784, 300), nn.Linear(300, 10))
sizes = sum(p.numel() for p in layers.parameters())
shapes_and_sizes = [torch.Size([5, 32, 784]), torch.Size([5, 32, 300]), torch.Size([32, 10]), sizes, 300 * 5]
""")
)
right("classifier/warm-up", "shapes of tensors")(
    Cell("""
import torch
from torch import nn

first, second = nn.Linear(784, 300), nn.Linear(300, 10)
x_seq = torch.zeros(32, 784).expand(5, 32, 784)
hidden = (first(x_seq) >= 1).float()
logits = second(hidden).mean(0)
weights = [first.weight, first.bias, second.weight, second.bias]
shapes_and_sizes = [x_seq.shape, hidden.shape, logits.shape, sum(w.numel() for w in weights), torch.ones_like(hidden)[:, 0].sum().int().item()]
""")
)
right("classifier/warm-up", "(inputs + 1) times outputs")(
    Cell("""
shapes_and_sizes = [(5, 32, 784), (5, 32, 300), (32, 10), 785 * 300 + 301 * 10, 5 * 300]
""")
)
wrong(
    "classifier/warm-up", "Your input has the batch first. Time comes first", "batch before time"
)(
    Cell("""
shapes_and_sizes = [(32, 5, 784), (32, 5, 300), (32, 10), 238510, 1500]
""")
)
wrong("classifier/warm-up", "Your input has no time. The pictures are shown", "time forgotten")(
    Cell("""
shapes_and_sizes = [(32, 784), (32, 300), (32, 10), 238510, 1500]
""")
)
wrong(
    "classifier/warm-up",
    "Your logits have a time dimension. They are the",
    "logits before the mean",
)(
    Cell("""
shapes_and_sizes = [(5, 32, 784), (5, 32, 300), (5, 32, 10), 238510, 1500]
""")
)
wrong("classifier/warm-up", "Look at the logits: it is not right", "logits transposed")(
    Cell("""
shapes_and_sizes = [(5, 32, 784), (5, 32, 300), (10, 32), 238510, 1500]
""")
)
wrong(
    "classifier/warm-up",
    "Your logits are a mean over the batch. It is time",
    "mean over the batch: (5, 10)",
)(
    Cell("""
shapes_and_sizes = [(5, 32, 784), (5, 32, 300), (5, 10), 238510, 1500]
""")
)
wrong(
    "classifier/warm-up", "Your logits are those of one picture. There are", "logits of one picture"
)(
    Cell("""
shapes_and_sizes = [(5, 32, 784), (5, 32, 300), (10,), 238510, 1500]
""")
)
wrong("classifier/warm-up", "Your input has rows and columns", "pictures not in rows")(
    Cell("""
shapes_and_sizes = [(5, 32, 28, 28), (5, 32, 300), (32, 10), 238510, 1500]
""")
)
wrong("classifier/warm-up", "Look at the input: it is not right", "with a channel")(
    Cell("""
shapes_and_sizes = [(5, 32, 1, 784), (5, 32, 1, 300), (32, 10), 238510, 1500]
""")
)
wrong("classifier/warm-up", "You count the weights. Each output of an", "no biases")(
    Cell("""
shapes_and_sizes = [(5, 32, 784), (5, 32, 300), (32, 10), 238200, 1500]
""")
)
wrong(
    "classifier/warm-up",
    "Look at weights and biases: it is too small",
    "biases of the first layer only",
)(
    Cell("""
shapes_and_sizes = [(5, 32, 784), (5, 32, 300), (32, 10), 238500, 1500]
""")
)
wrong(
    "classifier/warm-up", "Look at weights and biases: it is too large", "bias counted per input"
)(
    Cell("""
shapes_and_sizes = [(5, 32, 784), (5, 32, 300), (32, 10), 784 * 300 + 784 + 300 * 10 + 300, 1500]
""")
)
wrong("classifier/warm-up", "You count the weights once for each step. All", "weights times steps")(
    Cell("""
shapes_and_sizes = [(5, 32, 784), (5, 32, 300), (32, 10), 5 * 238510, 1500]
""")
)
wrong(
    "classifier/warm-up",
    "You count the spikes of a whole batch. Wanted are",
    "spikes of a whole batch",
)(
    Cell("""
shapes_and_sizes = [(5, 32, 784), (5, 32, 300), (32, 10), 238510, 48000]
""")
)
wrong("classifier/warm-up", "You count the spikes of one step. There are", "spikes of one step")(
    Cell("""
shapes_and_sizes = [(5, 32, 784), (5, 32, 300), (32, 10), 238510, 300]
""")
)
wrong(
    "classifier/warm-up",
    "You count the readout's neurons. They never fire",
    "the readout spikes too",
)(
    Cell("""
shapes_and_sizes = [(5, 32, 784), (5, 32, 300), (32, 10), 238510, 1550]
""")
)
wrong(
    "classifier/warm-up",
    "Look at most spikes of a picture: it is too large",
    "the pixels spike too",
)(
    Cell("""
shapes_and_sizes = [(5, 32, 784), (5, 32, 300), (32, 10), 238510, 5420]
""")
)
wrong("classifier/warm-up", "Look at the input: it is not right", "hidden of the book's own net")(
    Cell("""
shapes_and_sizes = [(5, 32, 64), (5, 32, 100), (32, 10), 7510, 500]
""")
)
wrong(
    "classifier/warm-up", "the input, the hidden spikes, the logits, weights", "four things only"
)(
    Cell("""
shapes_and_sizes = [(5, 32, 784), (5, 32, 300), (32, 10), 238510]
""")
)
wrong("classifier/warm-up", "wanted is a shape, a list of whole numbers", "strings")(
    Cell("""
shapes_and_sizes = ["[5, 32, 784]", "[5, 32, 300]", "[32, 10]", "238510", "1500"]
""")
)
wrong(
    "classifier/warm-up",
    "wanted is a shape, a list of whole numbers",
    "numbers of elements for shapes",
)(
    Cell("""
shapes_and_sizes = [125440, 48000, 320, 238510, 1500]
""")
)
wrong("classifier/warm-up", "Look at weights and biases: it is a list of", "weights as shapes")(
    Cell("""
shapes_and_sizes = [(5, 32, 784), (5, 32, 300), (32, 10), [(300, 784), (300,), (10, 300), (10,)], 1500]
""")
)
wrong("classifier/warm-up", "the input, the hidden spikes, the logits, weights", "flattened")(
    Cell("""
shapes_and_sizes = [5, 32, 784, 5, 32, 300, 32, 10, 238510, 1500]
""")
)
wrong("classifier/warm-up", "You have exchanged weights and biases and most", "last two swapped")(
    Cell("""
shapes_and_sizes = [(5, 32, 784), (5, 32, 300), (32, 10), 1500, 238510]
""")
)
wrong("classifier/warm-up", "Look at the input: it is a tensor of the shape", "tensors for shapes")(
    Cell("""
import torch

shapes_and_sizes = [torch.zeros(5, 32, 784), torch.zeros(5, 32, 300), torch.zeros(32, 10), 238510, 1500]
""")
)
# ------------------------------------------------------------------------------------------ build

right("classifier/build", "sum of outputs divided by T")(
    Cell("""
import torch.nn.functional as F

def training_step(net, optimizer, x, y, T):
    functional.reset_net(net)
    logits = sum(net(x) for _ in range(T)) / T
    loss = F.cross_entropy(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.reset_net(net)
    return loss.item()
""")
)
right("classifier/build", "one call in step mode 'm', and back to 's'")(
    Cell("""
import torch.nn.functional as F

def training_step(net, optimizer, x, y, T):
    functional.reset_net(net)
    functional.set_step_mode(net, "m")
    logits = net(x.expand(T, *x.shape)).mean(0)
    functional.set_step_mode(net, "s")
    loss = F.cross_entropy(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
""")
)
right("classifier/build", "stack and mean, loss object")(
    Cell("""
from torch import nn

def training_step(net, optimizer, x, y, T):
    functional.reset_net(net)
    optimizer.zero_grad()
    outputs = torch.stack([net(x) for t in range(T)])
    loss = nn.CrossEntropyLoss()(outputs.mean(dim=0), y)
    loss.backward()
    optimizer.step()
    functional.reset_net(net)
    return float(loss)
""")
)
right("classifier/build", "running mean, log-softmax by hand")(
    Cell("""
def training_step(net, optimizer, x, y, T):
    functional.reset_net(net)
    mean = 0
    for t in range(T):
        mean = mean + (net(x) - mean) / (t + 1)
    loss = -mean.log_softmax(1)[torch.arange(len(y)), y].mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.reset_net(net)
    return loss.item()
""")
)
right("classifier/build", "a while loop, outputs weighted before they are added")(
    Cell("""
def training_step(net, optimizer, x, y, T):
    functional.reset_net(net)
    logits, left = net(x) / T, T - 1
    while left:
        logits = logits + net(x) / T
        left -= 1
    loss = torch.nn.functional.nll_loss(torch.log_softmax(logits, -1), y)
    for group in optimizer.param_groups:
        for p in group["params"]:
            p.grad = None
    loss.backward()
    optimizer.step()
    functional.reset_net(net)
    return loss.detach().cpu().numpy().item()
""")
)
right("classifier/build", "logsumexp minus the right class")(
    Cell("""
def training_step(net, optimizer, x, y, T):
    functional.reset_net(net)
    said = [net(x) for _ in range(T)]
    functional.reset_net(net)
    logits = torch.stack(said, 0).sum(0).div(T)
    right = logits.gather(1, y.unsqueeze(1)).squeeze(1)
    loss = (logits.logsumexp(1) - right).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
""")
)
wrong("classifier/build", "Your second batch begins with the potentials of", "never reset")(
    Cell("""
import torch.nn.functional as F

def training_step(net, optimizer, x, y, T):
    logits = sum(net(x) for _ in range(T)) / T
    loss = F.cross_entropy(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
""")
)
wrong(
    "classifier/build",
    "You cut the gradient between two batches, but you",
    "detached instead of reset",
)(
    Cell("""
import torch.nn.functional as F

def training_step(net, optimizer, x, y, T):
    logits = sum(net(x) for _ in range(T)) / T
    loss = F.cross_entropy(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.detach_net(net)
    return loss.item()
""")
)
wrong("classifier/build", "You add the potentials of all steps. The logits", "sum, not mean")(
    Cell("""
import torch.nn.functional as F

def training_step(net, optimizer, x, y, T):
    functional.reset_net(net)
    logits = sum(net(x) for _ in range(T))
    loss = F.cross_entropy(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.reset_net(net)
    return loss.item()
""")
)
wrong("classifier/build", "You take the potentials of the last step. The", "the last output only")(
    Cell("""
import torch.nn.functional as F

def training_step(net, optimizer, x, y, T):
    functional.reset_net(net)
    for _ in range(T):
        logits = net(x)
    loss = F.cross_entropy(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.reset_net(net)
    return loss.item()
""")
)
wrong(
    "classifier/build",
    "Look at the losses of two training steps: its",
    "mean of T losses, not loss of the mean",
)(
    Cell("""
import torch.nn.functional as F

def training_step(net, optimizer, x, y, T):
    functional.reset_net(net)
    loss = sum(F.cross_entropy(net(x), y) for _ in range(T)) / T
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.reset_net(net)
    return loss.item()
""")
)
wrong("classifier/build", "Look at the losses of two training steps: its", "label smoothing")(
    Cell("""
import torch.nn.functional as F

def training_step(net, optimizer, x, y, T):
    functional.reset_net(net)
    logits = sum(net(x) for _ in range(T)) / T
    loss = F.cross_entropy(logits, y, label_smoothing=0.1)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.reset_net(net)
    return loss.item()
""")
)
wrong(
    "classifier/build", "Your optimizer steps at each step of time. Run", "weights changed T times"
)(
    Cell("""
import torch.nn.functional as F

def training_step(net, optimizer, x, y, T):
    functional.reset_net(net)
    total = 0
    for _ in range(T):
        loss = F.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        functional.detach_net(net)
        total += loss.item()
    functional.reset_net(net)
    return total / T
""")
)
wrong(
    "classifier/build",
    "The gradients of your first batch are still there",
    "old gradients not cleared",
)(
    Cell("""
import torch.nn.functional as F

def training_step(net, optimizer, x, y, T):
    functional.reset_net(net)
    logits = sum(net(x) for _ in range(T)) / T
    loss = F.cross_entropy(logits, y)
    loss.backward()
    optimizer.step()
    functional.reset_net(net)
    return loss.item()
""")
)
wrong(
    "classifier/build", "You return the loss with its graph, and whoever", "a tensor with its graph"
)(
    Cell("""
import torch.nn.functional as F

def training_step(net, optimizer, x, y, T):
    functional.reset_net(net)
    logits = sum(net(x) for _ in range(T)) / T
    loss = F.cross_entropy(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.reset_net(net)
    return loss
""")
)
wrong(
    "classifier/build",
    "You hand a whole sequence to a network in step mode",
    "written for step mode 'm'",
)(
    Cell("""
import torch.nn.functional as F

def training_step(net, optimizer, x, y, T):
    functional.reset_net(net)
    logits = net(x.expand(T, *x.shape)).mean(0)
    loss = F.cross_entropy(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.reset_net(net)
    return loss.item()
""")
)
wrong(
    "classifier/build",
    "Your function leaves the network in another step",
    "step mode of the net is changed",
)(
    Cell("""
import torch.nn.functional as F

def training_step(net, optimizer, x, y, T):
    functional.set_step_mode(net, "m")
    functional.reset_net(net)
    logits = net(x.expand(T, *x.shape)).mean(0)
    loss = F.cross_entropy(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.reset_net(net)
    return loss.item()
""")
)
wrong("classifier/build", "Your softmax stands before a loss that applies it", "softmax twice")(
    Cell("""
import torch.nn.functional as F

def training_step(net, optimizer, x, y, T):
    functional.reset_net(net)
    logits = sum(net(x) for _ in range(T)) / T
    loss = F.cross_entropy(logits.softmax(1), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.reset_net(net)
    return loss.item()
""")
)
wrong("classifier/build", "You reset the network before each step of time,", "reset in each step")(
    Cell("""
import torch.nn.functional as F

def training_step(net, optimizer, x, y, T):
    logits = 0
    for _ in range(T):
        functional.reset_net(net)
        logits = logits + net(x) / T
    loss = F.cross_entropy(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.reset_net(net)
    return loss.item()
""")
)
wrong(
    "classifier/build",
    "Look at the losses of two training steps: the",
    "memory detached in each step: gradient through time lost",
)(
    Cell("""
import torch.nn.functional as F

def training_step(net, optimizer, x, y, T):
    functional.reset_net(net)
    outputs = []
    for _ in range(T):
        outputs.append(net(x))
        functional.detach_net(net)
    loss = F.cross_entropy(torch.stack(outputs).mean(0), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.reset_net(net)
    return loss.item()
""")
)
wrong("classifier/build", "Look at the losses of two training steps: wanted", "one step too few")(
    Cell("""
import torch.nn.functional as F

def training_step(net, optimizer, x, y, T):
    functional.reset_net(net)
    logits = torch.stack([net(x) for _ in range(1, T)]).mean(0)
    loss = F.cross_entropy(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.reset_net(net)
    return loss.item()
""")
)
wrong(
    "classifier/build",
    "Look at the losses of two training steps: its",
    "T + 1 steps: one before the loop",
)(
    Cell("""
import torch.nn.functional as F

def training_step(net, optimizer, x, y, T):
    functional.reset_net(net)
    logits = net(x)
    for _ in range(T):
        logits = logits + net(x)
    loss = F.cross_entropy(logits / T, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.reset_net(net)
    return loss.item()
""")
)
wrong("classifier/build", "Look at the losses of two training steps: its", "T hard-coded")(
    Cell("""
import torch.nn.functional as F

def training_step(net, optimizer, x, y, T):
    functional.reset_net(net)
    logits = sum(net(x) for _ in range(8)) / 8
    loss = F.cross_entropy(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.reset_net(net)
    return loss.item()
""")
)
wrong("classifier/build", "The weights stay as they were. Is there a", "no step of the optimizer")(
    Cell("""
import torch.nn.functional as F

def training_step(net, optimizer, x, y, T):
    functional.reset_net(net)
    logits = sum(net(x) for _ in range(T)) / T
    loss = F.cross_entropy(logits, y)
    optimizer.zero_grad()
    loss.backward()
    functional.reset_net(net)
    return loss.item()
""")
)
wrong("classifier/build", "NotImplementedError:", "arguments of cross_entropy swapped")(
    Cell("""
import torch.nn.functional as F

def training_step(net, optimizer, x, y, T):
    functional.reset_net(net)
    logits = sum(net(x) for _ in range(T)) / T
    loss = F.cross_entropy(y, logits)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.reset_net(net)
    return loss.item()
""")
)
wrong(
    "classifier/build",
    "Look at the losses of two training steps: the",
    "loss summed over the batch",
)(
    Cell("""
import torch.nn.functional as F

def training_step(net, optimizer, x, y, T):
    functional.reset_net(net)
    logits = sum(net(x) for _ in range(T)) / T
    loss = F.cross_entropy(logits, y, reduction="sum")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.reset_net(net)
    return loss.item() / len(y)
""")
)
wrong(
    "classifier/build", "Look at the losses of two training steps: its", "squared error to one-hot"
)(
    Cell("""
import torch.nn.functional as F

def training_step(net, optimizer, x, y, T):
    functional.reset_net(net)
    rates = sum(net(x) for _ in range(T)) / T
    loss = F.mse_loss(rates, F.one_hot(y, rates.shape[1]).to(rates.dtype))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.reset_net(net)
    return loss.item()
""")
)
wrong("classifier/build", "Look at the losses of two training steps: its", "the accuracy")(
    Cell("""
import torch.nn.functional as F

def training_step(net, optimizer, x, y, T):
    functional.reset_net(net)
    logits = sum(net(x) for _ in range(T)) / T
    loss = F.cross_entropy(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.reset_net(net)
    return (logits.argmax(1) == y).float().mean().item()
""")
)
wrong("classifier/build", "Your code prints, but it returns", "nothing returned")(
    Cell("""
import torch.nn.functional as F

def training_step(net, optimizer, x, y, T):
    functional.reset_net(net)
    logits = sum(net(x) for _ in range(T)) / T
    loss = F.cross_entropy(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.reset_net(net)
    print(loss.item())
""")
)
wrong(
    "classifier/build",
    "Look at the losses of two training steps: wanted",
    "mean over the pictures instead of the steps",
)(
    Cell("""
import torch.nn.functional as F

def training_step(net, optimizer, x, y, T):
    functional.reset_net(net)
    logits = torch.stack([net(x) for _ in range(T)]).mean(1)
    loss = F.cross_entropy(logits, y[:T])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.reset_net(net)
    return loss.item()
""")
)
# ----------------------------------------------------------------------------------------- choose

right("classifier/choose", "filter, then the fewest spikes")(
    Cell("""
def choose(tried, give):
    best = max(accuracy for accuracy, spikes in tried.values())
    fine = {price: spikes for price, (accuracy, spikes) in tried.items() if accuracy >= best - give}
    return min(fine, key=fine.get)
""")
)
right("classifier/choose", "sorted by spikes, the first that is good enough")(
    Cell("""
def choose(tried, give):
    top = max(v[0] for v in tried.values())
    for price in sorted(tried, key=lambda p: tried[p][1]):
        if top - tried[price][0] <= give:
            return price
""")
)
right("classifier/choose", "plain loop")(
    Cell("""
def choose(tried, give):
    most = -1.0
    for price in tried:
        if tried[price][0] > most:
            most = tried[price][0]
    taken, fewest = None, float("inf")
    for price in tried:
        if tried[price][0] + give >= most and tried[price][1] < fewest:
            taken, fewest = price, tried[price][1]
    return taken
""")
)
right("classifier/choose", "numpy")(
    Cell("""
import numpy as np

def choose(tried, give):
    prices = list(tried)
    table = np.array([tried[p] for p in prices], dtype=float)
    spikes = np.where(table[:, 0] >= table[:, 0].max() - give, table[:, 1], np.inf)
    return prices[int(spikes.argmin())]
""")
)
right("classifier/choose", "one line, (too bad, spikes) as key")(
    Cell("""
choose = lambda tried, give: min(tried, key=lambda p: (max(a for a, _ in tried.values()) - tried[p][0] > give, tried[p][1]))
""")
)
right("classifier/choose", "with room for rounding")(
    Cell("""
def choose(tried, give):
    best = max(tried.values())[0]
    return min((s, p) for p, (a, s) in tried.items() if best - a <= give + 1e-9)[1]
""")
)
wrong("classifier/choose", "You choose the most accurate. You may give up", "the most accurate")(
    Cell("""
def choose(tried, give):
    return max(tried, key=lambda p: tried[p][0])
""")
)
wrong(
    "classifier/choose",
    "You choose the fewest spikes of all, however bad",
    "the fewest spikes of all",
)(
    Cell("""
def choose(tried, give):
    return min(tried, key=lambda p: tried[p][1])
""")
)
wrong(
    "classifier/choose",
    "Your code raised an error",
    "strictly less than `give` below: give = 0 finds nothing",
)(
    Cell("""
def choose(tried, give):
    best = max(a for a, s in tried.values())
    fine = [p for p, (a, s) in tried.items() if best - a < give]
    return min(fine, key=lambda p: tried[p][1])
""")
)
wrong(
    "classifier/choose",
    "You give up a share of the best accuracy. `give` is a",
    "a share of the best, not a difference",
)(
    Cell("""
def choose(tried, give):
    best = max(a for a, s in tried.values())
    fine = [p for p, (a, s) in tried.items() if a >= best * (1 - give)]
    return min(fine, key=lambda p: tried[p][1])
""")
)
wrong(
    "classifier/choose",
    "trials: look at the others. It was tried",
    "measured from the price 0 (or the first), not from the best",
)(
    Cell("""
def choose(tried, give):
    first = tried[min(tried)][0]
    fine = [p for p, (a, s) in tried.items() if a >= first - give]
    return min(fine, key=lambda p: tried[p][1])
""")
)
wrong(
    "classifier/choose",
    "You choose the highest price. It need not be the",
    "the highest price that is good enough",
)(
    Cell("""
def choose(tried, give):
    best = max(a for a, s in tried.values())
    return max(p for p, (a, s) in tried.items() if a >= best - give)
""")
)
wrong(
    "classifier/choose",
    "trials: look at the others. It was tried",
    "the last in the dict that is good enough",
)(
    Cell("""
def choose(tried, give):
    best = max(a for a, s in tried.values())
    return [p for p, (a, s) in tried.items() if a >= best - give][-1]
""")
)
wrong(
    "classifier/choose",
    "You choose the first that is accurate enough.",
    "the first in the dict that is good enough",
)(
    Cell("""
def choose(tried, give):
    best = max(a for a, s in tried.values())
    for p, (a, s) in tried.items():
        if a >= best - give:
            return p
""")
)
wrong("classifier/choose", "Your result is too large in some trials, and too", "the most spikes")(
    Cell("""
def choose(tried, give):
    best = max(a for a, s in tried.values())
    fine = [p for p, (a, s) in tried.items() if a >= best - give]
    return max(fine, key=lambda p: tried[p][1])
""")
)
wrong(
    "classifier/choose",
    "trials: look at the others. It was tried",
    "the least accurate that is good enough",
)(
    Cell("""
def choose(tried, give):
    best = max(a for a, s in tried.values())
    fine = [p for p, (a, s) in tried.items() if a >= best - give]
    return min(fine, key=lambda p: tried[p][0])
""")
)
wrong("classifier/choose", "You return the number of spikes. Return the", "returns the spikes")(
    Cell("""
def choose(tried, give):
    best = max(a for a, s in tried.values())
    return min(s for a, s in tried.values() if a >= best - give)
""")
)
wrong("classifier/choose", "Look at your answer: it is a list of numbers that", "returns the pair")(
    Cell("""
def choose(tried, give):
    best = max(a for a, s in tried.values())
    return min(((a, s) for a, s in tried.values() if a >= best - give), key=lambda v: v[1])
""")
)
wrong(
    "classifier/choose",
    "Look at your answer: it is a list of numbers that",
    "returns price and spikes",
)(
    Cell("""
def choose(tried, give):
    best = max(a for a, s in tried.values())
    s, p = min((s, p) for p, (a, s) in tried.items() if a >= best - give)
    return p, s
""")
)
wrong(
    "classifier/choose", "stays the same when `give` changes, but", "accuracy and spikes swapped"
)(
    Cell("""
def choose(tried, give):
    best = max(a for s, a in tried.values())
    fine = [p for p, (s, a) in tried.items() if a >= best - give]
    return min(fine, key=lambda p: tried[p][0])
""")
)
wrong(
    "classifier/choose",
    "in place: for the caller it is another one",
    "entries are deleted from the caller's dict",
)(
    Cell("""
def choose(tried, give):
    best = max(a for a, s in tried.values())
    for p in list(tried):
        if tried[p][0] < best - give:
            del tried[p]
    return min(tried, key=lambda p: tried[p][1])
""")
)
wrong("classifier/choose", "stays the same when `give` changes, but", "give hard-coded")(
    Cell("""
def choose(tried, give=0.01):
    best = max(a for a, s in tried.values())
    fine = [p for p, (a, s) in tried.items() if a >= best - 0.01]
    return min(fine, key=lambda p: tried[p][1])
""")
)
wrong("classifier/choose", "stays the same when `give` changes, but", "give taken for percent")(
    Cell("""
def choose(tried, give):
    best = max(a for a, s in tried.values())
    fine = [p for p, (a, s) in tried.items() if a >= best - give / 100]
    return min(fine, key=lambda p: tried[p][1])
""")
)
wrong("classifier/choose", "Your code raised an error", "the wrong sign of give")(
    Cell("""
def choose(tried, give):
    best = max(a for a, s in tried.values())
    fine = [p for p, (a, s) in tried.items() if a >= best + give]
    return min(fine, key=lambda p: tried[p][1])
""")
)
wrong(
    "classifier/choose",
    "Your result is too large in some trials, and too",
    "best by the highest key",
)(
    Cell("""
def choose(tried, give):
    best = tried[max(tried)][0]
    fine = [p for p, (a, s) in tried.items() if a >= best - give]
    return min(fine, key=lambda p: tried[p][1])
""")
)
wrong(
    "classifier/choose",
    "or what it returns is `None`",
    "stops at the first price that is too bad",
)(
    Cell("""
def choose(tried, give):
    best = max(a for a, s in tried.values())
    taken = None
    for p in sorted(tried):
        if tried[p][0] < best - give:
            break
        taken = p
    return taken
""")
)
wrong("classifier/choose", "ZeroDivisionError: (float )?division by zero", "accuracy per spike")(
    Cell("""
def choose(tried, give):
    return max(tried, key=lambda p: tried[p][0] / tried[p][1])
""")
)
wrong(
    "classifier/choose",
    "trials: look at the others. It was tried",
    "accuracies rounded to two digits",
)(
    Cell("""
def choose(tried, give):
    best = max(round(a, 2) for a, s in tried.values())
    fine = [p for p, (a, s) in tried.items() if round(a, 2) >= round(best - give, 2)]
    return min(fine, key=lambda p: tried[p][1])
""")
)
wrong("classifier/choose", "Look at your answer: it is a text", "a string")(
    Cell("""
def choose(tried, give):
    best = max(a for a, s in tried.values())
    fine = [p for p, (a, s) in tried.items() if a >= best - give]
    return str(min(fine, key=lambda p: tried[p][1]))
""")
)
wrong("classifier/choose", "Your code prints, but it returns", "prints")(
    Cell("""
def choose(tried, give):
    best = max(a for a, s in tried.values())
    fine = [p for p, (a, s) in tried.items() if a >= best - give]
    print(min(fine, key=lambda p: tried[p][1]))
""")
)
wrong(
    "classifier/choose",
    "Look at your answer: it is a list of numbers that",
    "a list of all that are good enough",
)(
    Cell("""
def choose(tried, give):
    best = max(a for a, s in tried.values())
    return [p for p, (a, s) in tried.items() if a >= best - give]
""")
)
wrong(
    "classifier/choose",
    "stays the same when `tried` changes, but",
    "the global by_price, not the argument",
)(
    Cell("""
def choose(tried, give):
    best = max(a for a, s in by_price.values())
    fine = [p for p, (a, s) in by_price.items() if a >= best - give]
    return min(fine, key=lambda p: by_price[p][1])
""")
)
# ----------------------------------------------------------------------------------------- derive

right("classifier/derive", "plain")(
    Cell("""
import math

def least_loss(K):
    return math.log(math.e + K - 1) - 1
""")
)
right("classifier/derive", "one logarithm")(
    Cell("""
from math import exp, log

def least_loss(K):
    return log(1 + (K - 1) * exp(-1))
""")
)
right("classifier/derive", "minus log of the softmax")(
    Cell("""
import math

def least_loss(K):
    logits = [1.0] + [0.0] * (K - 1)
    z = [math.exp(v) for v in logits]
    return -math.log(z[0] / sum(z))
""")
)
right("classifier/derive", "torch, one-hot logits, a float")(
    Cell("""
import torch
import torch.nn.functional as F

def least_loss(K):
    p = torch.zeros(1, K, dtype=torch.float64)
    p[0, 0] = 1
    return F.cross_entropy(p, torch.tensor([0])).item()
""")
)
right("classifier/derive", "numpy log1p, lambda")(
    Cell("""
import numpy as np

least_loss = lambda K: float(np.log1p((K - 1) / np.e))
""")
)
right("classifier/derive", "float32 in torch, seven digits")(
    Cell("""
import torch

def least_loss(K):
    onehot = torch.eye(K)[0]
    return float(onehot.logsumexp(0) - 1)
""")
)
wrong(
    "classifier/derive", "This is the least loss with one softmax. The", "0: as right as it can be"
)(
    Cell("""
def least_loss(K):
    return 0.0
""")
)
wrong(
    "classifier/derive",
    "This is the loss of a network that guesses: all K",
    "log K: the loss of not knowing",
)(
    Cell("""
import math

def least_loss(K):
    return math.log(K)
""")
)
wrong("classifier/derive", "You count K zeros. One of the K numbers is the", "K for K - 1")(
    Cell("""
import math

def least_loss(K):
    return math.log(math.e + K) - 1
""")
)
wrong(
    "classifier/derive",
    "You count K zeros. One of the K numbers is the",
    "K for K - 1, in the other form",
)(
    Cell("""
import math

def least_loss(K):
    return math.log(1 + K / math.e)
""")
)
wrong(
    "classifier/derive", "You have the logarithm of the sum, but not yet", "the 1 not taken away"
)(
    Cell("""
import math

def least_loss(K):
    return math.log(math.e + K - 1)
""")
)
wrong(
    "classifier/derive",
    "Your result is too large in every trial. It was",
    "e on the wrong classes: the greatest loss",
)(
    Cell("""
import math

def least_loss(K):
    return math.log(1 + (K - 1) * math.e)
""")
)
wrong("classifier/derive", "in every trial. Is a factor missing", "logarithm of base 10")(
    Cell("""
import math

def least_loss(K):
    return math.log10(1 + (K - 1) / math.e)
""")
)
wrong("classifier/derive", "in every trial. Is a factor missing", "logarithm of base 2")(
    Cell("""
import math

def least_loss(K):
    return math.log2(1 + (K - 1) / math.e)
""")
)
wrong("classifier/derive", "in every trial. It was tried with", "only for K = 10")(
    Cell("""
def least_loss(K):
    return 1.4611501717
""")
)
wrong("classifier/derive", "Your results have the wrong sign. It was tried", "the sign")(
    Cell("""
import math

def least_loss(K):
    return 1 - math.log(math.e + K - 1)
""")
)
wrong(
    "classifier/derive",
    "This is the probability of the right class. The",
    "the probability, not the loss",
)(
    Cell("""
import math

def least_loss(K):
    return math.e / (math.e + K - 1)
""")
)
wrong(
    "classifier/derive",
    "Your result is too small in every trial. It was",
    "one minus the probability",
)(
    Cell("""
import math

def least_loss(K):
    return 1 - math.e / (math.e + K - 1)
""")
)
wrong(
    "classifier/derive", "Your result is too large in every trial. It was", "minus for plus inside"
)(
    Cell("""
import math

def least_loss(K):
    return math.log(math.e - 1 + K) - 1 / K
""")
)
wrong("classifier/derive", "in every trial. It was tried with", "K = 2 only")(
    Cell("""
import math

def least_loss(K):
    return math.log(1 + math.exp(-1))
""")
)
wrong(
    "classifier/derive", "Your result is too small in every trial. It was", "mean over the classes"
)(
    Cell("""
import math

def least_loss(K):
    return (math.log(math.e + K - 1) - 1) / K
""")
)
wrong(
    "classifier/derive",
    "This is the loss of a network that guesses: all K",
    "uniform probabilities through the second softmax",
)(
    Cell("""
import math

def least_loss(K):
    z = [math.exp(1 / K)] * K
    return -math.log(z[0] / sum(z))
""")
)
wrong("classifier/derive", "Your result is too small in every trial. It was", "logits -1 and 1")(
    Cell("""
import math

def least_loss(K):
    return math.log(1 + (K - 1) * math.exp(-2))
""")
)
wrong(
    "classifier/derive", "You round the result, but the exact number is", "rounded to two decimals"
)(
    Cell("""
import math

def least_loss(K):
    return round(math.log(math.e + K - 1) - 1, 2)
""")
)
wrong("classifier/derive", "Your result is right in some trials, and too small", "e typed as 2.7")(
    Cell("""
import math

def least_loss(K):
    return math.log(2.7 + K - 1) - 1
""")
)
wrong("classifier/derive", "Your code prints, but it returns", "prints")(
    Cell("""
import math

def least_loss(K):
    print(math.log(math.e + K - 1) - 1)
""")
)
wrong("classifier/derive", "Your result is too large in every trial. It was", "three softmaxes")(
    Cell("""
import math

def least_loss(K):
    p = math.e / (math.e + K - 1)
    q = (1 - p) / (K - 1)
    return math.log(math.exp(p) + (K - 1) * math.exp(q)) - p
""")
)
wrong("classifier/derive", "Look at your answer: it is a text", "a string")(
    Cell("""
def least_loss(K):
    return f"log(e + {K - 1}) - 1"
""")
)
wrong(
    "classifier/derive",
    "The same arguments give another result each time:",
    "measured on random logits",
)(
    Cell("""
import torch
import torch.nn.functional as F

def least_loss(K):
    p = (5 * torch.randn(1000, K)).softmax(1)
    return F.cross_entropy(p, p.argmax(1), reduction="none").min().item()
""")
)
# ------------------------------------------------------------------------------------------ break

right("classifier/break", "reset, and pictures counted")(
    Cell("""
def evaluate(net, batches, T):
    right = total = 0
    for x, y in batches:
        functional.reset_net(net)
        said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
        right += (said == y).sum().item()
        total += len(y)
    functional.reset_net(net)
    return right / total
""")
)
right("classifier/break", "shares weighted by the size")(
    Cell("""
def evaluate(net, batches, T):
    shares, sizes = [], []
    for x, y in batches:
        functional.reset_net(net)
        said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
        functional.reset_net(net)
        shares.append((said == y).double().mean().item())
        sizes.append(y.shape[0])
    return sum(a * b for a, b in zip(shares, sizes)) / sum(sizes)
""")
)
right("classifier/break", "hits concatenated, no_grad")(
    Cell("""
@torch.no_grad()
def evaluate(net, batches, T):
    hits = []
    for x, y in batches:
        functional.reset_net(net)
        logits = net(x.repeat(T, *[1] * x.dim())).sum(0)
        hits.append(logits.argmax(-1).eq(y))
    functional.reset_net(net)
    return torch.cat(hits).double().mean().item()
""")
)
right("classifier/break", "helper and a list of booleans")(
    Cell("""
def evaluate(net, batches, T):
    def hits(x, y):
        functional.reset_net(net)
        x_seq = torch.stack([x] * T)
        said = net(x_seq).mean(dim=0).max(dim=1).indices
        functional.reset_net(net)
        return [a == b for a, b in zip(said.tolist(), y.tolist())]

    every = [hit for x, y in batches for hit in hits(x, y)]
    return sum(every) / len(every)
""")
)
right("classifier/break", "numpy at the end")(
    Cell("""
import numpy as np

def evaluate(net, batches, T):
    said, wanted = [], []
    for x, y in batches:
        functional.reset_net(net)
        with torch.no_grad():
            said.append(net(x.unsqueeze(0).expand(T, *x.shape)).mean(0).argmax(1).cpu().numpy())
        wanted.append(y.cpu().numpy())
    functional.reset_net(net)
    return float(np.mean(np.concatenate(said) == np.concatenate(wanted)))
""")
)
right("classifier/break", "one large batch")(
    Cell("""
def evaluate(net, batches, T):
    x = torch.cat([x for x, _ in batches])
    y = torch.cat([y for _, y in batches])
    functional.reset_net(net)
    said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
    functional.reset_net(net)
    return (said == y).double().mean().item()
""")
)
wrong("classifier/break", "The network still has the potentials of the batch", "unchanged")(
    Cell("""
def evaluate(net, batches, T):
    shares = []
    for x, y in batches:
        said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
        shares.append((said == y).float().mean().item())
    return sum(shares) / len(shares)
""")
)
wrong(
    "classifier/break",
    "You take the mean of the batches' shares. The",
    "only the reset is repaired",
)(
    Cell("""
def evaluate(net, batches, T):
    shares = []
    for x, y in batches:
        functional.reset_net(net)
        said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
        shares.append((said == y).float().mean().item())
    functional.reset_net(net)
    return sum(shares) / len(shares)
""")
)
wrong(
    "classifier/break",
    "The network still has the potentials of the batch",
    "only the weighting is repaired",
)(
    Cell("""
def evaluate(net, batches, T):
    right = total = 0
    for x, y in batches:
        said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
        right += (said == y).sum().item()
        total += len(y)
    return right / total
""")
)
wrong(
    "classifier/break",
    "The network still has the potentials of the batch",
    "reset once before the loop",
)(
    Cell("""
def evaluate(net, batches, T):
    functional.reset_net(net)
    right = total = 0
    for x, y in batches:
        said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
        right += (said == y).sum().item()
        total += len(y)
    return right / total
""")
)
wrong(
    "classifier/break",
    "The network still has the potentials of the batch",
    "reset once after the loop",
)(
    Cell("""
def evaluate(net, batches, T):
    right = total = 0
    for x, y in batches:
        said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
        right += (said == y).sum().item()
        total += len(y)
    functional.reset_net(net)
    return right / total
""")
)
wrong(
    "classifier/break",
    "You reset the network only where a batch has another",
    "reset only where the size changes",
)(
    Cell("""
def evaluate(net, batches, T):
    right = total = 0
    size = None
    for x, y in batches:
        if len(x) != size:
            functional.reset_net(net)
            size = len(x)
        said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
        right += (said == y).sum().item()
        total += len(y)
    functional.reset_net(net)
    return right / total
""")
)
wrong(
    "classifier/break", "The network still has the potentials of the batch", "detach is no reset"
)(
    Cell("""
def evaluate(net, batches, T):
    right = total = 0
    for x, y in batches:
        functional.detach_net(net)
        said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
        right += (said == y).sum().item()
        total += len(y)
    return right / total
""")
)
wrong(
    "classifier/break",
    "The network still has the potentials of the batch",
    "no_grad and eval, but no reset",
)(
    Cell("""
@torch.no_grad()
def evaluate(net, batches, T):
    net.eval()
    right = total = 0
    for x, y in batches:
        said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
        right += (said == y).sum().item()
        total += len(y)
    return right / total
""")
)
wrong(
    "classifier/break",
    "Your result is too large in some trials, and too",
    "the smaller batch is left out",
)(
    Cell("""
def evaluate(net, batches, T):
    shares = []
    for x, y in batches:
        if len(x) < len(batches[0][0]):
            continue
        functional.reset_net(net)
        said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
        shares.append((said == y).float().mean().item())
    functional.reset_net(net)
    return sum(shares) / len(shares)
""")
)
wrong("classifier/break", "It was tried with T=", "the last batch is left out")(
    Cell("""
def evaluate(net, batches, T):
    right = total = 0
    for x, y in batches[:-1]:
        functional.reset_net(net)
        said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
        right += (said == y).sum().item()
        total += len(y)
    functional.reset_net(net)
    return right / total
""")
)
wrong(
    "classifier/break",
    "Your result is right in some trials, and too small",
    "all batches counted as large as the first",
)(
    Cell("""
def evaluate(net, batches, T):
    right = 0
    for x, y in batches:
        functional.reset_net(net)
        said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
        right += (said == y).sum().item()
    functional.reset_net(net)
    return right / (len(batches) * len(batches[0][1]))
""")
)
wrong(
    "classifier/break",
    "Your result is too large in every trial. It was",
    "pictures divided by the number of batches",
)(
    Cell("""
def evaluate(net, batches, T):
    right = 0
    for x, y in batches:
        functional.reset_net(net)
        said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
        right += (said == y).sum().item()
    functional.reset_net(net)
    return right / len(batches)
""")
)
wrong("classifier/break", "in every trial. It was tried with", "whole-number division")(
    Cell("""
def evaluate(net, batches, T):
    right = total = 0
    for x, y in batches:
        functional.reset_net(net)
        said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
        right += (said == y).sum().item()
        total += len(y)
    functional.reset_net(net)
    return right // total
""")
)
wrong("classifier/break", "You return a percentage. Wanted is a share from", "percent")(
    Cell("""
def evaluate(net, batches, T):
    right = total = 0
    for x, y in batches:
        functional.reset_net(net)
        said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
        right += (said == y).sum().item()
        total += len(y)
    functional.reset_net(net)
    return 100 * right / total
""")
)
wrong("classifier/break", "You return the share of wrong answers. It was", "the share of errors")(
    Cell("""
def evaluate(net, batches, T):
    missed = total = 0
    for x, y in batches:
        functional.reset_net(net)
        said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
        missed += (said != y).sum().item()
        total += len(y)
    functional.reset_net(net)
    return missed / total
""")
)
wrong(
    "classifier/break",
    "You read the answer from the last step. Wanted is",
    "the last step in place of the mean",
)(
    Cell("""
def evaluate(net, batches, T):
    right = total = 0
    for x, y in batches:
        functional.reset_net(net)
        said = net(x.expand(T, *x.shape))[-1].argmax(1)
        right += (said == y).sum().item()
        total += len(y)
    functional.reset_net(net)
    return right / total
""")
)
wrong(
    "classifier/break",
    "Your result is too large in some trials, and too",
    "each step counted as a picture",
)(
    Cell("""
def evaluate(net, batches, T):
    right = total = 0
    for x, y in batches:
        functional.reset_net(net)
        said = net(x.expand(T, *x.shape)).argmax(2)
        right += (said == y).sum().item()
        total += said.numel()
    functional.reset_net(net)
    return right / total
""")
)
wrong(
    "classifier/break",
    "You read the answer from the first step. Wanted is the",
    "T forgotten: one step only",
)(
    Cell("""
def evaluate(net, batches, T):
    right = total = 0
    for x, y in batches:
        functional.reset_net(net)
        said = net(x[None]).mean(0).argmax(1)
        right += (said == y).sum().item()
        total += len(y)
    functional.reset_net(net)
    return right / total
""")
)
wrong("classifier/break", "It was tried with T=", "argmax over the pictures")(
    Cell("""
def evaluate(net, batches, T):
    right = total = 0
    for x, y in batches:
        functional.reset_net(net)
        said = net(x.expand(T, *x.shape)).mean(0).argmax(0)
        right += (said == y[:len(said)]).sum().item()
        total += len(y)
    functional.reset_net(net)
    return right / total
""")
)
wrong(
    "classifier/break",
    "Your result is too large in some trials, and too",
    "an error is swallowed with its batch",
)(
    Cell("""
def evaluate(net, batches, T):
    right = total = 0
    for x, y in batches:
        try:
            said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
        except Exception:
            continue
        right += (said == y).sum().item()
        total += len(y)
    return right / total
""")
)
wrong(
    "classifier/break",
    "Your result is right in some trials, and too large",
    "returns inside the loop",
)(
    Cell("""
def evaluate(net, batches, T):
    right = total = 0
    for x, y in batches:
        functional.reset_net(net)
        said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
        right += (said == y).sum().item()
        total += len(y)
        functional.reset_net(net)
        return right / total
""")
)
wrong(
    "classifier/break",
    "Your result is too large in some trials, and too small",
    "counters zeroed in the loop: last batch only",
)(
    Cell("""
def evaluate(net, batches, T):
    for x, y in batches:
        right = total = 0
        functional.reset_net(net)
        said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
        right += (said == y).sum().item()
        total += len(y)
    functional.reset_net(net)
    return right / total
""")
)
wrong("classifier/break", "Look at your answer: it is a list of whole", "right and total")(
    Cell("""
def evaluate(net, batches, T):
    right = total = 0
    for x, y in batches:
        functional.reset_net(net)
        said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
        right += (said == y).sum().item()
        total += len(y)
    functional.reset_net(net)
    return right, total
""")
)
wrong("classifier/break", "Your code prints, but it returns", "prints")(
    Cell("""
def evaluate(net, batches, T):
    right = total = 0
    for x, y in batches:
        functional.reset_net(net)
        said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
        right += (said == y).sum().item()
        total += len(y)
    functional.reset_net(net)
    print(right / total)
""")
)
wrong("classifier/break", "The network still has the potentials of the batch", "half filled")(
    Cell("""
def evaluate(net, batches, T):
    right = total = 0
    for x, y in batches:
        ...
        said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
        right += (said == y).sum().item()
        total += len(y)
    return right / total
""")
)
# ------------------------------------------------------------------------------------------ build

wrong(
    "classifier/build",
    "Your second batch begins with the potentials of",
    "slip: zero_grad and reset not called",
)(
    Cell("""
import torch.nn.functional as F

def training_step(net, optimizer, x, y, T):
    functional.reset_net
    logits = sum(net(x) for _ in range(T)) / T
    loss = F.cross_entropy(logits, y)
    optimizer.zero_grad
    loss.backward()
    optimizer.step()
    return loss.item()
""")
)
# ----------------------------------------------------------------------------------------- choose

wrong(
    "classifier/choose",
    "Look at your answer: it is a list of numbers that",
    "slip: trailing comma makes a tuple",
)(
    Cell("""
def choose(tried, give):
    best = max(a for a, s in tried.values())
    fine = [p for p, (a, s) in tried.items() if a >= best - give]
    return min(fine, key=lambda p: tried[p][1]),
""")
)
# ----------------------------------------------------------------------------------------- derive

wrong(
    "classifier/derive",
    "Your result is too large in every trial. It was",
    "slip: brackets, only the logarithm of e",
)(
    Cell("""
import math

def least_loss(K):
    return math.log(math.e) + K - 1 - 1
""")
)
# ------------------------------------------------------------------------------------------ break

wrong("classifier/break", "Your result is right in some trials, and too small", "slip: = for +=")(
    Cell("""
def evaluate(net, batches, T):
    right = total = 0
    for x, y in batches:
        functional.reset_net(net)
        said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
        right = (said == y).sum().item()
        total += len(y)
    functional.reset_net(net)
    return right / total
""")
)
