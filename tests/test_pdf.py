"""The book as one PDF."""

import importlib.util
import shutil
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
from pypdf import PdfReader

TOOL = Path(__file__).parents[1] / "tools" / "pdf.py"

PAGE = """
<!DOCTYPE html><html lang="en"><head><title>snnbook: two chapters</title></head><body>
<div class="bd-sidebar-primary"><nav>
<a class="internal" href="#">Cover</a>
<a class="internal" href="state.html">State</a>
<a class="internal" href="reset.html#hard">Reset</a>
<a class="internal" href="../genindex.html">Index</a>
</nav></div>
<article class="bd-article"><section id="{name}"><h1>{name}<a class="headerlink" href="#">#</a></h1>
{text}</section></article>
<p class="component-author">By us</p><p class="edition">snnbook 0.1.0.</p>
</body></html>
"""
TEXTS = {
    "index": "<p>The cover. <a href='reset.html'>Go on</a></p>",
    "state": """
        <section id="see"><h2>See <em>it</em></h2><p>A figure, see <a href="reset.html#see">also</a>
        or <a href="#see">here</a>.</p></section>
        <div class="snn-explore"><div class="snn-live">Sliders</div></div>
        <details><summary>Hint</summary><p>Folded on the screen.</p></details>""",
    "reset": '<section id="see"><h2>See more</h2><p>The end.</p></section>',
}


@pytest.fixture
def tool(tmp_path, monkeypatch):
    """The tool as a module, with a small book of three pages to print."""
    spec = importlib.util.spec_from_file_location("pdf", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    pages = tmp_path / "html" / "book"
    pages.mkdir(parents=True)
    for name, text in TEXTS.items():
        (pages / f"{name}.html").write_text(PAGE.format(name=name, text=text))
    picture = pages.parent / "_static" / "spike.svg"
    picture.parent.mkdir()
    shutil.copy(TOOL.parents[1] / "book" / "_static" / picture.name, picture)
    monkeypatch.setattr(module, "PAGES", pages)
    monkeypatch.setattr(module, "TARGET", tmp_path / "pdf" / "snnbook.pdf")
    return module


def test_pages_come_in_the_order_of_the_contents(tool):
    assert tool.order(tool.soup(tool.PAGES / "index.html")) == ["index", "state", "reset"]


@pytest.mark.parametrize(
    ("page", "address", "there"),
    [
        ("state", "#see", "#state--see"),
        ("state", "reset.html#see", "#reset--see"),
        ("state", "reset.html", "#reset"),
        ("state", "../_images/a.png", "../html/_images/a.png"),
        ("state", "../genindex.html", "../html/genindex.html"),
        ("state", "https://doi.org/10.1/2", "https://doi.org/10.1/2"),
        ("state", "data:image/png;base64,AA==", "data:image/png;base64,AA=="),
        ("neurons/LINode", "../../_images/a.svg", "../html/_images/a.svg"),
        ("neurons/LINode", "../state.html#see", "#state--see"),
        ("neurons/LINode", "#see", "#neurons/LINode--see"),
    ],
)
def test_a_link_leads_to_its_place_in_the_joined_page(tool, page, address, there):
    assert tool.moved(address, page) == there


def test_a_picture_that_is_missing_is_an_error(tool, chromium):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.svg"):
        tool.printed(chromium, "<!doctype html><img src='nowhere.svg'>")


def test_on_paper_all_is_open_and_nothing_slides(tool):
    text = tool.article("state")
    assert text.select_one("details").has_attr("open")
    assert not text.select(".snn-live, .headerlink")


def test_the_same_section_in_two_chapters_keeps_two_places(tool):
    lines = tool.headings([tool.article(name) for name in ("state", "reset")])
    assert list(lines) == [
        (1, "state", "state"),
        (2, "See it", "state--see"),
        (1, "reset", "reset"),
        (2, "See more", "reset--see"),
    ]


def test_without_pages_it_says_what_to_do(tool, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(tool, "PAGES", tmp_path)
    assert tool.main() == 1
    assert "make book" in capsys.readouterr().err


def test_without_chromium_it_says_what_to_install(tool, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    playwright = SimpleNamespace(chromium=SimpleNamespace(executable_path=tmp_path / "chromium"))
    monkeypatch.setattr(tool, "driver", lambda: nullcontext(playwright))
    assert tool.main() == 1
    assert "install chromium" in capsys.readouterr().err


# Last, for a browser of pytest's own runs from here on, and two cannot.
def test_the_whole_book_is_printed(tool, chromium, capsys):
    # The fixture skips the test where there is no browser; the tool starts its own.
    cover = tool.soup(tool.PAGES / "index.html")
    articles = [tool.article(name) for name in tool.order(cover)]
    first = tool.printed(chromium, tool.joined(cover, articles, {}))
    numbers = tool.page_numbers(first)
    assert {"index", "state", "state--see", "reset", "reset--see"} <= set(numbers)
    second = tool.printed(chromium, tool.joined(cover, articles, {"reset--see": 4711}))
    text = "".join(page.extract_text() for page in second.pages)
    assert "Folded on the screen." in text
    assert "4711" in text
    tool.with_outline(second, list(tool.headings(articles))).write(tool.TARGET)
    outline = PdfReader(tool.TARGET).outline
    assert [entry.title for entry in outline if not isinstance(entry, list)] == [*TEXTS]
    assert outline[2][0].title == "See it"
