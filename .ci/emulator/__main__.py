"""Deploys the template into ministack, an emulator of AWS on this machine, and has a petition signed there.

Usage: python .ci/emulator TEMPLATE ADMIN CLI

TEMPLATE is what `sam build` made, with the functions for this machine's processor; ADMIN and CLI are `proca-admin` and
`proca`. Wants Linux, and `unshare` and `ip`: it all runs in a network of its own, from which nothing leads out, and in
which the endpoints of two organisations have names, public addresses and certificates. So the functions are held to
the rules of the open internet, and reach no further than this machine. Says what it takes out of the template since
the emulator has no such thing, and then nothing but the steps that it has seen.
"""

import os
import sys
import tempfile
from pathlib import Path

import network
import story
from cloud import Cloud
from receiver import Receivers


def main():
    template, admin, cli = (str(Path(argument).resolve()) for argument in sys.argv[1:4])
    with tempfile.TemporaryDirectory(prefix="proca-emulator-") as folder:
        folder = Path(folder)
        if not network.inside():
            sys.exit(network.enter(folder))
        receivers = Receivers(folder)
        with Cloud(folder) as cloud:
            cloud.deploy(template, {"WebhookAuthorities": receivers.authority})
            story.tell(cloud, receivers, admin, cli, folder)


os.environ["SAM_CLI_TELEMETRY"] = "0"
main()
