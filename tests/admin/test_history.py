"""The versions of a record: who, when, what and why; any two compared in words; each can be brought back."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from etown.models import ContentVersion
from etown.records import Status
from etown.revisions import Revision
from tests import factories
from tests.admin.forms import as_shown, edit, new_row, save, stored
from tests.admin.test_saving import messages

pytestmark = pytest.mark.django_db
WHY = {"why": "It was right."}
ROW = {"basis": "stated", "route": "drug_registration", "jurisdiction": "CN"}


def history(record):
    return reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_history", args=[record.pk])


def version(record, revision):
    return f"{history(record)}{revision.pk}/"


def versions(record):
    return list(Revision.objects.of(record).order_by("pk"))


def differences(client, url, **query):
    """What the page says differs, by field, without its marks."""
    found = client.get(url, query).context["differences"]
    return {row.label: (strip_tags(row.old), strip_tags(row.new)) for row in found}


def test_the_list_says_who_did_what_and_why_latest_first(admin_client, draft):
    save(admin_client, draft, name_en="Renamed", reason="A new sign at the door.")
    page = admin_client.get(history(draft))
    (latest, first) = page.context["page"]
    assert (latest.author.username, latest.what, latest.reason) == ("admin", "changed", "A new sign at the door.")
    assert (first.author, first.what) == (None, "created")
    assert "A new sign at the door." in page.text


def test_times_are_written_one_way_in_english(admin_client, draft):
    time = timezone.localtime(versions(draft)[0].created_at)
    written = f"{time.day} {time:%b %Y %H:%M}"
    for address in (history(draft), version(draft, versions(draft)[0]), reverse("admin:etown_revision_changelist")):
        assert written in admin_client.get(address).text


def test_a_version_is_compared_with_the_one_before_and_with_any_other(admin_client, draft):
    for name in ("Second", "Third"):
        save(admin_client, draft, name_en=name)
    first, _second, third = versions(draft)
    url = version(draft, third)
    assert differences(admin_client, url) == {"Name (English)": ("Second", "Third")}
    assert differences(admin_client, url, **{"with": first.pk}) == {"Name (English)": ("Drafty", "Third")}
    assert differences(admin_client, url, **{"with": "x"}) == {"Name (English)": ("Second", "Third")}


def test_choices_relations_and_parts_are_told_in_words(admin_client):
    other = factories.company("Maker")
    product = factories.product("Drug", status=Status.DRAFT)
    row = new_row("milestones", 0, 1, event="phase_1", sequence=1, source=factories.source().pk, as_of="2024-01-01")
    row |= {f"milestones-0-{name}": value for name, value in ROW.items()}
    assert save(admin_client, product, company=other.pk, vector="aav", **row) == ""
    found = differences(admin_client, version(product, versions(product)[-1]))
    assert found["Company"] == ("", "Maker")
    assert found["Vector"] == ("", "AAV")
    assert "Phase I" in found["Milestones"][1]
    assert "Example Press" in found["Milestones"][1]


def test_what_a_version_refers_to_may_be_gone(admin_client):
    product = factories.product("Drug", status=Status.DRAFT)
    other = factories.company("Maker", status=Status.DRAFT)
    save(admin_client, product, company=other.pk)
    latest = versions(product)[-1]
    save(admin_client, product, company="")
    other.delete()
    (old, new) = differences(admin_client, version(product, latest))["Company"]
    assert (old, "has been removed" in new) == ("", True)


def test_texts_are_shown_as_text(admin_client, draft):
    save(admin_client, draft, name_en="<script>alert(1)</script>")
    page = admin_client.get(version(draft, versions(draft)[-1])).text
    assert "<script>alert" not in page
    assert "&lt;" in page


def test_a_draft_is_brought_back_with_its_parts(admin_client, draft):
    save(admin_client, draft, **new_row("aliases", 0, 1, name="Old brand", kind="brand"))
    kept = versions(draft)[-1]
    save(admin_client, draft, name_en="Renamed", **{"aliases-0-DELETE": "on"})
    assert not draft.aliases.exists()
    response = admin_client.post(version(draft, kept), WHY, follow=True)
    assert "is as it was in that version" in messages(response)
    assert (stored(draft).name_en, [alias.name for alias in draft.aliases.all()]) == ("Drafty", ["Old brand"])
    latest = versions(draft)[-1]
    assert (latest.what, latest.reason, latest.author.username) == ("reverted", "It was right.", "admin")
    assert stored(draft).status == Status.DRAFT


def test_reverting_asks_why(admin_client, draft):
    save(admin_client, draft, name_en="Renamed")
    response = admin_client.post(version(draft, versions(draft)[0]), {"why": " "}, follow=True)
    assert "Say in a few words why" in messages(response)
    assert stored(draft).name_en == "Renamed"


def test_a_public_record_goes_back_as_a_waiting_change_or_at_once(admin_client, company):
    save(admin_client, company, name_en="Renamed")
    first = versions(company)[0]
    before = ContentVersion.current()
    assert "waits to be published" in messages(admin_client.post(version(company, first), WHY, follow=True))
    assert (stored(company).name_en, ContentVersion.current()) == ("Renamed", before)
    assert as_shown(admin_client, edit(company))["name_en"] == "Acme Cells"
    admin_client.post(version(company, first), WHY | {"then": "publish"})
    assert (stored(company).name_en, ContentVersion.current()) == ("Acme Cells", before + 1)
    assert Revision.waiting_for(company) is None


def test_a_version_that_no_longer_fits_is_refused_with_its_reason(admin_client, company):
    save(admin_client, company, slug="acme-cells")
    factories.company("Usurper", slug="acme")
    response = admin_client.post(version(company, versions(company)[0]), WHY | {"then": "publish"}, follow=True)
    assert "Another record has this address already" in messages(response)
    assert stored(company).slug == "acme-cells"


def test_who_may_not_change_only_reads(company, draft):
    client = Client()
    client.force_login(factories.account("Viewer"))
    first = versions(draft)[0]
    page = client.get(version(draft, first))
    assert page.status_code == 200
    assert 'name="why"' not in page.text
    assert client.post(version(draft, first), WHY).status_code == 403
    client.force_login(factories.account("Editor"))
    assert client.post(version(company, versions(company)[0]), WHY | {"then": "publish"}).status_code == 403


def test_a_version_belongs_to_its_record(admin_client, company, draft):
    assert admin_client.get(version(draft, versions(company)[0])).status_code == 404
