"""What the documents say is so: targets, settings, dependencies, links."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from coresafe import config

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_EXTERNAL = re.compile(r"^(https?:|mailto:|#)")


def _direct() -> dict[str, set[str]]:
    """The dependencies that pyproject.toml names, those of the program and those of its making."""
    project = tomllib.loads(_text("pyproject.toml"))["project"]
    groups = {"program": project["dependencies"], "making": project["optional-dependencies"]["dev"]}
    return {group: {_canonical(re.split(r"[\[<>=!~ ;]", each)[0]) for each in all_} for group, all_ in groups.items()}


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _pins() -> dict[str, str]:
    pins = re.findall(r"^([A-Za-z0-9._-]+)==([^ \\]+)", _text("requirements.lock"), flags=re.MULTILINE)
    return {_canonical(name): version for name, version in pins}


def test_every_dependency_says_what_it_is_for() -> None:
    rows = re.findall(r"^\| ([a-z0-9-]+) \|", _text("docs/dependencies.md").split("## From")[0], flags=re.MULTILINE)
    direct = _direct()
    assert set(rows) - {"package"} == direct["program"] | direct["making"]


def test_the_lock_pins_every_dependency_by_hash_and_says_nothing_of_where_it_comes_from() -> None:
    lock = _text("requirements.lock")
    direct = _direct()
    assert direct["program"] | direct["making"] <= set(_pins())
    entries = re.split(r"\n(?=[a-z])", lock)
    assert all("--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"https?:|--(extra-)?index|--find-links|--trusted| @ ", lock)


def test_what_is_installed_is_what_the_lock_pins() -> None:
    """A package that was installed by hand makes tests pass here that fail elsewhere."""
    installed = {_canonical(each.metadata["Name"]): each.version for each in importlib.metadata.distributions()}
    pins = _pins()
    other = {name: version for name, version in installed.items() if name in pins and pins[name] != version}
    assert set(other) <= {"numpy"}  # it has a pin for each range of Python


def test_every_setting_stands_in_the_example_file() -> None:
    named = re.findall(rf"^#? ?({config.PREFIX}[A-Z_]+)=", _text(".env.example"), flags=re.MULTILINE)
    declared = {config.PREFIX + name.upper() for name in config.Settings.model_fields}
    assert set(named) == declared
    assert len(named) == len(declared)


def test_every_setting_says_what_it_does() -> None:
    assert [name for name, field in config.Settings.model_fields.items() if not field.description] == []


def test_every_make_target_is_explained() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*##", _text("Makefile"), flags=re.MULTILINE))
    assert {"setup", "run", "test", "lint", "bench", "screenshots"} <= targets
    explained = set(re.findall(r"`make ([a-z-]+)", _text("CONTRIBUTING.md")))
    assert targets == explained


def test_ci_runs_the_same_tests_as_a_person() -> None:
    script = ROOT / ".ci/run"
    assert script.stat().st_mode & 0o111
    assert script.read_text().splitlines()[-1] == "exec make test"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_named_files_exist(document: Path) -> None:
    text = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if not _EXTERNAL.match(link)]
    broken = [link for link in links if not (document.parent / link).exists()]
    named = re.findall(r"`((?:docs|tests|coresafe|migrations|resources|benchmarks)/[\w./-]+\.\w+)`", text)
    broken += [name for name in named if not (ROOT / name).exists()]
    assert not broken


def test_the_changelog_begins_with_what_is_new() -> None:
    headings = re.findall(r"^## (.+)$", _text("CHANGELOG.md"), flags=re.MULTILINE)
    assert headings[0] == "Not yet released" or re.match(r"\d+\.\d+\.\d+, \d{4}-\d{2}-\d{2}$", headings[0])


def test_make_help_lists_every_target() -> None:
    listed = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for target in re.findall(r"^([a-z-]+):.*##", _text("Makefile"), flags=re.MULTILINE):
        assert f"make {target} " in listed.stdout
