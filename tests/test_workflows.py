"""The files for a forge: valid by their public schemas, and true to README and Makefile."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.y*ml"))
README = (ROOT / "README.md").read_text("utf-8")
MADE = re.compile(r"(?:^|`)make ([a-z][a-z-]*)", re.MULTILINE)


def valid(schema: str, path: Path) -> subprocess.CompletedProcess[str]:
    """Check a file by a schema that check-jsonschema brings along, so without network."""
    tool = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema]
    return subprocess.run([*tool, path], capture_output=True, text=True)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflow_is_valid(path):
    done = valid("vendor.github-workflows", path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_citation_is_valid():
    done = valid("vendor.citation-file-format", ROOT / "CITATION.cff")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("schema", ["vendor.github-workflows", "vendor.citation-file-format"])
def test_what_is_not_valid_is_found(schema, tmp_path):
    bad = tmp_path / "bad.yml"
    bad.write_text("jobs: {test: {steps: [{run: make test}]}}\n", "utf-8")
    assert valid(schema, bad).returncode == 1


def steps(name: str) -> dict[str, list[dict]]:
    """The steps of each job of a workflow."""
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text("utf-8"))
    return {job: value["steps"] for job, value in workflow["jobs"].items()}


@pytest.mark.parametrize(
    ("workflow", "job", "commands"),
    [
        ("test.yml", "cpu", ["make book", "make check-pages", "make test"]),
        ("test.yml", "gpu", ["make test-gpu"]),
        ("publish.yml", "build", ["make book"]),
    ],
)
def test_workflows_run_the_commands_of_the_readme(workflow, job, commands):
    assert [step["run"] for step in steps(workflow)[job] if "run" in step] == commands
    assert {command.removeprefix("make ") for command in commands} <= set(MADE.findall(README))


def test_actions_are_pinned_to_a_commit():
    uses = [line for path in WORKFLOWS for line in path.read_text("utf-8").splitlines()]
    uses = [line.split("uses:")[1].strip() for line in uses if "uses:" in line]
    assert uses
    for action in uses:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


def test_the_matrix_has_every_version_of_python_that_the_package_names():
    workflow = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text("utf-8"))
    named = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text("utf-8"))
    assert workflow["jobs"]["cpu"]["strategy"]["matrix"]["python"] == named


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_commands_are_in_the_makefile(name):
    commands = MADE.findall((ROOT / name).read_text("utf-8"))
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    assert commands
    assert set(commands) <= targets


def test_links_lead_to_files():
    links = re.findall(r"\]\((?!https?://)([^)#]+)", README)
    assert links
    for link in links:
        assert (ROOT / link).is_file(), link
