"""What a reader meets on the built pages, measured in a browser: letters, edges, ways on and back.

`make book` builds the pages; conftest.py says what happens where they, or a browser, are missing.
"""

import ast
import base64
import gzip
import itertools
import re
from pathlib import Path

import pytest
from test_pages import CHAPTERS, HTML, PHONE, SWEEP, WIDE, WRITTEN, Visit

SIZES = {"wide": WIDE, "phone": PHONE}
BOOK = [f"book/{name}.html" for name in CHAPTERS + WRITTEN]


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(
            (page, name),
            id=f"{page}-{name}",
            # Each page is looked at once, as test_pages doesn't; `make test-all` has both sizes.
            marks=() if (name == "phone") == (number % 2 == 0) else [SWEEP],
        )
        for number, page in enumerate(BOOK)
        for name in SIZES
    ],
)
def visit(request, chromium, site):
    """Each page of the book, wide and on a phone."""
    page, name = request.param
    visit = Visit(chromium, f"{site}/{page}", size=SIZES[name])
    visit.name, visit.size = Path(page).stem, name
    # At first: later tests open what is folded, and make the page ask for more.
    visit.sent = [*visit.sent]
    live = visit.page.locator(".snn-explore")
    visit.live = live.first.bounding_box() if live.count() else None
    yield visit
    visit.context.close()


# ---------------------------------------------------------------------------------- code, tables

BLOCKS = """() => [...document.querySelectorAll('article pre')].map(e => ({
    over: e.scrollWidth - e.clientWidth,
    output: !!e.closest('.cell_output'),
    sign: getComputedStyle(e).backgroundImage.split('gradient').length - 1,
    size: parseFloat(getComputedStyle(e).fontSize),
    text: e.innerText.slice(0, 60),
}))"""


def test_code_has_a_size_to_read_and_is_never_cut_without_a_sign(visit):
    visit.unfold()
    least = {"wide": 13.5, "phone": 12}[visit.size]
    for block in visit.page.evaluate(BLOCKS):
        assert block["size"] >= least, block
        if block["output"]:
            assert block["over"] <= 1, block
        elif block["over"] > 1:
            assert block["sign"] == 4, block


# The words of a table, and the parts of its code, that stand on two lines.
TORN = """() => [...document.querySelectorAll('article td, article th')].flatMap(cell => {
    const torn = []
    const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT)
    for (let node; (node = walker.nextNode());) {
        if (node.parentElement.closest('math')) continue
        for (const word of node.data.matchAll(/[\\p{L}\\p{N}]+([.][0-9]+)?/gu)) {
            const range = document.createRange()
            range.setStart(node, word.index)
            range.setEnd(node, word.index + word[0].length)
            const lines = new Set([...range.getClientRects()].map(r => Math.round(r.top)))
            if (lines.size > 1) torn.push(`${word[0]} in: ${cell.innerText.slice(0, 60)}`)
        }
    }
    return torn
})"""


def test_no_word_or_number_in_a_table_is_torn(visit):
    assert not visit.page.evaluate(TORN)


# ------------------------------------------------------------------------------------- headings

HEADINGS = """() => [...document.querySelectorAll('article :is(h1, h2, h3)')].map(e => {
    const { fontSize, fontWeight, marginTop, marginBottom } = getComputedStyle(e)
    return { level: +e.tagName[1], size: parseFloat(fontSize), weight: +fontWeight,
        above: parseFloat(marginTop), below: parseFloat(marginBottom), text: e.innerText,
        lines: new Set([...e.getClientRects()].map(r => r.top)).size,
        height: e.clientHeight / parseFloat(getComputedStyle(e).lineHeight) }
})"""


def test_a_heading_is_stronger_than_those_below_it(visit):
    headings = visit.page.evaluate(HEADINGS)
    levels = {h["level"]: h for h in headings}
    if visit.name == "index":
        levels.pop(1)  # the cover's title is light and large
    by_level = [levels[i] for i in sorted(levels)]
    for upper, lower in itertools.pairwise(by_level):
        assert upper["size"] >= 1.2 * lower["size"]
        assert upper["level"] == 1 or upper["weight"] >= lower["weight"]
    for heading in headings:
        if heading["level"] > 1:
            assert heading["above"] > 2 * heading["below"]
    if visit.size == "phone":
        assert max(h["size"] for h in headings) <= 34


FOLLOWED = """async () => {
    const list = document.querySelector('.bd-sidebar-secondary')
    const end = document.documentElement.scrollHeight - innerHeight
    const lost = []
    // Each heading passes the upper part of the window, as when a reader scrolls.
    for (let y = 0; y <= end; y += 200) {
        scrollTo({ top: y, behavior: 'instant' })
        let hidden
        for (let tries = 0; tries < 40; tries++) {
            await new Promise(done => setTimeout(done, 25))
            const active = [...list.querySelectorAll('.nav-link.active')].at(-1)
            if (!active) break
            const { top, bottom } = active.getBoundingClientRect()
            const box = list.getBoundingClientRect()
            const inside = top >= box.top && bottom <= Math.min(box.bottom, innerHeight)
            hidden = inside ? undefined : active.innerText
            if (inside) break
        }
        if (hidden) lost.push(hidden)
    }
    return lost
}"""


@pytest.mark.parametrize("page", ["state", "visualization", "api_networks"])
def test_the_contents_follow_the_reader(chromium, site, page):
    visit = Visit(chromium, f"{site}/book/{page}.html")
    assert visit.page.evaluate("!!document.querySelector('.bd-sidebar-secondary')")
    assert not visit.page.evaluate(FOLLOWED)
    visit.context.close()


# ------------------------------------------------------------------------------------- figures

# Of each drawing: how wide it is shown, and its file.
FIGURES = """() => Promise.all([...document.querySelectorAll('picture > img')].map(async e => {
    e.loading = 'eager'
    await e.decode()
    e.loading = 'lazy'
    const text = await (await fetch(e.currentSrc)).text()
    const [, width] = text.match(/viewBox="0 0 ([0-9.]+)/)
    const scales = [...text.matchAll(/scale\\((0\\.[0-9]+) -0\\.[0-9]+\\)/g)].map(m => 100 * m[1])
    const { width: shown, height } = e.getBoundingClientRect()
    return { shown, height, letters: Math.min(...scales) * shown / width,
        link: e.closest('a').href, file: e.currentSrc }
}))"""
LEAST_LETTERS = 11  # CSS pixels


def test_figures_can_be_read(visit):
    figures = visit.page.evaluate(FIGURES)
    if visit.name in CHAPTERS:
        assert figures
    small = {f["file"]: f["letters"] for f in figures if f["letters"] < LEAST_LETTERS}
    assert not small
    assert len({round(f["shown"]) for f in figures}) <= 1, "one width for all"
    assert all(f["height"] < 1.2 * SIZES[visit.size][1] for f in figures)
    # A phone has a drawing of its own; the link leads to the wide one.
    assert all((f["link"] == f["file"]) == (visit.size == "wide") for f in figures)


def test_pictures_come_late_and_move_nothing(visit):
    images = visit.page.locator("article img:not([src^='data:'])").all()
    for image in images:
        assert image.get_attribute("loading") == "lazy"
        assert image.evaluate("e => e.width > 0 && e.hasAttribute('height')")


def test_drawings_have_the_colours_of_the_page(chromium, site):
    darkness = {}
    for theme in ("light", "dark"):
        visit = Visit(chromium, f"{site}/book/reset.html", theme)
        image = visit.page.locator("picture img").first
        image.scroll_into_view_if_needed()
        image.evaluate("e => e.decode()")
        darkness[theme] = visit.page.evaluate(
            """async png => {
                const image = new Image()
                image.src = 'data:image/png;base64,' + png
                await image.decode()
                const canvas = document.createElement('canvas')
                canvas.width = image.width; canvas.height = image.height
                const context = canvas.getContext('2d')
                context.drawImage(image, 0, 0)
                return [...context.getImageData(1, 1, 1, 1).data.slice(0, 3)]
            }""",
            _png(image),
        )
        shown = f"rgb({', '.join(map(str, darkness[theme]))})"
        # The theme comes with a transition.
        visit.page.wait_for_function(
            "color => getComputedStyle(document.body).backgroundColor === color", arg=shown
        )
        visit.context.close()
    assert darkness["light"] != darkness["dark"]


def _png(locator):
    """Return a picture of an element."""
    return base64.b64encode(locator.screenshot()).decode()


def test_a_chapter_opens_with_a_figure_to_play_with(visit):
    if visit.name in {*CHAPTERS} - {"setup"}:  # which has no neuron yet
        assert visit.live["y"] < 2 * SIZES[visit.size][1]


def test_the_sliders_of_a_figure_stay_in_view_on_a_phone_alone(visit):
    bar = visit.page.locator(".bd-header-article").bounding_box()["height"]
    for sliders in visit.page.locator(".snn-controls:has(*)").all():
        sliders.evaluate(
            "one => window.scrollTo(0, scrollY + one.getBoundingClientRect().top + 60)"
        )
        y = sliders.bounding_box()["y"]
        assert y == pytest.approx(bar if visit.size == "phone" else -60, abs=2)


APART = """(rule) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(rule);
  const places = () => [...document.querySelectorAll(".bd-article section > *")].map((e) => {
    const { x, y, width, height } = e.getBoundingClientRect();
    return [x, y, width, height].map(Math.round).join(" ");
  });
  const before = places();
  const contained = (e) => getComputedStyle(e).contain;
  const all = [...document.querySelectorAll(".bd-article *")];
  const some = all.filter((e) => contained(e) === "layout");
  document.adoptedStyleSheets.push(sheet);
  const after = places(), none = some.every((e) => contained(e) === "none");
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
  return [some.length, none, before, after];
}"""


def test_blocks_that_are_laid_out_apart_stand_where_they_would(visit):
    apart, released, before, after = visit.page.evaluate(
        APART, ".bd-article * { contain: none !important }"
    )
    assert apart > 100 or visit.name not in CHAPTERS
    assert released
    assert before == after


# --------------------------------------------------------------------------------------- folds


def test_the_line_of_a_fold_counts_its_claims(visit):
    folds = visit.page.locator("details.folded-code").evaluate_all(
        "all => all.map(e => [e.querySelector('summary').innerText, "
        "e.querySelector('pre').textContent])"
    )
    for summary, code in folds:
        claims = sum(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(code)))
        if found := re.match(r"✓ (\d+) claims? checked", summary):
            assert int(found[1]) == claims > 0
        else:
            assert summary in ("Imports", "How it is drawn")
    if visit.name in CHAPTERS:
        assert len(folds) > 5


# --------------------------------------------------------------------------------------- cover


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_the_first_screen_says_what_this_is_for_whom_and_why(chromium, site, size):
    visit = Visit(chromium, f"{site}/book/index.html", size=size)
    _, height = size
    for words in ("equation once", "know some PyTorch", "Why spikes?"):
        box = visit.page.locator("article p", has_text=words).first.bounding_box()
        assert box["y"] + box["height"] < height, words
    panel = visit.page.locator(".cover-panel")
    formula, code = panel.locator(".math-scroll"), panel.locator("pre").first
    picture = panel.locator("svg[role=img], .snn-live svg").first
    for part in (formula, code):
        box = part.bounding_box()
        assert box["y"] + box["height"] < height
        assert part.evaluate("e => e.scrollWidth - e.clientWidth") <= 1, "it is cut"
    assert picture.bounding_box()["y"] + 120 < height
    visit.context.close()


# -------------------------------------------------------------------------------- terms, works


def test_every_entry_of_the_glossary_leads_back_to_its_use(chromium, site):
    visit = Visit(chromium, f"{site}/book/glossary.html")
    entries = visit.page.locator("dl.glossary > dd").count()
    ways = visit.page.locator("dl.glossary .way-back a")
    assert ways.count() > 0.8 * entries
    for address in ways.evaluate_all("all => all.map(a => a.href)"):
        page, _, name = address.partition("#")
        text = (HTML / "book" / page.rpartition("/")[2]).read_text("utf-8")
        assert f'id="{name}"' in text
    visit.context.close()


def test_a_term_shows_its_sentence(chromium, site):
    visit = Visit(chromium, f"{site}/book/reset.html")
    use = visit.page.locator("a:has(> .term-use)").first
    use.hover()
    note = visit.page.locator("#term-note")
    assert note.inner_text() == use.locator(".term-use").get_attribute("data-sentence")
    visit.page.keyboard.press("Escape")
    assert note.is_hidden()
    use.click()
    visit.page.wait_for_url("**/glossary.html#term-*")
    assert not visit.faults
    visit.context.close()


def test_on_a_phone_the_first_tap_shows_the_sentence_and_the_second_leads_on(chromium, site):
    width, height = PHONE
    context = chromium.new_context(viewport={"width": width, "height": height}, has_touch=True)
    page = context.new_page()
    page.goto(f"{site}/book/reset.html")
    for use in page.locator("a:has(> .term-use)").all():
        use.scroll_into_view_if_needed()
        use.tap()
        note = page.locator("#term-note")
        assert note.inner_text() == use.locator(".term-use").get_attribute("data-sentence")
        box = note.bounding_box()
        assert 0 <= box["x"] <= box["x"] + box["width"] <= width
    use.tap()
    page.wait_for_url("**/glossary.html#term-*")
    context.close()


def test_works_lead_back_to_sections_that_cite_them(chromium, site):
    visit = Visit(chromium, f"{site}/book/bibliography.html")
    works = visit.page.locator(".citation")
    assert works.count() > 10
    ways = 0
    for work in works.all():
        links = work.locator("a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
        doi = [link for link in links if "doi.org" in link]
        for link in (link for link in links if ".html#" in link):
            page, _, name = link.partition("#")
            section = (HTML / "book" / page).read_text("utf-8").partition(f'<section id="{name}">')
            assert doi[0].lower() in section[2].lower()
            ways += 1
    assert ways > 10
    distances = visit.page.evaluate(
        "[...document.querySelectorAll('.citation')].slice(1).map(e => "
        "e.getBoundingClientRect().top - e.previousElementSibling.getBoundingClientRect().bottom)"
    )
    assert min(distances) >= 8
    visit.context.close()


# -------------------------------------------------------------------------------- no such page


def test_a_wrong_address_leads_on(chromium, site):
    visit = Visit(chromium, f"{site}/404.html")
    links = visit.page.locator("nav a").evaluate_all("all => all.map(a => a.href)")
    assert len(links) >= 3
    assert all((HTML / link.removeprefix(f"{site}/")).exists() for link in links)
    visit.page.locator("input[name=q]").fill("soft reset")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**/search.html?q=soft+reset")
    assert not visit.faults
    visit.context.close()


# --------------------------------------------------------------------------------------- paper

# The colour of each visible letter, as its luminance from 0 (black) to 1.
LUMINANCES = """() => [...document.querySelectorAll('article, article *')]
    .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    .filter(e => e.checkVisibility() && !e.closest('.snn-explore, .snn-check'))
    .map(e => {
        const [r, g, b] = getComputedStyle(e).color.match(/[\\d.]+/g).map(Number)
        const linear = [r, g, b].map(v => v / 255).map(
            v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        return [0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2], e.innerText]
    })"""


@pytest.mark.parametrize("page", ["reset", "index"])
def test_a_dark_page_is_printed_black_on_white(chromium, site, page):
    visit = Visit(chromium, f"{site}/book/{page}.html", "dark")
    visit.page.evaluate(
        f"addEventListener('beforeprint', () => {{ window.printed = ({LUMINANCES})() }})"
    )
    assert max(visit.page.evaluate(LUMINANCES))[0] > 0.5, "the page is dark"
    visit.page.emulate_media(media="print")
    visit.page.pdf()
    printed = visit.page.evaluate("window.printed")
    # 4.5 : 1 on white paper.
    assert len(printed) > 20
    assert [text for luminance, text in printed if luminance > 0.184] == []
    assert visit.page.locator("html").get_attribute("data-theme") == "dark"
    visit.context.close()


def test_no_box_is_left_empty_by_a_break(chromium, site):
    visit = Visit(chromium, f"{site}/book/reset.html")
    visit.page.emulate_media(media="print")
    broken = visit.page.evaluate("""() => [...document.querySelectorAll('article *')].filter(e => {
        const style = getComputedStyle(e)
        const framed = parseFloat(style.borderTopWidth) > 0 && parseFloat(style.borderLeftWidth) > 0
        const whole = [...e.querySelectorAll('*')].some(
            child => getComputedStyle(child).breakInside === 'avoid' && child.matches('div, pre'))
        return framed && whole && style.breakInside !== 'avoid'
    }).map(e => e.className)""")
    assert broken == []
    heavy = visit.page.evaluate("""() => [...document.querySelectorAll('article *')].filter(e => {
        const { borderTopWidth, borderRightWidth } = getComputedStyle(e)
        return Math.min(parseFloat(borderTopWidth), parseFloat(borderRightWidth)) > 2
    }).map(e => e.className)""")
    assert heavy == [], "a frame is a thin line"
    visit.context.close()


# ------------------------------------------------------------------------------------- loading

FIRST_VIEW = 600_000  # bytes, compressed


def test_the_first_view_is_light_and_nothing_unused_is_sent(visit):
    at_first = [response for response in visit.sent if response.ok]
    names = [response.url.rpartition("/")[2].partition("?")[0] for response in at_first]
    assert sum(len(gzip.compress(response.body(), 6)) for response in at_first) < FIRST_VIEW
    unused = {"sphinx-design.min.css", "design-tabs.js", "togglebutton.js", "togglebutton.css"}
    assert unused.isdisjoint(names)
    assert ("clipboard.min.js" in names) == (visit.page.locator(".highlight").count() > 0)
