"""From a project to a hire on the running platform: each hears of it by the way they chose, and it is counted."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.application import Application
from tests.e2e.people import Person, until
from tests.smtp_server import smtp_server
from trunkline.server import NatsServer

PROJECT = {"title": "A backend", "requirements": {"required_skills": ["Python", "NATS"]}}
SKILLS = {"skills": [{"name": "Python", "years": 5}, {"name": "NATS", "years": 3}]}


async def offer_to(freelancer: Person) -> dict[str, Any]:
    async def offered() -> Any:
        return (await freelancer.get("/opportunities"))["items"]

    found: dict[str, Any] = (await until(offered))[0]
    return found


async def test_a_project_is_offered_decided_on_and_filled(nats_server: NatsServer, tmp_path: Path) -> None:
    async with smtp_server() as smtp:
        mail = {"SMTP_URL": smtp.url, "MAIL_FROM": "notices@example.org", "DIGEST_MINUTES": "0.02"}
        async with Application(tmp_path, nats_url=nats_server.url, environment=mail) as application:
            await application.connected()
            owner = await Person.register(application, "owner")
            hired, left = [await Person.register(application, "freelancer") for _ in range(2)]
            operator = await Person.register(application, "freelancer")
            for freelancer in (hired, left):
                await freelancer.patch("/freelancers/me", SKILLS)
            await hired.patch("/communication/preferences", {"decision": "email", "opportunity": "none"})

            async with hired.live() as seen_by_hired, left.live() as seen_by_left, owner.live() as seen_by_owner:
                project = (await owner.post("/projects", PROJECT))["id"]
                offer, _ = await offer_to(hired), await offer_to(left)
                await hired.post(f"/opportunities/{offer['id']}/response", {"answer": "interested"})
                await seen_by_owner.one(f"freelancer.{hired.id}.opportunity.{project}.response")
                decided = f"/projects/{project}/matches/{offer['id']}/decision"
                await owner.post(decided, {"decision": "hired"})
                withdrawn = await seen_by_left.one(f"freelancer.{left.id}.opportunity.{project}.changed")
                assert withdrawn["data"]["reason"] == "project_filled"
                assert (await seen_by_left.one("freelancer.*.opportunity.*.available"))["data"]["project_id"] == project
                await seen_by_owner.one(f"project.{project}.decision.{hired.id}")

                async def mailed() -> bool:
                    return any("the owner has decided" in mail.get_content() for mail in smtp.mails)

                await until(mailed)
                live = [
                    subject for subject in seen_by_hired.subjects if ".decision." in subject or "available" in subject
                ]
                assert live == []
            assert len(smtp.mails) == 1
            assert (await owner.get(f"/projects/{project}"))["state"] == "filled"
            assert (await owner.get(f"/workflows/project_match_{project}"))["state"] == "filled"

            with closing(sqlite3.connect(tmp_path / "data" / "app.db")) as database, database:
                database.execute("UPDATE accounts SET role = 'operator' WHERE id = ?", (operator.id,))

            async def counted() -> bool:
                funnel = await operator.get("/analytics/funnel?role=freelancer")
                users = {step["stage"]: step["users"] for step in funnel["steps"]}
                return bool(users["matched"] == 2 and users["opportunity_interested"] == users["hired"] == 1)

            await until(counted)

            async def in_the_series() -> bool:
                shown = await operator.get("/analytics/platform/series?metric_type=freelancers_hired")
                return bool(sum(bucket["count"] for bucket in shown["items"]) == 1)

            await until(in_the_series)
