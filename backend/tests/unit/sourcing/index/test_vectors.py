"""The index composes freelancers' vectors as everybody does."""

import numpy as np

from sourcing.encoding import DIMENSIONS
from sourcing.index.columns import columns_of, vectors_of
from sourcing.index.documents import Document
from sourcing.index.vocabulary import Meaning, Vocabulary
from sourcing.skill_vectors import composed, nearness, skill_vector


def test_a_row_points_where_its_skills_composed_do() -> None:
    vocabulary = Vocabulary(Meaning(DIMENSIONS, skill_vector, nearness))
    skills = [{"python": 1.0, "java": 0.6}, {"a skill of nobody else": 1.0}, {}, {"javascript": 0.8}]
    documents = [Document(str(n), 1, each, languages=("English",)) for n, each in enumerate(skills)]
    [rows] = vectors_of(columns_of(documents, vocabulary), vocabulary)
    for row, weights in zip(rows, skills, strict=True):
        assert np.allclose(row, composed(weights), atol=0.01)  # a credit is a byte
        assert np.allclose(vocabulary.vector(weights), composed(weights), atol=1e-6)
