"""Do the locks hold what pyproject.toml asks for? Without a network, so not whether it is newest."""

import re
import sys
import tomllib
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent


def locked(name: str) -> tuple[dict[str, str], list[str]]:
    """The versions of a lock on this machine, and what is wrong with the file."""
    versions, wrong = {}, []
    for entry in re.split(r"\n(?=\S)", (ROOT / name).read_text()):
        if entry.startswith(("#", "-")) or not entry.strip():
            continue
        requirement = Requirement(entry.partition("\\")[0].strip())
        if "--hash=sha256:" not in entry:
            wrong.append(f"{name}: {requirement.name} has no hash.")
        if requirement.marker is None or requirement.marker.evaluate(default_environment()):
            version = next(iter(requirement.specifier)).version
            versions[canonicalize_name(requirement.name)] = version
    return versions, wrong


def missing(asked: list[str], versions: dict[str, str], lock: str) -> list[str]:
    wrong = []
    for text in asked:
        requirement = Requirement(text)
        version = versions.get(canonicalize_name(requirement.name))
        if version is None:
            wrong.append(f"{lock}: {requirement.name} is missing.")
        elif version not in requirement.specifier:
            wrong.append(f"{lock}: {requirement.name} {version}, but asked for is {requirement}.")
    return wrong


def main() -> int:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = project["project"]["dependencies"]
    run, wrong = locked("requirements.lock")
    test, more = locked("requirements-test.lock")
    wrong += more
    wrong += missing(asked, run, "requirements.lock")
    wrong += missing(project["dependency-groups"]["test"], test, "requirements-test.lock")
    wrong += [
        f"requirements-test.lock: {name} must be {version} as in requirements.lock."
        for name, version in run.items()
        if test.get(name) != version
    ]
    for sentence in wrong:
        sys.stderr.write(f"{sentence}\n")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
