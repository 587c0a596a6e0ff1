"""What reading one document may cost at most. Here, so that no one needs the libraries to know it."""

MAX_BYTES = 20 * 1024 * 1024
MAX_PAGES = 200
MAX_CHARACTERS = 200_000
MAX_PACKED_FILES = 2_000
MAX_UNPACKED_BYTES = 64 * 1024 * 1024
MAX_TAGS = 1_000_000

CPU_SECONDS = 10
WALL_SECONDS = 15.0
MEMORY_BYTES = 1024 * 1024 * 1024
