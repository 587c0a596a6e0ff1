"""The platform with live connections without number for one account, so that one event goes to all of them.

Served by Uvicorn from the folder of the platform, as the platform is.
"""

from api.v1 import realtime
from main import app

realtime.seats.limit = 1 << 20

__all__ = ["app"]
