"""Redis with the same check-and-hold as a Lua script, as tight as it can be written.

One key per request is the memory of the request's id, the hold, and its lifetime at once. In
`uniform`, `hot` and `orders` Redis forgets the key after the time to live and the units stay gone:
giving them back costs more, and that is left out in its favour. In `lifecycle` holds stand in a
sorted set by their expiry, and a sweep every 50 ms gives back the units of those that are due.
"""

import csv
import io
import json
import subprocess
import threading
import time

from . import processes
from .work import (
    LINES,
    SCARCE_REQUESTS,
    SCARCE_UNITS,
    SKUS,
    TIME_TO_LIVE_SECONDS,
    UNITS,
    Oversold,
    Sample,
    System,
)

HOLD = """
local known = redis.call('GET', KEYS[1])
if known then return redis.status_reply('repeated') end
local stock = 's:' .. tonumber(ARGV[1]) % SKUS
local available = redis.call('GET', stock)
if not available then return redis.status_reply('unknown_sku') end
if tonumber(available) < 1 then return redis.status_reply('insufficient_stock') end
redis.call('DECR', stock)
redis.call('SET', KEYS[1], stock, 'PX', ARGV[2])
return redis.status_reply('ok')
"""

HOLD_ORDER = """
local known = redis.call('GET', KEYS[1])
if known then return redis.status_reply('repeated') end
local stocks = {}
for line = 1, #ARGV - 1 do
    local stock = 's:' .. tonumber(ARGV[line]) % SKUS
    local available = redis.call('GET', stock)
    if not available then return redis.status_reply('unknown_sku') end
    if tonumber(available) < #ARGV - 1 then return redis.status_reply('insufficient_stock') end
    stocks[line] = stock
end
for line = 1, #stocks do redis.call('DECR', stocks[line]) end
redis.call('SET', KEYS[1], table.concat(stocks, ' '), 'PX', ARGV[#ARGV])
return redis.status_reply('ok')
"""

NOW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
"""

HOLD_LIFE = (
    NOW
    + """
local known = redis.call('GET', KEYS[1])
if known then return redis.status_reply('repeated') end
local stock = 's:' .. tonumber(ARGV[1]) % SKUS
local available = redis.call('GET', stock)
if not available then return redis.status_reply('unknown_sku') end
if tonumber(available) < 1 then return redis.status_reply('insufficient_stock') end
redis.call('DECR', stock)
redis.call('SET', KEYS[1], 'held ' .. stock)
redis.call('ZADD', 'expiry', now + ARGV[2], KEYS[1])
return redis.status_reply('ok')
"""
)

FIND_HELD = (
    NOW
    + """
local hold = redis.call('GET', KEYS[1])
if not hold then return redis.status_reply('unknown_reservation') end
if string.sub(hold, 1, 5) ~= 'held ' then return redis.status_reply(hold) end
if tonumber(redis.call('ZSCORE', 'expiry', KEYS[1])) <= now then
    return redis.status_reply('expired')
end
redis.call('ZREM', 'expiry', KEYS[1])
"""
)

COMMIT = (
    FIND_HELD
    + """
redis.call('SET', KEYS[1], 'committed ' .. string.sub(hold, 6))
return redis.status_reply('ok')
"""
)

RELEASE = (
    FIND_HELD
    + """
redis.call('INCR', string.sub(hold, 6))
redis.call('SET', KEYS[1], 'released', 'EX', 3600)
return redis.status_reply('ok')
"""
)

SWEEP = (
    NOW
    + """
local due = redis.call('ZRANGEBYSCORE', 'expiry', '-inf', now, 'LIMIT', 0, 1000)
for index = 1, #due do
    redis.call('INCR', string.sub(redis.call('GET', due[index]), 6))
    redis.call('SET', due[index], 'expired', 'EX', 3600)
    redis.call('ZREM', 'expiry', due[index])
end
return #due
"""
)

# Units taken from all SKUs together, and the fewest that one has left.
BOOKS = """
local taken, least = 0, UNITS
for sku = 0, SKUS - 1 do
    local available = tonumber(redis.call('GET', 's:' .. sku))
    taken = taken + UNITS - available
    least = math.min(least, available)
end
return {taken, least}
"""


class Redis(System):
    """Redis in memory alone, or syncing its log before it answers."""

    def __init__(self, durability, peers_load, parent):
        self.name = f"redis_{durability}"
        self.title = {"memory": "Redis, memory", "always": "Redis, AOF always"}[durability]
        self.durability = durability
        self.peers_load = peers_load
        self.parent = parent
        self.folder = None
        self.server = None
        self.port = 0
        self.workload = ""
        self.accepted_units = 0
        self.benchmarks = 0

    def start(self, workload):
        self.port = processes.free_port()
        self.folder = processes.temporary_folder(self.parent)
        self.workload = workload
        self.accepted_units = 0
        appends = ["--appendonly", "yes" if self.durability == "always" else "no"]
        self.server = processes.start(
            *("redis-server", "--port", self.port, "--bind", "127.0.0.1", "--dir", self.folder),
            *("--save", "", *appends, "--appendfsync", "always"),
            *("--auto-aof-rewrite-percentage", 0, "--loglevel", "warning"),
            stdout=subprocess.DEVNULL,
        )
        for _ in range(500):
            answer = subprocess.run(
                [*self._cli(), "ping"], capture_output=True, text=True, check=False
            )
            if answer.stdout.strip() == "PONG":
                break
            time.sleep(0.02)
        self.check_scarce()
        self._cli_run("FLUSHALL")
        stock = "".join(f"SET s:{index} {UNITS}\n" for index in range(SKUS))
        processes.run(*self._cli(), "--pipe", input=stock)

    def _cli(self):
        return ["redis-cli", "-p", str(self.port)]

    def _cli_run(self, *words):
        return processes.run(*self._cli(), *words).strip()

    def _load_script(self, text):
        filled = text.replace("SKUS", str(SKUS)).replace("UNITS", str(UNITS))
        return self._cli_run("SCRIPT", "LOAD", filled)

    def check_scarce(self):
        self._cli_run("SET", "s:0", SCARCE_UNITS)
        self._repeat("hot", (32, 1), SCARCE_REQUESTS)
        held, left = int(self._cli_run("DBSIZE")) - 1, int(self._cli_run("GET", "s:0"))
        if (held, left) != (SCARCE_UNITS, 0):
            raise Oversold(f"{self.title}: held {held} of {SCARCE_UNITS} units, {left} left")

    def _repeat(self, workload, shape, requests):
        """One ``redis-benchmark``: its figures as numbers, latencies in milliseconds."""
        connections, outstanding = shape
        script = HOLD_ORDER if workload == "orders" else HOLD
        digest = self._load_script(script.replace("SKUS", "1") if workload == "hot" else script)
        # Two benchmarks may draw the same numbers: the second and the process make their seed.
        self.benchmarks += 1
        skus = ["__rand_int__"] * (LINES if workload == "orders" else 1)
        output = processes.run(
            *("redis-benchmark", "-p", self.port, "-c", connections, "-P", outstanding),
            *("-n", requests, "-r", 1_000_000_000, "--csv"),
            *("EVALSHA", digest, 1, f"h{self.benchmarks}:__rand_int____rand_int__"),
            *(*skus, 1000 * TIME_TO_LIVE_SECONDS),
            stderr=subprocess.DEVNULL,
        )
        rows = [row for row in csv.reader(io.StringIO(output)) if len(row) > 7]
        return [float(field) for field in rows[-1][1:]]

    def measure(self, workload, shape, seconds):
        if workload == "lifecycle":
            return self._measure_lives(shape, seconds)
        connections, outstanding = shape
        requests = max(2_000, connections * outstanding * 20)
        # As many requests as fill the seconds at the speed of the warm-up. The benchmark sends
        # whole pipelines, so that their number must be a multiple of one.
        warm_up = self._repeat(workload, shape, requests)
        self.accepted_units += requests * (LINES if workload == "orders" else 1)
        requests = max(requests, int(warm_up[0] * seconds) // outstanding * outstanding)
        before = processes.cpu_seconds(self.server)
        figures = self._repeat(workload, shape, requests)
        spent = processes.cpu_seconds(self.server) - before
        self.accepted_units += requests * (LINES if workload == "orders" else 1)
        return Sample(
            per_second=figures[0],
            requests=requests,
            p50_us=1_000 * figures[3],
            p99_us=1_000 * figures[5],
            cpu_us_per_request=1e6 * spent / requests,
        )

    def _measure_lives(self, shape, seconds):
        connections, outstanding = shape
        digests = [self._load_script(text) for text in (HOLD_LIFE, COMMIT, RELEASE)]
        ended = threading.Event()
        sweeper = threading.Thread(target=self._sweep_until, args=(ended,))
        sweeper.start()
        try:
            before = processes.cpu_seconds(self.server)
            output = processes.run(
                *(self.peers_load, "redis", "--port", self.port, "--skus", SKUS),
                *("--hold", digests[0], "--commit", digests[1], "--release", digests[2]),
                *("--connections", connections, "--outstanding", outstanding),
                *("--seconds", seconds),
            )
            spent = processes.cpu_seconds(self.server) - before
            while int(self._cli_run("ZCARD", "expiry")) > 0:
                time.sleep(0.05)
        finally:
            ended.set()
            sweeper.join()
        report = json.loads(output)
        if report["accepted"] != report["requests"]:
            raise Oversold(f"{self.title}: refused {report['requests'] - report['accepted']}")
        return Sample(
            per_second=report["per_second"],
            requests=report["requests"],
            p50_us=report["latency_us"]["p50"],
            p99_us=report["latency_us"]["p99"],
            cpu_us_per_request=1e6 * spent / report["requests"],
        )

    def _sweep_until(self, ended):
        """Gives back what is due every 50 ms, over one connection of its own."""
        digest = self._load_script(SWEEP)
        sweeper = subprocess.Popen(
            self._cli(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        with sweeper:
            while not ended.wait(0.05):
                swept = 1_000
                while swept >= 1_000:
                    sweeper.stdin.write(f"EVALSHA {digest} 0\n")
                    sweeper.stdin.flush()
                    swept = int(sweeper.stdout.readline())
            sweeper.stdin.close()

    def check(self):
        taken, least = map(int, self._cli_run("EVAL", BOOKS_FILLED, 0).split())
        expected = self.accepted_units
        if self.workload == "lifecycle":
            committed = "local n = 0 for _, key in ipairs(redis.call('KEYS', 'h:*')) do "
            committed += "if string.sub(redis.call('GET', key), 1, 9) == 'committed' then "
            committed += "n = n + 1 end end return n"
            expected = int(self._cli_run("EVAL", committed, 0))
        if taken != expected or least < 0:
            raise Oversold(f"{self.title}: {taken} units taken, {expected} answered, {least} left")

    def stop(self):
        processes.end(self.server)
        self.server = None
        if self.folder:
            processes.remove(self.folder)
            self.folder = None


BOOKS_FILLED = BOOKS.replace("SKUS", str(SKUS)).replace("UNITS", str(UNITS))
