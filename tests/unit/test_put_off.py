"""Modules that are put off are imported when something of them is asked for, and are then what they are anywhere."""

from __future__ import annotations

import subprocess
import sys

PREFECT = """
import os, sys
os.environ["PREFECT_HOME"] = sys.argv[1]
from pathlib import Path
from flows.settings import configure
configure(Path(sys.argv[1]))
from ncsi.cli.running import _SENDERS
from ncsi.put_off import put_off
with put_off(_SENDERS):
    import flows.prefect_engine
print([name for name in _SENDERS if name in sys.modules])
import prefect.blocks
print([name for name in _SENDERS if hasattr(prefect.blocks, name.rpartition(".")[2])])
from prefect.blocks import notifications, webhook
import prefect.blocks.notifications as again
print(again is notifications is sys.modules[_SENDERS[0]] is prefect.blocks.notifications)
print(issubclass(notifications.SlackWebhook, prefect.blocks.core.Block), webhook.Webhook.__name__)
"""


def test_what_prefect_can_send_messages_by_is_not_imported_until_it_is_used(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PREFECT, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["[]", "[]", "True", "True Webhook"]
