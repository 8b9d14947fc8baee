"""The machines compare with plain assertions: a difference is told in full."""

import pytest

pytest.register_assert_rewrite("tests.machine.books", "tests.machine.machines")
