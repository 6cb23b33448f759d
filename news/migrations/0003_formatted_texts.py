"""Plain texts that stand in formatted columns become paragraphs; back again they lose their formatting."""

from django.db import migrations

from etown.markup import Html, paragraphs, plain

COLUMNS = ("body_en", "body_zh_hans")
BATCH = 500


def rewrite(apps, spell):
    rows = apps.get_model("news", "Article")._base_manager.only(*COLUMNS)
    changed = []
    for row in rows.iterator(BATCH):
        for column in COLUMNS:
            setattr(row, column, spell(getattr(row, column)))
        changed.append(row)
        if len(changed) == BATCH:
            rows.bulk_update(changed, COLUMNS)
            changed.clear()
    rows.bulk_update(changed, COLUMNS)


def to_paragraphs(apps, schema_editor):
    rewrite(apps, lambda text: str(paragraphs(text)))


def to_plain(apps, schema_editor):
    rewrite(apps, lambda text: plain(Html(text)))


class Migration(migrations.Migration):
    dependencies = [("news", "0002_schedule")]
    operations = [migrations.RunPython(to_paragraphs, to_plain)]
