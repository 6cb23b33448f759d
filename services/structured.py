"""Services as schema.org describes them."""

from typing import Any

from services.models import Service


def service(record: Service, url: str) -> dict[str, Any]:
    """A Service; `url` is the absolute address of its page here."""
    provider = record.operator_company.name.plain if record.operator_company else record.operator.plain
    data = {
        "@type": "Service",
        "@id": url,
        "url": url,
        "name": record.name.plain,
        "serviceType": record.get_kind_display(),
        "description": record.summary.plain,
        "audience": {"@type": "Audience", "audienceType": record.audience.plain} if record.audience else None,
        "provider": {"@type": "Organization", "name": provider} if provider else None,
        "areaServed": "Beijing E-Town",
    }
    return {name: value for name, value in data.items() if value}
