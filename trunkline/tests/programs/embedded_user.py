"""A process that uses the embedded server: `embedded_user.py STORE [--port N] [--fork] [--uvloop]`.

It prints a line of JSON with the URL, or with the error, and stays until its input ends. With `--fork` it has a forked
child that outlives it, whose id it prints too. With `--uvloop` it runs on uvloop, and listens like a web server on an
inheritable socket, whose port it prints too.
"""

import argparse
import asyncio
import json
import os
import socket
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from trunkline import TrunklineError
from trunkline.server import EmbeddedServer, embedded


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("store", type=Path)
    parser.add_argument("--port", type=int)
    parser.add_argument("--idle", type=float, default=0.25)
    parser.add_argument("--fork", action="store_true")
    parser.add_argument("--uvloop", action="store_true")
    arguments = parser.parse_args()
    embedded.IDLE_SECONDS = arguments.idle
    server = EmbeddedServer(arguments.store, port=arguments.port)
    listening = socket.create_server(("127.0.0.1", 0))
    listening.set_inheritable(arguments.uvloop)
    try:
        url = run_on_uvloop(server.url()) if arguments.uvloop else asyncio.run(server.url())
    except TrunklineError as error:
        print(json.dumps({"error": type(error).__name__, "message": str(error)}), flush=True)
        return
    child = fork_a_sleeper() if arguments.fork else None
    print(json.dumps({"url": url, "child": child, "port": listening.getsockname()[1]}), flush=True)
    sys.stdin.read()


def run_on_uvloop(work: Coroutine[Any, Any, str]) -> str:
    import uvloop

    return uvloop.run(work)


def fork_a_sleeper() -> int:
    child = os.fork()
    if child == 0:
        os.closerange(0, 3)
        time.sleep(60)
        os._exit(0)
    return child


main()
