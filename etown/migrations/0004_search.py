import django.db.models.deletion
from django.db import migrations, models

from etown.search.models import FoldedField


TABLE = "etown_posting"


def make_one_tree(apps, schema_editor):
    """On SQLite one tree by the key, instead of a table and an index that holds nearly all of it once more."""
    if schema_editor.connection.vendor == "sqlite":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [TABLE])
            [(statement,)] = cursor.fetchall()
            cursor.execute(f"DROP TABLE {TABLE}")
            cursor.execute(f"{statement} WITHOUT ROWID")


class Migration(migrations.Migration):
    dependencies = [("etown", "0003_contentversion_times")]

    operations = [
        migrations.CreateModel(
            name="SearchText",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("rule", models.CharField(max_length=16)),
                ("names", models.JSONField()),
                ("texts", models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name="SearchName",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=200)),
                ("folded", FoldedField(max_length=200)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="etown.searchtext"
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["folded", "id"], name="etown_searchname_folded")]},
        ),
        migrations.CreateModel(
            name="Posting",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "token", "stretch", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("token", FoldedField(max_length=160)),
                ("stretch", models.BigIntegerField()),
                ("bits", models.BinaryField()),
            ],
        ),
        migrations.RunPython(make_one_tree, migrations.RunPython.noop),
    ]
