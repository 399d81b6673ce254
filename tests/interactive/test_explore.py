"""A figure in Python: what its values do, and what it shows when nothing else is asked for."""

import copy
import json
import re

import matplotlib
import matplotlib.style
import pytest
import torch
import traitlets
from live import noisy, pulse
from neurons import LIBRARY, AdaptiveNode, SquareIFNode

from snnbook import neuron
from snnbook.interactive import Slider, explore
from snnbook.interactive.views import rounded
from snnbook.neuron import BaseNode, IFNode, LIFNode

KINDS = (*LIBRARY, SquareIFNode, AdaptiveNode)


def test_the_next_cell_has_the_readers_values():
    figure = explore(LIFNode(tau=10.0, step_mode="m"), 1.2, T=80)
    figure.values = {**figure.values, "x": 1.5, "tau": 20}
    assert figure.layer.tau == 20.0
    assert (figure.x_seq == 1.5).all()
    spikes = figure.layer(figure.x_seq)
    assert torch.equal(spikes, figure.run()["LIFNode"].s_seq)
    rate = rounded(spikes.mean().item())
    assert (
        figure.describe() == f"LIFNode: {int(spikes.sum())} spikes in 80 steps, firing rate {rate}"
    )
    with pytest.raises(traitlets.TraitError, match="one for each slider"):
        figure.values = {"x": 1.0}


def test_the_figure_keeps_its_own_layers():
    layer = LIFNode(tau=10.0)
    layer(torch.ones(3))
    figure = explore(layer)
    layer.tau = 3.0
    assert figure.layer.tau == 10.0
    assert figure.layer.v == 0.0
    assert figure.layer is not figure.layer


def test_several_layers_by_name():
    figure = explore({"hard": IFNode(), "soft": IFNode(v_reset=None)}, 0.3)
    figure.values = {**figure.values, "v_reset": 0.5}
    assert figure.layers["hard"].v_reset == 0.5
    assert figure.layers["soft"].v_reset is None
    with pytest.raises(ValueError, match="several layers"):
        _ = figure.layer


def test_a_notebook_gets_the_widget_and_the_page():
    figure = explore(IFNode(), 0.5)
    data, _ = figure._repr_mimebundle_()
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "text/plain", "text/html"}
    assert data["text/plain"] == "IFNode: 50 spikes in 100 steps, firing rate 0.5"
    assert "</script" not in re.search(r'json">(.*?)</script>', data["text/html"])[1]


def test_usual_sliders_and_views():
    figure = explore(LIFNode(tau=80.0), 3.0)
    ranges = {s["name"]: (s["low"], s["high"]) for s in figure.spec["sliders"]}
    assert ranges == {"x": (0, 3), "tau": (1, 80), "v_threshold": (0.2, 2), "v_reset": (-1, 0.8)}
    assert figure.spec["show"] == ("trace",)
    assert explore(IFNode(), N=3).spec["show"] == ("raster",)
    sliders = {"x": Slider(0, 2, 1), "until": (0, 50)}
    assert explore(IFNode(), pulse, sliders=sliders).spec["show"] == ("input", "trace")
    assert explore(neuron.QIFNode(), sliders=["v_rest", "v_c"]).values == {"v_rest": 0, "v_c": 0.8}


@pytest.mark.parametrize(
    ("low", "high", "step"),
    [
        (-1, -0.9, 0.001),
        (0.1, 0.11, 1e-4),
        (0, 1e-7, 1e-9),
        (0, 1, 0.01),
        (0, 2, 0.02),
        (0, 4.9, 0.02),
        (0, 1e30, 1e28),
    ],
)
def test_a_range_has_about_a_hundred_steps_or_more(low, high, step):
    figure = explore(IFNode(), low, sliders={"x": (low, high)})
    assert figure.spec["sliders"][0]["step"] == pytest.approx(step)


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_that_an_equation_reads_has_a_usual_range(kind):
    names = [n for n in kind._fields if isinstance(getattr(kind(), n), float) and n != "init_tau"]
    assert set(explore(kind(), sliders=names).values) == {*names}


class Gated(BaseNode):
    """A neuron with a field that its equation reads only sometimes, and one that it never reads."""

    gate: bool = False
    leak: float = 0.5
    idle: float = 0.5

    def charge(v, x, gate, leak, idle):
        return v * leak + x if gate else v + x


def test_a_slider_moves_what_the_equations_read():
    assert explore(Gated(gate=True), sliders=["leak"]).values == {"leak": 0.5}
    figure = explore({"on": Gated(gate=True), "off": Gated()}, sliders=["leak"])
    assert [layer["follows"] for layer in figure.spec["layers"]] == [["leak"], []]
    figure.values = {"leak": 0.25}
    assert [layer.leak for layer in figure.layers.values()] == [0.25, 0.5]


def test_sets_of_values_are_never_changed_in_part():
    figure = explore(IFNode(), 0.5)
    with pytest.raises(TypeError, match="set as a whole"):
        figure.values["x"] = 1.0
    with pytest.raises(TypeError, match="set as a whole"):
        figure.values |= {"x": 1.0}
    with pytest.raises(TypeError, match="set as a whole"):
        figure.values.update(x=1.0)
    values = copy.deepcopy(figure.values)
    values["x"] = 1.0
    figure.values = values
    assert figure.values["x"] == 1.0
    with pytest.raises(traitlets.TraitError, match="read-only"):
        figure.spec = {}


def test_a_run_goes_beyond_the_sliders_but_not_beyond_the_layer():
    figure = explore(LIFNode(tau=10.0), 1.2)
    assert figure.run({**figure.values, "x": 30.0})["LIFNode"].s_seq.all()
    with pytest.raises(ValueError, match="of at least 1"):
        figure.run({**figure.values, "tau": 0.5})
    with pytest.raises(traitlets.TraitError, match="from 0 to 2"):
        figure.values = {**figure.values, "x": 30.0}


def test_noise_costs_a_page_nothing():
    sliders = dict.fromkeys(("mean", "spread"), (0, 1))
    small, large = (
        explore(LIFNode(), noisy, T, N, sliders=sliders) for T, N in ((20, 2), (2000, 500))
    )
    sizes = [len(json.dumps(figure.spec)) for figure in (small, large)]
    assert sizes[1] - sizes[0] < 50
    assert len(large.to_html()) < 500_000  # most of it the still picture


def test_a_figure_too_large_for_a_page_is_refused():
    with pytest.raises(
        ValueError, match=r"would take \d+ kB of a page; at most 500 kB. Show fewer"
    ):
        explore({f"{k}": IFNode() for k in range(1000)})
    with pytest.raises(ValueError, match="at most 500 kB"):
        explore({"a" * 600_000: IFNode()})
    figure = explore({"a" * 300_000: IFNode()}, show=["input"])  # its name stands there twice
    with pytest.raises(ValueError, match="at most 500 kB"):
        figure.to_html()


@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_the_default_device_does_not_matter(device):
    sliders = {"mean": (0, 1), "spread": (0, 1), "tau": None}
    show = ["input", "trace", "raster", "rate"]
    wanted = explore(LIFNode(), noisy, 10, 3, sliders=sliders, show=show, against="tau")
    layer = LIFNode()
    with torch.device(device):
        figure = explore(layer, noisy, 10, 3, sliders=sliders, show=show, against="tau")
        assert figure.to_html() == wanted.to_html()
        assert figure.x_seq.device.type == "cpu"
        run = figure.run()["LIFNode"]
    assert torch.equal(run.h_seq, wanted.run()["LIFNode"].h_seq)


def test_the_default_dtype_does_not_matter():
    layer = neuron.ParametricLIFNode()
    wanted = explore(layer, 0.7).to_html()
    torch.set_default_dtype(torch.float64)
    try:
        assert explore(layer, 0.7).to_html() == wanted
    finally:
        torch.set_default_dtype(torch.float32)


def test_the_picture_has_settings_of_its_own(monkeypatch):
    figure = explore(LIFNode(), 1.4)
    wanted = figure.to_html()
    with matplotlib.rc_context():
        matplotlib.style.use("dark_background")
        matplotlib.rcParams.update({"text.usetex": True, "savefig.dpi": 10, "font.size": 40})
        assert figure.to_html() == wanted
        assert matplotlib.rcParams["font.size"] == 40


def test_any_backend_is_run_by_the_reference():
    figure = explore(neuron.EIFNode(backend="numba"), 1.2)
    wanted = explore(neuron.EIFNode(), 1.2).run()["EIFNode"]
    assert torch.equal(figure.run()["EIFNode"].h_seq, wanted.h_seq)
    assert figure.layer.backend == "numba"
