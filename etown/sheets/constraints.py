"""Whether a row satisfies a check constraint, without asking the database for each row as Django does.

Knows the conditions that our models use; where it meets another one, Django's own check is asked.
"""

import operator
from collections.abc import Callable, Iterator
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
}


class UnknownConditionError(Exception):
    """Only the database can tell."""


def violated(row: models.Model) -> Iterator[ValidationError]:
    """What the check constraints of its model refuse."""
    for constraint in row._meta.constraints:
        if not isinstance(constraint, CheckConstraint):
            continue
        try:
            # As for the database, what is unknown does not offend.
            is_refused = holds(constraint.condition, row) is False
        except (UnknownConditionError, TypeError):
            try:
                constraint.validate(type(row), row)
            except ValidationError as error:
                yield error
            continue
        if is_refused:
            code = constraint.violation_error_code
            yield ValidationError(constraint.get_violation_error_message(), code=code)


def holds(condition: Any, row: models.Model) -> bool | None:
    """True, False, or None where a value is missing."""
    if isinstance(condition, tuple):
        return _compare(row, *condition)
    if not isinstance(condition, Q):
        raise UnknownConditionError
    found = [holds(child, row) for child in condition.children]
    if condition.connector == Q.AND:
        result = False if False in found else None if None in found else True
    elif condition.connector == Q.OR:
        result = True if True in found else None if None in found else False
    else:
        raise UnknownConditionError
    return result if result is None or not condition.negated else not result


def _compare(row: models.Model, lookup: str, wanted: Any) -> bool | None:
    name, _sep, comparison = lookup.partition("__")
    value = _value(row, name)
    if isinstance(wanted, F):
        wanted = _value(row, wanted.name)
    if comparison == "isnull":
        return (value is None) == wanted
    if comparison == "in":
        return None if value is None else value in wanted
    if (comparison or "exact") not in COMPARISONS:
        raise UnknownConditionError
    if value is None or wanted is None:
        return None
    return COMPARISONS[comparison or "exact"](value, wanted)


def _value(row: models.Model, name: str) -> Any:
    try:
        field = row._meta.get_field(name)
    except FieldDoesNotExist as error:
        raise UnknownConditionError from error
    return field.value_from_object(row)
