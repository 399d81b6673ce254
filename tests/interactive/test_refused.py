"""What a figure refuses: each message names what came, what was wanted, and the remedy."""

import math
import operator
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
import torch
import traitlets
from live import noisy, pulse
from neurons import OldStyleNode

from snnbook import neuron
from snnbook.equation import Equation, EquationError, log
from snnbook.interactive import Slider, explore
from snnbook.interactive.explore import Goal
from snnbook.neuron import BaseNode, IFNode, LIFNode

NAN, INF = math.nan, math.inf


class Timed(BaseNode):
    """A neuron with fields that are called as the step and the noise of an input."""

    t: float = 1.0
    noise: float = 0.5

    def charge(v, x, t, noise):
        return v + t * x + noise


class Idle(BaseNode):
    """A neuron with a field that no equation reads."""

    idle: float = 0.5

    def charge(v, x):
        return v + x


def on_meta():
    """A layer whose parameter has no value."""
    with torch.device("meta"):
        return neuron.ParametricLIFNode()


def in_a_graph():
    """A layer whose parameter comes out of a computation."""
    return LIFNode(tau=torch.tensor(2.0, requires_grad=True) * 2)


class Unprintable:
    """An object whose text can't be had."""

    def __repr__(self):
        raise RuntimeError("no text")


LAYERS = [
    (LIFNode, TypeError, r"layers=<class 'snnbook.neuron.LIFNode'>; wanted a layer .*LIFNode\(\)"),
    (None, TypeError, "layers=None; wanted a layer"),
    (3, TypeError, "layers=3; wanted a layer"),
    ("LIFNode", TypeError, "layers='LIFNode'; wanted a layer"),
    (torch.nn.ReLU(), TypeError, r"layers=ReLU\(\); wanted a layer of snnbook.neuron"),
    ([LIFNode()], TypeError, r"layers=\[LIFNode.*\]; wanted a layer .* or a dict of some by name"),
    (Unprintable(), TypeError, "layers=<Unprintable instance at .*; wanted a layer"),
    ({}, ValueError, "layers={}; there are no layers; wanted a layer"),
    ({"a": LIFNode}, TypeError, r"layers\['a'\]=<class .*; wanted a layer"),
    ({"a": torch.nn.ReLU()}, TypeError, r"layers\['a'\]=ReLU\(\); wanted a layer"),
    ({"a": LIFNode(), "b": None}, TypeError, r"layers\['b'\]=None; wanted a layer"),
    ({1: LIFNode()}, TypeError, "a name in layers=1; wanted a printable text"),
    ({"\ud800": LIFNode()}, ValueError, r"a name in layers=.*; wanted a printable text"),
    (OldStyleNode(), TypeError, "overrides"),
    (on_meta(), ValueError, r"layers\['ParametricLIFNode'\].w=.*; wanted a value; .* 'meta'"),
    (in_a_graph(), ValueError, r"layers\['LIFNode'\] can't be copied: .*graph leaves"),
    (IFNode(v_threshold=torch.ones(2)), ValueError, r"v_threshold=tensor\(\[1., 1.\]\); .* single"),
    (neuron.ParametricLIFNode().double(), ValueError, r"w=torch.float64; .* layer.float\(\)"),
]
ARGUMENTS = [
    *(("T", wrong, TypeError) for wrong in (2.5, "3", None, True, [3], torch.tensor(3.0), 3j)),
    *(("T", wrong, ValueError) for wrong in (0, -1, 10**8, 10**400)),
    *(("N", wrong, TypeError) for wrong in (2.0, "3", None, False, (1, 2), NAN)),
    *(("N", wrong, ValueError) for wrong in (0, -3, 10**9)),
    *(("seed", wrong, TypeError) for wrong in (0.5, "0", None, True, torch.Generator())),
    *(("seed", wrong, ValueError) for wrong in (-1, 2**32, 10**400)),
    *(("play", wrong, TypeError) for wrong in (1, "yes", None, 0.0)),
    *(("against", wrong, TypeError) for wrong in (1, None, ["x"], True)),
    *(("show", wrong, TypeError) for wrong in ("trace", 3, True, [1], b"trace", [["trace"]])),
    ("show", [], ValueError),
    *(("sliders", wrong, TypeError) for wrong in ("tau", 3, [1], {1: (0, 1)}, True, [("x", 0, 1)])),
    *(("x", wrong, TypeError) for wrong in ("0.5", None, True, [0.5], 1j, LIFNode, max, math.sin)),
    *(("x", wrong, TypeError) for wrong in (torch.ones(1), np.ones(3), partial(noisy, 0), {})),
    *(("x", wrong, ValueError) for wrong in (NAN, INF, -INF, 1e39, 10**400, torch.tensor(NAN))),
]
RANGES = [
    *((), (1,), (0, 1, 2, 3, 4), "01", 3, {0, 1}, {}, np.array([0, 1]), [0]),
    *(("0", "1"), (0, INF), (NAN, 1), (0, 10**400), (None, 1), (0, None), (0, 1, NAN), (0, 1j)),
    *((0, True), (0, 2, "1"), (0, 1e39), (0, [1]), (0, 2, 1, INF), Slider(NAN, NAN)),
]
SLIDERS = [
    ({"sliders": ["tau"]}, "the slider 'tau' moves nothing: no layer has a field of that name"),
    ({"layers": LIFNode(), "sliders": ["tua"]}, "'tua' moves nothing.* Did you mean 'tau'"),
    ({"layers": LIFNode(), "sliders": ["TAU"]}, "'TAU' moves nothing.* Did you mean 'tau'"),
    ({"layers": Idle(), "sliders": ["idle"]}, "'idle' moves nothing: no equation of Idle reads it"),
    (
        {"layers": neuron.ParametricLIFNode(), "sliders": ["init_tau"]},
        "'init_tau' moves nothing: no equation of ParametricLIFNode reads it",
    ),
    ({"layers": LIFNode(), "sliders": ["decay_input"]}, "moves nothing: in LIFNode it is True"),
    (
        {"layers": IFNode(v_reset=None), "sliders": ["v_reset"]},
        "moves nothing: in IFNode it is None",
    ),
    (
        {"layers": IFNode(v_threshold=torch.tensor(1.0)), "sliders": ["v_threshold"]},
        r"moves nothing: in IFNode it is tensor\(1.\), and a slider moves plain numbers",
    ),
    ({"x": lambda t, x, foo: x * t}, "the input has the argument 'foo', but doesn't use it"),
    ({"x": pulse, "sliders": ["x"]}, r"the input names \['until'\]; give each"),
    ({"layers": Timed(), "sliders": ["t"]}, "a slider can't be called 't'"),
    ({"layers": Timed(), "sliders": ["noise"]}, "a slider can't be called 'noise'"),
    ({"layers": LIFNode(), "sliders": {"tau": (0, 5, 2)}}, "tau.* wanted .* of at least 1"),
    ({"sliders": {"x": (1, 2)}}, "goes from 1 to 2 and starts at 0.5"),
    ({"sliders": {"x": (2, 0)}}, "goes from 2 to 0 and starts at 0.5"),
    ({"sliders": {"x": (0.5, 0.5)}}, "goes from 0.5 to 0.5 and starts at 0.5"),
    ({"sliders": {"x": (0, 5e-324, 0)}}, "goes from 0 to .* and starts at 0"),
    ({"sliders": {"x": (0, 2, 1, 0)}}, r"sliders\['x'\]\[3\]=0.0; wanted a step above 0"),
    ({"sliders": {"x": (0, 2, 1, -0.5)}}, r"sliders\['x'\]\[3\]=-0.5; wanted a step above 0"),
    ({"sliders": {"x": (0, 2, 1, 3)}}, r"sliders\['x'\]\[3\]=3.0; wanted .* at most"),
    ({"show": ["traces"]}, r"show has \['traces'\]; there are .* Did you mean 'trace'"),
    ({"show": ["rate"], "sliders": ["v_reset"]}, "against='x' is no slider"),
    ({"against": "v_treshold"}, "against='v_treshold' is no slider.* Did you mean 'v_threshold'"),
    ({"T": 4000, "N": 4000}, r"T \* N=16000000; wanted at most 5000000"),
]
INPUTS = [
    (lambda t: t if t > 1 else 0, "where"),
    (lambda t: math.sin(t), "can't be compiled"),
    (lambda t: np.sin(t), "can't be compiled"),
    (lambda t: torch.sin(t), "can't be compiled"),
    (lambda t: None, "gives None; wanted one number"),
    (lambda t: "1", "gives '1'; wanted one number"),
    (lambda t: [t], "wanted one number"),
    (lambda t: 1j, "gives 1j"),
    (lambda t: torch.ones(3), "gives tensor"),
    (lambda *t: 0.5, r"has the argument '\*t'"),
    (lambda t=1: t, "has the argument 't=1'"),
    (lambda t: t // 2, "can't be compiled"),
    (lambda t: t[0], "can't be compiled"),
    (lambda t: operator.index(t), "can't be compiled"),
]
VALUES = [
    ({"x": 1.0}, r"the values lack \['v_threshold'\]; wanted one for each slider"),
    ({}, r"the values lack \['x', 'v_threshold'\]"),
    ({"X": 1.0, "v_threshold": 1.0}, "no slider is called 'X'; .* Did you mean 'x'"),
    ({1: 1.0}, "no slider is called 1; there are"),
    ({"x": 1.0, "v_threshold": 1.0, "v_treshold": 2.0}, "Did you mean 'v_threshold'"),
    ({"x": 1.0, "v_threshold": 1.0, "tua": 30.0}, r"no slider is called 'tua'; there are \['x'"),
    *(
        ({"x": wrong, "v_threshold": 1.0}, r"values\['x'\]=.*; wanted a finite number")
        for wrong in (NAN, INF, -INF, 1e39, 10**400, "1", None, True, [1.0], 1j, torch.ones(2))
    ),
]


@pytest.mark.parametrize(("layers", "kind", "message"), LAYERS)
def test_layers(layers, kind, message):
    with pytest.raises(kind, match=message):
        explore(layers)


@pytest.mark.parametrize(("name", "wrong", "kind"), ARGUMENTS)
def test_arguments(name, wrong, kind):
    with pytest.raises(kind, match=rf"^explore: (a name in )?{name}=.*(wanted|there are)"):
        explore(IFNode(), **{name: wrong})


@pytest.mark.parametrize("wrong", RANGES)
def test_ranges(wrong):
    message = r"^explore: sliders\['x'\](\[\d\])?=.*; wanted \(low, high\).* finite numbers"
    with pytest.raises((TypeError, ValueError), match=message):
        explore(IFNode(), sliders={"x": wrong})


@pytest.mark.parametrize(("arguments", "message"), SLIDERS)
def test_sliders_and_views(arguments, message):
    with pytest.raises(ValueError, match=message):
        explore(**{"layers": IFNode(), **arguments})


@pytest.mark.parametrize(("x", "message"), INPUTS)
def test_inputs(x, message):
    with pytest.raises(EquationError, match=message):
        explore(IFNode(), x, sliders=[])


@pytest.mark.parametrize(("values", "message"), VALUES)
def test_values(values, message):
    figure = explore(IFNode(), 0.5, sliders=["x", "v_threshold"])
    with pytest.raises((TypeError, ValueError), match=message):
        figure.run(values)
    with pytest.raises(traitlets.TraitError, match=message):
        figure.values = values
    assert figure.values == {"x": 0.5, "v_threshold": 1.0}


@pytest.mark.parametrize("wrong", [None, 3, "x", [0.5], [("x", 0.5)]])
def test_values_are_a_dict(wrong):
    figure = explore(IFNode(), 0.5, sliders=["x"])
    with pytest.raises(traitlets.TraitError, match="values"):
        figure.values = wrong
    if wrong is not None:  # which means the present values
        with pytest.raises(TypeError, match=r"values=.*; wanted a value for each slider, by name"):
            figure.run(wrong)


@pytest.mark.parametrize(
    "arguments",
    [
        {"x": np.float32(0.5)},
        {"x": torch.tensor(0.5)},
        {"x": Fraction(1, 2)},
        {"x": Equation(lambda t, x: x * t)},
        {"x": 3.4e38},
        {"x": 5e-324},
        {"T": np.int64(3), "N": np.int64(2)},
        {"sliders": []},
        {"sliders": {"x": [0, np.float64(2)]}},
        {"sliders": {"x": Slider(0, 2)}},
        {"sliders": dict.fromkeys(["x"]).keys()},
        {"layers": {"a": IFNode(v_threshold=torch.ones(1))}},
        {"seed": 2**32 - 1},
    ],
)
def test_what_fits_is_taken(arguments):
    figure = explore(**{"layers": IFNode(), "T": 5, **arguments})
    assert figure.to_html()


@pytest.mark.parametrize("x", [lambda t: 1 / t, lambda t: log(t), lambda t: 1e39 * (t > 3)])
def test_an_input_that_is_not_finite(x):
    with pytest.raises(ValueError, match=r"explore: x is (-?inf|nan) at step 0 of neuron 0"):
        explore(LIFNode(), x)


def test_a_sentence_names_sliders():
    with pytest.raises(ValueError, match=r"goal.says has \['y'\]; there are \['x', 'tau'"):
        explore(LIFNode(), goal=Goal(lambda spikes: spikes > 50, "At {x}, and {y}."))


def test_what_a_figure_cannot_run_has_no_other_backend():
    with pytest.raises(EquationError, match="A figure runs in the page") as caught:
        explore(LIFNode(), lambda t: None)
    assert "backend" not in str(caught.value)
