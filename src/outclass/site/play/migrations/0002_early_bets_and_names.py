"""Rounds of an early bet, and names given before a bet."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds columns with defaults: rounds of before show all nights and pay what the deal says."""

    dependencies = [("play", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="round", name="nights", field=models.PositiveIntegerField(default=0)
        ),
        migrations.AddField(
            model_name="round", name="multiplier", field=models.PositiveIntegerField(default=100)
        ),
        migrations.AddField(
            model_name="round", name="nickname", field=models.CharField(blank=True, max_length=40)
        ),
    ]
