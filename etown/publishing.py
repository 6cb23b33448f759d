"""The one way to write a record: whoever saves, what is public follows in the same transaction."""

from collections.abc import Callable

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from etown.models import ContentVersion, FormerSlug
from etown.records import Publishable, Record, Status


@transaction.atomic
def save(record: Record, write: Callable[[], object] | None = None) -> None:
    """Write `record`; `write` does it together with its parts, where it has any.

    Raises ValidationError, and writes nothing, if the record would be public without what publishing needs.
    """
    former = _public_slug(record)
    if isinstance(record, Publishable) and record.status == Status.PUBLISHED and record.published_at is None:
        record.published_at = timezone.now()
    (write or record.save)()
    if isinstance(record, Publishable):
        _refuse_incomplete(record)
        _remember_former(record, former)
    if former is not None or _public_slug(record) is not None:
        ContentVersion.bump()


@transaction.atomic
def set_status(record: Publishable, status: Status) -> None:
    """Publish, withdraw or archive one record; ValidationError names what is missing."""
    record.status = status
    record.full_clean()
    save(record)


@transaction.atomic
def delete(record: Record) -> None:
    """Remove the record for good; former addresses go with it."""
    was_public = _public_slug(record) is not None
    FormerSlug.objects.filter(content_type=ContentType.objects.get_for_model(record), object_id=record.pk).delete()
    record.delete()
    if was_public:
        ContentVersion.bump()


def _public_slug(record: Record) -> str | None:
    """The address under which the public sees the stored row, "" if it has none of its own, None if it is hidden."""
    if record.pk is None:
        return None
    stored = type(record)._default_manager.published().filter(pk=record.pk)
    if isinstance(record, Publishable):
        return stored.values_list("slug", flat=True).first()
    return "" if stored.exists() else None


def _refuse_incomplete(record: Publishable) -> None:
    if record.status != Status.PUBLISHED:
        return
    if missing := record.needs.missing_parts(record):
        fields = ", ".join(
            str(record._meta.get_field(part).related_model._meta.verbose_name_plural) for part in missing
        )
        raise ValidationError(_("Add at least one entry before publishing: %(fields)s.") % {"fields": fields})


def _remember_former(record: Publishable, former: str | None) -> None:
    key = {"content_type": ContentType.objects.get_for_model(record), "slug": record.slug}
    # An address in use again belongs to its present record.
    FormerSlug.objects.filter(**key).delete()
    if former and former != record.slug:
        FormerSlug.objects.create(**key | {"slug": former}, object_id=record.pk)
