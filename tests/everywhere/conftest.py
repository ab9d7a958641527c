"""The wheel, an environment with it, and a folder that its `kata init` laid out: made once."""

import shutil

import pytest
from installed import Installed, built


@pytest.fixture(scope="session")
def distributions(tmp_path_factory):
    return built(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def kata(tmp_path_factory, distributions):
    return Installed(tmp_path_factory.mktemp("clean"), distributions[1])


@pytest.fixture(scope="session")
def laid_out(kata, tmp_path_factory):
    """A folder that `kata init` laid out, never changed."""
    folder = tmp_path_factory.mktemp("laid") / "my kata"
    status, said = kata.run("kata", "init", str(folder))
    assert status == 0, said
    return folder


@pytest.fixture
def mine(laid_out, tmp_path):
    """A copy of it, to work in; its name is one that people give."""
    return shutil.copytree(laid_out, tmp_path / "[2026] k\u00e4ta")


def pytest_collection_modifyitems(items):
    """All in one worker, which makes these once."""
    for item in items:
        if {"distributions", "kata"} & {*getattr(item, "fixturenames", ())}:
            item.add_marker(pytest.mark.xdist_group("wheel"))
