"""What a cell says as text: spaces, width, digits, and what stands in a cell without being a value."""

import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from etown.sheets.cells import Cell

# Also spaces that Chinese keyboards and web pages bring, and marks that nobody sees.
SPACE = " \t\r\n\v\f\u00a0\u3000\u200b\u200e\u200f\u2060\ufeff"
# Of what a spreadsheet counts with, digits beyond these are lost.
EXACT_DIGITS = 15
LOST_DIGITS = _(
    "“%(value)s”: the spreadsheet has taken this code for a number and lost its last digits. Format the column as "
    "text and type the code anew."
)

FAULTS: dict[str, Any] = {
    "formula": _("This cell holds a formula: copy it and paste it as a value."),
    "error": _("This cell holds the error “%(value)s”: write what is meant, or clear it."),
    "long": _("This cell holds more than 32,767 characters: shorten it."),
}


def text_of(cell: Cell) -> str:
    if message := FAULTS.get(cell.kind):
        raise ValidationError(message, params={"value": cell.text})
    if cell.kind == "number":
        return _digits(cell.text)
    return tidy(cell.text)


def _digits(text: str) -> str:
    """A number where a text is meant, as the spreadsheet shows it: 2024 and not 2024.0."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    if len(number.as_tuple().digits) > EXACT_DIGITS or number.adjusted() >= EXACT_DIGITS:
        number = Decimal(repr(float(text)))
        if number.adjusted() >= EXACT_DIGITS or not number.is_finite():
            raise ValidationError(LOST_DIGITS, params={"value": text[:40]})
    return spell(number)


def key_of(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def tidy(text: str) -> str:
    """Without the spaces around it, and with line ends of one kind."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip(SPACE)


def normal(text: str) -> str:
    """How headers and choices are compared: width, case and spaces do not count."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split()).strip("*:" + SPACE)


def spell(number: Decimal) -> str:
    """5.500000 is 5.5; nothing is -0."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text
