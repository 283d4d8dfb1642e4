"""A register of one company and two projects, on an embedded database, for files to be imported into."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coresafe.models.enums import Role
from coresafe.services import registry
from coresafe.services.context import Context
from tests.embedded import make_database, sign_in_as

WriteFile = Callable[..., Path]
#: Real files of others, beside the repository; tests that use them skip where they are absent.
DATA = Path(__file__).resolve().parents[4] / "shared" / "data"


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Context]:
    database = make_database(tmp_path)
    context = sign_in_as(database, Role.MANAGER)
    company = registry.add_company(context, registry.AddCompany(name="River Resources"))
    for code in ("THA", "MAP"):
        registry.add_project(context, registry.AddProject(code=code, name=code, company_id=company.id))
    yield context
    database.close()


@pytest.fixture
def write(tmp_path: Path) -> WriteFile:
    """Write a file of text or bytes and return its path."""

    def make(content: str | bytes, name: str = "file.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return make


@pytest.fixture
def real() -> Callable[[str], Path]:
    """A real file by its name."""

    def find(name: str) -> Path:
        path = DATA / name
        if not path.is_file():
            pytest.skip(f"{name} is not on this machine")
        return path

    return find
