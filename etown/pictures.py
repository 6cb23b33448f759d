"""Uploaded pictures: proved by decoding them, then written anew, so that nothing of the upload is served."""

import io
import struct
import warnings
from typing import IO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

WIDTHS = (320, 640, 960)
MAX_WIDTH = 1600
MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
# WebP ends at 16,383.
MAX_SIDE = 16_000
FORMATS = ("JPEG", "PNG", "WEBP")


def open_picture(file: IO[bytes]) -> Image.Image:
    """The decoded picture, upright; ValidationError if it is none, too large, or a decompression bomb."""
    file.seek(0, io.SEEK_END)
    if file.tell() > MAX_BYTES:
        raise ValidationError(_("This file is larger than 10 MB. Save the picture smaller and try again."))
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(file, formats=FORMATS)
            if picture.width * picture.height > MAX_PIXELS:
                raise ValidationError(
                    _("This picture has more than 40 million pixels. Save it smaller and try again.")
                )
            if max(picture.size) > MAX_SIDE:
                raise ValidationError(_("One side of this picture has more than 16,000 pixels. Cut it and try again."))
            picture.load()
            return ImageOps.exif_transpose(picture)
    except (
        OSError,
        SyntaxError,
        TypeError,
        ValueError,
        struct.error,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise ValidationError(
            _("This is not a readable JPEG, PNG or WebP picture. Export it again and retry.")
        ) from error


def reencode(file: IO[bytes]) -> dict[int, ContentFile]:
    """WebP files by width: the picture itself, at most MAX_WIDTH wide, and every smaller step of WIDTHS."""
    picture = open_picture(file)
    if picture.mode.startswith("I"):
        # Sixteen bits of grey, of which convert() would keep the lower ones.
        picture = picture.point(lambda value: value / 256).convert("L")
    has_alpha = picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info
    picture = picture.convert("RGBA" if has_alpha else "RGB")
    full = min(picture.width, MAX_WIDTH)
    return {width: _encode(picture, width) for width in (*(step for step in WIDTHS if step < full), full)}


def _encode(picture: Image.Image, width: int) -> ContentFile:
    height = max(1, round(picture.height * width / picture.width))
    buffer = io.BytesIO()
    # A fresh image: resize drops EXIF, colour profile and text chunks with it.
    fresh = Image.new(picture.mode, (width, height))
    fresh.paste(picture.resize((width, height), Image.Resampling.LANCZOS))
    fresh.save(buffer, "WEBP", quality=82, method=4)
    return ContentFile(buffer.getvalue())
