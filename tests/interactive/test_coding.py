"""A figure of codes: the spikes in the page are those of `Code.encode`, from the same equations."""

import pytest
import torch
import traitlets
from live import settled

from snnbook import encoding
from snnbook.equation import EquationError, where
from snnbook.interactive import Code, explore_codes
from snnbook.neuron import BaseNode, IFNode


class DoublingNode(BaseNode):
    """A neuron that doubles its potential in each step."""

    def charge(v, x):
        return 2 * v + x


def latency(x, t, T):
    """One spike, the earlier the larger the number."""
    d = (T - 1) * (1 - x) + 0.5
    return where((t <= d) & (d < t + 1), 1.0, 0.0)


CODES = {
    "Bernoulli": Code(lambda x, uniform: where(uniform < x, 1.0, 0.0), worth=lambda T: 1 / T),
    "soft reset": Code(lambda x: x, IFNode(v_reset=None), worth=lambda T: 1 / T),
    "hard reset": Code(lambda x: x, IFNode(), worth=lambda T: 1 / T),
    "latency": Code(latency, worth=lambda t, T: 1 - t / (T - 1)),
    "phase": Code(
        lambda x, t: where(t < 1, 2 * x, 0.0),
        DoublingNode(v_reset=None),
        worth=lambda t: 0.5 ** (t + 1),
        silence=lambda T: 0.5 ** (T + 1),
    ),
}
PICTURE = torch.rand(5, 7, generator=torch.Generator().manual_seed(0))
PICTURE[0, :2] = torch.tensor([0.0, 1.0])

RUN = """(values) => {
  const { layers, told, error } = document.querySelector(".snn-explore").snnbook.run(values);
  return { s: [...layers[0].s], told, error };
}"""


def test_the_page_sends_what_the_package_sends(show):
    figure = explore_codes(PICTURE, CODES, T=(2, 100, 16))
    page, fired = show(figure), set()
    for number, name in enumerate(CODES):
        for T in (2, 3, 16, 47, 100):
            for seed in (0, 7, 99):
                values = {"T": T, "seed": seed, "code": number}
                found = page.evaluate(RUN, values)
                (sent,) = figure.run(values).values()
                assert found["s"] == sent.s_seq.flatten().tolist(), (name, T, seed)
                told = torch.tensor(found["told"], dtype=torch.float32).reshape(PICTURE.shape)
                torch.testing.assert_close(told, sent.told)
                error = (sent.told - PICTURE).square().mean().sqrt().item()
                assert found["error"] == pytest.approx(error, rel=1e-4, abs=1e-7)
                fired.add((name, sum(found["s"])))
    assert len(fired) > 25  # spikes and codes that were seen


def test_the_equations_are_the_packages_codes():
    for T in (2, 9, 40):
        seeded = [torch.Generator().manual_seed(3) for _ in range(2)]
        s_seq = {name: code.encode(PICTURE, T, seeded[0]) for name, code in CODES.items()}
        wanted = encoding.bernoulli(PICTURE, T, generator=seeded[1])
        assert torch.equal(s_seq["Bernoulli"], wanted)
        assert torch.equal(s_seq["latency"], encoding.latency(PICTURE, T))
        assert torch.equal(s_seq["phase"], encoding.phase(PICTURE, T))
        told = {name: CODES[name].decode(train) for name, train in s_seq.items()}
        torch.testing.assert_close(told["soft reset"], encoding.rate(s_seq["soft reset"]))
        torch.testing.assert_close(told["latency"], encoding.from_latency(s_seq["latency"]))
        torch.testing.assert_close(told["phase"], encoding.from_phase(s_seq["phase"]))


@pytest.mark.parametrize("seed", [0, 1, 42, 99])
def test_the_page_draws_the_numbers_of_torch(show, seed):
    codes = {"uniform": Code(lambda uniform: uniform)}
    figure = explore_codes(torch.zeros(40, 25), codes, T=(2, 50, 50))
    found = show(figure).evaluate(RUN, {"seed": seed})["s"]
    wanted = torch.rand(50 * 1000, generator=torch.Generator().manual_seed(seed))
    assert torch.equal(torch.tensor(found), wanted)


def test_sliders_move_the_picture_and_its_words(show):
    figure = explore_codes(PICTURE, CODES)
    page = show(figure)
    picture = page.get_by_role("img")
    for name, key, value in (("T", "End", 64), ("seed", "PageUp", 10), ("code", "ArrowRight", 1)):
        before = picture.inner_html()
        page.get_by_role("slider", name=name, exact=True).press(key)
        figure.values = {**figure.values, name: value}
        page.wait_for_function(
            "(words) => document.querySelector('.snn-status').textContent === words",
            arg=figure.describe(),
        )
        assert picture.inner_html() != before
    slider = page.get_by_role("slider", name="code")
    assert slider.get_attribute("aria-valuetext") == "soft reset"
    page.get_by_role("button", name="Start values").click()
    page.wait_for_function("document.querySelector('[aria-label=T]').value === '16'")


SHADES = """() => {
  const papers = [...document.querySelectorAll(".paper")].map((paper) => paper.getBBox());
  const cells = [...document.querySelectorAll(".shade")].flatMap((path) =>
    [...path.getAttribute("d").matchAll(/M([\\d.]+) ([\\d.]+)h([\\d.]+)v/g)].map(([, x, y, size]) =>
      [Number(x), Number(y), Number(size), Number(getComputedStyle(path).fillOpacity)]));
  return [papers.map(({ x, y }) => [x, y]), cells];
}"""


def shades_of(page, paper):
    """Return how black each cell of a drawn picture is, row by row; each cell is drawn once."""
    papers, cells = page.evaluate(SHADES)
    left, top = papers[paper]
    found = {}
    for x, y, size, black in cells:
        place = round((y - top) / size), round((x - left) / size)
        if 0 <= place[1] < PICTURE.shape[1]:
            assert place not in found
            found[place] = black
    return torch.tensor(
        [float(found.pop((i, j))) for i in range(len(PICTURE)) for j in range(len(PICTURE[0]))]
    )


@pytest.mark.parametrize("name", CODES)
def test_the_pictures_are_the_numbers(show, name):
    figure = explore_codes(PICTURE, CODES)
    page, ranges = show(figure), {one["name"]: one for one in figure.spec["sliders"]}
    code, T = CODES[name], ranges["T"]
    for steps in (T["low"], 9, 23, T["high"]):
        for seed in (ranges["seed"]["low"], ranges["seed"]["high"]):
            values = {"code": [*CODES].index(name), "T": steps, "seed": seed}
            page.evaluate(
                "(some) => document.querySelector('.snn-explore').snnbook.set(some)", values
            )
            settled(page)
            s_seq = code.encode(PICTURE, steps, torch.Generator().manual_seed(seed))
            for paper, numbers in enumerate((PICTURE, code.decode(s_seq).clamp(0, 1))):
                torch.testing.assert_close(
                    shades_of(page, paper), numbers.flatten(), rtol=0, atol=0.0021
                )


def test_a_figure_of_codes_fits_a_phone(show):
    page = show(explore_codes(torch.rand(28, 28), CODES), viewport={"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    edges = "[...document.querySelectorAll('.paper')].map((r) => r.getBoundingClientRect().right)"
    assert max(page.evaluate(edges)) <= 390


def test_it_is_told_in_words():
    assert explore_codes(PICTURE, CODES).describe().startswith("Bernoulli, 16 steps: ")


def test_sliders_are_those_that_move_something():
    names = lambda figure: [slider["name"] for slider in figure.spec["sliders"]]  # noqa: E731
    assert names(explore_codes(PICTURE, CODES)) == ["T", "seed", "code"]
    timed = {name: CODES[name] for name in ("latency", "phase")}
    assert names(explore_codes(PICTURE, timed)) == ["T", "code"]
    assert names(explore_codes(PICTURE, {"latency": CODES["latency"]})) == ["T"]


def test_values_are_whole_numbers_within_their_ranges():
    figure = explore_codes(PICTURE, CODES, seed=5)
    assert figure.values == {"T": 16, "seed": 5, "code": 0}
    for wrong in ({"T": 16.5}, {"T": 1}, {"seed": 100}, {"code": 5}):
        with pytest.raises(traitlets.TraitError, match=r"whole numbers|from \d+ to \d+"):
            figure.values = {**figure.values, **wrong}
    with pytest.raises(ValueError, match="from 2 to 64"):
        figure.run({**figure.values, "T": 65})


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        (([[0.5]], CODES), TypeError, r"x=\[\[0.5\]\]; wanted a picture"),
        ((PICTURE * 16, CODES), ValueError, "numbers from 0 to 1"),
        ((PICTURE[0], CODES), ValueError, r"a picture \[H, W\]"),
        ((torch.zeros(40, 40), CODES), ValueError, "of 1 to 1024 numbers"),
        ((PICTURE > 0, CODES), ValueError, "wanted a picture"),
        ((PICTURE, {}), ValueError, "wanted codes by name"),
        ((PICTURE, [CODES["phase"]]), TypeError, "wanted codes by name"),
        ((PICTURE, {"phase": encoding.phase}), TypeError, "wanted a Code"),
        ((PICTURE, CODES, 16), TypeError, r"wanted \(low, high, start\)"),
        ((PICTURE, CODES, (2, 64)), ValueError, r"wanted \(low, high, start\)"),
        ((PICTURE, CODES, (1, 64, 16)), ValueError, "from 2 to 1000"),
        ((PICTURE, CODES, (2, 64, 65)), ValueError, "from 2 to 64"),
        ((PICTURE, {"a": Code(lambda x, z: x + z)}), ValueError, "the signal of 'a' has .* 'z'"),
        ((PICTURE, {"a": Code(lambda x: x, worth=lambda x: x)}), ValueError, "worth of 'a'"),
        ((PICTURE, {"a": Code(lambda x: x * PICTURE)}), EquationError, "PICTURE"),
    ],
)
def test_what_is_no_picture_and_no_code_is_refused(arguments, kind, words):
    with pytest.raises(kind, match=words):
        explore_codes(*arguments)


def test_random_numbers_need_a_generator():
    with pytest.raises(ValueError, match=r"wanted a torch\.Generator"):
        CODES["Bernoulli"].encode(PICTURE, 4)
