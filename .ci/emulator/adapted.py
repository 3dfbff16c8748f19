"""The transformed template as the emulator can take it: what it has not or has otherwise, each said in a line."""

import json
import string

# Kinds of resources that the emulator refuses.
REFUSED = {
    "AWS::CodeDeploy::Application": "it releases by no steps",
    "AWS::CodeDeploy::DeploymentGroup": "it releases by no steps",
}


def adapt(template):
    """Changes what the emulator has not, and says what. A change that changes nothing must not stand here."""
    resources = template["Resources"]
    for kind, reason in REFUSED.items():
        yield from take_out(resources, [name for name, part in resources.items() if part["Type"] == kind], reason)
    computed = [name for name, part in resources.items() if "Metrics" in part.get("Properties", {})]
    yield from take_out(resources, computed, "an alarm looks at one metric")
    for resource in resources.values():
        resource.pop("UpdatePolicy", None)
    sending = [s for s in statements(resources) if "sqs:SendMessage" in s["Action"]]
    assert sending
    for statement in sending:
        statement["Action"] = [*listed(statement["Action"]), "sqs:SendMessageBatch"]
    yield "with sqs:SendMessageBatch beside sqs:SendMessage: it takes that for a right of its own"
    mailing = [s for s in statements(resources) if "ses:SendEmail" in s["Action"]]
    assert mailing
    for statement in mailing:
        statement["Resource"] = "*"
    yield "with ses:SendEmail from any identity: it does not ask which identity sends"
    generated = [part["Properties"]["GenerateSecretString"] for part in resources.values() if "Secret" in part["Type"]]
    for wanted in generated:
        assert wanted.pop("ExcludePunctuation")
        wanted["ExcludeCharacters"] = string.punctuation
    yield f"with punctuation spelt out in {len(generated)} secrets: it knows no ExcludePunctuation"
    paths = resources["HttpApi"]["Properties"].pop("Body")["paths"]
    routes = [(f"{method.upper()} {path}", part) for path, methods in paths.items() for method, part in methods.items()]
    integrations = {}
    for number, (route, part) in enumerate(routes):
        integration = part["x-amazon-apigateway-integration"]
        name = integrations.setdefault(json.dumps(integration["uri"]), f"Integration{len(integrations)}")
        resources[name] = {"Type": "AWS::ApiGatewayV2::Integration", "Properties": {
            "ApiId": {"Ref": "HttpApi"},
            "IntegrationType": "AWS_PROXY",
            "IntegrationUri": integration["uri"],
            "PayloadFormatVersion": integration["payloadFormatVersion"],
        }}
        resources[f"Route{number}"] = {"Type": "AWS::ApiGatewayV2::Route", "Properties": {
            "ApiId": {"Ref": "HttpApi"},
            "RouteKey": route,
            "Target": {"Fn::Join": ["/", ["integrations", {"Ref": name}]]},
        }}
    yield f"with {len(routes)} routes written out: it makes none from the API's OpenAPI body"


def take_out(resources, names, reason):
    """Removes resources, of which there must be some."""
    assert names, f"nothing is to be taken out although {reason}"
    yield f"without {', '.join(names)}: {reason}"
    for name in names:
        del resources[name]


def statements(resources):
    """What the roles of the functions allow."""
    for resource in resources.values():
        for policy in resource["Properties"].get("Policies", []) if resource["Type"] == "AWS::IAM::Role" else []:
            yield from listed(policy["PolicyDocument"]["Statement"])


def listed(one_or_more):
    return one_or_more if isinstance(one_or_more, list) else [one_or_more]
