"""template.yaml as Python reads it, with its short tags spelled out."""

import pathlib

import yaml


class _Loader(yaml.SafeLoader):
    pass


def _tag(loader, suffix, node):
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        return {name: value.split(".", 1) if suffix == "GetAtt" else value}
    build = loader.construct_sequence if isinstance(node, yaml.SequenceNode) else loader.construct_mapping
    return {name: build(node, deep=True)}


_Loader.add_multi_constructor("!", _tag)


class Template:
    """template.yaml with its short tags spelled out."""

    def __init__(self, path: pathlib.Path):
        self.text = path.read_text()
        self.whole = yaml.load(self.text, _Loader)
        self.resources = self.whole["Resources"]

    def of(self, kind: str) -> dict:
        """The properties of every resource of a kind, by logical id."""
        return {name: r.get("Properties", {}) for name, r in self.resources.items() if r["Type"] == kind}

    def functions(self) -> dict:
        """Each function's properties over the global ones."""
        common = self.whole["Globals"]["Function"]
        return {name: common | own | {"Environment": _environment(common, own)} for name, own in self.of("AWS::Serverless::Function").items()}

    def value(self, value):
        """A parameter's default where `value` is a Ref to one; of an If, what AWS gets."""
        if isinstance(value, dict) and "Ref" in value and value["Ref"] in self.whole["Parameters"]:
            return self.whole["Parameters"][value["Ref"]]["Default"]
        if isinstance(value, dict) and "Fn::If" in value:
            condition, yes, no = value["Fn::If"]
            return self.value(no if condition == "Local" or condition.startswith("Reserves") else yes)
        return value


def _environment(common: dict, own: dict) -> dict:
    """SAM adds a function's own variables to the global ones."""
    return {"Variables": common["Environment"]["Variables"] | own.get("Environment", {}).get("Variables", {})}
