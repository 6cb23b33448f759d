"""The second factor, as staff meet it: enrolment, log-in in two steps, recovery, and where it is required."""

import re
import time
from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from tests import factories

pytestmark = pytest.mark.django_db
PASSWORD = "paper-and-ink-1440"
INDEX = "/admin/"


@pytest.fixture
def officer():
    return factories.account("Publisher", username="officer", password=PASSWORD)


@pytest.fixture
def required(settings):
    settings.SECOND_FACTOR = "required"


def code(officer) -> str:
    """What the app shows now. Each may be used once, so those of a moment ago are forgotten here."""
    device = TOTPDevice.objects.get(user=officer)
    TOTPDevice.objects.update(last_t=-1)
    app = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    app.time = time.time()
    return f"{app.token():06d}"


def wrong(officer) -> str:
    return f"{(int(code(officer)) + 500_000) % 1_000_000:06d}"


def password_step(client, **values):
    data = {"username": "officer", "password": PASSWORD} | values
    return client.post(reverse("admin:login"), data, follow=True)


def enter(client, text):
    return client.post(reverse("admin:login_code"), {"code": text, "next": "/admin/news/article/"})


def is_in(client):
    return client.get(INDEX).status_code == 200


@pytest.fixture
def enrolled(client, officer) -> list[str]:
    """The officer has switched it on and is signed in; these are the recovery codes."""
    client.force_login(officer)
    client.get(reverse("admin:second_factor"))
    page = client.post(reverse("admin:second_factor"), {"code": code(officer)}).text
    return re.findall(r"<code>([a-z2-7]{4}-[a-z2-7]{4})</code>", page)


@pytest.fixture
def stranger() -> Client:
    """Another browser."""
    return Client()


def test_a_picture_and_a_key_lead_to_the_same_codes(client, officer):
    client.force_login(officer)
    page = client.get(reverse("admin:second_factor")).text
    # Drawn whole, whatever its size on the page.
    assert re.search(r'<svg[^>]* viewBox="0 0 (\d+) \1"', page)
    assert "style=" not in page
    shown = re.search(r'<code class="key">([A-Z2-7 ]+)</code>', page)[1].replace(" ", "")
    device = TOTPDevice.objects.get(user=officer)
    assert f"secret={shown}" in unquote(device.config_url)
    assert "E-Town Invest" in unquote(device.config_url)
    assert not device.confirmed
    assert re.search(r'<code class="key">([A-Z2-7 ]+)</code>', client.get(reverse("admin:second_factor")).text)


def test_it_is_on_once_a_first_code_was_right(client, officer):
    client.force_login(officer)
    client.get(reverse("admin:second_factor"))
    refused = client.post(reverse("admin:second_factor"), {"code": wrong(officer)})
    assert "This code is not right" in refused.text
    assert not TOTPDevice.objects.get().confirmed
    TOTPDevice.objects.update(throttling_failure_count=0)
    page = client.post(reverse("admin:second_factor"), {"code": code(officer)}).text
    assert TOTPDevice.objects.get().confirmed
    assert len(re.findall(r"<code>[a-z2-7]{4}-[a-z2-7]{4}</code>", page)) == 10
    assert 'download="recovery-codes.txt"' in page
    assert is_in(client)


def test_recovery_codes_are_shown_once(client, enrolled):
    for name in ("account", "second_factor", "recovery_codes"):
        assert enrolled[0] not in client.get(reverse(f"admin:{name}"), follow=True).text


def test_switching_it_on_ends_sessions_that_never_gave_a_code(client, officer, stranger):
    stranger.force_login(officer)
    client.force_login(officer)
    client.get(reverse("admin:second_factor"))
    client.post(reverse("admin:second_factor"), {"code": code(officer)})
    assert is_in(client)
    assert not is_in(stranger)


def test_a_log_in_asks_for_a_code_and_then_leads_where_one_wanted_to_go(stranger, officer, enrolled):
    page = password_step(stranger, next="/admin/news/article/")
    assert page.request["PATH_INFO"] == reverse("admin:login_code")
    assert page.context["target"] == "/admin/news/article/"
    assert not is_in(stranger)
    answer = enter(stranger, code(officer))
    assert answer.url == "/admin/news/article/"
    assert is_in(stranger)


def test_the_password_alone_opens_nothing(stranger, officer, enrolled):
    password_step(stranger)
    for url in (INDEX, reverse("admin:account"), reverse("admin:second_factor_off"), "/admin/news/article/"):
        assert stranger.get(url).url.startswith("/admin/login/"), url
    assert "_auth_user_id" not in stranger.session


def test_without_the_password_there_is_no_second_step(stranger, officer, enrolled):
    assert "correct username and password" in password_step(stranger, password="guessed-0000").text
    assert enter(stranger, code(officer)).url.startswith("/admin/login/")
    assert not is_in(stranger)


def test_the_second_step_does_not_wait_for_ever(stranger, officer, enrolled, monkeypatch):
    password_step(stranger)
    now = time.time()
    monkeypatch.setattr("etown.code_step.time.time", lambda: now + 601)
    assert enter(stranger, code(officer)).url.startswith("/admin/login/")


def test_a_password_changed_between_the_steps_ends_the_log_in(stranger, officer, enrolled):
    password_step(stranger)
    officer.set_password("ink-and-paper-0441")
    officer.save()
    assert enter(stranger, code(officer)).url.startswith("/admin/login/")


def test_an_account_closed_between_the_steps_stays_out(stranger, officer, enrolled):
    password_step(stranger)
    officer.is_active = False
    officer.save()
    assert enter(stranger, code(officer)).url.startswith("/admin/login/")


def test_no_step_leads_to_another_site(stranger, officer, enrolled):
    password_step(stranger)
    data = {"code": code(officer), "next": "https://elsewhere.example/"}
    assert stranger.post(reverse("admin:login_code"), data).url == INDEX


def test_a_code_works_once(stranger, officer, enrolled):
    now = code(officer)
    password_step(stranger)
    enter(stranger, now)
    assert is_in(stranger)
    other = Client()
    password_step(other)
    assert "has been used already" in enter(other, now).text
    assert not is_in(other)


def test_a_recovery_code_works_once_however_it_is_typed(stranger, officer, enrolled):
    password_step(stranger)
    enter(stranger, f" {enrolled[0].upper().replace('-', '－')} ")
    assert is_in(stranger)
    assert "9 recovery codes left" in stranger.get(reverse("admin:account")).text
    other = Client()
    password_step(other)
    assert "has been used already" in enter(other, enrolled[0]).text
    enter(other, enrolled[0])
    assert not is_in(other)


def test_codes_of_the_app_may_be_typed_with_a_chinese_keyboard(stranger, officer, enrolled):
    password_step(stranger)
    full_width = code(officer).translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)})
    enter(stranger, f"{full_width[:3]} {full_width[3:]}")
    assert is_in(stranger)


def test_new_recovery_codes_replace_the_old_ones_and_keep_the_session(client, officer, enrolled):
    page = client.post(reverse("admin:recovery_codes"), {"code": enrolled[0]}).text
    new = re.findall(r"<code>([a-z2-7]{4}-[a-z2-7]{4})</code>", page)
    assert len(new) == 10
    assert not set(new) & set(enrolled)
    assert is_in(client)
    assert StaticToken.objects.count() == 10


def test_when_all_codes_are_used_up_new_ones_can_be_made(client, officer, enrolled):
    StaticToken.objects.all().delete()
    assert "0 recovery codes left" in client.get(reverse("admin:account")).text
    client.post(reverse("admin:recovery_codes"), {"code": code(officer)})
    assert StaticToken.objects.count() == 10


def test_it_is_switched_off_with_a_code_only(client, officer, stranger, enrolled):
    assert "This code is not right" in client.post(reverse("admin:second_factor_off"), {"code": wrong(officer)}).text
    assert TOTPDevice.objects.exists()
    TOTPDevice.objects.update(throttling_failure_count=0)
    client.post(reverse("admin:second_factor_off"), {"code": code(officer)})
    assert not TOTPDevice.objects.exists()
    assert not StaticToken.objects.exists()
    password_step(stranger)
    assert is_in(stranger)


def test_wrong_codes_make_the_next_one_wait(stranger, officer, enrolled):
    password_step(stranger)
    for _number in range(3):
        TOTPDevice.objects.update(throttling_failure_timestamp=timezone.now() - timedelta(hours=1))
        enter(stranger, wrong(officer))
    refused = enter(stranger, code(officer))
    assert re.search(r"please wait \d seconds before the next one", refused.text)
    assert not is_in(stranger)
    TOTPDevice.objects.update(throttling_failure_timestamp=timezone.now() - timedelta(seconds=10))
    enter(stranger, code(officer))
    assert is_in(stranger)


def test_nobody_can_make_an_officer_wait_for_days(stranger, officer, enrolled):
    password_step(stranger)
    TOTPDevice.objects.update(
        throttling_failure_count=30, throttling_failure_timestamp=timezone.now() - timedelta(days=40_000)
    )
    enter(stranger, wrong(officer))
    TOTPDevice.objects.update(throttling_failure_timestamp=timezone.now() - timedelta(minutes=18))
    enter(stranger, code(officer))
    assert is_in(stranger)


def test_an_administrator_removes_the_device_of_a_lost_phone(client, officer, enrolled, stranger, admin_client):
    data = {"action": "remove_second_factor", "_selected_action": [officer.pk]}
    told = admin_client.post(reverse("admin:auth_user_changelist"), data, follow=True).text
    assert "1 account has no second factor any more" in told
    assert not is_in(client)
    password_step(stranger)
    assert is_in(stranger)


def test_where_it_is_required_staff_without_it_get_to_the_enrolment_and_nowhere_else(stranger, officer, required):
    page = password_step(stranger, next="/admin/news/article/")
    assert page.request["PATH_INFO"] == reverse("admin:second_factor")
    assert "/admin/news/" not in page.text
    for url in (INDEX, "/admin/news/article/", reverse("admin:password_change"), reverse("admin:login")):
        assert stranger.get(url).url == reverse("admin:second_factor"), url
    assert stranger.post("/admin/news/article/add/", {"title_en": "x"}).url == reverse("admin:second_factor")
    stranger.post(reverse("admin:second_factor"), {"code": code(officer)})
    assert is_in(stranger)


def test_where_it_is_required_one_may_still_log_out(stranger, officer, required):
    password_step(stranger)
    assert stranger.post(reverse("admin:logout")).status_code == 200
    assert stranger.get(reverse("admin:second_factor")).url.startswith("/admin/login/")


def test_where_it_is_required_those_who_have_it_work_as_always(stranger, officer, enrolled, required):
    password_step(stranger)
    enter(stranger, code(officer))
    assert is_in(stranger)


def test_keys_of_devices_are_on_no_page(admin_client, enrolled):
    for address in ("otp_totp/totpdevice", "otp_static/staticdevice", "otp_totp/totpdevice/1/config"):
        assert admin_client.get(f"/admin/{address}/").status_code == 404


def test_the_settings_of_the_project_pass_their_own_checks(required):
    call_command("check", fail_level="WARNING")
