"""The letters of a formatted text: how spaces stand between them, and how they are escaped."""

import re

# Chinese editors push the first line in with full-width spaces; here the style sheet decides.
MARGIN = " \t\n\u00a0\u3000"
SPACES = re.compile("[ \t\n\u00a0]{2,}|[\t\n]")
# The same once they are escaped, where what stood in several elements has come together.
WRITTEN_SPACES = re.compile("(?:[ \t\n]|&nbsp;)*[ \t\n](?:[ \t\n]|&nbsp;)*|(?:&nbsp;){2,}")
IDEOGRAPHS = "\u3000-\u303f\u3400-\u9fff\uff00-\uffef"
BROKEN = re.compile(rf"(?<=[{IDEOGRAPHS}])[ \t]*\n\s*(?=[{IDEOGRAPHS}])")


def squeezed(text: str) -> str:
    """One space where there were several; none where only the file broke a Chinese line."""
    return SPACES.sub(" ", BROKEN.sub("", text) if "\n" in text else text)


def escaped(text: str) -> str:
    """As nh3 writes it."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("\u00a0", "&nbsp;")


def quoted(text: str) -> str:
    return escaped(text).replace('"', "&quot;")
