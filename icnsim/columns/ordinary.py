"""The ordinary migration, whose whole life is known when it arrives."""

from icnsim.columns.layout import World


def lives_ordinarily(
    w: World, actor: int, source: int, target: int, number: int, at: int, width: int, now: int
) -> bool:
    """Whether the migration is an ordinary one; then its life is written down."""
    return False
