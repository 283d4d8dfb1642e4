"""What the Dockerfile and compose.yaml say fits the program: paths, commands, settings. No container is started here."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from coresafe import cli, config, paths

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
#: The instructions, each on one line, without comments.
DOCKERFILE = re.sub(
    r"\\\n\s*", "", re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
).splitlines()
COMPOSE: dict[str, Any] = YAML(typ="safe", pure=True).load(ROOT / "compose.yaml")
OURS = {name: service for name, service in COMPOSE["services"].items() if "build" in service}


def _instructions(name: str) -> list[str]:
    return [line.removeprefix(name).strip() for line in DOCKERFILE if line.startswith(f"{name} ")]


def _copied() -> list[str]:
    """What the image takes from the project's folder."""
    lines = [line.split() for line in _instructions("COPY") if not line.startswith("--from=")]
    return [source for line in lines for source in line[:-1]]


def _entrypoint() -> list[str]:
    (entrypoint,) = _instructions("ENTRYPOINT")
    return list(json.loads(entrypoint))


def _commands() -> dict[str, list[str]]:
    """Every command that is given to the image, by where it stands."""
    (own,) = _instructions("CMD")
    commands = {"Dockerfile": json.loads(own)}
    commands |= {f"compose.yaml, {name}": each["command"] for name, each in OURS.items() if "command" in each}
    runs = re.findall(r"^docker compose run --rm (\w+) ([^#\n]+)", _readme(), flags=re.MULTILINE)
    return commands | {f"README.md, {words.strip()}": shlex.split(words) for _service, words in runs}


def _readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


COMMANDS = _commands()


@pytest.mark.skipif(sys.platform != "linux", reason="hadolint comes for Linux only")
def test_the_dockerfile_has_no_likely_mistakes() -> None:
    found = subprocess.run([BIN / "hadolint", "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout + found.stderr) == (0, "")


def test_compose_follows_the_schema_of_its_kind() -> None:
    checker = [str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec", "compose.yaml"]
    found = subprocess.run(checker, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def test_the_image_takes_only_what_there_is_and_what_is_let_in() -> None:
    assert [source for source in _copied() if not (ROOT / source).exists()] == []
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in ignored if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == set(_copied())
    assert "**/.env" in rules


def test_the_image_has_beside_the_package_what_ships_with_it() -> None:
    shipped = {folder.relative_to(paths.shipped()).as_posix() for folder in (paths.migrations(), paths.resources())}
    assert shipped | {"coresafe"} <= set(_copied())


@pytest.mark.parametrize("where", COMMANDS)
def test_every_command_given_to_the_image_is_one_of_ours(where: str) -> None:
    assert _entrypoint() == ["coresafe"]
    told = CliRunner().invoke(cli.app, [*COMMANDS[where], "--help"])
    assert told.exit_code == 0, told.output


def test_the_readme_runs_commands_in_services_that_there_are() -> None:
    services = re.findall(r"^docker compose run --rm (\w+) ", _readme(), flags=re.MULTILINE)
    assert services
    assert set(services) <= set(OURS)


def test_every_setting_of_the_containers_is_one_of_ours() -> None:
    declared = {config.PREFIX + name.upper() for name in config.Settings.model_fields}
    text = "\n".join([*DOCKERFILE, (ROOT / "compose.yaml").read_text(encoding="utf-8")])
    named = set(re.findall(rf"\b{config.PREFIX}[A-Z_]+", text))
    assert named
    assert named <= declared


def test_the_settings_of_compose_can_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a shed has them that wrote only what it must into ``.env``."""
    for name, value in OURS["api"]["environment"].items():
        monkeypatch.setenv(name, re.sub(r"\$\{\w+:([-?])([^}]*)\}", _filled_in, value))
    settings = config.load()
    database = COMPOSE["services"]["database"]["environment"]
    user, name = database["MYSQL_USER"], database["MYSQL_DATABASE"]
    assert settings.database_url == f"mysql+pymysql://{user}@database:3306/{name}"
    assert settings.database_password is not None
    assert settings.cors_origins == ()
    assert database["MYSQL_PASSWORD"] == OURS["api"]["environment"]["CORESAFE_DATABASE_PASSWORD"]


def _filled_in(variable: re.Match[str]) -> str:
    return variable[2] if variable[1] == "-" else "f" * 64


def test_what_must_be_written_into_env_is_what_the_readme_writes() -> None:
    needed = set(re.findall(r"\$\{(\w+):\?", (ROOT / "compose.yaml").read_text(encoding="utf-8")))
    assert needed == set(re.findall(r'^echo "(\w+)=', _readme(), flags=re.MULTILINE))


def test_one_port_stands_everywhere() -> None:
    (port,) = _instructions("EXPOSE")
    (check,) = _instructions("HEALTHCHECK")
    assert f"127.0.0.1:{port}/api/v1/health/ready" in check
    assert COMMANDS["Dockerfile"][-2:] == ["--port", port]
    assert OURS["api"]["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_what_the_containers_keep_lies_in_the_volumes() -> None:
    (home,) = _instructions("VOLUME")
    assert any(f"{config.PREFIX}HOME={home}" in line.split() for line in _instructions("ENV"))
    for service in COMPOSE["services"].values():
        assert {volume.split(":")[0] for volume in service["volumes"]} <= set(COMPOSE["volumes"])
    assert all(f"home:{home}" in service["volumes"] for service in OURS.values())
