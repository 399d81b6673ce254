"""A script in the manner of SpikingJelly 0.0.0.0.14's neuron tutorial runs, imports aside."""

import matplotlib.pyplot as plt
import pytest
import torch

from snnbook import functional, neuron, visualizing


@pytest.fixture(autouse=True)
def _no_window():
    yield
    plt.close("all")


def test_state_and_reset():
    layer = neuron.IFNode()
    assert layer.v == 0.0
    for size in ([2, 3], [4, 5, 6]):
        layer(torch.rand(size=size))
        assert layer.v.shape == torch.Size(size)
        layer.reset()


@pytest.mark.parametrize(
    ("dtype", "fires"), [(torch.float32, [50, 101]), (torch.float64, [49, 99, 149])]
)
def test_one_neuron(dtype, fires):
    layer = neuron.IFNode()
    x = torch.as_tensor([0.02], dtype=dtype)
    s_list, v_list = [], []
    for _ in range(150):
        s_list.append(layer(x))
        v_list.append(layer.v)
    visualizing.plot_one_neuron_v_s(
        torch.cat(v_list).numpy(),
        torch.cat(s_list).numpy(),
        v_threshold=layer.v_threshold,
        v_reset=layer.v_reset,
        figsize=(12, 8),
        dpi=30,
    )
    assert torch.cat(s_list).nonzero().flatten().tolist() == fires


def test_many_neurons():
    layer, steps = neuron.IFNode(), 50
    x = torch.rand([32]) / 8.0
    s_list, v_list = [], []
    for _ in range(steps):
        s_list.append(layer(x).unsqueeze(0))
        v_list.append(layer.v.unsqueeze(0))
    s, v = torch.cat(s_list), torch.cat(v_list)
    words = {"xlabel": "simulating step", "ylabel": "neuron index", "figsize": (12, 8), "dpi": 30}
    visualizing.plot_2d_heatmap(
        array=v.numpy(), title="membrane potentials", int_x_ticks=True, x_max=steps, **words
    )
    visualizing.plot_1d_spikes(spikes=s.numpy(), title="spikes", **words)
    assert len(plt.get_fignums()) == 2


def test_step_modes_and_backend():
    layer = neuron.IFNode(step_mode="s")
    x_seq = torch.rand([8, 2])
    stepwise = functional.multi_step_forward(x_seq, layer)
    layer.reset()
    layer.step_mode = "m"
    assert torch.equal(layer(x_seq), stepwise)
    assert layer.backend in layer.supported_backends


def test_custom_neuron():
    class SquareIFNode(neuron.BaseNode):
        def neuronal_charge(self, x: torch.Tensor):
            self.v = self.v + x**2

    layer = SquareIFNode()
    x_seq = torch.rand([4, 1])
    singly = torch.stack([layer(x_seq[t]) for t in range(4)])
    layer.reset()
    layer.step_mode = "m"
    assert torch.equal(layer(x_seq), singly)
    functional.reset_net(layer)
    assert layer.v == 0.0
