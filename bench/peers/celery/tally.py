"""Counts calls in a worker, and tells the harness when the last of them is acknowledged."""

import time

from celery.worker.request import Request

from line import note


class Tally:
    def __init__(self):
        self.expect(float("inf"))

    def expect(self, count):
        """Begins anew."""
        self.expected = count
        self.seen = 0
        self.sum = 0

    def count(self, x):
        self.seen += 1
        self.sum += x
        if self.seen == self.expected:
            note("acknowledged", {"atMs": time.time() * 1000, "sum": self.sum})


tally = Tally()


class CountedRequest(Request):
    def acknowledge(self):
        super().acknowledge()
        tally.count(self.args[0])
