"""The built pages in a real browser."""


def test_the_book_opens(chromium, site):
    page = chromium.new_page()
    page.goto(f"{site}/book/index.html")
    assert "snnbook" in page.title()
    page.close()
