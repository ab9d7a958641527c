"""torchvision is imported late, healed where its operators are missing, and else explained."""

import subprocess
import sys
from pathlib import Path

import pytest

from backprop import data


def python(code, *path):
    """Run code in a process of its own, with these folders first on its path."""
    paths = [*map(str, path), str(Path(data.__file__).parents[1])]
    code = f"import sys; sys.path[:0] = {paths}\n{code}"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_the_module_imports_none_of_the_slow_packages():
    out = python(
        "import backprop.data, backprop.torchvision_cpu\n"
        "print({'torch', 'torchvision', 'numpy'} & {*sys.modules})"
    )

    assert out == "set()"


def test_torchvision_s_data_sets_and_transforms_work_as_installed():
    out = python(
        "from backprop.torchvision_cpu import import_torchvision\n"
        "torchvision = import_torchvision()\n"
        "pictures = torchvision.datasets.FakeData(1, (1, 28, 28))\n"
        "print(tuple(torchvision.transforms.ToTensor()(pictures[0][0]).shape))"
    )

    assert out == "(1, 28, 28)"


def test_a_torchvision_whose_operators_are_missing_is_healed(tmp_path):
    (tmp_path / "torchvision.py").write_text(
        "import torch\n"
        "for name in ('nms', 'qnms'):\n"
        "    torch.library.register_fake(f'torchvision::{name}')(lambda *args: None)\n",
        "utf-8",
    )
    bare = "import torchvision"
    healing = "from backprop.torchvision_cpu import import_torchvision; import_torchvision()"

    out = python(
        f"try:\n    {bare}\nexcept RuntimeError as error:\n    print(error)\n"
        f"{healing}\n{bare}\nprint('healed')",
        tmp_path,
    )

    assert out == "operator torchvision::nms does not exist\nhealed"


@pytest.mark.parametrize(
    "failure",
    ["RuntimeError('compiled with different\\nCUDA')", "OSError('undefined symbol')"],
)
def test_a_torchvision_that_cannot_be_healed_is_explained_in_one_line(tmp_path, failure):
    (tmp_path / "torchvision.py").write_text(f"raise {failure}", "utf-8")

    out = python(
        "from backprop.torchvision_cpu import TorchvisionError, import_torchvision\n"
        "try:\n    import_torchvision()\nexcept TorchvisionError as error:\n    print(error)",
        tmp_path,
    )

    assert out.startswith("torchvision (")
    assert failure.split("(")[0] in out
    assert out.endswith("pip install --force-reinstall -c constraints.txt torch torchvision")
    assert "\n" not in out
