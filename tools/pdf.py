"""Print the built book as one PDF, with Chromium.

    python tools/pdf.py

The pages are joined into one, in the order of the contents; links between them stay links. What a
page folds is open, and live figures are their pictures. It is printed twice: the first time tells
the contents the page numbers.
"""

import html
import io
import logging
import posixpath
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urldefrag

from browser import NoBrowserError, driver, find_browser
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Browser
from pypdf import PdfReader, PdfWriter

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "_build" / "html" / "book"
TARGET = ROOT / "_build" / "pdf" / "snnbook.pdf"
PICTURE = "../html/_static/spike.svg"
# What a reader of paper has no use for.
UNWANTED = "script, button, output, source, .headerlink, .cover-start, .snn-live"
UNWANTED += ", .snn-notebook, .snn-answers"


def soup(path: Path) -> BeautifulSoup:
    """Return the parsed HTML of a page."""
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


def order(cover: BeautifulSoup) -> list[str]:
    """Return the names of all pages of the book, as the cover's table of contents has them."""
    links = cover.select(".bd-sidebar-primary nav a.internal")
    names = ["index", *(link["href"].partition("#")[0].removesuffix(".html") for link in links)]
    return [name for name in dict.fromkeys(names) if (PAGES / f"{name}.html").exists()]


def moved(address: str, name: str) -> str:
    """Return where an address of the page `name` leads in the joined page."""
    if ":" in address:
        return address
    path, fragment = urldefrag(address)
    if not path:
        return f"#{name}--{fragment}"
    path = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
    stem, suffix = posixpath.splitext(path)
    if suffix == ".html" and (PAGES / path).exists() and not stem.startswith("../"):
        return f"#{stem}--{fragment}" if fragment else f"#{stem}"
    return posixpath.normpath(posixpath.join("../html/book", path))


def article(name: str) -> Tag:
    """Return the text of a page, ready to stand beside the others."""
    text = soup(PAGES / f"{name}.html").select_one("article.bd-article")
    for tag in text.select(UNWANTED):
        tag.decompose()
    for tag in text.find_all(True):
        for key in ("href", "src", "srcset"):
            if key in tag.attrs:
                tag[key] = moved(tag[key], name)
        for key in ("id", "for", "aria-labelledby", "aria-describedby"):
            if key in tag.attrs:
                tag[key] = f"{name}--{tag[key]}"
    for folded in text.select("details"):
        folded["open"] = ""
    for image in text.select("img[loading]"):
        del image["loading"]  # nobody scrolls to it
    text["id"] = name
    return text


class Heading(NamedTuple):
    """A line of the table of contents."""

    level: int
    title: str
    target: str


def headings(articles: list[Tag]) -> Iterator[Heading]:
    """Yield the title of each page, and of its sections, with the id that a link leads to."""
    for text in articles:
        yield Heading(1, " ".join(text.h1.get_text().split()), text["id"])
        for section in text.h1.parent.find_all("section", recursive=False):
            yield Heading(2, " ".join(section.h2.get_text().split()), section["id"])


def contents(lines: list[Heading], numbers: dict[str, int]) -> Iterator[str]:
    """Yield the table of contents in HTML."""
    yield '<nav id="contents"><p class="title">Contents</p>'
    for level, title, target in lines:
        link = f'<a href="#{target}">{html.escape(title)}</a>'
        yield f'<p class="level-{level}">{link} <span>{numbers.get(target, "")}</span></p>'
    yield "</nav>"


def joined(cover: BeautifulSoup, articles: list[Tag], numbers: dict[str, int]) -> str:
    """Return the whole book as one page of HTML.

    Args:
        cover: The page that has the book's title, its edition, and its stylesheets.
        articles: The text of each page.
        numbers: The page numbers of the ids in the contents, as far as known.
    """
    sheets = "".join(
        f'<link rel="stylesheet" href="{moved(sheet["href"], "index")}">'
        for sheet in cover.select("link[rel=stylesheet]")
    )
    title = cover.title.get_text().strip()
    name, _, subject = title.partition(": ")
    author, edition = (cover.select_one(c).get_text() for c in (".component-author", ".edition"))
    return "\n".join(
        [
            '<!DOCTYPE html><html lang="en" data-theme="light" data-mode="light">',
            f'<head><meta charset="utf-8"><title>{title}</title>{sheets}</head>',
            f'<body class="print"><div class="title-page"><img src="{PICTURE}" alt="">',
            f'<p class="title">{name}</p><p class="subject">{subject}</p>',
            f"<p>{author}</p><p>{edition}</p></div>",
            *contents(list(headings(articles)), numbers),
            *map(str, articles),
            "</body></html>",
        ]
    )


def printed(browser: Browser, text: str) -> PdfReader:
    """Return the joined page as PDF."""
    source = TARGET.with_suffix(".html")
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(text, "utf-8")
    page = browser.new_page()
    page.goto(source.as_uri())
    empty = "[...document.images].filter((image) => !image.naturalWidth).map((image) => image.src)"
    if missing := page.evaluate(empty):
        raise FileNotFoundError(f"pictures that can't be shown: {', '.join(missing)}")
    data = page.pdf(prefer_css_page_size=True, print_background=True, tagged=True)
    page.close()
    return PdfReader(io.BytesIO(data))


def page_numbers(reader: PdfReader) -> dict[str, int]:
    """Return for each id that a link leads to the number of its page, from 1."""
    places = reader.named_destinations
    return {
        name.removeprefix("/"): reader.get_destination_page_number(place) + 1
        for name, place in places.items()
    }


def with_outline(reader: PdfReader, lines: list[Heading]) -> PdfWriter:
    """Return the PDF with the contents as an outline, which readers show beside the pages."""
    writer = PdfWriter(clone_from=reader)
    numbers, chapter = page_numbers(reader), None
    for level, heading, target in lines:
        parent = chapter if level > 1 else None
        item = writer.add_outline_item(
            title=heading, page_number=numbers[target] - 1, parent=parent, is_open=False
        )
        if level == 1:
            chapter = item
    return writer


def main() -> int:
    """Print the pages that `make book` has built."""
    if not (PAGES / "index.html").exists():
        print("The book is not built; `make book` builds it.", file=sys.stderr)
        return 1
    # Chromium counts the objects of a PDF in its own way; pypdf reads them all.
    logging.getLogger("pypdf").setLevel(logging.ERROR)
    cover = soup(PAGES / "index.html")
    articles = [article(name) for name in order(cover)]
    try:
        with driver() as playwright:
            path = find_browser(playwright.chromium.executable_path)
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            numbers = page_numbers(printed(browser, joined(cover, articles, {})))
            reader = printed(browser, joined(cover, articles, numbers))
            browser.close()
    except NoBrowserError as error:
        print(error, file=sys.stderr)
        return 1
    with_outline(reader, list(headings(articles))).write(TARGET)
    print(f"The book for printing is at {TARGET} ({len(reader.pages)} pages)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
