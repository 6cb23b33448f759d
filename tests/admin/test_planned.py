"""Planned times in the back office: seen in lists, told after saving, and in the history once they are carried out."""

import datetime
import re

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from companies.models import Company
from etown import publishing, schedule
from etown.records import Status
from tests import factories
from tests.admin.forms import as_shown, edit, stored
from tests.admin.test_saving import act, messages

pytestmark = pytest.mark.django_db

LIST = reverse("admin:companies_company_changelist")
# The park's time, one year ahead, so that it never passes.
BEGIN = (timezone.localtime() + datetime.timedelta(days=365)).replace(hour=9, minute=0, second=0, microsecond=0)
END = BEGIN + datetime.timedelta(days=6, hours=9)
SAID = {BEGIN: f"{BEGIN:%-d %b %Y} 09:00", END: f"{END:%-d %b %Y} 18:00"}


def times(**planned):
    return {
        f"{column}_{place}": text
        for column, time in planned.items()
        for place, text in enumerate((f"{time:%Y-%m-%d}", f"{time:%H:%M:%S}"))
    }


def sent(client, record, **changes):
    """The page that follows saving."""
    shown = as_shown(client, edit(record))
    for column in ("publish_at", "expire_at"):
        shown.pop(column, None)
    return client.post(edit(record), shown | {"_save": "", "reason": "As agreed."} | changes, follow=True)


def history(client, record):
    url = reverse("admin:companies_company_history", args=[record.pk])
    rows = re.findall(
        r"<tr>\s*<th scope=\"row\">.*?</th>\s*<td>(.*?)</td>\s*<td>(.*?)</td>", client.get(url).text, re.S
    )
    plain = [[" ".join(strip_tags(cell).split()) for cell in row] for row in rows]
    return [tuple(row) for row in reversed(plain)]


def test_saving_says_when_a_record_will_appear_and_vanish_in_which_time(admin_client, draft):
    said = messages(sent(admin_client, draft, **times(publish_at=BEGIN, expire_at=END)))
    assert (stored(draft).publish_at, stored(draft).expire_at) == (BEGIN, END)
    assert f"It will appear on the site on {SAID[BEGIN]}, Beijing time." in said
    assert f"It will vanish from the site on {SAID[END]}, Beijing time." in said


def test_saving_what_has_no_plan_announces_nothing(admin_client, company):
    assert "Beijing time" not in messages(sent(admin_client, company, name_en="Renamed"))


def test_a_draft_that_is_only_to_be_archived_is_not_said_to_vanish(admin_client, draft):
    said = messages(sent(admin_client, draft, **times(expire_at=END)))
    assert f"It will be archived on {SAID[END]}, Beijing time." in said
    assert "vanish" not in said


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({"status": Status.DRAFT, "publish_at": BEGIN}, f"planned for {SAID[BEGIN]}"),
        (
            {"status": Status.DRAFT, "publish_at": BEGIN, "expire_at": END},
            f"planned for {SAID[BEGIN]} until {SAID[END]}",
        ),
        ({"expire_at": END}, f"until {SAID[END]}"),
        ({"status": Status.DRAFT, "expire_at": END}, f"to be archived {SAID[END]}"),
        ({}, ""),
    ],
)
def test_the_list_shows_what_is_planned(admin_client, values, shown):
    factories.company(**values)
    assert f'<span class="plan">{shown}</span>' in admin_client.get(LIST).text


def test_lists_find_what_is_planned(admin_client, company):
    begins = factories.company("Begins", status=Status.DRAFT, publish_at=BEGIN)
    ends = factories.company("Ends", expire_at=END)
    found = {
        word: set(admin_client.get(LIST, {"planned": word}).context["cl"].result_list)
        for word in ("publish", "archive", "x")
    }
    assert found == {"publish": {begins}, "archive": {ends}, "x": {begins, ends, company}}


def test_history_says_what_was_done_on_schedule_and_who_had_planned_it(admin_client, draft, django_user_model, client):
    sent(admin_client, draft, **times(publish_at=BEGIN, expire_at=END))
    other = django_user_model.objects.create_superuser("other")
    client.force_login(other)
    sent(
        client, draft, name_en="Renamed since", **times(publish_at=BEGIN, expire_at=END + datetime.timedelta(hours=1))
    )
    assert schedule.apply_due(END + datetime.timedelta(days=1)) == 2
    assert stored(draft).status == Status.ARCHIVED
    assert history(client, draft)[-2:] == [("admin", "published as planned"), ("other", "archived as planned")]


def test_a_plan_made_with_the_record_is_known(admin_client):
    page = reverse("admin:companies_company_add")
    data = as_shown(admin_client, page) | {"name_en": "New", "slug": "new", "role": "startup", "summary_en": "New."}
    admin_client.post(page, data | {"_save": ""} | times(expire_at=END))
    company = Company.objects.get(slug="new")
    schedule.apply_due(END)
    assert history(admin_client, company) == [("admin", "created"), ("admin", "archived as planned")]


def test_nobody_is_named_for_a_plan_that_was_made_elsewhere(admin_client, draft):
    sent(admin_client, draft, **times(publish_at=BEGIN))
    draft.refresh_from_db()
    draft.publish_at = END
    publishing.save(draft)
    schedule.apply_due(END)
    assert history(admin_client, draft)[-1] == ("the site itself", "published as planned")


def test_history_says_what_could_not_be_done(admin_client, draft, caplog):
    sent(admin_client, draft, **times(publish_at=BEGIN))
    Company.objects.filter(pk=draft.pk).update(name_en="")
    schedule.apply_due(BEGIN)
    assert history(admin_client, draft)[-1] == ("admin", "could not be carried out as planned")


@pytest.mark.parametrize("deed", ["publish", "archive", "withdraw"])
def test_an_edit_made_while_several_records_change_their_status_is_not_lost(admin_client, deed):
    status = Status.DRAFT if deed == "publish" else Status.PUBLISHED
    records = [factories.company(name, status=status) for name in ("First", "Second")]
    edited = []

    def edit_the_other(execute, sql, parameters, many, context):
        """Somebody saves the second record while the first one is written."""
        if sql.startswith('UPDATE "companies_company"') and not edited:
            edited.append(sql)
            written = records[0 if records[1].pk in parameters else 1]
            Company.objects.filter(pk=written.pk).update(address_en="Typed meanwhile")
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(edit_the_other):
        act(admin_client, deed, *records)
    assert edited
    assert {stored(record).status for record in records} != {status}
    assert sorted(stored(record).address_en for record in records) == ["", "Typed meanwhile"]


def test_a_record_that_is_removed_meanwhile_is_named(admin_client, company, draft):
    def remove_the_draft(execute, sql, parameters, many, context):
        if sql.startswith('UPDATE "companies_company"') and Company.objects.filter(pk=draft.pk).exists():
            publishing.delete(stored(draft))
        return execute(sql, parameters, many, context)

    company.status = Status.DRAFT
    publishing.save(company)
    with connection.execute_wrapper(remove_the_draft):
        said = messages(act(admin_client, "publish", company, draft))
    assert "1 record is published." in said
    assert "Drafty: Somebody has removed it meanwhile." in said


def test_a_planned_draft_is_changed_only_by_those_who_may_publish_it(admin_client, client, draft, django_user_model):
    sent(admin_client, draft, **times(publish_at=BEGIN))
    editor = django_user_model.objects.create_user("editor", is_staff=True)
    editor.user_permissions.set(Permission.objects.filter(codename__in=["change_company", "view_company"]))
    client.force_login(editor)
    assert client.post(edit(draft), {"name_en": "Unread"}).status_code == 403
    assert stored(draft).name_en == "Drafty"
