"""Classify a stream of messages with Spark: the model as a pandas UDF, from a folder of files to Parquet.

    spark-submit classify_stream.py messages incoming/ classified/
    spark-submit classify_stream.py messages incoming/ classified/ --once

Every line of a file that appears in `incoming/` is a message, `{"id": "a7", "text": "..."}`. Results stand in
`classified/results`, lines that are no message in `classified/dead-letters`, as they came. Spark remembers in
`classified/checkpoint` what it has read; each of its batches is written to folders of its own number, over
what a killed run may have left there, so that every line is written once.

All workers use the version that is the champion at the start. Spark's nodes need outclass and, under the same
path, its state folder; nothing is fetched by them.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as f

from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge
from outclass.inference.predictor import Predictor
from outclass.inputs.text import rows_of_texts
from outclass.registry.store import Registry

MESSAGE = "id STRING, text STRING"
ANSWER = (
    "answer STRING, confidence DOUBLE, probabilities STRING, abstained BOOLEAN, reason STRING, model STRING"
)


def main() -> None:
    """Run until stopped, or, with --once, until everything that is there is classified."""
    given = parse()
    settings = Settings.from_environment()
    loaded = load_challenge(given.challenge)
    reference = Registry(settings).champion(loaded.name).reference
    spark = SparkSession.builder.appName(f"outclass {reference}").getOrCreate()
    spark.sparkContext.setLogLevel("WARN")
    lines = spark.readStream.text(str(given.incoming))
    writing = (
        read_messages(lines)
        .writeStream.foreachBatch(writer(classifier(given.challenge, settings, reference), given.classified))
        .option("checkpointLocation", str(given.classified / "checkpoint"))
    )
    query = (writing.trigger(availableNow=True) if given.once else writing).start()
    query.awaitTermination()
    spark.stop()


def read_messages(lines: DataFrame) -> DataFrame:
    """Return the id and the text of each line beside the line; both null where it is no message."""
    return lines.select("value", f.from_json("value", MESSAGE).alias("message")).select(
        "value", "message.id", "message.text"
    )


def classifier(challenge: str, settings: Settings, reference: str) -> Callable[[Column], Column]:
    """Return the model as a pandas UDF; it is loaded once for each task."""

    @f.pandas_udf(ANSWER)
    def classify(batches: Iterator[pd.Series]) -> Iterator[pd.DataFrame]:
        version = Registry(settings).get(reference)
        predictor = Predictor.load(version, challenge=load_challenge(challenge))
        for texts in batches:
            found = predictor.predict_many(rows_of_texts(texts.tolist()))
            yield pd.DataFrame(
                {
                    "answer": [one.answer for one in found],
                    "confidence": [one.confidence for one in found],
                    "probabilities": [json.dumps(one.probabilities) for one in found],
                    "abstained": [one.abstained for one in found],
                    "reason": [None if one.reason is None else one.reason.value for one in found],
                    "model": [one.model for one in found],
                }
            )

    return classify


def writer(classify: Callable[[Column], Column], folder: Path) -> Callable[[DataFrame, int], None]:
    """Return what writes a batch: results and dead letters, each into a folder of the batch's number."""

    def write(batch: DataFrame, number: int) -> None:
        known = batch.where(f.col("text").isNotNull())
        results = known.select("id", "text", classify(f.col("text")).alias("found")).select("id", "found.*")
        results.write.mode("overwrite").parquet(str(folder / "results" / f"batch={number}"))
        letters = batch.where(f.col("text").isNull()).select("value")
        letters.write.mode("overwrite").parquet(str(folder / "dead-letters" / f"batch={number}"))

    return write


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("challenge", help="name of a challenge of texts, or its folder")
    parser.add_argument("incoming", type=Path, help="folder in which files of messages appear")
    parser.add_argument("classified", type=Path, help="folder for results, dead letters and the checkpoint")
    parser.add_argument("--once", action="store_true", help="classify what is there and stop")
    return parser.parse_args()


if __name__ == "__main__":
    main()
