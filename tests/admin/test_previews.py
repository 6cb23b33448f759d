"""Drafts and waiting changes as the public would see them, for staff and by a link that expires."""

import pytest
from django.core import signing

from etown import previews
from etown.models import ContentVersion
from etown.records import Status
from etown.revisions import Revision
from tests import factories
from tests.admin.forms import edit, save, stored

pytestmark = pytest.mark.django_db


def opened(admin_client, record, language="en"):
    """The link that the back office gives."""
    return admin_client.get(f"{edit(record).removesuffix('change/')}preview/{language}/").url


def test_a_draft_is_shown_as_its_page_will_be_in_either_language(admin_client, client, draft):
    for language in ("en", "zh-hans"):
        url = opened(admin_client, draft, language)
        assert url.startswith(f"/{language}/preview/")
        page = client.get(url)
        assert page.status_code == 200
        assert "<h1" in page.text
        assert "Drafty" in page.text
    assert stored(draft).status == Status.DRAFT
    assert client.get(draft.get_absolute_url()).status_code == 404


def test_a_waiting_change_is_shown_and_nothing_of_it_stays(admin_client, client, company):
    save(admin_client, company, _save="", name_en="Zeta")
    before, public = ContentVersion.current(), client.get(company.get_absolute_url()).text
    assert "Zeta" in client.get(opened(admin_client, company)).text
    assert client.get(company.get_absolute_url()).text == public
    assert ContentVersion.current() == before
    assert stored(company).name_en == "Acme Cells"
    assert Revision.waiting_for(company) is not None


@pytest.mark.parametrize("make", [factories.figure, factories.article, factories.product, factories.service])
def test_every_kind_with_a_page_has_a_preview(admin_client, client, make):
    record = make(status=Status.DRAFT)
    assert client.get(opened(admin_client, record)).status_code == 200


def test_a_preview_is_not_stored_indexed_or_told_to_others(admin_client, client, draft):
    page = client.get(opened(admin_client, draft))
    assert page["Cache-Control"] == "no-store"
    assert "noindex" in page["X-Robots-Tag"]
    assert page["Referrer-Policy"] == "no-referrer"
    assert not page.cookies
    assert "ETag" not in page


def test_a_link_expires_and_cannot_be_forged(admin_client, client, draft, monkeypatch):
    url = opened(admin_client, draft)
    assert client.get(url.replace("preview/", "preview/x")).status_code == 404
    now = signing.time.time()
    monkeypatch.setattr(signing.time, "time", lambda: now + (previews.DAYS * 24 + 1) * 3600)
    late = client.get(url)
    assert late.status_code == 410
    assert "expired" in late.text


def test_what_lacks_something_has_no_page_and_the_preview_says_what(admin_client, client, draft):
    url = opened(admin_client, draft)
    type(draft).objects.filter(pk=draft.pk).update(summary_en="")
    page = client.get(url)
    assert page.status_code == 409
    assert "Summary (English)" in page.text
    asked = admin_client.get(f"{edit(draft).removesuffix('change/')}preview/en/", follow=True)
    assert asked.redirect_chain[-1][0] == edit(draft)


def test_what_is_archived_or_gone_has_no_preview(admin_client, client, draft):
    url = opened(admin_client, draft)
    type(draft).objects.filter(pk=draft.pk).update(status=Status.ARCHIVED)
    assert client.get(url).status_code == 404
    draft.delete()
    assert client.get(url).status_code == 404
