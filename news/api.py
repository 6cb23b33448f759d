"""News in the API."""

from etown.viewsets import ListingViewSet
from news.filters import ArticleFilterSet
from news.models import Article
from news.serializers import ArticleSerializer


class ArticleViewSet(ListingViewSet):
    """News of the park, each item with its source."""

    queryset = Article.objects.published().for_listing()
    serializer_class = ArticleSerializer
    filterset_class = ArticleFilterSet
