"""The API's full answer for each public company as SQL, for the database to build: same fields, same nesting."""

from django.contrib.contenttypes.models import ContentType

from companies.models import Company
from tests.bench.site import ORIGIN

COMPANY = {
    "uid": "{uid}",
    "slug": "c.slug",
    "url_en": "'{origin}/en/companies/' || c.slug || '/'",
    "url_zh_hans": "'{origin}/zh-hans/companies/' || c.slug || '/'",
    "name_en": "c.name_en",
    "name_zh_hans": "c.name_zh_hans",
    "aliases": "{aliases}",
    "role": "c.role",
    "presence": "c.presence",
    "registration_code": "c.registration_code",
    "founded_year": "c.founded_year",
    "website": "c.website",
    "address_en": "c.address_en",
    "address_zh_hans": "c.address_zh_hans",
    "summary_en": "c.summary_en",
    "summary_zh_hans": "c.summary_zh_hans",
    "description_en": "c.description_en",
    "description_zh_hans": "c.description_zh_hans",
    "logo": "{logo}",
    "activities": "{activities}",
    "citations": "{citations}",
    "published_at": "{published_at}",
    "updated_at": "{updated_at}",
}
LOGO = {
    "url": "'{origin}/media/' || l.file",
    "width": "l.width",
    "height": "l.height",
    "alternative_en": "l.alternative_en",
    "alternative_zh_hans": "l.alternative_zh_hans",
    "credit": "l.credit",
}
ALIAS = {"name": "n.name", "kind": "n.kind"}
ACTIVITY = {
    "segment": "g.slug",
    "stage": "s.slug",
    "modality": "m.slug",
    "since": "a.since",
    "note_en": "a.note_en",
    "note_zh_hans": "a.note_zh_hans",
    "source": "o.slug",
    "as_of": "a.as_of",
    "basis": "a.basis",
}
SOURCE_COLUMNS = ["slug", "title", "language", "description_en", "description_zh_hans", "publisher", "url"]
SOURCE = {name: f"o.{name}" for name in [*SOURCE_COLUMNS, "published_on", "tier"]}
CITATION = {"field": "t.field", "source": "{source}", "as_of": "t.as_of", "basis": "t.basis"}
# Ordered in a query of its own: SQLite 3.40 cannot order inside an aggregate.
PARTS = {
    "aliases": (ALIAS, "companies_companyalias n WHERE n.owner_id = c.id ORDER BY n.id"),
    "activities": (
        ACTIVITY,
        """companies_activity a JOIN companies_segment g ON g.id = a.segment_id
        JOIN facts_source o ON o.id = a.source_id
        LEFT JOIN companies_stage s ON s.id = a.stage_id LEFT JOIN companies_modality m ON m.id = a.modality_id
        WHERE a.company_id = c.id ORDER BY g.position, s.position, m.position, a.id""",
    ),
    "citations": (
        CITATION,
        """facts_citation t JOIN facts_source o ON o.id = t.source_id
        WHERE t.content_type_id = {kind} AND t.object_id = c.id ORDER BY t.field, t.id""",
    ),
}
ENGINES = {
    "sqlite": {
        "object": "json_object",
        "array": "json_group_array(json(part))",
        "uid": "substr(c.uid, 1, 8) || '-' || substr(c.uid, 9, 4) || '-' || substr(c.uid, 13, 4) || '-'"
        " || substr(c.uid, 17, 4) || '-' || substr(c.uid, 21)",
        "moment": "strftime('%Y-%m-%dT%H:%M:%S', {column}, '+8 hours') || substr({column}, 20) || '+08:00'",
    },
    "postgresql": {
        "object": "json_build_object",
        "array": "COALESCE(json_agg(part), '[]'::json)",
        "uid": "c.uid",
        "moment": "replace(to_char({column} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD\"T\"HH24:MI:SS.US'),"
        " '.000000', '') || '+08:00'",
    },
}


def document_sql(vendor: str) -> str:
    """A query with one column, `document`, in the API's own order."""
    engine = ENGINES[vendor]

    def built(fields: dict[str, str]) -> str:
        return f"{engine['object']}({', '.join(f"'{name}', {value}" for name, value in fields.items())})"

    words = {"origin": ORIGIN, "kind": ContentType.objects.get_for_model(Company).pk, "source": built(SOURCE)}
    parts = {
        name: f"(SELECT {engine['array']} FROM (SELECT {built(fields)} AS part FROM {rows}) parts)".format(**words)
        for name, (fields, rows) in PARTS.items()
    }
    own = built(COMPANY).format(
        **words | parts,
        uid=engine["uid"],
        logo=f"CASE WHEN l.id IS NOT NULL THEN {built(LOGO)} END".format(**words),
        published_at=engine["moment"].format(column="c.published_at"),
        updated_at=engine["moment"].format(column="c.updated_at"),
    )
    return (
        f"SELECT {own} AS document FROM companies_company c LEFT JOIN etown_picture l ON l.id = c.logo_id"
        " WHERE c.status = 'published' ORDER BY c.sort_en, c.id"
    )
