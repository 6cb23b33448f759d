"""Where uploaded tables wait: never under an address, and no longer than a day."""

import datetime
import logging
from typing import IO

from django.core.files.base import File
from django.core.files.storage import Storage, storages
from django.utils import timezone

from etown.sheets.models import Import

logger = logging.getLogger(__name__)
KEPT = datetime.timedelta(days=1)


def private() -> Storage:
    return storages["private"]


def keep(upload: Import, file: IO[bytes]) -> None:
    private().save(upload.file, File(file))


def forget(upload: Import) -> None:
    """Its files; the row says what has become of it."""
    for name in (upload.file, upload.difference):
        private().delete(name)


def forget_old(now: datetime.datetime | None = None) -> int:
    """Uploads that nobody has confirmed, and rows that tell of nothing any more."""
    old = Import.objects.filter(created_at__lt=(now or timezone.now()) - KEPT)
    count = 0
    for upload in old:
        forget(upload)
        Import.objects.filter(pk=upload.pk).delete()
        count += 1
    return count


def new(**columns: object) -> Import:
    return Import.objects.create(**columns)


def remove(upload: Import) -> None:
    forget(upload)
    upload.delete()
