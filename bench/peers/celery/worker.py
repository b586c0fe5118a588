"""What `celery -A worker` takes: the tasks, and the harness's line in the worker's main process."""

import threading

from celery.signals import worker_ready

from line import note, serve
from tally import tally
from tasks import app


@worker_ready.connect
def listen(**_):
    answers = {"expect": lambda request: tally.expect(request["count"])}
    threading.Thread(target=serve, args=(answers,), daemon=True).start()
    note("ready")


__all__ = ["app"]
