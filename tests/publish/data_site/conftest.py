"""One site for all tests that only read."""

import pytest

from data_sites import site_file, site_of, write_data_file


@pytest.fixture(scope="session")
def cats(tmp_path_factory):
    """Return the site of the small data file."""
    folder = tmp_path_factory.mktemp("cats")
    older = write_data_file(folder / "older.sqlite")
    file = write_data_file(folder / "cats.sqlite")
    site = site_of(folder, site_file(file), site_file(older, mark="fedcba987654", current=False))
    yield site
    site.close()
