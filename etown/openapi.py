"""What the OpenAPI document says beyond the views: what each filter is for, blank texts, and every error."""

from typing import Any

from drf_spectacular.contrib.django_filters import DjangoFilterExtension

PROBLEM = {
    "type": "object",
    "description": "Problem details, RFC 9457.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "In the reader's language, by Accept-Language."},
        "errors": {
            "type": "array",
            "description": "Each wrong parameter with its remedy.",
            "items": {
                "type": "object",
                "required": ["parameter", "detail"],
                "properties": {"parameter": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
ERRORS = {
    "400": "A parameter is unknown or wrong; every one is named.",
    "404": "There is no such record, or it is not public.",
    "406": "Accept names no format of this answer, and the query none either.",
    "410": "The record was public once and has been archived since.",
    "429": "Too many requests from this address; Retry-After says when to come again.",
}


class FilterParameters(DjangoFilterExtension):
    """Filters whose shape is declared by hand say what they are for as the others do."""

    target_class = "etown.viewsets.StrictFilterBackend"
    priority = 1

    def resolve_filter_field(self, auto_schema, model, filterset_class, field_name, filter_field) -> list[dict]:
        found = super().resolve_filter_field(auto_schema, model, filterset_class, field_name, filter_field)
        for parameter in found:
            parameter.setdefault("description", filter_field.extra.get("help_text") or filter_field.label)
        return found


def allow_blank(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """A text that may be blank fits both shapes that it may have, so that `oneOf` would refuse it."""

    def relax(shape: Any) -> Any:
        if isinstance(shape, list):
            return [relax(part) for part in shape]
        if not isinstance(shape, dict):
            return shape
        is_blank = any(isinstance(part, dict) and part.get("maxLength") == 0 for part in shape.get("oneOf", ()))
        return {("anyOf" if is_blank and name == "oneOf" else name): relax(part) for name, part in shape.items()}

    return relax(result)


def add_problems(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Every operation says how it fails."""
    result["components"]["schemas"]["Problem"] = PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path, operations in result["paths"].items():
        for operation in operations.values():
            for status in _failures(path, operation):
                operation["responses"].setdefault(status, {"description": ERRORS[status], "content": content})
    return result


def _failures(path: str, operation: dict[str, Any]) -> list[str]:
    is_one = "{" in path
    # Maps are counted, not published: they have no fields to choose, and are never archived.
    is_record = any(parameter["name"] == "fields" for parameter in operation.get("parameters", ()))
    fitting = {"404": is_one, "410": is_one and is_record}
    return [status for status in ERRORS if fitting.get(status, True)]


def drop_database_bounds(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Integers without the largest value of a column, which differs between databases and says nothing."""
    for schema in result["components"]["schemas"].values():
        for column in schema.get("properties", {}).values():
            if column.get("type") == "integer":
                column.pop("maximum", None)
                column.pop("format", None)
    return result
