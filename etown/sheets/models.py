"""A table on its way: the uploaded file, how far it has come, and what it would change."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from etown.revisions import Batch


class Import(models.Model):
    """One uploaded table from its dry run to its end; the file and the difference lie in the private storage."""

    class State(models.TextChoices):
        CHECKING = "checking", _("is being checked")
        CHECKED = "checked", _("has been checked")
        WRITING = "writing", _("is being imported")
        DONE = "done", _("has been imported")
        FAILED = "failed", _("could not be finished")

    RUNNING: ClassVar[tuple[str, ...]] = (State.CHECKING, State.WRITING)

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sheet = models.CharField(max_length=40)
    file_name = models.CharField(_("file"), max_length=200)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("user"), related_name="+")
    created_at = models.DateTimeField(_("time"), default=timezone.now, db_index=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.CHECKING)
    reason = models.CharField(_("reason"), max_length=250, blank=True)
    # What the worker calls the check or the import, if it is long.
    job = models.UUIDField(null=True)
    # Rows by kind; why the file cannot be read, and what else is to be said, in each language.
    counts = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    digest = models.CharField(max_length=64, blank=True)
    batch = models.ForeignKey(Batch, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_running(self) -> bool:
        return self.state in self.RUNNING

    @property
    def is_clean(self) -> bool:
        return not self.problems and not self.counts.get("faulty")

    @property
    def changes(self) -> int:
        return self.counts.get("new", 0) + self.counts.get("changed", 0)

    @property
    def file(self) -> str:
        """Its name in the private storage."""
        return f"imports/{self.uid}"

    @property
    def difference(self) -> str:
        return f"imports/{self.uid}.jsonl"

    def tell(self, **columns: Any) -> None:
        """Note what has become of it."""
        for name, value in columns.items():
            setattr(self, name, value)
        Import.objects.filter(pk=self.pk).update(**columns)
