"""docker/compose.yaml, without a container engine: it reads as YAML, and what it
says of lethe, of its own services and of the files that it mounts is so.  Runs in
a Python that has a YAML reader (`make test-compose` makes one).

    test_compose.py --lethe BINARY
"""

import argparse
import json
import os
import re
import subprocess
import tempfile

import yaml

from checks import TOP, Checks, options_of, said, settings_of

DOCKER = os.path.join(TOP, "docker")
SECONDS = re.compile(r"(\d+)s")


def read(*path):
    with open(os.path.join(TOP, *path), encoding="utf-8") as f:
        return yaml.safe_load(f)


def mounts(service):
    """{where in the container: what}"""
    parts = [volume.split(":") for volume in service.get("volumes", [])]
    return {part[1]: part[0] for part in parts}


def check_mounts(checks, compose):
    for name, service in compose["services"].items():
        for what in mounts(service).values():
            is_path = what.startswith(".")
            checks.that(
                os.path.exists(os.path.join(DOCKER, what))
                if is_path else what in compose["volumes"],
                f"{name} mounts {what}, which is there",
            )


def check_order(checks, services):
    """Who is waited for is there, and can be what it is waited for."""
    for name, service in services.items():
        for other, how in service.get("depends_on", {}).items():
            good = other in services
            if good and how["condition"] == "service_healthy":
                good = "healthcheck" in services[other]
            checks.that(good, f"{name} can wait for {other}")


def check_ports(checks, services):
    for name, service in services.items():
        for port in service.get("ports", []):
            checks.that(port.startswith("127.0.0.1:"), f"{name} listens here alone")


def check_commands(checks, services, lethe):
    """Every option and setting of a command of lethe is one that it has."""
    known, found = set(settings_of(lethe)), 0
    for name, service in services.items():
        if service["image"] != "lethe" or "entrypoint" in service:
            continue
        found += 1
        words = [w for w in service["command"] if not w.startswith("--")]
        has = options_of(lethe, " ".join(words))
        for option in service["command"][len(words):]:
            option, _, value = option[2:].partition("=")
            checks.that(option in has, f"{name}: lethe has --{option}")
            if option == "set":
                setting = value.partition("=")[0]
                checks.that(
                    setting in known or setting.startswith("kafka."),
                    f"{name}: there is a setting {setting}",
                )
    checks.that(found == 3, "lethe runs, makes topics, and generates")


def check_lethe(checks, service, lethe):
    """Its stop has time enough; its health is asked where it listens."""
    stop = re.search(
        r"^stop\.timeout .*default (\d+)s$", said(lethe, "run", "--settings"), re.M
    )
    grace = SECONDS.fullmatch(service["stop_grace_period"])
    checks.that(int(grace[1]) > int(stop[1]), "the grace is above stop.timeout")
    listens = [w for w in service["command"] if w.startswith("--set=http.listen=")]
    port = listens[0].rpartition(":")[2]
    checks.that(
        f"/dev/tcp/127.0.0.1/{port} " in service["healthcheck"]["test"][-1],
        "its health is asked where it listens",
    )
    return port


def check_topics(checks, services, lethe):
    """The raw topic is made, generated into, and read by what `init` writes."""
    with tempfile.TemporaryDirectory(prefix="lethe-compose-") as directory:
        shop = os.path.join(directory, "shop")
        done = subprocess.run([lethe, "init", shop], capture_output=True, timeout=60)
        checks.that(done.returncode == 0, "lethe init makes a shop")
        checks.that(os.path.exists(os.path.join(shop, "lethe.yaml")), "with settings")
        policy = read(os.path.join(shop, "policy.yaml"))
    raw = [t for i in policy["inputs"].values() for t in i["topics"]]
    checks.that(len(raw) == 1, "it reads one topic")
    checks.that(
        f"--topic {raw[0]} " in services["raw"]["command"][0], "which is made"
    )
    checks.that(
        f"--to-topic={raw[0]}" in services["generator"]["command"], "and written to"
    )


def check_prometheus(checks, services, port):
    """It asks lethe, and has the rules that it reads."""
    settings = read("docker", "prometheus.yaml")
    jobs = {j["job_name"]: j["static_configs"] for j in settings["scrape_configs"]}
    checks.that(
        jobs == {"lethe": [{"targets": [f"lethe:{port}"]}]}, "Prometheus asks lethe"
    )
    has = mounts(services["prometheus"])
    for path in settings["rule_files"]:
        checks.that(
            has.get("/etc/prometheus/" + path) == "../config/prometheus/alerts.yaml",
            f"it has {path}",
        )
    checks.that(
        services["prometheus"]["command"][0] == "--config.file=/etc/prometheus/prometheus.yaml"
        and "/etc/prometheus/prometheus.yaml" in has,
        "it reads its settings",
    )


def check_grafana(checks, services):
    """Its source is Prometheus, and the dashboard finds it."""
    source = read("docker", "grafana", "datasource.yaml")["datasources"][0]
    port = services["prometheus"]["ports"][0].rpartition(":")[2]
    checks.that(source["url"] == f"http://prometheus:{port}", "Grafana asks Prometheus")
    has = mounts(services["grafana"])
    folder = read("docker", "grafana", "dashboards.yaml")["providers"][0]["options"]["path"]
    home = services["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    checks.that(
        os.path.dirname(home) == folder and has.get(home) == "../config/grafana/lethe.json",
        "it has the dashboard, and shows it first",
    )
    with open(os.path.join(TOP, "config", "grafana", "lethe.json"), encoding="utf-8") as f:
        used = {p["datasource"]["uid"] for p in json.load(f)["panels"]}
    checks.that(used == {source["uid"]}, "each panel asks that source")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lethe", required=True)
    lethe, checks = os.path.abspath(parser.parse_args().lethe), Checks()
    compose = read("docker", "compose.yaml")
    services = compose["services"]
    wanted = {"kafka", "lethe", "generator", "prometheus", "grafana"}
    checks.that(wanted <= set(services), "every part is there")
    check_mounts(checks, compose)
    check_order(checks, services)
    check_ports(checks, services)
    check_commands(checks, services, lethe)
    port = check_lethe(checks, services["lethe"], lethe)
    check_topics(checks, services, lethe)
    check_prometheus(checks, services, port)
    check_grafana(checks, services)
    checks.end()


if __name__ == "__main__":
    main()
