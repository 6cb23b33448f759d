"""Formatted text: what counts as such, what of it is kept, and what it says without its tags.

A text is *formatted* when it holds the closing tag of an HTML element, or a whole `br`, `hr` or `img`. Every other
text is *plain*: its blank lines part paragraphs, its line breaks stay, and a “<” in it is a “<”.

What is kept is written in one form only, one block a line, so that cleaning it again changes nothing. The last word
is always nh3's: whatever else this package gets wrong, it lets nothing through that is not in `etown.markup.allowed`.
"""

from etown.markup.allowed import LONGEST, picture_keys
from etown.markup.cleaning import LONGEST_READ, cleaned, is_formatted, is_unreadable, paragraphs, refused_pictures
from etown.markup.reading import Html, absolute, as_typed, plain

__all__ = [
    "LONGEST",
    "LONGEST_READ",
    "Html",
    "absolute",
    "as_typed",
    "cleaned",
    "is_formatted",
    "is_unreadable",
    "paragraphs",
    "picture_keys",
    "plain",
    "refused_pictures",
]
