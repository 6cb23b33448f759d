"""Who guesses is locked out: from one address, for a while, whatever the address pretends to be."""

import re
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.core.management import call_command
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from etown import lockout
from tests import factories

pytestmark = pytest.mark.django_db
PASSWORD = "paper-and-ink-1440"
ATTACKER, OFFICE = "203.0.113.7", "198.51.100.20"


@pytest.fixture
def officer():
    return factories.account("Publisher", username="officer", password=PASSWORD)


@pytest.fixture
def behind_one_proxy(settings):
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": 1}


def log_in(username="officer", password=PASSWORD, address=OFFICE, **headers):
    data = {"username": username, "password": password}
    return Client().post(reverse("admin:login"), data, REMOTE_ADDR=address, **headers)


def guess(times, username="officer", address=ATTACKER, **headers):
    """The answer to the last guess."""
    return [log_in(username, f"guess-{number}", address, **headers) for number in range(times)][-1]


def is_let_in(response):
    return response.status_code == 302


def test_after_five_wrong_passwords_the_right_one_is_refused(officer):
    assert guess(4).status_code == 200
    assert guess(1).status_code == 429
    assert log_in(address=ATTACKER).status_code == 429


def test_the_page_says_when_to_try_again(officer):
    answer = guess(5)
    assert "Log-in from here is closed for 15 minutes, until " in answer.text
    assert 880 <= int(answer["Retry-After"]) <= 900
    assert answer["Cache-Control"] == "no-store"
    assert "E-Town Invest back office" in answer.text
    assert "officer" not in answer.text


def test_the_page_speaks_chinese(officer):
    answer = guess(5, headers={"accept-language": "zh-hans"})
    assert "分钟" in answer.text
    assert "closed" not in answer.text


def test_the_page_does_not_tell_who_exists(officer):
    def said(answer):
        return re.sub(r"\d+:\d\d|csrf\S+ value=\S+|[\w-]{32,}", "", answer.text)

    assert said(guess(4, "officer")) == said(guess(4, "nobody")).replace("nobody", "officer")
    assert said(guess(1, "officer")) == said(guess(1, "nobody"))


def test_the_officer_still_gets_in_from_elsewhere(officer):
    guess(5)
    assert is_let_in(log_in())


def test_another_account_still_gets_in_from_the_same_address(officer):
    guess(5, "somebody-else", OFFICE)
    assert is_let_in(log_in())


def test_another_browser_does_not_help(officer):
    for number in range(5):
        answer = guess(1, headers={"user-agent": f"Browser {number}"})
    assert answer.status_code == 429


def test_it_ends_after_a_quarter_of_an_hour_even_for_who_keeps_trying(officer):
    guess(5)
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=14))
    answer = guess(3)
    assert answer.status_code == 429
    assert "for 1 minute, until" in answer.text
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=2))
    assert is_let_in(log_in(address=ATTACKER))


def test_a_log_in_forgets_the_failures_before_it(officer):
    guess(4, address=OFFICE)
    assert is_let_in(log_in())
    assert guess(4, address=OFFICE).status_code == 200


def test_an_address_that_tries_many_accounts_is_locked_for_all(officer):
    for number in range(29):
        assert guess(1, f"name-{number}").status_code == 200
    assert guess(1, "name-29").status_code == 429
    assert log_in(address=ATTACKER).status_code == 429
    assert is_let_in(log_in())


def test_neighbours_in_an_ipv6_network_are_one_client(officer):
    for number in range(5):
        answer = guess(1, address=f"2001:db8:1:2::{number:x}")
    assert answer.status_code == 429
    assert is_let_in(log_in(address="2001:db8:1:3::1"))


def test_a_forged_header_changes_nothing_where_no_proxy_stands(officer):
    for number in range(5):
        answer = guess(1, headers={"x-forwarded-for": f"192.0.2.{number}", "x-real-ip": f"192.0.2.{number}"})
    assert answer.status_code == 429
    assert {str(address) for address in AccessAttempt.objects.values_list("ip_address", flat=True)} == {ATTACKER}


def test_a_forged_header_changes_nothing_behind_a_proxy(officer, behind_one_proxy):
    proxy = "10.0.0.1"
    for number in range(5):
        answer = guess(1, address=proxy, headers={"x-forwarded-for": f"192.0.2.{number}, {ATTACKER}"})
    assert answer.status_code == 429
    assert is_let_in(log_in(address=proxy, headers={"x-forwarded-for": f"{ATTACKER}, {OFFICE}"}))


def test_nobody_locks_an_officer_out_by_pretending_to_be_at_the_office(officer, behind_one_proxy):
    guess(5, address="10.0.0.1", headers={"x-forwarded-for": f"{OFFICE}, {ATTACKER}"})
    assert is_let_in(log_in(address="10.0.0.1", headers={"x-forwarded-for": OFFICE}))


@pytest.mark.parametrize("address", ["", "unknown", "192.0.2.1:4711", "fe80::1%eth0", "::ffff:203.0.113.7"])
def test_whatever_an_address_looks_like_failures_count(officer, address):
    assert guess(5, address=address).status_code == 429


def test_wrong_codes_count_like_wrong_passwords(officer):
    TOTPDevice.objects.create(user=officer, name="app")
    client = Client(REMOTE_ADDR=ATTACKER)
    client.post(reverse("admin:login"), {"username": "officer", "password": PASSWORD})
    answers = []
    for _number in range(5):
        TOTPDevice.objects.update(throttling_failure_count=0)
        answers.append(client.post(reverse("admin:login_code"), {"code": "no code"}).status_code)
    assert answers == [200] * 4 + [429]
    assert log_in(address=ATTACKER).status_code == 429
    assert client.post(reverse("admin:login_code"), {"code": "no code"}).status_code == 429


def test_failures_are_kept_without_what_was_typed(officer):
    guess(2)
    attempt = AccessAttempt.objects.get()
    assert "guess" not in attempt.post_data
    assert attempt.failures_since_start == 2


def test_an_administrator_sees_the_failures_and_unlocks_the_account(officer, client):
    guess(5)
    client.force_login(factories.account("Administrator"))
    page = client.get(reverse("admin:auth_user_change", args=[officer.pk]))
    assert lockout.failures(officer) == 5
    assert "failed log-ins lately" in page.text.lower()
    data = {"action": "unlock", "_selected_action": [officer.pk]}
    assert "1 account may log in again." in client.post(reverse("admin:auth_user_changelist"), data, follow=True).text
    assert is_let_in(log_in(address=ATTACKER))


def test_a_command_unlocks_when_no_administrator_gets_in(officer, capsys):
    guess(5)
    call_command("axes_reset_username", "officer")
    assert is_let_in(log_in(address=ATTACKER))


def test_public_pages_write_nothing_down(officer):
    Client().get("/en/", REMOTE_ADDR=ATTACKER)
    assert not AccessAttempt.objects.exists()
