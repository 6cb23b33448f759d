"""A change of a public record waits: the site stays as it is until the change is published, planned or discarded."""

import pytest

from companies.models import CompanyAlias
from etown import publishing, schedule
from etown.models import ContentVersion
from etown.records import Status
from etown.revisions import Revision
from tests.admin.forms import as_shown, edit, new_row, refusals, save, stored
from tests.admin.test_planned import BEGIN, END, sent, times
from tests.admin.test_saving import act, messages

pytestmark = pytest.mark.django_db
KEEP = {"_save": ""}
ALIASES = "aliases"


@pytest.fixture
def company(company):
    for name in ("Acme A", "Acme B"):
        publishing.save(company, CompanyAlias(owner=company, name=name).save)
    return stored(company)


def seen(client, company):
    page, answer = client.get(company.get_absolute_url()), client.get(f"/api/v1/companies/{company.slug}/")
    return page.text + answer.text


def test_the_site_stays_as_it_is_until_the_change_is_published(admin_client, company):
    before, public = ContentVersion.current(), seen(admin_client, company)
    said = messages(
        admin_client.post(
            edit(company), as_shown(admin_client, edit(company)) | KEEP | {"name_en": "Zeta"}, follow=True
        )
    )
    assert "kept and waits to be published" in said
    assert seen(admin_client, company) == public
    assert ContentVersion.current() == before
    assert as_shown(admin_client, edit(company))["name_en"] == "Zeta"
    assert admin_client.get("/api/v1/companies/", {"q": "Zeta"}).json()["count"] == 0
    assert save(admin_client, company, reason="Renamed in the register.") == ""
    assert "Zeta" in seen(admin_client, company)
    assert ContentVersion.current() == before + 1
    published = Revision.head(company)
    assert (published.what, published.reason) == ("published", "Renamed in the register.")


def test_rows_of_parts_wait_and_are_known_again_when_they_are_edited_again(admin_client, company):
    first, _second = company.aliases.order_by("pk")
    changes = {f"{ALIASES}-0-name": "Acme One", f"{ALIASES}-1-DELETE": "on"}
    assert (
        save(admin_client, company, **KEEP, **changes, **new_row(ALIASES, 2, 3, name="Acme New", kind="brand")) == ""
    )
    assert [alias.name for alias in company.aliases.order_by("pk")] == ["Acme A", "Acme B"]
    shown = as_shown(admin_client, edit(company))
    names = {shown[f"{ALIASES}-{number}-id"]: shown[f"{ALIASES}-{number}-name"] for number in range(2)}
    assert names[first.pk] == "Acme One"
    (new,) = set(names) - {first.pk}
    assert new < 0
    place = next(number for number in range(2) if shown[f"{ALIASES}-{number}-id"] == new)
    assert save(admin_client, company, **KEEP, **{f"{ALIASES}-{place}-name": "Acme Newer"}) == ""
    assert Revision.objects.of(company).waiting().count() == 1
    assert save(admin_client, company) == ""
    assert sorted(alias.name for alias in company.aliases.all()) == ["Acme Newer", "Acme One"]
    assert min(alias.pk for alias in company.aliases.all()) > 0


def test_a_waiting_change_is_planned_and_carried_out_on_time(admin_client, company):
    said = messages(sent(admin_client, company, name_en="Zeta", **times(publish_at=BEGIN)))
    assert "will be published on" in said
    assert stored(company).publish_at is None
    assert ContentVersion.objects.get().next_due_at <= BEGIN
    assert schedule.apply_due(BEGIN) == 1
    assert stored(company).name_en == "Zeta"
    assert (Revision.head(company).author.username, Revision.head(company).on_schedule) == ("admin", True)


def test_a_waiting_change_can_be_discarded_and_stays_in_the_history(admin_client, company):
    save(admin_client, company, **KEEP, name_en="Zeta")
    admin_client.post(f"{edit(company).removesuffix('change/')}discard/")
    assert as_shown(admin_client, edit(company))["name_en"] == "Acme Cells"
    assert Revision.waiting_for(company) is None
    assert "Zeta" in [revision.data["name_en"] for revision in Revision.objects.of(company)]


def test_a_record_with_a_waiting_change_is_not_withdrawn_under_it(admin_client, company):
    save(admin_client, company, **KEEP, name_en="Zeta")
    assert "publish or discard it first" in messages(act(admin_client, "archive", company))
    assert stored(company).status == Status.PUBLISHED
    assert "1 record is published." in messages(act(admin_client, "publish", company))
    assert stored(company).name_en == "Zeta"


def test_archiving_on_schedule_drops_what_waits(admin_client, company):
    company.expire_at = END
    publishing.save(company)
    save(admin_client, company, **KEEP, name_en="Zeta")
    assert schedule.apply_due(END) == 1
    assert (stored(company).status, stored(company).name_en) == (Status.ARCHIVED, "Acme Cells")
    assert Revision.waiting_for(company) is None


def test_a_change_sent_to_review_is_found_in_the_list(admin_client, company, draft):
    save(admin_client, company, _save="submit", name_en="Zeta")
    save(admin_client, draft, _save="submit")
    assert stored(draft).status == Status.IN_REVIEW
    url = "/admin/companies/company/?waiting=review"
    assert set(admin_client.get(url).context["cl"].result_list) == {stored(company), stored(draft)}


def test_publishing_asks_why(admin_client, company):
    data = as_shown(admin_client, edit(company)) | {"name_en": "Zeta", "_save": "publish", "reason": ""}
    assert "reason: Say in a few words why" in refusals(admin_client.post(edit(company), data))
    assert stored(company).name_en == "Acme Cells"
