"""What tests of several folders share."""

import pytest

from tests.browser import Browser, executable, missing
from tests.shapes import check_shapes

check_shapes()


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium; `make test` brings one, and where it cannot, its tests are skipped with the reason."""
    if executable() is None:
        pytest.skip(missing())
    with Browser() as opened:
        yield opened
