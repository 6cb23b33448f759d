"""Companies, products and wants in the API. Staff's own columns and every person's contact stay out on purpose."""

from rest_framework import serializers

from companies.models import Activity, Company, CompanyAlias, Milestone, Product, ProductAlias, Want
from etown.serializers import PictureSerializer, RecordSerializer, slug_of
from facts.serializers import SOURCED, CitationSerializer, SourceSerializer


class CompanyAliasSerializer(serializers.ModelSerializer):
    class Meta:
        model = CompanyAlias
        fields = ["name", "kind"]


class ActivitySerializer(serializers.ModelSerializer):
    segment = slug_of()
    stage = slug_of(allow_null=True)
    modality = slug_of(allow_null=True)
    source = slug_of()

    class Meta:
        model = Activity
        fields = ["segment", "stage", "modality", "since", "note_en", "note_zh_hans", *SOURCED]


class CompanySerializer(RecordSerializer):
    aliases = CompanyAliasSerializer(many=True)
    activities = ActivitySerializer(many=True)
    citations = CitationSerializer(many=True)
    logo = PictureSerializer(allow_null=True)

    class Meta:
        model = Company
        fields = [
            "uid",
            "slug",
            "url_en",
            "url_zh_hans",
            "name_en",
            "name_zh_hans",
            "aliases",
            "role",
            "presence",
            "registration_code",
            "founded_year",
            "website",
            "address_en",
            "address_zh_hans",
            "summary_en",
            "summary_zh_hans",
            "description_en",
            "description_zh_hans",
            "logo",
            "activities",
            "citations",
            "published_at",
            "updated_at",
        ]


class ProductAliasSerializer(serializers.ModelSerializer):
    class Meta:
        model = ProductAlias
        fields = ["name", "kind"]


class MilestoneSerializer(serializers.ModelSerializer):
    source = slug_of()

    class Meta:
        model = Milestone
        fields = ["sequence", "route", "event", "jurisdiction", "date", "note_en", "note_zh_hans", *SOURCED]


class ProductSerializer(RecordSerializer):
    company = slug_of(allow_null=True)
    chain = slug_of(allow_null=True)
    modality = slug_of(allow_null=True)
    aliases = ProductAliasSerializer(many=True)
    milestones = MilestoneSerializer(many=True)
    current_milestone = MilestoneSerializer(allow_null=True, help_text="The last milestone by sequence.")
    citations = CitationSerializer(many=True)

    class Meta:
        model = Product
        fields = [
            "uid",
            "slug",
            "url_en",
            "url_zh_hans",
            "name_en",
            "name_zh_hans",
            "aliases",
            "company",
            "chain",
            "modality",
            "vector",
            "cell_source",
            "indication_en",
            "indication_zh_hans",
            "summary_en",
            "summary_zh_hans",
            "current_milestone",
            "milestones",
            "citations",
            "published_at",
            "updated_at",
        ]


class WantSerializer(RecordSerializer):
    chain = slug_of()
    segment = slug_of(allow_null=True)
    modality = slug_of(allow_null=True)
    stage = slug_of(allow_null=True)
    desk = slug_of(allow_null=True)
    source = SourceSerializer()

    class Meta:
        model = Want
        fields = [
            "uid",
            "slug",
            "url_en",
            "url_zh_hans",
            "chain",
            "segment",
            "modality",
            "stage",
            "title_en",
            "title_zh_hans",
            "text_en",
            "text_zh_hans",
            "desk",
            *SOURCED,
            "review_by",
            "published_at",
            "updated_at",
        ]
