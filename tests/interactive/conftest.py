"""A page with figures in it."""

import pytest
from consoles import hear_all
from live import PAGE

from snnbook.interactive import Explorer


@pytest.fixture
def no_still(monkeypatch):
    """Make no still pictures: they take longer than all the rest."""
    monkeypatch.setattr(Explorer, "_picture", lambda scene: b"")


@pytest.fixture(scope="module")
def context(chromium):
    """A window as wide as a laptop's, whose errors are the test's."""
    context = chromium.new_context(viewport={"width": 800, "height": 900})
    yield context
    context.close()


@pytest.fixture
def show(context):
    """A function that opens figures in a page; an error in the page is an error here.

    Further options, as of Browser.new_context, open a window with them for this page alone.
    """
    pages, windows, faults = [], [], []

    def show(*figures, **options):
        if options:
            windows.append(context.browser.new_context(**options))
        page = (windows[-1] if options else context).new_page()
        pages.append(page)
        page.on("pageerror", lambda error: faults.append(error))
        page.on(
            "console", lambda message: faults.extend([message.text] * (message.type == "error"))
        )
        parts = (one if isinstance(one, str) else one.to_html() for one in figures)
        page.set_content(PAGE.format("".join(parts)))
        return page

    yield show
    for page in pages:
        hear_all(page)
        page.close()
    for window in windows:
        window.close()
    assert faults == []
