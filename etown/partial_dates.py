"""Dates as sources give them: a day, a month or a year, stored as the beginning of an ISO date."""

import datetime
import re

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import dateformat, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etown.signs import printable

PATTERN = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


def parse(value: str) -> datetime.date:
    """The first day that `value` may mean; ValidationError unless it is YYYY, YYYY-MM or YYYY-MM-DD."""
    match = PATTERN.fullmatch(value)
    try:
        if match is None:
            raise ValueError(value)
        year, month, day = (int(part) if part else 1 for part in match.groups())
        return datetime.date(year, month, day)
    except ValueError:
        raise ValidationError(
            gettext_lazy("“%(value)s” is not a date. Write a year, a month or a day: 2025, 2025-09 or 2025-09-23."),
            code="partial_date",
            params={"value": printable(value[:40])},
        ) from None


def spell(value: str) -> str:
    """The date in the reader's language, no more precise than it is known."""
    if not value:
        return ""
    # Translators: Django date formats; Chinese: "Y年", "Y年n月", "Y年n月j日"
    formats = {4: _("Y"), 7: _("F Y"), 10: _("j F Y")}
    return dateformat.format(parse(value), formats[len(value)])


class PartialDateField(models.CharField):
    """A text column of at most ten characters; blank where the date is not known.

    Text sorts like time, a month before its days, and compares the same on both databases.
    """

    description = gettext_lazy("Day, month or year")

    def __init__(self, *args, **kwargs) -> None:
        kwargs.setdefault("max_length", 10)
        kwargs.setdefault("help_text", gettext_lazy("As precisely as it is known: 2025, 2025-09 or 2025-09-23."))
        super().__init__(*args, **kwargs)

    def validate(self, value, model_instance) -> None:
        super().validate(value, model_instance)
        if value and parse(value) > timezone.localdate():
            raise ValidationError(
                gettext_lazy("“%(value)s” lies in the future."), code="future", params={"value": value}
            )

    def to_python(self, value):
        if isinstance(value, datetime.date):
            return value.isoformat()
        return super().to_python(value)
