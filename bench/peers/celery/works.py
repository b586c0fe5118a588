"""What Celery's client does in each row: a function of the row's name, given the case's `size` and `times`."""

import time
from concurrent.futures import ThreadPoolExecutor

from celery import chain as chain_of
from celery import chord as chord_of
from celery import group as group_of

from tasks import QUEUES, add, app, echo, inc, noop, sum_of

# Where results are polled for, in seconds.
INTERVAL = 0.002


def got(result):
    return result.get(interval=INTERVAL)


def timed(work):
    since = time.perf_counter()
    answer = work()
    return {"ms": (time.perf_counter() - since) * 1000, "answer": answer}


def call(size, times):
    return timed(lambda: [got(add.delay(x, 1)) for x in range(size)])


def throughput(size, times):
    """When it began, instead of how long it took: the worker knows when it ends."""
    began = time.time() * 1000
    with app.producer_or_acquire() as producer:
        for x in range(size):
            noop.apply_async((x,), producer=producer)
    return {"ms": began, "answer": None}


def group(size, times):
    return timed(lambda: got(group_of(add.s(x, x) for x in range(size)).apply_async()))


def chain(size, times):
    return timed(lambda: got(chain_of(inc.s(0), *(inc.s() for _ in range(size - 1))).apply_async()))


def hops(size, times):
    def work():
        steps = [inc.s(0)] + [inc.s() for _ in range(size - 1)]
        return got(chain_of(*(step.set(queue=QUEUES[i % 2]) for i, step in enumerate(steps))).apply_async())

    return timed(work)


def chord(size, times):
    return timed(lambda: got(chord_of((add.s(x, x) for x in range(size)), sum_of.s()).apply_async()))


def payload(size, times):
    text = "x" * size
    return timed(lambda: got(chain_of(echo.s(text), *(echo.s() for _ in range(times - 1))).apply_async()) == text)


# As many as can be open at once; each keeps its connections.
LANES = 32
lanes = ThreadPoolExecutor(LANES)

GRAIN_S = 0.002


def latency(size, times):
    """Calls at a steady rate, each timed from when it was due; a timer's own grain is nobody's latency."""
    began = time.perf_counter()
    calls = []
    for x in range(round(size * times)):
        due = began + x / size
        time.sleep(max(0, due - time.perf_counter()))
        now = time.perf_counter()
        calls.append(lanes.submit(one_call, x, now if now - due < GRAIN_S else due))
    latencies = sorted(each.result() for each in calls if each.result() is not None)
    more = {"p50": quantile(latencies, 0.5), "p99": quantile(latencies, 0.99)}
    return {"ms": (time.perf_counter() - began) * 1000, "answer": len(latencies), "more": more}


def one_call(x, since):
    """Its milliseconds; none where the result was wrong."""
    answer = got(add.delay(x, 1))
    return (time.perf_counter() - since) * 1000 if answer == x + 1 else None


def quantile(ordered, share):
    place = (len(ordered) - 1) * share
    below, above = ordered[int(place)], ordered[-int(-place // 1)]
    return below + (above - below) * (place % 1)


ALL = {each.__name__: each for each in (call, throughput, group, chain, hops, chord, payload, latency)}
