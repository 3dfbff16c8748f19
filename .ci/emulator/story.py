"""The main job, through the HTTP API and with the functions as they are deployed.

A lead and a partner. Somebody signs on the partner's page and says yes to both: a mail to confirm, and nothing pushed;
the link's GET changes nothing; its POST confirms; one thank-you, one signed webhook to each with its own contact, and a
count of one. The same person again is not counted. Somebody who says yes to the partner alone is not the lead's.
"""

import json
import re
import time
import urllib.error
import urllib.request

from standardwebhooks.webhooks import Webhook

from tools import run, until

LEAD, PARTNER = "clean_water", "river_watch"
CAMPAIGN = "clean_rivers"
PAGE = "river-watch.org/rivers"
ENDPOINT = {LEAD: "crm.clean-water.org", PARTNER: "crm.river-watch.org"}
ACTION = '"schema":"proca:action:2"'


def say(step):
    print(step, flush=True)


def expect(what, found, wanted):
    if found != wanted:
        raise SystemExit(f"{what}: {found!r} instead of {wanted!r}")


class Coalition:
    """What the operator and the staff set up, at the command line."""

    def __init__(self, cloud, admin, cli, folder):
        self.cloud, self.admin, self.cli = cloud, admin, cli
        self.environment = cloud.environment | {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config")}
        self.secrets = {}

    def run(self, program, *words, given=None):
        return run([program, *words], self.environment, given)

    def proca(self, *words):
        said = self.run(self.cli, "--json", *words)
        return json.loads(said) if said.strip() else None

    def found(self):
        """As docs/operations.md says, from the deployment to the instance's owner."""
        self.cloud.client("sesv2").create_email_identity(EmailIdentity="mail.example.org")
        arn = self.cloud.outputs["PepperSecretArn"]
        secret = self.cloud.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
        self.environment |= {"TABLE_NAME": self.cloud.outputs["TableName"], "PEPPER": "1:" + secret}
        self.run(self.admin, "found", "--name", "instance", "--title", "Campaign Mail", "--from", "noreply@mail.example.org")
        said = self.run(self.admin, "owner", "--email", "owner@example.org")
        token = re.search(r"\S{32,}", said)[0]
        self.run(self.cli, "login", "--url", self.cloud.api, "--org", "instance", "--token-stdin", given=token)

    def org(self, name):
        """An org that has its webhook tested, and sends its mails by the instance."""
        self.proca("org", "create", "--name", name, "--title", name.replace("_", " ").title())
        made = self.proca(
            "service", "create", "--org", name, "--kind", "webhook", "--address", f"https://{ENDPOINT[name]}/proca"
        )
        service, self.secrets[name] = made["id"], made["signingSecret"]
        self.proca("org", "set-backend", "push", "--service", service, "--org", name)
        self.proca("service", "test", service, "--org", name)
        expect("the tested service", self.proca("service", "get", service, "--org", name)["state"], "active")

    def campaign(self):
        self.proca("campaign", "create", "--org", LEAD, "--name", CAMPAIGN, "--title", "Clean rivers")
        self.proca("campaign", "update", CAMPAIGN, "--org", LEAD, "--supporter-confirm", "on")
        self.proca("campaign", "launch", CAMPAIGN, "--org", LEAD)
        self.proca("page", "create", "--org", PARTNER, "--campaign", CAMPAIGN, "--locale", "en", "--name", PAGE)
        self.proca(
            "template", "create", "--org", PARTNER, "--name", "thanks", "--locale", "en", "--subject", "Thank you",
            "--html", "<p>Thank you, {{ firstName }}!</p>",
        )
        self.proca("page", "update", PAGE, "--org", PARTNER, "--thank-you-template", "thanks")
        self.proca("page", "launch", PAGE, "--org", PARTNER)
        self.proca("launch-request", "accept", PAGE, "--org", LEAD)


class Web:
    """A supporter's browser: it knows the API's address in the emulator."""

    def __init__(self, cloud):
        self.cloud = cloud

    def ask(self, method, path, body=None, kind="application/json"):
        """Status and text of an answer."""
        request = urllib.request.Request(
            self.cloud.api + path, method=method, data=body, headers={"content-type": kind} if body is not None else {}
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def sign(self, email, lead):
        contact = {"firstName": "Ada", "email": email, "country": "GB"}
        action = {"actionType": "petition", "contact": contact, "privacy": {"optIn": True, "leadOptIn": lead}}
        number = json.loads(self.ask("GET", f"/v1/pages/{PAGE.replace('/', '~')}")[1])["number"]
        status, text = self.ask("POST", f"/v1/pages/{number}/actions", json.dumps(action).encode())
        expect(f"the answer to a signature ({text})", status, 201)

    def supporters(self):
        return json.loads(self.ask("GET", f"/v1/campaigns/{CAMPAIGN}/stats")[1])["supporters"]

    def mails(self, to, count):
        """The mails to an address, once there are so many."""
        came = lambda: [mail for mail in self.cloud.mails() if any(to in one for one in mail["To"])]
        return until(f"{count} mails to {to}", came, lambda mails: len(mails) >= count)

    def link(self, mail):
        """The path of the link in a mail, of which the first is what it asks for."""
        return re.search(r"https?://\S+?(/v1/links/\S+)", mail["BodyText"])[1]

    def confirm(self, link):
        expect("the link's page", self.ask("GET", link)[0], 200)
        expect("what it does", self.ask("POST", link, b"", "application/x-www-form-urlencoded")[0], 200)


def actions(receivers, org, secret):
    """The messages of actions that an org got, each signed as it should be; those sent twice under one id are one."""
    found = {}
    for headers, body in receivers.wait(ENDPOINT[org], ACTION):
        found[headers["webhook-id"]] = Webhook(secret).verify(body, headers)
    return list(found.values())


def tell(cloud, receivers, admin, cli, folder):
    coalition, web = Coalition(cloud, admin, cli, folder), Web(cloud)
    coalition.found()
    say("deployed and founded")
    for org in (LEAD, PARTNER):
        coalition.org(org)
    coalition.campaign()
    say("two organisations with tested webhooks, and a campaign")

    web.sign("ada@example.org", True)
    [mail] = web.mails("ada@example.org", 1)
    expect("pushed before it is confirmed", [r for r in receivers.requests if ACTION in r[2]], [])
    expect("counted before it is confirmed", web.supporters(), 0)
    say("signed, and asked to confirm")

    link = web.link(mail)
    expect("the link's page", web.ask("GET", link)[0], 200)
    time.sleep(3)
    expect("pushed by a look at the link", [r for r in receivers.requests if ACTION in r[2]], [])
    web.confirm(link)
    for org in (LEAD, PARTNER):
        [message] = actions(receivers, org, coalition.secrets[org])
        expect("who signed", message["contact"]["email"], "ada@example.org")
        expect("the consent", message["privacy"]["optIn"], True)
    expect("mails", [mail["Subject"] for mail in web.mails("ada@example.org", 2)][1:], ["Thank you"])
    say("confirmed: thanked, and delivered to both")
    until("the count of one", web.supporters, lambda count: count == 1)

    web.sign("ada@example.org", True)
    web.sign("ben@example.org", False)
    [mail] = web.mails("ben@example.org", 1)
    web.confirm(web.link(mail))
    until("the count of two", web.supporters, lambda count: count == 2)
    web.mails("ben@example.org", 2)
    got = lambda: actions(receivers, PARTNER, coalition.secrets[PARTNER])
    until("the partner's second message", got, lambda messages: len(messages) == 2)
    time.sleep(5)
    people = {org: sorted(m["contact"]["email"] for m in actions(receivers, org, coalition.secrets[org])) for org in ENDPOINT}
    expect("who was delivered", people, {LEAD: ["ada@example.org"], PARTNER: ["ada@example.org", "ben@example.org"]})
    expect("supporters", web.supporters(), 2)
    say("the same person again is not counted; who said no to the lead is not the lead's")

    assert cloud.said()
    expect("errors of functions", [line for line in cloud.said() if '"level":"ERROR"' in line], [])
    expect("logged of people", [line for line in cloud.said() if re.search("ada@|ben@|Ada", line)], [])
    expect("dead letters", cloud.dead_letters(), {})
    say("no function failed, none logged anything of a person, and no message was given up")
