"""Every page in a real browser: wide and phone, light and dark.

`make book` builds the pages; conftest.py says what happens where they, or a browser, are missing.
"""

import re
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import neuron_pages
import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from consoles import hear_all
from playwright.sync_api import TimeoutError

ROOT = Path(__file__).parents[1]
HTML = ROOT / "_build" / "html"
CHAPTERS = sorted(path.stem for path in (ROOT / "book").glob("*.ipynb"))
WRITTEN = sorted(path.stem for path in (ROOT / "book").glob("*.md"))
PAGES = [f"book/{name}.html" for name in CHAPTERS + WRITTEN]
NEURONS = [f"book/neurons/{name}.html" for name in neuron_pages.neurons()]
PAGES += [*NEURONS, "genindex.html", "search.html"]
# All neurons' pages are made in one way: one with live figures, and one without.
LOOKED_AT = {"book/neurons/IzhikevichNode.html", "book/neurons/LINode.html"}

WIDE, PHONE = (1280, 900), (390, 844)
# The theme's script lets the keyboard into boxes that scroll, a moment after the page came.
SETTLE = 400


class Visit:
    """One page in one browser tab, and what went wrong while it was open."""

    def __init__(self, browser, address, theme="light", size=WIDE):
        self.context = browser.new_context(
            color_scheme=theme,
            viewport={"width": size[0], "height": size[1]},
            reduced_motion="reduce",
        )
        self.found, self.sent = [], []
        self.page = self.context.new_page()
        self.page.on("console", self.heard)
        self.page.on("pageerror", lambda error: self.found.append(f"page error: {error}"))
        self.page.on("request", self.asked)
        self.page.on("requestfailed", lambda request: self.found.append(f"failed: {request.url}"))
        self.page.on("response", self.answered)
        self.home = urlsplit(address)[:2]
        self.page.goto(address)
        self.page.wait_for_timeout(SETTLE)

    @property
    def faults(self):
        """What went wrong up to now."""
        hear_all(self.page)
        return self.found

    def heard(self, message):
        """Keep what the page's scripts complain of."""
        if message.type in ("error", "warning"):
            self.found.append(f"console {message.type}: {message.text}")

    def asked(self, request):
        """Keep requests that leave the book."""
        parts = urlsplit(request.url)
        if parts[:2] != self.home and parts.scheme not in ("data", "blob"):
            self.found.append(f"asked another host: {request.url}")

    def answered(self, response):
        """Keep what was sent, and requests that found nothing."""
        self.sent.append(response)
        if response.status >= 400:
            self.found.append(f"status {response.status}: {response.url}")

    def unfold(self):
        """Open all that is folded, so that it can be looked at."""
        self.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")


SWEEP = pytest.mark.sweep


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(
            (page, theme, size),
            id=f"{page}-{theme}-{name}",
            # One look at each page, in turn of both kinds; `make test-all` has all four looks.
            marks=()
            if (theme, name) == (("light", "wide"), ("dark", "phone"))[number % 2]
            and (page in LOOKED_AT or page not in NEURONS)
            else [SWEEP],
        )
        for number, page in enumerate(PAGES)
        for theme in ("light", "dark")
        for name, size in (("wide", WIDE), ("phone", PHONE))
    ],
)
def visit(request, chromium, site):
    """Each page in each of its four variants."""
    page, theme, size = request.param
    visit = Visit(chromium, f"{site}/{page}", theme, size)
    visit.size, visit.theme = size, theme
    yield visit
    visit.context.close()


def test_the_page_opens_without_a_fault(visit):
    assert not visit.faults


def test_the_page_has_the_theme_that_the_reader_prefers(visit):
    assert visit.page.locator("html").get_attribute("data-theme") == visit.theme


# What scrolls sideways, and by how much; code may, in a box of its own.
TOO_WIDE = """() => [...document.querySelectorAll('*')].flatMap(e => {
    const style = getComputedStyle(e)
    const scrolls = e === document.documentElement || /auto|scroll/.test(style.overflowX)
    const over = e.scrollWidth - e.clientWidth
    if (!scrolls || over <= 1 || e.closest('pre')) return []
    return [`${e.tagName}.${e.className}: ${over} px: ${e.textContent.trim().slice(0, 40)}`]
})"""


def test_nothing_scrolls_sideways_but_code(visit):
    visit.unfold()
    assert not visit.page.evaluate(TOO_WIDE)


# axe-core measures the contrast of each letter's element for itself, which takes most of its time.
# One element is enough for all that have the same letters on the same grounds.
VIOLATIONS = """async () => {
    const samples = new Map()
    for (const e of document.querySelectorAll('body, body *')) {
        const words = [...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim())
        if (!e.checkVisibility() || !(words || e.matches('input, select, textarea'))) continue
        const grounds = new Set()
        for (let a = e; a; a = a.parentElement) {
            const { backgroundColor, backgroundImage, opacity } = getComputedStyle(a)
            grounds.add([backgroundColor, backgroundImage, opacity].join())
        }
        const { color, fontSize, fontWeight, textShadow } = getComputedStyle(e)
        const key = [color, fontSize, fontWeight, textShadow, ...grounds].join()
        if (!samples.has(key)) samples.set(key, e)
    }
    const quick = { preload: false, resultTypes: ['violations'] }
    const [all, contrast] = [
        await axe.run(document, { ...quick, rules: { 'color-contrast': { enabled: false } } }),
        await axe.run({ include: [...samples.values()] }, { ...quick, runOnly: 'color-contrast' }),
    ]
    return { violations: [...all.violations, ...contrast.violations] }
}"""


def test_everybody_can_use_the_page(visit):
    """axe-core finds no fault, in what is folded neither."""
    visit.unfold()
    visit.page.evaluate(AXE_SCRIPT)
    found = AxeResults(visit.page.evaluate(VIOLATIONS))
    assert found.violations_count == 0, found.generate_report()


def test_every_figure_says_what_it_shows(visit):
    silent = visit.page.evaluate("""() =>
        [...document.querySelectorAll('article :is(img, svg[role=img], canvas)')]
            .filter(e => e.checkVisibility() && !e.closest('[aria-hidden=true]'))
            .filter(e => !(e.alt || e.ariaLabel || e.getAttribute('aria-labelledby')))
            .map(e => e.outerHTML.slice(0, 80))
    """)
    assert not silent


# The drawings around a slider, as text: what a reader sees change.
DRAWINGS = """slider => {
    const figure = slider.closest('.snn-explore, .cell_output, figure, article')
    const marks = [...figure.querySelectorAll('svg')].map(e => e.outerHTML)
    const paintings = [...figure.querySelectorAll('canvas')].map(e => e.toDataURL())
    return [...marks, ...paintings].join()
}"""


def test_every_slider_has_a_name_and_moves_something(visit):
    visit.unfold()
    sliders = visit.page.locator("input[type=range], [role=slider]")  # handles are sliders too
    assert visit.page.get_by_role("slider", name=re.compile(r"\S")).count() == sliders.count()
    for slider in visit.page.locator("input[type=range]").all():
        before = slider.evaluate(DRAWINGS)
        at_end = slider.evaluate("e => e.value === e.max")
        slider.press("Home" if at_end else "End")
        # The picture follows in the browser's next frame, and a busy machine takes its time.
        moved = f"([slider, before]) => ({DRAWINGS})(slider) !== before"
        try:
            visit.page.wait_for_function(moved, arg=[slider.element_handle(), before], timeout=5000)
        except TimeoutError:
            pytest.fail(f"nothing moves with {slider.evaluate('e => e.outerHTML')}")
        if at_end:  # the slider of time: at its end the others have something to change
            slider.press("End")
    assert not visit.faults


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_exercise_can_be_done_or_shows_where(chromium, site, chapter):
    notebook = nbformat.read(ROOT / "book" / f"{chapter}.ipynb", as_version=4)
    calls = [re.findall(r'^check\("', cell.source, re.MULTILINE) for cell in notebook.cells]
    visit = Visit(chromium, f"{site}/book/{chapter}.html")
    links = visit.page.locator(".snn-notebook a:visible").count()
    assert links == sum(map(len, calls)) > 0
    # With nothing typed, each form says that nothing is there.
    for form in visit.page.locator("form.snn-answer").all():
        form.get_by_role("button", name="Check").click()
        assert form.locator("output").inner_text().startswith("Your turn. Nothing handed in yet.")
    # A checker that ran when the page was made shows the mistake that the exercise is about.
    said = [verdict.inner_text() for verdict in visit.page.locator(".snn-check:visible").all()]
    assert all(words.startswith("Not yet. ") for words in said)
    assert not visit.faults
    visit.context.close()


def test_the_first_page_leads_into_the_book(chromium, site):
    visit = Visit(chromium, f"{site}/index.html")
    visit.page.wait_for_url("**/book/index.html")
    assert not visit.faults
    visit.context.close()
