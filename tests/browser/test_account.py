"""The second factor in a browser: by keyboard, in both languages, under the strict policy, on a small screen."""

import re
import time
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from etown.models import Role
from tests import factories
from tests.browser.conftest import Reader

pytestmark = pytest.mark.browser
PASSWORD = "paper-and-ink-1440"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def code(officer: User) -> str:
    device = TOTPDevice.objects.get(user=officer)
    TOTPDevice.objects.update(last_t=-1)
    app = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    app.time = time.time()
    return f"{app.token():06d}"


def fits(reader: Reader, name: str) -> None:
    assert reader.page.evaluate(SIDEWAYS) <= 0, name


def log_in(reader: Reader) -> None:
    reader.open("/admin/")
    reader.page.keyboard.type("officer")
    reader.page.keyboard.press("Tab")
    reader.page.keyboard.type(PASSWORD)
    reader.page.keyboard.press("Enter")


def arrives(reader: Reader, path: str) -> None:
    reader.page.wait_for_url(lambda url: urlsplit(url).path == path)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_an_officer_sets_up_the_second_factor_and_logs_in_with_it(new_reader, live_server, language):
    officer = factories.account("Administrator", username="officer", password=PASSWORD)
    reader, elsewhere = new_reader(width=1280), new_reader(width=1280)
    for somebody in (reader, elsewhere):
        cookie = {"name": "django_language", "value": language, "url": live_server.url}
        somebody.page.context.add_cookies([cookie])
    log_in(reader)
    arrives(reader, "/admin/")
    reader.open("/admin/account/")
    fits(reader, f"account-off-{language}")
    reader.page.locator("a[href='/admin/account/second-factor/']").click()
    fits(reader, f"enrol-{language}")
    # The field for the code has the focus.
    reader.page.keyboard.type(code(officer))
    reader.page.keyboard.press("Enter")
    reader.page.locator(".codes").wait_for()
    fits(reader, f"codes-{language}")
    assert reader.page.locator(".codes li").count() == 10
    assert reader.page.locator("[data-print]").is_visible()
    with reader.page.expect_download() as download:
        reader.page.locator("a[download]").click()
    assert len(re.findall("^[a-z2-7]{4}-[a-z2-7]{4}$", download.value.path().read_text(), re.MULTILINE)) == 10
    reader.open("/admin/account/")
    fits(reader, f"account-on-{language}")
    log_in(elsewhere)
    arrives(elsewhere, "/admin/login/code/")
    fits(elsewhere, f"login-code-{language}")
    elsewhere.page.keyboard.type(code(officer))
    elsewhere.page.keyboard.press("Enter")
    arrives(elsewhere, "/admin/")
    for name, path in {
        "users": "/admin/auth/user/",
        "user": f"/admin/auth/user/{factories.account('Editor').pk}/change/",
        "self": f"/admin/auth/user/{officer.pk}/change/",
        "roles": "/admin/etown/role/",
        "role": f"/admin/etown/role/{Role.objects.get(name='Publisher').pk}/change/",
        "off": "/admin/account/second-factor/off/",
    }.items():
        assert elsewhere.open(path) == 200
        fits(elsewhere, f"{name}-{language}")
    assert reader.faults == []
    assert elsewhere.faults == []


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_of_the_lock_out_and_the_forced_enrolment_keep_the_policy(
    new_reader, live_server, settings, language
):
    settings.SECOND_FACTOR = "required"
    factories.account("Viewer", username="officer", password=PASSWORD)
    reader = new_reader(width=1280)
    cookie = {"name": "django_language", "value": language, "url": live_server.url}
    reader.page.context.add_cookies([cookie])
    log_in(reader)
    arrives(reader, "/admin/account/second-factor/")
    fits(reader, f"forced-{language}")
    reader.page.locator("#logout-form button").click()
    for _number in range(5):
        reader.open("/admin/login/")
        reader.page.locator("#id_username").fill("officer")
        reader.page.locator("#id_password").fill("guessed")
        reader.page.locator("#id_password").press("Enter")
        reader.page.wait_for_load_state()
    reader.page.locator("h1").wait_for()
    fits(reader, f"locked-{language}")
    assert reader.faults == []
