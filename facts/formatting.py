"""Figures as readers of each language write them."""

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from etown.bilingual import current_language

if TYPE_CHECKING:
    from facts.models import Figure, Unit

ENGLISH_QUALIFIERS = {
    "exactly": "{}",
    "about": "about {}",
    "more_than": "more than {}",
    "nearly": "nearly {}",
    "up_to": "up to {}",
    "at_least": "at least {}",
}
CHINESE_QUALIFIERS = {
    "exactly": "{}",
    "about": "约{}",
    "more_than": "超过{}",
    "nearly": "近{}",
    "up_to": "最多{}",
    "at_least": "至少{}",
}
# Where a language starts to count in larger steps: English in millions, Chinese in ten thousands.
ENGLISH_STEPS = ((Decimal(10**9), " billion"), (Decimal(10**6), " million"))
CHINESE_STEPS = ((Decimal(10**8), "亿"), (Decimal(10**4), "万"))


def spell_figure(figure: "Figure", language: str | None = None) -> str:
    """`figure` with qualifier and unit: “more than 20 companies”, “超过20家”."""
    chinese = (language or current_language()) == "zh-hans"
    numbers = spell_range(figure.low, figure.high, figure.unit, chinese=chinese)
    qualifiers = CHINESE_QUALIFIERS if chinese else ENGLISH_QUALIFIERS
    return qualifiers[figure.qualifier].format(numbers)


def spell_range(low: Decimal, high: Decimal | None, unit: "Unit", *, chinese: bool) -> str:
    top = low if high is None else high
    if unit.style == unit.Style.FRACTION:
        return str(Fraction(low).limit_denominator(100))
    step, step_name = _step(top, CHINESE_STEPS if chinese else ENGLISH_STEPS)
    ends = [low] if high is None else [low, high]
    grouping = "" if chinese else ","
    numbers = "–".join(_number(end / step, grouping) for end in ends) + step_name
    if chinese:
        return numbers + unit.name_zh_hans
    name = unit.singular_en if top == 1 else unit.plural_en
    return numbers + name if unit.style == unit.Style.SYMBOL else f"{numbers} {name}".rstrip()


def _step(value: Decimal, steps: tuple[tuple[Decimal, str], ...]) -> tuple[Decimal, str]:
    return next(((step, name) for step, name in steps if value >= step), (Decimal(1), ""))


def _number(value: Decimal, grouping: str) -> str:
    return f"{value:{grouping}.6f}".rstrip("0").rstrip(".")
