"""What the chapters say of other libraries is what these libraries did.

Each fact was recorded from the library's own run by tools/peers.py and lies in tests/peers. A test
here compares facts with this package and with the words of a chapter that it holds. A sentence or
a table's cell that speaks of another library and that no test holds is a fault, unless it cites a
file and a release, or an issue.
"""

import functools
import json
import math
import os
import re
import subprocess

import peers
import pytest
import torch
from test_notebooks import BOOK, NOTEBOOKS, read, source

from snnbook import encoding, functional, neuron, surrogate, visualizing
from snnbook.record import Recorder

OLD, NEW = "spikingjelly-0.0.0.0.14", "spikingjelly-2.0.0"
SNNTORCH, NORSE = "snntorch-1.0.0", "norse-1.1.0"

# ----------------------------------------------------------------------------------- the records


@functools.cache
def record(name):
    """The record of a library and a release."""
    return json.loads((peers.RECORDS / f"{name}.json").read_text("utf-8"))


def fact(name, what):
    """What a library did."""
    return record(name)["facts"][what]["value"]


def close(given, wanted):
    """Whether two lists of numbers agree up to the rounding of float32."""
    return len(given) == len(wanted) and all(
        math.isclose(a, b, rel_tol=1e-5, abs_tol=1e-6) for a, b in zip(given, wanted, strict=True)
    )


@pytest.mark.parametrize("peer", peers.PEERS, ids="-".join)
def test_the_record_was_made_by_the_facts_that_are_here(peer):
    library, version = peer
    stored = record("-".join(peer))
    assert (stored["library"], stored["version"]) == peer
    wanted = {name: peers.hash_of(function) for name, function in peers.FACTS[library].items()}
    found = {name: value["code"] for name, value in stored["facts"].items()}
    remedy = f"Remedy: `{peers.ENVIRONMENT.name}/bin/python tools/peers.py --write`"
    assert found == wanted, f"{library} {version}: the facts have changed. {remedy}"


def test_the_libraries_do_again_what_was_recorded():
    reason = "the other libraries aren't here; `make test-peers` installs and runs them"
    if not (peers.ENVIRONMENT / ".complete").exists():
        if os.environ.get("SNNBOOK_REQUIRE_PEERS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    command = [peers.ENVIRONMENT / "bin" / "python", peers.__file__]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_differences_are_found():
    stored = {"a": [1.0, {"b": "x"}], "c": True}
    assert not list(peers.differences(stored, {"a": [1.0 + 1e-9, {"b": "x"}], "c": True}))
    for made in ({"a": [1.1, {"b": "x"}], "c": True}, {"a": [1.0, {"b": "y"}], "c": True}, {}):
        assert list(peers.differences(stored, made))
    assert list(peers.differences({"c": True}, {"c": 1.0}))
    assert list(peers.differences([1, 2], [1]))


# ------------------------------------------------------------- what the chapters say of libraries

PEER = re.compile(r"SpikingJelly|snnTorch|Norse")
CITED = re.compile(r"release \d[\d.]*, `\S+\.\w+`|\[issue \d+\]\(https://github\.com/\S+\)")


def sentences(text):
    """The sentences of a text without code blocks, formulas on lines of their own, and tables."""
    text = re.sub(r"^```.*?^```|^\$\$.*?\$\$$", "", text, flags=re.DOTALL | re.MULTILINE)
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("|")]
    for block in re.split(r"\n\s*\n|\n(?=[-*] |\d\. |#)", "\n".join(lines)):
        whole = " ".join(block.split()).removeprefix("- ")
        yield from re.split(r"(?<=[.?!])\)?\s+(?=[A-Z`*$\"]|snnTorch)", whole)


def cells_of_tables(text):
    """Each cell of a table that compares libraries, as "row | column | cell"."""
    for table in re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE):
        rows = [
            [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
            for line in table.strip().splitlines()
        ]
        head, body = rows[0], rows[2:]
        for row in body:
            for column, cell in list(zip(head, row, strict=True))[1:]:
                where = row[0] if PEER.search(row[0]) else column
                if PEER.search(where):
                    yield f"{row[0]} | {column} | {cell}"


def claims(notebook):
    """Every sentence and cell of a chapter that speaks of another library, its sources left out."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            text = source(cell).split("**Sources**")[0]
            yield from cells_of_tables(text)
            for sentence in sentences(text):
                if PEER.search(sentence) and not CITED.search(sentence):
                    yield sentence


HELD: dict[str, dict[str, str]] = {}


def holds(chapter, *said):
    """Mark a test as the one that holds these sentences and cells of a chapter."""

    def mark(test):
        for claim in said:
            HELD.setdefault(chapter, {})[" ".join(claim.split())] = test.__name__
        return test

    return mark


# ---------------------------------------------------------------------------------- State, Spikes


def v_after(layer, *inputs):
    """The potentials of our layer after these inputs, one call each."""
    for x in inputs:
        layer(x)
    return layer.v.tolist()


@holds(
    "state",
    "SpikingJelly 0.0.0.0.14 | where the state lives | in the layer, `layer.v`",
    "SpikingJelly 2.0.0 | where the state lives | in the layer, `layer.v`",
)
@holds("step_modes", "SpikingJelly 0.0.0.0.14 and 2.0.0 | where the state is | in the layer")
@holds("classifier", "SpikingJelly 2.0.0 | who keeps the potentials | the layer")
@pytest.mark.parametrize("name", [OLD, NEW])
def test_spikingjelly_keeps_the_potential_in_the_layer(name):
    state = fact(name, "state")
    layer = neuron.IFNode()
    assert state["before"] == layer.v == 0.0
    assert state["after"] == v_after(layer, torch.full((2, 3), 0.25))
    assert state["state_dict"] == list(layer.state_dict()) == []


@holds(
    "state",
    "snnTorch 1.0.0, `Leaky` | where the state lives | in your hands, `lif(x, mem)`; or in the "
    "layer, `init_hidden=True`",
    "snnTorch 1.0.0, `Leaky` | start fresh, cut the gradient | a new `mem`, `mem.detach()`",
)
@holds(
    "step_modes",
    "snnTorch 1.0.0 | where the state is | argument and result, or in the layer "
    "(`init_hidden=True`)",
    "snnTorch 1.0.0 | one step | `Leaky`: one step per call",
)
@holds(
    "visualization",
    "recording | snnTorch 1.0.0 | the layer returns `spk, mem`; you append both",
)
@holds(
    "classifier",
    "snnTorch 1.0.0, `Leaky` | who keeps the potentials | you, or the layer",
    "snnTorch 1.0.0, `Leaky` | forget the last batch | a new `mem`",
    "snnTorch 1.0.0, `Leaky` | the net takes | steps",
)
@holds(
    "time_and_credit",
    "cut the gradient between two pieces | snnTorch 1.0.0, `Leaky` | `mem.detach()`",
)
def test_snntorch_gives_the_potential_back_or_keeps_it():
    state = fact(SNNTORCH, "state")
    assert state["inside"] == [0.25]
    assert state["outside"] == [[0.0], [0.25]]
    assert all("mem" not in names for names in state["state_dict"])
    assert fact(SNNTORCH, "defaults")["init_hidden"] is False


@holds(
    "state",
    "Norse 1.1.0, `LIFCell` | where the state lives | in your hands, `cell(x, state)`",
    "Norse 1.1.0, `LIFCell` | start fresh, cut the gradient | `state = None`, detach its tensors",
)
@holds(
    "step_modes",
    "Norse 1.1.0 | where the state is | argument and result",
    "Norse 1.1.0 | one step | `LIFCell`",
    "Norse returns the state from every call.",
)
@holds(
    "classifier",
    "Norse 1.1.0, `LIFCell` | who keeps the potentials | you",
    "Norse 1.1.0, `LIFCell` | forget the last batch | `state = None`",
    "Norse 1.1.0, `LIFCell` | the net takes | steps",
)
@holds(
    "time_and_credit",
    "cut the gradient between two pieces | Norse 1.1.0 | detach the tensors of the state",
)
def test_norse_gives_the_state_back():
    state = fact(NORSE, "state")
    assert state == {"state_dict": [], "unchanged": True, "the same again": True}


@holds(
    "state",
    "SpikingJelly 0.0.0.0.14 | start fresh, cut the gradient | the same names",
    "SpikingJelly 2.0.0 | start fresh, cut the gradient | the same names; `reset_net` misses a "
    "layer that was added after its first call",
)
@holds(
    "step_modes",
    "In SpikingJelly 2.0.0 `reset_net` keeps the list of modules that it has found.",
)
@holds("classifier", "SpikingJelly 2.0.0 | forget the last batch | `reset_net(net)`")
@holds(
    "time_and_credit",
    "cut the gradient between two pieces | SpikingJelly 0.0.0.0.14 and 2.0.0 | "
    "`functional.detach_net(net)`",
)
def test_spikingjelly_resets_what_it_found_first():
    for name in (OLD, NEW):
        assert {"reset_net", "detach_net"} <= set(fact(name, "names")["functional"])
    assert fact(OLD, "a_layer_added_later") == [True, True]
    assert fact(NEW, "a_layer_added_later") == [True, False]


@holds(
    "state",
    "SpikingJelly 0.0.0.0.14 | a new batch size without a reset | PyTorch's size error; a batch of "
    "1 is broadcast in silence",
    "SpikingJelly 2.0.0 | a new batch size without a reset | the old state is thrown away in "
    "silence",
    "snnTorch 1.0.0, `Leaky` | a new batch size without a reset | the old state is thrown away in "
    "silence",
    "Norse 1.1.0, `LIFCell` | a new batch size without a reset | PyTorch's size error; a batch of "
    "1 is broadcast in silence",
    "The layer could throw the old state away, as SpikingJelly 2.0.0 does, or leave the matter to "
    "PyTorch, as SpikingJelly 0.0.0.0.14 does.",
)
@holds(
    "step_modes",
    "When the shape of the input changes without a reset, SpikingJelly 0.0.0.0.14 stops with a "
    "message about sizes or silently broadcasts, and SpikingJelly 2.0.0 silently throws the state "
    "away.",
)
def test_a_new_batch_size():
    thrown_away = [[0.25] * 3] * 5
    broadcast = [[0.5] * 3] * 5
    for name in (OLD, NORSE):
        assert "must match the size of tensor" in fact(name, "another_batch")["8"]["text"]
    assert fact(OLD, "another_batch")["1"] == broadcast
    assert fact(NORSE, "another_batch")["1"] == [5, 3]
    assert fact(NEW, "another_batch") == {"8": thrown_away, "1": thrown_away}
    assert fact(SNNTORCH, "another_batch") == {"inside": thrown_away, "outside": thrown_away}
    for first in (8, 1):
        layer = neuron.IFNode()
        layer(torch.full((first, 3), 0.25))
        with pytest.raises(RuntimeError, match="reset"):
            layer(torch.full((5, 3), 0.25))


@holds(
    "state",
    "SpikingJelly 2.0.0 does this differently: it cuts the potential to a whole number in each "
    "step.",
)
def test_spikingjelly_cuts_whole_numbers():
    layer, ours = neuron.LIFNode(), []
    for _ in range(4):
        layer(torch.tensor([1, 1]))
        ours.append([layer.v.tolist(), str(layer.v.dtype)])
    assert fact(OLD, "integers") == ours
    assert fact(NEW, "integers") == [[[0.5, 0.5], "torch.float32"]] * 4


@holds(
    "state",
    "Mind the order: `run` takes the layer first, and `multi_step_forward` of the next section "
    "takes the input first, as in SpikingJelly, the library for spiking networks whose names this "
    "book keeps (two of its releases, 0.0.0.0.14 and 2.0.0, differ, so the book names the one it "
    "means).",
)
def test_the_input_comes_first():
    assert fact(OLD, "integers") != fact(NEW, "integers")
    for name in (OLD, NEW):
        assert "multi_step_forward" in fact(name, "names")["functional"]
        assert fact(name, "names")["first argument of multi_step_forward"] == "x_seq"
    x_seq = torch.rand(3, 2)
    assert functional.multi_step_forward(x_seq, neuron.IFNode()).shape == (3, 2)


@holds(
    "spikes",
    "leaky neuron | this book, SpikingJelly 0.0.0.0.14 and 2.0.0 | "
    "`LIFNode(tau=2.0, decay_input=True)`",
    "threshold | this book, SpikingJelly 0.0.0.0.14 and 2.0.0 | `v_threshold=1.0`",
    "surrogate gradient | this book, SpikingJelly 0.0.0.0.14 and 2.0.0 | `Sigmoid`",
)
@holds(
    "silent",
    "SpikingJelly 0.0.0.0.14 and 2.0.0, `LIFNode` | threshold | 1",
    "SpikingJelly 0.0.0.0.14 and 2.0.0, `LIFNode` | its input is | divided by $\\tau$, unless "
    "`decay_input=False`",
)
@holds(
    "reset",
    "The package's default is `detach_reset=False`, as in SpikingJelly.",
    "hard reset | SpikingJelly 0.0.0.0.14 and 2.0.0 | `v_reset=0.` (default)",
)
@holds(
    "step_modes",
    "SpikingJelly 0.0.0.0.14 and 2.0.0 | one step | `step_mode='s'` (default), `[N, *]`",
)
@pytest.mark.parametrize("name", [OLD, NEW])
def test_the_defaults_are_spikingjellys(name):
    ours, theirs = neuron.LIFNode(), dict(fact(name, "defaults"))
    assert theirs.pop("backend") == (ours.backend if name == OLD else None)
    assert theirs.pop("surrogate") == type(ours.surrogate_function).__name__ == "Sigmoid"
    assert theirs == {what: getattr(ours, what) for what in theirs}
    assert (theirs["tau"], theirs["v_threshold"], theirs["v_reset"]) == (2.0, 1.0, 0.0)
    assert (theirs["decay_input"], theirs["detach_reset"]) == (True, False)
    assert theirs["step_mode"] == "s"


@holds(
    "surrogate_gradients",
    "SpikingJelly 0.0.0.0.14 and 2.0.0 | default surrogate | `Sigmoid`, alpha = 4",
    "SpikingJelly 0.0.0.0.14 and 2.0.0 | height $g(0)$ | 1",
    "SpikingJelly 0.0.0.0.14 and 2.0.0 | left at $u = -1$, as a share of $g(0)$ | 0.071",
    "This book's default is SpikingJelly's.",
)
@holds(
    "silent",
    "SpikingJelly 0.0.0.0.14 and 2.0.0, `LIFNode` | left of the surrogate at rest | 0.071",
)
@pytest.mark.parametrize("name", [OLD, NEW])
def test_the_default_surrogate_is_spikingjellys(name):
    found = fact(name, "default_slopes")
    assert fact(name, "defaults")["surrogate"] == "Sigmoid"
    theta = neuron.LIFNode().surrogate_function
    assert (type(theta), theta.alpha) == (surrogate.Sigmoid, found["alpha"])
    ours = theta.gradient(torch.tensor([-1.0, 0.0, 1.0])).tolist()
    assert close(found["slopes"], ours)
    assert (round(ours[0], 3), ours[1]) == (0.071, 1.0)


@holds(
    "surrogate_gradients",
    "snnTorch 1.0.0 | default surrogate | `atan`",
    "snnTorch 1.0.0 | height $g(0)$ | 1",
    "snnTorch 1.0.0 | left at $u = -1$, as a share of $g(0)$ | 0.092",
)
@holds("silent", "snnTorch 1.0.0, `Leaky` | left of the surrogate at rest | 0.092")
def test_snntorchs_default_surrogate():
    slopes = fact(SNNTORCH, "default_slopes")
    assert fact(SNNTORCH, "defaults")["surrogate"].startswith("atan.")
    assert close(slopes, surrogate.ATan().gradient(torch.tensor([-1.0, 0.0, 1.0])).tolist())
    assert (round(slopes[0], 3), slopes[1]) == (0.092, 1.0)


@holds(
    "surrogate_gradients",
    'Norse 1.1.0 | default surrogate | `"super"`, alpha = 100',
    "Norse 1.1.0 | height $g(0)$ | 1",
    "Norse 1.1.0 | left at $u = -1$, as a share of $g(0)$ | 0.25",
)
@holds("silent", "Norse 1.1.0, `LIFCell` | left of the surrogate at rest | 0.25")
def test_norses_default_surrogate():
    defaults = fact(NORSE, "defaults")
    assert (defaults["method"], defaults["alpha"]) == ("super", 100.0)
    assert fact(NORSE, "superspike")["100.0"] == [0.25, 1.0, 0.25]


@holds(
    "spikes",
    "leak | this book, SpikingJelly 0.0.0.0.14 and 2.0.0 | $1 - 1/\\tau$ is left after a step",
    "input | this book, SpikingJelly 0.0.0.0.14 and 2.0.0 | divided by $\\tau$, or not",
)
@pytest.mark.parametrize("name", [OLD, NEW])
def test_the_leak_is_spikingjellys(name):
    for decay_input, x in ((True, 2.0), (False, 0.5)):
        layer = neuron.LIFNode(tau=4.0, decay_input=decay_input)
        first, second = v_after(layer, torch.tensor([x])), v_after(layer, torch.tensor([0.0]))
        assert fact(name, "leak")[str(decay_input)] == first + second == [0.5, 0.5 * (1 - 1 / 4)]


@holds(
    "spikes",
    "leaky neuron | snnTorch 1.0.0 | `Leaky(beta=0.9)`",
    "leak | snnTorch 1.0.0 | $\\beta$ is left after a step",
    "input | snnTorch 1.0.0 | not divided",
    "threshold | snnTorch 1.0.0 | `threshold=1.0`",
    "surrogate gradient | snnTorch 1.0.0 | `atan`",
    "snnTorch's $\\beta$ is $1 - 1/\\tau$ with `decay_input=False`.",
)
@holds(
    "silent",
    "snnTorch 1.0.0, `Leaky` | threshold | 1",
    "snnTorch 1.0.0, `Leaky` | its input is | not divided",
)
def test_snntorchs_leaky_neuron():
    layer = neuron.LIFNode(10.0, decay_input=False, v_threshold=100.0, step_mode="m")
    layer.store_v_seq = True
    layer(torch.full((30, 1), 0.3))
    assert close(fact(SNNTORCH, "leak"), layer.v_seq.flatten().tolist())
    defaults = fact(SNNTORCH, "defaults")
    assert defaults["threshold"] == 1.0
    assert defaults["surrogate"].startswith("atan.")
    assert defaults["signature"][0] == "beta"


@holds(
    "spikes",
    "leaky neuron | Norse 1.1.0 | `LIFCell(LIFParameters(tau_mem_inv=…))`",
    "leak | Norse 1.1.0 | $1 - \\Delta t/\\tau$ is left after a step of $\\Delta t$ = 0.001 s",
    "input | Norse 1.1.0 | first filtered by a synapse, a second state",
    "threshold | Norse 1.1.0 | `v_th` = 1",
    'surrogate gradient | Norse 1.1.0 | `"super"` (SuperSpike), where α has no effect',
)
@holds(
    "silent",
    "Norse 1.1.0, `LIFCell` | threshold | 1",
    "Norse 1.1.0, `LIFCell` | its input is | first filtered by a synapse",
)
def test_norses_leaky_neuron():
    defaults, leak = fact(NORSE, "defaults"), fact(NORSE, "leak")
    assert (defaults["v_th"], defaults["dt"], defaults["method"]) == (1.0, 0.001, "super")
    assert math.isclose(leak["v"], 0.5 * (1 - 0.001 * 50), rel_tol=1e-6)
    assert defaults["state"] == ["v", "i"]
    assert close(leak["i"], [0.8, 0.8**2, 0.8**3])  # 1 - 0.001 s / 0.005 s is left of it
    slopes = fact(NORSE, "superspike")
    assert slopes["1.0"] == slopes["10.0"] == slopes["100.0"]
    u = torch.tensor([-1.0, 0.0, 1.0])
    assert slopes["1.0"] == surrogate.SuperSpike(alpha=1.0).gradient(u).tolist()


@holds(
    "spikes",
    "at the threshold | this book, SpikingJelly 0.0.0.0.14 and 2.0.0 | $\\Theta(0) = 1$: fires",
    "at the threshold | snnTorch 1.0.0 | $\\Theta(0) = 0$: does not fire",
    "at the threshold | Norse 1.1.0 | $\\Theta(0) = 0$: does not fire",
    "And with $\\Theta(0) = 0$ the sum 1 is not enough: an IF neuron of Norse with the input 0.5 "
    "fires in the steps 2, 5, 8, 11, not in every second one.",
    "snnTorch's `Leaky(beta=1.0)` fires first in step 2 too, and then in every second step: its "
    "reset subtracts the threshold, and keeps the excess.",
)
def test_at_the_threshold():
    layer = neuron.IFNode(step_mode="m")
    ours = layer(torch.full((12, 1), 0.5)).flatten().nonzero().flatten().tolist()
    assert fact(OLD, "at_the_threshold") == fact(NEW, "at_the_threshold") == ours
    assert ours == [1, 3, 5, 7, 9, 11]
    assert fact(NORSE, "at_the_threshold") == {"theta(0)": 0.0, "IAF": [2, 5, 8, 11]}
    assert fact(SNNTORCH, "at_the_threshold")["default"] == [2, 4, 6, 8, 10]
    assert fact(SNNTORCH, "at_the_threshold")["zero"] == [2, 5, 8, 11]


@holds(
    "spikes",
    "Three surprises in SpikingJelly 0.0.0.0.14, which this package avoids:",
    "All neurons of one class that SpikingJelly 0.0.0.0.14 makes with the default surrogate "
    "function share one object.",
    "SpikingJelly 2.0.0 does the same.",
    "After `net.eval()`, IF and LIF neurons of SpikingJelly 0.0.0.0.14 pass no gradient.",
    "Those of SpikingJelly 2.0.0 do.",
    "`LIFNode(tau=2)` of SpikingJelly 0.0.0.0.14 stops with an `AssertionError` without any text, "
    "because 2 is not a `float`.",
)
def test_three_surprises():
    for name in (OLD, NEW):
        assert fact(name, "shared_surrogate") == {"IFNode": True, "LIFNode": False}
        assert fact(name, "whole_tau") == {"error": "AssertionError", "text": ""}
    assert not any(fact(OLD, "eval").values())
    assert all(fact(NEW, "eval").values())
    assert neuron.IFNode().surrogate_function is not neuron.IFNode().surrogate_function
    assert neuron.LIFNode(tau=2).tau == 2
    assert neuron.IFNode().eval()(torch.full((1,), 0.4, requires_grad=True)).requires_grad


@holds(
    "spikes",
    "Not all of them are 1: it is 1/2 for `PiecewiseExp`, and $2/\\sqrt{\\pi} \\approx 1.128$ for "
    "`Erf`, as in SpikingJelly 2.0.0, whose default parameters these are.",
)
def test_the_greatest_slopes():
    u = torch.linspace(-1.5, 1.5, 3001)
    for name, theirs in fact(NEW, "greatest_slopes").items():
        ours = getattr(surrogate, name)().gradient(u).max().item()
        assert math.isclose(theirs, ours, rel_tol=1e-5), name
    assert len(fact(NEW, "greatest_slopes")) == 9


@holds(
    "spikes",
    "A neuron that was written for SpikingJelly 0.0.0.0.14 overrides `neuronal_charge`, which "
    "turns `self.v` from $V[t-1]$ into $H[t]$.",
    "SpikingJelly 2.0.0 no longer runs such a class; this package does.",
)
def test_a_neuron_that_overrides_neuronal_charge():
    class SquareIFNode(neuron.BaseNode):
        def neuronal_charge(self, x):
            self.v = self.v + x**2

    layer = SquareIFNode()
    ours = [layer(torch.tensor([[0.8]])).item() for _ in range(4)]
    assert fact(OLD, "own_charge") == ours == [0.0, 1.0, 0.0, 1.0]
    assert fact(NEW, "own_charge")["error"] == "NotImplementedError"


# -------------------------------------------------------------------------------------- Reset modes


def potentials(layer, x, T=12):
    """V of our layer for a constant input."""
    return layer.run(torch.full((T, 1), x), trace=True).v_seq.flatten().tolist()


def our_slope(v_reset, detach_reset):
    """d V[2] / d X of our IF neuron."""
    layer = neuron.IFNode(v_reset=v_reset, detach_reset=detach_reset)

    def step(x, state):
        layer(x)
        return layer.v, state

    return peers.through_reset(step, None)


@holds(
    "reset",
    "soft reset | SpikingJelly 0.0.0.0.14 and 2.0.0 | `v_reset=None`",
    "when | SpikingJelly 0.0.0.0.14 and 2.0.0 | same step",
    "gradient through the reset | SpikingJelly 0.0.0.0.14 and 2.0.0 | passes; with "
    "`detach_reset=True` it does not",
)
@holds(
    "time_and_credit",
    "gradient through the reset | SpikingJelly 0.0.0.0.14 and 2.0.0 | passes; with "
    "`detach_reset=True` it does not",
)
@pytest.mark.parametrize("v_reset", [0.0, None])
@pytest.mark.parametrize("name", [OLD, NEW])
def test_spikingjellys_resets(name, v_reset):
    ours = potentials(neuron.IFNode(v_reset=v_reset), 0.3)
    assert close(fact(name, "resets")[str(v_reset)], ours)
    for cut in (False, True):
        theirs = fact(name, "through_the_reset")[f"{v_reset}, {cut}"]
        assert close(theirs, our_slope(v_reset, cut))


@holds(
    "reset",
    'hard reset | snnTorch 1.0.0, `Leaky` | `reset_mechanism="zero"`',
    'soft reset | snnTorch 1.0.0, `Leaky` | `reset_mechanism="subtract"` (default)',
    "when | snnTorch 1.0.0, `Leaky` | next step (default), or same step with `reset_delay=False`",
    "gradient through the reset | snnTorch 1.0.0, `Leaky` | does not pass; with "
    "`reset_delay=False` it does",
    "Both, in snnTorch: one step after the spike, $\\beta H - V_{\\text{threshold}}$ plus the "
    "input is left by default, and $\\beta\\,(H - V_{\\text{threshold}})$ plus the input with "
    "`reset_delay=False`.",
)
@holds(
    "time_and_credit",
    "gradient through the reset | snnTorch 1.0.0, `Leaky` | does not pass; with "
    "`reset_delay=False` it does",
)
def test_snntorchs_resets():
    resets, slopes = fact(SNNTORCH, "resets"), fact(SNNTORCH, "through_the_reset")
    for mechanism, v_reset in (("zero", 0.0), ("subtract", None)):
        ours = neuron.IFNode(v_reset=v_reset).run(torch.full((12, 1), 0.3), trace=True)
        assert close(resets[f"{mechanism}, False"]["mem"], ours.v_seq.flatten().tolist())
        late, fired = resets[f"{mechanism}, True"]["mem"], resets[f"{mechanism}, True"]["fired"]
        assert close([late[t] for t in fired], ours.h_seq[fired].flatten().tolist())
    assert fact(SNNTORCH, "defaults")["reset_mechanism"] == "subtract"
    assert fact(SNNTORCH, "defaults")["reset_delay"] is True
    assert close(slopes["subtract, True"], [0.9**2, 0.9, 1.0])  # the leak alone
    assert close(slopes["zero, True"], [0.0, 0.0, 1.0])  # the spike of step 1 closes the way
    for mechanism in ("subtract", "zero"):
        assert not close(slopes[f"{mechanism}, False"][2:], [1.0])
        assert not close(slopes[f"{mechanism}, False"][2:], [0.0])
    costs = fact(SNNTORCH, "cost_of_a_spike")
    (_, h, after), (_, v, after_now) = costs["True"], costs["False"]
    assert close([after, v, after_now], [0.8 * h + 0.3 - 1, h - 1, 0.8 * (h - 1) + 0.3])


@holds(
    "reset",
    "hard reset | Norse 1.1.0 | `reset_value`",
    "soft reset | Norse 1.1.0 | `reset_subtract`",
    "when | Norse 1.1.0 | same step",
    "gradient through the reset | Norse 1.1.0 | passes in both functions and in "
    "`lif_feed_forward_step`, not in `lif_step`",
    "Norse's two resets are one-line functions in a file of 25 lines, and one can be exchanged for "
    "the other.",
)
@holds(
    "time_and_credit",
    "gradient through the reset | Norse 1.1.0 | passes in both functions and in "
    "`lif_feed_forward_step`, not in `lif_step`",
)
def test_norses_resets():
    resets, slopes = fact(NORSE, "resets"), fact(NORSE, "through_the_reset")
    for name, v_reset in (("reset_value", 0.0), ("reset_subtract", None)):
        assert close(resets[name], potentials(neuron.LIFNode(tau=2.0, v_reset=v_reset), 1.3))
    assert (resets["lines"], resets["statements"]) == (25, [1, 1])
    theta = surrogate.SuperSpike(alpha=1.0)  # Norse's α has no effect
    for name, v_reset in (("reset_value", 0.0), ("reset_subtract", None)):
        layer = neuron.IFNode(v_reset=v_reset, surrogate_function=theta)
        x_seq = torch.tensor([[0.6], [0.7], [0.9]], requires_grad=True)
        done = layer.run(x_seq, trace=True)
        (slope,) = torch.autograd.grad(done.v_seq[-1].sum(), x_seq)
        assert close(slopes[name], slope.flatten().tolist())
    assert any(abs(slope) > 0.1 for slope in slopes["lif_feed_forward_step"])
    assert slopes["lif_step"] == [0.0, 0.0, 0.0]  # it fires in the last step, which closes the way


# --------------------------------------------------------------------------------------- Step modes


@holds("classifier", "SpikingJelly 2.0.0 | the net takes | steps or sequences")
@holds(
    "step_modes",
    "SpikingJelly 0.0.0.0.14 and 2.0.0 | whole sequence | `step_mode='m'`, `[T, N, *]`",
    "The names of this chapter are those of SpikingJelly 0.0.0.0.14: `step_mode`, "
    "`set_step_mode`, `multi_step_forward`, `seq_to_ann_forward`, `supported_backends`.",
    "SpikingJelly 2.0.0 has the first four.",
    "SpikingJelly does not check the number of dimensions, so the two messages of the last section "
    "do not exist there.",
)
def test_spikingjellys_step_modes():
    helpers = {"set_step_mode", "multi_step_forward", "seq_to_ann_forward"}
    assert fact(OLD, "names")["layer"] == ["step_mode", "supported_backends"]
    assert fact(NEW, "names")["layer"] == ["step_mode"]
    for name in (OLD, NEW):
        assert helpers <= set(fact(name, "names")["functional"])
        assert fact(name, "ranks") == {"m, [5]": [5], "s, [8, 4, 10]": [8, 4, 10]}
        assert fact(name, "recording")["store_v_seq"] == [0.25, 0.5, 0.75]
    with pytest.raises(ValueError, match="step_mode='s'"):
        neuron.IFNode(step_mode="m")(torch.rand(5))


@holds(
    "step_modes",
    "snnTorch 1.0.0 | whole sequence | your own loop over `Leaky`; or `LeakyParallel`, "
    "`StateLeaky`, `LinearLeaky`, `AssociativeLeaky`, time first",
    "Norse 1.1.0 | whole sequence | `LIF`, time first; `Lift` for layers without a state",
)
def test_whole_sequences():
    shapes = fact(SNNTORCH, "whole_sequences")
    assert shapes.pop("AssociativeLeaky") == [5, 2, 4]
    assert set(shapes) == {"LeakyParallel", "StateLeaky", "LinearLeaky"}
    assert all(shape == [5, 2, 3] for shape in shapes.values())
    wanted = {"LIF": [5, 2, 3], "equal to LIFCell": True, "Lift": [5, 2, 4]}
    assert fact(NORSE, "whole_sequences") == wanted


@holds(
    "step_modes",
    "The loop of SpikingJelly 0.0.0.0.14 makes it: T full-size gradients in the backward pass of "
    "an `IFNode` in mode `'m'`.",
    "SpikingJelly 2.0.0 has mended it, and makes none.",
)
def test_full_size_gradients():
    assert fact(OLD, "full_size_gradients") == {"IFNode, 8": 8, "IFNode, 16": 16}
    assert set(fact(NEW, "full_size_gradients").values()) == {0}


# ------------------------------------------------------------------------------------ Visualization


@holds(
    "visualization",
    "In SpikingJelly 0.0.0.0.14 and 2.0.0 a heat map with `x_max=T` is stretched from $-0.5$ up to "
    "$T$, while the marks of the raster stay where they were.",
    "A plot function that looks for values *equal to 1* draws an empty picture here, without an "
    "error; `plot_1d_spikes` of SpikingJelly 0.0.0.0.14 and 2.0.0 does.",
    "one neuron | SpikingJelly 0.0.0.0.14 and 2.0.0 | `plot_one_neuron_v_s(v, s)`; no argument for "
    "$H$, so no crossing",
    "heat map | SpikingJelly 0.0.0.0.14 and 2.0.0 | `plot_2d_heatmap`; `x_max=T` stretches the "
    "columns",
    "raster | SpikingJelly 0.0.0.0.14 and 2.0.0 | `plot_1d_spikes`; only values equal to 1",
    "into your own axes | SpikingJelly 0.0.0.0.14 and 2.0.0 | no",
    "recording | SpikingJelly 0.0.0.0.14 and 2.0.0 | `store_v_seq=True`, or a monitor: "
    '`monitor.AttributeMonitor("v_seq", …)`',
    "The names and the order of the first arguments of our functions are those of SpikingJelly, so "
    "a script of yours draws the same kind of picture after its import line has changed.",
)
@pytest.mark.parametrize("name", [OLD, NEW])
def test_spikingjellys_pictures(name):
    pictures = fact(name, "pictures")
    assert pictures["heatmap"] == [-0.5, 50.0, 31.5, -0.5]
    assert (pictures["ones"], pictures["graded"]) == ([0.0, 2.0], [])
    assert [0.5, 0.0] in pictures["one neuron"]
    functions = fact(name, "names")["visualizing"]
    assert not any({"ax", "axes", "h"} & set(arguments) for arguments in functions.values())
    for function, arguments in functions.items():
        ours = list(peers.inspect.signature(getattr(visualizing, function)).parameters)
        known = [argument for argument in ours if argument in arguments]
        assert known == [argument for argument in arguments if argument in ours], function
        assert ours[:4] == arguments[:4], function
    layer = neuron.IFNode(step_mode="m")
    with Recorder(layer) as recorder:
        layer(torch.full((3, 1), 0.25))
    ours = recorder.only.v.flatten().tolist()
    assert fact(name, "recording") == {"store_v_seq": ours, "monitor": ours}


@holds(
    "visualization",
    "one neuron | snnTorch 1.0.0 | `spikeplot.traces(mem, spk)`: adds a spike of height 5 to the "
    "potential",
    "heat map | snnTorch 1.0.0 | no function of its own",
    "raster | snnTorch 1.0.0 | `spikeplot.raster(data, ax)`; any value but 0",
    "into your own axes | snnTorch 1.0.0 | `ax` in `raster`",
)
def test_snntorchs_pictures():
    pictures = fact(SNNTORCH, "pictures")
    assert pictures["traces"] == [0.5, 0.0 + 5]
    assert pictures["raster"] == [0.0, 2.0]
    assert not any("heat" in name for name in pictures["functions"])


@holds(
    "visualization",
    'one neuron | Norse 1.1.0 | `plot_neuron_states(states, "v")`',
    "heat map | Norse 1.1.0 | `plot_heatmap_2d`",
    "raster | Norse 1.1.0 | `plot_spikes_2d`",
    "into your own axes | Norse 1.1.0 | `axes=`",
    "recording | Norse 1.1.0 | the layer returns spikes and a state; `LIF(record_states=True)` "
    "returns the states of all steps",
)
def test_norses_pictures():
    pictures = fact(NORSE, "pictures")
    for name in ("plot_neuron_states", "plot_heatmap_2d", "plot_spikes_2d"):
        assert "axes" in pictures["functions"][name]
    assert pictures["plot_neuron_states"] == pictures["v"]
    assert len(pictures["v"]) == 4


# ------------------------------------------------------------------------------------- Encoding


@holds(
    "encoding",
    "Bernoulli | SpikingJelly 0.0.0.0.14 and 2.0.0 | `PoissonEncoder`, one step per call",
    "latency | SpikingJelly 0.0.0.0.14 and 2.0.0 | `LatencyEncoder`, one step per call",
    "a generator of your own | SpikingJelly 0.0.0.0.14 and 2.0.0 | no argument",
    "1 fires with probability | SpikingJelly 0.0.0.0.14 and 2.0.0 | 1",
    "-1 and 3 | SpikingJelly 0.0.0.0.14 and 2.0.0 | fire like 0 and 1, in silence",
    "SpikingJelly's `PoissonEncoder` fires where the noise is at most $x$, and not only below it: "
    "where the noise is exactly 0, a pixel of 0 fires.",
    "SpikingJelly's `LatencyEncoder` keeps its place in the train.",
    "Without a reset between two samples, SpikingJelly repeats the spikes of the first one.",
)
@pytest.mark.parametrize("name", [OLD, NEW])
def test_spikingjellys_encoders(name):
    did = fact(name, "encoders")
    assert did["one call"] == [4]
    assert did["rates"] == [0, 0, 1, 1]  # of -1, 0, 1, 3
    assert did["at a noise of 0"] == [1]
    assert not any("generator" in names for names in did["arguments"])
    first, second = (encoding.latency(torch.tensor(x), 3).tolist() for x in (1.0, 0.0))
    assert first != second
    assert did["1, then 0"] == [first, first]
    with pytest.raises(ValueError, match="from 0 to 1"):
        encoding.latency(torch.tensor([-1.0, 3.0]), 3)


@holds(
    "encoding",
    "Bernoulli | snnTorch 1.0.0 | `rate`, all steps, time first",
    "latency | snnTorch 1.0.0 | `latency`, all steps, time first",
    "a generator of your own | snnTorch 1.0.0 | no argument",
    "1 fires with probability | snnTorch 1.0.0 | 1",
    "-1 and 3 | snnTorch 1.0.0 | fire like 0 and 1, in silence",
    "The `spikegen.delta` of snnTorch compares each step with the one before.",
    "For a slow ramp from 0 to 1 in 128 steps snnTorch sends nothing at the threshold 1/8, and "
    "`encoding.delta` sends 8 spikes.",
)
def test_snntorchs_encoders():
    did = fact(SNNTORCH, "encoders")
    assert did["shapes"] == [[50, 4], [50, 4]]
    assert did["rates"] == [0, 0, 1, 1]  # of -1, 0, 1, 3
    assert "generator" not in did["arguments"]
    assert did["spikes of a ramp"] == 0
    assert encoding.delta(torch.arange(129) / 128, 1 / 8).sum() == 8


@holds(
    "encoding",
    "Bernoulli | Norse 1.1.0 | `poisson_encode`, all steps, time first",
    "latency | Norse 1.1.0 | the first spike of a LIF neuron",
    "1 fires with probability | Norse 1.1.0 | 0.1 by default",
    "a generator of your own | Norse 1.1.0 | `generator=`",
    "-1 and 3 | Norse 1.1.0 | no error; by default 3 fires with probability 0.3",
)
def test_norses_encoders():
    did = fact(NORSE, "encoders")
    assert did["shape"] == [100, 1000, 4]
    assert did["rates"] == pytest.approx([0, 0, 0.1, 0.3], abs=0.005)  # of -1, 0, 1, 3
    assert "generator" in did["arguments"]
    assert did["spikes of a current"] == 1


# ------------------------------------------------------------------- every claim is held, and only


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_claim_is_held_by_a_test(path):
    said, held = set(claims(read(path))), set(HELD.get(path.stem, ()))
    assert not said - held, "no test holds:\n" + "\n".join(sorted(said - held))
    assert not held - said, "held, but not said (any more):\n" + "\n".join(sorted(held - said))


def test_claims_are_found():
    text = (
        "In `x` we. Norse does (so). See [issue 1](https://github.com/a/b/issues/1) of Norse.\n\n"
        "| | ours | snnTorch 1 |\n|---|---|---|\n| a | b | c |\n\n"
        "**Sources**\n\n- Norse, a paper.\n"
    )
    notebook = {"cells": [{"cell_type": "markdown", "source": [text]}]}
    assert list(claims(notebook)) == ["a | snnTorch 1 | c", "Norse does (so)."]


def test_the_makefile_installs_what_was_recorded():
    makefile = (peers.ROOT / "Makefile").read_text("utf-8")
    installed = re.findall(r"(spikingjelly|snntorch|norse)==([\d.]+)", makefile)
    assert sorted(installed) == sorted(peers.PEERS)


def test_releases_are_those_of_the_records():
    """Where a chapter names a release, it is one that has run."""
    ran = {version for _, version in peers.PEERS}
    for path in sorted(BOOK.glob("*.ipynb")):
        text = "\n".join(claims(read(path)))
        found = re.findall(r"(?:SpikingJelly|snnTorch|Norse|and) (\d+(?:\.\d+)+)", text)
        assert set(found) <= ran, path.stem
