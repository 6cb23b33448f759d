"""Forms of the back office: what models refuse becomes an error beside the field, never a broken page."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.contrib.contenttypes.forms import BaseGenericInlineFormSet
from django.core.exceptions import NON_FIELD_ERRORS, ObjectDoesNotExist, ValidationError
from django.db import models
from django.db.models import F, UniqueConstraint, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from etown.editing import PUBLISH, Edit
from etown.pictures import open_picture
from etown.reasons import LONGEST
from etown.records import Publishable, Status, labelled

Values = dict[str, Any]


class RecordForm(forms.ModelForm):
    """A form over some columns of a record whose clean() may complain of any of them."""

    def add_error(self, field: str | None, error: Any) -> None:
        if field is None and hasattr(error, "error_dict"):
            elsewhere = {name for name in error.error_dict if name not in self.fields} - {NON_FIELD_ERRORS}
            for name in elsewhere:
                hidden = ValidationError({name: error.error_dict.pop(name)})
                super().add_error(None, labelled(self._meta.model, hidden))
        super().add_error(field, error)

    def _post_clean(self) -> None:
        try:
            super()._post_clean()
        except ObjectDoesNotExist:
            # A model's clean() read a required relation that was not chosen, which the form has said already.
            if not self.errors:
                raise


class EditForm(RecordForm):
    """The page of a record."""

    reason = forms.CharField(
        label=_("Why"), required=False, max_length=LONGEST, help_text=_("For the history. Publishing asks for it.")
    )


class PublishableForm(EditForm):
    """The page of a record: the button says what shall become of it, and publishing asks why."""

    edit: ClassVar[Edit | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.edit and self.edit.waiting and self.edit.is_public:
            self.initial["publish_at"] = self.edit.waiting.publish_at

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        is_planned = found.get("publish_at") and "publish_at" in self.changed_data
        intent = self.edit.intent if self.edit else ""
        if not found.get("reason") and (intent == PUBLISH or is_planned) and "reason" not in self.errors:
            self.add_error("reason", _("Say in a few words why this is published, for those who read the history."))
        return found

    def _post_clean(self) -> None:
        edit = self.edit
        if edit is None:
            super()._post_clean()
            return
        if edit.is_public:
            # The time is for the change that waits; the record is public already.
            edit.publish_at = self.cleaned_data.pop("publish_at", None)
            if edit.publish_at and edit.publish_at <= timezone.now():
                passed = _("This time has passed: choose a later one, or publish now.")
                self.add_error("publish_at", passed)
        else:
            self.instance.status = Edit.STATUS.get(edit.intent, self.instance.status)
            if edit.intent == PUBLISH:
                self.cleaned_data["publish_at"] = None
        super()._post_clean()


def missing_part(part: type[models.Model]) -> ValidationError:
    return ValidationError(
        _("Add at least one entry before publishing: %(parts)s."),
        code="missing_part",
        params={"parts": part._meta.verbose_name_plural},
    )


class PartForm(RecordForm):
    """One row that belongs to a record."""

    owner_fields: ClassVar[set[str]] = set()

    def _get_validation_exclusions(self) -> set[str]:
        # Uniqueness within the owner is the formset's, which knows the rows still to be written.
        return super()._get_validation_exclusions() | self.owner_fields


class PartFormSetMixin:
    """The rows that belong to a record, refused where they repeat or where publishing needs one."""

    # The column that puts the rows in order; rows may trade places in it.
    ordinal = ""

    def add_fields(self, form: PartForm, index: int | None) -> None:
        super().add_fields(form, index)
        form.owner_fields = self._owner_fields()

    def clean(self) -> None:
        super().clean()
        for constraint in self.model._meta.constraints:
            if isinstance(constraint, UniqueConstraint):
                self._refuse_repeated(constraint)
        if self._is_needed() and not self._kept():
            raise missing_part(self.model)

    def save(self, commit: bool = True) -> list[models.Model]:
        if commit and self.ordinal:
            self._make_way()
        return super().save(commit)

    def _kept(self) -> list[PartForm]:
        """The forms of the rows that will be there after saving."""
        return [
            form
            for index, form in enumerate(self.forms)
            if not (self.can_delete and self._should_delete_form(form))
            and (index < self.initial_form_count() or form.has_changed())
        ]

    def _is_needed(self) -> bool:
        record = self.instance
        return (
            isinstance(record, Publishable)
            and record.status == Status.PUBLISHED
            and any(record._meta.get_field(part).related_model is self.model for part in record.needs.parts)
        )

    def _refuse_repeated(self, constraint: UniqueConstraint) -> None:
        names = constraint.fields or [term.name for term in constraint.expressions if isinstance(term, F)]
        own = [name for name in names if name not in self._owner_fields()]
        kept = [form for form in self._kept() if not form.errors]
        for index, form in enumerate(kept):
            if not form.has_changed():
                continue
            # Of two changed rows that repeat, the later one is told.
            rivals = [*kept[:index], *(later for later in kept[index + 1 :] if not later.has_changed())]
            others = [*map(_after, rivals), *self._unseen()]
            if form.instance.pk and self.ordinal not in own:
                # Django writes row by row: a changed row must not meet the old state of another one.
                others += [_before(other) for other in self.initial_forms if other is not form]
            if any(self._clash(constraint, own, _after(form), other) for other in others):
                form.add_error(None, constraint.get_violation_error_message())

    def _owner_fields(self) -> set[str]:
        return {self.fk.name} if hasattr(self, "fk") else {self.ct_field.name, self.ct_fk_field.name}

    def _clash(self, constraint: UniqueConstraint, own: list[str], row: Values, other: Values) -> bool:
        if any(row[name] is None or row[name] != other[name] for name in own):
            return False
        field = self.model._meta.get_field
        return constraint.condition is None or all(
            constraint.condition.check({name: Value(value, field(name)) for name, value in found.items()})
            for found in (row, other)
        )

    def _unseen(self) -> Iterator[Values]:
        """Rows that somebody else has added since the page was opened."""
        seen = {form.instance.pk for form in self.initial_forms}
        return (_values(row) for row in self.get_queryset() if row.pk not in seen)

    def _make_way(self) -> None:
        """Give every changed row a free number first, so that no two meet while they trade places."""
        stored = [form for form in self.initial_forms if form.instance.pk]
        changed = [form for form in stored if form.has_changed()]
        taken = {form.initial[self.ordinal] for form in stored}
        taken |= {getattr(form.instance, self.ordinal) for form in self.forms}
        free = (number for number in range(len(taken) + len(changed)) if number not in taken)
        for form in changed:
            self.model._default_manager.filter(pk=form.instance.pk).update(**{self.ordinal: next(free)})


class PartFormSet(PartFormSetMixin, forms.BaseInlineFormSet):
    pass


class GenericPartFormSet(PartFormSetMixin, BaseGenericInlineFormSet):
    pass


def _values(row: models.Model) -> Values:
    return {field.name: getattr(row, field.attname) for field in row._meta.concrete_fields}


def _after(form: PartForm) -> Values:
    return _values(form.instance)


def _before(form: PartForm) -> Values:
    return {**_values(form.instance), **form.initial}


class VocabularyIterator(forms.models.ModelChoiceIterator):
    def __iter__(self) -> Iterator[tuple[Any, str]]:
        if not self.field.read:
            self.field.read.extend(super().__iter__())
        return iter(self.field.read)


class VocabularyField(forms.ModelChoiceField):
    """A choice among few rows, read once for a whole formset: copies of the field share what was read."""

    iterator = VocabularyIterator

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.read: list[tuple[Any, str]] = []
        super().__init__(*args, **kwargs)


class RecordsField(forms.ModelMultipleChoiceField):
    """Several records; what cannot be a key of one is refused before a database fails on it."""

    def clean(self, value: Any) -> Any:
        for key in value or ():
            if not is_key(key):
                raise ValidationError(
                    self.error_messages["invalid_pk_value"], code="invalid_pk_value", params={"pk": str(key)[:40]}
                )
        return super().clean(value)


def is_key(value: Any) -> bool:
    """Whether a database could have this as the key of a row."""
    return str(value).isdecimal() and len(str(value)) <= 18


class PictureField(forms.FileField):
    """An upload proved to be a picture before anything of it is stored."""

    def to_python(self, data: Any) -> Any:
        file = super().to_python(data)
        if file is not None:
            open_picture(file)
            file.seek(0)
        return file
