import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("etown", "0002_document")]

    operations = [
        migrations.AddField(
            model_name="contentversion",
            name="changed_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AddField(
            model_name="contentversion",
            name="next_due_at",
            field=models.DateTimeField(null=True),
        ),
    ]
