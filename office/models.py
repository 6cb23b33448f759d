"""The office itself: who it is, whom to ask, and the pages that it writes about itself."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from etown.bilingual import Bilingual, pair
from etown.formatted import FormattedTextField
from etown.records import Needs, Publishable, Record


class Office(Record):
    """The investment-attraction office: one row, shown in the footer of every page."""

    ROW: ClassVar[int] = 1

    name_en, name_zh_hans = pair(models.CharField, _("name"), max_length=160)
    name = Bilingual()
    address_en, address_zh_hans = pair(models.CharField, _("address"), max_length=250, blank=True)
    address = Bilingual()
    icp_number = models.CharField(_("ICP filing number"), max_length=60, blank=True)
    public_security_number = models.CharField(_("public security filing number"), max_length=60, blank=True)
    privacy_email = models.EmailField(_("privacy contact"), blank=True)

    class Meta:
        verbose_name = _("office")
        verbose_name_plural = _("office")
        constraints = [
            models.CheckConstraint(
                condition=Q(pk=1),
                name="office_office_one_row",
                violation_error_message=_("There is one office only."),
            )
        ]

    def __str__(self) -> str:
        return self.name.plain

    def save(self, **kwargs) -> None:
        self.pk = self.ROW
        super().save(**kwargs)

    @classmethod
    def current(cls) -> "Office | None":
        return cls.objects.first()


class Desk(Record):
    """Whom to talk to about what. A demonstration desk stands in until staff enter a real one."""

    slug = models.SlugField(_("key"), max_length=80, unique=True)
    name_en, name_zh_hans = pair(models.CharField, _("name"), max_length=160)
    name = Bilingual()
    email = models.EmailField(_("e-mail"))
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    hours_en, hours_zh_hans = pair(models.CharField, _("hours"), max_length=160, blank=True)
    hours = Bilingual()
    languages_en, languages_zh_hans = pair(models.CharField, _("languages spoken"), max_length=160, blank=True)
    languages = Bilingual()
    topics_en, topics_zh_hans = pair(models.CharField, _("topics"), max_length=250, blank=True)
    topics = Bilingual()
    is_demonstration = models.BooleanField(
        _("for demonstration"),
        default=False,
        db_default=False,
        help_text=_("Fictional, and marked so wherever it is shown."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("desk")
        verbose_name_plural = _("desks")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name.plain


PAGE_NEEDS = Needs(("slug",), ("title_en", "title_zh_hans"), ("body_en", "body_zh_hans"))


class Page(Publishable):
    """A page about the office or the site: about, privacy, accessibility, terms."""

    needs = PAGE_NEEDS

    title_en, title_zh_hans = pair(models.CharField, _("title"), max_length=160, blank=True)
    title = Bilingual()
    body_en, body_zh_hans = pair(FormattedTextField, _("text"), blank=True)
    body = Bilingual()

    class Meta:
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        ordering = ["slug"]
        constraints = [PAGE_NEEDS.constraint("office_page_publishable")]

    def __str__(self) -> str:
        return self.title.plain

    def get_absolute_url(self) -> str:
        return reverse("office:page", args=[self.slug])
