"""The Dockerfile names what there is: files, the extra, the command, a path that the server answers."""

from __future__ import annotations

import json
import re

from project_tree import ROOT, pyproject

import cascade.commands.console

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
STEPS = (ROOT / ".ci" / "container-steps").read_text(encoding="utf-8")


def instructions(name: str) -> list[str]:
    """What stands behind an instruction, each time."""
    return re.findall(rf"^{name} (.+)$", DOCKERFILE, re.MULTILINE)


def copied() -> list[str]:
    """The files and folders of the project that are copied into the image."""
    return [part for line in instructions("COPY") if "--from" not in line for part in line.split()[:-1]]


def test_what_is_copied_is_there_and_not_ignored() -> None:
    assert [name for name in copied() if not (ROOT / name).exists()] == []
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert sorted(line.removeprefix("!") for line in ignored if line.startswith("!")) == sorted(copied())


def test_all_that_a_wheel_is_built_of_is_copied() -> None:
    packages = {name.split(".")[0] for name in pyproject()["tool"]["setuptools"]["packages"]}
    assert packages <= set(copied())
    project = pyproject()["project"]
    assert {project["readme"], *project["license-files"], "pyproject.toml"} <= set(copied())


def test_the_extra_and_the_command_exist() -> None:
    assert re.findall(r"(?:cascade-ner|\.)\[(\w+)\]", DOCKERFILE) == ["serve", "serve"]
    assert "serve" in pyproject()["project"]["optional-dependencies"]
    command, subcommand = json.loads(instructions("ENTRYPOINT")[0])
    assert command in pyproject()["project"]["scripts"]
    assert subcommand in cascade.commands.console.COMMANDS


def test_the_server_runs_without_rights_and_lets_nobody_in_without_a_token() -> None:
    assert instructions("USER") == ["cascade"]
    assert DOCKERFILE.index("\nUSER ") < DOCKERFILE.index("\nENTRYPOINT ")
    assert json.loads(instructions("CMD")[0]) == ["--host", "0.0.0.0"]  # which is refused without a token


def test_its_health_is_asked_at_a_path_that_needs_no_token() -> None:
    from cascade.serving.gatekeeper import OPEN_PATHS

    [check] = instructions("HEALTHCHECK")
    assert re.findall(r":8000(/\w+)", check)[0] in OPEN_PATHS
    assert instructions("EXPOSE") == ["8000"]


def test_the_steps_without_docker_are_those_of_the_image() -> None:
    for step in ("'.[serve]'", "--no-index --find-links", "Cascade.load(device='cpu')", "cascade-ner serve", "/health"):
        assert step in STEPS
        assert step.replace("cascade-ner serve", '"cascade-ner", "serve"') in DOCKERFILE
