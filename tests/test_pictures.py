"""Pictures: proved by their content, stored anew without what came with them, shown in the right size to everybody."""

import io
import random
import struct
import zlib
from contextlib import closing
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from PIL import Image, ImageCms

from etown.models import Picture
from tests import factories, full

pytestmark = pytest.mark.django_db

DESCRIBED = {"title": "Hall", "alternative_en": "A hall", "alternative_zh_hans": "大厅"}


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def encoded(kind="PNG", size=(40, 20), mode="RGB", color="teal", **options):
    buffer = io.BytesIO()
    Image.new(mode, size, color).save(buffer, kind, **options)
    return buffer.getvalue()


def store(content, name="hall.png", **values):
    picture = Picture(file=ContentFile(content, name), **DESCRIBED | values)
    picture.save()
    return picture


def content_of(picture):
    return Path(picture.file.path).read_bytes()


def opened(picture):
    return Image.open(io.BytesIO(content_of(picture)))


def solid_png(width, height):
    """A PNG of one colour: enormous when decoded, small on the disk."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    row = b"\x00" * (width // 8 + 2)
    rows = b"".join(packer.compress(row) for _line in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


_noise = io.BytesIO()
Image.effect_noise((90, 90), 90).save(_noise, "WEBP")
NOISE = _noise.getvalue()
REFUSED = {
    "text": b"hello",
    "empty": b"",
    "html": b"<html><script>alert(1)</script></html>",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "gif": encoded("GIF"),
    "bmp": encoded("BMP"),
    "tiff": encoded("TIFF"),
    "ico": encoded("ICO", size=(16, 16)),
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n",
    "html before a picture": b"<script>alert(1)</script>" + encoded(),
    "signature only": b"\x89PNG\r\n\x1a\n",
    "signature and noise": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "half a png": encoded(size=(400, 400))[:300],
    "half a jpeg": encoded("JPEG", size=(400, 400))[:700],
    "half a webp": NOISE[: len(NOISE) // 2],
    "no width": encoded().replace(struct.pack(">I", 40), struct.pack(">I", 0), 1),
    "fifty megapixels": solid_png(10_000, 5_000),
    "a warning's worth of pixels": solid_png(10_000, 9_500),
    "a bomb": solid_png(20_000, 20_000),
    "a very tall strip": solid_png(8, 20_000),
    "a very wide strip": solid_png(20_000, 8),
    "eleven megabytes": encoded() + b"\x00" * (11 * 1024 * 1024),
}


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("name", ["hall.png", "hall.jpg"])
def test_what_is_no_picture_or_too_much_of_one_is_refused_and_nothing_is_stored(media, kind, name):
    assert len(REFUSED[kind]) < 12 * 1024 * 1024
    with pytest.raises(ValidationError, match=r"picture|larger"):
        store(REFUSED[kind], name)
    assert not Picture.objects.exists()
    assert not [path for path in media.rglob("*") if path.is_file()]


ACCEPTED = {
    "png": encoded(),
    "jpeg": encoded("JPEG"),
    "webp": encoded("WEBP"),
    "one pixel": encoded(size=(1, 1)),
    "one bit": encoded(mode="1", color=1),
    "grey": encoded(mode="L", color=90),
    "grey with alpha": encoded(mode="LA", color=(90, 90)),
    "sixteen bits": encoded(mode="I;16", color=30_000),
    "palette": encoded(mode="P", color=3),
    "palette with transparency": encoded(mode="P", color=0, transparency=0),
    "alpha": encoded(mode="RGBA", color=(0, 128, 128, 90)),
    "cmyk": encoded("JPEG", mode="CMYK", color=(0, 255, 255, 0)),
    "progressive": encoded("JPEG", size=(300, 200), progressive=True),
    "interlaced by another name": encoded("JPEG"),
    "as tall as can be": encoded(size=(10, 16_000)),
}


@pytest.mark.parametrize("kind", ACCEPTED)
@pytest.mark.parametrize(
    "name", ["hall.png", "hall.html", "hall", "../../etc/passwd", "厅.php.jpg", "a" * 90 + ".png"]
)
def test_a_picture_is_stored_as_webp_whatever_it_is_called(client, media, kind, name):
    picture = store(ACCEPTED[kind], name)
    with opened(picture) as stored:
        assert stored.format == "WEBP"
        assert stored.size == (picture.width, picture.height)
        assert stored.mode == ("RGBA" if "alpha" in kind or "transparency" in kind else "RGB")
    files = [path.relative_to(media) for path in media.rglob("*") if path.is_file()]
    assert all(str(path.parent) == "pictures" and path.suffix == ".webp" for path in files)
    with closing(client.get(picture.file.url)) as answer:
        assert answer.status_code == 200
        assert answer["Content-Type"] == "image/webp"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer["Vary"] == "Accept-Encoding"
        assert answer.getvalue()[:4] == b"RIFF"
        known = {"if-modified-since": answer["Last-Modified"]}
    with closing(client.get(picture.file.url, headers=known)) as answer:
        assert answer.status_code == 304


def test_colours_are_kept():
    for kind, color in {
        "cmyk": (255, 0, 0),
        "grey": (90, 90, 90),
        "sixteen bits": (117, 117, 117),
        "png": (0, 128, 128),
    }.items():
        with opened(store(ACCEPTED[kind])) as stored:
            found = stored.convert("RGB").getpixel((5, 5))
        assert all(abs(one - other) <= 6 for one, other in zip(found, color, strict=True)), (kind, found)


def test_alpha_is_kept():
    with opened(store(encoded(mode="RGBA", size=(1000, 500), color=(200, 0, 0, 90)))) as stored:
        assert abs(stored.getpixel((5, 5))[3] - 90) <= 3
    with opened(store(ACCEPTED["palette with transparency"])) as stored:
        assert stored.getpixel((5, 5))[3] == 0


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_stands_upright_and_tells_nothing_of_camera_and_place(kind):
    taken = Image.new("RGB", (60, 20), "white")
    taken.paste("red", (0, 0, 10, 20))
    exif = taken.getexif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "Secretphone"
    exif.get_ifd(0x8825)[2] = (39.0, 47.0, 12.0)
    buffer = io.BytesIO()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    taken.save(buffer, kind, exif=exif, icc_profile=profile, quality=95)
    assert b"Secretphone" in buffer.getvalue()
    picture = store(buffer.getvalue())
    content = content_of(picture)
    for trace in (b"Secretphone", b"EXIF", b"Exif", b"ICCP", b"XMP"):
        assert trace not in content
    with opened_again(content) as stored:
        assert stored.size == (20, 60)
        assert not stored.getexif()
        red, green, _blue = stored.getpixel((10, 3))
        assert red > 200 > 100 > green


def opened_again(content):
    return Image.open(io.BytesIO(content))


def test_nothing_that_hides_behind_a_picture_is_served():
    comment = b"<script>alert('polyglot')</script>"
    for content in (
        encoded() + comment,
        encoded("JPEG", comment=comment) + comment,
        encoded("WEBP", xmp=comment),
        encoded("GIF").replace(b"GIF89a", b"\x89PNG\r\n\x1a\n") + encoded(),
    ):
        try:
            stored = content_of(store(content))
        except ValidationError:
            continue
        assert b"script" not in stored
        assert b"PNG" not in stored


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_an_animation_the_first_frame_is_kept(kind):
    frames = [Image.new("RGB", (30, 30), color) for color in ("red", "blue", "green")]
    buffer = io.BytesIO()
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:], duration=100, lossless=True)
    with opened(store(buffer.getvalue())) as stored:
        assert getattr(stored, "n_frames", 1) == 1
        red, _green, blue = stored.convert("RGB").getpixel((5, 5))
        assert red > 200 > 100 > blue


@pytest.mark.parametrize(
    ("width", "widths"),
    [
        (1, [1]),
        (320, [320]),
        (321, [320, 321]),
        (1000, [320, 640, 960, 1000]),
        (1600, [320, 640, 960, 1600]),
        (3000, [320, 640, 960, 1600]),
    ],
)
def test_every_width_of_the_srcset_is_there_and_never_wider_than_the_picture(client, width, widths):
    picture = store(encoded(size=(width, max(1, width // 2))))
    assert picture.width == widths[-1]
    sources = [source.split() for source in picture.sources.split(", ")]
    assert [told for _url, told in sources] == [f"{one}w" for one in widths]
    for (url, _told), expected in zip(sources, widths, strict=True):
        with closing(client.get(url)) as answer, opened_again(answer.getvalue()) as rendition:
            assert rendition.width == expected
            assert abs(rendition.height - expected / 2) <= 1


def test_the_same_picture_twice_is_complete_twice(client):
    content = encoded(size=(700, 350))
    for picture in (store(content), store(content)):
        for source in picture.sources.split(", "):
            with closing(client.get(source.split()[0])) as answer:
                assert answer.status_code == 200


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_damaged_picture_is_refused_and_never_a_fault():
    """Bytes changed at random, the same ones each time."""
    dice = random.Random(1)
    exif = Image.Exif()
    exif[0x0112] = 3
    exif.get_ifd(0x8825)[2] = (39.0, 47.0, 12.0)
    whole = [encoded(kind, size=(64, 48), exif=exif) for kind in ("PNG", "JPEG", "WEBP")]
    whole += [ACCEPTED["palette with transparency"], ACCEPTED["cmyk"], ACCEPTED["sixteen bits"]]
    outcomes = {True: 0, False: 0}
    for _number in range(400):
        content = bytearray(dice.choice(whole))
        for _change in range(dice.randrange(1, 6)):
            place = dice.randrange(len(content))
            if dice.random() < 0.2:
                del content[place : place + dice.randrange(1, 20)]
                content = content or bytearray(b"x")
            else:
                content[place % len(content)] = dice.randrange(256)
        try:
            store(bytes(content))
        except ValidationError:
            outcomes[False] += 1
        else:
            outcomes[True] += 1
    assert min(outcomes.values()) > 20


@pytest.mark.parametrize("language", ["en", "zh_hans"])
def test_a_picture_is_described_in_both_languages(language):
    missing = {f"alternative_{language}": ""}
    with pytest.raises(ValidationError, match=rf"alternative_{language}|both languages"):
        Picture(file="pictures/x.webp", width=1, height=1, **DESCRIBED | missing).full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        full.picture(**missing)


@pytest.mark.parametrize(("language", "alternative"), [("en", "A hall"), ("zh-hans", "大厅")])
@pytest.mark.parametrize("make", ["company", "service", "article"])
def test_a_page_shows_its_picture_in_all_sizes_with_words_for_those_who_cannot_see_it(
    client, language, alternative, make
):
    picture = store(encoded(size=(700, 350)), credit="Photo: E. Town")
    name = "logo" if make == "company" else "picture"
    record = getattr(factories, make)(**{name: picture})
    page = client.get(f"/{language}/{record.get_absolute_url().split('/', 2)[2]}").text
    stem = picture.file.url.removesuffix(".webp")
    assert f'srcset="{stem}-320.webp 320w, {stem}-640.webp 640w, {stem}.webp 700w"' in page
    assert f'alt="{alternative}"' in page
    assert 'width="700" height="350"' in page
    assert "Photo: E. Town" in page
