"""What somebody new in the office meets first: an account that works, refusals that say why, texts in one language."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from etown.models import Batch
from etown.records import Status
from tests import factories
from tests.admin.forms import edit

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-enough-phrase-2026"


@pytest.fixture
def batch():
    data = {"sheet": "companies", "file": "list.xlsx", "counts": {"changed": 1}}
    return Batch.objects.create(kind=Batch.Kind.IMPORT, data=data)


def test_whoever_gets_an_account_can_sign_in_with_it(admin_client):
    account = {"username": "li", "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    assert admin_client.post(reverse("admin:auth_user_add"), account).status_code == 302
    client = Client()
    client.post(reverse("admin:login"), {"username": "li", "password": PASSWORD})
    assert client.get(reverse("admin:index")).status_code == 200


def test_who_has_no_role_for_a_page_is_told_that_and_not_that_a_form_expired(client):
    client.force_login(User.objects.create_user("li", password=PASSWORD, is_staff=True))
    refused = client.get(reverse("admin:auth_user_changelist"))
    assert refused.status_code == 403
    assert "no role for this" in refused.text
    assert "expired" not in refused.text


def test_an_expired_form_is_told_as_such():
    client = Client(enforce_csrf_checks=True)
    refused = client.post(reverse("admin:login"), {"username": "li"})
    assert refused.status_code == 403
    assert "expired" in refused.text


def test_the_page_of_an_import_says_when_it_was_undone_in_the_language_of_the_reader(admin_client, batch):
    address = reverse("admin:etown_batch_change", args=[batch.pk])
    admin_client.cookies["django_language"] = "zh-hans"
    page = admin_client.get(address).text
    assert "None" not in page
    assert "导入：企业" in page
    Batch.objects.update(undone_at="2026-05-03T01:02:03Z")
    assert "2026年5月3日 09:02" in admin_client.get(address).text


@pytest.mark.parametrize(("language", "said"), [("en", "This is not public yet."), ("zh-hans", "此内容尚未公开")])
def test_a_preview_says_that_it_is_one_and_the_public_page_does_not(admin_client, client, language, said):
    draft, public = factories.company(status=Status.DRAFT), factories.company()
    link = admin_client.get(f"{edit(draft).removesuffix('change/')}preview/{language}/").url
    assert said in client.get(link).text
    assert said not in client.get(public.get_absolute_url().replace("/en/", f"/{language}/")).text
