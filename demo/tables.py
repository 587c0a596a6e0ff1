"""The results, as tables for people."""

from rich.console import Console
from rich.table import Table

from demo.client import Account
from demo.steps import Answer, Outcome

SHOWN = 5
SHOWN_REASONS = 3


def show_outcome(outcome: Outcome, console: Console) -> None:
    """A project's best matches, the three that a reader chose marked in the first column."""
    table = Table(title=outcome.project.title, title_justify="left", title_style="bold", expand=True)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("freelancer, CV", ratio=3, overflow="fold")
    table.add_column("confidence", justify="right", no_wrap=True)
    table.add_column("missing skills", ratio=3, overflow="fold")
    table.add_column("reasons", ratio=6)
    for rank, (match, freelancer) in enumerate(outcome.matches[:SHOWN], start=1):
        expected = freelancer.cv.file in outcome.project.expected
        table.add_row(
            f"{rank}{' *' if expected else '  '}",
            f"{freelancer.account.name}\n[dim]{freelancer.cv.file}[/dim]",
            f"{match.match_confidence:.2f}",
            ", ".join(match.missing_skills) or "none",
            "\n".join(match.reasons[:SHOWN_REASONS]),
        )
    console.print(table)
    console.print(verdict(outcome))
    console.print()


def verdict(outcome: Outcome) -> str:
    """Whether the named CVs are on top, in a sentence."""
    if outcome.is_as_expected:
        return "[green]* the three CVs that were named by hand are on top[/green]"
    lacking = ", ".join(sorted(outcome.project.expected - outcome.top))
    return f"[red]* named by hand, and not on top: {lacking}[/red]"


def show_answer(answer: Answer, console: Console) -> None:
    """What the freelancer said, and what it did to the score."""
    said = f" and confirms {', '.join(answer.confirmed)}" if answer.confirmed else ""
    console.print(
        f"{answer.freelancer.account.name} is interested in '{answer.project.title}'{said}: "
        f"confidence {answer.before:.2f} -> {answer.after:.2f}\n"
    )


def show_where_next(url: str, owner: Account, console: Console) -> None:
    """What to try now, as commands that can be pasted."""
    console.print("[bold]Where to look next[/bold]")
    console.print(f"  every route, to try out     {url}/docs")
    console.print(f"  NATS, as the platform sees  {url}/nats/health")
    console.print(f"                              {url}/nats/streams")
    console.print("  a token (the demo's owner)")
    form = f"username={owner.email}&password={owner.password}"
    console.print(f"    curl -s {url}/api/v1/auth/token -d '{form}'", soft_wrap=True, markup=False, highlight=False)
    websocket = url.replace("http", "ws", 1) + "/api/v1/realtime"
    console.print(f"  live events                 {websocket}")
    console.print('    the first message is {"token": "<the token>"}', markup=False, highlight=False)
