"""Companies, products, wants and the chain map in the API."""

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.serializer_helpers import ReturnDict

from companies.chain_map import Cell, ChainMap, Row, modality_map, segment_map
from companies.filters import CompanyFilterSet, ProductFilterSet, WantFilterSet
from companies.models import Chain, Company, Product, Stage, Want
from companies.serializers import CompanySerializer, ProductSerializer, WantSerializer
from etown.filters import UNKNOWN
from etown.viewsets import SLUG, ListingViewSet, Negotiation, refuse_unknown


class CompanyViewSet(ListingViewSet):
    """Companies in the park, on their way here, or served by it."""

    queryset = Company.objects.published().for_listing()
    serializer_class = CompanySerializer
    filterset_class = CompanyFilterSet


class ProductViewSet(ListingViewSet):
    """Products and their milestones; the current one is the last by sequence."""

    queryset = Product.objects.published().for_listing()
    serializer_class = ProductSerializer
    filterset_class = ProductFilterSet


class WantViewSet(ListingViewSet):
    """What the office looks for in the chain."""

    queryset = Want.objects.published().for_listing()
    serializer_class = WantSerializer
    filterset_class = WantFilterSet


class StageSerializer(serializers.ModelSerializer):
    class Meta:
        model = Stage
        fields = ["slug", "name_en", "name_zh_hans", "position"]


class CellSerializer(serializers.Serializer):
    stage = serializers.SerializerMethodField(help_text="The stage's slug, or `unknown` where sources name none.")
    cell = serializers.CharField(source="word", help_text="The value for the `cell` filter of companies.")
    count = serializers.IntegerField(help_text="Tenants with such an activity, each once.")
    state = serializers.ChoiceField(
        [("covered", "two or more"), ("one_provider", "one"), ("not_known", "not known, which is not a gap")]
    )
    wanted = serializers.SerializerMethodField(help_text="Slugs of what the office looks for here.")

    def get_wanted(self, cell: Cell) -> list[str]:
        return [want.slug for want in cell.wants]

    def get_stage(self, cell: Cell) -> str:
        return cell.stage.slug if cell.stage else UNKNOWN


class RowSerializer(serializers.Serializer):
    slug = serializers.SlugField(source="record.slug")
    parent = serializers.SerializerMethodField(help_text="The class of a modality.")
    name_en = serializers.CharField(source="record.name_en")
    name_zh_hans = serializers.CharField(source="record.name_zh_hans")
    wanted = serializers.SerializerMethodField(help_text="Slugs of what the office looks for here.")
    cells = CellSerializer(many=True)

    def get_wanted(self, row: Row) -> list[str]:
        return [want.slug for want in row.wants]

    def get_parent(self, row: Row) -> str | None:
        parent = getattr(row.record, "parent", None)
        return parent.slug if parent else None


class ChainSerializer(serializers.ModelSerializer):
    stages = StageSerializer(many=True)
    segments = serializers.SerializerMethodField(help_text="Every segment at every stage.")
    modalities = serializers.SerializerMethodField(help_text="Every modality at every stage.")

    class Meta:
        model = Chain
        fields = [
            "uid",
            "slug",
            "name_en",
            "name_zh_hans",
            "summary_en",
            "summary_zh_hans",
            "stages",
            "segments",
            "modalities",
        ]

    @extend_schema_field(RowSerializer(many=True))
    def get_segments(self, chain: Chain) -> ReturnDict:
        return self._rows(segment_map(chain))

    @extend_schema_field(RowSerializer(many=True))
    def get_modalities(self, chain: Chain) -> ReturnDict:
        return self._rows(modality_map(chain))

    def _rows(self, chain_map: ChainMap) -> ReturnDict:
        return RowSerializer(chain_map.rows, many=True, context=self.context).data


class ChainViewSet(viewsets.ReadOnlyModelViewSet):
    """The chain maps: every segment and modality at every stage, counted from live rows."""

    queryset = Chain.objects.published()
    serializer_class = ChainSerializer
    lookup_field = "slug"
    lookup_value_regex = SLUG
    pagination_class = None
    content_negotiation_class = Negotiation

    @extend_schema(summary="All chain maps")
    def list(self, request: Request, *args, **kwargs) -> Response:
        refuse_unknown(request, ("format",))
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="One chain map")
    def retrieve(self, request: Request, *args, **kwargs) -> Response:
        refuse_unknown(request, ("format",))
        return super().retrieve(request, *args, **kwargs)
