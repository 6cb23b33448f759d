"""News in the API."""

from etown.serializers import PictureSerializer, RecordSerializer, slug_of
from facts.serializers import CitationSerializer, SourceSerializer
from news.models import Article


class ArticleSerializer(RecordSerializer):
    category = slug_of()
    source = SourceSerializer()
    picture = PictureSerializer(allow_null=True)
    companies = slug_of(many=True)
    products = slug_of(many=True)
    services = slug_of(many=True)
    citations = CitationSerializer(many=True)

    class Meta:
        model = Article
        fields = [
            "uid",
            "slug",
            "url_en",
            "url_zh_hans",
            "category",
            "date",
            "title_en",
            "title_zh_hans",
            "summary_en",
            "summary_zh_hans",
            "body_en",
            "body_zh_hans",
            "source",
            "picture",
            "companies",
            "products",
            "services",
            "citations",
            "published_at",
            "updated_at",
        ]
