"""The tasks of all rows, and the settings with which Celery is fastest at them."""

import os

from celery import Celery

QUEUES = (os.environ["BENCH_QUEUE"], os.environ["BENCH_OTHER_QUEUE"])

app = Celery("bench", broker=os.environ["BENCH_BROKER"], backend=os.environ["BENCH_RESULTS"])
app.conf.update(
    task_default_queue=QUEUES[0],
    task_acks_late=True,
    worker_prefetch_multiplier=128,
    result_expires=3600,
    # Where results are polled for: in the defaults a call waits for half a second, a chord for one.
    result_chord_retry_interval=0.05,
)


@app.task(name="noop", Request="tally:CountedRequest", ignore_result=True)
def noop(x):
    return x


@app.task(name="add")
def add(x, y):
    return x + y


@app.task(name="inc")
def inc(x):
    return x + 1


@app.task(name="sum")
def sum_of(xs):
    return sum(xs)


@app.task(name="echo")
def echo(text):
    return text
