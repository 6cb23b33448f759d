"""From what somebody wrote or pasted to what may be stored."""

import re

from etown.markup.allowed import INVISIBLE, LENIENT, STRICT, WITHOUT_CONTENT, picture_address
from etown.markup.reading import Html
from etown.markup.tree import Node, parse
from etown.markup.words import MARGIN, escaped, squeezed
from etown.markup.writing import written

ELEMENTS = (
    "a|abbr|address|article|aside|b|big|blockquote|body|caption|center|cite|code|dd|del|details|div|dl|dt|em|fieldset|"
    "figcaption|figure|font|footer|form|h[1-6]|header|html|i|ins|kbd|label|li|main|mark|nav|o:p|ol|p|pre|q|s|samp|"
    "section|small|span|strike|strong|sub|summary|sup|table|tbody|td|tfoot|th|thead|tr|tt|u|ul|var"
)
FORMATTED = re.compile(
    rf"</(?:{ELEMENTS}|{'|'.join(sorted(WITHOUT_CONTENT))})\s*>|<(?:br|hr)\s*/?>|<img\s[^>]*>", re.IGNORECASE
)
# Parsing needs time by the square of how deep elements stand in each other; what people write is a dozen deep.
DEEPEST = 100
LONGEST_READ = 1_000_000
ANY_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)[^>]*>")
# Closed by whatever follows, or never open.
NOT_DEEPER = re.compile(
    "p|li|t[dhr]|tbody|thead|tfoot|d[dt]|option|col|colgroup|br|hr|img|meta|link|input|base|area|wbr"
)


def is_formatted(text: str) -> bool:
    return FORMATTED.search(text) is not None


def cleaned(text: str) -> Html:
    """As it may be stored. What cannot be read as formatted text is kept as a plain one, its tags and all."""
    text = _legible(text)
    if not is_formatted(text) or is_unreadable(text):
        return paragraphs(text)
    return Html(STRICT.clean(written(parse(LENIENT.clean(text)))).strip())


def paragraphs(text: str) -> Html:
    """A plain text as it is stored, with every sign that stands in it."""
    blocks = (
        [line for part in block.split("\n") if (line := squeezed(part).strip(MARGIN))]
        for block in re.split(r"\n[ \t]*\n", _legible(text))
    )
    return Html("\n".join(f"<p>{'<br>\n'.join(map(escaped, lines))}</p>" for lines in blocks if lines))


def is_unreadable(text: str) -> bool:
    """Whether it is too long, or elements stand too deep in each other."""
    if len(text) > LONGEST_READ:
        return True
    depth = 0
    for closing, name in ANY_TAG.findall(text):
        if not NOT_DEEPER.fullmatch(name.lower()):
            depth = max(depth - 1, 0) if closing else depth + 1
            if depth > DEEPEST:
                return True
    return False


def refused_pictures(text: str) -> tuple[int, int]:
    """How many pictures cleaning would drop: those from elsewhere, and those without alternative text."""
    if not is_formatted(text) or is_unreadable(text):
        return 0, 0
    pictures: list[Node] = parse(LENIENT.clean(_legible(text))).find({"img"})
    own = [picture for picture in pictures if picture_address(picture.attributes.get("src", ""))]
    silent = [picture for picture in own if not picture.attributes.get("alt", "").strip()]
    return len(pictures) - len(own), len(silent)


def _legible(text: str) -> str:
    text = text.encode("utf-8", "ignore").decode().replace("\r\n", "\n").replace("\r", "\n")
    return INVISIBLE.sub("", text)
