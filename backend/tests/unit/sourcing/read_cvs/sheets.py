"""Pages drawn as the usual programs draw them: every word where it stands, in whatever order."""

import io

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

PLAIN, BOLD, ITALIC = "Helvetica", "Helvetica-Bold", "Helvetica-Oblique"
Line = tuple[str, str, float] | str
"""Text, font and size; or text alone, in the plain font."""


class Sheet:
    """A PDF that is drawn line by line."""

    def __init__(self, size: float = 10) -> None:
        self.target = io.BytesIO()
        self.canvas = Canvas(self.target, pagesize=A4, invariant=1)
        self.size = size

    def put(self, x: float, y: float, text: str, font: str = PLAIN, size: float | None = None) -> float:
        """Draw from x on; returns where the text ends."""
        self.canvas.setFont(font, size or self.size)
        self.canvas.drawString(x, y, text)
        return x + float(self.canvas.stringWidth(text, font, size or self.size))

    def put_right(self, x: float, y: float, text: str, font: str = PLAIN, size: float | None = None) -> None:
        """Draw so that the text ends at x."""
        self.canvas.setFont(font, size or self.size)
        self.canvas.drawRightString(x, y, text)

    def column(self, x: float, y: float, lines: list[Line], leading: float = 1.4) -> float:
        """Lines below each other; returns where the next would stand."""
        for line in lines:
            text, font, size = (line, PLAIN, self.size) if isinstance(line, str) else line
            self.put(x, y, text, font, size)
            y -= size * leading
        return y

    def turn(self) -> None:
        """Begin another page."""
        self.canvas.showPage()

    def done(self) -> bytes:
        self.canvas.showPage()
        self.canvas.save()
        return self.target.getvalue()


def heading(text: str, size: float = 12) -> Line:
    return (text, BOLD, size)
