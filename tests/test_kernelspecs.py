"""Two kernels, the same Python, one environment variable between them."""

import os
import sys

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import start_new_kernel

from snnbook import kernelspecs


def find(prefix, name):
    """Read an installed kernelspec the way Jupyter does."""
    manager = KernelSpecManager(kernel_dirs=[str(prefix / "share" / "jupyter" / "kernels")])
    return manager.get_kernel_spec(name)


@pytest.mark.parametrize(("name", "device"), [("snnbook-cpu", "cpu"), ("snnbook-gpu", "cuda")])
def test_jupyter_finds_what_was_installed(tmp_path, name, device):
    kernelspecs.install(tmp_path)
    spec = find(tmp_path, name)
    assert spec.env == {"SNNBOOK_DEVICE": device}
    assert spec.argv[0] == sys.executable
    assert spec.language == "python"


def test_a_second_install_replaces_the_first(tmp_path):
    stale = kernelspecs.install(tmp_path)[0] / "stale"
    stale.write_text("from an older version")
    kernelspecs.install(tmp_path)
    assert not stale.exists()


def test_the_default_is_the_running_environment(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    kernelspecs.main([])
    assert find(tmp_path, "snnbook-cpu").display_name == "snnbook (CPU)"
    assert find(tmp_path, "snnbook-gpu").display_name == "snnbook (GPU)"


def test_user_installs_where_jupyter_keeps_the_users_kernels(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    kernelspecs.main(["--user"])
    written = sorted(path.name for path in (tmp_path / "kernels").iterdir())
    assert written == ["snnbook-cpu", "snnbook-gpu"]
    assert f"installed snnbook-cpu in {tmp_path / 'kernels'}" in capsys.readouterr().out


def test_a_prefix_and_user_together_are_an_error(tmp_path):
    with pytest.raises(ValueError, match="not both") as error:
        kernelspecs.install(tmp_path, user=True)
    assert str(tmp_path) in str(error.value)


def test_an_empty_prefix_is_an_error_and_not_the_systems_folder():
    with pytest.raises(ValueError, match="give a folder as prefix"):
        kernelspecs.install("")


def test_the_menu_has_a_picture(tmp_path):
    folders = kernelspecs.install(tmp_path)
    assert all((folder / "logo-svg.svg").exists() for folder in folders)


def test_an_unknown_name_is_an_error_that_names_the_kernels():
    with pytest.raises(ValueError, match="snnbook-cpu, snnbook-gpu") as error:
        kernelspecs.kernelspec("snnbook-tpu")
    assert "'snnbook-tpu'" in str(error.value)


def test_the_kernel_starts_quietly_with_its_device(tmp_path, monkeypatch, capfd):
    kernelspecs.install(tmp_path)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share" / "jupyter"))
    monkeypatch.setenv("SNNBOOK_DEVICE", "something else")
    manager, client = start_new_kernel(kernel_name="snnbook-cpu")
    try:
        answer = []
        client.execute_interactive(
            "import os; print(os.environ['SNNBOOK_DEVICE'])",
            output_hook=lambda message: answer.append(message["content"].get("text")),
            timeout=60,
        )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert "cpu\n" in answer
    assert capfd.readouterr().err == ""
    assert os.environ["SNNBOOK_DEVICE"] == "something else"


@pytest.mark.parametrize(
    "wrong", [{"prefix": 3}, {"prefix": " "}, {"prefix": True}, {"user": "no"}]
)
def test_what_is_no_folder_is_refused(wrong, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(ValueError, match="give a folder as prefix or user=True"):
        kernelspecs.install(**wrong)
    assert not [*tmp_path.iterdir()]
