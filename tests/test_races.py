"""Two who write at the same time, where the database lets them."""

import datetime
import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.utils import timezone

from companies.models import Company
from etown import documents, publishing, schedule
from etown.models import Document
from etown.records import Status
from tests import factories

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]
SOON = datetime.timedelta(seconds=20)


def beside(deed: Callable[[], object]) -> tuple[threading.Thread, list[Exception]]:
    failures: list[Exception] = []

    def run() -> None:
        try:
            deed()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, failures


def test_the_schedule_and_a_series_of_edits_wait_for_each_other_but_not_for_ever():
    due = factories.article(status=Status.DRAFT, publish_at=timezone.now() + SOON)
    draft, public = factories.company(status=Status.DRAFT), factories.company()
    begun = threading.Event()

    def edit() -> None:
        with transaction.atomic():
            publishing.save(draft)
            begun.set()
            time.sleep(1)
            publishing.save(public)

    editing, failures = beside(edit)
    assert begun.wait(20)
    scheduled, refusals = beside(lambda: schedule.apply_due(timezone.now() + 2 * SOON))
    editing.join(30)
    scheduled.join(30)
    due.refresh_from_db()
    assert (failures, refusals, due.status) == ([], [], Status.PUBLISHED)


def test_publishing_waits_for_an_edit_and_keeps_it():
    draft = factories.company("Before", status=Status.DRAFT)
    read_before = Company.objects.get(pk=draft.pk)
    begun, may_end = threading.Event(), threading.Event()

    def edit() -> None:
        with transaction.atomic():
            draft.name_en = "After"
            publishing.save(draft)
            begun.set()
            may_end.wait(20)

    editing, failures = beside(edit)
    assert begun.wait(20)
    publishing_it, refusals = beside(lambda: publishing.set_status(read_before, Status.PUBLISHED))
    may_end.set()
    editing.join(30)
    publishing_it.join(30)
    draft.refresh_from_db()
    assert (failures, refusals, draft.name_en, draft.status) == ([], [], "After", Status.PUBLISHED)


def test_rebuilding_beside_an_edit_leaves_the_new_text():
    company = factories.company("Before")
    begun = threading.Event()

    def edit() -> None:
        with transaction.atomic():
            company.name_en = "After"
            publishing.save(company)
            begun.set()
            time.sleep(1)

    editing, failures = beside(edit)
    assert begun.wait(20)
    assert [*documents.rebuild(Company)] == [1]
    editing.join(30)
    assert not failures
    assert "After" in Document.objects.get(pk=Document.key(Company, company.pk)).body
