"""How the fields of a record stand on its page."""

from typing import Any


def both(name: str) -> tuple[str, str]:
    """The two columns of a translated field, side by side."""
    return f"{name}_en", f"{name}_zh_hans"


def group(title: Any, *rows: str | tuple[str, ...]) -> tuple[Any, dict[str, Any]]:
    return title, {"fields": rows}


def without(entry: Any, name: str) -> Any:
    title, options = entry
    return title, {**options, "fields": [row for row in options["fields"] if row != name]}
