"""Two records of one company made one; `etown.undoing` takes it back.

The one that goes is archived under an address of its own, with nothing left that belongs to it, so that its former
address leads to the one that stays and everything can be given back to it.
"""

from itertools import count
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from companies.merge_plan import MergePlan, label_of, name_of
from companies.models import Company
from etown import publishing, states
from etown.deeds import Deed
from etown.derived import hold
from etown.models import Batch, FormerSlug
from etown.records import Status
from etown.states import Data


@transaction.atomic
def carry_out(plan: MergePlan, deed: Deed) -> Batch:
    """ValidationError says what stands in the way; nothing is merged then."""
    hold()
    if plan.obstacle:
        raise ValidationError(plan.obstacle)
    batch = Batch.objects.create(
        kind=Batch.Kind.MERGE, author=deed.author, reason=deed.reason, data=_what_undoing_needs(plan)
    )
    deed = Deed(deed.author, deed.reason, batch)
    _archive(plan, deed)
    _write(plan.kept, plan.data, deed)
    for found in plan.pointing:
        _write(found.record, found.changes, deed)
    _move_other_rows(plan)
    FormerSlug.objects.filter(content_type=_kind(), object_id=plan.gone.pk).update(object_id=plan.kept.pk)
    return batch


def _what_undoing_needs(plan: MergePlan) -> Data:
    former = FormerSlug.objects.filter(content_type=_kind(), object_id__in=[plan.kept.pk, plan.gone.pk])
    return {
        "title": f"{name_of(plan.gone)} → {name_of(plan.kept)}",
        "record": Company._meta.label_lower,
        "former_slugs": dict(former.values_list("slug", "object_id")),
        "keys": [plan.kept.pk, plan.gone.pk],
        "moved": [
            [pointer.model._meta.label_lower, pointer.column, plan.gone.pk, [row.pk for row in rows]]
            for pointer, rows in plan.other_rows
        ],
    }


def _archive(plan: MergePlan, deed: Deed) -> None:
    nothing: Data = {part: [] for part in plan.gone.PARTS}
    freed = {"slug": _free_address(plan.gone.slug), "registration_code": None, "status": Status.ARCHIVED}
    data = plan.theirs | nothing | freed
    states.assign(plan.gone, data, leaving=())
    publishing.save(plan.gone, lambda: states.write_back(plan.gone, data), deed=deed)


def _write(record: Any, data: Data, deed: Deed) -> None:
    states.assign(record, data, leaving=states.STANDING | states.SCHEDULE)
    try:
        if isinstance(record, Company):
            record.full_clean()
        else:
            record.validate_unique()
            record.validate_constraints()
        publishing.save(record, lambda: states.write_back(record, data, keep_keys=True), deed=deed)
    except ValidationError as error:
        texts = " ".join(error.messages)
        raise ValidationError(_("%(record)s: %(text)s") % {"record": name_of(record), "text": texts}) from error


def _move_other_rows(plan: MergePlan) -> None:
    for pointer, rows in plan.other_rows:
        moved = pointer.model._default_manager.filter(pk__in=[row.pk for row in rows])
        try:
            with transaction.atomic():
                moved.update(**{pointer.column: plan.kept.pk})
        except IntegrityError as error:
            text = _("Both companies have entries that may exist only once: %(kind)s.")
            raise ValidationError(text % {"kind": label_of(pointer.model)}) from error


def _free_address(slug: str) -> str:
    """For the archive, so that the one it had can lead on."""
    for number in count(1):
        made = f"{slug[:66]}-merged" if number == 1 else f"{slug[:66]}-merged-{number}"
        if not Company.objects.filter(slug=made).exists():
            return made
    raise AssertionError


def _kind() -> ContentType:
    return ContentType.objects.get_for_model(Company)
