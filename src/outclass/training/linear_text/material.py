"""Texts as matrices: n-grams of words and characters, measures and rules, as the scorer will count them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from outclass.base.errors import MissingExtraError
from outclass.inference.linear_text.document import (
    Block,
    BlockKind,
    TextModelDocument,
)
from outclass.inference.linear_text.folding import Disguises, fold
from outclass.inference.linear_text.folding import mask as mask_digits
from outclass.inference.linear_text.measures import MEASURES
from outclass.inference.linear_text.scoring import LinearTextModel
from outclass.training.linear_text.recipe import Recipe
from outclass.training.linear_text.rules import RuleBook
from outclass.training.linear_text.writing import rounded

try:
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
    from sklearn.feature_selection import chi2
except ModuleNotFoundError as error:
    raise MissingExtraError("train", what=f"training text models needs {error.name}") from error

LONGEST = 10_000
LETTERS: Mapping[str, str] = {
    "0": "o",
    "1": "i",
    "3": "e",
    "4": "a",
    "5": "s",
    "7": "t",
    "8": "b",
    "@": "a",
    "$": "s",
    "!": "i",
    "|": "l",
    "€": "e",
    "£": "l",
}
JOINERS = frozenset(".-_*~+")
LEAST_LETTERS = 4
NO_DISGUISES = Disguises(letters=LETTERS, joiners=JOINERS, words=frozenset())

Matrix: TypeAlias = "sparse.csr_matrix"
Indices = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grams:
    """A block of n-grams of some texts: its terms, their idf, and count times idf for each text."""

    kind: BlockKind
    terms: tuple[str, ...]
    idf: tuple[float, ...]
    weights: Matrix

    @property
    def columns(self) -> Matrix:
        """Return the features: weights, divided by the root of the sum of idf squared over occurrences."""
        norms = np.sqrt(np.asarray(self.weights @ np.array(self.idf)).ravel())
        return (sparse.diags(1.0 / np.where(norms > 0, norms, 1.0)) @ self.weights).tocsr()


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Texts as columns: each block of n-grams, then measures, then rules."""

    disguises: Disguises
    grams: tuple[Grams, ...]
    measures: Floats
    rules: Floats

    @property
    def columns(self) -> Matrix:
        """Return all features side by side."""
        dense = sparse.csr_matrix(np.hstack([self.measures, self.rules]))
        return sparse.hstack([*(block.columns for block in self.grams), dense]).tocsr()


def key_of(text: str) -> str:
    """Return what copies of a message have in common: its letters, and where its digits are.

    >>> key_of("Call 0800!"), key_of("CALL: 0871")
    ('call0000', 'call0000')
    """
    masked = mask_digits(fold("".join(text.split())))
    return "".join(filter(str.isalnum, masked))


def folds_of(keys: Sequence[str], folds: int, seed: int) -> Indices:
    """Return the fold of each key, which a hash decides."""
    return np.array([_hash(f"{seed}:{key}") % folds for key in keys], dtype=np.int64)


def _hash(text: str) -> int:
    """Return a number of 64 bits."""
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big")


def gather(texts: Sequence[str], targets: Indices, recipe: Recipe, book: RuleBook) -> Material:
    """Choose terms from texts and return these as columns.

    What is seen in several copies of a message counts once where terms are chosen.
    """
    first = first_of_each([key_of(text) for text in texts])
    plain = reader_of(NO_DISGUISES, book)
    tokens = [" ".join(plain.read(texts[place]).tokens) for place in first]
    words = suspicious_words(tokens, targets[first], recipe)
    disguises = Disguises(letters=LETTERS, joiners=JOINERS, words=words)
    reader = reader_of(disguises, book)
    readings = [reader.read(text) for text in texts]
    documents = [" ".join(reading.tokens) for reading in readings]
    rules = np.zeros((len(texts), len(book.rules)))
    for row, reading in enumerate(readings):
        rules[row, reader.holding(reading.conditions)] = 1.0
    return Material(
        disguises=disguises,
        grams=tuple(make_grams(kind, documents, first, recipe) for kind in BlockKind),
        measures=np.array([reading.measures for reading in readings]).reshape(-1, len(MEASURES)),
        rules=rules,
    )


def first_of_each(keys: Sequence[str]) -> Indices:
    """Return the place of the first of all equal keys, in order."""
    places: dict[str, int] = {}
    for place, key in enumerate(keys):
        places.setdefault(key, place)
    return np.array(list(places.values()), dtype=np.int64)


def reader_of(disguises: Disguises, book: RuleBook) -> LinearTextModel:
    """Return a model without terms and stages, which reads texts as the finished one will."""
    return LinearTextModel(
        TextModelDocument(
            classes=(),
            longest=LONGEST,
            disguises=disguises,
            blocks=(),
            measures=MEASURES,
            conditions=book.conditions,
            rules=book.rules,
            stages=(),
        )
    )


def suspicious_words(documents: Sequence[str], targets: Indices, recipe: Recipe) -> frozenset[str]:
    """Return the words that tell most about the class, which some would hide."""
    if not recipe.disguises:
        return frozenset()
    counter = CountVectorizer(
        lowercase=False, tokenizer=str.split, token_pattern=None, binary=True, min_df=recipe.least_texts
    )
    found = counter.fit_transform(documents)
    names = counter.get_feature_names_out()
    able = np.array([len(name) >= LEAST_LETTERS and name.isascii() and name.isalpha() for name in names])
    strength = np.where(able, np.nan_to_num(chi2(found, targets)[0]), -1.0)
    best = np.argsort(-strength, kind="stable")[: recipe.disguises]
    return frozenset(str(names[place]) for place in best if able[place])


def make_grams(kind: BlockKind, documents: Sequence[str], first: Indices, recipe: Recipe) -> Grams:
    """Choose the n-grams of one kind, and weigh them in each text."""
    vectorizer = vectorizer_of(kind, recipe)
    vectorizer.fit([documents[place] for place in first])
    idf = rounded(vectorizer.idf_, recipe.decimals)
    vectorizer.idf_ = np.array(idf)
    return Grams(
        kind=kind,
        terms=tuple(map(str, vectorizer.get_feature_names_out())),
        idf=idf,
        weights=vectorizer.transform(documents).tocsr(),
    )


def vectorizer_of(kind: BlockKind, recipe: Recipe) -> TfidfVectorizer:
    """Return the vectorizer of documents that are tokens with spaces between."""
    words = kind is BlockKind.WORDS
    least, most = (
        (recipe.words_least, recipe.words_most)
        if words
        else (recipe.characters_least, recipe.characters_most)
    )
    return TfidfVectorizer(
        analyzer="word" if words else "char_wb",
        ngram_range=(least, most),
        tokenizer=str.split if words else None,
        token_pattern=None,
        lowercase=False,
        min_df=recipe.least_texts,
        norm=None,
    )


def keep_terms(block: Grams, kept: NDArray[np.bool_]) -> Grams:
    """Return a block with some of its terms."""
    places = np.flatnonzero(kept)
    return replace(
        block,
        terms=tuple(block.terms[place] for place in places),
        idf=tuple(block.idf[place] for place in places),
        weights=block.weights[:, kept].tocsr(),
    )


def block_of(grams: Grams, recipe: Recipe) -> Block:
    """Return the block of the finished model."""
    words = grams.kind is BlockKind.WORDS
    return Block(
        name=grams.kind.value,
        kind=grams.kind,
        least=recipe.words_least if words else recipe.characters_least,
        most=recipe.words_most if words else recipe.characters_most,
        terms=grams.terms,
        idf=grams.idf,
    )


__all__ = ["Grams", "Material", "block_of", "first_of_each", "folds_of", "gather", "keep_terms", "key_of"]
