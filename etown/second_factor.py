"""The second factor: codes of an authenticator app, and recovery codes for when it is lost."""

import re
import unicodedata
from base64 import b32encode
from typing import Any

import segno
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

RECOVERY_CODES = 10
# Each wrong code doubles the wait for the next try: up to 17 minutes, so that nobody can shut an officer out for long.
MOST_FAILURES = 11


class TooSoonError(Exception):
    """After wrong codes the next one has to wait."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(seconds)


def is_required() -> bool:
    return settings.SECOND_FACTOR == "required"


def has_device(account: Any) -> bool:
    """Whether `account` is asked for a code."""
    return TOTPDevice.objects.devices_for_user(account, confirmed=True).exists()


def is_satisfied(account: Any) -> bool:
    """Whether this session may be used: a code was given, or none is needed."""
    if getattr(account, "otp_device", None) is not None:
        return True
    return not is_required() and not has_device(account)


def must_enrol(account: Any) -> bool:
    """Whether this installation lets `account` do nothing before it has a second factor."""
    return bool(is_required() and account.is_active and account.is_staff and not has_device(account))


def prepare(account: Any) -> TOTPDevice:
    """The device that waits for its first code."""
    devices = TOTPDevice.objects.devices_for_user(account, confirmed=False)
    return devices.first() or TOTPDevice.objects.create(user=account, name="app", confirmed=False)


@transaction.atomic
def confirm(account: Any, code: str) -> TOTPDevice | None:
    """Switch the second factor on, if the code is the one that its app shows now."""
    device = TOTPDevice.objects.devices_for_user(account, confirmed=False).select_for_update().first()
    if device is None or not _accepts(device, code):
        return None
    device.confirmed = True
    device.save()
    return device


@transaction.atomic
def verify(account: Any, code: str) -> Device | None:
    """The device that accepts the code, which cannot be used again."""
    code = normalised(code)
    model = TOTPDevice if re.fullmatch("[0-9]{6}", code) else StaticDevice
    device = model.objects.devices_for_user(account, confirmed=True).select_for_update().first()
    return device if device is not None and _accepts(device, code) else None


def normalised(code: str) -> str:
    """As people type them: with gaps, in capitals, or with a Chinese keyboard."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", code)).lower()


def _accepts(device: Any, code: str) -> bool:
    if seconds := _wait(device):
        raise TooSoonError(seconds)
    if device.verify_token(normalised(code)):
        return True
    if device.throttling_failure_count > MOST_FAILURES:
        device.throttling_failure_count = MOST_FAILURES
        device.save()
    return False


def _wait(device: Any) -> int:
    """The seconds for which the device accepts nothing."""
    if device.verify_is_allowed()[0]:
        return 0
    needed = device.get_throttle_factor() * 2 ** (device.throttling_failure_count - 1)
    return max(1, round(needed - (timezone.now() - device.throttling_failure_timestamp).total_seconds()))


@transaction.atomic
def new_recovery_codes(account: Any) -> list[str]:
    """Codes that work once each; those from before work no more."""
    # The device stays: a session may rest on it.
    device, _is_new = StaticDevice.objects.get_or_create(user=account, defaults={"name": "recovery"})
    device.token_set.all().delete()
    codes = [StaticToken.random_token() for _number in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return [f"{code[:4]}-{code[4:]}" for code in codes]


def recovery_codes_left(account: Any) -> int:
    return StaticToken.objects.filter(device__user=account, device__confirmed=True).count()


@transaction.atomic
def remove(account: Any) -> None:
    """Switch the second factor off."""
    for model in (TOTPDevice, StaticDevice):
        model.objects.filter(user=account).delete()


def key(device: TOTPDevice) -> str:
    """What apps without a camera are told, in groups that one can read aloud."""
    text = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(re.findall(".{1,4}", text))


def drawing(device: TOTPDevice) -> SafeString:
    """What apps with a camera read; dark on light whatever the theme, or they do not."""
    code = segno.make(device.config_url, micro=False, error="m")
    colours = {"dark": "#000", "light": "#fff"}
    # With a box to be seen through and no size of its own: the page says how large it is.
    svg = code.svg_inline(border=4, omitsize=True, svgclass=None, lineclass=None, **colours)
    # Our own drawing; the address in it is squares by now.
    return mark_safe(svg)  # noqa: S308
