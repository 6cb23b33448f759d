"""Pages of news."""

from etown.details import DetailView
from etown.listings import ListingView
from news.filters import ArticleFilterSet
from news.models import Article


class ArticleListView(ListingView):
    queryset = Article.objects.published().for_listing()
    filterset_class = ArticleFilterSet
    template_name = "news/article_list.html"
    api_list = "api:article-list"


class ArticleDetailView(DetailView):
    queryset = Article.objects.published().for_listing()
    template_name = "news/article_detail.html"
