#!/usr/bin/env python3
"""Vectors of key files and signatures from a second implementation.

    make_keys.py                prints the vectors
    make_keys.py --check FILE   ends with 1 when FILE holds anything else

It needs two packages that the tests do without: argon2-cffi (the reference
Argon2) and pycryptodome (XChaCha20-Poly1305 and Ed25519).  Every row of
`locked`: kind, passphrase (hex), the 32 bytes (hex), and the file's text; of
`signed`: seed, public half, its id, message, signature, all hex.
"""

import base64
import hashlib
import json
import sys

from argon2.low_level import Type, hash_secret_raw
from Crypto.Cipher import ChaCha20_Poly1305
from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa


def text64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def some(size, first):
    """Bytes that count up."""
    return bytes((first + i) % 256 for i in range(size))


def locked(kind, passphrase, key, passes, memory, first):
    salt, nonce = some(16, first), some(24, first + 16)
    head = f"lethe-{kind}-key 1 argon2id {passes} {memory} {text64(salt)}"
    under = hash_secret_raw(
        passphrase, salt, passes, memory // 1024, 1, 32, Type.ID, 19
    )
    cipher = ChaCha20_Poly1305.new(key=under, nonce=nonce)
    cipher.update(head.encode())
    sealed, tag = cipher.encrypt_and_digest(key)
    return {
        "kind": kind,
        "passphrase": passphrase.hex(),
        "bytes": key.hex(),
        "text": f"{head}\n{text64(nonce)} {text64(sealed + tag)}\n",
    }


def signed(seed, message):
    key = ECC.construct(curve="ed25519", seed=seed)
    public = key.public_key().export_key(format="raw")
    return {
        "seed": seed.hex(),
        "public": public.hex(),
        "id": hashlib.blake2b(public, digest_size=16).digest()[:8].hex(),
        "message": message.hex(),
        "signature": eddsa.new(key, "rfc8032").sign(message).hex(),
    }


def vectors():
    words = "der Fluß der Vergessenheit".encode()
    rfc = bytes.fromhex(
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
    )
    return {
        "locked": [
            locked("secret", b"correct horse battery", some(32, 0), 1, 8192, 1),
            locked("secret", words, some(32, 64), 3, 65536, 90),
            locked("signing", b"x" * 1024, some(32, 128), 2, 1048576, 200),
            locked("signing", bytes(range(1, 10)), rfc, 4, 9216, 33),
            locked("secret", b"as it is written", some(32, 7), 3, 268435456, 5),
        ],
        "signed": [
            signed(rfc, b""),
            signed(some(32, 0), b"\x00"),
            signed(some(32, 100), "Λήθη".encode()),
            signed(some(32, 31), some(2000, 9)),
        ],
    }


def text():
    found = vectors()
    lines = ['{ "note": "printed by make_keys.py",']
    for name, end in (("locked", ","), ("signed", " }")):
        lines.append(f'  "{name}": [')
        lines.append(",\n".join("   " + json.dumps(v) for v in found[name]))
        lines.append("  ]" + end)
    return "\n".join(lines) + "\n"


def main():
    if sys.argv[1:2] == ["--check"] and len(sys.argv) == 3:
        with open(sys.argv[2], encoding="ascii") as f:
            if f.read() == text():
                return 0
        print(f"{sys.argv[2]} is not what make_keys.py prints", file=sys.stderr)
        return 1
    if sys.argv[1:]:
        print(__doc__, file=sys.stderr)
        return 2
    sys.stdout.write(text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
