"""The one table of history: what a record was, what it shall become, who wanted it and why.

Drafts of published records, schedules, comparison, reverting, the check for two editors, and undoing an import or a
merge all read these rows. The live rows of the other tables stay the truth; `data` is a copy, see `etown.states`.
"""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from etown.deeds import UNSIGNED, Deed
from etown.records import Record
from etown.states import Data, snapshot


class Batch(models.Model):
    """One deed over many records, undone as one step."""

    class Kind(models.TextChoices):
        IMPORT = "import", _("import")
        MERGE = "merge", _("merge")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        # Who did something is not forgotten: an account is closed, not removed.
        models.PROTECT,
        null=True,
        verbose_name=_("user"),
        related_name="+",
    )
    created_at = models.DateTimeField(_("time"), default=timezone.now)
    reason = models.CharField(_("reason"), max_length=250, blank=True)
    # What undoing needs beside the revisions, and what the list of batches shows.
    data = models.JSONField(default=dict)
    undone_at = models.DateTimeField(_("undone"), null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("change of many records")
        verbose_name_plural = _("changes of many records")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {timezone.localtime(self.created_at):%Y-%m-%d %H:%M}"


class RevisionQuerySet(models.QuerySet):
    def of(self, record: models.Model) -> Self:
        return self.filter(content_type=ContentType.objects.get_for_model(record), object_id=record.pk)

    def waiting(self) -> Self:
        """Changes of published records that the public does not see yet; at most one for each record."""
        return self.filter(state__in=Revision.WAITS)

    def standing(self) -> Self:
        """What was, is or may become public; neither set aside nor dropped."""
        applied = self.filter(state__in=[Revision.State.APPLIED, *Revision.WAITS])
        # Who has only looked has not saved anything that another editor could have missed.
        return applied.exclude(what=Revision.What.VERIFIED)


class Revision(models.Model):
    """A record as one person wanted it at one time."""

    class What(models.TextChoices):
        FOUND = "found", _("as it was found")
        CREATED = "created", pgettext_lazy("of a version", "created")
        CHANGED = "changed", _("changed")
        SUBMITTED = "submitted", _("sent to review")
        PUBLISHED = "published", _("published")
        WITHDRAWN = "withdrawn", _("made a draft")
        ARCHIVED = "archived", _("archived")
        REVERTED = "reverted", _("reverted")
        REMOVED = "removed", _("removed for good")
        FAILED = "failed", _("could not be carried out")
        VERIFIED = "verified", _("checked: it holds")

    class State(models.TextChoices):
        APPLIED = "applied", _("carried out")
        WAITING = "waiting", _("waits to be published")
        IN_REVIEW = "in_review", _("waits for review")
        REPLACED = "replaced", _("went on into a later version")
        DISCARDED = "discarded", _("discarded")
        PARKED = "parked", _("set aside: somebody else saved first")

    WAITS: ClassVar[tuple[str, ...]] = (State.WAITING, State.IN_REVIEW)

    content_type = models.ForeignKey(ContentType, models.CASCADE, verbose_name=_("kind"), related_name="+")
    object_id = models.PositiveBigIntegerField()
    record = GenericForeignKey()
    # Records may be removed; what they were called stays.
    title = models.CharField(_("record"), max_length=200)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        # Who did something is not forgotten: an account is closed, not removed.
        models.PROTECT,
        null=True,
        verbose_name=_("user"),
        related_name="+",
    )
    created_at = models.DateTimeField(_("time"), default=timezone.now, db_index=True)
    what = models.CharField(_("what"), max_length=10, choices=What)
    reason = models.CharField(_("reason"), max_length=250, blank=True)
    state = models.CharField(
        pgettext_lazy("of a version", "state"), max_length=10, choices=State, default=State.APPLIED
    )
    on_schedule = models.BooleanField(_("as planned"), default=False)
    data = models.JSONField()
    base = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="revisions", verbose_name=_("part of"))
    publish_at = models.DateTimeField(_("publish at"), null=True, db_index=True)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("history entry")
        verbose_name_plural = _("history")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["content_type", "object_id", "-id"], name="etown_revision_of_record")]
        constraints = [
            models.UniqueConstraint(
                "content_type",
                "object_id",
                condition=Q(state__in=["waiting", "in_review"]),
                name="etown_revision_one_waits",
            )
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.get_what_display()}"

    @property
    def waits(self) -> bool:
        return self.state in self.WAITS

    @classmethod
    def head(cls, record: models.Model) -> "Revision | None":
        """The latest version that counts: who edits another one has missed something."""
        return cls.objects.of(record).standing().first()

    @classmethod
    def waiting_for(cls, record: models.Model) -> "Revision | None":
        return cls.objects.of(record).waiting().first()

    @classmethod
    def found(cls, record: Record) -> "Revision | None":
        """The same; a record that came before there was a history, or past it, begins its own as it stands."""
        if not record.pk:
            return None
        head = cls.head(record)
        if head is None and not cls.objects.of(record).exists():
            stored = type(record)._default_manager.filter(pk=record.pk).first()
            if stored is not None:
                return cls.note(stored, cls.What.FOUND, created_at=stored.updated_at, base=None)
        return head

    @classmethod
    def note(
        cls, record: Record, what: str, deed: Deed = UNSIGNED, data: Data | None = None, **columns: Any
    ) -> "Revision":
        if "base" not in columns:
            columns["base"] = cls.head(record)
        return cls.objects.create(
            content_type=ContentType.objects.get_for_model(record),
            object_id=record.pk,
            title=str(record)[:200] or getattr(record, "slug", ""),
            author=deed.author,
            reason=deed.reason,
            batch=deed.batch,
            on_schedule=deed.on_schedule,
            what=what,
            data=snapshot(record) if data is None else data,
            **columns,
        )
