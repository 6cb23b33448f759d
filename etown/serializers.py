"""What every public record says of itself in the API."""

from typing import Any, ClassVar
from urllib.parse import urljoin

from django.utils import translation
from rest_framework import serializers

from etown.formatted import FormattedTextField
from etown.markup import Html, absolute
from etown.models import Picture
from etown.records import Publishable

FORMATTED = (
    "Sanitised HTML: paragraphs, headings (h2 to h4), lists, quotes, links, tables, pictures with alternative text; "
    "no scripts, styles or classes. CSV and XLSX hold it as plain text."
)


class FormattedField(serializers.CharField):
    """A formatted text; the context's `origin` stands before addresses within the site."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "help_text": FORMATTED})

    def to_representation(self, value: Html) -> Html:
        return Html(absolute(value, self.context["origin"]))


class RecordSerializer(serializers.ModelSerializer):
    """Both languages side by side, and the address of the record's page in each.

    The context gives the `origin` of addresses: scheme and host of the site.
    """

    serializer_field_mapping: ClassVar = {
        **serializers.ModelSerializer.serializer_field_mapping,
        FormattedTextField: FormattedField,
    }

    url_en = serializers.SerializerMethodField(help_text="The record's page in English.")
    url_zh_hans = serializers.SerializerMethodField(help_text="The record's page in Chinese.")

    def get_url_en(self, record: Publishable) -> str:
        return self._url(record, "en")

    def get_url_zh_hans(self, record: Publishable) -> str:
        return self._url(record, "zh-hans")

    def _url(self, record: Publishable, language: str) -> str:
        with translation.override(language):
            return urljoin(self.context["origin"], record.get_absolute_url())


class PictureSerializer(serializers.ModelSerializer):
    url = serializers.SerializerMethodField()

    class Meta:
        model = Picture
        fields = ["url", "width", "height", "alternative_en", "alternative_zh_hans", "credit"]

    def get_url(self, picture: Picture) -> str:
        return urljoin(self.context["origin"], picture.file.url)


def slug_of(**options) -> serializers.SlugRelatedField:
    """A related record by its slug."""
    return serializers.SlugRelatedField(slug_field="slug", read_only=True, **options)
