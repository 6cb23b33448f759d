"""Sessions of staff: how they end, and what public pages know of them."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from etown import sessions
from etown.models import StaffSession
from tests import factories
from tests.admin.forms import save

pytestmark = pytest.mark.django_db
PASSWORD = "paper-and-ink-1440"


@pytest.fixture
def officer(db):
    return factories.account("Publisher", username="officer", password=PASSWORD)


@pytest.fixture
def devices(officer):
    """The same person at three machines."""
    clients = [Client() for _number in range(3)]
    for client in clients:
        client.post(reverse("admin:login"), {"username": "officer", "password": PASSWORD})
    assert all(is_in(client) for client in clients)
    return clients


def is_in(client):
    return client.get(reverse("admin:index")).status_code == 200


def test_sign_out_everywhere_else_leaves_only_this_session(devices):
    here, *others = devices
    assert "2 sessions of yours are open" in here.get(reverse("admin:account")).text
    assert here.post(reverse("admin:sign_out_elsewhere")).status_code == 302
    assert is_in(here)
    assert not any(is_in(client) for client in others)


def test_signing_out_elsewhere_is_a_deed_and_no_link(devices):
    assert devices[0].get(reverse("admin:sign_out_elsewhere")).status_code == 405
    assert all(is_in(client) for client in devices)


def test_an_administrator_signs_somebody_out_everywhere(devices, officer, client):
    client.force_login(factories.account("Administrator"))
    data = {"action": "sign_out_everywhere", "_selected_action": [officer.pk]}
    assert "1 account is signed out." in client.post(reverse("admin:auth_user_changelist"), data, follow=True).text
    assert not any(is_in(device) for device in devices)
    assert is_in(client)
    assert "open sessions: ended" in client.get(reverse("admin:auth_user_history", args=[officer.pk])).text


def test_a_closed_account_loses_its_sessions_and_does_not_get_them_back(devices, officer, admin_client):
    assert save(admin_client, officer, is_active="") == ""
    assert not any(is_in(client) for client in devices)
    assert save(admin_client, officer, is_active="on") == ""
    assert not any(is_in(client) for client in devices)


def test_a_new_password_ends_all_other_sessions(devices):
    here, *others = devices
    new = "ink-and-paper-0441"
    data = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert here.post(reverse("admin:password_change"), data).status_code == 302
    assert is_in(here)
    assert not any(is_in(client) for client in others)
    assert StaffSession.objects.count() == 1


def test_a_password_set_by_an_administrator_ends_all_sessions(devices, officer, admin_client):
    data = {"usable_password": "true", "password1": "ink-and-paper-0441", "password2": "ink-and-paper-0441"}
    url = reverse("admin:auth_user_password_change", args=[officer.pk])
    assert admin_client.post(url, data | {"set-password": "1"}).status_code == 302
    assert not any(is_in(client) for client in devices)
    assert not sessions.open_sessions(officer).exists()


def test_a_session_ends_twelve_hours_after_the_log_in_whatever_is_done_meanwhile(devices, monkeypatch):
    here = devices[0]
    session = here.session
    end = StaffSession.objects.get(pk=session.session_key).expire_date
    assert round((end - timezone.now()).total_seconds() / 3600) == 12
    session["something"] = "else"
    session.save()
    assert abs((StaffSession.objects.get(pk=session.session_key).expire_date - end).total_seconds()) < 2
    StaffSession.objects.filter(pk=session.session_key).update(expire_date=timezone.now())
    assert not is_in(here)


@pytest.mark.parametrize(
    ("password", "complaint"),
    [
        ("short-1440", "too short"),
        ("passwordpassword", ""),
        ("qwertyuiop123", "too common"),
        ("all small letters", ""),
        ("officer-officer", ""),
    ],
)
def test_a_password_must_be_long_and_not_common_and_nothing_else(admin_client, password, complaint):
    data = {"username": "newcomer", "usable_password": "true", "password1": password, "password2": password}
    answer = admin_client.post(reverse("admin:auth_user_add"), data)
    assert (answer.status_code == 302) == (not complaint)
    assert complaint in answer.text


def test_public_pages_know_nothing_of_sessions(devices):
    answer = devices[0].get("/en/")
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")


def test_an_account_page_is_kept_by_nobody(devices):
    assert "no-store" in devices[0].get(reverse("admin:account"))["Cache-Control"]
