"""Companies as schema.org describes organisations."""

from typing import Any

from companies.models import Company


def organization(company: Company, url: str) -> dict[str, Any]:
    """An Organization; `url` is the absolute address of its page here."""
    names = [company.name_en, company.name_zh_hans, *(alias.name for alias in company.aliases.all())]
    data = {
        "@type": "Organization",
        "@id": url,
        "name": company.name.plain,
        "alternateName": [name for name in dict.fromkeys(names) if name and name != company.name.plain],
        "description": company.summary.plain,
        "url": company.website or url,
        "foundingDate": str(company.founded_year or ""),
        "address": company.address.plain,
        "taxID": company.registration_code,
    }
    return {name: value for name, value in data.items() if value}
