"""The versions page names the commit, the data and the models in use."""

import json

from django.test import Client

from outclass import __version__
from outclass.base.commit import CHECKOUT, checked_out


def test_the_page_and_its_json_name_the_commit_and_the_models(site):
    commit = checked_out(CHECKOUT)
    told = json.loads(Client().get("/versions.json").content)
    page = Client().get("/versions/").content.decode()

    assert told["outclass"] == __version__
    assert told["packages"]["Django"]
    if commit:  # an archive of the source has none
        assert told["commit"] == commit
        assert commit in page
    models = {one["challenge"]: one["model"] for one in told["challenges"]}
    assert models["digits"].startswith("digits@")
    assert models["digits"] in page


def test_the_foot_of_every_page_leads_there(site):
    assert 'href="/versions/"' in Client().get("/about/").content.decode()
