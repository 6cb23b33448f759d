"""The outbox's one table."""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class State(models.TextChoices):
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    # Every attempt failed; staff decide.
    FAILED = "failed", _("failed")
    DONE = "done", _("done")
    GIVEN_UP = "given_up", _("given up")


OPEN = (State.WAITING, State.RUNNING)
SETTLED = (State.DONE, State.GIVEN_UP)


class JobQuerySet(models.QuerySet):
    def due(self, now: datetime) -> "JobQuerySet":
        """What may be begun, the longest due first; among them what a worker held and did not come back to."""
        return self.filter(state__in=OPEN, next_attempt_at__lte=now).order_by("next_attempt_at", "pk")

    def failing(self) -> "JobQuerySet":
        """What has failed and has neither succeeded since nor been given up."""
        return self.filter(Q(state=State.FAILED) | Q(state__in=OPEN) & ~Q(last_error=""))

    def held_by(self, holder: str) -> "JobQuerySet":
        return self.filter(state=State.RUNNING, holder=holder)

    def outdated(self, now: datetime) -> "JobQuerySet":
        """What failed is not among them: somebody shall have decided."""
        return self.filter(state__in=SETTLED, finished_at__lt=now - Job.KEPT)


class Job(models.Model):
    """One call of a task."""

    KEPT: ClassVar[timedelta] = timedelta(days=30)

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    task = models.CharField(_("task"), max_length=200)
    arguments = models.JSONField(_("arguments"), default=dict)
    recipient = models.CharField(pgettext_lazy("of a background job", "for"), max_length=120, blank=True)
    state = models.CharField(
        pgettext_lazy("of a background job", "state"), max_length=10, choices=State, default=State.WAITING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    attempts_allowed = models.PositiveSmallIntegerField(_("attempts allowed"), default=1)
    # Of a running job, the end of its lease: nobody else begins it earlier.
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    holder = models.CharField(_("worker"), max_length=80, blank=True)
    last_error = models.TextField(_("last error"), blank=True)
    done = models.PositiveIntegerField(_("steps done"), null=True)
    total = models.PositiveIntegerField(_("steps in all"), null=True)
    created_at = models.DateTimeField(_("written at"), default=timezone.now)
    started_at = models.DateTimeField(_("last begun at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("background job")
        verbose_name_plural = _("background jobs")
        ordering = ["-created_at", "-pk"]
        default_permissions = ("view",)
        permissions = [("decide_job", "Can try background jobs again and give them up")]
        indexes = [models.Index(fields=["state", "next_attempt_at"], name="etown_job_due")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=State.RUNNING, holder__gt="") | ~Q(state=State.RUNNING) & Q(holder=""),
                name="etown_job_held_while_running",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """How the task calls itself; its path where this release does not know it."""
        try:
            return str(import_string(self.task).label) or self.task
        except (ImportError, AttributeError):
            return self.task

    @property
    def is_open(self) -> bool:
        return self.state in OPEN
