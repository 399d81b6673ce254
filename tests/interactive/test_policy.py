"""The strict content-security policy: stated, served, obeyed by every kind of figure.

That the pages of the book obey it, test_pages.py sees: it opens them from the same server, and
takes what the browser's console says for a fault.
"""

import no_inline
import pytest
from serve import POLICY, served
from test_built_book import HTML
from test_every_figure import FIGURES
from test_pages import ROOT, Visit

PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title>'
    '<link rel="icon" href="data:,"></head><body>{}</body></html>'
)


@pytest.fixture
def visited(chromium, tmp_path):
    """A function that opens a page whose code lies in files, from the strict server."""
    visits = []
    with served(tmp_path) as site:

        def visit(text, move=True):
            files = no_inline.Files(tmp_path)
            page = PAGE.format(text)
            (tmp_path / "page.html").write_text(files.page(page, ".") if move else page, "utf-8")
            visits.append(Visit(chromium, f"{site}/page.html"))
            return visits[-1]

        yield visit
        for visit in visits:
            visit.context.close()


def test_readme_states_the_policy_and_it_is_strict():
    assert f"\nContent-Security-Policy: {POLICY}\n" in (ROOT / "README.md").read_text("utf-8")
    assert "unsafe" not in POLICY
    assert "*" not in POLICY


@pytest.mark.parametrize(
    "text",
    [
        "<script>let a = 1;</script>",
        '<p style="margin: 0">words</p>',
        '<button type="button" onclick="print()">go</button>',
        "<style>p { margin: 0 }</style>",
        '<img alt="" src="https://elsewhere.example/x.png">',
    ],
)
def test_what_the_policy_forbids_is_a_fault(visited, text):
    assert any("Content Security Policy" in fault for fault in visited(text, move=False).faults)


def test_no_text_becomes_code(visited):
    visit = visited(
        "<script>try { new Function('1')(); } catch { document.title = 'no'; }</script>"
    )
    assert visit.page.title() == "no"


@pytest.mark.parametrize("kind", FIGURES)
def test_every_kind_of_figure_answers_under_the_policy(visited, kind):
    visit = visited(FIGURES[kind].to_html())
    picture = visit.page.locator(".snn-alive .snn-live svg[role=img]")
    assert picture.count() == 1
    assert picture.evaluate("e => getComputedStyle(e).display") == "block"  # it has its styles
    before = picture.inner_html()
    for slider in visit.page.get_by_role("slider").all():
        slider.press("End")
        slider.press("Home")
    visit.page.wait_for_timeout(100)
    assert picture.inner_html() != before
    assert visit.faults == []


@pytest.mark.skipif(not (HTML / "index.html").exists(), reason="`make book` builds the book")
def test_no_built_page_has_code_of_its_own():
    pages = [p for p in HTML.rglob("*.html") if "_static" not in p.relative_to(HTML).parts]
    found = {}
    for path in pages:
        for part in no_inline.PARTS.finditer(path.read_text("utf-8")):
            inline = part["code"] and "src=" not in part["script"] and "json" not in part["script"]
            if inline or part["rules"] is not None or ' style="' in (part["attributes"] or ""):
                found[path.name] = part[0][:80]
    assert pages
    assert found == {}
