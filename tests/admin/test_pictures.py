"""Uploads are proved to be pictures before anything is stored."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from etown.models import Picture
from tests.admin.forms import refusals

pytestmark = pytest.mark.django_db
ADD = reverse("admin:etown_picture_add")


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def encoded(kind="PNG", size=(700, 350)):
    buffer = io.BytesIO()
    Image.new("RGB", size, "teal").save(buffer, kind)
    return buffer.getvalue()


def upload(client, content, name="hall.png", **changes):
    data = {"title": "Hall", "alternative_en": "A hall", "alternative_zh_hans": "大厅", "credit": ""} | changes
    return client.post(ADD, data | {"file": SimpleUploadedFile(name, content)})


def test_a_picture_is_stored_anew_in_several_widths_and_shown_in_the_list(admin_client, media):
    assert refusals(upload(admin_client, encoded("JPEG"), "hall.html")) == ""
    picture = Picture.objects.get()
    assert (picture.width, picture.height) == (700, 350)
    assert {path.suffix for path in media.rglob("*.*")} == {".webp"}
    assert len(list(media.rglob("*.webp"))) == 3
    text = admin_client.get(reverse("admin:etown_picture_changelist")).text
    assert f'<img src="{picture.file.url}" width="96" alt="">' in text


def test_a_picture_keeps_its_file_when_only_its_description_changes(admin_client):
    upload(admin_client, encoded())
    picture = Picture.objects.get()
    url = reverse("admin:etown_picture_change", args=[picture.pk])
    data = {"title": "Hall", "alternative_en": "The hall", "alternative_zh_hans": "大厅", "credit": ""}
    assert refusals(admin_client.post(url, data)) == ""
    assert Picture.objects.get().alternative_en == "The hall"
    assert Picture.objects.get().file == picture.file


@pytest.mark.parametrize(
    "content",
    [b"<svg xmlns='http://www.w3.org/2000/svg'/>", encoded("GIF"), encoded()[:200], b"\x89PNG\r\n\x1a\n" + b"\0" * 99],
    ids=["svg", "gif", "truncated", "garbage"],
)
def test_what_is_no_picture_is_refused_beside_the_field(admin_client, media, content):
    assert "file: This is not a readable JPEG, PNG or WebP picture." in refusals(upload(admin_client, content))
    assert not [*media.iterdir()]


def test_a_picture_of_too_many_pixels_is_refused(admin_client):
    assert "40 million pixels" in refusals(upload(admin_client, encoded(size=(8000, 5001))))


def test_an_empty_or_missing_file_is_refused(admin_client):
    assert "file: The submitted file is empty." in refusals(upload(admin_client, b""))
    data = {"title": "Hall", "alternative_en": "A hall", "alternative_zh_hans": "大厅"}
    assert "file: This field is required." in refusals(admin_client.post(ADD, data))


def test_both_descriptions_are_required(admin_client, media):
    said = refusals(upload(admin_client, encoded(), alternative_en="", alternative_zh_hans=""))
    assert said == "alternative_en: This field is required. alternative_zh_hans: This field is required."
    assert not [*media.iterdir()]
