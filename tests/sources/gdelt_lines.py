"""Lines in GDELT's layouts, made up, and a recount of them in plain Python."""

from collections import Counter


def line(number, day="20180102", actor="USA", target="CHN", code="040", quad=1, scale="1.0", columns=61):
    fields = [""] * columns
    fields[0], fields[1], fields[7], fields[17] = str(number), day, actor, target
    fields[26], fields[29], fields[30] = code, str(quad), scale
    fields[5], fields[6], fields[35], fields[columns - 1] = f"{actor}GOV", "A NAME", "1", "https://www.example.org/é"
    return "\t".join(fields)


def write(path, lines, end="\n"):
    path.write_text("\n".join(lines) + end, encoding="utf-8")
    return path


def recount(lines):
    """Count (year, actor, target, code, class) and intensities by hand; codes as they are written."""
    events, scale = Counter(), Counter()
    for text in lines:
        fields = text.split("\t")
        key = (int(fields[1][:4]), fields[7], fields[17], fields[26], int(fields[29]))
        events[key] += 1
        scale[key] += round(float(fields[30]) * 10)
    return events, {key: tenths / 10 for key, tenths in scale.items()}
