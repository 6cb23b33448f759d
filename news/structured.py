"""News as schema.org describes it."""

from typing import Any

from news.models import Article


def article(record: Article, url: str) -> dict[str, Any]:
    """A NewsArticle; `url` is the absolute address of its page here."""
    data = {
        "@type": "NewsArticle",
        "@id": url,
        "url": url,
        "headline": record.title.plain[:110],
        "description": record.summary.plain,
        "datePublished": record.date,
        "dateModified": record.updated_at,
        "inLanguage": record.title.tag,
        "isBasedOn": record.source.url,
        "author": {"@type": "Organization", "name": "E-Town Invest"},
        "publisher": {"@type": "Organization", "name": "E-Town Invest"},
    }
    return {name: value for name, value in data.items() if value}
