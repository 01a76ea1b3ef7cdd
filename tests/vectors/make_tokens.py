#!/usr/bin/env python3
"""Token vectors from a second implementation: Python's hashlib and unicodedata.

    make_tokens.py                prints the vectors
    make_tokens.py --check FILE   ends with 1 when FILE holds anything else

Every row: epoch (its key is 32 bytes, the first 0 for epoch 3 and 32 for epoch
2, each one higher), ids of domain and class, prefix, `given` (what the event
holds, hex), `lower` (ASCII lower case asked for), `in` (its normal form, hex),
with `within` also `outer_given` and `outer`, of a class with a lifetime
`event_ms` and `lifetime_ms`, and the token: raw and text.
"""

import base64
import hashlib
import json
import struct
import sys
import unicodedata

DAY = 86400000
EPOCH_KEYS = {3: bytes(range(32)), 2: bytes(range(32, 64))}
WHITE_SPACE = "".join(
    map(chr, [*range(9, 14), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B)])
) + "\u2028\u2029\u202f\u205f\u3000"


def kdf(size, number, context, key):
    """libsodium's crypto_kdf_blake2b_derive_from_key."""
    return hashlib.blake2b(
        b"",
        digest_size=size,
        key=key,
        salt=struct.pack("<Q", number % 2**64) + bytes(8),
        person=context.encode() + bytes(8),
    ).digest()


def class_key(epoch, domain, klass):
    key = kdf(32, domain, "tokdomn1", EPOCH_KEYS[epoch])
    return kdf(32, klass, "tokclas1", key)


def normal(text, lower):
    text = unicodedata.normalize("NFC", text).strip(WHITE_SPACE)
    if lower:
        text = "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)
    return text.encode()


def row(note, given, prefix="u", epoch=3, domain=1, klass=1, lower=False, outer=None,
        event_ms=None, lifetime_ms=None):
    inner = normal(given, lower)
    message = inner
    out = {
        "note": note,
        "epoch": epoch,
        "domain": domain,
        "class": klass,
        "prefix": prefix,
        "lower": lower,
        "given": given.encode().hex(),
        "in": inner.hex(),
    }
    if outer is not None:
        whole = normal(outer, False)
        message = struct.pack("<I", len(whole)) + whole + inner
        out["outer_given"] = outer.encode().hex()
        out["outer"] = whole.hex()
    key = class_key(epoch, domain, klass)
    if lifetime_ms is not None:
        out["event_ms"] = event_ms
        out["lifetime_ms"] = lifetime_ms
        # Python's // floors, before 1970 as well.
        key = kdf(32, event_ms // lifetime_ms, "tokdays1", key)
    raw = hashlib.blake2b(message, digest_size=16, key=key).digest()
    code = base64.b32encode(raw).decode().rstrip("=").lower()
    out["raw"] = raw.hex()
    out["text"] = f"{prefix}{epoch}_{code}"
    return out


def vectors():
    nfc, nfd = "j\u00fcrgen", "ju\u0308rgen"
    return [
        row("composed", nfc),
        row("its decomposed twin: the same token", nfd),
        row("trimmed of every white space", f"\u3000\t {nfd}\u00a0\u2028\n"),
        row("white space inside stays", "jane  doe"),
        row("zero width is no white space", "\u200bjane\u200b"),
        row("upper case stays", "Jane@Example.COM"),
        row("ASCII lower case", "Jane@Example.COM", lower=True),
        row("lower case beyond ASCII stays", "\u00c4RGER", lower=True),
        row("a Hangul syllable", "\u1100\u1161\u11a8"),
        row("an integer's text", "123"),
        row("the largest integer's text", "18446744073709551615"),
        row("1024 bytes", "\u00fc" * 512),
        row("one byte", "0"),
        row("another epoch", nfc, epoch=2),
        row("another domain", nfc, domain=2),
        row("the largest ids", nfc, domain=1024, klass=1024),
        row("a session within its user", "s1", "s", klass=2, outer="u1"),
        row("the same session of another user", "s1", "s", klass=2, outer="u2"),
        row("the border is part of it", "1s1", "s", klass=2, outer="u"),
        row("an outer identifier, decomposed", "s1", "s", klass=2, outer=f" {nfd} "),
        row("an event's id", "01HZX3V9-7F", "id", klass=3),
        row("one day", "s1", "s", event_ms=1777889707249, lifetime_ms=DAY),
        row("its first moment", "s1", "s", event_ms=1777852800000, lifetime_ms=DAY),
        row("its last: the same token", "s1", "s", event_ms=1777939199999,
            lifetime_ms=DAY),
        row("the day after", "s1", "s", event_ms=1777939200000, lifetime_ms=DAY),
        row("the day before 1970", "s1", "s", event_ms=-1, lifetime_ms=DAY),
        row("the first of year 1", "s1", "s", event_ms=-62135596800000,
            lifetime_ms=3600000),
        row("the last hour of year 9999", "s1", "s", event_ms=253402300799999,
            lifetime_ms=3600000),
        row("ten years", "s1", "s", event_ms=1777889707249, lifetime_ms=3660 * DAY),
        row("one day under another epoch", "s1", "s", epoch=2, event_ms=1777889707249,
            lifetime_ms=DAY),
        row("one day within a user", "s1", "s", outer="u1", event_ms=1777889707249,
            lifetime_ms=DAY),
    ]


def fingerprints():
    return [
        {"epoch": n, "fingerprint": kdf(16, n, "tokfngr1", EPOCH_KEYS[n]).hex()}
        for n in sorted(EPOCH_KEYS)
    ]


def text():
    lines = ['{ "note": "printed by make_tokens.py",', '  "fingerprints": [']
    lines.append(",\n".join("   " + json.dumps(f) for f in fingerprints()))
    lines += ["  ],", '  "vectors": [']
    lines.append(",\n".join("   " + json.dumps(v) for v in vectors()))
    lines.append("  ] }")
    return "\n".join(lines) + "\n"


def main():
    if sys.argv[1:2] == ["--check"] and len(sys.argv) == 3:
        with open(sys.argv[2], encoding="ascii") as f:
            if f.read() == text():
                return 0
        print(f"{sys.argv[2]} is not what make_tokens.py prints", file=sys.stderr)
        return 1
    if sys.argv[1:]:
        print(__doc__, file=sys.stderr)
        return 2
    sys.stdout.write(text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
