"""The same model as a scikit-learn pipeline, with which the scorer is compared."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer

from outclass.inference.linear_text.document import Block, BlockKind, TextModelDocument
from outclass.inference.linear_text.measures import MEASURES
from outclass.inference.linear_text.scoring import LinearTextModel, Reading
from outclass.training.linear_text.material import reader_of
from outclass.training.linear_text.rules import RuleBook

Floats = NDArray[np.float64]


def pipeline_of(document: TextModelDocument) -> Pipeline:
    """Return a pipeline that reads texts and whose `predict_log_proba` is that of the document.

    Terms are counted and weighed by scikit-learn's vectorizers, and decided by one sparse product.
    """
    book = RuleBook(conditions=document.conditions, rules=document.rules)
    reader = reader_of(document.disguises, book)
    features = [
        (
            block.name,
            Pipeline(
                [
                    ("count", vectorizer_of(block)),
                    ("normalize", FunctionTransformer(Normalize(block), accept_sparse=True)),
                ]
            ),
        )
        for block in document.blocks
    ]
    rest = Rest(reader, document)
    return Pipeline(
        [
            ("read", FunctionTransformer(Read(reader))),
            ("features", FeatureUnion([*features, ("rest", FunctionTransformer(rest))])),
            ("stages", Stages(document)),
        ]
    )


class Read:
    """Reads texts as the scorer does."""

    def __init__(self, reader: LinearTextModel) -> None:
        self.reader = reader

    def __call__(self, texts: Sequence[str]) -> list[Reading]:
        """Return what is seen of each text."""
        return [self.reader.read(text) for text in texts]


class Normalize:
    """Divides weights by the root of the sum of idf squared over occurrences."""

    def __init__(self, block: Block) -> None:
        self.idf = np.array(block.idf)

    def __call__(self, weights: sparse.csr_matrix) -> sparse.csr_matrix:
        """Return the features of some texts."""
        norms = np.sqrt(np.asarray(weights @ self.idf).ravel())
        return sparse.diags(1.0 / np.where(norms > 0, norms, 1.0)) @ weights


class Rest:
    """Measures and rules as columns."""

    def __init__(self, reader: LinearTextModel, document: TextModelDocument) -> None:
        self.reader = reader
        self.measures = [MEASURES.index(name) for name in document.measures]
        self.rules = len(document.rules)

    def __call__(self, readings: Sequence[Reading]) -> sparse.csr_matrix:
        """Return the columns of some texts."""
        rules = np.zeros((len(readings), self.rules))
        for row, reading in enumerate(readings):
            rules[row, self.reader.holding(reading.conditions)] = 1.0
        measures = np.array([reading.measures for reading in readings])[:, self.measures]
        return sparse.csr_matrix(np.hstack([measures, rules]))


class Stages(BaseEstimator):  # type: ignore[misc] # of an untyped package
    """Decides by coefficients that are there already."""

    def __init__(self, document: TextModelDocument) -> None:
        self.document = document
        names = [block.name for block in document.blocks] + ["measures", "rules"]
        rows = [row for stage in document.stages for row in stage.rows]
        self.model_ = LinearTextModel(document)
        self.coefficients_ = np.array(
            [np.concatenate([row.coefficients[name] for name in names]) for row in rows]
        )
        self.intercepts_ = np.array([row.intercept for row in rows])

    def fit(self, columns: object, targets: object = None) -> "Stages":  # noqa: ARG002 # nothing to learn
        """Do nothing: the coefficients are given."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        """Tell that the coefficients are there."""
        return True

    def decision_function(self, columns: sparse.csr_matrix) -> Floats:
        """Return the decision of every row of every stage, ``[n, rows]``."""
        return np.asarray(columns @ self.coefficients_.T + self.intercepts_, dtype=np.float64)

    def predict_log_proba(self, columns: sparse.csr_matrix) -> Floats:
        """Return the log probability of each class, ``[n, classes]``."""
        decisions = self.decision_function(columns).tolist()
        return np.array([self.model_.log_probabilities(row) for row in decisions])


def vectorizer_of(block: Block) -> TfidfVectorizer:
    """Return scikit-learn's vectorizer of a block."""
    words = block.kind is BlockKind.WORDS
    vectorizer = TfidfVectorizer(
        analyzer="word" if words else "char_wb",
        ngram_range=(block.least, block.most),
        preprocessor=tokens_of_reading,
        tokenizer=str.split if words else None,
        token_pattern=None,
        vocabulary=list(block.terms),
        norm=None,
    )
    vectorizer.fit([Reading([], 0, [], (0.0,))])
    vectorizer.idf_ = np.array(block.idf)
    return vectorizer


def tokens_of_reading(reading: Reading) -> str:
    """Return the tokens of a text, parted by spaces."""
    return " ".join(reading.tokens)
