"""One cell as a file holds it, before anybody knows which column it is in, and how places in a sheet are named."""

import datetime
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

# What a staff member's table may be at most; what is larger is refused before it is read.
MAX_BYTES = 20 * 2**20
MAX_ROWS = 20_000
MAX_COLUMNS = 200
# The most that one cell of a workbook can hold; a text can be longer in CSV only.
MAX_CELL = 32_767
EPOCH_1900 = datetime.date(1899, 12, 30)
EPOCH_1904 = datetime.date(1904, 1, 1)
LETTERS = re.compile(r"([A-Z]{1,3})\$?(\d+)")


class Cell(NamedTuple):
    """`kind`: text, number, percent, date, boolean, error, formula or long; `text` is never in anybody's language."""

    text: str = ""
    kind: str = "text"


EMPTY = Cell()


class Row(NamedTuple):
    number: int
    cells: list[Cell]


class Rows(Protocol):
    """A file as rows; `merged` and `others` are known once it has been read to its end."""

    epoch: datetime.date
    # Ranges such as A2:A5, and the names of further sheets, which nobody reads.
    merged: list[str]
    others: list[str]

    def __iter__(self) -> Iterator[Row]: ...


class UnreadableError(Exception):
    """A file that is no table; the message names the problem and what to do."""

    def __init__(self, message: Any) -> None:
        super().__init__(message)
        self.message = message


def letters(index: int) -> str:
    """0 is A, 26 is AA."""
    found = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        found = chr(65 + rest) + found
    return found


def place(reference: str) -> tuple[int, int] | None:
    """Column from 0 and row from 1 of a reference such as AB12."""
    if not (match := LETTERS.fullmatch(reference)):
        return None
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return column - 1, int(match[2])


def day_of(serial: float, epoch: datetime.date) -> datetime.date:
    """The day that a spreadsheet counts as this number; ValueError where it counts none."""
    days = int(serial)
    # The first program of the kind took 1900 for a leap year, and all others do as it did.
    if epoch == EPOCH_1900:
        if days == 60:
            raise ValueError(serial)
        days += days < 60
    if not 1 <= days < 2_958_466:
        raise ValueError(serial)
    return epoch + datetime.timedelta(days=days)
