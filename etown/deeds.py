"""Who writes, why, and as part of what: said with every change, kept in the history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django.http import HttpRequest

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

    from etown.revisions import Batch


@dataclass(frozen=True)
class Deed:
    """`author` is None where no person acts, as in commands; `batch` ties the changes of one import together."""

    author: AbstractBaseUser | None = None
    reason: str = ""
    batch: Batch | None = None
    # Carried out at the time that the author had planned.
    on_schedule: bool = False

    @classmethod
    def by(cls, request: HttpRequest, reason: str = "") -> Deed:
        """Of the member of staff who asks for it."""
        return cls(cast("AbstractBaseUser", request.user), reason)


UNSIGNED = Deed()
