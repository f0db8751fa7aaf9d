"""The bare disk: what a write of 4 KiB and its sync take in a zeroed file."""

import os
import statistics
import time

from . import processes

WRITES = 400
BLOCK_BYTES = 4_096


def measure(parent):
    """Median and 99th percentile in microseconds."""
    folder = processes.temporary_folder(parent)
    descriptor = os.open(folder / "zeroed", os.O_RDWR | os.O_CREAT)
    try:
        os.pwrite(descriptor, bytes(BLOCK_BYTES * WRITES), 0)
        os.fsync(descriptor)
        block = os.urandom(BLOCK_BYTES)
        times = []
        for index in range(WRITES):
            start = time.perf_counter_ns()
            os.pwrite(descriptor, block, index * BLOCK_BYTES)
            os.fdatasync(descriptor)
            times.append((time.perf_counter_ns() - start) / 1_000)
    finally:
        os.close(descriptor)
        processes.remove(folder)
    times.sort()
    return {"p50_us": statistics.median(times), "p99_us": times[int(0.99 * WRITES)]}
