"""Marks for tests that must hold on every database."""

from __future__ import annotations

import pytest

#: Run a test on all three kinds of database.
on_every_database = pytest.mark.parametrize("flavour", ["mysql", "mariadb", "sqlite"])
#: Run a test on both servers.
on_both_servers = pytest.mark.parametrize("flavour", ["mysql", "mariadb"])
