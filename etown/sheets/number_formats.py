"""What a number in a workbook means, told by how it is shown."""

import re

DATES = {14: "day", 15: "day", 16: "day", 17: "month", 22: "day"} | {
    number: "month" if number in {27, 36, 50, 52, 57} else "day" for number in (*range(27, 32), 36, *range(50, 59))
}
PERCENT = {9, 10}
# What in a number format is no code: quoted texts, colours and conditions, escaped letters.
LITERAL = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')


def meaning_of(number: int, codes: dict[int, str]) -> str:
    """ "day", "month", "year" for dates as precise as they are shown, "percent", or nothing."""
    if number in PERCENT:
        return "percent"
    if number not in codes:
        return DATES.get(number, "")
    code = LITERAL.sub("", codes[number].split(";")[0]).lower()
    if "%" in code:
        return "percent"
    if "general" in code:
        return ""
    if "d" in code:
        return "day"
    # Minutes share their letter with months, but stand beside hours or seconds.
    if "m" in code and not {"h", "s"} & set(code):
        return "month"
    return "year" if "y" in code else ""
