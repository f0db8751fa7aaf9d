"""Programs and servers as processes: started, measured, and ended whatever happens."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

TICKS = os.sysconf("SC_CLK_TCK")
_running = []
_folders = []


def run(*words, **options):
    """The output of a program that must end well; it ends with this one."""
    with subprocess.Popen(
        [str(word) for word in words],
        stdin=subprocess.PIPE if "input" in options else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=options.pop("stderr", None),
        text=True,
        **{key: value for key, value in options.items() if key != "input"},
    ) as process:
        try:
            output, _ = process.communicate(options.get("input"))
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, words, output)
    return output


def free_port():
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def temporary_folder(parent):
    """A new folder that is removed at the end."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="peers-", dir=parent))
    _folders.append(folder)
    return folder


def remove(folder):
    """Removes a folder of ``temporary_folder``."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder in _folders:
        _folders.remove(folder)


def start(*words, **options):
    """A server of this process; it is ended at the end, if nobody does before."""
    process = subprocess.Popen(
        [str(word) for word in words],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        **options,
    )
    _running.append(process)
    return process


def end(process, signal_number=None):
    """Ends a server of this process."""
    if process is None:
        return
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal_number) if signal_number else process.kill()
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process in _running:
        _running.remove(process)


def end_all():
    """Ends every server that is still there, and removes the folders; nothing else."""
    for process in list(_running):
        end(process)
    for folder in list(_folders):
        remove(folder)


def _fields(process_id):
    text = pathlib.Path(f"/proc/{process_id}/stat").read_text()
    # The name stands in brackets and may hold blanks.
    return text.rsplit(")", 1)[1].split()


def cpu_seconds(process, with_children=False):
    """User and system time of a server; with that of its children, also those that ended."""
    fields = _fields(process.pid)
    ticks = int(fields[11]) + int(fields[12])
    if with_children:
        ticks += int(fields[13]) + int(fields[14])
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with contextlib.suppress(OSError, IndexError):
                child = _fields(entry.name)
                if int(child[1]) == process.pid:
                    ticks += int(child[11]) + int(child[12])
    return ticks / TICKS
