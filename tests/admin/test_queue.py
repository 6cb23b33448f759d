"""The first page says what is to be done; each line leads to what it counts, and tells only who may see it."""

import datetime
from urllib.parse import urldefrag

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from etown import publishing
from etown.deeds import Deed
from etown.models import Job
from etown.outbox.models import State
from etown.records import Status
from etown.revisions import Revision
from etown.upkeep import Upkeep
from news.models import Article
from office.models import Desk
from tests import factories
from tests.admin.forms import as_shown, edit, save, stored
from tests.admin.test_saving import act, messages

pytestmark = pytest.mark.django_db
SOON = timezone.now() + datetime.timedelta(days=3)
LATER = timezone.now() + datetime.timedelta(days=30)
YESTERDAY = timezone.localdate() - datetime.timedelta(days=1)
TWO_YEARS_AGO = timezone.localdate() - datetime.timedelta(days=730)
BOTH = {"name_zh_hans": "艾克美", "summary_zh_hans": "制造细胞。"}


@pytest.fixture(autouse=True)
def real_desk(db):
    desk = Desk(slug="demonstration-desk", name_en="Desk", name_zh_hans="专席", email="desk@example.org")
    publishing.save(desk)
    return desk


def queue(client):
    return {(title, line.label): line for title, lines in client.get("/admin/").context["todo"] for line in lines}


def led_to(client, line):
    """What the list shows to which the line leads."""
    return set(client.get(line.url).context["cl"].result_list)


def only(client, title, label):
    line = queue(client)[title, label]
    assert line.count == len(led_to(client, line))
    return led_to(client, line)


def staff(*roles):
    client = Client()
    client.force_login(factories.account(*roles))
    return client


def test_nothing_is_to_be_done_where_all_is_well(admin_client):
    publishing.save(factories.company("Acme", **BOTH), deed=Deed(factories.account()))
    assert queue(admin_client) == {}
    assert "Nothing waits for you." in admin_client.get("/admin/").text


def test_drafts_reviews_and_waiting_changes_are_counted(admin_client):
    draft = factories.company("Draft", status=Status.DRAFT, **BOTH)
    asked = factories.company("Asked", status=Status.IN_REVIEW, **BOTH)
    kept, sent = factories.company("Kept", **BOTH), factories.company("Sent", **BOTH)
    save(admin_client, kept, _save="", website="https://example.org/")
    save(admin_client, sent, _save="submit", website="https://example.org/")
    assert only(admin_client, "Drafts", "Companies") == {draft}
    assert only(admin_client, "For review", "Companies") == {asked, sent}
    assert only(admin_client, "Changes that wait to be published", "Companies") == {kept, sent}


def test_what_is_planned_for_this_week_is_counted_waiting_changes_too(admin_client):
    begins = factories.company("Begins", status=Status.DRAFT, publish_at=SOON, **BOTH)
    ends = factories.company("Ends", expire_at=SOON, **BOTH)
    factories.company("Later", expire_at=LATER, **BOTH)
    changes = factories.company("Changes", **BOTH)
    local = timezone.localtime(SOON)
    times = {"publish_at_0": f"{local:%Y-%m-%d}", "publish_at_1": f"{local:%H:%M:%S}"}
    shown = as_shown(admin_client, edit(changes))
    shown.pop("publish_at", None)
    admin_client.post(edit(changes), shown | {"_save": "", "reason": "As agreed.", "founded_year": 2001} | times)
    assert only(admin_client, "Planned for the next seven days", "Companies") == {begins, ends, changes}


def test_figures_and_wants_past_their_review_are_counted(admin_client):
    late = factories.figure(review_by=YESTERDAY)
    factories.figure(review_by=YESTERDAY, status=Status.DRAFT)
    factories.figure(review_by=YESTERDAY, state="superseded")
    factories.figure(review_by=timezone.localdate())
    want = factories.want("plasmid", review_by=YESTERDAY)
    title = "Past the date by which they shall be reviewed"
    assert only(admin_client, title, "Figures") == {late}
    assert only(admin_client, title, "Wants") == {want}


def test_wants_that_name_no_desk_are_counted(admin_client):
    want = factories.want("plasmid", status=Status.DRAFT, desk=None)
    factories.want("plasmid", status=Status.ARCHIVED, desk=None)
    factories.want("plasmid")
    assert only(admin_client, "Nobody to ask: no desk is named", "Wants") == {want}


def test_a_demonstration_desk_is_pointed_out(admin_client, real_desk):
    Desk.objects.filter(pk=real_desk.pk).update(is_demonstration=True)
    title = "A demonstration desk stands in for a real one: nobody reads what is sent to it"
    assert only(admin_client, title, "Desks") == {real_desk}


def test_failing_jobs_are_counted(admin_client):
    task = "etown.rebuilding.rebuild_search"
    failed = Job.objects.create(task=task, state=State.FAILED)
    tried = Job.objects.create(task=task, last_error="refused")
    Job.objects.create(task=task)
    assert only(admin_client, "Background jobs that fail", "Background jobs") == {failed, tried}


def test_who_saves_a_record_has_verified_it_and_so_has_who_says_so(admin_client):
    old, saved, checked = (factories.company(name, **BOTH) for name in ("Old", "Saved", "Checked"))
    title = "Not checked for a year"
    # Their citations are of January 2024, and no person has seen them since.
    assert only(admin_client, title, "Companies") == {old, saved, checked}
    save(admin_client, saved, founded_year=2001)
    assert "1 public record is checked." in messages(act(admin_client, "verify", checked))
    assert only(admin_client, title, "Companies") == {old}
    Upkeep.objects.of(saved).update(since=TWO_YEARS_AGO)
    assert only(admin_client, title, "Companies") == {old, saved}


def test_checking_is_written_down_and_changes_nothing(admin_client):
    company = factories.company("Acme", **BOTH)
    before = stored(company).updated_at
    save(admin_client, company, _save="", founded_year=2001)
    waits = Revision.waiting_for(company)
    shown = as_shown(admin_client, edit(company))
    act(admin_client, "verify", company)
    assert Revision.objects.of(company).first().what == Revision.What.VERIFIED
    assert (stored(company).updated_at, Revision.waiting_for(company)) == (before, waits)
    # Nor does it come between an editor and the record.
    answer = admin_client.post(edit(company), shown | {"_save": "", "founded_year": 2002})
    assert "/settle/" not in answer.url
    assert Revision.waiting_for(company).data["founded_year"] == 2002


def test_articles_do_not_grow_old(admin_client):
    factories.article(title_zh_hans="新闻", summary_zh_hans="新闻。", publish_at=None)
    assert ("Not checked for a year", "News") not in queue(admin_client)
    assert Article.objects.count() == 1


def test_a_missing_translation_is_counted_for_its_field_and_leads_there(admin_client):
    factories.company("Acme", summary_en="Makes cells.", name_zh_hans="艾克美")
    title, label = "Missing in one language", "Companies: summary (Chinese)"
    page, anchor = urldefrag(queue(admin_client)[title, label].url)
    assert f'id="{anchor}"' in admin_client.get(page).text
    assert 'href="#id_summary_zh_hans"' in admin_client.get(page).text
    second = factories.company("Beta", name_zh_hans="贝塔")
    assert len(only(admin_client, title, label)) == 2
    save(admin_client, second, summary_zh_hans="制造。")
    assert queue(admin_client)[title, label].count == 1


def test_names_that_no_source_gives_are_not_asked_for(admin_client):
    factories.company("Acme", summary_zh_hans="制造细胞。")
    assert not [label for title, label in queue(admin_client) if title == "Missing in one language"]


def test_a_translation_is_older_until_it_has_caught_up(admin_client):
    company = factories.company("Acme", **BOTH)
    title = "Older than the other language"

    def behind():
        return {label for found, label in queue(admin_client) if found == title}

    save(admin_client, company, summary_en="Makes cells and vectors.")
    assert behind() == {"Companies: summary (Chinese)"}
    save(admin_client, company, summary_en="Makes cells, vectors and plasmids.")
    assert behind() == {"Companies: summary (Chinese)"}
    save(admin_client, company, summary_zh_hans="制造细胞、载体和质粒。")
    assert behind() == set()
    save(admin_client, company, summary_zh_hans="制造。", summary_en="Makes.")
    assert behind() == set()
    save(admin_client, company, summary_zh_hans="研发。")
    assert behind() == {"Companies: summary (English)"}
    act(admin_client, "verify", company)
    assert behind() == set()


def test_a_waiting_change_leaves_the_translation_as_it_is_until_it_is_public(admin_client):
    company = factories.company("Acme", **BOTH)
    save(admin_client, company, _save="", summary_en="Makes cells and vectors.")
    assert not Upkeep.objects.filter(kind=Upkeep.Kind.OLDER).exists()
    save(admin_client, company)
    assert Upkeep.objects.get(kind=Upkeep.Kind.OLDER).column == "summary_zh_hans"


def test_what_is_not_public_is_not_counted_among_neglected_records(admin_client):
    company = factories.company("Acme")
    act(admin_client, "archive", company)
    assert not [key for key in queue(admin_client) if key[0] in {"Missing in one language", "Not checked for a year"}]
    publishing.delete(stored(company))
    assert not Upkeep.objects.filter(content_type__model="company").exists()


def test_the_command_reads_the_same_from_the_history(admin_client):
    company = factories.company("Acme", **BOTH)
    factories.figure()
    factories.company("Draft", status=Status.DRAFT)
    save(admin_client, company, summary_en="Makes cells and vectors.")
    save(admin_client, company, founded_year=2001)
    rows = Upkeep.objects.order_by("content_type", "object_id", "column")
    before = list(rows.values_list("content_type", "object_id", "kind", "column", "since", "is_public"))
    assert before
    Upkeep.objects.all().delete()
    call_command("rebuild_upkeep", verbosity=0)
    assert list(rows.values_list("content_type", "object_id", "kind", "column", "since", "is_public")) == before


def test_each_person_is_told_only_of_what_he_may_see(admin_client):
    factories.company("Draft", status=Status.DRAFT)
    Job.objects.create(task="etown.rebuilding.rebuild_search", state=State.FAILED)
    everything = {title for title, _label in queue(admin_client)}
    assert {title for title, _label in queue(staff("Viewer"))} == everything - {"Background jobs that fail"}
    assert queue(staff()) == {}


def test_the_first_page_costs_the_same_however_much_there_is(admin_client, django_assert_max_num_queries):
    for number in range(12):
        factories.company(f"Company {number}", status=[Status.DRAFT, Status.PUBLISHED][number % 2])
    admin_client.get("/admin/")
    with django_assert_max_num_queries(20):
        admin_client.get("/admin/")


def test_a_heap_is_not_counted_to_its_end(admin_client, monkeypatch):
    monkeypatch.setattr("etown.todo.MOST", 2)
    for _number in range(4):
        factories.company(status=Status.DRAFT)
        factories.company(summary_zh_hans="制造细胞。", address_en="1 Kechuang Street")
    found = queue(admin_client)
    for named in (("Drafts", "Companies"), ("Missing in one language", "Companies: address (Chinese)")):
        assert (found[named].count, found[named].number) == (3, "more than 2")


def test_the_first_page_shows_what_one_did_last_and_leads_there(admin_client, client):
    company = factories.company("Acme", **BOTH)
    save(admin_client, company, founded_year=2001)
    page = admin_client.get("/admin/")
    (last,) = page.context["recent"]
    assert (last.title, last.what) == ("Acme", Revision.What.PUBLISHED)
    url = admin_client.get(f"/admin/etown/revision/{last.pk}/change/").url
    assert url == f"/admin/companies/company/{company.pk}/history/{last.pk}/"


def test_the_history_of_all_records_shows_the_last_state_of_what_is_removed(admin_client):
    company = factories.company("Acme", **BOTH)
    publishing.delete(company, deed=Deed(factories.account(username="remover"), "It was never there."))
    listed = admin_client.get("/admin/etown/revision/", {"what__exact": "removed"})
    (entry,) = listed.context["cl"].result_list
    assert "It was never there." in listed.text
    assert "remover" in listed.text
    page = admin_client.get(f"/admin/etown/revision/{entry.pk}/change/").text
    assert "This record is no more." in page
    assert "制造细胞。" in page


def test_the_history_shows_only_kinds_that_one_may_see():
    factories.company("Acme")
    client = staff()
    assert client.get("/admin/etown/revision/").status_code == 403
    client = staff("Viewer")
    found = {entry.content_type.model for entry in client.get("/admin/etown/revision/").context["cl"].result_list}
    assert "company" in found
    assert client.post("/admin/etown/revision/add/").status_code == 403
