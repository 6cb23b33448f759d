"""Sources, citations and figures in the API."""

from rest_framework import serializers

from etown.serializers import RecordSerializer, slug_of
from facts.models import Citation, Figure, Source

SOURCED = ["source", "as_of", "basis"]


class SourceSerializer(serializers.ModelSerializer):
    class Meta:
        model = Source
        fields = [
            "slug",
            "title",
            "language",
            "description_en",
            "description_zh_hans",
            "publisher",
            "url",
            "published_on",
            "tier",
        ]


class CitationSerializer(serializers.ModelSerializer):
    source = SourceSerializer()

    class Meta:
        model = Citation
        fields = ["field", *SOURCED]


class FigureSerializer(RecordSerializer):
    source = SourceSerializer()
    unit = slug_of()
    superseded_by = slug_of(allow_null=True)
    value_en = serializers.SerializerMethodField(help_text="The figure as readers of English see it.")
    value_zh_hans = serializers.SerializerMethodField(help_text="The figure as readers of Chinese see it.")

    class Meta:
        model = Figure
        fields = [
            "uid",
            "slug",
            "url_en",
            "url_zh_hans",
            "label_en",
            "label_zh_hans",
            "scope_en",
            "scope_zh_hans",
            "topic",
            "kind",
            "qualifier",
            "low",
            "high",
            "unit",
            "value_en",
            "value_zh_hans",
            *SOURCED,
            "review_by",
            "state",
            "superseded_by",
            "is_headline",
            "note_en",
            "note_zh_hans",
            "published_at",
            "updated_at",
        ]

    def get_value_en(self, figure: Figure) -> str:
        return figure.spell("en")

    def get_value_zh_hans(self, figure: Figure) -> str:
        return figure.spell("zh-hans")
