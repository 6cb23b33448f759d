"""A column for formatted text: cleaned on every way in, whoever writes it."""

import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.forms import Script
from django.http import HttpRequest, JsonResponse
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from django.views.decorators.http import require_POST

from etown.bilingual import SUFFIXES, TAGS
from etown.markup import LONGEST, LONGEST_READ, Html, cleaned, is_unreadable, picture_keys, refused_pictures

# What the editor says, by the names that static/js/formatted.js has for it.
WORDS: dict[str, Promise] = {
    "toolbar": _("Formatting"),
    "help": _("Escape leads to the toolbar, arrow keys along it, Escape back to the text."),
    "bold": _("Bold"),
    "italic": _("Italic"),
    "heading2": _("Heading 2"),
    "heading3": _("Heading 3"),
    "heading4": _("Heading 4"),
    "bullets": _("List"),
    "numbers": _("Numbered list"),
    "quote": _("Quote"),
    "sub": _("Subscript"),
    "sup": _("Superscript"),
    "rule": _("Line"),
    "link": _("Link"),
    "picture": _("Picture"),
    "table": _("Table"),
    "rowAfter": _("Add row"),
    "columnAfter": _("Add column"),
    "headerRow": _("Head row"),
    "deleteRow": _("Remove row"),
    "deleteColumn": _("Remove column"),
    "deleteTable": _("Remove table"),
    "undo": _("Undo"),
    "redo": _("Redo"),
    "address": _("Address"),
    "addressHelp": _("Beginning with https://, http://, mailto: or, within this site, /"),
    "addressWrong": _("Begin the address with https://, http://, mailto: or /."),
    "removeLink": _("Remove link"),
    "choosePicture": _("Choose a picture"),
    "search": _("Search"),
    "noPictures": _("No picture found. Upload it under Pictures first."),
    "alternative": _("Description for those who cannot see it"),
    "alternativeMissing": _("Describe the picture in words."),
    "insert": _("Insert"),
    "cancel": _("Cancel"),
    "pasting": _("Cleaning what was pasted …"),
    "pasteFailed": _("What was pasted could not be cleaned; only its words were inserted."),
    "droppedPictures": _("Pictures were left out: upload them under Pictures, then insert them from there."),
    "tooLong": _("This text is too long to be saved: shorten it, or part it into several."),
    "unreachable": _("The server did not answer. Try again."),
}


class EditorWidget(forms.Textarea):
    """The text area with HTML; static/js/formatted.js makes an editor of it where scripts run."""

    def __init__(self, attrs: dict[str, Any] | None = None, *, language: str = "") -> None:
        super().__init__({"class": "vLargeTextField formatted-source", "rows": 12, **(attrs or {})})
        self.language = language

    @property
    def media(self) -> forms.Media:
        script: Any = Script("js/formatted.js", type="module")
        return forms.Media(css={"all": ["css/editor.css"]}, js=[script])

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        settings = {
            "editor": static("django_prose_editor/editor.js"),
            "language": self.language,
            "longest": LONGEST,
            "words": {name: str(word) for name, word in WORDS.items()},
            "pictures": _admin_url("etown_picture_choices"),
            "clean": _admin_url("clean_formatted"),
        }
        context["widget"]["attrs"] |= {"data-formatted": json.dumps(settings, ensure_ascii=False)}
        if self.language:
            context["widget"]["attrs"]["lang"] = TAGS[self.language]
        return context


class FormattedFormField(forms.CharField):
    def has_changed(self, initial: Any, data: Any) -> bool:
        """What the editor or the browser writes differently is no edit."""
        return cleaned(initial or "") != cleaned(data or "")


class FormattedTextField(models.TextField):
    """HTML as `etown.markup` allows it. A plain text that comes in becomes paragraphs."""

    def to_python(self, value: Any) -> Html | None:
        return value if value is None or isinstance(value, Html) else cleaned(str(value))

    def clean(self, value: Any, model_instance: models.Model | None) -> Html:
        if isinstance(value, str) and not isinstance(value, Html):
            _refuse_longer(value, LONGEST_READ)
            _refuse_unreadable(value)
            _refuse_lost_pictures(value)
        stored = super().clean(value, model_instance)
        _refuse_longer(stored, LONGEST)
        _refuse_unknown_pictures(stored)
        return stored

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = super().pre_save(model_instance, add)
        if isinstance(value, str) and not isinstance(value, Html):
            value = cleaned(value)
            setattr(model_instance, self.attname, value)
        return value

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """Where all writes pass: save(), update(), bulk writes and fixtures."""
        return super().get_db_prep_save(self.to_python(value) if isinstance(value, str) else value, connection)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Html | None:
        return None if value is None else Html(value)

    def formfield(self, **kwargs: Any) -> Any:
        suffixes = {suffix: code for code, suffix in SUFFIXES.items()}
        language = next((code for suffix, code in suffixes.items() if self.name.endswith(f"_{suffix}")), "")
        return super().formfield(
            **{**kwargs, "form_class": FormattedFormField, "widget": EditorWidget(language=language)}
        )

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """For the database it is a text, and for migrations too: they write what they mean."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs


def formatted_columns(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if isinstance(field, FormattedTextField)]


@require_POST
def clean_formatted(request: HttpRequest) -> JsonResponse:
    """For the editor: what was pasted, as it would be stored."""
    pasted = request.POST.get("html", "")
    if is_unreadable(pasted):
        return JsonResponse({"html": ""})
    return JsonResponse({"html": cleaned(pasted), "dropped": sum(refused_pictures(pasted))})


def _admin_url(name: str) -> str:
    try:
        return reverse(f"admin:{name}")
    except NoReverseMatch:
        return ""


def _refuse_longer(text: str, longest: int) -> None:
    if len(text) > longest:
        raise ValidationError(
            _("This text has %(length)s characters with its formatting; at most %(longest)s can be stored."),
            params={"length": len(text), "longest": LONGEST},
        )


def _refuse_unreadable(text: str) -> None:
    if is_unreadable(text):
        raise ValidationError(
            _("This formatting cannot be read: it is too deep. Paste the text without its formatting.")
        )


def _refuse_lost_pictures(text: str) -> None:
    elsewhere, silent = refused_pictures(text)
    if elsewhere:
        raise ValidationError(
            ngettext_lazy(
                "%(count)d picture comes from elsewhere. Upload it under Pictures and insert it from there.",
                "%(count)d pictures come from elsewhere. Upload them under Pictures and insert them from there.",
                elsewhere,
            ),
            params={"count": elsewhere},
        )
    if silent:
        raise ValidationError(
            ngettext_lazy(
                "%(count)d picture has no alternative text. Select it, choose “Picture” and describe it in words.",
                "%(count)d pictures have no alternative text. Select each, choose “Picture” and describe it in words.",
                silent,
            ),
            params={"count": silent},
        )


def _refuse_unknown_pictures(stored: Html) -> None:
    wanted = {f"pictures/{key}.webp" for key in picture_keys(stored)}
    if not wanted:
        return
    pictures = apps.get_model("etown", "Picture")
    known = set(pictures._default_manager.filter(file__in=wanted).values_list("file", flat=True))
    if unknown := wanted - known:
        raise ValidationError(
            _("There is no picture %(names)s any more. Insert it again from Pictures."),
            params={"names": ", ".join(sorted(unknown))},
        )
