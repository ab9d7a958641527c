"""pytest takes the path after `--submission` for a test folder and looks for its settings there.

It does so before any plugin can say otherwise: `pytest --submission /elsewhere` would run without
this project's pyproject.toml, and so without its tests. pytest has no public way to put that right;
the private names are all in this file, and tests/grader/test_options.py guards them.
"""

from pathlib import Path

import pytest
from _pytest.config.findpaths import determine_setup

from kata.catalogue import ROOT


def look_for_settings_here(pluginmanager: pytest.PytestPluginManager) -> None:
    """Where pytest was started in this project, let it use this project's settings."""
    config = pluginmanager.get_plugin("pytestconfig")
    if config is None or config.rootpath == ROOT:
        return
    here = Path(config.invocation_params.dir)
    given = [str(arg) for arg in config.invocation_params.args]
    if here != ROOT or "--submission" not in given or {"-c", "--rootdir"} & set(given):
        return
    config._rootpath, config._inipath, config._inicfg, _ = determine_setup(
        inifile=str(ROOT / "pyproject.toml"),
        override_ini=None,
        args=[],
        rootdir_cmd_arg=None,
        invocation_dir=here,
    )
    config._inicache.clear()
