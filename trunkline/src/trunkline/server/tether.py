"""Runs a program that dies with its parent: ``python -I -S tether.py <parent's pid> <program> <arguments>...``.

Linux only: the kernel is asked to kill this process when the parent's thread that started it ends, and keeps to that
after the program has taken this process over. Started as a file, with nothing but the standard library, so that it
costs a few milliseconds; a ``preexec_fn`` would run Python between fork and exec, which is not safe beside threads.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Tie this process to its parent, then become the program."""
    parent, *command = sys.argv[1:]
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != int(parent):
        sys.exit("the parent is gone")
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main()
