"""Stored texts for those who show no formatting, and for those who read them elsewhere."""

import re
from html import unescape

from etown.markup.words import MARGIN

TAG = re.compile(r"<[^>]*>")
LINKED = re.compile(r"<(?:a|img) [^>]*>")
CELLS = re.compile(r"</t[hd]>\n(?=<t[hd])")
BLOCKS = re.compile(r"(</(?:p|h2|h3|h4|ul|ol|blockquote|table)>)\n(?=<[^/])")
WRAPPERS = re.compile(r"</?(?:ul|ol|blockquote|table|thead|tbody|tr)(?: [^>]*)?>\n?|\s*</li>")
TYPED = re.compile(r"(?:<p>(?:[^<]|<br>\n)*</p>(?:\n|\Z))+")


class Html(str):
    """A formatted text as it is stored, which is to say cleaned."""

    __slots__ = ()


def plain(text: str) -> str:
    """What a stored text says; any other text is itself."""
    if not isinstance(text, Html):
        return text
    html = CELLS.sub("\t", text.replace("<br>\n", "\n").replace("<li>", "• "))
    html = WRAPPERS.sub("", BLOCKS.sub(r"\1\n\n", html))
    lines = (line.strip(MARGIN) for line in unescape(TAG.sub("", html)).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def as_typed(text: str) -> str:
    """The plain text that is stored as this one; itself if it has more than paragraphs and line breaks."""
    if not isinstance(text, Html) or not TYPED.fullmatch(text):
        return text
    return unescape(TAG.sub("", text.replace("</p>\n", "\n\n").replace("<br>\n", "\n")))


def absolute(html: str, origin: str) -> str:
    """With scheme and host of the site before its own addresses."""
    return LINKED.sub(lambda tag: re.sub(r' (href|src)="/', rf' \1="{origin}/', tag[0]), html)
