"""Every address and every action of the back office, for every role: allowed or refused as the table says.

Addresses and actions are found, not listed. A new one fails here until the tables below say what it takes.
"""

import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.contrib import admin
from django.contrib.admin import ActionLocation
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model
from django.template.response import SimpleTemplateResponse
from django.test import Client
from django.urls import URLPattern, reverse

from companies.models import Company
from etown import roles
from etown.models import Batch, Job, Picture, Role
from etown.records import Publishable, Record, Status
from etown.revisions import Revision
from facts.models import Correction
from office.models import Office
from office.models import Page as OfficePage
from tests import factories

pytestmark = pytest.mark.django_db

NOBODY, ANYBODY, STAFF, SUPERUSER = "nobody", "anybody", "staff", "superuser"
ROLES = tuple(roles.ROLES)
PEOPLE = ("anonymous", "staff without a role", *ROLES, SUPERUSER)

# Addresses of the site: who may open them, and whether they are opened, sent to, or both.
GET, POST = "GET", "POST"
SITE = {
    "index": (STAFF, GET, POST),
    "login": (ANYBODY, GET, POST),
    "login_code": (ANYBODY, GET, POST),
    "logout": (STAFF, POST),
    "password_change": (STAFF, GET, POST),
    "password_change_done": (STAFF, GET),
    "jsi18n": (STAFF, GET),
    "account": (STAFF, GET),
    "second_factor": (STAFF, GET, POST),
    "second_factor_off": (STAFF, GET, POST),
    "recovery_codes": (STAFF, GET, POST),
    "sign_out_elsewhere": (STAFF, POST),
    # Gives back what was sent, clean; it reads and writes nothing.
    "clean_formatted": (STAFF, POST),
}
# Those have tests of their own below, or show nothing: what they lead to asks again.
ELSEWHERE = {"autocomplete", "view_on_site", "app_list", None}
# Addresses of a model by the end of their name: the deed to open them, the deed to send to them.
PAGES = {
    "changelist": (roles.VIEW, roles.VIEW),
    "add": (roles.ADD, roles.ADD),
    "change": (roles.VIEW, roles.CHANGE),
    "delete": (roles.DELETE, roles.DELETE),
    "history": (roles.VIEW, roles.VIEW),
    "password_change": (roles.CHANGE, roles.CHANGE),
    "preview": (roles.VIEW, roles.VIEW),
    "version": (roles.VIEW, roles.CHANGE),
    "conflict": (roles.CHANGE, roles.CHANGE),
    "export": (roles.VIEW, roles.VIEW),
    "download": (roles.VIEW, roles.VIEW),
    "import": (roles.CHANGE, roles.CHANGE),
    "check": (roles.CHANGE, roles.CHANGE),
    "undo": (roles.PUBLISH, roles.PUBLISH),
    # Two companies made one, and the choice of the other one.
    "merge": (roles.PUBLISH, roles.PUBLISH),
    "merge_with": (roles.PUBLISH, roles.PUBLISH),
    # A deed and no page: opening it is refused to everybody.
    "discard": (NOBODY, roles.CHANGE),
    # How far a job is, for whoever was told its address.
    "progress": (STAFF, STAFF),
    # Pictures to choose from, in the editor of formatted texts.
    "choices": (roles.VIEW, roles.VIEW),
}
# What can be done to selected records, and the deed that it takes.
ACTIONS = {
    "delete_selected": roles.DELETE,
    "publish": roles.PUBLISH,
    "withdraw": roles.PUBLISH,
    "archive": roles.PUBLISH,
    "merge": roles.PUBLISH,
    "verify": roles.CHANGE,
    "sign_out_everywhere": roles.CHANGE,
    "remove_second_factor": roles.CHANGE,
    "unlock": roles.CHANGE,
    "try_again": roles.DECIDE,
    "give_up": roles.DECIDE,
}
# What nobody may do, whatever the role: there is one office, and our roles stand in the table.
NEVER = {
    ("office.office", roles.ADD),
    ("office.office", roles.DELETE),
    ("etown.role", roles.CHANGE),
    ("etown.role", roles.DELETE),
    *(
        (f"etown.{kind}", deed)
        for kind in ("batch", "job", "revision")
        for deed in (roles.ADD, roles.CHANGE, roles.DELETE)
    ),
}
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


class Page(NamedTuple):
    model: type[Model]
    name: str
    kind: str


def patterns(urls: list[Any]) -> Iterator[URLPattern]:
    for found in urls:
        if isinstance(found, URLPattern):
            yield found
        else:
            yield from patterns(found.url_patterns)


def names() -> set[str | None]:
    return {pattern.name for pattern in patterns(admin.site.get_urls())}


def pages() -> list[Page]:
    """The addresses of the registered models."""
    found = []
    for model in MODELS:
        prefix = f"{model._meta.app_label}_{model._meta.model_name}_"
        own = {pattern.name for pattern in patterns(admin.site.get_model_admin(model).get_urls())} - {None}
        found += [Page(model, name, name.removeprefix(prefix)) for name in sorted(own)]
    return found


def actions(model: type[Model]) -> set[str]:
    model_admin = admin.site.get_model_admin(model)
    return {
        action.name
        for location in ActionLocation
        for action in model_admin._get_base_actions(action_location=location)
    }


def may(person: str, deed: str, model: type[Model]) -> bool:
    if person == "anonymous" or deed == NOBODY:
        return False
    if deed == STAFF:
        return True
    if person == "staff without a role":
        return False
    if (model._meta.label_lower, deed) in NEVER:
        return False
    return person == SUPERUSER or roles.may(person, deed, model)


@pytest.fixture
def records(db) -> dict[type[Model], Model]:
    """One record of each kind, none of them public; whoever may publish has tests elsewhere."""
    factories.activity(modality="car-t")
    factories.milestone()
    factories.service()
    factories.figure()
    factories.article()
    factories.want("plasmid")
    names = {"name_en": "A hall", "name_zh_hans": "大厅"}
    Office(**names).save()
    OfficePage(slug="about").save()
    Correction(slug="mended", corrected_on="2024-01-01", statement_en="It was less.").save()
    alternative = {f"alternative_{language}": name for language, name in zip(("en", "zh_hans"), names, strict=True)}
    Picture(title="Hall", file="hall.webp", width=4, height=3, **alternative).save()
    factories.account(username="aaa")
    Batch.objects.create(kind=Batch.Kind.IMPORT, data={"sheet": "companies"})
    Job.objects.create(task="etown.rebuilding.rebuild_search")
    for model in MODELS:
        if issubclass(model, Publishable):
            model._default_manager.update(status=Status.DRAFT, publish_at=None)
    found = {model: model._default_manager.order_by("pk").first() for model in MODELS}
    missing = [model._meta.label for model, record in found.items() if record is None]
    assert not missing, f"Make one of each of these for the matrix: {missing}"
    for record in found.values():
        if isinstance(record, Record):
            Revision.found(record)
    return found


def arguments(page: Page, record: Any) -> list[Any]:
    if page.kind in {"changelist", "add", "choices", "export", "import"}:
        return []
    if page.kind == "download":
        return [admin.site.get_model_admin(page.model).sheets[0].name, "csv"]
    if page.kind == "check":
        return [uuid.uuid4()]
    if page.kind == "merge":
        return [record.pk, record.pk]
    if page.kind in {"version", "conflict"}:
        return [record.pk, Revision.head(record).pk]
    if page.kind == "progress":
        return [record.uid]
    return [record.pk, "en"] if page.kind == "preview" else [record.pk]


@pytest.fixture(autouse=True)
def blank_pages(monkeypatch) -> None:
    """Who may open a page is settled before it is drawn, and drawing thousands takes minutes."""

    def leave_blank(response: SimpleTemplateResponse) -> SimpleTemplateResponse:
        response.content = b""
        return response

    monkeypatch.setattr(SimpleTemplateResponse, "render", leave_blank)
    monkeypatch.setattr(type(admin.site._wrapped), "each_context", lambda site, request: {})


@pytest.fixture(params=PEOPLE)
def person(request) -> str:
    return request.param


@pytest.fixture
def client(person, records) -> Client:
    client = Client()
    if person != "anonymous":
        values = {"is_superuser": True} if person == SUPERUSER else {}
        client.force_login(factories.account(*{person} & {*ROLES}, username="person", **values))
    return client


def outcome(client: Client, method: str, url: str, data: dict[str, Any] | None = None) -> str:
    """“opened” or “refused”; whatever was done is undone."""
    with transaction.atomic():
        response = client.get(url, data) if method == GET else client.post(url, data or {})
        transaction.set_rollback(True)
    if response.status_code == 403 or (response.status_code == 302 and response.url.startswith("/admin/login/")):
        return "refused"
    # There is nothing to settle, which only those are told who could.
    assert response.status_code in {200, 302} or (response.status_code == 404 and "/settle/" in url), url
    return "opened"


def expected(is_allowed: bool) -> str:
    return "opened" if is_allowed else "refused"


def test_somebody_has_said_who_may_open_every_address():
    known = set(SITE) | ELSEWHERE | {page.name for page in pages()}
    assert not names() - known, "Say in SITE who may open these."
    assert not {page.name for page in pages() if page.kind not in PAGES}, "Say in PAGES which deed these take."


def test_somebody_has_said_what_every_action_takes():
    found = {action for model in MODELS for action in actions(model)}
    assert not found - set(ACTIONS), "Say in ACTIONS which deed these take."


def test_addresses_of_the_site_are_open_to_staff(client, person):
    for name, (who, *methods) in SITE.items():
        is_allowed = who == ANYBODY or person != "anonymous"
        for method in methods:
            if name in {"login", "login_code"}:
                response = client.get(reverse(f"admin:{name}"))
                assert response.status_code in {200, 302}
                continue
            if name == "logout":
                # The last thing that a session does; a stranger is led to the first page.
                continue
            url = reverse(f"admin:{name}")
            assert outcome(client, method, url) == expected(is_allowed), (name, method)
    left = client.post(reverse("admin:logout"))
    assert left.status_code == (302 if person == "anonymous" else 200)
    assert client.get(reverse("admin:index")).status_code == 302


def test_pages_of_records_are_open_to_whom_the_table_says(client, person, records):
    wrong = []
    for page in pages():
        url = reverse(f"admin:{page.name}", args=arguments(page, records[page.model]))
        for method, deed in zip((GET, POST), PAGES[page.kind], strict=True):
            found = outcome(client, method, url, {"post": "yes"} if page.kind == "delete" else None)
            # Undoing asks what writing those records asked.
            model = Company if page.kind == "undo" else page.model
            if found != expected(may(person, deed, model)):
                wrong.append((page.name, method, found))
    assert wrong == []


@pytest.mark.parametrize("location", ActionLocation)
def test_actions_are_offered_and_obeyed_as_the_table_says(client, person, records, location):
    wrong = []
    for model in MODELS:
        kind = "changelist" if location == ActionLocation.CHANGE_LIST else "change"
        record = records[model]
        args = [] if kind == "changelist" else [record.pk]
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{kind}", args=args)
        page = client.get(url, follow=True)
        form = (getattr(page, "context_data", None) or {}).get("action_form")
        offered = {name for name, _label in form.fields["action"].choices if name} if form else set()
        model_admin = admin.site.get_model_admin(model)
        for action in [action.name for action in model_admin._get_base_actions(action_location=location)]:
            is_allowed = may(person, ACTIONS[action], model)
            if (action in offered) != is_allowed and not is_one_of_its_kind(model):
                wrong.append((model._meta.label, action, "offered" if action in offered else "hidden"))
            if not is_allowed and is_obeyed(client, url, action, record):
                wrong.append((model._meta.label, action, "obeyed"))
    assert wrong == []


def is_one_of_its_kind(model: type[Model]) -> bool:
    """The office has no list, and therefore nothing to select; roles cannot be removed, which each row is asked."""
    return model._meta.label in {"office.Office", "etown.Role"}


def is_obeyed(client: Client, url: str, action: str, record: Model) -> bool:
    """Whether an action that is not offered does anything all the same."""
    before = stored(record)
    with transaction.atomic():
        client.post(url, {"action": action, "_selected_action": [record.pk], "post": "yes"})
        after = stored(record)
        transaction.set_rollback(True)
    return before != after


def stored(record: Model) -> list[dict[str, Any]]:
    return list(type(record)._base_manager.filter(pk=record.pk).values())


def test_choices_that_are_looked_up_show_only_what_one_may_see(client, person, records):
    for model in MODELS:
        for name in admin.site.get_model_admin(model).autocomplete_fields:
            field = model._meta.get_field(name)
            query = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": name}
            found = outcome(client, GET, reverse("admin:autocomplete"), query)
            assert found == expected(may(person, roles.VIEW, field.related_model)), (model, name)


def test_the_page_of_an_app_is_open_to_whoever_sees_something_of_it(client, person, records):
    for label in sorted({model._meta.app_label for model in MODELS}):
        sees = any(may(person, roles.VIEW, model) for model in MODELS if model._meta.app_label == label)
        response = client.get(reverse("admin:app_list", args=[label]))
        assert response.status_code == (302 if person == "anonymous" else 200 if sees else 404), label


def test_an_address_on_the_site_is_told_to_staff_only(client, person, records):
    record = next(record for record in records.values() if hasattr(record, "get_absolute_url"))
    kind = ContentType.objects.get_for_model(record)
    found = outcome(client, GET, reverse("admin:view_on_site", args=[kind.pk, record.pk]))
    assert found == expected(person != "anonymous")


def test_what_is_no_address_is_told_to_staff_only(client, person):
    response = client.get("/admin/no/such/page/")
    assert response.status_code == (302 if person == "anonymous" else 404)


def test_the_first_page_lists_what_one_may_see_and_nothing_else(client, person, records):
    if person == "anonymous":
        return
    listed = {entry["model"] for app in client.get("/admin/").context_data["app_list"] for entry in app["models"]}
    assert listed == {model for model in MODELS if may(person, roles.VIEW, model)}


def test_only_superusers_and_administrators_find_accounts_and_roles(person):
    finds = {model for model in (User, Role) if may(person, roles.VIEW, model)}
    assert finds == ({User, Role} if person in {roles.ADMINISTRATOR, SUPERUSER} else set())
