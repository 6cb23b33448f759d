"""The kernel's own tables: the content version, former addresses, loaded sets and pictures."""

import hashlib
from typing import ClassVar

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from etown.bilingual import Bilingual, pair
from etown.pictures import MAX_WIDTH, WIDTHS, reencode
from etown.records import Record


class ContentVersion(models.Model):
    """One row that counts public changes: what every derived store and every cache hangs on."""

    ROW: ClassVar[int] = 1

    number = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="etown_contentversion_one_row")]

    def __str__(self) -> str:
        return str(self.number)

    @classmethod
    def current(cls) -> int:
        return cls.objects.filter(pk=cls.ROW).values_list("number", flat=True).first() or 0

    @classmethod
    def bump(cls) -> int:
        """Count one public change and return its number; the row lock makes number order commit order."""
        cls.objects.get_or_create(pk=cls.ROW)
        cls.objects.filter(pk=cls.ROW).update(number=F("number") + 1)
        return cls.current()


class FormerSlug(models.Model):
    """An address that a published record once had, so that old links lead on."""

    content_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    object_id = models.PositiveBigIntegerField()
    record = GenericForeignKey()
    slug = models.SlugField(_("former address"), max_length=80)

    class Meta:
        verbose_name = _("former address")
        verbose_name_plural = _("former addresses")
        constraints = [models.UniqueConstraint("content_type", "slug", name="etown_formerslug_once")]

    def __str__(self) -> str:
        return self.slug


class LoadedRecord(models.Model):
    """What a command loaded, and how it looked then: so that it is never loaded over an edit, and can be removed."""

    set_name = models.CharField(max_length=20)
    key = models.CharField(max_length=200)
    content_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    object_id = models.PositiveBigIntegerField()
    record = GenericForeignKey()
    file_digest = models.CharField(max_length=64)
    state_digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint("set_name", "key", name="etown_loadedrecord_once")]

    def __str__(self) -> str:
        return f"{self.set_name}: {self.key}"


class Picture(Record):
    """A picture as it is served: re-encoded, without metadata, in several widths, described in both languages."""

    title = models.CharField(_("title"), max_length=120, help_text=_("For finding it here; not shown."))
    file = models.ImageField(
        _("file"),
        upload_to="pictures/",
        help_text=_("JPEG, PNG or WebP of at most 10 MB. It is stored anew, without camera and place data."),
    )
    width = models.PositiveIntegerField(_("width"), editable=False, default=0)
    height = models.PositiveIntegerField(_("height"), editable=False, default=0)
    alternative_en, alternative_zh_hans = pair(
        models.CharField,
        _("description for those who cannot see it"),
        max_length=250,
    )
    alternative = Bilingual()
    credit = models.CharField(_("credit"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ["title", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(alternative_en="") & ~Q(alternative_zh_hans=""),
                name="etown_picture_described",
                violation_error_message=_("Describe the picture in both languages."),
            )
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, **kwargs) -> None:
        if self.file and not self.file._committed:
            self._store_renditions()
        super().save(**kwargs)

    def _store_renditions(self) -> None:
        renditions = reencode(self.file.file)
        largest = max(renditions)
        stem = f"pictures/{hashlib.sha256(renditions[largest].read()).hexdigest()[:20]}"
        for width, content in renditions.items():
            name = f"{stem}.webp" if width == largest else f"{stem}-{width}.webp"
            if not self.file.storage.exists(name):
                self.file.storage.save(name, content)
        self.file = f"{stem}.webp"
        self.width, self.height = self.file.width, self.file.height

    @property
    def sources(self) -> str:
        """The srcset: every stored width with its address."""
        stem = self.file.name.removesuffix(".webp")
        smaller = [(f"{stem}-{width}.webp", width) for width in WIDTHS if width < min(self.width, MAX_WIDTH)]
        return ", ".join(
            f"{self.file.storage.url(name)} {width}w" for name, width in [*smaller, (self.file.name, self.width)]
        )
