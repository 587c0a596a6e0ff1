"""Passwords: argon2, bounded, and no quicker for an account that does not exist."""

import asyncio

import pytest

from core import passwords
from core.passwords import TooBusy, hash_password, verify_password


async def test_the_right_password_is_right_and_another_is_not() -> None:
    kept = await hash_password("correct horse battery")
    assert kept.startswith("$argon2id$")
    assert await verify_password("correct horse battery", kept)
    assert not await verify_password("correct horse batterx", kept)


async def test_the_same_password_is_never_kept_the_same_way() -> None:
    assert await hash_password("correct horse battery") != await hash_password("correct horse battery")


async def test_an_account_that_does_not_exist_costs_a_hash_too(monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    original = passwords._argon2

    class Watched:
        hash = staticmethod(original.hash)

        @staticmethod
        def verify(password: str, kept: str) -> bool:
            verified.append(kept)
            return original.verify(password, kept)

    monkeypatch.setattr(passwords, "_argon2", Watched)
    assert not await verify_password("of an account that does not exist", None)
    assert len(verified) == 1
    assert verified[0].split("$")[:4] == (await hash_password("any other")).split("$")[:4]


async def test_beyond_the_bound_the_answer_is_that_it_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "MAX_WAITING", 1)
    first = asyncio.create_task(hash_password("correct horse battery"))
    await asyncio.sleep(0)
    with pytest.raises(TooBusy):
        await hash_password("correct horse battery")
    await first
    assert await hash_password("correct horse battery")


async def test_who_gives_up_waiting_does_not_widen_the_bound() -> None:
    before = passwords._waiting
    task = asyncio.create_task(hash_password("correct horse battery"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await hash_password("correct horse battery")
    await hash_password("correct horse battery")
    assert passwords._waiting == before
