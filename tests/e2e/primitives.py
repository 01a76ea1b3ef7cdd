"""X25519, sealed boxes, XChaCha20-Poly1305 and Ed25519 in plain Python, written from
RFC 7748, 8032, 8439, the XChaCha draft and the NaCl papers: a second word beside
libsodium's.  Slow, and not for secrets: nothing here takes the same time twice."""

import hashlib
import struct

P = 2**255 - 19
SIGMA = b"expand 32-byte k"


class Wrong(Exception):
    """It does not open."""


# ---- X25519


def x25519(scalar, point=b"\x09" + bytes(31)):
    k = int.from_bytes(scalar, "little") & ~7 & (1 << 255) - 1 | 1 << 254
    u = int.from_bytes(point, "little") & (1 << 255) - 1
    x2, z2, x3, z3, swapped = 1, 0, u, 1, 0
    for t in reversed(range(255)):
        bit = k >> t & 1
        if swapped ^ bit:
            x2, z2, x3, z3 = x3, z3, x2, z2
        swapped = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % P, b * b % P, d * a % P, c * b % P
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % P, u * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
    if swapped:
        x2, z2 = x3, z3
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


# ---- Salsa20 and ChaCha20: one core, two quarters


def turned(x, n):
    x &= 0xFFFFFFFF
    return (x << n | x >> 32 - n) & 0xFFFFFFFF


def salsa_quarter(s, a, b, c, d):
    s[b] ^= turned(s[a] + s[d], 7)
    s[c] ^= turned(s[b] + s[a], 9)
    s[d] ^= turned(s[c] + s[b], 13)
    s[a] ^= turned(s[d] + s[c], 18)


def chacha_quarter(s, a, b, c, d):
    for one, two, three, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        s[one] = s[one] + s[two] & 0xFFFFFFFF
        s[three] = turned(s[three] ^ s[one], n)


SALSA = [(0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11),
         (0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14)]
CHACHA = [(0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
          (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)]


def core(quarter, order, words):
    s = list(words)
    for _ in range(10):
        for places in order:
            quarter(s, *places)
    return s


def salsa_words(key, sixteen):
    c, k, n = (struct.unpack(f"<{len(x) // 4}I", x) for x in (SIGMA, key, sixteen))
    return [c[0], *k[:4], c[1], *n, c[2], *k[4:], c[3]]


def chacha_words(key, sixteen):
    return struct.unpack("<16I", SIGMA + key + sixteen)


def hsalsa20(key, sixteen):
    s = core(salsa_quarter, SALSA, salsa_words(key, sixteen))
    return struct.pack("<8I", *(s[i] for i in (0, 5, 10, 15, 6, 7, 8, 9)))


def hchacha20(key, sixteen):
    s = core(chacha_quarter, CHACHA, chacha_words(key, sixteen))
    return struct.pack("<8I", *s[:4], *s[12:])


def block(quarter, order, words):
    s = core(quarter, order, words)
    return struct.pack("<16I", *(a + b & 0xFFFFFFFF for a, b in zip(s, words)))


def salsa20(key, nonce8, length):
    return b"".join(block(salsa_quarter, SALSA, salsa_words(key, nonce8 + struct.pack(
        "<Q", i))) for i in range(-(-length // 64)))[:length]


def chacha20(key, nonce12, length):
    return b"".join(block(chacha_quarter, CHACHA, chacha_words(key, struct.pack(
        "<I", i) + nonce12)) for i in range(-(-length // 64)))[:length]


def poly1305(key, message):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for i in range(0, len(message), 16):
        total += int.from_bytes(message[i : i + 16] + b"\1", "little")
        total = total * r % (2**130 - 5)
    total += int.from_bytes(key[16:], "little")
    return (total & (1 << 128) - 1).to_bytes(16, "little")


def mixed(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


# ---- sealed boxes: X25519, XSalsa20-Poly1305, the nonce of BLAKE2b


def box_keys(secret, theirs, ephemeral, public, length):
    key = hsalsa20(x25519(secret, theirs), bytes(16))
    nonce = hashlib.blake2b(ephemeral + public, digest_size=24).digest()
    stream = salsa20(hsalsa20(key, nonce[:16]), nonce[16:], 32 + length)
    return stream[:32], stream[32:]


def box_seal(plain, public, ephemeral_secret):
    ephemeral = x25519(ephemeral_secret)
    of_tag, stream = box_keys(ephemeral_secret, public, ephemeral, public, len(plain))
    code = mixed(plain, stream)
    return ephemeral + poly1305(of_tag, code) + code


def box_open(sealed, secret):
    ephemeral, tag, code = sealed[:32], sealed[32:48], sealed[48:]
    of_tag, stream = box_keys(secret, ephemeral, ephemeral, x25519(secret), len(code))
    if poly1305(of_tag, code) != tag:
        raise Wrong("a sealed box")
    return mixed(code, stream)


# ---- XChaCha20-Poly1305 with associated data


def padded(data):
    return data + bytes(-len(data) % 16)


def aead_open(sealed, clear, nonce, key):
    sub, nonce12 = hchacha20(key, nonce[:16]), bytes(4) + nonce[16:]
    code, tag = sealed[:-16], sealed[-16:]
    stream = chacha20(sub, nonce12, 64 + len(code))
    lengths = struct.pack("<QQ", len(clear), len(code))
    if poly1305(stream[:32], padded(clear) + padded(code) + lengths) != tag:
        raise Wrong("a sealed payload")
    return mixed(code, stream[64:])


# ---- Ed25519

L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def added(a, b):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = a, b
    e, g = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = g - e, d - c, d + c, g + e
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(n, point):
    out = 0, 1, 1, 0
    while n:
        if n & 1:
            out = added(out, point)
        point, n = added(point, point), n >> 1
    return out


def packed(point):
    x, y, z, _ = point
    inverse = pow(z, P - 2, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def unpacked(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or y >= P or (not x and sign):
        raise Wrong("no point")
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = unpacked((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def number(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % L


def halves(seed):
    digest = hashlib.sha512(seed).digest()
    a = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
    return a, digest[32:]


def verify_key(seed):
    return packed(times(halves(seed)[0], BASE))


def sign(seed, message):
    a, prefix = halves(seed)
    public, r = verify_key(seed), number(prefix, message)
    point = packed(times(r, BASE))
    s = (r + number(point, public, message) * a) % L
    return point + s.to_bytes(32, "little")


def verifies(public, message, signature):
    s = int.from_bytes(signature[32:], "little")
    k = number(signature[:32], public, message)
    right = added(unpacked(signature[:32]), times(k, unpacked(public)))
    return s < L and packed(times(s, BASE)) == packed(right)
