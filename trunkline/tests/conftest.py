"""The server fixtures come from the plugin `trunkline.testing`, as they do for its users."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)  # a busy machine is no failure
settings.load_profile("unhurried")
