"""Services in the API."""

from rest_framework import serializers

from etown.serializers import PictureSerializer, RecordSerializer, slug_of
from facts.serializers import CitationSerializer, FigureSerializer
from services.models import Claim, Service, ServiceAlias, Step


class ServiceAliasSerializer(serializers.ModelSerializer):
    class Meta:
        model = ServiceAlias
        fields = ["name", "kind"]


class StepSerializer(serializers.ModelSerializer):
    class Meta:
        model = Step
        fields = ["position", "title_en", "title_zh_hans", "text_en", "text_zh_hans"]


class ClaimSerializer(serializers.ModelSerializer):
    before = FigureSerializer()
    after = FigureSerializer()

    class Meta:
        model = Claim
        fields = ["before", "after"]


class ServiceSerializer(RecordSerializer):
    aliases = ServiceAliasSerializer(many=True)
    operator_company = slug_of(allow_null=True)
    desk = slug_of(allow_null=True)
    picture = PictureSerializer(allow_null=True)
    steps = StepSerializer(many=True)
    claims = ClaimSerializer(many=True, help_text="Quoted claims: what the sources say, not what was measured.")
    figures = slug_of(many=True)
    citations = CitationSerializer(many=True)

    class Meta:
        model = Service
        fields = [
            "uid",
            "slug",
            "url_en",
            "url_zh_hans",
            "kind",
            "name_en",
            "name_en_origin",
            "name_zh_hans",
            "name_zh_hans_origin",
            "aliases",
            "operator_en",
            "operator_zh_hans",
            "operator_company",
            "partner_en",
            "partner_zh_hans",
            "summary_en",
            "summary_zh_hans",
            "description_en",
            "description_zh_hans",
            "audience_en",
            "audience_zh_hans",
            "address_en",
            "address_zh_hans",
            "operation_en",
            "operation_zh_hans",
            "desk",
            "picture",
            "steps",
            "claims",
            "figures",
            "citations",
            "published_at",
            "updated_at",
        ]
