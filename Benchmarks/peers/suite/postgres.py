"""PostgreSQL with row locks: one prepared statement and one transaction for each step.

A function on the server does what a shop's transaction does, `SELECT … FOR UPDATE` and a
conditional `UPDATE`, so that a hold is one round trip. `pgbench` waits for each answer before it
sends the next request; its pipelines make one transaction of what they hold, which is other work,
so only shapes with one request in flight on each connection are played.
"""

import contextlib
import os
import pathlib
import pwd
import re
import shutil
import signal
import statistics
import subprocess
import time

from . import processes
from .work import SCARCE_REQUESTS, SCARCE_UNITS, SKUS, UNITS, Oversold, Sample, System

SCHEMA = """
CREATE TABLE stock (
    sku int PRIMARY KEY,
    on_hand bigint NOT NULL,
    reserved bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
CREATE TABLE hold (
    id bigint PRIMARY KEY,
    state text NOT NULL,
    skus int[] NOT NULL,
    expires_at timestamptz
);
CREATE INDEX hold_expiry ON hold (expires_at) WHERE state = 'held';

CREATE FUNCTION hold_one(this bigint, which int, lifetime interval) RETURNS text AS $$
BEGIN
    PERFORM 1 FROM hold WHERE id = this;
    IF FOUND THEN RETURN 'repeated'; END IF;
    PERFORM 1 FROM stock WHERE sku = which FOR UPDATE;
    IF NOT FOUND THEN RETURN 'unknown_sku'; END IF;
    UPDATE stock SET reserved = reserved + 1 WHERE sku = which AND on_hand - reserved >= 1;
    IF NOT FOUND THEN RETURN 'insufficient_stock'; END IF;
    INSERT INTO hold VALUES (this, 'held', ARRAY[which], clock_timestamp() + lifetime);
    RETURN 'held';
END $$ LANGUAGE plpgsql;

CREATE FUNCTION hold_order(this bigint, wanted int[], lifetime interval) RETURNS text AS $$
DECLARE
    open int;
BEGIN
    PERFORM 1 FROM hold WHERE id = this;
    IF FOUND THEN RETURN 'repeated'; END IF;
    SELECT count(*) INTO open FROM (
        SELECT 1 FROM stock WHERE sku = ANY (wanted) AND on_hand - reserved >= 1
        ORDER BY sku FOR UPDATE
    ) AS locked;
    IF open < cardinality(wanted) THEN RETURN 'insufficient_stock'; END IF;
    UPDATE stock SET reserved = reserved + 1 WHERE sku = ANY (wanted) AND on_hand - reserved >= 1;
    INSERT INTO hold VALUES (this, 'held', wanted, clock_timestamp() + lifetime);
    RETURN 'held';
END $$ LANGUAGE plpgsql;

CREATE FUNCTION commit_hold(this bigint) RETURNS text AS $$
BEGIN
    UPDATE hold SET state = 'committed'
    WHERE id = this AND state = 'held' AND expires_at > clock_timestamp();
    RETURN CASE WHEN FOUND THEN 'committed' ELSE 'refused' END;
END $$ LANGUAGE plpgsql;

CREATE FUNCTION release_hold(this bigint) RETURNS text AS $$
DECLARE
    freed int[];
BEGIN
    UPDATE hold SET state = 'released' WHERE id = this AND state = 'held'
    RETURNING skus INTO freed;
    IF NOT FOUND THEN RETURN 'refused'; END IF;
    UPDATE stock SET reserved = reserved - 1 WHERE sku = ANY (freed);
    RETURN 'released';
END $$ LANGUAGE plpgsql;

CREATE FUNCTION sweep() RETURNS bigint AS $$
    WITH due AS (
        SELECT id FROM hold WHERE state = 'held' AND expires_at <= clock_timestamp()
        ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED
    ), expired AS (
        UPDATE hold SET state = 'expired' FROM due WHERE hold.id = due.id RETURNING hold.skus
    ), freed AS (
        SELECT sku, count(*) AS units FROM expired, unnest(expired.skus) AS sku GROUP BY sku
    ), given AS (
        UPDATE stock SET reserved = reserved - freed.units FROM freed
        WHERE stock.sku = freed.sku RETURNING 1
    ) SELECT count(*) FROM expired, (SELECT count(*) FROM given) AS done
$$ LANGUAGE sql;
"""

ID = "\\set id random(1, 9223372036854775806)\n"
SCRIPTS = {
    "uniform": ID
    + f"\\set sku random(0, {SKUS - 1})\nSELECT hold_one(:id, :sku, '900 seconds');\n",
    "hot": ID + "SELECT hold_one(:id, 0, '900 seconds');\n",
    "lifecycle": ID
    + f"\\set sku random(0, {SKUS - 1})\n\\set dice random(0, 99)\n"
    + "\\if :dice < 95\nSELECT hold_one(:id, :sku, '1 hour');\n"
    + "\\if :dice < 80\nSELECT commit_hold(:id);\n\\else\nSELECT release_hold(:id);\n\\endif\n"
    + "\\else\nSELECT hold_one(:id, :sku, '1 second');\n\\endif\n",
    # Each line from a quarter of its own, so that no order names a SKU twice.
    "orders": ID
    + "".join(
        f"\\set sku{line} random({line * SKUS // 4}, {(line + 1) * SKUS // 4 - 1})\n"
        for line in range(4)
    )
    + "SELECT hold_order(:id, ARRAY[:sku0, :sku1, :sku2, :sku3]::int[], '900 seconds');\n",
    "sweep": "SELECT sweep();\n\\sleep 50 ms\n",
}


def programs():
    """The folder of the newest PostgreSQL that Debian installed."""
    folders = sorted(
        pathlib.Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: [int(part) for part in re.findall(r"\d+", str(folder))],
    )
    return folders[-1] if folders else None


class Postgres(System):
    """PostgreSQL whose commits wait for the disk (``on``) or don't (``off``)."""

    def __init__(self, synchronous, parent):
        self.name = f"postgres_{synchronous}"
        self.title = f"PostgreSQL, synchronous_commit {synchronous}"
        self.synchronous = synchronous
        self.parent = parent
        self.folder = None
        self.server = None
        self.port = 0
        self.workload = ""

    def refusal(self, workload, shape):
        return "pgbench keeps one request in flight on a connection" if shape[1] > 1 else None

    def _identity(self):
        """PostgreSQL doesn't run as root; Debian made a user for it."""
        if os.geteuid() != 0:
            return {}
        return {"user": "postgres", "group": "postgres", "extra_groups": []}

    def _environment(self):
        return os.environ | {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": "bench",
            "PGDATABASE": "postgres",
            "LC_ALL": "C.UTF-8",
        }

    def start(self, workload):
        self.workload = workload
        self.port = processes.free_port()
        self.folder = processes.temporary_folder(self.parent)
        if os.geteuid() == 0:
            entry = pwd.getpwnam("postgres")
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
        data = self.folder / "data"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT}
        with processes.start(
            *(programs() / "initdb", "-D", data, "-A", "trust", "-U", "bench", "--no-sync"),
            *("--locale", "C.UTF-8"),
            cwd=self.folder,
            **quiet,
            **self._identity(),
        ) as initdb:
            initdb.wait()
        settings = {
            "listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": "",
            "shared_buffers": "1GB", "max_wal_size": "16GB", "checkpoint_timeout": "1h",
            "max_connections": 100, "synchronous_commit": self.synchronous,
        }
        words = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        self.server = processes.start(
            *(programs() / "postgres", "-D", data, *words),
            cwd=self.folder,
            **quiet,
            **self._identity(),
        )
        for _ in range(500):
            if subprocess.run(
                [programs() / "pg_isready", "-q"], env=self._environment(), check=False
            ).returncode == 0:
                break
            time.sleep(0.02)
        self._query(SCHEMA)
        for name, text in SCRIPTS.items():
            (self.folder / f"{name}.sql").write_text(text)
        self.check_scarce()
        self._query(
            "TRUNCATE stock, hold; "
            f"INSERT INTO stock SELECT sku, {UNITS} FROM generate_series(0, {SKUS - 1}) AS sku; "
        )
        self._query("VACUUM ANALYZE stock")

    def _query(self, text):
        return processes.run(
            *(programs() / "psql", "-qtAX", "-v", "ON_ERROR_STOP=1", "-c", text),
            env=self._environment(),
        ).strip()

    def _pgbench_words(self, workload, connections, *words):
        threads = min(2, connections)
        return [
            *(programs() / "pgbench", "-n", "-M", "prepared", "-c", connections, "-j", threads),
            *("-f", self.folder / f"{workload}.sql", *words),
        ]

    def _pgbench(self, workload, connections, *words):
        """The number of transactions and how many a second."""
        output = processes.run(
            *self._pgbench_words(workload, connections, *words),
            env=self._environment(),
            cwd=self.folder,
        )
        done = re.search(r"actually processed: (\d+)", output)
        rate = re.search(r"tps = ([\d.]+)", output)
        failed = re.search(r"failed transactions: (\d+)", output)
        if not done or not rate or failed and int(failed.group(1)):
            raise Oversold(f"{self.title}: pgbench said {output}")
        return int(done.group(1)), float(rate.group(1))

    def check_scarce(self):
        self._query(f"INSERT INTO stock VALUES (0, {SCARCE_UNITS})")
        self._pgbench("hot", 32, "-t", SCARCE_REQUESTS // 32)
        books = self._query("SELECT reserved, (SELECT count(*) FROM hold) FROM stock")
        if books != f"{SCARCE_UNITS}|{SCARCE_UNITS}":
            raise Oversold(f"{self.title}: held {books} of {SCARCE_UNITS} units")

    def measure(self, workload, shape, seconds):
        connections, _ = shape
        sweeper = None
        if workload == "lifecycle":
            sweeper = processes.start(
                *self._pgbench_words("sweep", 1, "-T", 3_600),
                env=self._environment(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        try:
            self._pgbench(workload, connections, "-T", 1)
            for log in self.folder.glob("log.*"):
                log.unlink()
            before = processes.cpu_seconds(self.server, with_children=True)
            words = ["-l", "--log-prefix", self.folder / "log"]
            words += ["-T", max(1, round(seconds))]
            done, per_second = self._pgbench(workload, connections, *words)
            spent = processes.cpu_seconds(self.server, with_children=True) - before
            while sweeper and self._query("SELECT count(*) FROM hold WHERE state = 'held'") != "0":
                time.sleep(0.05)
        finally:
            processes.end(sweeper)
        # A life is one transaction of pgbench and 1.95 requests; its latency isn't a request's.
        requests = round(done * (1.95 if sweeper else 1))
        p50, p99 = (None, None) if sweeper else self._percentiles()
        return Sample(per_second, requests, p50, p99, 1e6 * spent / max(1, requests))

    def _percentiles(self):
        times = sorted(
            float(line.split()[2])
            for log in self.folder.glob("log.*")
            for line in log.read_text().splitlines()
        )
        if len(times) < 100:
            return None, None
        return statistics.median(times), times[int(0.99 * len(times))]

    def check(self):
        states = "'committed'" if self.workload == "lifecycle" else "'held'"
        books = self._query(
            "SELECT sum(reserved), min(on_hand - reserved) >= 0, "
            f"(SELECT coalesce(sum(cardinality(skus)), 0) FROM hold WHERE state = {states}), "
            "(SELECT count(*) FROM hold WHERE state NOT IN "
            "('held', 'committed', 'released', 'expired')) FROM stock"
        )
        reserved, is_enough, held, others = books.split("|")
        if reserved != held or is_enough != "t" or others != "0":
            raise Oversold(
                f"{self.title}: reserved {reserved}, held {held}, never below 0: {is_enough}, "
                f"{others} in no known state"
            )

    def stop(self):
        if self.server:
            processes.end(self.server, signal.SIGQUIT)
            self.server = None
        if self.folder:
            processes.remove(self.folder)
            self.folder = None


def install_hint():
    """What is missing, as Debian packages."""
    missing = []
    if not shutil.which("redis-server") or not shutil.which("redis-benchmark"):
        missing.append("redis-server")
    with contextlib.suppress(OSError):
        if programs() is None or not (programs() / "pgbench").exists():
            missing.append("postgresql")
    return missing
