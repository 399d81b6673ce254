"""The search, and every page opened from a folder, as from the archive."""

from pathlib import Path

import pytest
from consoles import hear_all

HTML = Path(__file__).parents[1] / "_build" / "html"
# The fixture skips the tests where the book is not built.
pytestmark = pytest.mark.usefixtures("site")


@pytest.fixture
def page(chromium):
    """A browser page; at the end it must have had no error and no request that failed."""
    page = chromium.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))

    def note(request):
        # Aborted is what was still on its way when the test opened the next page.
        if request.failure != "net::ERR_ABORTED":
            faults.append(f"{request.url}: {request.failure}")

    page.on("requestfailed", note)
    page.on("console", lambda m: faults.append(m.text) if m.type in ("error", "warning") else None)
    yield page
    hear_all(page)
    page.close()
    assert not faults


def test_every_page_opens_from_a_folder(page):
    # The page for a wrong address is shown by servers alone; the neurons' pages are all alike.
    alike = {*HTML.glob("book/neurons/*.html")} - {HTML / "book/neurons/IzhikevichNode.html"}
    for path in {*HTML.glob("**/*.html")} - alike - {HTML / "404.html"}:
        page.goto(path.as_uri())
        page.wait_for_function("document.title.includes('snnbook') && document.fonts.size > 0")


def found(page, words):
    """Search as a reader does, from a chapter; return the results' links."""
    page.goto((HTML / "book" / "state.html").as_uri())
    page.locator(".search-button__button").first.click()
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    page.locator("#search-results .search-summary").get_by_text("found").wait_for()
    return [link.get_attribute("href") for link in page.locator("#search-results li > a").all()]


@pytest.mark.parametrize(
    ("words", "where"),
    [
        ("soft reset", "book/reset.html#optional-finer-steps"),
        ("leaky integrate-and-fire", "book/spikes.html#the-leak"),
        ("v_threshold", "book/notation.html#symbols"),
        ("detach_reset", "book/reset.html#what-flows-back-through-the-reset"),
        ("LIFNode", "book/neurons/LIFNode.html#lifnode"),
        ("membrane potential", "book/glossary.html#term-membrane-potential"),
    ],
)
def test_the_search_finds(page, words, where):
    assert where in found(page, words)


def test_an_excerpt_is_from_the_text(page, site):
    # From a server: from a folder there are no excerpts.
    page.goto(f"{site}/search.html?q=integrate-and-fire")
    excerpt = page.locator("li", has_text="2. Spikes").locator("p.context").first
    text = excerpt.inner_text()
    assert "fire" in text
    assert "Contents" not in text


def test_the_search_finds_nothing_where_nothing_is(page):
    page.goto((HTML / "search.html").as_uri() + "?q=xylophone")
    page.get_by_text("Nothing in the book has all of these words").wait_for()
    assert page.locator("#search-results li").count() == 0


def test_hits_are_sections_that_have_the_words(page, site):
    page.goto(f"{site}/search.html?q=surrogate")
    page.get_by_text("places in the book").wait_for()
    texts = page.locator("#search-results li > a").evaluate_all(
        "all => Promise.all(all.map(async a => {"
        "  const there = await (await fetch(a.href)).text();"
        "  const name = decodeURIComponent(new URL(a.href).hash.slice(1));"
        "  const whole = new DOMParser().parseFromString(there, 'text/html');"
        "  const place = whole.getElementById(name);"
        "  return place?.matches('section') ? place.textContent : null;"
        "}))"
    )
    sections = [text for text in texts if text is not None]  # others: pages, names
    assert len(sections) > 10
    assert all("surrogate" in text.lower() for text in sections)
