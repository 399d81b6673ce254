"""What a reader takes hold of in a picture: levels as handles, the trace step by step."""

import math
import re

import pytest
from live import PAGE, noisy, settled
from neurons import LIBRARY, OWN, OldStyleNode
from pictures import figures_of_the_book, panels
from test_page import WIDGET

from snnbook.interactive import explore
from snnbook.neuron import ALIFNode, IFNode, LIFNode

pytestmark = pytest.mark.usefixtures("no_still")
FIGURES = figures_of_the_book()
COVER = FIGURES["cover"]


def values_of(page):
    """What the page's sliders say."""
    return page.evaluate("({...document.querySelector('.snn-explore').snnbook.values})")


def handle(page, name):
    """The handles of a slider, one in each panel."""
    return page.locator(f".snn-hand[aria-label^='{name}, ']")


def middle(box):
    """The middle of a box, as the mouse finds it."""
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def line_of(page, name, k=0):
    """How high a level's line lies in the window."""
    line = page.locator(f"g.trace >> nth={k} >> path.level.{name}")
    return line.evaluate(
        "(e) => { const box = e.getBoundingClientRect(); return box.y + box.height / 2; }"
    )


@pytest.mark.parametrize("name", ["v_threshold", "v_reset"])
def test_a_level_follows_the_mouse(show, name):
    page = show(COVER)
    x, y = middle(handle(page, name).bounding_box())
    ticks, old = panels(page)[0].ticks, panels(page)[0].paths["potential"][0]
    page.mouse.move(x, y)
    page.mouse.down()
    for far in (-3, -10, -25, 5, -40):
        page.mouse.move(x, y + far)
        settled(page)
        assert line_of(page, name) == pytest.approx(y + far, abs=0.6)
        (panel,) = panels(page)
        assert panel.ticks == ticks
        assert panel.level(name) == pytest.approx(values_of(page)[name], abs=panel.resolution)
        assert panel.paths["ghost"] == [old]
        shown = float(page.locator(f"input[aria-label={name}]").input_value())
        assert shown == pytest.approx(values_of(page)[name])
    page.mouse.up()
    settled(page)
    (panel,) = panels(page)
    assert "ghost" not in panel.paths
    assert panel.paths["potential"] != [old]
    assert values_of(page).keys() == COVER.values.keys()
    others = {n: v for n, v in values_of(page).items() if n != name}
    assert others == {n: v for n, v in COVER.spec["start"].items() if n != name}


def test_a_slider_leaves_a_ghost_too(show):
    page = show(FIGURES["spikes"])
    old = [p.paths for p in panels(page)]
    slider = page.locator("input[aria-label=tau]")
    box = slider.bounding_box()
    page.mouse.move(*middle(box))
    page.mouse.down()
    settled(page)
    trace, columns, rate = panels(page)
    assert trace.paths["ghost"] == old[0]["potential"]
    assert columns.paths["ghost"] == old[1]["spike"]
    assert rate.paths["ghost"] == old[2]["rate style0"]
    page.mouse.up()
    settled(page)
    assert not [p for p in panels(page) if "ghost" in p.paths]
    slider.press("ArrowRight")  # with keys: until the reader goes elsewhere
    settled(page)
    assert panels(page)[0].paths["ghost"]
    slider.blur()
    settled(page)
    assert not [p for p in panels(page) if "ghost" in p.paths]


def test_a_level_stays_within_its_slider(show):
    page = show(COVER)
    x, y = middle(handle(page, "v_threshold").bounding_box())
    page.mouse.move(x, y)
    page.mouse.down()
    for far, value in ((-400, 2.0), (400, 0.2)):
        page.mouse.move(x, y + far)
        settled(page)
        assert values_of(page)["v_threshold"] == value
    page.mouse.up()


def test_of_two_levels_near_each_other_the_nearer_is_meant(show):
    page = show(COVER)
    panels(page, {"v_threshold": 0.2, "v_reset": 0.0})
    lines = {name: line_of(page, name) for name in ("v_threshold", "v_reset")}
    assert abs(lines["v_threshold"] - lines["v_reset"]) < 16
    x, _ = middle(handle(page, "v_reset").bounding_box())
    for name, far in (("v_threshold", -20), ("v_reset", 20)):
        before = values_of(page)
        page.mouse.move(x, lines[name])
        page.mouse.down()
        page.mouse.move(x, lines[name] + far)
        page.mouse.up()
        settled(page)
        after = values_of(page)
        assert [n for n in after if after[n] != before[n]] == [name]


def test_keys_move_a_handle_as_they_move_its_slider(show):
    page = show(COVER)
    one = handle(page, "v_threshold")
    assert one.get_attribute("role") == "slider"
    one.focus()
    for key, value in [
        ("ArrowUp", 1.01),
        ("ArrowLeft", 1.0),
        ("PageDown", 0.9),
        ("End", 2.0),
        ("Home", 0.2),
    ]:
        page.keyboard.press(key)
        settled(page)
        assert values_of(page)["v_threshold"] == pytest.approx(value)
        assert float(one.get_attribute("aria-valuenow")) == pytest.approx(value)
        assert float(page.locator("input[aria-label=v_threshold]").input_value()) == value
    assert one.get_attribute("aria-valuemin") == "0.2"
    assert one.get_attribute("aria-valuemax") == "2"
    assert panels(page)[0].paths["ghost"]


def test_a_step_stays_told_after_a_tap_until_another_place_is_tapped(show):
    page = show(COVER, viewport={"width": 390, "height": 800}, has_touch=True)
    box = page.locator(".snn-trace").first.bounding_box()
    page.touchscreen.tap(box["x"] + 0.305 * box["width"], box["y"] + 0.5 * box["height"])
    settled(page)
    assert page.locator(".snn-reading").inner_text().startswith("H[30] = ")
    assert len(panels(page)[0].paths["looked"]) == 1
    page.touchscreen.tap(2, 2)
    settled(page)
    assert page.locator(".snn-reading").inner_text().startswith("Point at the trace or tap it")


def test_a_finger_moves_a_handle(show):
    page = show(COVER, viewport={"width": 390, "height": 800}, has_touch=True)
    touch = page.context.new_cdp_session(page)
    box = handle(page, "v_threshold").bounding_box()
    assert box["height"] >= 24
    x, y = box["x"] + box["width"] - 20, box["y"] + box["height"] / 2

    def send(kind, *points):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    send("touchStart", {"x": x, "y": y})
    for far in (-5, -15, -25):
        send("touchMove", {"x": x, "y": y + far})
    settled(page)
    assert line_of(page, "v_threshold") == pytest.approx(y - 25, abs=0.6)
    assert panels(page)[0].paths["ghost"]
    send("touchEnd")
    settled(page)
    assert "ghost" not in panels(page)[0].paths
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_both_panels_have_the_same_level(show):
    figure = explore({"hard": IFNode(), "soft": IFNode(v_reset=None)}, 0.3)
    page = show(figure)
    assert handle(page, "v_threshold").count() == 2
    assert handle(page, "v_reset").count() == 1
    handle(page, "v_threshold").last.press("End")
    settled(page)
    for panel in panels(page):
        assert panel.level("v_threshold") == pytest.approx(2.0, abs=panel.resolution)


# --- the goal of the potential -------------------------------------------------------------------


def goal_of(panel):
    """Where the line lies of what the potential heads for."""
    (path,) = panel.paths["level goal"]
    return float(panel.y(float(path.split("H")[0].split()[1])))


@pytest.mark.parametrize(
    ("layer", "heads"),
    [
        (LIFNode(tau=10.0), lambda x, v_reset: v_reset + x),
        (LIFNode(tau=10.0, v_reset=None), lambda x, v_reset: x),
        (LIFNode(tau=2.0, decay_input=False), lambda x, v_reset: v_reset + 2 * x),
    ],
)
def test_a_line_shows_what_the_potential_heads_for(show, layer, heads):
    figure = explore(
        layer, 0.6, sliders=["x", "v_threshold", *["v_reset"] * (layer.v_reset is not None)]
    )
    page = show(figure)
    for x in (0.0, 0.3, 0.6, 0.7):
        for v_reset in (0.0, -0.5):
            values = {"x": x, "v_reset": v_reset} if "v_reset" in figure.values else {"x": x}
            (panel,) = panels(page, values)
            wanted = heads(x, v_reset if len(values) > 1 else 0.0)
            assert goal_of(panel) == pytest.approx(wanted, abs=panel.resolution + 1e-4)
            ((_, _, _, words),) = [t for t in panel.texts if t[0] == "goal"]
            assert float(words.removeprefix("V heads for ").replace("−", "-")) == pytest.approx(
                wanted, abs=1e-3
            )


def test_the_goal_moves_the_input(show):
    page = show(COVER)
    x, y = middle(page.locator(".snn-hand.left").bounding_box())
    page.mouse.move(x, y)
    page.mouse.down()
    for far in (10, 30, 50, -20):
        page.mouse.move(x, y + far)
        settled(page)
        (panel,) = panels(page)
        assert line_of(page, "goal") == pytest.approx(y + far, abs=0.7)
        assert goal_of(panel) == pytest.approx(values_of(page)["x"], abs=panel.resolution)
    page.mouse.up()
    handle(page, "x").press("Home")
    settled(page)
    assert values_of(page)["x"] == 0


def test_a_goal_out_of_sight_is_told(show):
    page = show(COVER)
    (panel,) = panels(page, {"x": 2.0, "v_reset": 0.8})
    assert "level goal" not in panel.paths
    assert [t[3] for t in panel.texts if t[0] == "goal"] == ["V heads for 2.8 ↑"]


NOISY = explore(LIFNode(5.0), noisy, sliders={"mean": (0, 3, 1.2), "spread": (0, 2, 1)})


@pytest.mark.parametrize("name", ["reset", "noise"])
def test_what_comes_to_no_rest_has_no_goal(show, name):
    page = show({**FIGURES, "noise": NOISY}[name])
    assert not [p for p in panels(page) if "level goal" in p.paths]


# --- a step in numbers ---------------------------------------------------------------------------

FUNCTIONS = {name: getattr(math, name) for name in ("exp", "log", "sqrt", "sin", "cos", "tanh")}
FUNCTIONS |= {
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "relu": lambda x: max(x, 0.0),
    "where": lambda condition, yes, no: yes if condition else no,
    "Θ": lambda u: float(u >= 0),
}
PYTHON = {"−": "-", "·": "*", "^": "**", "≥": ">=", "≤": "<=", "≠": "!="}


def computed(text):
    """What the right-hand side of a line gives, by Python's arithmetic on the numbers in it."""
    for sign, word in PYTHON.items():
        text = text.replace(sign, word)
    return float(eval(re.sub(r"\|([^|]*)\|", r"abs(\1)", text), FUNCTIONS))


def lines_at(page, t, k=0):
    """The equations that stand below the picture when the reader looks at a step."""
    box = page.locator(".snn-trace").nth(k).bounding_box()
    T = int(page.locator(".snn-trace").nth(k).get_attribute("aria-valuemax")) + 1
    page.mouse.move(box["x"] + (t + 0.5) * box["width"] / T, box["y"] + box["height"] - 4)
    settled(page)
    return [
        tuple(line.split(" = ", 1))
        for line in page.locator(".snn-reading").inner_text().split("\n")
    ]


@pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
@pytest.mark.parametrize("kind", [kind for kind in [*LIBRARY, *OWN] if kind is not OldStyleNode])
def test_a_step_is_the_layers_own_equation_with_numbers(show, kind, soft):
    layer = kind(v_reset=None) if soft else kind()
    figure = explore(layer, noisy, 20, sliders={"mean": (-1, 2, 0.7), "spread": (0, 2, 0.8)})
    page, (run,) = show(figure), figure.run().values()
    seqs = {"H": run.h_seq, "S": run.s_seq, "V": run.v_seq}
    for t in (0, 1, 7, 19):
        lines, near = lines_at(page, t), False
        assert {"H", "S", "V"} <= {left.split("[")[0] for left, _ in lines}
        for left, right in lines:
            text, result = right.rsplit(" = ", 1)
            value = float(result.replace("−", "-"))
            name = left.removesuffix(f"[{t}]")
            if name in seqs:
                assert value == pytest.approx(float(seqs[name][t, 0]), rel=6e-4, abs=1e-6)
            near |= name == "H" and abs(value - layer.v_threshold) < 0.01
            if name == "H" or not near:
                assert computed(text) == pytest.approx(value, rel=5e-3, abs=5e-3)


def test_a_step_as_a_reader_sees_it(show):
    page = show(explore(LIFNode(tau=10.0, v_reset=-0.5), 1.2, T=20, sliders=["v_reset"]))
    assert lines_at(page, 0) == [
        ("H[0]", "−0.5 + (1.2 − (−0.5 − (−0.5)))/10 = −0.38"),
        ("S[0]", "Θ(−0.38 − 1) = 0"),
        ("V[0]", "0 · (−0.5) + (1 − 0) · (−0.38) = −0.38"),
    ]


def test_a_further_state_is_told_too(show):
    figure = explore(ALIFNode(tau=2.0), 2.0, T=20)
    page, (run,) = show(figure), figure.run().values()
    first = int(run.s_seq[:, 0].nonzero()[0])
    lines = dict(lines_at(page, first + 1))
    assert lines[f"A[{first + 1}]"].startswith("1 − 1/20 + ")
    assert "0.5 · 1)" in lines[f"S[{first + 1}]"]


def test_keys_go_through_the_trace(show):
    page = show(COVER)
    trace = page.locator(".snn-trace")
    page.keyboard.press("Tab")
    trace.focus()
    for key, t in [
        ("ArrowRight", 1),
        ("ArrowRight", 2),
        ("End", 99),
        ("ArrowLeft", 98),
        ("Home", 0),
    ]:
        page.keyboard.press(key)
        settled(page)
        assert trace.get_attribute("aria-valuenow") == str(t)
        assert trace.get_attribute("aria-valuetext").startswith(f"H[{t}] = ")
        assert page.locator(".snn-reading").inner_text().startswith(f"H[{t}] = ")
    assert len(panels(page)[0].paths["looked"]) == 1
    trace.blur()
    settled(page)
    assert page.locator(".snn-reading").inner_text().startswith("Point at the trace")
    assert "looked" not in panels(page)[0].paths


def test_the_page_does_not_jump_when_a_step_is_told(show):
    page = show(FIGURES["reset"])
    height = "document.querySelector('.snn-explore').getBoundingClientRect().height"
    before = page.evaluate(height)
    for t in (0, 3, 19):
        lines_at(page, t)
        assert page.evaluate(height) == before


def on_a_phone(page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("document.querySelector('svg[role=img]').viewBox.baseVal.width < 400")
    settled(page)
    return page


def height_of(page, part):
    return page.evaluate(f"document.querySelector('{part}').getBoundingClientRect().height")


def test_on_a_phone_there_is_room_for_a_step_once_one_is_looked_at(show):
    page = on_a_phone(show(FIGURES["reset"]))
    before = height_of(page, ".snn-reading")
    heights = set()
    for t in (0, 3, 19):
        lines_at(page, t)
        heights.add(height_of(page, ".snn-explore"))
        told = sum(part.bounding_box()["height"] for part in page.locator(".snn-reading > *").all())
    page.mouse.move(0, 0)
    settled(page)
    assert page.locator(".snn-reading").inner_text().startswith("Point at the trace")
    heights.add(height_of(page, ".snn-explore"))
    assert len(heights) == 1
    assert 2 * before < height_of(page, ".snn-reading") < 1.5 * told


@pytest.mark.parametrize("name", ["cover", "reset", "setup", "spikes"])
def test_what_stands_below_makes_room_once(show, name):
    page, figure = on_a_phone(show(FIGURES[name])), FIGURES[name]
    page.evaluate("() => { window.wrong = []; onerror = (words) => wrong.push(words); }")
    needed = """() => {
      const range = document.createRange(), status = document.querySelector(".snn-status");
      range.selectNodeContents(status.parentElement);
      return range.getBoundingClientRect().height;
    }"""
    (slider,) = (slider for slider in figure.spec["sliders"] if slider["name"] == "x")
    whole, words = [], []
    for k in (*range(21), 0):
        x = slider["low"] + (slider["high"] - slider["low"]) * k / 20
        page.evaluate(f"document.querySelector('.snn-explore').snnbook.set({{ x: {x} }})")
        settled(page)
        settled(page)
        whole.append(height_of(page, ".snn-explore"))
        words.append(page.evaluate(needed))
    most = [max(words[: k + 1]) - words[0] for k in range(len(words))]
    assert most[-1] > 0
    assert words[-1] == words[0]
    assert [height - whole[0] for height in whole] == pytest.approx(most, abs=3)
    page.set_viewport_size({"width": 1280, "height": 844})
    page.wait_for_function("document.querySelector('svg[role=img]').viewBox.baseVal.width > 400")
    settled(page)
    assert page.evaluate(
        "parseFloat(document.querySelector('.snn-status').parentElement.style.minHeight)"
    ) == pytest.approx(page.evaluate(needed), abs=6)
    assert page.evaluate("wrong") == []


def test_a_figure_that_plays_tells_its_present_step(show):
    page = show(explore(IFNode(), 0.3, T=20, play=True))
    assert page.locator(".snn-reading").inner_text().startswith("H[19] = ")
    page.get_by_role("button", name="One step").click()
    settled(page)
    assert page.locator(".snn-reading").inner_text().startswith("H[0] = 0 + 0.3 = 0.3\n")


def test_in_a_notebook_a_handle_tells_python(show):
    figure = explore(LIFNode(tau=10.0), 1.2)
    page = show()
    page.set_content(PAGE.format('<div id="place"></div>'))
    page.evaluate(WIDGET, [figure._esm, figure.spec, figure.values])
    handle(page, "v_threshold").press("ArrowUp")
    assert page.evaluate("saved") == {**figure.values, "v_threshold": pytest.approx(1.01)}
    page.evaluate("leave()")
