"""What every part of the rehearsal does: runs a program, and waits for something to be so."""

import subprocess
import time


def run(command, environment=None, given=None):
    """What a program says; it and all of that is shown where it fails."""
    command = [str(word) for word in command]
    done = subprocess.run(command, env=environment, input=given, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout


def until(what, look, holds, seconds=90):
    """What `look` gives, once that holds; the last of it is shown where it does not in so many seconds."""
    deadline = time.monotonic() + seconds
    while not holds(seen := look()):
        if time.monotonic() > deadline:
            raise SystemExit(f"{what}: not in {seconds} seconds, but {seen!r}")
        time.sleep(0.2)
    return seen
