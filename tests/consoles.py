"""What a page says in its console arrives a little later than it is said, but in order."""

END = "heard until here"


def hear_all(page):
    """Wait until all that a page has said has arrived."""
    with page.expect_console_message(lambda message: message.text == END):
        page.evaluate(f"console.debug('{END}')")
