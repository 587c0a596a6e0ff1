"""What `make bench` runs. The platform's packages lie in backend/, which has to be on the import path."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "backend"))
