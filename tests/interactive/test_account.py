"""Where the input of a neuron went: paid, kept, lost or leaked, to the number."""

import math

import pytest
import torch
from live import PAGE, noisy, settled
from neurons import LIBRARY, OWN, OldStyleNode
from pictures import corners, figures_of_the_book, height_at, panels
from test_hands import handle, middle, values_of
from test_page import WIDGET, Lost, still_of

from snnbook.interactive import Account, KeepingIFNode, explore
from snnbook.interactive.account import account
from snnbook.neuron import IFNode, LIFNode

PLAY = figures_of_the_book()["reset"]
no_still = pytest.mark.usefixtures("no_still")


# --- the numbers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
@pytest.mark.parametrize("kind", [kind for kind in [*LIBRARY, *OWN] if kind is not OldStyleNode])
def test_the_input_of_any_neuron_is_accounted_for(kind, soft):
    torch.manual_seed(0)
    layer, x_seq = kind(v_reset=None) if soft else kind(), 0.6 + torch.rand(60, 1)
    with torch.no_grad():
        run = layer.run(x_seq, trace=True)
    found = account(layer, x_seq, run)
    size = sum(map(abs, found))
    assert found.input == pytest.approx(float(x_seq.sum()), rel=1e-6)
    assert found.input == pytest.approx(sum(found[1:]), abs=1e-9 * size)
    assert found.paid == pytest.approx(layer.v_threshold * float(run.s_seq.sum()), rel=1e-6)
    first = 0.0 if soft else layer.v_reset
    assert found.kept == pytest.approx(float(run.v_seq[-1]) - first, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("x", [0.3, 0.25, 0.9, 1.7, -0.2])
def test_what_each_reset_loses(x):
    x_seq = torch.full((20, 1), x)
    soft, hard = (
        account(layer, x_seq, layer.run(x_seq, trace=True))
        for layer in (IFNode(v_reset=None), IFNode(v_reset=-0.5))
    )
    run = IFNode(v_reset=-0.5).run(x_seq, trace=True)
    excess = ((run.h_seq - 1) * run.s_seq).double().sum()
    assert hard.lost == pytest.approx(float(excess + 0.5 * run.s_seq.sum()), abs=1e-5)
    assert soft.lost == pytest.approx(0, abs=1e-5)
    assert hard.leaked == pytest.approx(0, abs=1e-5)
    assert hard.parts().keys() == {"paid", "kept", "lost"}


def test_a_leak_is_an_entry():
    layer, x_seq = LIFNode(tau=4.0, decay_input=False), torch.full((30, 1), 0.2)
    run = layer.run(x_seq, trace=True)
    found = account(layer, x_seq, run)
    assert run.s_seq.sum() == 0
    before = torch.cat([torch.zeros(1, 1), run.v_seq[:-1]])
    assert found.leaked == pytest.approx(float(before.double().sum()) / 4, rel=1e-5)
    assert found.parts().keys() == {"paid", "kept", "lost", "leaked"}


def test_rounding_is_no_entry():
    assert Account(10.0, 6.0, 4.0, 1e-7, -1e-7).parts() == {"paid": 6, "kept": 4, "lost": 0}
    assert Account(10.0, 6.0, 3.0, 0.0, 1.0).parts()["leaked"] == 1


def test_between_a_hard_and_a_soft_reset():
    x_seq = torch.randint(0, 65, (100, 20), generator=torch.Generator().manual_seed(0)) / 64
    for keep, v_reset in ((0.0, 0.0), (1.0, None)):
        run = KeepingIFNode(keep=keep).run(x_seq, trace=True)
        wanted = IFNode(v_reset=v_reset).run(x_seq, trace=True)
        assert torch.equal(run.s_seq, wanted.s_seq)
        assert torch.equal(run.v_seq, wanted.v_seq)
    x_seq = torch.full((7000, 1), 0.3, dtype=torch.float64)
    rate = KeepingIFNode(keep=0.5).run(x_seq).s_seq.mean().item()
    assert rate == pytest.approx(2 / 7, abs=1e-3)
    with pytest.raises(ValueError, match="keep"):
        KeepingIFNode(keep=1.5)


def test_a_figure_tells_its_accounts():
    figure = explore({"hard": IFNode(), "soft": IFNode(v_reset=None)}, 0.3, 20, show=["account"])
    hard, soft = figure.account({"x": 0.9, "v_threshold": 1.0, "v_reset": 0.0}).values()
    assert hard == pytest.approx((18, 10, 0, 8, 0), abs=1e-4)
    assert soft == pytest.approx((18, 17, 1, 0, 0), abs=1e-4)
    assert figure.describe() == (
        "hard: 5 spikes in 20 steps, firing rate 0.25; input 6 = 5 paid + 0 kept + 1 lost. "
        "soft: 6 spikes in 20 steps, firing rate 0.3; input 6 = 6 paid + 0 kept + 0 lost"
    )


# --- the picture ---------------------------------------------------------------------------------


def entries_of(page):
    """For each layer of the page the heights of its entries."""
    (panel,), found = (p for p in panels(page) if p.view == "account"), []
    for blocks, _ in panel.balances:
        found.append({})
        for kind, d in blocks:
            _, top, _, bottom = corners(d)
            name = kind.split()[1]
            found[-1][name] = found[-1].get(name, 0) + bottom - top
    return found


@no_still
@pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
@pytest.mark.parametrize("kind", [kind for kind in [*LIBRARY, *OWN] if kind is not OldStyleNode])
def test_the_page_has_the_same_account(show, kind, soft):
    layer = kind(v_reset=None) if soft else kind()
    figure = explore(layer, 0.9, 30, sliders={"x": (-1, 2)}, show=["account"])
    page = show(figure)
    for x in (-0.6, 0.3, 0.9, 1.7):
        figure.values = {"x": x}
        panels(page, {"x": x})
        (heights,), (found,) = entries_of(page), figure.account().values()
        wanted = {"came": found.input, **found.parts()}
        scale = heights["came"] / abs(found.input)
        for name, value in wanted.items():
            assert heights.get(name, 0) == pytest.approx(abs(value) * scale, abs=0.3)
        told, wanted = page.locator(".snn-status").inner_text(), figure.describe()
        numbers = [
            [float(n.replace("−", "-")) for n in words.split() if n[-1].isdigit()]
            for words in (told, wanted)
        ]
        assert numbers[0] == pytest.approx(numbers[1], rel=1e-3, abs=2e-4)  # exp is not exact


@no_still
def test_a_block_for_each_spike_lights_up_with_its_step(show):
    page = show(PLAY)
    trace = page.locator(".snn-trace")
    box = trace.bounding_box()
    for t, chosen in ((3, ["paid", "lost", "paid"]), (4, []), (7, ["paid", "lost"]), (6, ["paid"])):
        page.mouse.move(box["x"] + (t + 0.5) * box["width"] / 20, box["y"] + 8)
        settled(page)
        kinds = page.locator("g.balance .chosen").evaluate_all(
            "(all) => all.map((e) => e.getAttribute('class').split(' ')[1])"
        )
        assert kinds == chosen
        assert page.locator(".snn-reading").inner_text().count(f"V[{t}] = ") == 2
    page.mouse.move(0, 0)
    settled(page)
    (hard, _), (soft, _) = panels(page)[0].balances
    kinds = [[kind for kind, _ in blocks] for blocks in (hard, soft)]
    assert [one.count("block paid") for one in kinds] == [5, 6]
    assert [one.count("block lost") for one in kinds] == [5, 0]


@no_still
def test_what_cannot_be_told_apart_is_one_block(show):
    page = show(explore(IFNode(), 0.9, 400, sliders={"x": (0, 1)}, show=["account"]))
    (panel,) = panels(page)
    ((blocks, _),) = panel.balances
    assert [kind for kind, _ in blocks] == ["block came", "block paid", "block lost"]


@no_still
def test_what_came_from_elsewhere_stands_with_the_input(show):
    page = show(explore(IFNode(), -0.5, 20, sliders={"x": (-1, 1)}, show=["account"]))
    for x in (-0.5, -0.1, 0.5):
        panels(page, {"x": x})
        (panel,) = panels(page)
        ((blocks, _),) = panel.balances
        places = {kind: corners(d)[0] for kind, d in blocks}
        right = max(places.values())
        assert (places["block came"] == right) == (x < 0)
        if x < 0:
            assert places["block kept"] < right


@no_still
def test_an_empty_account_says_why(show):
    page = show(PLAY)
    panels(page, {"x": 0})
    assert page.locator("g.balance text.why").all_text_contents() == ["no input", "no input"]
    assert page.locator("g.balance path.block").count() == 0


@no_still
def test_what_is_not_a_number_has_no_account(show):
    figure = explore(
        {"log": Lost(), "if": IFNode()}, 0.5, 8, sliders={"x": (-1, 1)}, show=["account"]
    )
    page = show(figure)
    panels(page, {"x": -0.5})
    figure.values = {"x": -0.5}
    assert math.isnan(figure.account()["log"].leaked)
    assert page.locator(".snn-broken").count() == 0
    assert (
        page.locator(".snn-status").inner_text().split("\n")[1] == figure.describe().split(". ")[1]
    )
    assert "; " not in page.locator(".snn-status").inner_text().split("\n")[0]
    assert "; " not in figure.describe().split(". ")[0]


@no_still
def test_the_account_grows_while_it_plays(show):
    figure = explore(
        {"a": IFNode(), "b": IFNode(v_reset=None)}, 0.3, 20, show=["account"], play=True
    )
    page, height = show(figure), None
    for t in (19, 0, 2, 3, 7, 12):
        page.get_by_role("slider", name="time step t").last.focus()
        page.locator("input[aria-label='time step t']").evaluate(
            "(e, t) => { e.value = t; e.dispatchEvent(new Event('input')); }", t
        )
        settled(page)
        for k, (heights, layer) in enumerate(
            zip(entries_of(page), figure.layers.values(), strict=True)
        ):
            x_seq = figure.x_seq[: t + 1]
            found = account(layer, x_seq, layer.run(x_seq, trace=True))
            height = height or heights["came"]
            scale = height / 6
            for name, value in {"came": found.input, **found.parts()}.items():
                assert heights.get(name, 0) == pytest.approx(value * scale, abs=0.4)
            told = page.locator(".snn-status").inner_text().split("\n")[k]
            assert f"; input {found.input:.1f}".removesuffix(".0") in told


@no_still
def test_on_a_phone_the_account_stands_below(show):
    page = show(PLAY, viewport={"width": 390, "height": 800})
    frame, balance = (
        page.locator(name).first.bounding_box() for name in (".snn-trace", "g.balance")
    )
    assert balance["y"] > frame["y"] + frame["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    right = page.evaluate(
        """() => Math.max(...[...document.querySelectorAll("g.balance text")].map(
             (e) => e.getBoundingClientRect().right))"""
    )
    assert right <= 390
    sizes = page.evaluate(
        """() => [...document.querySelectorAll(".snn-live svg text")].map(
             (e) => parseFloat(getComputedStyle(e).fontSize))"""
    )
    assert min(sizes) >= 12


def test_the_still_picture_has_the_same_bars(monkeypatch):
    figure = explore({"hard": IFNode(), "soft": IFNode(v_reset=None)}, 0.3, 20, show=["account"])
    frame, bars = still_of(figure, monkeypatch).axes
    assert [len(line.get_xdata()) for line in frame.lines[:2]] == [40, 40]
    drawn = [round(bar.get_height(), 4) for bar in bars.patches]
    assert drawn == [5, 0, 1, 6, 0, 0]
    assert [text.get_text() for text in bars.texts[:3]] == ["5 paid", "", "1 lost"]


# --- in the reader's hands -----------------------------------------------------------------------


def dots_of(page):
    """How the dots of the firing rates lie on their stairs."""
    panel = next(p for p in panels(page) if p.view == "rate")
    for k, (_, x, y) in enumerate(panel.dots):
        assert height_at(panel.paths[f"rate style{k}"][0], x) == pytest.approx(y, abs=0.11)
    return panel


@no_still
def test_a_dot_is_dragged_along_its_stairs(show):
    page = show(PLAY)
    x, y = middle(handle(page, "x").bounding_box())
    page.mouse.move(x, y)
    page.mouse.down()
    for far in (12, 60, 200, -30):
        page.mouse.move(x + far, y + 9)
        settled(page)
        panel = dots_of(page)
        shown = page.locator("svg[role=img]").bounding_box()["x"] + panel.dots[0][1]
        assert shown == pytest.approx(x + far, abs=0.5 * abs(0.01 / panel._x[0]) + 0.2)
        assert panel.x(panel.dots[0][1]) == pytest.approx(values_of(page)["x"], abs=1e-3)
        assert panel.paths["ghost"]
    page.mouse.move(x - 2000, y)
    settled(page)
    assert values_of(page)["x"] == 0
    page.mouse.up()
    settled(page)
    assert "ghost" not in dots_of(page).paths


@no_still
def test_keys_move_the_dot(show):
    page = show(PLAY)
    one = handle(page, "x")
    assert one.get_attribute("aria-orientation") == "horizontal"
    for key, x in (
        ("ArrowRight", 0.31),
        ("PageUp", 0.41),
        ("End", 1),
        ("ArrowLeft", 0.99),
        ("Home", 0),
    ):
        one.press(key)
        settled(page)
        assert values_of(page)["x"] == pytest.approx(x)
        dots_of(page)
    assert one.get_attribute("aria-valuetext") == "0; hard reset 0, soft reset 0"


@no_still
def test_a_finger_moves_the_dot_and_the_threshold(show):
    page = show(PLAY, viewport={"width": 390, "height": 1400}, has_touch=True)
    touch = page.context.new_cdp_session(page)

    def drag(box, x, y):
        place = {"x": box["x"] + box["width"] - 16, "y": box["y"] + box["height"] / 2}
        touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [place]})
        for part in (0.3, 0.6, 1):
            moved = {"x": place["x"] + part * x, "y": place["y"] + part * y}
            touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [moved]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        settled(page)

    box = handle(page, "x").bounding_box()
    assert box["width"] >= 24
    drag(box, 60, 0)
    assert values_of(page)["x"] > 0.4
    dots_of(page)
    drag(handle(page, "v_threshold").bounding_box(), 0, 20)
    assert 0.5 <= values_of(page)["v_threshold"] < 0.9


@no_still
def test_what_is_kept_makes_a_ramp_of_the_stairs(show):
    page = show(PLAY)

    def stairs(keep):
        panel = next(p for p in panels(page, {"keep": keep}) if p.view == "rate")
        return [panel.paths[f"rate style{k}"][0] for k in range(2)]

    hard, soft = stairs(0)
    assert hard != soft
    assert hard.count("V") < stairs(0.5)[0].count("V")
    hard, same = stairs(1)
    assert hard == same == soft


@no_still
@pytest.mark.parametrize("keep", [0.0, 0.35, 0.5, 1.0])
def test_each_value_lies_on_the_stairs(show, keep):
    page, start = show(PLAY), {**PLAY.spec["start"], "keep": keep}
    panel = next(p for p in panels(page, start) if p.view == "rate")
    for k in range(0, 101, 2):
        x = k / 100
        place = (x - panel._x[1]) / panel._x[0]
        for style, run in enumerate(PLAY.run({**start, "x": x}).values()):
            rate = float(run.s_seq.double().mean())
            drawn = panel.y(height_at(panel.paths[f"rate style{style}"][0], place))
            assert drawn == pytest.approx(rate, abs=panel.resolution)


@no_still
def test_in_a_notebook_the_dot_tells_python(show):
    page = show()
    page.set_content(PAGE.format('<div id="place"></div>'))
    page.evaluate(WIDGET, [PLAY._esm, PLAY.spec, PLAY.spec["start"]])
    handle(page, "x").press("ArrowUp")
    assert page.evaluate("saved") == {**PLAY.spec["start"], "x": pytest.approx(0.31)}
    page.evaluate("leave()")


@no_still
def test_a_noisy_input_has_an_account(show):
    figure = explore(
        IFNode(v_reset=None),
        noisy,
        50,
        sliders={"mean": (0, 1, 0.4), "spread": (0, 1, 0.2)},
        show=["account"],
    )
    panels(page := show(figure))
    ((heights,), (found,)) = entries_of(page), figure.account().values()
    assert heights["paid"] / heights["came"] == pytest.approx(found.paid / found.input, abs=0.01)
