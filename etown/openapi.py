"""What the OpenAPI document says beyond the views: every list's other formats and every error."""

from typing import Any

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
    "429": "Too many requests from this address; Retry-After says when to come again.",
}


def add_problems(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Every operation says how it fails."""
    result["components"]["schemas"]["Problem"] = PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path, operations in result["paths"].items():
        for operation in operations.values():
            for status, description in ERRORS.items():
                if status != "404" or "{" in path:
                    operation["responses"].setdefault(status, {"description": description, "content": content})
    return result
