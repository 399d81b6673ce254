"""The built pages ask no other host for anything, and every picture says what it shows.

`make book` builds the pages. Where they are not built, these tests are skipped and say so.
"""

import gzip
import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urldefrag

import page_fonts
import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont

from snnbook import interactive
from snnbook.check import CHAPTERS, exercises
from snnbook.check.formulas import formula_of
from snnbook.check.values import sheet_of

HTML = Path(__file__).parents[1] / "_build" / "html"
BOOK = HTML.parents[1] / "book"

built = pytest.mark.skipif(
    not (HTML / "index.html").exists(), reason="the book is not built; `make book` builds it"
)

# Links of these kinds are read by a person or a search engine; the browser does not follow them.
QUIET_LINKS = {"author", "canonical", "help", "index", "license", "next", "prev", "search"}
# Names that look like addresses; a script needs them to draw.
NAMESPACES = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"}
ELSEWHERE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
# What a stylesheet makes the browser fetch.
IN_STYLES = re.compile(r"""(?:url\(\s*|@import\s+)["']?(?P<address>[^"')\s;]+)""")


@cache
def parsed(page):
    """A page as a tree, made once: that takes longer than all that is asked of it."""
    return BeautifulSoup(page, "html.parser")


def fetched(page):
    """Yield every address that a browser asks for when it shows this page."""
    for tag in parsed(page).find_all(True):
        for name in ("src", "poster", "data", "xlink:href"):
            if tag.name != "a" and tag.get(name):
                yield tag[name]
        # Several addresses, each with the size that it is for.
        yield from (part.split()[0] for part in tag.get("srcset", "").split(",") if part.strip())
        if tag.name == "link" and not QUIET_LINKS & set(tag.get("rel", [])):
            yield tag.get("href", "")
        if tag.name == "style":
            yield from in_styles(tag.get_text())
        yield from in_styles(tag.get("style", ""))
        if tag.name == "script" and not tag.get("src"):
            # A script can fetch an address that it holds as text.
            texts = re.findall(r"""["'`]((?:https?:)?//[^"'`]+)["'`]""", tag.get_text())
            yield from (text for text in texts if text not in NAMESPACES)


def in_styles(text):
    """Yield every address in a stylesheet."""
    return (match["address"] for match in IN_STYLES.finditer(text))


def on_other_hosts(addresses):
    """Return those addresses that lead away from the book."""
    return sorted({address for address in addresses if ELSEWHERE.match(address)})


@pytest.mark.parametrize(
    "page",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<script src="//cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="https://cdn.example/x.css">',
        '<link rel="preconnect" href="https://cdn.example">',
        '<img src="HTTP://cdn.example/x.png">',
        '<img srcset="x.png 1x, https://cdn.example/x.png 2x">',
        '<iframe src="https://cdn.example"></iframe>',
        "<style>@import 'https://cdn.example/x.css';</style>",
        '<p style="background: url(https://cdn.example/x.png)"></p>',
        '<script>load("https://cdn.example/x.js")</script>',
    ],
)
def test_another_host_is_found(page):
    assert on_other_hosts(fetched(page))


@pytest.mark.parametrize(
    "page",
    [
        '<a href="https://doi.org/10.1109/5.58337">a link</a>',
        '<link rel="canonical" href="https://book.example/page.html">',
        '<script src="../_static/x.js"></script>',
        '<img src="data:image/png;base64,iVBORw0KGgo=">',
        "<script>// a comment\nconst half = 1 / 2;</script>",
        '<script>document.createElementNS("http://www.w3.org/2000/svg", "path")</script>',
    ],
)
def test_this_host_is_no_other(page):
    assert not on_other_hosts(fetched(page))


@built
def test_no_page_asks_another_host():
    pages = sorted(HTML.glob("**/*.html"))
    found = {
        str(page.relative_to(HTML)): others
        for page in pages
        if (others := on_other_hosts(fetched(page.read_text("utf-8"))))
    }
    assert pages
    assert not found


@built
def test_no_stylesheet_asks_another_host():
    sheets = sorted(HTML.glob("**/*.css"))
    found = {
        str(sheet.relative_to(HTML)): others
        for sheet in sheets
        if (others := on_other_hosts(in_styles(sheet.read_text("utf-8"))))
    }
    assert sheets
    assert not found


@built
def test_every_source_became_a_page():
    sources = {path.stem for path in BOOK.iterdir() if path.suffix in (".ipynb", ".md")}
    pages = {path.stem for path in (HTML / "book").glob("*.html")}
    assert sources == pages


@built
def test_every_picture_says_what_it_shows():
    silent = [
        f"{page.name}: {image.get('src', '')[:60]}"
        for page in sorted((HTML / "book").rglob("*.html"))
        for image in parsed(page.read_text("utf-8")).select("article img")
        if not image.get("alt", "").strip() or image["alt"].startswith(("../", "_images"))
    ]
    assert not silent


@built
def test_mathematics_needs_no_script():
    page = (HTML / "book" / "notation.html").read_text("utf-8")
    soup = parsed(page)
    assert len(soup.select("article math")) > 10
    assert not [tag for tag in soup.select("script[src]") if "mathjax" in tag["src"].lower()]


def every_page():
    """Yield the text of every page."""
    return (page.read_text("utf-8") for page in sorted(HTML.glob("**/*.html")))


# They stand after a letter and choose its shape; they have none of their own.
VARIANTS = set("\ufe00\ufe01")


@built
def test_the_font_has_every_character_of_every_formula():
    used = set().union(*map(page_fonts.math_characters, every_page())) - VARIANTS
    with TTFont(HTML / "_static" / "fonts" / "stix-two-math.woff2") as font:
        drawn = set(map(chr, font.getBestCmap()))
        # What stretches, such as a tall bracket, is made of parts that no character names.
        assert "MATH" in font
    assert set("Vτ𝜏") <= used
    assert not {character for character in used - drawn if not character.isspace()}


@built
def test_every_icon_on_a_page_is_in_the_icon_font():
    icons = {name for page in every_page() for name in re.findall(r"fa-solid (fa-[\w-]+)", page)}
    static = HTML / "_static"
    sheet = (static / page_fonts.ICON_SHEET).read_text("utf-8")
    with TTFont(static / page_fonts.ICON_FONTS / "fa-solid-900.woff2") as font:
        drawn = set(map(chr, font.getBestCmap()))
    assert "fa-sun" in icons
    _, characters = page_fonts.icons_in_use(sheet, " ".join(icons))
    assert len(characters) == len(icons)
    assert characters <= drawn


@built
def test_the_fonts_come_with_their_licence():
    licence = (HTML / "_static" / "fonts" / "OFL.txt").read_text("utf-8")
    assert "The STIX Fonts Project Authors" in licence
    assert "Font Awesome 6 Free Solid" in licence
    assert "PERMISSION & CONDITIONS" in licence
    assert "OTHER DEALINGS IN THE FONT SOFTWARE." in licence


IMAGES = {".png", ".svg", ".jpg", ".jpeg", ".gif", ".webp", ".ico"}


def on_disk(addresses, folder):
    """Return the files that these addresses name, seen from that folder."""
    local = (unquote(urldefrag(a).url.partition("?")[0]) for a in addresses if ":" not in a)
    # An address that begins with / begins at the root of the site.
    return {(HTML / n[1:] if n.startswith("/") else folder / n).resolve() for n in local if n}


@cache
def needed(page):
    """Return every file that a browser asks for to show this page, the page among them."""
    files = {page} | on_disk(fetched(page.read_text("utf-8")), page.parent)
    sheets = [file for file in files if file.suffix == ".css"]
    return files.union(*(on_disk(in_styles(s.read_text("utf-8")), s.parent) for s in sheets))


def weight(page):
    """Return what a page weighs without its pictures: in bytes, and in bytes when compressed."""
    files = [f.read_bytes() for f in needed(page) if f.suffix not in IMAGES and f.exists()]
    return sum(map(len, files)), sum(len(gzip.compress(data, 6)) for data in files)


@built
def test_no_page_is_heavy():
    weights = {str(p.relative_to(HTML)): weight(p) for p in sorted(HTML.glob("**/*.html"))}
    # The theme's styles and fonts alone have 300 kB: less would mean that they were not found.
    alone = {"index.html", "404.html"}  # they have no theme
    assert min(plain for page, (plain, _) in weights.items() if page not in alone) > 300_000
    assert not {page: plain for page, (plain, _) in weights.items() if plain > 3_000_000}
    assert not {page: sent for page, (_, sent) in weights.items() if sent > 400_000}


@built
def test_the_chapters_are_light():
    sent, alone = {}, []
    for chapter in BOOK.glob("*.ipynb"):
        page = HTML / "book" / f"{chapter.stem}.html"
        size = {f: len(gzip.compress(f.read_bytes(), 6)) for f in needed(page) if f.exists()}
        sent[chapter.stem] = sum(size.values())
        alone.append(sum(b for f, b in size.items() if f == page or f.suffix in IMAGES))
    # With both drawings of each figure, of which a reader gets one.
    assert max(sent.values()) < 600_000, sent
    assert sum(alone) < 200_000 * len(alone)


@built
def test_no_page_asks_for_a_file_that_is_not_there():
    missing = {
        f"{page.relative_to(HTML)}: {file}"
        for page in sorted(HTML.glob("**/*.html"))
        for file in needed(page)
        # The other form of a font, for browsers that know no woff2.
        if not file.exists() and file.suffix != ".ttf"
    }
    assert not missing


@built
def test_every_page_says_what_it_is_and_when_it_was_made():
    descriptions = {}
    for path in sorted((HTML / "book").rglob("*.html")):
        page = parsed(path.read_text("utf-8"))
        (described,) = page.select("meta[name=description]")
        (shared,) = page.select("meta[property='og:description']")
        assert described["content"] == shared["content"]
        assert len(page.select("meta[name=viewport]")) == 1
        assert "commit" in page.select_one(".edition").text
        descriptions[path.name] = described["content"]
    assert all(20 < len(text) < 300 for text in descriptions.values())
    assert len(set(descriptions.values())) == len(descriptions)


@built
def test_the_cover_has_a_live_neuron_and_a_card_for_each_chapter():
    cover = parsed((HTML / "book" / "index.html").read_text("utf-8"))
    assert cover.select_one(".live-figure .snn-explore img.snn-still[alt]")
    cards = [link["href"] for link in cover.select(".chapter-cards .card-title a")]
    assert sorted(cards) == sorted(f"{path.stem}.html" for path in BOOK.glob("*.ipynb"))


# A rule for what lies in an element that has something: `.a:has(.b) .c`. Whenever a figure is drawn
# anew, the browser asks it again for every .c of the page.
FAR = re.compile(r":has\([^{}]*?\)[^\s,{}>+~]*\s*[\s>+~]\s*[^\s,{}>+~][^{}]*\{")


@pytest.mark.parametrize(
    ("rule", "far"),
    [
        (".a:has(.b) p { x: y }", True),
        (".a:has(> .b) + p, i { x: y }", True),
        ("i, .a:has(.b) > :is(p, a) { x: y }", True),
        (".a:has(.b, .c):hover p{x:y}", True),
        (".a p:has(> .b) { x: y }", False),
        (".a:not(:has(table.b)) { x: y }", False),
        ("label:has(> .b), p { x: y }", False),
    ],
)
def test_a_rule_that_reaches_far_is_seen(rule, far):
    assert bool(FAR.search(rule)) == far


def test_no_rule_of_ours_slows_the_figures_of_a_chapter():
    sheets = {*(BOOK / "_static").glob("*.css"), Path(interactive.__file__).with_name("figure.css")}
    for sheet in sheets - {BOOK / "_static" / "cover.css"}:
        assert not FAR.search(sheet.read_text("utf-8")), sheet.name


@built
def test_the_styles_of_the_cover_are_sent_with_the_cover():
    pages = sorted((HTML / "book").rglob("*.html"))
    assert [p.name for p in pages if "cover.css" in p.read_text("utf-8")] == ["index.html"]


@built
def test_no_declaration_in_the_reference_is_longer_than_a_paragraph():
    for path in (HTML / "book").glob("api*.html"):
        for declared in parsed(path.read_text("utf-8")).select("dl.py > dt"):
            assert len(declared.get_text()) < 1_000, (path.name, declared.get_text()[:80])


@built
def test_every_figure_is_in_the_reference():
    page = parsed((HTML / "book" / "api_pictures.html").read_text("utf-8"))
    entries = {entry["id"] for entry in page.find_all("dt", id=True)}
    assert entries >= {f"snnbook.interactive.{n}" for n in interactive.__all__ if not n.isupper()}


@built
def test_a_progress_bar_is_one_line():
    page = (HTML / "book" / "classifier.html").read_text("utf-8")
    outputs = [o.text for o in parsed(page).select(".output.stream")]
    bars = [output.count("%|") for output in outputs if "%|" in output]
    assert bars == [1, 1, 1]


@built
def test_no_page_carries_the_state_of_widgets():
    assert not [page for page in every_page() if "vnd.jupyter.widget-state" in page]


@built
def test_equations_are_numbered_in_order_and_each_is_referred_to():
    numbered, referred = {}, {}
    for path in sorted((HTML / "book").glob("*.html")):
        page = parsed(path.read_text("utf-8")).article
        chapter = page.h1.select_one(".section-number")
        numbers = [number.text.rstrip("#¶") for number in page.select(".eqno")]
        if numbers:
            wanted = [f"({chapter.text.strip()}{i})" for i in range(1, len(numbers) + 1)]
            assert numbers == wanted, path.name
        for formula in page.select("div.math[id^=equation-]"):
            numbered[f"{path.name}#{formula['id']}"] = formula.select_one(".eqno").text.rstrip("#¶")
        for link in page.select("a.reference[href*='#equation-']"):
            name, _, place = link["href"].partition("#")
            referred[f"{name or path.name}#{place}"] = link.text
    assert len(numbered) > 5
    assert set(numbered) == set(referred)
    assert all(number in referred[place] for place, number in numbered.items())


@built
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_exercise_is_done_in_the_page_or_begins_with_the_notebook(chapter):
    page = parsed((HTML / "book" / f"{chapter}.html").read_text("utf-8"))
    known = {n: bool(sheet_of(e) or formula_of(e)) for n, e in exercises(chapter).items()}
    forms = page.select("form.snn-answer")
    assert {form["data-exercise"] for form in forms} == {name for name in known if known[name]}
    for form in forms:
        folds = form.find_previous_siblings("details")
        assert not folds, "an answer stands below its solution"
        assert form.find_next_sibling("p", class_="snn-notebook")
    links = page.select(".snn-notebook a")
    assert len(links) == len(known)
    for link in links:
        assert (HTML / "book" / link["href"]).resolve().exists()
    # A program to be repaired, or a wrong answer to be mended, has its verdict below it.
    assert "Your turn" not in page.article.get_text()
    cells = [cell for cell in page.select("div.cell") if f'check("{chapter}/' in cell.get_text()]
    verdicts = [v.get_text() for cell in cells for v in cell.select(".cell_output .snn-check p")]
    assert all(verdict.startswith("Not yet. ") for verdict in verdicts)
    loaded = bool(page.select("script[src*='exercises.js']"))
    assert loaded == bool(forms)
    assert bool(page.select("link[href*='exercises.css']")) == bool(links)


@built
def test_the_terms_of_a_chapter_link_to_the_glossary():
    glossary = parsed((HTML / "book" / "glossary.html").read_text("utf-8"))
    entries = {entry["id"] for entry in glossary.select("dl.glossary dt[id]")}
    for chapter in BOOK.glob("*.ipynb"):
        page = (HTML / "book" / f"{chapter.stem}.html").read_text("utf-8")
        links = parsed(page).select("article a[href^='glossary.html#']")
        assert len(links) > 3, chapter.name
        assert {link["href"].partition("#")[2] for link in links} <= entries
