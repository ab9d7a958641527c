"""What has to be said to pytest before it has read its command line.

pytest takes the path after `--submission` for a test folder and looks for its settings there.

It does so before any plugin can say otherwise: `pytest --submission /elsewhere` would run without
this project's pyproject.toml, and so without its tests. pytest has no public way to put that right;
the private names are all in this file, and tests/grader/test_options.py guards them.
"""

from pathlib import Path

import pytest
from _pytest.config.findpaths import determine_setup

from kata.catalogue import ROOT

NBVAL = {"--nbval", "--nbval-lax"}


def bring_nbval_where_asked(pluginmanager: pytest.PytestPluginManager) -> None:
    """pyproject.toml bars nbval, which takes half a second to import; let in who asks for it."""
    config = pluginmanager.get_plugin("pytestconfig")
    if config is not None and NBVAL & set(map(str, config.invocation_params.args)):
        pluginmanager.import_plugin("nbval.plugin")
        barred = config.known_args_namespace.plugins
        barred.remove("no:nbval")  # from what xdist tells its workers, who would bar it again


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
