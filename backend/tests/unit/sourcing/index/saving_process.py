"""Saves an index again and again, until it is killed."""

import sys
from pathlib import Path

from sourcing.index.index import Index
from sourcing.index.snapshot import Origin, frozen, save
from tests.unit.sourcing.index.made import freelancers, vocabulary

index = Index(vocabulary())
index.change(freelancers(3000))
print("saving", flush=True)
for number in range(1, 10_000):
    save(Path(sys.argv[1]), frozen(index, Origin("database", str(number))))
    print(number, flush=True)
