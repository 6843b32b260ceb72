"""What tests of several folders share."""

import pytest

from tests import browser as chromium
from tests import firefox
from tests.shapes import check_shapes

check_shapes()


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium; `make test` brings one, and where it cannot, its tests are skipped with the reason."""
    if chromium.executable() is None:
        pytest.skip(chromium.missing())
    with chromium.Browser() as opened:
        yield opened


@pytest.fixture(scope="session")
def mozilla():
    """A headless Firefox where there is one; nothing installs it, and without it its tests are skipped with the reason."""
    if firefox.executable() is None:
        pytest.skip(firefox.missing())
    with firefox.Firefox() as opened:
        yield opened


@pytest.fixture(params=["browser", "mozilla"])
def each_browser(request):
    """Chromium, then Firefox."""
    return request.getfixturevalue(request.param)
