"""Run the platform's main job on real input and show what comes of it: `make demo`, or `python -m demo`."""

import argparse
import asyncio
import signal
import sys
from contextlib import AsyncExitStack

from rich.console import Console

from demo import steps, tables
from demo.client import Account, DemoError, Platform
from demo.corpus import read_cvs, read_projects
from demo.live import followed
from demo.local import local_platform

LIMIT_SECONDS = 150.0


async def demonstrate(platform: Platform, console: Console) -> tuple[bool, Account]:
    """Send the corpus through the platform; say whether all came out as it should, and who the owner is."""
    cvs, projects = read_cvs(), read_projects()
    owner, freelancers = await steps.register(platform, cvs)
    everybody = [owner, *(freelancer.account for freelancer in freelancers)]
    console.print(f"{len(cvs)} freelancers and an owner are registered; following their live events")
    async with followed(platform.url, everybody, console) as events:
        await steps.upload(platform, freelancers, console)
        outcomes = await steps.match(platform, owner, projects, freelancers, console)
        answer = await steps.answer(platform, owner, outcomes)
    console.print(f"\n{len(cvs)} CVs read, {len(projects)} projects matched, {events.count} live events seen\n")
    for outcome in outcomes:
        tables.show_outcome(outcome, console)
    tables.show_answer(answer, console)
    if events.count == 0:
        console.print("[red]no live event arrived[/red]")
    return all(outcome.is_as_expected for outcome in outcomes) and events.count > 0, owner


async def run(url: str | None, stay: bool, console: Console) -> int:
    """The whole demo; the exit status."""
    async with AsyncExitStack() as stack:
        if url is None:
            console.print("starting the platform on its embedded defaults")
            url = await stack.enter_async_context(local_platform())
        console.print(f"the platform answers at {url}")
        platform = await stack.enter_async_context(Platform(url))
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                good, owner = await demonstrate(platform, console)
        except TimeoutError:
            raise DemoError(f"not finished after {LIMIT_SECONDS:g} s") from None
        tables.show_where_next(url, owner, console)
        if stay:
            console.print("\nup until Ctrl-C")
            await asyncio.Event().wait()
        return 0 if good else 1
    raise AssertionError("no context of the demo swallows an error")


async def run_until_stopped(url: str | None, stay: bool, console: Console) -> int:
    """The demo, which a SIGTERM ends as cleanly as a Ctrl-C."""
    demo = asyncio.create_task(run(url, stay, console))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, demo.cancel)
    return await demo


def main() -> int:
    """Parse the command line, run, and turn what went wrong into a sentence."""
    parser = argparse.ArgumentParser(prog="python -m demo", description="Run the platform on real CVs and projects.")
    parser.add_argument("--url", help="a running platform to use, instead of starting one")
    parser.add_argument("--exit", action="store_true", help="stop at the end; the status says whether all was well")
    arguments = parser.parse_args()
    console = Console()
    try:
        return asyncio.run(run_until_stopped(arguments.url, not arguments.exit, console))
    except DemoError as error:
        console.print(f"the demo failed: {error}", style="red", markup=False, highlight=False)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        console.print("\nstopped")
        return 130 if arguments.exit else 0


if __name__ == "__main__":
    sys.exit(main())
