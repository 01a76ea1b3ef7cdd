"""A key ring opened without lethe: the file's lines read here, the seals by
libsodium through ctypes, keys and tokens derived with hashlib."""

import base64
import copy
import ctypes
import ctypes.util
import hashlib
import struct


def unbase64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def kdf(size, number, context, key):
    """crypto_kdf_derive_from_key."""
    return hashlib.blake2b(
        digest_size=size, key=key,
        salt=struct.pack("<Q8x", number), person=context.encode().ljust(16, b"\0"),
    ).digest()


def token_text(prefix, epoch, key, outer, inner):
    message = inner.encode()
    if outer is not None:
        outer = outer.encode()
        message = struct.pack("<I", len(outer)) + outer + message
    raw = hashlib.blake2b(message, digest_size=16, key=key).digest()
    code = base64.b32encode(raw).decode().lower().rstrip("=")
    return f"{prefix}{epoch}_{code}"


class Ring:
    """Tokens are made with a domain's last epoch; at() gives those of another."""

    def __init__(self, ring_path, secret_path, role="runtime"):
        self.sodium = ctypes.CDLL(ctypes.util.find_library("sodium"))
        self.domains, self.classes, self.epochs = {}, {}, {}
        self.class_keys, self.tokens, self.held = {}, {}, {}
        with open(secret_path) as f:
            form, code = f.read().split("\n")[:2]
        if form != "lethe-secret-key 1":
            raise ValueError("no secret key of format 1")
        secret = unbase64(code)
        public = self.public_of(secret)
        with open(ring_path) as f:
            lines = [line.split() for line in f.read().splitlines()]
        of_epoch, prints, sealed = {}, {}, []
        self.secret, self.seals, self.index = secret, sealed, None
        for word, *rest in lines:
            if word == "id":
                self.id = bytes.fromhex(rest[0])
            elif word == "domain":
                self.domains[rest[1]] = int(rest[0])
            elif word == "class":
                self.classes[rest[1]] = int(rest[0])
            elif word == "epoch":
                of_epoch[int(rest[0])] = int(rest[2])
                prints[int(rest[0])] = bytes.fromhex(rest[-1])
            elif word == "key" and rest[1] == role:
                sealed.append((int(rest[0]), unbase64(rest[3])))
            elif word == "index":
                prints[0] = bytes.fromhex(rest[-1])
            elif word == "index-key" and rest[0] == role:
                sealed.append((0, unbase64(rest[2])))
        for number, seal in sealed:
            key = self.open(seal, number, public, secret)
            if kdf(16, number, "tokfngr1", key) != prints[number]:
                raise ValueError(f"epoch {number}: another fingerprint")
            if not number:
                self.index = key
                continue
            self.held[number] = of_epoch[number], key
            self.epochs[of_epoch[number]] = (number, key)

    def public_of(self, secret):
        public = ctypes.create_string_buffer(32)
        self.sodium.crypto_scalarmult_base(public, secret)
        return public

    def unsealed(self, seal, public, secret):
        """None: it does not open."""
        plain = ctypes.create_string_buffer(len(seal) - 48)
        wrong = self.sodium.crypto_box_seal_open(
            plain, seal, ctypes.c_ulonglong(len(seal)), public, secret
        )
        return None if wrong else plain.raw

    def open(self, seal, number, public, secret):
        plain = self.unsealed(seal, public, secret)
        if plain is None:
            raise ValueError(f"epoch {number}: the seal does not open")
        if plain[:24] != self.id + struct.pack("<Q", number):
            raise ValueError(f"epoch {number}: a seal of another ring or epoch")
        return plain[24:]

    @classmethod
    def of(cls, scene):
        return cls(scene.path("ring.lethe"), scene.path("secret.key"))

    def at(self, number):
        """The same ring while that epoch is its domain's active one."""
        other = copy.copy(self)
        domain, key = self.held[number]
        other.epochs = {**self.epochs, domain: (number, key)}
        other.class_keys, other.tokens = {}, {}
        return other

    def epoch(self, domain):
        return self.epochs[self.domains[domain]][0]

    def token(self, domain, kind, prefix, inner, outer=None):
        wanted = (domain, kind, inner, outer)
        text = self.tokens.get(wanted)
        if text is None:
            epoch, key = self.epochs[self.domains[domain]]
            if (domain, kind) not in self.class_keys:
                of_domain = kdf(32, self.domains[domain], "tokdomn1", key)
                self.class_keys[domain, kind] = kdf(
                    32, self.classes[kind], "tokclas1", of_domain
                )
            text = token_text(
                prefix, epoch, self.class_keys[domain, kind], outer, inner
            )
            if kind != "event_id":
                self.tokens[wanted] = text
        return text
