"""A figure to draw in: what is drawn becomes pixels as the data set's, and the network reads it."""

import copy
import json

import pytest
import torch
from sklearn.datasets import load_digits
from strokes import DIGITS, draw
from torch import nn
from torch.nn import functional as F

from snnbook import neuron
from snnbook.functional import reset_net
from snnbook.interactive import sketch

DATA = load_digits()
X, Y = torch.tensor(DATA.data / 16, dtype=torch.float32), torch.tensor(DATA.target)
ROOT = "document.querySelector('.snn-explore').snnbook"


def network(hidden=128, **options):
    """The network of the chapter."""
    return nn.Sequential(
        nn.Linear(64, hidden),
        neuron.LIFNode(v_reset=None, step_mode="m", **options),
        nn.Linear(hidden, 10),
        neuron.LINode(step_mode="m"),
    )


@pytest.fixture(scope="module")
def figure():
    """A figure whose network has learned a little."""
    torch.manual_seed(0)
    net = network()
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.01)
    for rows in torch.randperm(1280).repeat(3).split(64):
        reset_net(net)
        loss = F.cross_entropy(net(X[rows].expand(4, 64, 64)).mean(0), Y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return sketch(net, X[-20:])


def read(page, pixels):
    """What the page's network makes of a picture."""
    return page.evaluate(
        f"""(pixels) => {{
          const {{ hidden, outputs, shares, sure }} = {ROOT}.read(pixels);
          return [[...hidden], [...outputs], shares, sure];
        }}""",
        pixels,
    )


def test_page_and_pytorch_agree_in_every_spike(show, figure):
    page, spikes, right = show(figure), 0, 0
    net = copy.deepcopy(figure.net)  # in float32
    for x, y, pixels in zip(X[-20:], Y[-20:], figure.spec["pictures"], strict=True):
        hidden, outputs, shares, sure = read(page, pixels)
        reading = figure.read(x)
        assert hidden == reading.hidden.flatten().tolist()
        assert outputs == reading.outputs.flatten().tolist()
        assert shares == pytest.approx(reading.shares.tolist())
        assert sure == reading.sure
        reset_net(net)
        with torch.no_grad():
            s_seq = net[:2](x.expand(8, 1, 64))
            y_seq = net[2:](s_seq)
        assert torch.equal(s_seq[:, 0].double(), reading.hidden)
        assert torch.equal(y_seq[:, 0].double(), reading.outputs)
        spikes += int(sum(hidden))
        right += reading.best == str(int(y))
    assert spikes > 1000
    assert right > 12


def test_the_weights_are_few_letters(figure):
    assert len(json.dumps(figure.spec["entries"])) < 20_000
    assert len(figure.to_html()) < 160_000
    for layer in (figure.net[0], figure.net[2]):
        whole = layer.weight / 2.0 ** torch.frexp(layer.weight.abs().max()).exponent * 128
        assert torch.equal(whole, whole.round())
        assert 63 < whole.abs().max() <= 127


def pixels_of(page, strokes):
    """A drawing as the page's pixels, rows of eight."""
    pixels = page.evaluate(f"(strokes) => {ROOT}.pixelsOf(strokes)", strokes)
    return torch.tensor(pixels).reshape(8, 8)


@pytest.mark.parametrize("digit", DIGITS)
def test_a_drawing_becomes_a_picture_as_those_of_the_data_set(show, figure, digit):
    page = show(figure)
    pixels = pixels_of(page, DIGITS[digit])
    assert pixels.min() >= 0
    assert pixels.max() <= 16
    assert pixels.sum() == pytest.approx(16 * 19.5, abs=12)  # ties
    assert pixels[0].any()  # from top to bottom, as all pictures of the data set
    assert pixels[7].any()
    columns = (pixels.sum(0) > 0).nonzero().flatten()
    middle = float(columns[0] + columns[-1]) / 2
    assert 2.5 <= middle <= 4.5
    # Where and how large it is drawn doesn't matter.
    small = [[[0.1 + 0.3 * x, 0.6 + 0.3 * y] for x, y in line] for line in DIGITS[digit]]
    assert (pixels_of(page, small) - pixels).abs().max() <= 1


def test_no_stroke_and_a_dot(show, figure):
    page = show(figure)
    assert not pixels_of(page, []).any()
    dot = pixels_of(page, [[[0.5, 0.5]]])
    assert 0 < dot.sum() <= 1024
    assert torch.equal(dot, dot.flip(1))


def test_the_page_follows_the_mouse(show, figure):
    page = show(figure)
    status = page.locator(".snn-status")
    assert status.inner_text() == figure.describe()
    page.get_by_role("button", name="Clear").click()
    page.wait_for_function(
        "document.querySelector('.snn-status').textContent.startsWith('Nothing')"
    )
    assert page.locator(".snn-seen strong").inner_text() == "?"
    draw(page.locator(".snn-explore"), DIGITS["0"])
    page.wait_for_function("document.querySelector('.snn-seen strong').textContent === '0'")
    assert "says 0, with the probability" in status.inner_text()
    pixels = page.evaluate(f"{ROOT}.pixels")
    given = figure.read(torch.tensor(pixels) / 16)
    assert given.best == "0"
    assert f"Hidden spikes: {int(given.hidden.sum())}." in status.inner_text()
    assert page.locator(".snn-pad .pen").count() == 1


def test_touch_draws_on_a_phone(show, figure):
    page = show(figure, viewport={"width": 390, "height": 844}, has_touch=True)
    page.get_by_role("button", name="Clear").click()
    box = page.locator(".snn-pad").bounding_box()
    assert box["width"] > 150
    client = page.context.new_cdp_session(page)
    for k in range(9):
        point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] * (0.1 + k / 10)}
        kind = "touchMove" if k else "touchStart"
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_function(f"{ROOT}.pixels.some((ink) => ink > 0)")
    assert page.evaluate("window.scrollY") == 0  # the finger draws, and doesn't scroll
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_keys_change_a_test_picture(show, figure):
    page = show(figure)
    pad = page.get_by_role("application")
    assert "arrow keys" in pad.get_attribute("aria-label")
    pad.focus()
    before = page.evaluate(f"{ROOT}.pixels")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft", " "):
        page.keyboard.press(key)  # the first only shows where we are
    pixels = page.evaluate(f"{ROOT}.pixels")
    assert pixels == [*before[:8], 16, *before[9:]]
    page.wait_for_function("document.querySelectorAll('.cell').length === 2")
    page.keyboard.press("Backspace")
    assert page.evaluate(f"{ROOT}.pixels")[8] == 0
    page.keyboard.press("Tab")
    page.wait_for_function("document.querySelectorAll('.cell').length === 0")


def test_sliders_choose_a_picture_and_go_through_time(show, figure):
    page = show(figure)
    page.get_by_role("slider", name="picture").press("End")
    figure.values = {**figure.values, "picture": 19.0}
    page.wait_for_function(
        "(words) => document.querySelector('.snn-status').textContent === words",
        arg=figure.describe(),
    )
    figure.values = {**figure.values, "picture": 0.0}
    count = (
        "document.querySelector('.snn-explore g .spike').getAttribute('d').split('M').length - 1"
    )
    whole = page.evaluate(count)
    assert whole == int(figure.read(X[-1]).hidden.sum())
    page.get_by_role("slider", name="steps").press("Home")
    page.wait_for_function(f"{count} === 0")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(f"{count} === {whole}")


def test_what_is_no_digit_is_called_so(show, figure):
    page = show(figure)
    net = copy.deepcopy(figure.net)
    with torch.no_grad():
        net[2].weight.mul_(1 / 64)  # outputs that hardly differ
    doubtful = sketch(net, X[:1])
    assert not doubtful.read(X[0]).sure
    assert doubtful.describe().startswith("The network is not sure that this is a digit")
    page = show(doubtful)
    assert page.locator(".snn-status").inner_text() == doubtful.describe()
    assert page.locator(".snn-seen strong").inner_text() == "?"
    empty = sketch(net, torch.zeros(1, 64))
    assert empty.describe() == "Nothing is drawn."


def test_other_classes_and_neurons(show):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(64, 5), neuron.IFNode(), nn.Linear(5, 3, bias=False))
    figure = sketch(net, X[:2], T=3, classes=["one", "two", "three"], sure=0.0)
    page = show(figure)
    assert page.locator(".snn-status").inner_text() == figure.describe()
    assert figure.net[1].step_mode == "m"
    assert net[1].step_mode == "s"  # a copy was made


LINEAR = nn.Linear(64, 10)
GOOD = nn.Sequential(LINEAR, neuron.IFNode())


@pytest.mark.parametrize(
    ("error", "words", "arguments"),
    [
        (TypeError, "wanted a torch.nn.Sequential", (LINEAR, X[:1])),
        (TypeError, r"wanted torch.nn.Linear", (nn.Sequential(nn.ReLU()), X[:1])),
        (ValueError, "with a neuron that fires", (nn.Sequential(LINEAR), X[:1])),
        (ValueError, "from 64 inputs", (nn.Sequential(nn.Linear(3, 10), neuron.IFNode()), X[:1])),
        (ValueError, "it has no layers", (nn.Sequential(), X[:1])),
        (TypeError, "pictures=", (GOOD, [0.5] * 64)),
        (ValueError, "16ths from 0 to 1", (GOOD, 16 * X[:1])),
        (ValueError, "16ths from 0 to 1", (GOOD, X[:1] / 3)),
        (ValueError, r"\[number, 64\]", (GOOD, X[0])),
        (ValueError, "T=0", (GOOD, X[:1], 0)),
    ],
)
def test_what_does_not_fit_is_refused(error, words, arguments):
    with pytest.raises(error, match=words) as caught:
        sketch(*arguments)
    assert str(caught.value).startswith("sketch: ")


@pytest.mark.parametrize("options", [{"classes": "x"}, {"classes": 3}, {"sure": 2.0}, {"ink": 0}])
def test_options_that_do_not_fit_are_refused(options):
    with pytest.raises((TypeError, ValueError), match="sketch: "):
        sketch(GOOD, X[:1], **options)
