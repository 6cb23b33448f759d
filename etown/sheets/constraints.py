"""Whether a row satisfies a check constraint, without asking the database for each row as Django does.

Knows the conditions that our models use; where it meets another one, Django's own check is asked.
"""

import operator
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import CheckConstraint, F, Q

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "exact": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "in": lambda value, wanted: value in wanted,
}
# True, False, or None where a value is missing.
Test = Callable[[models.Model], bool | None]


class UnknownConditionError(Exception):
    """Only the database can tell."""


def violated(row: models.Model) -> Iterator[ValidationError]:
    """What the check constraints of its model refuse."""
    for constraint, test in _tests_of(type(row)):
        try:
            # As for the database, what is unknown does not offend.
            is_refused = test(row) is False
        except (UnknownConditionError, TypeError):
            try:
                constraint.validate(type(row), row)
            except ValidationError as error:
                yield error
            continue
        if is_refused:
            code = constraint.violation_error_code
            yield ValidationError(constraint.get_violation_error_message(), code=code)


@cache
def _tests_of(model: type[models.Model]) -> list[tuple[CheckConstraint, Test]]:
    checks = [found for found in model._meta.constraints if isinstance(found, CheckConstraint)]
    return [(check, _test(check.condition, model)) for check in checks]


def _test(condition: Any, model: type[models.Model]) -> Test:
    try:
        return _group(condition, model) if isinstance(condition, Q) else _comparison(model, *condition)
    except (UnknownConditionError, TypeError):
        return _unknown


def _unknown(row: models.Model) -> bool | None:
    raise UnknownConditionError


def _group(group: Q, model: type[models.Model]) -> Test:
    if group.connector not in {Q.AND, Q.OR}:
        raise UnknownConditionError
    tests = [_test(child, model) for child in group.children]
    # What decides at once: one False among all, one True among any.
    decisive = group.connector == Q.OR

    def test(row: models.Model) -> bool | None:
        result: bool | None = not decisive
        for inner in tests:
            found = inner(row)
            if found is decisive:
                result = decisive
                break
            if found is None:
                result = None
        return result if result is None or not group.negated else not result

    return test


def _comparison(model: type[models.Model], lookup: str, wanted: Any) -> Test:
    name, _sep, comparison = lookup.partition("__")
    column = _column(name, model)
    if comparison == "isnull":
        return lambda row: (getattr(row, column) is None) == wanted
    if (comparison or "exact") not in COMPARISONS:
        raise UnknownConditionError
    compare = COMPARISONS[comparison or "exact"]
    other = _column(wanted.name, model) if isinstance(wanted, F) else ""

    def test(row: models.Model) -> bool | None:
        value, against = getattr(row, column), getattr(row, other) if other else wanted
        return None if value is None or against is None else compare(value, against)

    return test


def _column(name: str, model: type[models.Model]) -> str:
    try:
        return model._meta.get_field(name).attname
    except FieldDoesNotExist as error:
        raise UnknownConditionError from error
