"""What every public record says of itself in the API."""

from django.utils import translation
from rest_framework import serializers
from rest_framework.request import Request

from etown.models import Picture
from etown.records import Publishable


class RecordSerializer(serializers.ModelSerializer):
    """Both languages side by side, and the address of the record's page in each."""

    url_en = serializers.SerializerMethodField(help_text="The record's page in English.")
    url_zh_hans = serializers.SerializerMethodField(help_text="The record's page in Chinese.")

    def get_url_en(self, record: Publishable) -> str:
        return self._url(record, "en")

    def get_url_zh_hans(self, record: Publishable) -> str:
        return self._url(record, "zh-hans")

    def _url(self, record: Publishable, language: str) -> str:
        # The plain request: the API's own reverse would carry ?format= into the address.
        request: Request = self.context["request"]
        with translation.override(language):
            return request._request.build_absolute_uri(record.get_absolute_url())


class PictureSerializer(serializers.ModelSerializer):
    url = serializers.SerializerMethodField()

    class Meta:
        model = Picture
        fields = ["url", "width", "height", "alternative_en", "alternative_zh_hans", "credit"]

    def get_url(self, picture: Picture) -> str:
        return self.context["request"]._request.build_absolute_uri(picture.file.url)


def slug_of(**options) -> serializers.SlugRelatedField:
    """A related record by its slug."""
    return serializers.SlugRelatedField(slug_field="slug", read_only=True, **options)
