"""What a reader on a slow phone waits for: first paint, and bytes, of the edition for a web server."""

import threading

import pytest

from ncsi.report.site.edition import write_edition
from ncsi.report.site.serve import server

pytestmark = pytest.mark.browser
PAINTED_MS, BYTES = 1500, 250_000
VISITS = 5
"""Of which the one counts that a busy machine disturbed least."""
BITS, LATENCY_MS, SLOWER = 1.6e6, 150, 4


@pytest.fixture(scope="module")
def address(site, tmp_path_factory):
    running = server(write_edition(site.parent, tmp_path_factory.mktemp("edition") / "site"), 0)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()


@pytest.fixture
def slow(tab):
    tab.send("Network.setCacheDisabled", cacheDisabled=True)
    tab.send(
        "Network.emulateNetworkConditions", offline=False, latency=LATENCY_MS,
        downloadThroughput=BITS / 8, uploadThroughput=BITS / 8,
    )  # fmt: skip
    tab.send("Emulation.setCPUThrottlingRate", rate=SLOWER)
    yield tab
    tab.send("Emulation.setCPUThrottlingRate", rate=1)
    tab.send(
        "Network.emulateNetworkConditions",
        offline=False,
        latency=0,
        downloadThroughput=-1,
        uploadThroughput=-1,
    )
    tab.send("Network.setCacheDisabled", cacheDisabled=False)


@pytest.mark.parametrize("name", ["index.html", "2026Q1/index.html", "2026Q1/sectors/dairy.html"])
def test_a_page_is_painted_soon_and_weighs_little(slow, address, name):
    for _ in range(VISITS):
        slow.visit(f"{address}/{name}", width=360, height=800)
        painted = slow.value("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        if painted <= PAINTED_MS:
            break
    weight = slow.value("performance.getEntriesByType('navigation')[0].transferSize")
    assert slow.said() == []
    assert weight <= BYTES
    assert painted <= PAINTED_MS
    fonts = [one for one in slow.asked_for() if one.endswith(".woff2")]
    assert fonts
    assert all(one.startswith(f"{address}/assets/") for one in fonts)
