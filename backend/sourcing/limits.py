"""What reading one document may cost at most. Here, so that no one needs the libraries to know it."""

MAX_BYTES = 20 * 1024 * 1024
MAX_PAGES = 200
MAX_CHARACTERS = 200_000
MAX_PACKED_FILES = 2_000
MAX_UNPACKED_BYTES = 64 * 1024 * 1024
MAX_TAGS = 1_000_000

CPU_SECONDS = 4
CPU_SECONDS_PLAINLY = 2
"""For the second reading of a PDF, which is the quicker one: 200 full pages take a twentieth of a second."""
WALL_SECONDS = 8.0
MEMORY_BYTES = 1024 * 1024 * 1024
