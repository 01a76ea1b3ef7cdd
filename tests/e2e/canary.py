"""Looks for the mark of what must not leave (SYNTH_CANARY) in bytes: plain,
in base64 at each alignment, in hex, URL-encoded and JSON-escaped."""

import base64
import re

CANARY = b"cAnArY"
TOKEN = re.compile(rb"[a-z]{1,16}\d{1,9}_[a-z2-7]{26}")


def base64_needles(text):
    """What every base64 of bytes that hold `text` must hold."""
    needles = set()
    for shift in range(3):
        code = base64.b64encode(b"\0" * shift + text)
        first = -(-8 * shift // 6)
        last = 8 * (shift + len(text)) // 6
        needles.add(code[first:last])
    return needles


def spelt(text):
    """Each letter plain, %63, \\u0063 or \\x63, in any mixture."""
    letters = []
    for letter in text.decode():
        forms = [re.escape(letter)]
        for code in {ord(letter.lower()), ord(letter.upper())}:
            forms += [f"%{code:02x}", rf"\\u00{code:02x}", rf"\\x{code:02x}"]
        letters.append("(?:" + "|".join(forms) + ")")
    return re.compile("".join(letters).encode(), re.IGNORECASE)


EXACT = set().union(*(base64_needles(t) for t in (CANARY, CANARY.lower())))
FOLDED = {t.hex().encode() for t in (CANARY, CANARY.lower(), CANARY.upper())}
SPELT = spelt(CANARY)


def find(data):
    """How often a canary stands in `data`, in whatever form."""
    count = sum(data.count(needle) for needle in EXACT)
    low = data.lower()
    count += sum(low.count(needle) for needle in FOLDED)
    plain = CANARY.lower()
    if plain in low:
        # six letters of a token's base32 may be these by chance
        count += TOKEN.sub(b"", data).lower().count(plain)
    if b"%" in data or b"\\" in data:
        count += sum(
            1 for m in SPELT.finditer(data) if m.group().lower() != plain
        )
    return count


def self_test():
    """The search itself finds every form of a planted canary."""
    import urllib.parse

    bad = []
    for pad in range(4):
        text = b"x" * pad + CANARY + b"17"
        forms = {
            "plain": text,
            "lower": text.lower(),
            "base64": base64.b64encode(text),
            "base64url": base64.urlsafe_b64encode(b"{" + text + b"}"),
            "hex": text.hex().encode(),
            "HEX": text.hex().upper().encode(),
            "url": "".join(f"%{b:02X}" for b in text).encode(),
            "url, in part": urllib.parse.quote(text).replace("A", "%41").encode(),
            "json": "".join(f"\\u{b:04x}" for b in text).encode(),
            "json, in part": text.replace(b"r", b"\\u0072"),
        }
        bad += [name for name, form in forms.items() if not find(b"ab" + form)]
    if find(b"d1_canaryaaaaaaaaaaaaaaaaaaaa") or find(b"canard canarias"):
        bad.append("finds what is not there")
    return bad
