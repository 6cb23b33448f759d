"""What every record has: a public key, a status where it is published, and what publishing needs."""

import uuid
from typing import ClassVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etown.bilingual import Bilingual, pair
from etown.sorting import SortKeyField, sort_key

# What stands where a slug could, below a list.
RESERVED_SLUGS = frozenset({"feed", "request"})


def labelled(model: type[models.Model], error: ValidationError) -> list[str]:
    """The messages of a refused record, each with the label of its column."""
    if not hasattr(error, "error_dict"):
        return error.messages
    return [
        text if name == NON_FIELD_ERRORS else f"{capfirst(model._meta.get_field(name).verbose_name)}: {text}"
        for name, texts in error.message_dict.items()
        for text in texts
    ]


class Status(models.TextChoices):
    DRAFT = "draft", gettext_lazy("draft")
    IN_REVIEW = "in_review", gettext_lazy("in review")
    PUBLISHED = "published", gettext_lazy("published")
    ARCHIVED = "archived", gettext_lazy("archived")


class RecordQuerySet(models.QuerySet):
    def published(self):
        """The rows that the public may see; rows without a status are public as soon as they exist."""
        return self


class PublishableQuerySet(RecordQuerySet):
    def published(self):
        return self.filter(status=Status.PUBLISHED)


def public(model: type[models.Model], relation: str) -> models.Prefetch:
    """Prefetches of a relation only what the public may see; a hidden record is as good as none."""
    return models.Prefetch(relation, model._meta.get_field(relation).related_model._default_manager.published())


class Labelled:
    """Finds the label of a choice without translating all others on the way, as Django's own method does."""

    def _get_FIELD_display(self, field: models.Field) -> str:  # noqa: N802 (Django's name)
        value = getattr(self, field.attname)
        return str(next((label for word, label in field.flatchoices if word == value), value))


class Record(Labelled, models.Model):
    """A row with a public key; database ids never leave."""

    # Reverse accessors of the rows that belong to this one: edited, compared, restored and removed with it.
    PARTS: ClassVar[tuple[str, ...]] = ()
    # Translated fields that nobody translates: a language that no source gives stays empty.
    AS_SOURCED: ClassVar[tuple[str, ...]] = ()
    # Where the API has a list of these records: the serializer that answers with them.
    serializer: ClassVar[str] = ""

    uid = models.UUIDField(gettext_lazy("public key"), default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(gettext_lazy("created"), auto_now_add=True)
    updated_at = models.DateTimeField(gettext_lazy("updated"), auto_now=True)

    objects = RecordQuerySet.as_manager()

    class Meta:
        abstract = True


class Needs:
    """What a record needs to be published, said once: for the database, for forms and for the publishing deed.

    Each argument is a group of text columns of which one must be filled; `known` columns must not be NULL;
    of each of `parts` at least one row must exist, which no column can say and the deed checks.
    """

    def __init__(self, *groups: tuple[str, ...], known: tuple[str, ...] = (), parts: tuple[str, ...] = ()) -> None:
        self.groups = groups
        self.known = known
        self.parts = parts

    def constraint(self, name: str) -> models.CheckConstraint:
        filled = Q()
        for group in self.groups:
            any_of_them = Q()
            for column in group:
                any_of_them |= ~Q(**{column: ""})
            filled &= any_of_them
        for column in self.known:
            filled &= Q(**{f"{column}__isnull": False})
        return models.CheckConstraint(
            condition=~Q(status=Status.PUBLISHED) | filled,
            name=name,
            violation_error_message=gettext_lazy("This is not complete enough to be published."),
        )

    def missing(self, record: models.Model) -> dict[str, str]:
        """The columns that stand in the way of publishing `record`, each with the remedy."""
        message = _("Needed before this can be published.")
        either = _("Needed before this can be published, in one language at least.")
        empty = {
            group[0]: either if len(group) > 1 else message
            for group in self.groups
            if not any(getattr(record, column) for column in group)
        }
        unknown = {column: message for column in self.known if getattr(record, column) is None}
        return empty | unknown

    def missing_parts(self, record: models.Model) -> list[str]:
        return [part for part in self.parts if not getattr(record, part).exists()]


class Publishable(Record):
    """A record that staff prepare and the public sees once its status says so."""

    needs: ClassVar[Needs] = Needs()

    slug = models.SlugField(
        gettext_lazy("web address"),
        max_length=80,
        unique=True,
        error_messages={"unique": gettext_lazy("Another record has this address already.")},
        help_text=gettext_lazy("The last part of the public address: small letters, digits and hyphens."),
    )
    status = models.CharField(
        gettext_lazy("status"),
        max_length=10,
        choices=Status,
        default=Status.DRAFT,
        db_default=Status.DRAFT,
        db_index=True,
    )
    published_at = models.DateTimeField(gettext_lazy("first published"), null=True, blank=True, editable=False)
    # A schedule, not visibility: `etown.publishing.apply_due` carries it out, and only the status says what is public.
    publish_at = models.DateTimeField(
        gettext_lazy("publish at"),
        null=True,
        blank=True,
        db_index=True,
        help_text=gettext_lazy("Beijing time. Until then it stays a draft. Blank: when you choose so."),
    )
    expire_at = models.DateTimeField(
        gettext_lazy("archive at"),
        null=True,
        blank=True,
        db_index=True,
        help_text=gettext_lazy("Beijing time. Blank: it stays."),
    )

    objects = PublishableQuerySet.as_manager()

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        if self.slug in RESERVED_SLUGS:
            raise ValidationError({"slug": _("This word has an address of its own; choose another one.")})
        if self.is_to_be_public and (missing := self.needs.missing(self)):
            raise ValidationError(dict(missing.items()))
        self._refuse_impossible_times()

    @property
    def is_to_be_public(self) -> bool:
        """Whether it is public or will be without anybody looking at it again."""
        return self.status == Status.PUBLISHED or self.publish_at is not None

    def _refuse_impossible_times(self) -> None:
        now = timezone.now()
        if self.publish_at and self.status == Status.PUBLISHED:
            raise ValidationError(
                {"publish_at": _("It would be public at once: leave it a draft to have it published at this time.")}
            )
        if self.publish_at and self.status == Status.ARCHIVED:
            raise ValidationError({"publish_at": _("It is archived: make it a draft first.")})
        if self.publish_at and self.publish_at <= now:
            raise ValidationError({"publish_at": _("This time has passed: choose a later one, or publish now.")})
        if self.expire_at and self.status != Status.ARCHIVED and self.expire_at <= max(now, self.publish_at or now):
            raise ValidationError({"expire_at": _("Choose a time that is still to come, and after publishing.")})


class Named(models.Model):
    """A name in both languages, and the keys that sort it. A language no source gives stays empty."""

    name_en, name_zh_hans = pair(models.CharField, gettext_lazy("name"), max_length=200, blank=True)
    name = Bilingual()
    sort_en = SortKeyField()
    sort_zh_hans = SortKeyField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name.plain

    def fill_sort_keys(self) -> None:
        self.sort_en = sort_key(self.name_en, self.name_zh_hans)
        self.sort_zh_hans = sort_key(self.name_zh_hans, self.name_en)

    def save(self, **kwargs) -> None:
        self.fill_sort_keys()
        if (update_fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*update_fields, "sort_en", "sort_zh_hans"}
        super().save(**kwargs)


class AliasKind(models.TextChoices):
    FORMER_NAME = "former_name", gettext_lazy("former name")
    SPELLING = "spelling", gettext_lazy("other spelling")
    PINYIN = "pinyin", gettext_lazy("pinyin")
    TICKER = "ticker", gettext_lazy("stock code")
    ABBREVIATION = "abbreviation", gettext_lazy("short name")
    BRAND = "brand", gettext_lazy("brand")
    CODE = "code", gettext_lazy("development code")
    GENERIC_NAME = "generic_name", gettext_lazy("generic name")


class Alias(models.Model):
    """Another name under which people look for the record; inherit with a foreign key `owner`."""

    name = models.CharField(gettext_lazy("other name"), max_length=200)
    kind = models.CharField(gettext_lazy("kind"), max_length=12, choices=AliasKind, default=AliasKind.SPELLING)

    class Meta:
        abstract = True
        ordering = ["pk"]
        verbose_name = gettext_lazy("other name")
        verbose_name_plural = gettext_lazy("other names")
        constraints = [
            models.UniqueConstraint(
                "owner",
                "name",
                name="%(app_label)s_%(class)s_once",
                violation_error_message=gettext_lazy("This other name is there already."),
            ),
            models.CheckConstraint(condition=~Q(name=""), name="%(app_label)s_%(class)s_not_blank"),
        ]

    def __str__(self) -> str:
        return self.name
