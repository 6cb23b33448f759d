"""Pages of news."""

from typing import Any

from etown.details import DetailView
from etown.listings import ListingView
from news.filters import ArticleFilterSet
from news.models import Article
from news.structured import article


class ArticleListView(ListingView):
    queryset = Article.objects.published().for_cards()
    filterset_class = ArticleFilterSet
    told_in = "body"
    template_name = "news/article_list.html"
    api_list = "api:article-list"


class ArticleDetailView(DetailView):
    queryset = Article.objects.published().for_listing()
    template_name = "news/article_detail.html"

    def get_context(self, record: Article) -> dict[str, Any]:
        return {"structured": article(record, self.url_of(record))}
