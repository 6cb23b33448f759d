"""A page of the back office as a browser would send it back."""

from typing import Any

from django.test import Client
from django.urls import reverse

CITATION = "facts-citation-content_type-object_id"


def as_shown(client: Client, url: str) -> dict[str, Any]:
    """What a form page would send if it were saved untouched."""
    context = client.get(url).context
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    data = {field.html_name: field.value() for form in forms for field in form}
    if "edit" in context:
        data["_base"] = getattr(context["edit"].base, "pk", "")
    return {name: "" if value is None else value for name, value in data.items() if value is not False}


def refusals(response: Any) -> str:
    """Everything that the page complains of; empty if it was saved."""
    if response.status_code == 302:
        return ""
    assert response.status_code == 200
    forms = [response.context["adminform"].form]
    texts = []
    for inline in response.context["inline_admin_formsets"]:
        texts += inline.formset.non_form_errors()
        forms += inline.formset.forms
    return " ".join(
        [*texts, *(f"{name}: {' '.join(errors)}" for form in forms for name, errors in form.errors.items())]
    )


def edit(record):
    return reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_change", args=[record.pk])


def publish(**changes):
    """What the button for publishing sends."""
    return {"_save": "publish", "reason": "It is true.", **changes}


def save(client, record, **changes):
    """Change some fields on the record's page, and say what the page complains of; what is public stays public."""
    shown = as_shown(client, edit(record))
    button = publish() if getattr(record, "status", "") == "published" else {"_save": ""}
    return refusals(client.post(edit(record), shown | button | changes))


def new_row(prefix, number, total, **values):
    return {f"{prefix}-TOTAL_FORMS": total} | {f"{prefix}-{number}-{name}": value for name, value in values.items()}


def stored(record):
    return type(record)._default_manager.get(pk=record.pk)
