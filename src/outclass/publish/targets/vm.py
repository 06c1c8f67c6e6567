"""A machine with systemd and nginx: one of two copies answers, the other takes over when it is healthy."""

import re
from pathlib import Path

from outclass.base.commit import current_commit
from outclass.base.errors import InputError
from outclass.base.settings import read_prefix
from outclass.publish.targets.base import PublishContext, TargetOption
from outclass.publish.targets.carrying import carry_bundles
from outclass.publish.targets.choosing import host_name
from outclass.publish.targets.rendering import render
from outclass.publish.targets.tools import build_wheel, run

MACHINE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]*")
BODY_MEGABYTES = 16
LARGEST_PORT = 65_535
HTTPS_PORT = 443
COPIES = ("blue", "green")
REMOTE = "outclass-vm"


class VirtualMachine:
    """`outclass publish vm`."""

    name = "vm"
    help = "For one machine: systemd units, nginx with TLS, and a switch between two copies."
    options: tuple[TargetOption, ...] = (
        TargetOption(name="host", metavar="NAME", help="Host name that people type.", required=True),
        TargetOption(name="ssh", metavar="USER@HOST", help="Machine to set it up on, as one who may sudo."),
        TargetOption(name="prefix", metavar="/PATH", help="Beginning of every path, where it is not alone."),
        TargetOption(
            name="certificate", metavar="FILE", help="There; by default where certbot puts the host's."
        ),
        TargetOption(name="key", metavar="FILE", help="Its key, there."),
        TargetOption(
            name="home", metavar="DIR", help="State, there; /var/lib/outclass.", default="/var/lib/outclass"
        ),
        TargetOption(
            name="program", metavar="DIR", help="Program, there; /opt/outclass.", default="/opt/outclass"
        ),
        TargetOption(
            name="etc", metavar="DIR", help="Configuration, there; /etc/outclass.", default="/etc/outclass"
        ),
        TargetOption(name="user", metavar="NAME", help="Its account, there; outclass.", default="outclass"),
        TargetOption(
            name="memory",
            metavar="SIZE",
            help="Most memory of a copy, as systemd reads it; 1G.",
            default="1G",
        ),
        TargetOption(
            name="ports", metavar="BLUE,GREEN", help="Of the two copies; 8001,8002.", default="8001,8002"
        ),
        TargetOption(
            name="listen", metavar="HTTP,HTTPS", help="Where nginx listens; 80,443.", default="80,443"
        ),
    )

    def generate(self, context: PublishContext, into: Path) -> None:
        """Write units, nginx's configuration, the switch and the bundles."""
        values = values_of(context)
        render(self.name, values, into, written={"outside"})
        for color in COPIES:
            (into / f"{color}.env").write_text(f"PORT={values[color]}\n", encoding="utf-8")
        (into / "packages").mkdir()
        (into / "packages" / "README.md").write_text(
            "The wheel of Outclass belongs here: `python -m build --wheel --outdir packages`.\n",
            encoding="utf-8",
        )
        carry_bundles(context, into)

    def publish(self, context: PublishContext, folder: Path) -> str:
        """Copy everything to the machine and run `install.sh` there."""
        machine = context.options["ssh"]
        if not machine:
            raise InputError(
                "nothing says which machine", accepted="--ssh USER@HOST, or --generate-dir DIR", got="neither"
            )
        if not MACHINE.fullmatch(machine):
            raise InputError("this is no machine", where="--ssh", got=machine, accepted="USER@HOST")
        build_wheel(folder / "packages")
        run("ssh", machine, f"rm -rf {REMOTE}")
        run("scp", "-q", "-r", str(folder), f"{machine}:{REMOTE}")
        run("ssh", machine, f"sudo sh {REMOTE}/install.sh")
        return f"it answers at https://{context.options['host']}{context.options['prefix']}/"


def values_of(context: PublishContext) -> dict[str, str | int]:
    """Return what fills the files, each value checked."""
    options = context.options
    host = host_name(options["host"])
    prefix = read_prefix(options["prefix"])
    blue, green = ports_of("ports", options["ports"])
    http_port, https_port = ports_of("listen", options["listen"])
    letsencrypt = f"/etc/letsencrypt/live/{host}"
    return {
        "host": host,
        "prefix": prefix,
        "outside": f"location / {{ return 302 {prefix}/; }}" if prefix else "",
        "certificate": options["certificate"] or f"{letsencrypt}/fullchain.pem",
        "key": options["key"] or f"{letsencrypt}/privkey.pem",
        "blue": blue,
        "green": green,
        "port": blue,
        "http_port": http_port,
        "https_port": https_port,
        "https_suffix": "" if https_port == HTTPS_PORT else f":{https_port}",
        "body_megabytes": BODY_MEGABYTES,
        "commit": current_commit() or "",
        **{name: options[name] for name in ("home", "program", "etc", "user", "memory")},
    }


def ports_of(name: str, given: str) -> tuple[int, int]:
    """Return two different ports."""
    found = [int(part) for part in given.split(",") if part.isascii() and part.isdigit()]
    if len(set(found)) != len(COPIES) or not all(0 < port <= LARGEST_PORT for port in found):
        raise InputError("these are no two ports", where=f"--{name}", got=given, accepted="such as 8001,8002")
    return found[0], found[1]


TARGET = VirtualMachine()
