"""Every page of the back office opens, in both languages, in a constant number of queries."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from companies.models import Chain
from etown.models import Batch, ContentVersion, FormerSlug, Job, LoadedRecord, Picture, Revision, Role
from etown.records import Record
from facts.models import Correction
from office.models import Desk, Office

pytestmark = pytest.mark.django_db
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
RECORDS = [model for model in MODELS if issubclass(model, Record)]
EDITED = [model for model in MODELS if model not in (Batch, Job, Revision)]
LISTED = [model for model in RECORDS if model is not Office]


def page(model, role, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{role}", args=args)


@pytest.fixture(params=["en", "zh-hans"])
def client(request, admin_client):
    admin_client.cookies["django_language"] = request.param
    return admin_client


@pytest.fixture
def records(starter):
    """The starter facts, and some of what they have none or one of."""
    hall = {"alternative_en": "A hall", "alternative_zh_hans": "大厅", "file": "hall.webp", "width": 4, "height": 3}
    names = {"name_en": "Another", "name_zh_hans": "另一个"}
    for number in range(2):
        Picture(title=f"Hall {number}", **hall).save()
        Correction(slug=f"mended-{number}", corrected_on="2024-01-01", statement_en="It was less.").save()
        Chain(slug=f"chain-{number}", **names).save()
        Desk(slug=f"desk-{number}", email="desk@example.org", **names).save()


def test_every_record_can_be_edited_and_the_tables_of_the_kernel_cannot():
    own = {model for model in apps.get_models() if issubclass(model, Record)}
    assert own | {User, Role, Batch, Job, Revision} == set(MODELS)
    assert not {ContentVersion, FormerSlug, LoadedRecord} & set(MODELS)


def test_every_list_opens(client, records):
    for model in MODELS:
        response = client.get(page(model, "changelist"), follow=True)
        assert response.status_code == 200, model


def test_every_list_can_be_searched_and_filtered(client, records):
    for model in LISTED:
        assert admin.site.get_model_admin(model).search_fields, model
        assert client.get(page(model, "changelist"), {"q": "细胞 cell's \x00"}).status_code == 200, model
        shown = client.get(page(model, "changelist")).context["cl"]
        for spec in shown.filter_specs:
            for choice in [*spec.choices(shown)][1:3]:
                url = page(model, "changelist") + choice["query_string"]
                assert client.get(url).status_code == 200, url


def test_every_page_for_a_new_record_opens(client):
    for model in EDITED:
        assert client.get(page(model, "add")).status_code == 200, model


def test_every_record_of_the_starter_facts_opens(client, records):
    for model in RECORDS:
        if not (first := model._default_manager.order_by("pk").first()):
            continue
        for role in ("change", "history", "delete"):
            if (model, role) != (Office, "delete"):
                assert client.get(page(model, role, first.pk)).status_code == 200, (model, role)


def test_the_first_page_speaks_the_readers_language(admin_client):
    assert 'lang="en"' in admin_client.get("/admin/").text
    chinese = admin_client.post(reverse("set_language"), {"language": "zh-hans", "next": "/admin/"}, follow=True).text
    assert 'lang="zh-hans"' in chinese
    assert "退出登录" in chinese


def test_nothing_on_the_pages_breaks_the_strict_policy(admin_client, records):
    for model in EDITED:
        for url in (page(model, "changelist"), page(model, "add")):
            text = admin_client.get(url).text
            assert " style=" not in text, url
            assert "<script>" not in text, url
            assert "<style" not in text, url


@pytest.mark.parametrize("model", LISTED, ids=lambda model: model._meta.label)
def test_a_list_needs_the_same_queries_for_few_rows_as_for_many(admin_client, records, model):
    ids = [str(pk) for pk in model._default_manager.order_by("pk").values_list("pk", flat=True)[:50]]

    def queries(shown):
        with CaptureQueriesContext(connection) as context:
            response = admin_client.get(page(model, "changelist"), {"id__in": ",".join(shown)})
        assert len(response.context["cl"].result_list) == len(shown)
        return len(context)

    queries(ids)
    assert queries(ids[:2]) == queries(ids)


def test_strangers_and_readers_are_refused(client, django_user_model):
    client.logout()
    client.force_login(django_user_model.objects.create_user("reader"))
    for model in MODELS:
        for url in (page(model, "changelist"), page(model, "add")):
            assert client.get(url).url.startswith("/admin/login/"), url
    client.logout()
    for model in MODELS:
        for url in (page(model, "changelist"), page(model, "add")):
            assert client.get(url).url.startswith("/admin/login/"), url


def test_a_demonstration_desk_is_announced_until_a_real_one_replaces_it(admin_client, starter):
    link = f"{page(Desk, 'changelist')}?is_demonstration__exact=1"
    assert link in admin_client.get("/admin/").text
    Desk.objects.update(is_demonstration=False)
    assert link not in admin_client.get("/admin/").text


def test_there_is_one_office_and_its_list_is_its_page(admin_client, starter):
    office = Office.objects.get()
    assert admin_client.get(page(Office, "changelist")).url == page(Office, "change", office.pk)
    assert admin_client.get(page(Office, "add")).status_code == 403
    assert admin_client.post(page(Office, "delete", office.pk), {"post": "yes"}).status_code == 403
