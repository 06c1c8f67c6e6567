"""The classes of the wild-cat sets: what is learned, what is asked, and what must stay together."""

import polars as pl

ASKED = {
    "bobcat": "bobcat",
    "mountain_lion": "mountain_lion",
    "big_cat": "other_wild_cat",
    "small_wild_cat": "other_wild_cat",
    "domestic_cat": "domestic_cat",
    "not_a_cat": "no_cat",
}
KINDS = {
    "Panthera onca": "jaguar",
    "Panthera uncia": "snow_leopard",
    "Panthera pardus": "leopard",
    "Panthera leo": "lion",
    "Panthera tigris": "tiger",
    "Acinonyx jubatus": "cheetah",
    "Panthera pardus or onca (melanistic)": "black_panther",
    "Canis latrans": "coyote",
    "Procyon lotor": "raccoon",
    "Didelphis virginiana": "opossum",
    "Sylvilagus sp.": "rabbit",
    "Odocoileus sp.": "deer",
}
OTHERS = {"other_wild_cat": "small_wild_cat", "no_cat": "dog"}
"""The kind of what is in no kind of its own: too few, or dogs."""


def other_kinds(table: pl.DataFrame) -> pl.DataFrame:
    """Return `image_id`, `kind`, `asked`, `together` and `flag` of each photo.

    Photos of one group stay together, and so do those of one camera site, whose groups are its own.
    """
    asked = [ASKED[label] for label in table["label"]]
    kinds = [kind_of(one, species) for one, species in zip(asked, table["species"], strict=True)]
    group = pl.col("group").cast(pl.String)
    site = (
        pl.col("camera_site").cast(pl.String) if "camera_site" in table.columns else pl.lit(None, pl.String)
    )
    flag = pl.col("flag") if "flag" in table.columns else pl.lit(None, pl.String).alias("flag")
    return table.select(
        "image_id",
        pl.Series("kind", kinds),
        pl.Series("asked", asked),
        pl.coalesce("site " + site, group).alias("together"),
        flag.cast(pl.String),
    )


def kind_of(asked: str, species: str | None) -> str:
    """Return what a photo is learned as."""
    if asked in OTHERS:
        return KINDS.get(species or "", OTHERS[asked])
    return asked
