"""Long tables in the background; short ones at once."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from etown import undoing
from etown.models import Batch, Job
from etown.outbox import GiveUpError, JobContext, task
from etown.outbox.admin import shown
from etown.sheets import imports, storage
from etown.sheets.models import Import

# Rows that a person waits for.
AT_ONCE = 1_000
ATTEMPTS = 3


def start_check(upload: Import, rows: int) -> None:
    _start(upload, rows, Import.State.CHECKING, imports.check, check_in_background)


def start_import(upload: Import, rows: int) -> None:
    _start(upload, rows, Import.State.WRITING, imports.carry_out, import_in_background)


def _start(upload: Import, rows: int, state: str, deed: Callable[[Import], object], later: Any) -> None:
    if rows <= AT_ONCE:
        deed(upload)
        return
    with transaction.atomic():
        result = later.using(recipient=upload.file_name[:120]).enqueue(upload.pk, rows)
        upload.tell(state=state, job=result.id)


def start_undo(batch: Batch, user: Any) -> str | None:
    """The job that does it, or None if it is done."""
    count = batch.revisions.count()
    if count <= AT_ONCE:
        undoing.undo(batch, user)
        return None
    return (
        undo_in_background.using(recipient=str(batch.data.get("file", ""))[:120]).enqueue(batch.pk, user.pk, count).id
    )


def _upload(key: int) -> Import:
    upload = Import.objects.select_related("author").filter(pk=key).first()
    if upload is None:
        raise GiveUpError(str(_("The table is no longer there.")))
    return upload


@task(label=_("Check a table"), attempts=ATTEMPTS, takes_context=True)
def check_in_background(context: JobContext, key: int, rows: int) -> None:
    upload = _upload(key)
    if upload.state == Import.State.CHECKING:
        imports.check(upload, lambda done: context.progress(done, max(rows, done)))


@task(label=_("Import a table"), attempts=ATTEMPTS, takes_context=True)
def import_in_background(context: JobContext, key: int, rows: int) -> None:
    upload = _upload(key)
    if upload.state == Import.State.WRITING:
        imports.carry_out(upload, lambda done: context.progress(done, max(rows, done)), context.finish)


@task(label=_("Undo an import"), attempts=1, takes_context=True)
def undo_in_background(context: JobContext, key: int, user: int, count: int) -> None:
    batch, person = Batch.objects.get(pk=key), get_user_model()._default_manager.get(pk=user)
    try:
        undoing.undo(batch, person, lambda done: context.progress(done, count), context.finish)
    except ValidationError as error:
        raise GiveUpError(" ".join(error.messages)) from error


@task(label=_("Remove uploaded tables that nobody has confirmed"), attempts=ATTEMPTS)
def forget_old_uploads() -> None:
    storage.forget_old()


def job_of(upload: Import) -> dict[str, Any]:
    """What the page of a running job shows."""
    job = Job.objects.filter(uid=upload.job).first()
    return shown(job) if job else {}
