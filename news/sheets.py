"""The sheet of news."""

from etown.sheets import Sheet
from facts.sheets import sources
from news.models import Article

NEWS = Sheet(
    "news",
    Article,
    "slug",
    "date",
    "title_en",
    "title_zh_hans",
    "category",
    "source",
    "summary_en",
    "summary_zh_hans",
    "body_en",
    "body_zh_hans",
    "companies",
    "products",
    "services",
    sources(Article),
    "status",
    "updated_at",
)
