"""The platform's HTTP API, as far as the demo uses it."""

import secrets
from dataclasses import dataclass
from typing import Any, Self

import httpx
from pydantic import BaseModel

from demo.corpus import Cv, Project

REQUEST_LIMIT_SECONDS = 30.0


class DemoError(Exception):
    """The demo cannot go on; the message says why, in a sentence."""


class UploadedCv(BaseModel):
    """How far a CV has come."""

    id: str
    state: str
    error: str | None = None


class Match(BaseModel):
    """How well one freelancer fits a project."""

    opportunity_id: str
    freelancer_id: str
    state: str
    match_confidence: float
    missing_skills: list[str]
    reasons: list[str]


class Ranking(BaseModel):
    """A project's matches, best first; matched when `matched_version` has reached `version`."""

    project_id: str
    version: int
    matched_version: int | None
    matches: list[Match]

    @property
    def is_matched(self) -> bool:
        """Whether the project as it is now has been matched."""
        return self.matched_version is not None and self.matched_version >= self.version


@dataclass(frozen=True)
class Account:
    """Somebody who is signed in."""

    id: str
    name: str
    email: str
    password: str
    token: str


class Platform:
    """A running platform; every call raises `DemoError` when it is refused."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._http = httpx.AsyncClient(base_url=self.url, timeout=REQUEST_LIMIT_SECONDS)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._http.aclose()

    async def register(self, name: str, role: str) -> Account:
        """Register somebody new, under an address nobody has yet, and sign in."""
        address = name.lower().replace(" ", ".") + f".{secrets.token_hex(4)}@example.org"
        password = secrets.token_urlsafe(16)
        body = {"email": address, "password": password, "name": name, "role": role}
        registered = await self._call("POST", "/api/v1/auth/register", json=body)
        form = {"username": address, "password": password}
        signed_in = await self._call("POST", "/api/v1/auth/token", data=form)
        return Account(registered["id"], name, address, password, signed_in["access_token"])

    async def upload(self, freelancer: Account, cv: Cv) -> str:
        """Upload the CV and return its id."""
        file = {"file": (cv.file, cv.path.read_bytes(), cv.media_type)}
        return str((await self._call("POST", "/api/v1/cvs", freelancer, files=file))["id"])

    async def cv(self, freelancer: Account, cv_id: str) -> UploadedCv:
        """How far the CV has come."""
        return UploadedCv.model_validate(await self._call("GET", f"/api/v1/cvs/{cv_id}", freelancer))

    async def has_profile(self, freelancer: Account) -> bool:
        """Whether the freelancer's profile has been made."""
        profile = await self._call("GET", "/api/v1/freelancers/me", freelancer)
        return bool(profile["skills"])

    async def post(self, owner: Account, project: Project) -> str:
        """Post the project and return its id."""
        return str((await self._call("POST", "/api/v1/projects", owner, json=project.body))["id"])

    async def ranking(self, owner: Account, project_id: str) -> Ranking:
        """The project's matches."""
        return Ranking.model_validate(await self._call("GET", f"/api/v1/projects/{project_id}/matches", owner))

    async def answer(self, freelancer: Account, opportunity_id: str, confirmed_skills: list[str]) -> None:
        """Say that the freelancer is interested and has these skills."""
        body = {"answer": "interested", "confirmed_skills": confirmed_skills, "denied_skills": [], "message": "Gladly."}
        await self._call("POST", f"/api/v1/opportunities/{opportunity_id}/response", freelancer, json=body)

    async def _call(self, method: str, path: str, account: Account | None = None, **content: Any) -> Any:
        headers = {"Authorization": f"Bearer {account.token}"} if account else {}
        try:
            response = await self._http.request(method, path, headers=headers, **content)
        except httpx.HTTPError as error:
            raise DemoError(f"{method} {path}: {error or type(error).__name__}") from error
        if response.is_error:
            raise DemoError(f"{method} {path} answered {response.status_code}: {response.text[:500]}")
        return response.json()
