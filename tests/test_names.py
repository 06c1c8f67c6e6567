"""The public names: whoever changes one sees here that others may rely on it."""

import importlib
import inspect

import pytest

NAMES = {
    "outclass.catalog": (
        "Catalogue Dataset DatasetVersion LoadedChallenge ObjectTable collect current_version "
        "features_sha256 list_challenges load_challenge open_catalogue"
    ),
    "outclass.training": "evaluate import_model promote train",
    "outclass.cli": "main",
}
METHODS = {
    "outclass.registry.store:Registry": (
        "alias_stamp aliases champion export faults get import_ names "
        "promote register rollback verify versions"
    ),
    "outclass.inference.predictor:Predictor": "load predict_many predict_one scores",
    "outclass.catalog.dataset:DatasetVersion": "blocks challenge id objects verify",
}
ERRORS = (
    "AuthenticationError ChallengeFileError ConflictError DataError DownloadError GateRefusedError "
    "InputError InvalidInputError MissingExtraError NotFoundError OutclassError PermissionDeniedError "
    "RateLimitedError RegistryError TooLargeError UnavailableError UnsupportedMediaError"
)


@pytest.mark.parametrize("module", NAMES)
def test_a_package_offers_these_names(module):
    package = importlib.import_module(module)

    assert sorted(package.__all__) == NAMES[module].split()
    assert [name for name in package.__all__ if not hasattr(package, name)] == []


@pytest.mark.parametrize("place", METHODS)
def test_a_class_offers_these_methods(place):
    module, name = place.split(":")
    members = vars(getattr(importlib.import_module(module), name))

    assert [each for each in METHODS[place].split() if each not in members] == []


def test_these_are_the_errors():
    module = importlib.import_module("outclass.base.errors")
    found = [
        name for name, each in inspect.getmembers(module, inspect.isclass) if issubclass(each, Exception)
    ]

    assert found == ERRORS.split()
