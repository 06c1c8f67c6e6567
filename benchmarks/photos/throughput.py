"""Measure how many photos a second and core become features, decoding and all.

python benchmarks/photos/throughput.py ../shared/data/cats/cat_photos.parquet --most 300
"""

import argparse
import json
import time
from pathlib import Path

import polars as pl

from outclass.base.limits import Limits
from outclass.inference.backbone import PACKAGED, Backbone
from outclass.inputs.photo import read_photo
from outclass.inputs.view import view_of


def main() -> None:
    """Print photos a second of processor time, and the share of each part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("table", type=Path, help="a Parquet file with a column image")
    parser.add_argument("--most", type=int, default=300)
    options = parser.parse_args()
    bodies = pl.read_parquet(options.table, columns=["image"])["image"].to_list()[: options.most]
    backbone = Backbone.packaged()
    backbone.embed(view_of(read_photo(bodies[0], Limits()).pixels)[None])
    seconds = {"reading": 0.0, "view": 0.0, "backbone": 0.0}
    for body in bodies:
        started = time.thread_time()
        photo = read_photo(body, Limits())
        read = time.thread_time()
        view = view_of(photo.pixels)[None]
        viewed = time.thread_time()
        backbone.embed(view)
        for part, taken in zip(
            seconds, (read - started, viewed - read, time.thread_time() - viewed), strict=True
        ):
            seconds[part] += taken
    total = sum(seconds.values())
    result = {
        "photos": len(bodies),
        "photos_per_second": len(bodies) / total,
        "milliseconds": {part: 1000 * taken / len(bodies) for part, taken in seconds.items()},
        "backbone_megabytes": PACKAGED.stat().st_size / 1e6,
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
