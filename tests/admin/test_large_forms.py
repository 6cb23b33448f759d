"""Forms that are larger than a record can be: the field and its limit are named, and what was typed is kept."""

from urllib.parse import urlencode

import pytest
from django.conf import settings

from etown.markup import LONGEST
from etown.records import Status
from tests import factories
from tests.admin.forms import as_shown, edit, stored

pytestmark = pytest.mark.django_db
MEGABYTE = 2**20


@pytest.fixture
def article():
    return factories.article(status=Status.DRAFT, body_en="")


def sent(client, record, **changes):
    """As a browser sends it, where each Chinese character takes nine bytes."""
    body = urlencode(as_shown(client, edit(record)) | {"_save": ""} | changes, doseq=True)
    return client.post(edit(record), body, content_type="application/x-www-form-urlencoded")


@pytest.mark.parametrize("text", ["园" * LONGEST * 4, "x" * 4 * MEGABYTE, "<p>x</p>" * (MEGABYTE // 4)])
def test_a_text_of_several_megabytes_is_refused_beside_its_field_and_still_there(admin_client, article, text):
    response = sent(admin_client, article, body_en=text)
    assert response.status_code == 200
    form = response.context["adminform"].form
    assert list(form.errors) == ["body_en"]
    assert f"at most {LONGEST} can be stored" in form.errors["body_en"][0]
    assert form["body_en"].value() == text
    assert stored(article).body_en == ""


@pytest.mark.parametrize(("language", "told"), [("en", "larger than 12 MB"), ("zh-hans", "提交的内容超过12MB")])
def test_what_is_larger_than_any_form_is_told_with_the_limit(admin_client, article, language, told):
    admin_client.cookies["django_language"] = language
    response = sent(admin_client, article, body_en="x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1))
    assert response.status_code == 400
    assert told in response.text
    assert stored(article).body_en == ""


def test_a_company_may_have_hundreds_of_rows(admin_client, article):
    fields = {f"more-{number}": "" for number in range(2000)}
    assert sent(admin_client, article, **fields).status_code == 302


def test_more_fields_than_any_form_has_are_told_with_the_limit(admin_client, article):
    fields = {f"more-{number}": "" for number in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS)}
    response = sent(admin_client, article, **fields)
    assert response.status_code == 400
    assert "more than 10,000 fields" in response.text
