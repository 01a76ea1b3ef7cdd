"""A folder with policy, ring, keys and settings, as a user makes them."""

import os
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))


class Scene:
    def __init__(self, lethe, directory, policy="policy.yaml"):
        self.lethe = os.path.abspath(lethe)
        self.dir = os.path.join(directory, "scene")
        os.makedirs(self.dir)
        shutil.copy(os.path.join(HERE, policy), self.path("policy.yaml"))
        self.call(
            "keys", "new", "--ring", self.path("ring.lethe"),
            "--secret", self.path("secret.key"),
            "--oncall", self.path("oncall.key"),
            "--policy", self.path("policy.yaml"),
        )
        with open(self.path("lethe.yaml"), "w") as f:
            f.write("policy: policy.yaml\nring: ring.lethe\nsecret: secret.key\n")

    def path(self, name):
        return os.path.join(self.dir, name)

    def call(self, *args, **kw):
        done = subprocess.run(
            [self.lethe, *args], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kw
        )
        if done.returncode:
            raise RuntimeError(
                f"lethe {' '.join(args[:2])} ended with {done.returncode}: "
                + done.stderr.decode(errors="replace")
            )
        return done.stdout

    def with_policy(self, name, change):
        """A copy of the policy, changed by `change(text)`; its path."""
        with open(self.path("policy.yaml")) as f:
            text = f.read()
        changed = change(text)
        if changed == text:
            raise RuntimeError("the policy was to be changed and is not")
        with open(self.path(name), "w") as f:
            f.write(changed)
        return self.path(name)

    def keys(self, policy):
        return [
            "--policy", policy, "--ring", self.path("ring.lethe"),
            "--secret", self.path("secret.key"),
        ]
