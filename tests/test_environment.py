"""What `make` does before anything is installed: which Python, which PyTorch, one at a time."""

import errno
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import requires
from pathlib import Path
from zipfile import ZipFile

import environment
import pytest
import workplace
from environment import Environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
README = (ROOT / "README.md").read_text("utf-8")

# --- Python --------------------------------------------------------------------------------------


def test_every_place_names_the_same_pythons():
    least, most = environment.OLDEST, environment.NEWEST
    named = [f"3.{minor}" for minor in range(least[1], most[1] + 1)]
    classifiers = "\n".join(PROJECT["project"]["classifiers"])
    assert re.findall(r"Python :: (3\.\d+)", classifiers) == named
    # No upper bound: what is newer is tried.
    assert PROJECT["project"]["requires-python"] == f">={named[0]}"
    assert f"Python {named[0]} or newer (tried: {named[0]} to {named[-1]})" in README


def test_an_older_python_is_refused_with_the_remedy():
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer.* is 3\.9\..*make PYTHON="):
        environment.check_python((3, 9))


def test_a_newer_python_is_tried_with_a_warning(capsys):
    environment.check_python((3, 99))
    assert "Python 3.99 is newer than any that snnbook was tried with" in capsys.readouterr().err


@pytest.mark.parametrize("version", [(3, 11), (3, 14)])
def test_ours_is_taken_without_a_word(version, capsys):
    environment.check_python(version)
    assert capsys.readouterr() == ("", "")


# --- PyTorch -------------------------------------------------------------------------------------


@pytest.fixture
def linux(monkeypatch):
    """A Linux machine without a GPU, as most are."""
    monkeypatch.setattr(environment, "brings_cuda", lambda: True)
    monkeypatch.setattr(environment, "has_nvidia_gpu", lambda: False)
    return monkeypatch


@pytest.fixture
def here(tmp_path, monkeypatch):
    """This test's own Python as the environment: pip itself is asked, without network."""
    (tmp_path / "requirements-torch.txt").write_text("torch==99.0\n")  # not what is installed
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)  # this machine's own wheels and bounds

    def choose(choice):
        made = Environment(Path(sys.prefix), choice)
        made.python = Path(sys.executable)
        return made.choose_torch()

    return choose


@pytest.fixture
def wheels(tmp_path):
    """A folder with a CPU build of PyTorch, as far as pip looks at it."""
    name = "torch-99.0+cpu"
    files = {
        "METADATA": "Metadata-Version: 2.1\nName: torch\nVersion: 99.0+cpu\n",
        "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    with ZipFile(tmp_path / f"{name}-py3-none-any.whl", "w") as wheel:
        for file, text in files.items():
            wheel.writestr(f"{name}.dist-info/{file}", text)
    return tmp_path


def test_a_folder_of_wheels_gives_the_cpu_build(linux, here, wheels):
    torch, options = here(str(wheels))
    assert torch == "torch==99.0+cpu"
    assert options[:3] == ["--find-links", str(wheels), "--no-deps"]


def test_without_a_gpu_the_cpu_build_is_taken_where_pip_finds_it(linux, here, wheels):
    linux.setattr(environment, "CPU_INDEX", str(wheels))
    assert here("auto")[0] == here("cpu")[0] == "torch==99.0+cpu"


def test_cuda_is_announced_with_the_other_way(linux, here, tmp_path, capsys):
    linux.setattr(environment, "CPU_INDEX", str(tmp_path))
    assert here("auto") == ("torch==99.0", [])
    told = capsys.readouterr().out
    assert "pip reaches no CPU build" in told
    assert "make TORCH=PLACE" in told


def test_what_was_asked_for_and_is_not_there_is_an_error(linux, here, tmp_path):
    with pytest.raises(SystemExit, match=r"make TORCH=default .*GB to download.*GB on the disk"):
        here(str(tmp_path))


def test_with_a_gpu_cuda_comes_and_the_other_way_is_said(linux, here, capsys):
    linux.setattr(environment, "has_nvidia_gpu", lambda: True)
    assert here("auto") == ("torch==99.0", [])
    assert "make TORCH=cpu" in capsys.readouterr().out


def test_where_no_build_brings_cuda_there_is_nothing_to_choose(monkeypatch, here):
    monkeypatch.setattr(environment, "brings_cuda", lambda: False)
    assert here("auto") == here("cpu") == here("default") == ("torch==99.0", [])


def test_the_sizes_are_those_of_readme():
    for what, (download, disk) in environment.SIZES.items():
        assert f"| {download} GB | {disk} GB |" in README, what


# --- the environment -----------------------------------------------------------------------------


@pytest.fixture
def make(tmp_path, linux):
    """Make an environment whose venv is a folder and whose pip writes down what it is told."""
    calls = []

    class Recorded(Environment):
        stop_at = None

        def pip(self, *arguments, **options):
            calls.append(arguments)
            if len(calls) == self.stop_at:
                raise KeyboardInterrupt
            return True

    def run(command):
        assert command[1:3] == ["-m", "venv"]
        (tmp_path / ".venv").mkdir(exist_ok=True)
        calls.append("venv")
        return subprocess.CompletedProcess(command, 0)

    linux.setattr(environment.subprocess, "run", run)

    def made(group, torch="auto", stop_at=None):
        calls.clear()
        tried = Recorded(tmp_path / ".venv", torch)
        tried.stop_at = stop_at
        tried.make(group)
        return list(calls)

    return made


def test_what_is_there_is_not_made_again(make):
    assert make("book")[0] == "venv"
    assert make("book") == []
    assert make("test")
    assert make("test") == make("book") == []


def test_the_first_command_installs_no_tools_of_the_tests(make):
    assert not any("requirements-test.txt" in str(call) for call in make("book"))
    assert any("requirements-test.txt" in str(call) for call in make("test"))


def test_another_build_of_torch_is_another_environment(make):
    make("book")
    assert make("book", torch="cpu")[0] == "venv"
    assert make("book") == [], "which build it is does not matter where none is asked for"


# The first call makes the bare environment, the last one installs what the tests need.
@pytest.mark.parametrize("stop_at", range(2, 7))
def test_what_was_interrupted_is_made_from_nothing(make, stop_at):
    with pytest.raises(KeyboardInterrupt):
        make("test", stop_at=stop_at)
    assert make("book")[0] == "venv"
    assert make("book") == []


def test_changed_requirements_are_brought_in(make, monkeypatch, tmp_path):
    make("test")
    changed = {"book": ["pyproject.toml"], "test": ["pyproject.toml"]}
    monkeypatch.setattr(environment, "LOCKS", changed)
    calls = make("test")
    assert "venv" not in calls, "a complete environment is brought up to date"
    assert any("--requirement=requirements.txt" in call for call in calls)


def test_what_pip_cannot_install_ends_in_a_sentence(make, monkeypatch):
    monkeypatch.setattr(Environment, "pip", lambda *_, **__: False)
    made = Environment(ROOT)
    with pytest.raises(SystemExit, match="Run the same command again when that is mended"):
        made.install("nothing")
    monkeypatch.setattr(workplace, "free", lambda folder: 1000)
    with pytest.raises(SystemExit, match="is full: make room"):
        made.install("nothing")


# --- the folder ----------------------------------------------------------------------------------

HOLD = """
import sys, time, pathlib, workplace
with workplace.alone(pathlib.Path(sys.argv[1])):
    print("begun", flush=True)
    time.sleep(float(sys.argv[2]))
print("done", flush=True)
"""


def hold(folder, seconds):
    """Start a make in a folder, which works there for some seconds."""
    command = [sys.executable, "-c", HOLD, str(folder), str(seconds)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=ROOT / "tools", **pipes)


def test_two_at_once_wait_for_each_other_and_say_so(tmp_path):
    with hold(tmp_path, 600) as first:
        assert first.stdout.readline() == "begun\n"
        with hold(tmp_path, 0) as second:
            assert f"Another make works in {tmp_path}; waiting" in second.stderr.readline()
            assert second.poll() is None
            first.kill()  # however the first one ends
            assert second.communicate(timeout=60)[0] == "begun\ndone\n"


@pytest.mark.parametrize("fault", [errno.EROFS, errno.EACCES, errno.EPERM])
def test_a_folder_that_cannot_be_written_is_said_in_one_sentence(tmp_path, monkeypatch, fault):
    def refuse(*_, **__):
        raise OSError(fault, "no")

    monkeypatch.setattr(Path, "open", refuse)
    with (
        pytest.raises(SystemExit, match=f"The folder {tmp_path} can't be written.*copy it to a"),
        workplace.alone(tmp_path),
    ):
        pass


def test_a_disk_that_fills_up_is_said_in_one_sentence(tmp_path):
    with pytest.raises(SystemExit, match="is full: make room"), workplace.alone(tmp_path):
        raise OSError(errno.ENOSPC, "no")


def test_another_error_stays_what_it_is(tmp_path):
    with pytest.raises(FileNotFoundError), workplace.alone(tmp_path):
        raise FileNotFoundError(errno.ENOENT, "no")


def test_a_disk_without_room_is_said_before_anything_is_downloaded(make, monkeypatch):
    monkeypatch.setattr(workplace, "free", lambda folder: workplace.GB)
    with pytest.raises(SystemExit, match=r"takes 5\.\d GB, and the disk of .* has 1\.0 GB left"):
        make("book", torch="default")


# --- the locks -----------------------------------------------------------------------------------


def locked(name):
    """What a lock has: for each package its requirements, and whether each has a hash."""
    text = (ROOT / name).read_text("utf-8")
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    found = {}
    for block in blocks:
        requirement = Requirement(block.split("\n")[0].removesuffix("\\"))
        found.setdefault(canonicalize_name(requirement.name), []).append(
            (requirement, "--hash=sha256:" in block)
        )
    return found


BOOK, TEST = locked("requirements.txt"), locked("requirements-test.txt")
ASKED = PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["numba"]
ASKED += PROJECT["dependency-groups"]["book"]
TOOLS = PROJECT["dependency-groups"]["test"] + PROJECT["project"]["optional-dependencies"]["triton"]


@pytest.mark.parametrize(("needs", "lock"), [(ASKED, BOOK), (ASKED + TOOLS, BOOK | TEST)])
def test_the_locks_have_what_pyproject_asks_for(needs, lock):
    for need in map(Requirement, needs):
        name = canonicalize_name(need.name)
        if name != "torch":
            for requirement, _ in lock[name]:
                (version,) = requirement.specifier
                assert need.specifier.contains(version.version), need


def test_every_locked_package_is_exact_and_has_hashes():
    for name, requirements in (BOOK | TEST).items():
        for requirement, hashed in requirements:
            (version,) = requirement.specifier
            assert version.operator == "==", name
            assert hashed, name


def test_no_package_is_locked_twice_and_torch_in_its_own_file():
    assert not BOOK.keys() & TEST.keys()
    assert not any(re.match("torch$|nvidia|cuda", name) for name in BOOK | TEST)
    assert list(locked("requirements-torch.txt")) == ["torch"]


def test_what_is_installed_needs_nothing_that_is_not_locked():
    """Pip installs the locks without looking at what their packages need."""
    lock = BOOK | TEST
    for name, requirements in lock.items():
        for requirement, _ in requirements:
            if requirement.marker is not None and not requirement.marker.evaluate():
                continue
            for need in map(Requirement, requires(name) or []):
                if need.marker is None or need.marker.evaluate({"extra": ""}):
                    found = canonicalize_name(need.name)
                    assert found in lock or found == "torch", f"{name} needs {need}"


def test_what_torch_needs_is_locked():
    """Its CPU build is installed without looking, and CUDA's parts come in exact versions."""
    for need in map(Requirement, requires("torch")):
        if need.marker is None or need.marker.evaluate({"extra": ""}):
            name = canonicalize_name(need.name)
            assert name in BOOK | TEST or re.match("nvidia|cuda", name), need


def test_contributing_says_why_each_dependency_is_here():
    groups = [
        PROJECT["project"]["dependencies"],
        *PROJECT["project"]["optional-dependencies"].values(),
    ]
    groups += PROJECT["dependency-groups"].values()
    named = {Requirement(need).name for group in groups for need in group}
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    (table,) = re.findall(r"^\| package \| why.*?\n\n", text, re.MULTILINE | re.DOTALL)
    rows = [line.split("|")[1:-1] for line in table.splitlines()[2:] if line]
    assert sorted(cells[0].strip() for cells in rows) == sorted(named)
    assert all(len(cells) == 3 and all(map(str.strip, cells)) for cells in rows)
