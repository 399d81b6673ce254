"""Give the built pages the fonts that they need, cut down to the characters that they use.

- Mathematics: the font STIX Two Math, from the package ziamath. Browsers draw MathML with it.
- Icons: the theme's icon font. The theme would also send a script of 1.5 MB that draws the same
  icons; `_templates/static/webpack-macros.html` leaves it out.

Both are under the SIL Open Font License, whose text goes with them.
"""

from __future__ import annotations

import html
import re
import unicodedata
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from fontTools import subset
from fontTools.ttLib import TTFont
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

MATH_FONT = "ziamath/fonts/STIXTwoMath-Regular.ttf"
THEME = "pydata_sphinx_theme/theme/pydata_sphinx_theme/static"
ICON_SHEET = "styles/pydata-sphinx-theme.css"
ICON_FONTS = "vendor/fontawesome/webfonts"
# What the theme ships for its developers, or for browsers that know no woff2.
UNUSED = (
    "scripts/fontawesome.js*",
    "**/*.map",
    "**/*webpack-macros.html",
    f"{ICON_FONTS}/*.ttf",
)


def math_characters(page: str) -> set[str]:
    """Return the characters that a browser draws for the formulas of a page.

    Args:
        page: The HTML of a page.

    Returns:
        The characters of all `<math>` elements, and the slanted form of each letter: MathML slants
        a letter that stands alone.
    """
    formulas = "".join(re.findall(r"<math\b.*?</math>", page, re.DOTALL))
    visible = re.sub(r"<annotation\b.*?</annotation>|<[^>]*>", "", formulas, flags=re.DOTALL)
    used = set(html.unescape(visible))
    if "<msqrt" in formulas or "<mroot" in formulas:
        used.add("√")  # the browser's own mark: it does not stand in the text
    return used | {slanted for slanted, letter in SLANTED.items() if letter in used}


# Unicode's slanted mathematical letters, and the letter that each of them is a form of.
SLANTED = {
    letter: unicodedata.normalize("NFKC", letter)
    for letter in map(chr, (0x210E, *range(0x1D400, 0x1D800)))
    if unicodedata.name(letter, "").startswith(("MATHEMATICAL ITALIC", "PLANCK"))
}


# A rule of the theme's stylesheet: the names of an icon, and its character in the icon font.
ICON_RULE = re.compile(r'((?:\.fa-[a-z0-9-]+::?before,?)+)\{content:"\\([0-9a-f]+)"\}')


def icons_in_use(sheet: str, texts: str) -> tuple[str, set[str]]:
    """Return the stylesheet without the rules of other icons, and the characters of those in use.

    Args:
        sheet: The theme's stylesheet.
        texts: The pages, and the scripts that add icons to them.
    """
    used = set(re.findall(r"\bfa-[a-z0-9-]+", texts))
    characters = set()

    def keep(rule: re.Match[str]) -> str:
        if used.isdisjoint(re.findall(r"fa-[a-z0-9-]+", rule[1])):
            return ""
        characters.add(chr(int(rule[2], 16)))
        return rule[0]

    return ICON_RULE.sub(keep, sheet), characters


def cut(font: Path, characters: set[str], target: Path) -> None:
    """Write the part of a font that draws these characters, as woff2."""
    options = subset.Options(
        flavor="woff2", hinting=False, layout_features=["math", "ssty", "kern", "dtls"]
    )
    options.name_IDs = ["*"]  # the copyright is among the names
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(characters))
    target.parent.mkdir(parents=True, exist_ok=True)
    with subset.load_font(str(font), options) as part:
        subsetter.subset(part)
        subset.save_font(part, str(target), options)


def notice(font: Path) -> str:
    """Return the name of a font and its copyright, as the font itself has them."""
    with TTFont(font) as opened:
        names = opened["name"]
        return f"{names.getDebugName(4)}\n{names.getDebugName(0)}\n"


def open_font_license() -> str:
    """Return the text of the SIL Open Font License, which fontTools ships."""
    files = distribution("fonttools").files or []
    shipped = next(file.read_text() for file in files if file.name == "LICENSE.external")
    text = re.search(r"^-+\nSIL OPEN FONT LICENSE Version 1\.1.*?(?=^=+$)", shipped, re.M | re.S)
    if text is None:
        raise ExtensionError("fontTools no longer ships the text of the SIL Open Font License")
    return text[0].rstrip() + "\n"


def deliver(app: Sphinx, exception: Exception | None) -> None:
    """Write the fonts when all pages are written; remove what no page asks for."""
    if exception is not None or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    for pattern in UNUSED:
        for path in static.glob(pattern):
            path.unlink()

    pages = "".join(path.read_text("utf-8") for path in Path(app.outdir).glob("**/*.html"))
    scripts = "".join(path.read_text("utf-8") for path in static.glob("scripts/*.js"))
    whole = Path(distribution("ziamath").locate_file(MATH_FONT))
    theme = Path(distribution("pydata-sphinx-theme").locate_file(THEME))

    cut(whole, math_characters(pages), static / "fonts" / "stix-two-math.woff2")
    sheet, icons = icons_in_use((theme / ICON_SHEET).read_text("utf-8"), pages + scripts)
    (static / ICON_SHEET).write_text(sheet, "utf-8")
    icon_fonts = sorted((theme / ICON_FONTS).glob("*.woff2"))
    for font in icon_fonts:
        cut(font, icons, static / ICON_FONTS / font.name)

    notices = "\n".join(notice(font) for font in (whole, *icon_fonts))
    licence = f"Parts of these fonts are here:\n\n{notices}\n{open_font_license()}"
    (static / "fonts" / "OFL.txt").write_text(licence, "utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Deliver the fonts at the end of a build."""
    app.connect("build-finished", deliver)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
