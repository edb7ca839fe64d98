"""PDFs of a few lines, written here."""

from collections.abc import Sequence

LINE = 12.0


def written(*pages: Sequence[tuple[float, str]], locked: bool = False) -> bytes:
    """A PDF of these pages: lines in Courier, each with the place from the left where it begins; '' leaves one out.

    `locked`: under a password.
    """
    objects = ["<</Type/Catalog/Pages 2 0 R>>", "", "<</Type/Font/Subtype/Type1/BaseFont/Courier>>"]
    for page in pages:
        lines = [(x, 720 - LINE * at, text) for at, (x, text) in enumerate(page) if text]
        quoted = ((x, y, text.replace("(", r"\(").replace(")", r"\)")) for x, y, text in lines)
        content = "\n".join(f"BT /F 12 Tf {x} {y} Td ({text}) Tj ET" for x, y, text in quoted)
        number = len(objects) + 1
        resources = "/Resources<</Font<</F 3 0 R>>>>/MediaBox[0 0 612 792]"
        objects.append(f"<</Type/Page/Parent 2 0 R{resources}/Contents {number + 1} 0 R>>")
        objects.append(f"<</Length {len(content)}>>stream\n{content}\nendstream")
    kids = " ".join(f"{4 + 2 * at} 0 R" for at in range(len(pages)))
    objects[1] = f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>"
    body = "%PDF-1.4\n"
    for number, one in enumerate(objects, 1):
        body += f"{number} 0 obj\n{one}\nendobj\n"
    lock = f"/Encrypt<</Filter/Standard/V 1/R 2/O({'o' * 32})/U({'u' * 32})/P -1>>/ID[<00><00>]" if locked else ""
    return f"{body}trailer<</Root 1 0 R/Size {len(objects) + 1}{lock}>>\n%%EOF".encode()
