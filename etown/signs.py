"""Signs that a page cannot show, and that some formats cannot hold."""


def printable(text: str) -> str:
    """What anybody may have written into an address, without signs that control how it is shown."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
