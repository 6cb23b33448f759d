"""Which kind of file somebody has brought, told by its first bytes and never by its name."""

import zipfile
from typing import IO

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from etown.sheets.cells import MAX_BYTES, Rows, UnreadableError
from etown.sheets.lines import Lines
from etown.sheets.workbooks import Workbook
from etown.sheets.xml_parts import DAMAGED

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LOCKED = "EncryptedPackage".encode("utf-16-le")
PICTURE = _("This is a picture, whatever its name says: export the table as XLSX or CSV.")
MARKUP = _("This is a web page or XML, not a table: save it as XLSX or CSV.")
STRANGE: tuple[tuple[bytes, Promise], ...] = (
    (b"\x89PNG", PICTURE),
    (b"\xff\xd8\xff", PICTURE),
    (b"GIF8", PICTURE),
    (b"RIFF", PICTURE),
    (b"BM", PICTURE),
    (b"%PDF", _("This is a PDF: export the table as XLSX or CSV.")),
    (b"\x1f\x8b", _("This is a packed file: unpack it first.")),
    (b"Rar!", _("This is a packed file: unpack it first.")),
    (b"7z\xbc\xaf", _("This is a packed file: unpack it first.")),
    (b"<", MARKUP),
    (b"\xef\xbb\xbf<", MARKUP),
)


def open_rows(file: IO[bytes], size: int) -> Rows:
    """The file as rows; UnreadableError says in the reader's language why it is none."""
    if size > MAX_BYTES:
        raise UnreadableError(_("The file is larger than 20 MB: split the table."))
    file.seek(0)
    head = file.read(8)
    if not head.strip():
        raise UnreadableError(_("The file is empty."))
    if head == COMPOUND:
        raise UnreadableError(_of_compound(file))
    if head.startswith(b"PK"):
        if not zipfile.is_zipfile(file):
            raise UnreadableError(DAMAGED)
        return Workbook(file)
    for beginning, message in STRANGE:
        if head.startswith(beginning) and not (beginning == b"BM" and _is_text(file)):
            raise UnreadableError(message)
    return Lines(file)


def _of_compound(file: IO[bytes]) -> Promise:
    """Old workbooks and locked new ones lie in the same container."""
    file.seek(0)
    before = b""
    while chunk := file.read(1 << 20):
        if LOCKED in before + chunk:
            return _("The workbook is locked with a password: save it without one.")
        before = chunk[-len(LOCKED) :]
    return _("This is a workbook of the old kind (XLS): save it as XLSX.")


def _is_text(file: IO[bytes]) -> bool:
    file.seek(0)
    return b"\0" not in file.read(64)
