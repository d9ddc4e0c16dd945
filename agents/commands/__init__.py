"""The commands of ``dashcam``: one file each, whose dataclass is its options."""
