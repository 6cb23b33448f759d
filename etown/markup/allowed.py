"""What may stand in a formatted text: elements, attributes, and where links and pictures may lead."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

import nh3

# Of what is stored, with its formatting; of a description or an article, a small book.
LONGEST = 100_000

INLINE = {"a", "strong", "em", "sub", "sup"}
TEXT_BLOCKS = {"p", "h2", "h3", "h4"}
TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
TAGS = INLINE | TEXT_BLOCKS | TABLE | {"ul", "ol", "li", "blockquote", "hr", "br", "img"}
ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt"},
    "ol": {"start"},
    "th": {"colspan", "rowspan", "scope"},
    "td": {"colspan", "rowspan"},
}
SCHEMES = {"http", "https", "mailto"}

# Read on the way, because they tell how a text is meant; none of them is kept.
CONTAINERS = {"div", "section", "article", "main", "header", "footer", "aside", "nav", "figure", "center", "address"}
CONTAINERS |= {"form", "fieldset", "details", "dl", "tfoot"}
OTHER_BLOCKS = {"h1", "h5", "h6", "dt", "dd", "pre", "figcaption", "summary", "caption"}
OTHER_INLINE = {"b", "i", "span", "font"}
# What stands in them is not the writer's text.
WITHOUT_CONTENT = {
    "script",
    "style",
    "xml",
    "title",
    "head",
    "iframe",
    "object",
    "svg",
    "math",
    "template",
    "noscript",
}
WITHOUT_CONTENT |= {"select"}

# What has no place in a text, or none in XML; what turns the direction of writing shows another text than is there.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufdd0-\ufdef\ufeff\ufffe\uffff]"
)
LONGEST_ADDRESS = 2_000
PICTURES = "/media/pictures/"
PICTURE = re.compile(rf"{PICTURES}([0-9a-f]{{20}})(?:-\d+)?\.webp\Z")
STORED_PICTURE = re.compile(rf'<img src="{PICTURES}([0-9a-f]{{20}})\.webp"')


def address(value: str) -> str:
    """A link that may be followed, to another site, to a mailbox or within this one; empty if it may not."""
    # Browsers drop line breaks and tabs before they look.
    value = re.sub(r"[\t\r\n]", "", INVISIBLE.sub("", value)).strip().replace(" ", "%20").replace("\u00a0", "%C2%A0")
    if len(value) > LONGEST_ADDRESS or "\\" in value:
        return ""
    if value.startswith("/"):
        # Two of them begin the address of another host.
        return "" if value.startswith("//") else value
    try:
        parts = urlsplit(value)
    except ValueError:
        return ""
    leads_somewhere = "@" in parts.path if parts.scheme == "mailto" else bool(parts.netloc)
    return value if parts.scheme in SCHEMES and leads_somewhere else ""


def picture_address(value: str) -> str:
    """The address of the whole picture, if one of ours is meant; empty if not."""
    found = PICTURE.search(value.strip())
    return f"{PICTURES}{found[1]}.webp" if found else ""


def picture_keys(html: str) -> Iterable[str]:
    """By what the pictures of a stored text are found: the stem of their files."""
    return dict.fromkeys(STORED_PICTURE.findall(html))


def _filtered(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "href":
        return address(value) or None
    if attribute == "src":
        return picture_address(value) or None
    return value


STRICT = nh3.Cleaner(
    tags=TAGS,
    clean_content_tags=WITHOUT_CONTENT,
    attributes=ATTRIBUTES,
    attribute_filter=_filtered,
    url_schemes=SCHEMES,
    link_rel=None,
)
LENIENT = nh3.Cleaner(
    tags=TAGS | CONTAINERS | OTHER_BLOCKS | OTHER_INLINE,
    clean_content_tags=WITHOUT_CONTENT,
    attributes={**ATTRIBUTES, "*": {"style"}},
    # Refusing a picture needs to know that there was one.
    url_schemes=SCHEMES | {"data", "file", "cid", "blob"},
    link_rel=None,
)
