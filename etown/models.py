"""The kernel's own tables: the content version, former addresses, loaded sets and pictures."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from etown.bilingual import SUFFIXES, Bilingual, pair
from etown.derived import Derived
from etown.markup.allowed import PICTURES
from etown.outbox.models import Job
from etown.pictures import MAX_WIDTH, WIDTHS, reencode
from etown.records import Record
from etown.revisions import Batch, Revision
from etown.search.models import Posting, SearchName, SearchText
from etown.sheets.models import Import
from etown.staff import Role, StaffSession
from etown.upkeep import Upkeep

__all__ = [
    "Batch",
    "Import",
    "Job",
    "Posting",
    "Revision",
    "Role",
    "SearchName",
    "SearchText",
    "StaffSession",
    "Upkeep",
]


class Stamp(NamedTuple):
    """A content version by number and time: a restored database may count up to the same number with other content."""

    number: int = 0
    changed_at: datetime | None = None

    def __str__(self) -> str:
        """Short, and of letters that a tag may hold."""
        return f"{self.number}-{self.changed_at.timestamp():.6f}" if self.changed_at else str(self.number)


class ContentVersion(models.Model):
    """One row that counts public changes: what every derived store and every cache hangs on."""

    ROW: ClassVar[int] = 1

    number = models.PositiveBigIntegerField(default=0)
    changed_at = models.DateTimeField(default=timezone.now)
    # The earliest time for which something is scheduled, or an earlier one.
    next_due_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="etown_contentversion_one_row")]

    def __str__(self) -> str:
        return str(self.number)

    @classmethod
    def current(cls) -> int:
        return cls.objects.filter(pk=cls.ROW).values_list("number", flat=True).first() or 0

    @classmethod
    def stamp(cls) -> Stamp:
        """What is kept in memory is kept for this."""
        found = cls.objects.filter(pk=cls.ROW).values_list("number", "changed_at").first()
        return Stamp(*found or ())

    @classmethod
    def bump(cls, changed: Mapping[Any, set[int]] | None = None) -> int:
        """Count one public change and return its number; the row lock makes number order commit order.

        `changed` are the keys of all records that it concerns; None if it may concern any.
        """
        row, _is_new = cls.objects.select_for_update().get_or_create(pk=cls.ROW)
        number = row.number + 1
        # Never backwards, whatever the clocks of several machines say.
        changed_at = max(timezone.now(), row.changed_at)
        cls.objects.filter(pk=cls.ROW).update(number=number, changed_at=changed_at)
        Change.note(Stamp(number, changed_at), changed)
        return number

    @classmethod
    def expect(cls, *times: datetime | None) -> None:
        """Something is scheduled for these times."""
        if known := [time for time in times if time]:
            row, _is_new = cls.objects.select_for_update().get_or_create(pk=cls.ROW)
            cls.objects.filter(pk=cls.ROW).update(next_due_at=min([*known, row.next_due_at or known[0]]))

    @classmethod
    def expect_only(cls, *times: datetime | None) -> None:
        """Nothing is scheduled for an earlier time than these."""
        cls.objects.filter(pk=cls.ROW).update(next_due_at=min((time for time in times if time), default=None))

    @classmethod
    def is_due(cls, now: datetime) -> bool:
        """Whether a time for which something was scheduled has come; holds the row until the transaction ends."""
        return cls.objects.select_for_update().filter(pk=cls.ROW, next_due_at__lte=now).first() is not None


class Change(models.Model):
    """Which records of a kind one public change concerned: what is in memory follows it without reading all again.

    One without a kind may have concerned any record.
    """

    # Whoever is further behind, or has more to follow, reads all again.
    KEPT: ClassVar[int] = 200
    MANY: ClassVar[int] = 500

    number = models.PositiveBigIntegerField(db_index=True)
    changed_at = models.DateTimeField(null=True)
    content_type = models.ForeignKey(ContentType, models.CASCADE, null=True, related_name="+")
    keys = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.number}: {self.content_type}"

    @classmethod
    def note(cls, version: Stamp, changed: Mapping[Any, set[int]] | None) -> None:
        number, changed_at = version
        if changed is None or sum(map(len, changed.values())) > cls.MANY:
            cls.objects.create(number=number, changed_at=changed_at)
        else:
            kinds = ContentType.objects.get_for_models(*changed)
            cls.objects.bulk_create(
                cls(number=number, changed_at=changed_at, content_type=kinds[model], keys=sorted(keys))
                for model, keys in changed.items()
            )
        cls.objects.filter(number__lte=number - cls.KEPT).delete()

    @classmethod
    def between(cls, old: Stamp, new: Stamp, model: type[models.Model]) -> set[int] | None:
        """The keys of this kind that changed after `old` up to `new`; None if they are not known, or too many."""
        if not old.number < new.number < old.number + cls.KEPT:
            return None
        noted = list(cls.objects.filter(number__gte=old.number, number__lte=new.number))
        if not any((change.number, change.changed_at) == old for change in noted):
            # Not a later version of that one: the database has been restored.
            return None
        found = [change for change in noted if change.number > old.number]
        if (
            any(change.content_type_id is None for change in found)
            or len({change.number for change in found}) < new.number - old.number
        ):
            return None
        kind = ContentType.objects.get_for_model(model)
        keys = {key for change in found if change.content_type_id == kind.pk for key in change.keys}
        return keys if len(keys) <= cls.MANY else None


class FormerSlug(models.Model):
    """An address that a published record once had, so that old links lead on."""

    content_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    object_id = models.PositiveBigIntegerField()
    record = GenericForeignKey()
    slug = models.SlugField(_("former address"), max_length=80)

    class Meta:
        verbose_name = _("former address")
        verbose_name_plural = _("former addresses")
        constraints = [models.UniqueConstraint("content_type", "slug", name="etown_formerslug_once")]

    def __str__(self) -> str:
        return self.slug


class Document(Derived):
    """A record as the API answers it: `body` is JSON, `line` is CSV, `shape` tells which fields they hold."""

    shape = models.CharField(max_length=12)
    body = models.TextField()
    line = models.TextField()

    def __str__(self) -> str:
        return self.body


class LoadedRecord(models.Model):
    """What a command loaded, and how it looked then: so that it is never loaded over an edit, and can be removed."""

    set_name = models.CharField(max_length=20)
    key = models.CharField(max_length=200)
    content_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    object_id = models.PositiveBigIntegerField()
    record = GenericForeignKey()
    file_digest = models.CharField(max_length=64)
    state_digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint("set_name", "key", name="etown_loadedrecord_once")]

    def __str__(self) -> str:
        return f"{self.set_name}: {self.key}"


class Picture(Record):
    """A picture as it is served: re-encoded, without metadata, in several widths, described in both languages."""

    title = models.CharField(_("title"), max_length=120, help_text=_("For finding it here; not shown."))
    file = models.ImageField(
        _("file"),
        upload_to="pictures/",
        help_text=_("JPEG, PNG or WebP of at most 10 MB. It is stored anew, without camera and place data."),
    )
    width = models.PositiveIntegerField(_("width"), editable=False, default=0)
    height = models.PositiveIntegerField(_("height"), editable=False, default=0)
    alternative_en, alternative_zh_hans = pair(
        models.CharField,
        _("description for those who cannot see it"),
        max_length=250,
    )
    alternative = Bilingual()
    credit = models.CharField(_("credit"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ["title", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(alternative_en="") & ~Q(alternative_zh_hans=""),
                name="etown_picture_described",
                violation_error_message=_("Describe the picture in both languages."),
            )
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, **kwargs) -> None:
        if self.file and not self.file._committed:
            self._store_renditions()
        super().save(**kwargs)

    def _store_renditions(self) -> None:
        renditions = reencode(self.file.file)
        largest = max(renditions)
        stem = f"pictures/{hashlib.sha256(renditions[largest].read()).hexdigest()[:20]}"
        for width, content in renditions.items():
            name = f"{stem}.webp" if width == largest else f"{stem}-{width}.webp"
            if not self.file.storage.exists(name):
                self.file.storage.save(name, content)
        self.file = f"{stem}.webp"
        self.width, self.height = self.file.width, self.file.height

    def as_choice(self) -> dict[str, Any]:
        """For the editor of formatted texts."""
        return {
            "src": f"{PICTURES}{self.file.name.rpartition('/')[2]}",
            "thumbnail": self.sources.split(" ", 1)[0],
            "title": self.title,
            "alternative": {code: getattr(self, f"alternative_{suffix}") for code, suffix in SUFFIXES.items()},
        }

    @property
    def sources(self) -> str:
        """The srcset: every stored width with its address."""
        stem = self.file.name.removesuffix(".webp")
        smaller = [(f"{stem}-{width}.webp", width) for width in WIDTHS if width < min(self.width, MAX_WIDTH)]
        return ", ".join(
            f"{self.file.storage.url(name)} {width}w" for name, width in [*smaller, (self.file.name, self.width)]
        )
