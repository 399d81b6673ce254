"""How long Hypothesis searches for an input that breaks a law.

`make test` tries the same inputs each time, so it passes always or never; `make fuzz` tries a
hundred times as many, and others each time.
"""

import os

from hypothesis import settings

LONGER = int(os.environ.get("SNNBOOK_FUZZ", "1"))


def law(examples: int, **more: object) -> settings:
    """Return the settings of a test that tries so many inputs, or more where it is asked for."""
    return settings(max_examples=examples * LONGER, derandomize=LONGER == 1, deadline=None, **more)
