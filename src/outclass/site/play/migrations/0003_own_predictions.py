"""Predictions that players asked for."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds a table; nobody has predictions of their own before."""

    dependencies = [("play", "0002_early_bets_and_names")]

    operations = [
        migrations.CreateModel(
            name="OwnPrediction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("prediction", models.TextField(unique=True)),
                ("challenge", models.CharField(max_length=80)),
                ("request_token", models.CharField(max_length=64)),
                ("said", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "player",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="predictions",
                        to="play.player",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["player", "challenge", "-created_at"], name="play_own_prediction_latest"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("player", "request_token"), name="play_own_prediction_request"
                    )
                ],
            },
        ),
    ]
