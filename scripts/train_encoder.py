"""Train the query side of the encoder: sentences of job advertisements move towards the names of the skills they need.

    PYTHONPATH=backend uv run --with "jax[cpu]" python -m scripts.train_encoder FOLDER

FOLDER holds `train.csv`, `test.csv` and `dev.csv` with the columns `sentence` and `skills` (a list of names of ESCO
skills), as published with JobSkape (Magron et al. 2024, MIT). Sentences made from templates are added, so that skills
without a written sentence, and other names of skills, are trained too.

The vectors of the skills' names stay as the untrained network gives them. The loss is the cross-entropy over all names,
the other right names of a sentence left out; word embeddings are not trained. Of the change in each matrix its best
approximation of rank 64 is kept, of the other weights the whole change, as 16-bit numbers: `query_encoder.npz`.
`demand.tsv` counts how many written sentences ask for each skill.
`dev.csv` is only looked at, never trained on.
"""

import argparse
import ast
import csv
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from sourcing.encoding import (
    CHANGE,
    DIMENSIONS,
    HEADS,
    LAYERS,
    MATRICES,
    changed,
    encode,
    package_weights,
    read_change,
    wordpiece,
)
from sourcing.skill_list import all_skills
from sourcing.skill_ranking import DEMAND

Weights = dict[str, Any]
Example = tuple[str, list[int]]

TEMPLATES = (
    "{}",
    "{}",
    "Experience with {}.",
    "You have a good knowledge of {} and like to learn.",
    "Strong {} skills are required for this role.",
    "As part of the team you will {}.",
    "Your tasks: {}, and working closely with colleagues.",
    "The ideal candidate is able to {}.",
    "We expect a proven background in {}.",
    "Responsible for {} in a fast-moving environment.",
    "Several years of {} in a similar position",
    "Ability to {}",
    "{} and {}",
    "Skills: {}, {}, {}",
    "You {} and {} every day.",
)
BATCH = 32
RATE = 5e-5
WARM_UP = 40
SCALE = 20.0
"""What similarities are multiplied with before the softmax (the inverse temperature)."""
MOST_TOKENS = 96
RANK = 64
SEED = 7
DECAY = 0.01


def main() -> None:
    """Train, tell how it goes, and write the change."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path)
    options.add_argument("--labels", type=Path, help="names of skills, one a line (default: the shipped ones)")
    options.add_argument("--templates", type=int, default=6000, help="how many sentences are made from templates")
    options.add_argument("--start", type=Path, help="a change to go on from (default: the untrained network)")
    options.add_argument("--steps", type=int, default=10**6, help="at most so many batches of 32")
    options.add_argument("--out", type=Path, default=CHANGE)
    given = options.parse_args()
    labels = given.labels.read_text(encoding="utf-8").splitlines() if given.labels else shipped_labels()
    numbers = {label: number for number, label in enumerate(labels)}
    written = [*read(given.folder / "train.csv", numbers), *read(given.folder / "test.csv", numbers)]
    made = from_templates(phrasings(labels), given.templates, random.Random(SEED))  # noqa: S311 - not for secrets
    examples = written + made
    write_demand(labels, written)
    random.Random(SEED).shuffle(examples)  # noqa: S311
    held_out = read(given.folder / "dev.csv", numbers)
    train(examples[: given.steps * BATCH], held_out, encode(labels), given.start, given.out)


def shipped_labels() -> list[str]:
    """The names of the shipped taxonomy."""
    return [skill.name for skill in all_skills().values()]


def read(file: Path, numbers: dict[str, int]) -> list[Example]:
    """Sentences with the numbers of their skills; those that have none of the list are left out."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = [(row["sentence"], ast.literal_eval(row["skills"])) for row in csv.DictReader(lines)]
    known = [(sentence, [numbers[name] for name in names if name in numbers]) for sentence, names in rows]
    return [(sentence, right) for sentence, right in known if right]


def write_demand(labels: list[str], examples: list[Example]) -> None:
    """How many of the written sentences ask for each skill: what `sourcing.skill_ranking` takes for its demand."""
    counts = Counter(number for _, right in examples for number in right)
    lines = sorted(f"{labels[number]}\t{count}\n" for number, count in counts.items())
    DEMAND.write_text("".join(lines), encoding="utf-8")


def phrasings(labels: list[str]) -> list[tuple[str, ...]]:
    """What each skill may be called: its name, and the alternatives that the taxonomy knows."""
    others = {skill.name: skill.aliases for skill in all_skills().values()}
    return [(label, *others.get(label, ())) for label in labels]


def from_templates(names: list[tuple[str, ...]], count: int, chance: random.Random) -> list[Example]:
    """Sentences that name skills drawn at random, every second time by an alternative."""
    examples = []
    for _ in range(count):
        template = chance.choice(TEMPLATES)
        right = chance.sample(range(len(names)), template.count("{}"))
        said = [chance.choice((names[number][0], chance.choice(names[number]))) for number in right]
        examples.append((template.format(*said), right))
    return examples


def train(
    examples: list[Example], held_out: list[Example], labels: NDArray[np.float32], begin: Path | None, out: Path
) -> None:
    """One pass of Adam (Kingma and Ba 2015) with decoupled decay and a rate that rises first and then falls."""
    start = {name: np.array(value) for name, value in package_weights().items() if not name.startswith("pooler")}
    words = start.pop("embeddings.word_embeddings.weight")
    begun_from = changed(start, read_change(begin)) if begin else start
    weights: Weights = {name: jnp.asarray(value) for name, value in begun_from.items()}
    first = jax.tree.map(jnp.zeros_like, weights)
    second = jax.tree.map(jnp.zeros_like, weights)
    steps = -(-len(examples) // BATCH)
    begun = time.monotonic()
    losses: list[float] = []
    for step, batch in enumerate(batches(examples, len(labels)), 1):
        rate = RATE * min(step / WARM_UP, (steps - step + 1) / (steps - WARM_UP + 1))
        inputs = jnp.asarray(words[batch[0]]), jnp.asarray(batch[1]), jnp.asarray(batch[2])
        weights, first, second, lost = improved(weights, first, second, inputs, jnp.asarray(labels), step, rate)
        losses.append(float(lost))
        if step % 25 == 0 or step == steps:
            passed = time.monotonic() - begun
            print(f"step {step} of {steps}, loss {np.mean(losses[-25:]):.3f}, {passed:.0f} s", flush=True)
        if step % 100 == 0 or step == steps:
            write(start, weights, out)
    print(f"RP@5 on the sentences held out: {precision(weights, words, held_out[:400], labels):.3f}")


def batches(examples: list[Example], labels: int) -> Iterator[tuple[NDArray[Any], ...]]:
    """Numbers of tokens, which of them count, and which labels are right; lengths are rounded up, for few shapes."""
    for at in range(0, len(examples), BATCH):
        part = examples[at : at + BATCH]
        tokens = [wordpiece().tokens(sentence, MOST_TOKENS) for sentence, _ in part]
        length = next(length for length in (32, 48, 64, MOST_TOKENS) if length >= max(map(len, tokens)))
        ids = np.zeros((len(part), length), np.int64)
        right = np.zeros((len(part), labels), bool)
        for row, (text, (_, numbers)) in enumerate(zip(tokens, part, strict=True)):
            ids[row, : len(text)] = text
            right[row, numbers] = True
        yield ids, np.arange(length) < np.array([[len(text)] for text in tokens]), right


def forward(weights: Weights, words: Any, counts: Any) -> Any:
    """The network of `sourcing.encoding`, for padded batches: (texts, tokens, 384) to rows of length one."""
    texts, length, _ = words.shape
    states = words + weights["embeddings.position_embeddings.weight"][:length]
    states = normed(states + weights["embeddings.token_type_embeddings.weight"][0], weights, "embeddings.LayerNorm")
    for number in range(LAYERS):
        names = [f"encoder.layer.{number}.{name}" for name in MATRICES]
        query, key, value = (
            linear(states, weights, name).reshape(texts, length, HEADS, -1).transpose(0, 2, 1, 3) for name in names[:3]
        )
        scores = query @ key.transpose(0, 1, 3, 2) / np.sqrt(DIMENSIONS // HEADS)
        shares = jax.nn.softmax(jnp.where(counts[:, None, None, :], scores, -1e9), axis=-1)
        mixed = (shares @ value).transpose(0, 2, 1, 3).reshape(texts, length, DIMENSIONS)
        mixed = linear(mixed, weights, names[3]) + states
        states = normed(mixed, weights, f"encoder.layer.{number}.attention.output.LayerNorm")
        narrow = linear(jax.nn.gelu(linear(states, weights, names[4])), weights, names[5]) + states
        states = normed(narrow, weights, f"encoder.layer.{number}.output.LayerNorm")
    means = (states * counts[:, :, None]).sum(1) / counts.sum(1, keepdims=True)
    return means / jnp.linalg.norm(means, axis=1, keepdims=True)


def linear(states: Any, weights: Weights, name: str) -> Any:
    """One matrix and its bias."""
    return states @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def normed(states: Any, weights: Weights, name: str) -> Any:
    """Layer normalisation."""
    centred = states - states.mean(-1, keepdims=True)
    scaled = centred / jnp.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
    return scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def loss(weights: Weights, inputs: tuple[Any, Any, Any], labels: Any) -> Any:
    """For each right label the cross-entropy against all wrong ones; the mean over a sentence's, then sentences."""
    words, counts, right = inputs
    scores = SCALE * forward(weights, words, counts) @ labels.T
    wrong = jax.nn.logsumexp(jnp.where(right, -1e9, scores), axis=1, keepdims=True)
    each = jnp.where(right, jax.nn.softplus(wrong - scores), 0.0)
    return (each.sum(1) / right.sum(1)).mean()


@jax.jit  # type: ignore[untyped-decorator]
def improved(
    weights: Weights, first: Weights, second: Weights, inputs: tuple[Any, Any, Any], labels: Any, step: Any, rate: Any
) -> tuple[Weights, Weights, Weights, Any]:
    """One step of Adam; gradients are cut to length one."""
    lost, slopes = jax.value_and_grad(loss)(weights, inputs, labels)
    length = jnp.sqrt(sum(jnp.sum(slope**2) for slope in jax.tree.leaves(slopes)))
    slopes = jax.tree.map(lambda slope: slope * jnp.minimum(1.0, 1.0 / length), slopes)
    first = jax.tree.map(lambda mean, slope: 0.9 * mean + 0.1 * slope, first, slopes)
    second = jax.tree.map(lambda mean, slope: 0.999 * mean + 0.001 * slope**2, second, slopes)

    def moved(weight: Any, mean: Any, square: Any) -> Any:
        direction = mean / (1 - 0.9**step) / (jnp.sqrt(square / (1 - 0.999**step)) + 1e-8)
        return weight - rate * (direction + DECAY * weight * (weight.ndim > 1))

    return jax.tree.map(moved, weights, first, second), first, second, lost


def write(start: dict[str, NDArray[np.float32]], weights: Weights, out: Path) -> None:
    """Keep the change: matrices of the layers at low rank, all else whole."""
    change: dict[str, NDArray[np.float16]] = {}
    for name, before in start.items():
        difference = np.asarray(weights[name]) - before
        if name.startswith("encoder") and difference.ndim == 2:
            left, sizes, right = np.linalg.svd(difference, full_matrices=False)
            root = np.sqrt(sizes[:RANK])
            change[f"{name}:left"] = (left[:, :RANK] * root).astype(np.float16)
            change[f"{name}:right"] = (root[:, None] * right[:RANK]).astype(np.float16)
        elif difference.ndim == 1:
            change[name] = difference.astype(np.float16)
    partial = out.with_suffix(".partial.npz")
    np.savez_compressed(partial, **change)  # type: ignore[arg-type]  # its stub takes keywords for options
    partial.replace(out)


def precision(weights: Weights, words: Any, examples: list[Example], labels: NDArray[np.float32]) -> float:
    """RP@5 of the trained network before the change is cut to low rank."""
    found = []
    for at, batch in enumerate(batches(examples, len(labels))):
        scores = np.asarray(forward(weights, jnp.asarray(words[batch[0]]), jnp.asarray(batch[1]))) @ labels.T
        for row, (_, right) in enumerate(examples[at * BATCH : (at + 1) * BATCH]):
            best = np.argsort(-scores[row])[:5]
            found.append(len(set(best) & set(right)) / min(5, len(set(right))))
    return float(np.mean(found))


if __name__ == "__main__":
    main()
