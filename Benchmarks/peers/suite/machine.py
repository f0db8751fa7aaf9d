"""What the figures were measured on and with."""

import os
import pathlib
import platform
import re
import subprocess

from . import postgres, processes


def _version(*words, pattern=r"(\d+(?:\.\d+)+)"):
    output = subprocess.run(
        [str(word) for word in words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    ).stdout
    found = re.search(pattern, output)
    return found.group(1) if found else "unknown"


def describe(root, parent):
    """Machine, versions, and how busy the machine is."""
    model = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())
    commit = subprocess.run(
        ["git", "-C", root, "rev-parse", "--short", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return {
        "processor": model.group(1).strip() if model else platform.machine(),
        "cores": os.cpu_count(),
        "memory_gib": round(int(memory.group(1)) / 2**20, 1) if memory else None,
        "kernel": platform.release(),
        "file_system": processes.run("findmnt", "-no", "FSTYPE", "-T", parent).strip(),
        "load_average": round(os.getloadavg()[0], 2),
        "swift": _version("swift", "--version", pattern=r"Swift version ([\d.]+)"),
        "commit": commit or "unknown",
    }


def peers():
    """The versions of what Holdfast is compared with."""
    return {
        "redis": _version("redis-server", "--version", pattern=r"v=([\d.]+)"),
        "postgresql": _version(postgres.programs() / "postgres", "--version"),
    }


def lines(machine):
    """The same for people, with what makes figures doubtful."""
    yield (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, Linux "
        f"{machine['kernel']}, data on {machine['file_system']}, load average "
        f"{machine['load_average']}"
    )
    others = "".join(
        f", {title} {machine[name]}"
        for name, title in (("redis", "Redis"), ("postgresql", "PostgreSQL"))
        if name in machine
    )
    yield (
        f"Holdfast {machine['commit']} built with Swift {machine['swift']}{others}; "
        "client and server share the cores"
    )
    if machine["file_system"] == "tmpfs":
        yield "warning: tmpfs has no disk to sync to — give --data DIR on a disk"
    if machine["load_average"] > 0.5:
        yield "warning: the machine is busy; figures will be too low"
