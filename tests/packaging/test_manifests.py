"""The Kubernetes manifests: each fits the published schema, and what they say
of lethe, of the image and of each other is so.  Runs in a Python that has
kubernetes-validate (`make test-manifests` makes one).

    test_manifests.py --lethe BINARY MANIFEST...
"""

import argparse
import os
import re

import kubernetes_validate
import yaml

from checks import TOP, Checks, said, settings_of

# The oldest of Kubernetes' versions that is held, and the newest whose schemas
# are here.
VERSIONS = ("1.27", ".".join(kubernetes_validate.latest_version().split(".")[:2]))


def read(path):
    with open(path, encoding="utf-8") as f:
        return [doc for doc in yaml.safe_load_all(f) if doc]


def first_line(wrong):
    """What is wrong; the rest is the schema itself."""
    return str(wrong).splitlines()[0]


def check_schemas(checks, path):
    """Strictly: a field that the schema does not know is a mistake."""
    for doc in read(path):
        for version in VERSIONS:
            try:
                used = kubernetes_validate.validate(doc, version, strict=True)
                checks.that(used == version, f"{path} as of {version}: by {used}")
            except (
                kubernetes_validate.ValidationError,
                kubernetes_validate.SchemaNotFoundError,
            ) as wrong:
                checks.that(False, f"{path} as of {version}: {first_line(wrong)}")


def seconds(text):
    return int(re.fullmatch(r"(\d+)s", text)[1])


def megabytes(text):
    return int(re.fullmatch(r"(\d+)Mi", text)[1]) * 1048576 // 1000000


def check_names(checks, by_kind):
    """Who is meant is who is there."""
    workload = by_kind["StatefulSet"]
    labels = workload["spec"]["template"]["metadata"]["labels"]
    selectors = [
        workload["spec"]["selector"]["matchLabels"],
        by_kind["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        by_kind["Service"]["spec"]["selector"],
    ]
    for selector in selectors:
        checks.that(selector.items() <= labels.items(), f"{selector} finds the pods")
    checks.that(
        workload["spec"]["serviceName"] == by_kind["Service"]["metadata"]["name"],
        "the StatefulSet names its Service",
    )
    pod = workload["spec"]["template"]["spec"]
    volumes = {volume["name"] for volume in pod["volumes"]}
    mounts = {mount["name"] for mount in pod["containers"][0]["volumeMounts"]}
    checks.that(volumes == mounts, "every volume is mounted")
    check_docs(checks, pod)


def check_docs(checks, pod):
    """What the folder does not hold, the docs say how to make."""
    with open(os.path.join(TOP, "docs/install.md"), encoding="utf-8") as f:
        text = f.read()
    mounts = {m["name"]: m["mountPath"] for m in pod["containers"][0]["volumeMounts"]}
    for volume in pod["volumes"]:
        if "emptyDir" in volume:
            checks.that(
                mounts[volume["name"]] == "/var/lib/lethe"
                and f"volume `{volume['name']}`" in text,
                "what is empty at first is the folder of `ledger.path`, and told",
            )
            continue
        name = volume.get("configMap", {}).get("name") or volume["secret"]["secretName"]
        if name != "lethe-settings":
            checks.that(
                re.search(rf"kubectl create (configmap|secret generic) {name} ", text),
                f"docs/install.md makes {name}",
            )


def check_pod(checks, pod, settings):
    container = pod["containers"][0]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    checks.that(
        settings["http.listen"] == f"0.0.0.0:{ports.get('http')}",
        "port `http` is where lethe listens",
    )
    for probe, path in (("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")):
        checks.that(
            container[probe]["httpGet"] == {"path": path, "port": "http"},
            f"{probe} asks {path}",
        )
    names = {entry["name"]: entry for entry in container["env"]}
    checks.that(
        names["LETHE_INSTANCE"]["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.name"
        and "instance" not in settings,
        "the pod's name is the instance",
    )
    checks.that(pod["enableServiceLinks"] is False, "no foreign LETHE_* variables")
    check_rights(checks, pod, container)


def check_rights(checks, pod, container):
    with open(os.path.join(TOP, "docker/Dockerfile"), encoding="utf-8") as f:
        user = int(re.search(r"^USER (\d+):\1$", f.read(), re.M)[1])
    rights = pod["securityContext"]
    checks.that(
        rights["runAsNonRoot"] and rights["runAsUser"] == rights["fsGroup"] == user,
        "the pod runs as the image's user",
    )
    checks.that(
        rights["seccompProfile"] == {"type": "RuntimeDefault"}, "system calls are filtered"
    )
    checks.that(
        container["securityContext"]
        == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "the container has no rights to lose",
    )
    for volume in pod["volumes"]:
        if "secret" in volume:
            checks.that(
                volume["secret"]["defaultMode"] == 0o440, "secrets are not for others"
            )


def flat(tree, prefix=""):
    out = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            out.update(flat(value, f"{prefix}{name}."))
        else:
            out[prefix + name] = value
    return out


def check_settings(checks, settings, lethe):
    """Names that lethe knows; files that are mounted; room for the memory."""
    known = set(settings_of(lethe))
    for name in settings:
        checks.that(
            name in known or name.startswith("kafka."),
            f"there is a setting {name}",
        )
    for name, value in settings.items():
        if str(value).startswith("/"):
            checks.that(
                value.startswith(("/etc/lethe/policy/", "/etc/lethe/keys/")),
                f"{name} lies in a mounted folder",
            )


def check_limits(checks, pod, settings, lethe):
    limit = megabytes(pod["containers"][0]["resources"]["limits"]["memory"])
    checks.that(settings["memory_mb"] < limit, "memory_mb is below the pod's limit")
    stop = re.search(
        r"^stop\.timeout .*default (\d+s)$", said(lethe, "run", "--settings"), re.M
    )
    checks.that(
        pod["terminationGracePeriodSeconds"] > seconds(stop[1]),
        "the pod's grace is above stop.timeout",
    )
    version = said(lethe, "--version").split()[1]
    checks.that(
        pod["containers"][0]["image"].endswith(":" + version), f"the image is {version}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lethe", required=True)
    parser.add_argument("manifests", nargs="+")
    args = parser.parse_args()
    lethe, checks = os.path.abspath(args.lethe), Checks()
    for path in args.manifests:
        check_schemas(checks, path)
    docs = [doc for path in args.manifests for doc in read(path)]
    by_kind = {doc["kind"]: doc for doc in docs}
    wanted = {"ConfigMap", "StatefulSet", "Service", "PodDisruptionBudget"}
    if not checks.that(set(by_kind) == wanted and len(docs) == 4, "each kind is there"):
        checks.end()
    settings = flat(yaml.safe_load(by_kind["ConfigMap"]["data"]["lethe.yaml"]))
    pod = by_kind["StatefulSet"]["spec"]["template"]["spec"]
    check_names(checks, by_kind)
    check_pod(checks, pod, settings)
    check_settings(checks, settings, lethe)
    check_limits(checks, pod, settings, lethe)
    checks.end()


if __name__ == "__main__":
    main()
