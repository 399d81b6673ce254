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
        ("test.yml", "oldest", ["make test-oldest"]),
        ("newest.yml", "colab", ["make test-colab"]),
        ("publish.yml", "build", ["make book"]),
    ],
)
def test_workflows_run_the_commands_of_the_readme(workflow, job, commands):
    assert [step["run"] for step in steps(workflow)[job] if "run" in step] == commands
    assert {command.removeprefix("make ") for command in commands} <= set(MADE.findall(README))


def test_the_other_systems_run_what_readme_has_without_make():
    (without,) = re.findall(r"^Without make:\n\n```\n(.*?)```", README, re.MULTILINE | re.DOTALL)
    (script,) = (step["run"] for step in steps("test.yml")["systems"] if "run" in step)
    written = [line.replace("python3 ", "python ") for line in without.splitlines()]
    run = [line.replace(" || . .venv/Scripts/activate", "") for line in script.splitlines()]
    assert run == written


def test_the_newest_versions_are_tried_each_week():
    # YAML reads the key `on` as true.
    workflow = yaml.safe_load((ROOT / ".github/workflows/newest.yml").read_text("utf-8"))
    assert re.fullmatch(r"\d+ \d+ \* \* \d", workflow[True]["schedule"][0]["cron"])
    commands = [step["run"] for step in steps("newest.yml")["newest"] if "run" in step]
    assert [line for line in commands if line.startswith("make")] == [
        "make lock UPGRADE=1",
        "make book",
        "make test-all",
    ]


def test_workflows_ask_for_the_least_rights():
    """They read; only the job that publishes the pages may do so, and keeps no token on disk."""
    for path in WORKFLOWS:
        workflow = yaml.safe_load(path.read_text("utf-8"))
        assert workflow["permissions"] == {"contents": "read"}, path.name
        more = {
            job: value["permissions"]
            for job, value in workflow["jobs"].items()
            if "permissions" in value
        }
        publishing = {"deploy": {"pages": "write", "id-token": "write"}}
        assert more == (publishing if path.name == "publish.yml" else {}), path.name
        assert "pull_request_target" not in workflow[True]
        for job in steps(path.name).values():
            for step in job:
                if "checkout@" in step.get("uses", ""):
                    assert step["with"]["persist-credentials"] is False, path.name
                # What a stranger can choose, such as a title, must not become a command.
                assert "github.event" not in step.get("run", ""), path.name


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
